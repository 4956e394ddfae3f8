"""Uses recorded at once, money and receipts, on a real chain."""

from __future__ import annotations

import pytest

from fairsignal.audit.report import Verdict
from fairsignal.bootstrap.wallets import dev_wallets
from fairsignal.domain.use_receipt import Released, UseReceipt, use_receipt_message
from tests.audit.scene import KEEPERS, PRICE, Scene, rules, use


async def test_what_the_market_lets_through_is_honest_and_its_money_follows_from_the_events(scene: Scene) -> None:
    """Uses of two campaigns, a top-up, a consent that changes between uses and within a block, and a settlement."""
    node, market = scene.node, scene.node.deployment.signal_market
    anna, ben = await scene.person(cap=3), await scene.person()
    first, second = await scene.campaign(metered=False), await scene.campaign(metered=False, price_per_use=70_003)
    await scene.record_at_once(first, anna, 0)
    await scene.record_at_once(first, ben, 1)
    await node.rpc("evm_setAutomine", False)
    await scene.queue(anna, first, 2)
    await node.rpc("evm_mine")
    await node.rpc("evm_setAutomine", True)
    _, now = await node.head()
    await node.rpc("evm_setNextBlockTimestamp", now + 1)  # what is granted in the revocation's second does not count
    await scene.grant(anna, cap=5)
    await scene.record_at_once(second, anna, 0)
    await node.send(scene.advertiser, "TestDollar", "mint", scene.advertiser, PRICE)
    await node.send(scene.advertiser, "TestDollar", "approve", market, PRICE)
    await node.send(scene.advertiser, "SignalMarket", "topUp", scene.advertiser, first.target, first.bid, PRICE)
    metered = await scene.campaign()
    await scene.settle(scene.draft([metered], {ben: [use(await node.mine())]}, await node.mine()))

    report = await scene.audit()
    assert report.verdict is Verdict.HONEST, report.as_json()
    assert report.uses_at_once == 4
    assert "what people were credited is the shares of their uses (2 accounts)" in report.at_once.checked
    assert "escrows follow from what was paid in, used, settled and refunded (3 campaigns)" in report.at_once.checked
    assert [gap for section in report.sections for gap in section.not_checked] == []


def receipt(scene: Scene, released: Released, signer: int = 17) -> UseReceipt:
    deployment = scene.node.deployment
    message = use_receipt_message(deployment.chain_id, deployment.profile_registry, released)
    return UseReceipt(released, dev_wallets(20)[signer].sign_typed(message))


@pytest.fixture
async def released(scene: Scene) -> Released:
    """One use that is recorded, whose profile is attested and whose key was released."""
    anna = await scene.person()
    terms = await scene.campaign(metered=False)
    digest = b"\x07" * 32
    await scene.node.send(scene.operator, "ProfileRegistry", "attest", "0x" + anna.hex(), digest)
    await scene.record_at_once(terms, anna, 0)
    _, now = await scene.node.head()
    await scene.node.chain.finalize()
    await scene.node.chain.finalize()
    return Released(terms.id, 0, digest, now)


async def test_a_released_use_that_is_recorded_is_right(scene: Scene, released: Released) -> None:
    assert receipt(scene, released).released.campaign == released.campaign
    report = await scene.audit(receipts=[receipt(scene, released)])
    assert report.verdict is Verdict.HONEST, report.as_json()
    assert report.receipts.checked == ["what they released is recorded, paid and of attested profiles (1 receipts)"]


async def test_a_use_against_a_keepers_receipt_is_named(scene: Scene, released: Released) -> None:
    missing = Released(released.campaign, 1, released.digest, released.released_at)
    report = await scene.audit(receipts=[receipt(scene, released), receipt(scene, missing)])
    assert rules(report) == ["released-not-recorded"]
    (finding,) = report.receipts.findings
    assert finding.campaign == released.campaign
    assert f"Keeper {KEEPERS[0].address} released use 1 of the campaign" in finding.evidence


async def test_a_release_from_a_profile_that_was_never_attested_is_named(scene: Scene, released: Released) -> None:
    other = Released(released.campaign, 0, b"\x08" * 32, released.released_at)
    assert rules(await scene.audit(receipts=[receipt(scene, other)])) == ["released-not-attested"]


async def test_a_release_after_the_final_block_is_left_for_later(scene: Scene, released: Released) -> None:
    _, now = await scene.node.head()
    later = Released(released.campaign, 1, released.digest, now + 60)
    report = await scene.audit(receipts=[receipt(scene, later)])
    assert report.verdict is Verdict.HONEST
    assert [gap.what for gap in report.receipts.not_checked] == ["1 receipts"]


async def test_a_receipt_that_no_keeper_signed_proves_nothing(scene: Scene, released: Released) -> None:
    missing = Released(released.campaign, 1, released.digest, released.released_at)
    report = await scene.audit(receipts=[receipt(scene, missing, signer=5)])
    assert rules(report) == []
    assert report.verdict is Verdict.INCOMPLETE
