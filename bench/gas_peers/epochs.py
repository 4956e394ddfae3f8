"""Escrow, settlement under a root, and claims: OpenZeppelin, Solady, and Uniswap's distributor as published."""

from collections.abc import Callable, Sequence

from eth_abi.abi import encode as abi_encode
from eth_abi.packed import encode_packed
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.contract import Contract

from bench.gas_peers import scenario
from bench.gas_peers.artifacts import own, packaged
from bench.gas_peers.scenario import CAMPAIGNS, DEPTH, DOLLAR, KEEPERS, Stage
from bench.gas_peers.signing import DEADLINE, fields, joined, permit, sign

SETTLEMENT = {
    "Settlement": fields("uint256 epoch,bytes32 root,uint256 total,bytes32 log,bytes32 campaigns,bytes32 debits"),
}
EARNED = scenario.SUBJECT_SHARE


def measure_epochs(stage: Stage) -> None:
    _openzeppelin(stage)
    _solady(stage)
    _uniswap(stage)


def root_and_proof(leaf: bytes, depth: int, first: bytes | None = None) -> tuple[bytes, list[bytes]]:
    """A tree of 2**depth leaves in which all but one (or two) are somebody else's: only its branch is ever read."""
    proof = [scenario.random_word(f"sibling {level}") for level in range(depth)]
    if first is not None:
        proof[0] = first
    node = leaf
    for sibling in proof:
        node = bytes(Web3.keccak(min(node, sibling) + max(node, sibling)))
    return node, proof


def standard_leaf(subject: str, earned: int) -> bytes:
    """OpenZeppelin's StandardMerkleTree hashes twice."""
    return bytes(Web3.keccak(Web3.keccak(abi_encode(["address", "uint256"], [subject, earned]))))


def _openzeppelin(stage: Stage) -> None:
    chain, add, peer = stage.chain, stage.figures.add, "OpenZeppelin escrow + root"
    keepers = [chain.signer(f"keeper {number}") for number in range(KEEPERS)]
    market = chain.deploy(own("OpenZeppelinMarket"), stage.token.address, [keeper.address for keeper in keepers])
    # Somebody's money is there already: the first deposit of a campaign, not of the contract.
    for campaign in range(1, CAMPAIGNS):
        _deposit(stage, market, stage.advertiser, campaign)
    newcomer = chain.actor("openzeppelin depositor")
    stage.fund(newcomer.address, scenario.PLENTY)
    for when in ("first", "later"):
        add(f"deposit_permit_{when}", peer, _deposit(stage, market, newcomer, CAMPAIGNS))

    def settle(epoch: int, root: bytes) -> int:
        return _settle(stage, market, keepers, epoch, root)

    used = _epochs(stage, market, "OpenZeppelin cumulative", settle)
    stage.figures.add_settlement(f"{peer}, 10 campaigns, 2 keepers", used)


def _solady(stage: Stage) -> None:
    chain, peer = stage.chain, "Solady cumulative"
    distributor = chain.deploy(own("SoladyDistributor"), stage.token.address)
    stage.approve(chain.deployer, distributor.address)

    def settle(_epoch: int, root: bytes) -> int:
        return chain.gas(chain.deployer, distributor, "settle", root, DOLLAR)

    stage.figures.add_settlement(f"{peer}, one funder", _epochs(stage, distributor, peer, settle))


def _epochs(stage: Stage, contract: Contract, peer: str, settle: Callable[[int, bytes], int]) -> int:
    """Two epochs per depth, so that the claim that counts is not the first; returns what the last settlement used."""
    chain, subject = stage.chain, stage.subject
    before = stage.balance(subject.address)
    settled = 0
    for epoch, (operation, depth) in enumerate([each for each in DEPTH.items() for _ in range(2)], start=1):
        earned = EARNED * epoch
        root, proof = root_and_proof(standard_leaf(subject.address, earned), depth)
        settled = settle(epoch, root)
        assert chain.refuses(subject, contract, "claim", subject.address, earned + 1, proof), "not in the tree"
        claim = (subject.address, earned, proof)
        stage.figures.add(operation, peer, chain.gas(subject, contract, "claim", *claim))  # the later one stays
        assert stage.balance(subject.address) == before + earned
    return settled


def _deposit(stage: Stage, market: Contract, owner: LocalAccount, campaign: int) -> int:
    signature = permit(stage.chain, owner, stage.token, market, 100 * DOLLAR)
    return stage.chain.gas(owner, market, "depositWithPermit", campaign, 100 * DOLLAR, DEADLINE, *signature)


def _settle(stage: Stage, market: Contract, keepers: Sequence[LocalAccount], epoch: int, root: bytes) -> int:
    campaigns = list(range(1, CAMPAIGNS + 1))
    debits = [DOLLAR + number for number in campaigns]
    log = scenario.random_word(f"log {epoch}")
    message = {
        "epoch": epoch,
        "root": root,
        "total": sum(debits),
        "log": log,
        "campaigns": Web3.keccak(encode_packed(["uint256[]"], [campaigns])),
        "debits": Web3.keccak(encode_packed(["uint256[]"], [debits])),
    }
    signatures = [joined(sign(stage.chain, keeper, market, ("Market", "1"), SETTLEMENT, message)) for keeper in keepers]
    return stage.chain.gas(stage.operator, market, "settle", root, sum(debits), log, campaigns, debits, signatures)


def _uniswap(stage: Stage) -> None:
    """A distributor per epoch: created, then funded. Steady: others have claimed from the same word of its bitmap."""
    chain, peer = stage.chain, "Uniswap MerkleDistributor"
    artifact = packaged("@uniswap/merkle-distributor", "build/MerkleDistributor.json")
    for operation, depth in DEPTH.items():
        neighbour, index = stage.operator.address, 2 ** (depth - 1)
        first = _uniswap_leaf(index + 1, neighbour)
        leaf = _uniswap_leaf(index, stage.subject.address)
        root, proof = root_and_proof(leaf, depth, first)
        distributor, creation = chain.deployed(artifact, stage.token.address, root)
        funding = chain.gas(chain.deployer, stage.token, "transfer", distributor.address, DOLLAR)
        chain.call(chain.deployer, distributor, "claim", index + 1, neighbour, EARNED, [leaf, *proof[1:]])
        claimed = chain.gas(stage.subject, distributor, "claim", index, stage.subject.address, EARNED, proof)
        stage.figures.add(operation, peer, claimed)
    stage.figures.add_settlement(f"{peer}, created and funded", creation + funding)


def _uniswap_leaf(index: int, account: str) -> bytes:
    return bytes(Web3.solidity_keccak(["uint256", "address", "uint256"], [index, account, EARNED]))
