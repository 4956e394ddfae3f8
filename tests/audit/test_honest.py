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
