"""Epochs with uses that should not be there, signed by keepers who collude: the audit names use, rule and block."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from fairsignal.audit.report import AuditReport, Finding, Verdict
from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.use_record import UseRecord
from tests.audit.scene import DAY, MUSIC, PRICE, Epoch, Scene, use


@dataclass
class Market:
    """A campaign and somebody who consents to it; uses are settled as they are given."""

    scene: Scene
    terms: CampaignTerms
    anna: bytes

    async def block(self) -> int:
        return await self.scene.node.mine()

    async def settle(
        self, uses: dict[bytes, list[UseRecord]], previous: Epoch | None = None, last: int | None = None
    ) -> Epoch:
        last = last or await self.scene.node.mine()
        return await self.scene.settle(self.scene.draft([self.terms], uses, last, previous))

    async def only_finding(self, epoch: int | None = None) -> Finding:
        report = await self.scene.audit(epoch)
        return only(report)


def only(report: AuditReport) -> Finding:
    findings = [finding for section in report.sections for finding in section.findings]
    assert len(findings) == 1, findings
    assert report.verdict is Verdict.FINDINGS
    return findings[0]


@pytest.fixture
async def market(scene: Scene) -> Market:
    return Market(scene, await scene.campaign(), await scene.person())


async def test_an_unconsented_use_is_named(market: Market) -> None:
    stranger = b"\x5a" * 20
    block = await market.block()
    bad = use(block)
    await market.settle({market.anna: [use(block)], stranger: [bad]})
    found = await market.only_finding()
    assert (found.rule, found.subject, found.use_id, found.block) == ("no-consent", stranger, bad.use_id, block)
    assert found.campaign == market.terms.id
    assert found.evidence == "There was no consent."


async def test_a_use_after_the_revocation_is_named_and_the_one_before_is_not(market: Market) -> None:
    before = await market.block()
    sender = "0x" + market.anna.hex()
    revoked = await market.scene.node.send(sender, "ConsentRegistry", "revoke", market.terms.lane)
    good, bad = use(before), use(revoked)
    await market.settle({market.anna: [good, bad]})
    found = await market.only_finding()
    assert (found.rule, found.use_id, found.block) == ("no-consent", bad.use_id, revoked)


async def test_a_use_after_everything_was_revoked_is_named(market: Market) -> None:
    revoked = await market.scene.node.send("0x" + market.anna.hex(), "ConsentRegistry", "revokeAll")
    bad = use(revoked)
    await market.settle({market.anna: [bad]})
    found = await market.only_finding()
    assert (found.rule, found.use_id) == ("no-consent", bad.use_id)
    assert "ended with all others" in found.evidence


async def test_a_category_that_was_not_consented_to_is_named(market: Market) -> None:
    block = await market.block()
    bad = use(block, category=MUSIC)
    await market.settle({market.anna: sorted([use(block), bad], key=lambda record: record.use_id)})
    found = await market.only_finding()
    assert (found.rule, found.use_id) == ("category-not-consented", bad.use_id)


async def test_a_price_below_the_floor_is_named(market: Market) -> None:
    proud = await market.scene.person(floor=50_002)
    block = await market.block()
    await market.settle({market.anna: [use(block)], proud: [use(block)]})
    found = await market.only_finding()
    assert (found.rule, found.subject) == ("price-below-floor", proud)
    assert found.evidence == f"The price is {PRICE} base units, the floor 50002 millionths of a token."


async def test_a_use_beyond_the_daily_cap_is_named(market: Market) -> None:
    shy = await market.scene.person(cap=2)
    blocks = [await market.block() for _ in range(3)]
    uses = [use(block) for block in blocks]
    await market.settle({shy: uses})
    found = await market.only_finding()
    assert (found.rule, found.use_id) == ("daily-cap-reached", uses[2].use_id)


async def test_the_cap_of_a_day_counts_over_epochs(market: Market) -> None:
    shy = await market.scene.person(cap=2)
    first = await market.settle({shy: [use(await market.block()), use(await market.block())]})
    bad = use(await market.block())
    await market.settle({shy: [bad]}, first)
    for epoch in (2, None):
        found = await market.only_finding(epoch)
        assert (found.rule, found.use_id) == ("daily-cap-reached", bad.use_id)


async def test_the_next_day_has_a_cap_of_its_own(market: Market) -> None:
    shy = await market.scene.person(cap=1)
    first = await market.settle({shy: [use(await market.block())]})
    await market.scene.node.mine(at=market.scene.midnight + DAY + 5)
    block = await market.block()
    draft = market.scene.draft([market.terms], {shy: [use(block)]}, await market.block(), first)
    draft.days = {(shy, 1): 1}
    await market.scene.settle(draft)
    report = await market.scene.audit()
    assert report.verdict is Verdict.HONEST, report.as_json()


async def test_uses_recorded_at_once_count_towards_the_same_cap(market: Market) -> None:
    shy = await market.scene.person(cap=1)
    other = await market.scene.campaign(metered=False)
    await market.scene.record_at_once(other, shy, 0)
    bad = use(await market.block())
    await market.settle({shy: [bad]})
    found = await market.only_finding()
    assert (found.rule, found.use_id) == ("daily-cap-reached", bad.use_id)


async def test_a_use_recorded_at_once_over_the_metered_cap_is_named(market: Market) -> None:
    shy = await market.scene.person(cap=1)
    other = await market.scene.campaign(metered=False)
    metered = use(await market.block())
    recorded = await market.scene.record_at_once(other, shy, 0)
    await market.settle({shy: [metered]})
    found = await market.only_finding()
    assert (found.rule, found.subject, found.block) == ("daily-cap-reached", shy, recorded)
    assert (found.campaign, found.use_id) == (other.id, None)
    assert found.evidence.startswith("Use 0 of the campaign was recorded at once after 1 metered")


async def test_a_use_counted_twice_is_named(market: Market) -> None:
    twice = use(await market.block())
    await market.settle({market.anna: [twice, twice]})
    report = await market.scene.audit()
    findings = [finding for epoch in report.epochs for finding in epoch.findings]
    assert {(finding.rule, finding.use_id) for finding in findings} == {("use-counted-twice", twice.use_id)}


async def test_one_use_id_for_two_people_is_named(market: Market) -> None:
    ben = await market.scene.person()
    block = await market.block()
    twice = use(block)
    await market.settle({market.anna: [twice], ben: [twice]})
    found = await market.only_finding()
    assert (found.rule, found.use_id) == ("use-counted-twice", twice.use_id)


async def test_a_use_of_an_ended_campaign_is_named(market: Market) -> None:
    _, now = await market.scene.node.head()
    short = await market.scene.campaign(ends_at=now + 60)
    inside = await market.scene.node.mine(at=now + 59)
    outside = await market.scene.node.mine(at=now + 60)
    bad = use(outside)
    await market.scene.settle(market.scene.draft([short], {market.anna: [use(inside), bad]}, await market.block()))
    found = await market.only_finding()
    assert (found.rule, found.use_id, found.block) == ("campaign-ended", bad.use_id, outside)


async def test_a_use_before_the_campaign_was_opened_is_named(market: Market) -> None:
    block = await market.block()
    late = await market.scene.campaign()
    bad = use(block)
    await market.scene.settle(market.scene.draft([late], {market.anna: [bad]}, await market.block()))
    found = await market.only_finding()
    assert (found.rule, found.use_id) == ("campaign-not-open", bad.use_id)


async def test_a_use_of_a_campaign_that_is_not_metered_is_named(market: Market) -> None:
    direct = await market.scene.campaign(metered=False)
    bad = use(await market.block())
    await market.scene.settle(market.scene.draft([direct], {market.anna: [bad]}, await market.block()))
    found = await market.only_finding()
    assert (found.rule, found.use_id) == ("campaign-not-metered", bad.use_id)


async def test_a_use_outside_the_epochs_blocks_is_named(market: Market) -> None:
    last = await market.block()
    bad = use(await market.block())
    await market.settle({market.anna: [use(last), bad]}, last=last)
    found = await market.only_finding()
    assert (found.rule, found.use_id) == ("block-outside-epoch", bad.use_id)
