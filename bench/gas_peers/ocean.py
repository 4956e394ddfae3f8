"""Ocean Protocol: its escrow, and data assets that are bought and ordered for each use. Artifacts as published."""

from dataclasses import dataclass
from typing import Any

from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.contract import Contract
from web3.logs import DISCARD
from web3.types import TxReceipt

from bench.gas_peers import scenario
from bench.gas_peers.artifacts import Artifact, packaged
from bench.gas_peers.scenario import DOLLAR, PRICE, Stage
from bench.gas_peers.signing import DEADLINE, permit

PACKAGE = "@oceanprotocol/contracts"
NOBODY = "0x" + 40 * "0"
DEAD = "0x000000000000000000000000000000000000dEaD"
DATATOKEN = 10**18
# The factory refuses more.
BATCH = 50
ROUNDS_TO_STEADY = 3
NO_MARKET_FEE = (NOBODY, NOBODY, 0)
FIRST_TEMPLATE = 1
LOCK_SECONDS = 3_600


@dataclass(frozen=True)
class Market:
    stage: Stage
    router: Contract
    factory: Contract
    exchange: Contract
    asset: Contract
    exchange_id: bytes


def measure_ocean(stage: Stage) -> None:
    market = _publish(stage)
    _escrow(stage, market.router)
    _orders(market)


def _artifact(path: str) -> Artifact:
    return packaged(PACKAGE, f"artifacts/contracts/{path}.sol/{path.rsplit('/', 1)[-1]}.json")


def _publish(stage: Stage) -> Market:
    """Ocean's own set-up, as its tests do it; the operator publishes one asset, priced in our token."""
    chain, operator = stage.chain, stage.operator.address
    router = chain.deploy(_artifact("pools/FactoryRouter"), chain.deployer.address, DEAD, DEAD, DEAD, [])
    exchange = chain.deploy(_artifact("pools/fixedRate/FixedRateExchange"), router.address)
    template = _artifact("templates/ERC20TemplateEnterprise")
    factory = chain.deploy(
        _artifact("ERC721Factory"),
        chain.deploy(_artifact("templates/ERC721Template")).address,
        chain.deploy(template).address,
        router.address,
    )
    chain.call(chain.deployer, router, "addFactory", factory.address)
    chain.call(chain.deployer, router, "addFixedRateContract", exchange.address)
    minted = chain.call(
        stage.operator,
        factory,
        "deployERC721Contract",
        *("Signals", "SIG", FIRST_TEMPLATE, operator, operator, "https://example.org/", True, operator),
    )
    nft = chain.at(_artifact("templates/ERC721Template"), _event(factory, "NFTCreated", minted)["newTokenAddress"])
    issued = chain.call(
        stage.operator,
        nft,
        "createERC20",
        *(FIRST_TEMPLATE, ["Use", "USE"], [operator, operator, NOBODY, NOBODY], [10**6 * DATATOKEN, 0], []),
    )
    asset = chain.at(template, _event(factory, "TokenCreated", issued)["newTokenAddress"])
    # Price of one datatoken in units of 18 decimals, whatever the token's; the exchange mints datatokens.
    rate, market_fee, with_mint = PRICE * 10**12, 0, 1
    offered = chain.call(
        stage.operator,
        asset,
        "createFixedRate",
        exchange.address,
        [stage.token.address, operator, operator, NOBODY],
        [6, 18, rate, market_fee, with_mint, 0],
    )
    return Market(stage, router, factory, exchange, asset, _event(asset, "NewFixedRate", offered)["exchangeId"])


def _escrow(stage: Stage, router: Contract) -> None:
    chain, add = stage.chain, stage.figures.add
    escrow = chain.deploy(_artifact("escrow/Escrow"), router.address, DEAD)
    _deposit(stage, escrow, stage.advertiser)
    newcomer = chain.actor("ocean depositor")
    stage.fund(newcomer.address, scenario.PLENTY)
    for when in ("first", "later"):
        add(f"deposit_permit_{when}", "Ocean Escrow depositWithPermit", _deposit(stage, escrow, newcomer))
    # The advertiser's standing authorisation plays the voucher's part.
    token, payer = stage.token.address, stage.advertiser.address
    chain.call(stage.advertiser, escrow, "authorize", token, stage.operator.address, 100 * DOLLAR, LOCK_SECONDS, 1_000)
    for job in range(1, ROUNDS_TO_STEADY + 1):
        lock = chain.gas(stage.operator, escrow, "createLock", job, token, payer, PRICE, LOCK_SECONDS)
        claim = chain.gas(stage.operator, escrow, "claimLock", job, token, payer, PRICE, b"")
    add("record_use_voucher_later", "Ocean Escrow createLock + claimLock, no consent, no split", lock + claim)


def _deposit(stage: Stage, escrow: Contract, owner: LocalAccount) -> int:
    signature = permit(stage.chain, owner, stage.token, escrow, 100 * DOLLAR)
    arguments = (stage.token.address, 100 * DOLLAR, DEADLINE, *signature)
    return stage.chain.gas(owner, escrow, "depositWithPermit", *arguments)


def _orders(market: Market) -> None:
    stage, chain, add = market.stage, market.stage.chain, market.stage.figures.add
    buyer, asset = stage.advertiser, market.asset
    stage.approve(buyer, asset.address)
    chain.call(stage.operator, asset, "mint", buyer.address, 10_000 * DATATOKEN)
    free, paid = _provider_fee(stage, 0), _provider_fee(stage, PRICE)
    consumer = stage.subject.address
    for _ in range(ROUNDS_TO_STEADY):
        ordered = chain.gas(buyer, asset, "startOrder", consumer, 1, free, NO_MARKET_FEE)
        ordered_with_fee = chain.gas(buyer, asset, "startOrder", consumer, 1, paid, NO_MARKET_FEE)
        bought = chain.gas(
            buyer,
            asset,
            "buyFromFreAndOrder",
            (consumer, 1, free, NO_MARKET_FEE),
            (market.exchange.address, market.exchange_id, 2 * PRICE, 0, NOBODY),
        )
    add("record_use_later", "Ocean startOrder, paid before", ordered)
    add("record_use_later", "Ocean startOrder with provider fee", ordered_with_fee)
    add("record_use_later", "Ocean buyFromFreAndOrder", bought)
    chain.call(buyer, asset, "approve", market.factory.address, scenario.UNLIMITED)
    orders = [(asset.address, consumer, 1, free, NO_MARKET_FEE)] * BATCH
    for _ in range(2):
        batch = chain.gas(buyer, market.factory, "startMultipleTokenOrder", orders)
    add("record_uses_batch100_later", "Ocean startMultipleTokenOrder of 50, paid before", batch, BATCH)


def _provider_fee(stage: Stage, amount: int) -> tuple[Any, ...]:
    """Every order carries the provider's signature over its fee, even over none."""
    content, provider = b'{"timeout":0}', stage.operator
    hashed = Web3.solidity_keccak(
        ["bytes", "address", "address", "uint256", "uint256"],
        [content, provider.address, stage.token.address, amount, 0],
    )
    signed = provider.sign_message(encode_defunct(primitive=bytes(hashed)))
    r, s = signed.r.to_bytes(32), signed.s.to_bytes(32)
    return (provider.address, stage.token.address, amount, signed.v, r, s, 0, content)


def _event(contract: Contract, name: str, receipt: TxReceipt) -> dict[str, Any]:
    """What the one event of that name in a receipt says."""
    event, *more = contract.events[name]().process_receipt(receipt, errors=DISCARD)
    assert not more
    return dict(event["args"])
