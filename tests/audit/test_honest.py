"""Honest epochs pass."""

from __future__ import annotations

from fairsignal.audit.report import Verdict
from tests.audit.scene import MUSIC, PRICE, Scene, use


async def test_honest_epochs_pass(scene: Scene) -> None:
    anna, ben = await scene.person(), await scene.person(categories=1 << MUSIC, cap=2)
    campaigns = sorted([await scene.campaign(), await scene.campaign(price_per_use=60_000)], key=lambda terms: terms.id)
    block = await scene.node.mine()
    uses = {anna: [use(block), use(block + 1, at=1)], ben: [use(block, category=MUSIC)]}
    for _ in range(2):
        last = await scene.node.mine()
    uses = {subject: sorted(found, key=lambda u: (u.block, u.use_id)) for subject, found in uses.items()}
    first = await scene.settle(scene.draft(campaigns, uses, last))
    later = await scene.node.mine()
    last = await scene.node.mine()
    second = scene.draft(campaigns, {ben: [use(later, category=MUSIC)]}, last, first)
    await scene.settle(second)

    report = await scene.audit()
    assert report.verdict is Verdict.HONEST, report.as_json()
    assert [(epoch.epoch, epoch.uses, epoch.opened) for epoch in report.epochs] == [(1, 3, True), (2, 1, True)]
    assert report.epochs[0].gross == sum(first.draft.debits)
    assert len(report.epochs[0].signers or []) == 2
    assert report.epochs[1].gross == PRICE or report.epochs[1].gross == 60_000
    assert [gap for section in report.sections for gap in section.not_checked] == []


FORWARDER = "0x" + "f0" * 20


async def forwarder(scene: Scene) -> str:
    """A contract that passes every call on to the market."""
    market = scene.node.deployment.signal_market[2:].lower()
    code = f"0x365f5f375f5f365f5f73{market}5af1602657" + "5f5ffd5b00"
    await scene.node.rpc("anvil_setCode", FORWARDER, code)
    return FORWARDER


async def test_debits_of_a_settlement_through_another_contract_show_in_the_escrows(scene: Scene) -> None:
    anna, terms = await scene.person(), await scene.campaign()
    draft = scene.draft([terms], {anna: [use(await scene.node.mine())]}, await scene.node.mine())
    await scene.settle(draft, through=await forwarder(scene))
    report = await scene.audit()
    assert report.verdict is Verdict.HONEST, report.as_json()
    (epoch,) = report.epochs
    assert "debits as they left the escrows" in epoch.checked
    assert epoch.signers is None
    assert [gap.what for section in report.sections for gap in section.not_checked] == [
        "which keepers signed",
        "escrows of campaigns",
    ]


async def test_other_debits_through_another_contract_are_named(scene: Scene) -> None:
    anna, terms, other = await scene.person(), await scene.campaign(), await scene.campaign()
    draft = scene.draft([terms], {anna: [use(await scene.node.mine())]}, await scene.node.mine())
    draft.settled = {"debits": other.id[:20] + PRICE.to_bytes(12)}
    await scene.settle(draft, through=await forwarder(scene))
    (finding,) = (await scene.audit()).epochs[0].findings
    assert (finding.rule, finding.campaign) == ("not-as-settled", terms.id)
    assert finding.evidence == f"0 base units left the campaign's escrow; the log says {PRICE}."
