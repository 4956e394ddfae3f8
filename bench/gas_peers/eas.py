"""Ethereum Attestation Service: consents and profiles as attestations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode as abi_encode
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.contract import Contract

from bench.gas_peers import scenario
from bench.gas_peers.artifacts import Artifact, packaged
from bench.gas_peers.chain import LARGE_GAS_LIMIT
from bench.gas_peers.scenario import BATCH, REVOKED_TOGETHER, Stage
from bench.gas_peers.signing import DEADLINE, fields, sign

PACKAGE = "@ethereum-attestation-service/eas-contracts"
DOMAIN = ("EAS", "1.4.0")
NOBODY = "0x" + 40 * "0"
NOTHING = bytes(32)

ATTEST = {
    "Attest": fields(
        "address attester,bytes32 schema,address recipient,uint64 expirationTime,bool revocable,bytes32 refUID,"
        "bytes data,uint256 value,uint256 nonce,uint64 deadline"
    )
}
REVOKE = {"Revoke": fields("address revoker,bytes32 schema,bytes32 uid,uint256 value,uint256 nonce,uint64 deadline")}

# The leanest that carries our terms: the operator is the recipient, the end is EAS's own expiration, the rest one word.
PACKED_SCHEMA = "uint8 purpose,uint128 categories,uint32 floor,uint16 cap"
FIELDS_SCHEMA = "address operator,uint8 purpose,uint128 categories,uint32 floor,uint16 cap,uint40 endsAt"
PROFILE_SCHEMA = "bytes32 digest"


def packed_terms(change: int) -> bytes:
    word = scenario.PURPOSE
    for value, bits in ((scenario.CATEGORIES, 128), (scenario.FLOOR + change, 32), (scenario.CAP, 16)):
        word = word << bits | value
    return word.to_bytes(32)


def field_terms(operator: str, change: int) -> bytes:
    terms = [
        operator,
        scenario.PURPOSE,
        scenario.CATEGORIES,
        scenario.FLOOR + change,
        scenario.CAP,
        scenario.ENDS_AT,
    ]
    return abi_encode([field["type"] for field in fields(FIELDS_SCHEMA)], terms)


@dataclass(frozen=True)
class Eas:
    stage: Stage
    contract: Contract
    packed: bytes
    by_fields: bytes
    profile: bytes

    def consent(self, change: int) -> tuple[Any, ...]:
        """Terms that differ by `change`: equal attestations in one second cost EAS a second try for their id."""
        return (self.stage.operator.address, scenario.ENDS_AT, True, NOTHING, packed_terms(change), 0)

    def consent_by_fields(self, change: int) -> tuple[Any, ...]:
        return (self.stage.operator.address, 0, True, NOTHING, field_terms(self.stage.operator.address, change), 0)

    def attest(self, sender: LocalAccount, schema: bytes, data: tuple[Any, ...]) -> tuple[bytes, int]:
        """The attestation's id, and what it used."""
        receipt = self.stage.chain.call(sender, self.contract, "attest", (schema, data))
        return self._uid(receipt["logs"][-1]["data"]), receipt["gasUsed"]

    def signed_attest(self, attester: LocalAccount, schema: bytes, data: tuple[Any, ...]) -> tuple[int, bytes, bytes]:
        recipient, expires, revocable, reference, content, value = data
        message = {
            "attester": attester.address,
            "schema": schema,
            "recipient": recipient,
            "expirationTime": expires,
            "revocable": revocable,
            "refUID": reference,
            "data": content,
            "value": value,
            "nonce": self._nonce(attester),
            "deadline": DEADLINE,
        }
        return sign(self.stage.chain, attester, self.contract, DOMAIN, ATTEST, message)

    def attest_by_delegation(self, attester: LocalAccount, schema: bytes, data: tuple[Any, ...]) -> int:
        signature = self.signed_attest(attester, schema, data)
        request = (schema, data, signature, attester.address, DEADLINE)
        return self.stage.chain.gas(self.stage.relayer, self.contract, "attestByDelegation", request)

    def attest_batch_by_delegation(self, attesters: Sequence[LocalAccount], change: int) -> int:
        """One request per person, in one transaction."""
        requests = [
            (
                self.packed,
                [self.consent(change)],
                [self.signed_attest(attester, self.packed, self.consent(change))],
                attester.address,
                DEADLINE,
            )
            for attester in attesters
        ]
        return self.stage.chain.gas(
            self.stage.relayer, self.contract, "multiAttestByDelegation", requests, gas=LARGE_GAS_LIMIT
        )

    def revoke_by_delegation(self, revoker: LocalAccount, uid: bytes) -> int:
        message = {
            "revoker": revoker.address,
            "schema": self.packed,
            "uid": uid,
            "value": 0,
            "nonce": self._nonce(revoker),
            "deadline": DEADLINE,
        }
        signature = sign(self.stage.chain, revoker, self.contract, DOMAIN, REVOKE, message)
        request = (self.packed, (uid, 0), signature, revoker.address, DEADLINE)
        return self.stage.chain.gas(self.stage.relayer, self.contract, "revokeByDelegation", request)

    def _nonce(self, account: LocalAccount) -> int:
        return int(self.contract.functions.getNonce(account.address).call())

    def _uid(self, data: bytes) -> bytes:
        return bytes(data[:32])


def measure_eas(stage: Stage) -> None:
    eas = _deploy(stage)
    _consents(eas)
    _revocations(eas)
    _profiles(eas)


def _deploy(stage: Stage) -> Eas:
    chain = stage.chain
    registry = chain.deploy(_artifact("SchemaRegistry"))
    contract = chain.deploy(_artifact("EAS"), registry.address)
    schemas = []
    for schema in (PACKED_SCHEMA, FIELDS_SCHEMA, PROFILE_SCHEMA):
        chain.call(chain.deployer, registry, "register", schema, NOBODY, True)
        schemas.append(bytes(Web3.solidity_keccak(["string", "address", "bool"], [schema, NOBODY, True])))
    return Eas(stage, contract, *schemas)


def _artifact(name: str) -> Artifact:
    return packaged(PACKAGE, f"artifacts/contracts/{name}.sol/{name}.json")


def _consents(eas: Eas) -> None:
    stage, add = eas.stage, eas.stage.figures.add
    relayed, relayed_by_fields = stage.chain.signer("eas relayed"), stage.chain.signer("eas relayed by fields")
    for change, when in enumerate(("first", "later")):
        packed, by_fields = eas.consent(change), eas.consent_by_fields(change)
        add(f"grant_own_{when}", "EAS attest", eas.attest(stage.subject, eas.packed, packed)[1])
        add(f"grant_own_{when}", "EAS attest, ABI fields", eas.attest(stage.subject, eas.by_fields, by_fields)[1])
        add(
            f"grant_relayed_{when}",
            "EAS attestByDelegation",
            eas.attest_by_delegation(relayed, eas.packed, packed),
        )
        add(
            f"grant_relayed_{when}",
            "EAS attestByDelegation, ABI fields",
            eas.attest_by_delegation(relayed_by_fields, eas.by_fields, by_fields),
        )
        add(
            f"grant_batch100_{when}",
            "EAS multiAttestByDelegation",
            eas.attest_batch_by_delegation(stage.subjects, change),
            BATCH,
        )


def _revocations(eas: Eas) -> None:
    stage, add = eas.stage, eas.stage.figures.add
    consents = [eas.consent(2 + number) for number in range(REVOKED_TOGETHER + 2)]
    uids = [eas.attest(stage.subject, eas.packed, consent)[0] for consent in consents]
    own_uid, relayed_uid, *together = uids
    own = stage.chain.gas(stage.subject, eas.contract, "revoke", (eas.packed, (own_uid, 0)))
    add("revoke", "EAS revoke", own)
    add("revoke_relayed", "EAS revokeByDelegation", eas.revoke_by_delegation(stage.subject, relayed_uid))
    requests = [(eas.packed, [(uid, 0) for uid in together])]
    add("revoke_all", "EAS multiRevoke of 10", stage.chain.gas(stage.subject, eas.contract, "multiRevoke", requests))


def _profiles(eas: Eas) -> None:
    stage, chain, add = eas.stage, eas.stage.chain, eas.stage.figures.add
    for when in ("first", "later"):
        single = (stage.subject.address, 0, True, NOTHING, scenario.random_word(f"digest {when}"), 0)
        add(f"attest_{when}", "EAS attest", eas.attest(stage.operator, eas.profile, single)[1])
        profiles = [
            (subject.address, 0, True, NOTHING, scenario.random_word(f"digest {when} {number}"), 0)
            for number, subject in enumerate(stage.subjects)
        ]
        batch = chain.gas(stage.operator, eas.contract, "multiAttest", [(eas.profile, profiles)])
        add(f"attest_batch100_{when}", "EAS multiAttest", batch, BATCH)
    root = (NOBODY, 0, True, NOTHING, scenario.random_word("profiles' root"), 0)
    add("attest_root_per_profile", "EAS attest of a root", eas.attest(stage.operator, eas.profile, root)[1], BATCH)
    stamped = chain.gas(stage.operator, eas.contract, "timestamp", scenario.random_word("timestamped root"))
    add("attest_root_per_profile", "EAS timestamp of a root, by nobody", stamped, BATCH)
