"""Consents written with OpenZeppelin and Solady: the shortest that record our terms under a signature."""

from typing import Any

from eth_account.signers.local import LocalAccount
from web3.contract import Contract

from bench.gas_peers import scenario
from bench.gas_peers.artifacts import own
from bench.gas_peers.scenario import BATCH, REVOKED_TOGETHER, Stage
from bench.gas_peers.signing import DEADLINE, fields, joined, sign

DOMAIN = ("Consents", "1")
OWN = "Solidity mapping, our terms"
GRANT = {
    "Grant": fields(
        "address subject,address operator,uint8 purpose,uint128 categories,uint32 floor,uint16 cap,uint40 endsAt,"
        "uint256 nonce,uint256 deadline"
    )
}
REVOKE = {"Revoke": fields("address subject,address operator,uint8 purpose,uint256 nonce,uint256 deadline")}


def terms(stage: Stage, subject: LocalAccount) -> tuple[Any, ...]:
    return (
        subject.address,
        stage.operator.address,
        scenario.PURPOSE,
        scenario.CATEGORIES,
        scenario.FLOOR,
        scenario.CAP,
        scenario.ENDS_AT,
    )


def measure_consents(stage: Stage) -> Contract:
    """The figures; returns a registry in which every subject of the batch consents."""
    _token(stage)
    _registry(stage, stage.chain.deploy(own("OpenZeppelinConsents")), "OpenZeppelin EIP-712 + Nonces")
    return _registry(stage, stage.chain.deploy(own("SoladyConsents")), "Solady EIP-712")


def _token(stage: Stage) -> None:
    chain, add = stage.chain, stage.figures.add
    token = chain.deploy(own("ConsentToken"))
    consent = int(stage.operator.address, 16) << 8 | scenario.PURPOSE
    others = [consent + other for other in range(1, REVOKED_TOGETHER + 1)]
    for when in ("first", "later"):
        add(f"grant_own_{when}", "OpenZeppelin ERC-1155 mint", chain.gas(stage.subject, token, "grant", consent))
    for other in others:
        chain.call(stage.subject, token, "grant", other)
    add("revoke", "OpenZeppelin ERC-1155 burn", chain.gas(stage.subject, token, "revoke", consent))
    together = chain.gas(stage.subject, token, "revokeAll", others, [1] * REVOKED_TOGETHER)
    add("revoke_all", "OpenZeppelin ERC-1155 burnBatch of 10", together)


def _registry(stage: Stage, registry: Contract, peer: str) -> Contract:
    chain, add = stage.chain, stage.figures.add
    relayed = chain.signer("consents relayed")
    for nonce, when in enumerate(("first", "later")):
        # The same code in both registries; what they differ in is how they check a signature.
        add(f"grant_own_{when}", OWN, chain.gas(stage.subject, registry, "grant", terms(stage, stage.subject)))
        single = (terms(stage, relayed), DEADLINE, _signed_grant(stage, registry, relayed, nonce))
        add(f"grant_relayed_{when}", peer, chain.gas(stage.relayer, registry, "grantBySig", *single))
        assert chain.refuses(stage.relayer, registry, "grantBySig", *single), "replayed"
        batch = chain.gas(
            stage.relayer,
            registry,
            "grantBatchBySig",
            [terms(stage, subject) for subject in stage.subjects],
            DEADLINE,
            [_signed_grant(stage, registry, subject, nonce) for subject in stage.subjects],
        )
        add(f"grant_batch100_{when}", f"{peer}, loop", batch, BATCH)
    add("revoke", OWN, chain.gas(stage.subject, registry, "revoke", stage.operator.address, scenario.PURPOSE))
    signature = _signed_revoke(stage, registry, relayed, 2)
    revocation = (relayed.address, stage.operator.address, scenario.PURPOSE, DEADLINE, signature)
    add("revoke_relayed", peer, chain.gas(stage.relayer, registry, "revokeBySig", *revocation))
    assert chain.refuses(stage.relayer, registry, "revokeBySig", *revocation), "replayed"
    # What follows needs the subject's consent in force.
    chain.call(stage.subject, registry, "grant", terms(stage, stage.subject))
    for subject in stage.subjects:
        consent = registry.functions.consentOf(subject.address, stage.operator.address, scenario.PURPOSE).call()
        assert consent == [scenario.CATEGORIES, scenario.ENDS_AT, scenario.FLOOR, scenario.CAP, 2]
    return registry


def _signed_grant(stage: Stage, registry: Contract, subject: LocalAccount, nonce: int) -> bytes:
    values = [*terms(stage, subject), nonce, DEADLINE]
    message = {field["name"]: value for field, value in zip(GRANT["Grant"], values, strict=True)}
    return joined(sign(stage.chain, subject, registry, DOMAIN, GRANT, message))


def _signed_revoke(stage: Stage, registry: Contract, subject: LocalAccount, nonce: int) -> bytes:
    message = {
        "subject": subject.address,
        "operator": stage.operator.address,
        "purpose": scenario.PURPOSE,
        "nonce": nonce,
        "deadline": DEADLINE,
    }
    return joined(sign(stage.chain, subject, registry, DOMAIN, REVOKE, message))
