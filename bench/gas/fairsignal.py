"""Our contracts on one node: operation -> gas by receipt."""

from dataclasses import dataclass

from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from web3 import Web3
from web3.contract import Contract
from web3.types import RPCEndpoint

from bench.gas_peers.artifacts import ROOT, Artifact, compile_own, own, parse
from bench.gas_peers.chain import Chain
from bench.gas_peers.scenario import BATCH, CAMPAIGNS, MILLION, THOUSAND, Readings, random_word
from bench.gas_peers.signing import DEADLINE, Types, fields, permit, sign

OUT = ROOT / "build" / "deployed" / "out"

DOLLAR = 10**6
PRICE = 10_000
PERSONS_SHARE = PRICE * 7 // 10
PURPOSE = 1
CATEGORY = 5
CATEGORIES = 0b1011_0110
FLOOR = 1_000
CAP = 20
DAY = 86_400
CONSENT_SECONDS = 365 * DAY
KEEPERS, THRESHOLD = 5, 3
# What a call to another contract costs beyond what runs inside it: the account was cold.
COLD_CALL = 2_600
NONZERO_BYTE, ZERO_BYTE = 16, 4

CONSENT_FIELDS = (
    "address subject,address operator,uint8 purpose,uint128 categories,uint32 floor,uint16 cap,uint40 endsAt,"
    "uint32 version,uint40 signedAt"
)
GRANT: Types = {"Grant": fields(CONSENT_FIELDS)}
REVOKE: Types = {"Revoke": fields("address subject,address operator,uint8 purpose,uint40 signedAt")}
REVOKE_ALL: Types = {"RevokeAll": fields("address subject,uint40 signedAt")}
VOUCHER: Types = {"Voucher": fields("bytes32 campaign,uint256 ceiling")}
CLAIM: Types = {"Claim": fields("address subject,address operator,uint256 total,address to,uint256 deadline")}
AUTHORIZATION: Types = {
    "ReceiveWithAuthorization": fields(
        "address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce"
    )
}
REGISTRY = ("Fairsignal ConsentRegistry", "1")
MARKET = ("Fairsignal SignalMarket", "1")

Signature = tuple[int, bytes, bytes]


def compact(signature: Signature) -> bytes:
    """EIP-2098: 64 bytes."""
    v, r, s = signature
    return r + (int.from_bytes(s) | (v - 27) << 255).to_bytes(32)


def artifact(name: str) -> Artifact:
    return parse(OUT / f"{name}.sol" / f"{name}.json")


@dataclass(frozen=True)
class Consent:
    """Terms of one grant; `version` and `signed_at` (Unix seconds) are zero in an own transaction."""

    ends_at: int
    version: int = 0
    signed_at: int = 0

    def word(self) -> int:
        return (
            CATEGORIES | self.signed_at << 128 | self.ends_at << 160 | FLOOR << 192 | CAP << 224 | self.version << 236
        )


@dataclass(frozen=True)
class Order:
    """A campaign's terms."""

    advertiser: str
    operator: str
    ends_at: int
    salt: int = 0

    @property
    def target(self) -> int:
        return lane(self.operator) | self.ends_at << 168 | self.salt << 208

    @property
    def bid(self) -> int:
        return CATEGORIES | PRICE << 128

    @property
    def id(self) -> bytes:
        words = int(self.advertiser, 16).to_bytes(32) + self.target.to_bytes(32) + self.bid.to_bytes(32)
        return keccak(words)


def lane(operator: str) -> int:
    return int(operator, 16) << 8 | PURPOSE


def use_word(subject: str, index: int) -> int:
    return int(subject, 16) | CATEGORY << 160 | index << 168


class Bench:
    """The deployed platform, its people, and the figures so far."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.figures = Readings()
        # The peers' token: an OpenZeppelin ERC20Permit with six decimals.
        self.token = chain.deploy(own("PermitDollar"))
        self.operators = chain.deploy(artifact("OperatorRegistry"), chain.deployer.address)
        self.consents = chain.deploy(artifact("ConsentRegistry"), self.operators.address)
        self.profiles = chain.deploy(artifact("ProfileRegistry"))
        self.market = chain.deploy(
            artifact("SignalMarket"), self.token.address, self.consents.address, self.operators.address
        )
        self.operator = chain.actor("our operator")
        self.relayer = chain.actor("our relayer")
        self.advertiser = chain.actor("our advertiser")
        self.person = chain.actor("our person")
        self.people = [chain.signer(f"our person {number}") for number in range(BATCH)]
        self.keepers = sorted(
            (chain.signer(f"our keeper {number}") for number in range(KEEPERS)), key=lambda k: int(k.address, 16)
        )
        self.lane = lane(self.operator.address)
        chain.call(self.operator, self.operators, "register", self.operator.address, "ipfs://terms")
        chain.call(chain.deployer, self.operators, "setKeepers", [keeper.address for keeper in self.keepers], THRESHOLD)
        # Steady state: whoever is paid, the market too, has been paid before; somebody's allowance is unlimited.
        for account in (self.advertiser, chain.deployer):
            chain.call(chain.deployer, self.token, "mint", account.address, 10**6 * DOLLAR)
        people = [account.address for account in (self.person, self.operator, *self.people)]
        for address in (self.market.address, *people):
            chain.call(chain.deployer, self.token, "mint", address, 1)
        self.ends_at = self.now() + CONSENT_SECONDS

    def now(self) -> int:
        return int(self.chain.w3.eth.get_block("latest")["timestamp"])

    def record(self, operation: str, sender: LocalAccount, contract: Contract, function: str, *args: object) -> int:
        self.tick()
        gas = self.chain.gas(sender, contract, function, *args)
        self.figures.add(operation, "ours", gas)
        return gas

    def record_each(
        self, operation: str, items: int, sender: LocalAccount, contract: Contract, function: str, *args: object
    ) -> None:
        self.tick()
        self.figures.add(operation, "ours", self.chain.gas(sender, contract, function, *args), items)

    def tick(self) -> None:
        """Let the next block be a second later: writing the same time again would cost next to nothing, and what was
        signed in the second of a revocation is dead."""
        self.chain.w3.provider.make_request(RPCEndpoint("evm_setNextBlockTimestamp"), [self.now() + 1])

    # ---------------------------------------------------------------------------------------------------- signatures

    def signed_grant(self, subject: LocalAccount, consent: Consent) -> bytes:
        message = {
            "subject": subject.address,
            "operator": self.operator.address,
            "purpose": PURPOSE,
            "categories": CATEGORIES,
            "floor": FLOOR,
            "cap": CAP,
            "endsAt": consent.ends_at,
            "version": consent.version,
            "signedAt": consent.signed_at,
        }
        return compact(sign(self.chain, subject, self.consents, REGISTRY, GRANT, message))

    def signed_revocation(self, subject: LocalAccount, signed_at: int) -> bytes:
        message = {
            "subject": subject.address,
            "operator": self.operator.address,
            "purpose": PURPOSE,
            "signedAt": signed_at,
        }
        return compact(sign(self.chain, subject, self.consents, REGISTRY, REVOKE, message))

    def signed_voucher(self, order: Order, ceiling: int) -> bytes:
        message = {"campaign": order.id, "ceiling": ceiling}
        return compact(sign(self.chain, self.advertiser, self.market, MARKET, VOUCHER, message))


def measure_consents(bench: Bench) -> None:
    registry, person, relayer = bench.consents, bench.person, bench.relayer
    own = Consent(bench.ends_at).word()
    bench.record("grant_own_first", person, registry, "grant", bench.lane, own)
    bench.record("grant_own_later", person, registry, "grant", bench.lane, own)

    signer = bench.chain.signer("our signer")
    for version, operation in enumerate(("grant_relayed_first", "grant_relayed_later"), start=1):
        consent = Consent(bench.ends_at, version, bench.now())
        signature = bench.signed_grant(signer, consent)
        bench.record(operation, relayer, registry, "grantBySig", signer.address, bench.lane, consent.word(), signature)
    for version, operation in enumerate(("grant_batch100_first", "grant_batch100_later"), start=1):
        consent = Consent(bench.ends_at, version, bench.now())
        records = b"".join(
            bytes.fromhex(subject.address[2:]) + consent.word().to_bytes(32) + bench.signed_grant(subject, consent)
            for subject in bench.people
        )
        bench.record_each(operation, BATCH, relayer, registry, "grantBatchBySig", bench.lane, records)
        assert all(registry.functions.areInForce([s.address for s in bench.people], bench.lane).call())

    bench.record("revoke", person, registry, "revoke", bench.lane)
    signed_at = bench.now()
    bench.record(
        "revoke_relayed",
        relayer,
        registry,
        "revokeBySig",
        signer.address,
        bench.lane,
        signed_at,
        bench.signed_revocation(signer, signed_at),
    )
    bench.record("revoke_all_first", person, registry, "revokeAll")
    bench.record("revoke_all", person, registry, "revokeAll")
    for operation in ("revoke_all_relayed_first", "revoke_all_relayed"):
        bench.tick()
        bench.chain.w3.provider.make_request(RPCEndpoint("evm_mine"), [])
        signed_at = bench.now()
        message = {"subject": signer.address, "signedAt": signed_at}
        signature = compact(sign(bench.chain, signer, registry, REGISTRY, REVOKE_ALL, message))
        bench.record(operation, relayer, registry, "revokeAllBySig", signer.address, signed_at, signature)
    bench.chain.call(person, registry, "grant", bench.lane, own)


def measure_profiles(bench: Bench) -> None:
    def digest(number: int, subject: str) -> bytes:
        return random_word(f"profile {number} of {subject}")

    for number, suffix in enumerate(("first", "later")):
        bench.record(
            f"attest_{suffix}",
            bench.operator,
            bench.profiles,
            "attest",
            bench.person.address,
            digest(number, bench.person.address),
        )
        records = b"".join(
            bytes.fromhex(subject.address[2:]) + digest(number, subject.address) for subject in bench.people
        )
        bench.record_each(f"attest_batch100_{suffix}", BATCH, bench.operator, bench.profiles, "attestBatch", records)
    bench.record_each(
        "attest_root_per_profile",
        BATCH,
        bench.operator,
        bench.profiles,
        "attestRoot",
        random_word("root"),
        random_word("log"),
    )


def measure_deposits(bench: Bench) -> Order:
    market, chain = bench.market, bench.chain
    chain.call(bench.advertiser, market, "setRecipientKey", random_word("key"))
    order = Order(bench.advertiser.address, bench.operator.address, bench.ends_at)
    amount = 10_000 * DOLLAR

    def signed() -> tuple[int, int, bytes, bytes]:
        return DEADLINE, *permit(chain, bench.advertiser, bench.token, market, amount)

    opening = (order.target, order.bid, amount)
    bench.record("deposit_permit_first", bench.advertiser, market, "openCampaignWithPermit", *opening, signed())
    toping = (order.advertiser, *opening)
    bench.record("deposit_permit_later", bench.advertiser, market, "topUpWithPermit", *toping, signed())

    return order


def measure_authorization(bench: Bench) -> None:
    """EIP-3009 in a market whose token has it; somebody else deposited there before."""
    chain = bench.chain
    token = chain.deploy(artifact("TestDollar"), 6)
    market = chain.deploy(artifact("SignalMarket"), token.address, bench.consents.address, bench.operators.address)
    amount = 10_000 * DOLLAR
    for owner in (bench.advertiser, market):
        chain.call(chain.deployer, token, "mint", owner.address, 2 * amount)
    order = Order(bench.advertiser.address, bench.operator.address, bench.ends_at, salt=1)
    message = {
        "from": order.advertiser,
        "to": market.address,
        "value": amount,
        "validAfter": 0,
        "validBefore": DEADLINE,
        "nonce": keccak(order.id + (0).to_bytes(32)),
    }
    v, r, s = sign(chain, bench.advertiser, token, ("Test Dollar", "1"), AUTHORIZATION, message)
    bench.record(
        "deposit_authorization_first",
        bench.relayer,
        market,
        "openCampaignWithAuthorization",
        order.advertiser,
        order.target,
        order.bid,
        amount,
        (0, DEADLINE, 0, v, r, s),
    )


def measure_uses(bench: Bench, order: Order) -> None:
    market, person = bench.market, bench.person.address
    terms = (order.target, order.bid)
    bench.record("record_use_first", bench.advertiser, market, "recordUse", *terms, use_word(person, 0))
    bench.record("record_use_later", bench.advertiser, market, "recordUse", *terms, use_word(person, 1))
    voucher = (10**6, bench.signed_voucher(order, 10**6))
    bench.record(
        "record_use_voucher_later",
        bench.operator,
        market,
        "recordUseWithVoucher",
        order.advertiser,
        *terms,
        use_word(person, 2),
        *voucher,
    )
    uses = b"".join(bytes([CATEGORY]) + bytes.fromhex(subject.address[2:]) for subject in bench.people)
    for index, operation in ((3, "record_uses_batch100_first"), (3 + BATCH, "record_uses_batch100_later")):
        bench.record_each(operation, BATCH, bench.advertiser, market, "recordUses", *terms, index, uses)
    credit = market.functions.creditOf(bench.people[0].address, bench.lane).call()
    assert credit[0] == 2 * PERSONS_SHARE
    bench.record("withdraw", bench.person, market, "withdraw", [bench.lane], person)
    bench.record("pay_operator", bench.relayer, market, "payOperator", order.advertiser, *terms)


class Epochs:
    """Settlements of ten campaigns under roots that only name one person: a claim reads nothing else of a tree."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.orders = [
            Order(bench.advertiser.address, bench.operator.address, bench.ends_at, salt=100 + number)
            for number in range(CAMPAIGNS)
        ]
        self.epoch = self.total = 0
        chain = bench.chain
        chain.call(bench.advertiser, bench.token, "approve", bench.market.address, 2**256 - 1)
        for order in self.orders:
            chain.call(bench.advertiser, bench.market, "openCampaign", order.target, order.bid, 50_000 * DOLLAR)

    def settle(self, uses: int, root: bytes) -> int:
        """Gas of settling `uses` uses, spread over the campaigns."""
        bench = self.bench
        self.epoch += 1
        self.total += uses * PERSONS_SHARE
        each = uses // CAMPAIGNS * PRICE
        debits = b"".join(order.id[:20] + each.to_bytes(12) for order in self.orders)
        settlement = (bench.operator.address, self.epoch, root, self.total, random_word(f"log {self.epoch}"))
        digest = bench.market.functions.settlementDigest(settlement, debits).call()
        signatures = b""
        for keeper in bench.keepers[:THRESHOLD]:
            signed = keeper.unsafe_sign_hash(digest)
            signatures += compact((signed.v, signed.r.to_bytes(32), signed.s.to_bytes(32)))
        receipt = bench.chain.call(bench.relayer, bench.market, "settle", settlement, debits, signatures)
        self.keeper_gas = self._gas_of_quorum(receipt["transactionHash"].to_0x_hex(), signatures)
        return receipt["gasUsed"]

    def _gas_of_quorum(self, transaction: str, signatures: bytes) -> int:
        """Of a settlement, the gas of keepers' signatures: calldata, the cold call, and what ran in it."""
        trace = self.bench.chain.w3.provider.make_request(
            RPCEndpoint("debug_traceTransaction"),
            [transaction, {"tracer": "callTracer"}],
        )["result"]
        call = next(c for c in trace["calls"] if int(c["to"], 16) == int(self.bench.operators.address, 16))
        calldata = sum(NONZERO_BYTE if byte else ZERO_BYTE for byte in signatures)
        return int(call["gasUsed"], 16) + COLD_CALL + calldata


def leaf(subject: str, total: int) -> bytes:
    return keccak(keccak(int(subject, 16).to_bytes(32) + total.to_bytes(32)))


def root_of(node: bytes, proof: list[bytes]) -> bytes:
    for sibling in proof:
        node = keccak(min(node, sibling) + max(node, sibling))
    return node


def measure_settlements(bench: Bench) -> None:
    epochs = Epochs(bench)
    epochs.settle(THOUSAND, random_word("first root"))
    for uses, operation in ((THOUSAND, "settle_1e3_per_use"), (MILLION, "settle_1e6_per_use")):
        gas = epochs.settle(uses, random_word(f"root of {uses}"))
        # The target counts keepers' signatures apart.
        bench.figures.add(operation, "ours", gas - epochs.keeper_gas, uses)
    bench.figures.add("settle_total", "ours", gas)
    bench.figures.add("settle_keeper_signatures", "ours", epochs.keeper_gas)

    person, total = bench.person, 0
    for depth, operation in ((10, "claim_first"), (10, "claim_1e3"), (20, "claim_1e6")):
        total += DOLLAR
        proof = [random_word(f"sibling {level}") for level in range(depth)]
        epochs.settle(THOUSAND, root_of(leaf(person.address, total), proof))
        bench.record(operation, person, bench.market, "claim", bench.operator.address, total, proof)

    total += DOLLAR
    proof = [random_word(f"sibling {level}") for level in range(10)]
    epochs.settle(THOUSAND, root_of(leaf(person.address, total), proof))
    message = {
        "subject": person.address,
        "operator": bench.operator.address,
        "total": total,
        "to": person.address,
        "deadline": DEADLINE,
    }
    signature = compact(sign(bench.chain, person, bench.market, MARKET, CLAIM, message))
    claim = (person.address, bench.operator.address, total, person.address, DEADLINE, proof, signature)
    bench.record("claim_relayed_1e3", bench.relayer, bench.market, "claimBySig", claim)


def measure(w3: Web3, accounts: list[LocalAccount]) -> dict[str, float]:
    """Deploy and measure ours on a node; `accounts[0]` funds actors of the bench's own."""
    compile_own()
    bench = Bench(Chain(w3, accounts[0]))
    measure_consents(bench)
    measure_profiles(bench)
    order = measure_deposits(bench)
    measure_authorization(bench)
    measure_uses(bench, order)
    measure_settlements(bench)
    return {operation: peers["ours"] for operation, peers in bench.figures.by_operation.items()}
