"""What every peer is asked to do: the same terms, amounts and numbers."""

from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.contract import Contract

from bench.gas_peers.artifacts import own
from bench.gas_peers.chain import Chain
from bench.gas_peers.signing import DEADLINE

BATCH = 100
REVOKED_TOGETHER = 10
CAMPAIGNS = 10
KEEPERS = 2
THOUSAND, MILLION = 10**3, 10**6
DEPTH = {"claim_1e3": 10, "claim_1e6": 20}

PURPOSE = 1
CATEGORIES = 0b1011_0110
FLOOR = 1_000
CAP = 20
ENDS_AT = DEADLINE

DOLLAR = 10**6
PRICE = 10_000
SUBJECT_SHARE = PRICE * 7 // 10
# Enough for every use and epoch of a run; 2**256 - 1 as an allowance that is not written back.
PLENTY = 10**6 * DOLLAR
UNLIMITED = 2**256 - 1


@dataclass
class Readings:
    """operation -> peer -> gas by receipt; batches per item, settlements per use."""

    by_operation: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, operation: str, peer: str, gas: int, items: int = 1) -> None:
        figure = gas if items == 1 else round(gas / items) if gas >= 10 * items else round(gas / items, 3)
        self.by_operation.setdefault(operation, {})[peer] = figure

    def add_settlement(self, peer: str, gas: int) -> None:
        self.add("settle_total", peer, gas)
        self.add("settle_1e3_per_use", peer, gas, THOUSAND)
        self.add("settle_1e6_per_use", peer, gas, MILLION)


@dataclass(frozen=True)
class Stage:
    """The people and the token."""

    chain: Chain
    token: Contract
    subject: LocalAccount
    operator: LocalAccount
    advertiser: LocalAccount
    relayer: LocalAccount
    subjects: list[LocalAccount]
    figures: Readings

    def fund(self, to: str, amount: int) -> None:
        self.chain.call(self.chain.deployer, self.token, "mint", to, amount)

    def balance(self, of: str) -> int:
        return int(self.token.functions.balanceOf(of).call())

    def approve(self, owner: LocalAccount, spender: str) -> None:
        self.chain.call(owner, self.token, "approve", spender, UNLIMITED)


def set_stage(chain: Chain) -> Stage:
    stage = Stage(
        chain=chain,
        token=chain.deploy(own("PermitDollar")),
        subject=chain.actor("subject"),
        operator=chain.actor("operator"),
        advertiser=chain.actor("advertiser"),
        relayer=chain.actor("relayer"),
        subjects=[chain.signer(f"subject {number}") for number in range(BATCH)],
        figures=Readings(),
    )
    stage.fund(stage.advertiser.address, PLENTY)
    stage.fund(chain.deployer.address, PLENTY)
    # Steady state: whoever is paid has been paid before.
    for account in [stage.subject, stage.operator, *stage.subjects]:
        stage.fund(account.address, 1)
    return stage


def random_word(name: str) -> bytes:
    """32 bytes that look random and are the same on every run."""
    return bytes(Web3.keccak(text=f"fairsignal gas peers: word {name}"))
