"""Paying per use straight from wallet to wallet, with OpenZeppelin: no escrow, no claim, the least that pays both."""

from typing import Any

from eth_account.signers.local import LocalAccount
from web3.contract import Contract

from bench.gas_peers import scenario
from bench.gas_peers.artifacts import own
from bench.gas_peers.scenario import BATCH, Stage
from bench.gas_peers.signing import fields, joined, sign

PEER = "OpenZeppelin direct pay"
CATEGORY = 1
VOUCHER = {"Voucher": fields("address operator,uint8 purpose,uint256 price,uint256 ceiling")}
CEILING = 1_000


def measure_uses(stage: Stage, consents: Contract) -> None:
    chain, add = stage.chain, stage.figures.add
    pay = chain.deploy(own("DirectPay"), stage.token.address, consents.address)
    stage.approve(stage.advertiser, pay.address)
    single = use(stage, stage.subject)
    chain.call(stage.advertiser, pay, "recordUse", single, 0)
    add("record_use_later", PEER, chain.gas(stage.advertiser, pay, "recordUse", single, 1))
    voucher = _voucher(stage, pay)
    arguments = (stage.advertiser.address, single, 2, CEILING, voucher)
    add("record_use_voucher_later", PEER, chain.gas(stage.operator, pay, "recordUseWithVoucher", *arguments))
    assert chain.refuses(stage.operator, pay, "recordUseWithVoucher", *arguments), "replayed"
    assert chain.refuses(stage.advertiser, pay, "recordUse", use(stage, stage.relayer), 3), "no consent"
    uses = [use(stage, subject) for subject in stage.subjects]
    add("record_uses_batch100_later", PEER, chain.gas(stage.advertiser, pay, "recordUses", uses, 3), BATCH)
    assert all(stage.balance(subject.address) == 1 + scenario.SUBJECT_SHARE for subject in stage.subjects)


def use(stage: Stage, subject: LocalAccount) -> tuple[Any, ...]:
    return (subject.address, stage.operator.address, scenario.PURPOSE, CATEGORY, scenario.PRICE)


def _voucher(stage: Stage, pay: Contract) -> bytes:
    message = {
        "operator": stage.operator.address,
        "purpose": scenario.PURPOSE,
        "price": scenario.PRICE,
        "ceiling": CEILING,
    }
    return joined(sign(stage.chain, stage.advertiser, pay, ("DirectPay", "1"), VOUCHER, message))
