"""What decisions are made from: read whole, then as it changes, of one state at a time, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db import SqlDecisionFeed
from fairsignal.domain.consent import Consent, Purpose, SubjectState
from fairsignal.ports import BlockRef, Changes, ErasureRow, FeedPosition, UsesOnDay
from tests.adapters.db.decision_rows import NOW, OPERATOR, TODAY, Rows, decided, person, raw, terms

CAMPAIGN = terms()
ANNA, BERT = person(11), person(12)
LANE = CAMPAIGN.lane.to_bytes(21)


@pytest.fixture
def rows(engine: AsyncEngine) -> Rows:
    return Rows(engine)


@pytest.fixture
def feed(engine: AsyncEngine) -> SqlDecisionFeed:
    return SqlDecisionFeed(engine, OPERATOR)


async def whole(feed: SqlDecisionFeed) -> Changes:
    """All portions as one."""
    parts = [part async for part in feed.everything()]
    last = parts[-1]
    for part in parts[:-1]:
        assert (part.position, part.block) == (last.position, last.block)
        last.consents.extend(part.consents)
        last.states.extend(part.states)
        last.signals.extend(part.signals)
        last.uses.extend(part.uses)
    return last


async def after(feed: SqlDecisionFeed, position: FeedPosition) -> Changes:
    changes = await feed.since(position)
    assert changes is not None
    return changes


async def test_everything_that_counts_is_read(rows: Rows, feed: SqlDecisionFeed) -> None:
    await rows.block()
    await rows.open(CAMPAIGN)
    consent = await rows.consent(ANNA)
    feeding = await rows.consent(ANNA, purpose=2)
    await rows.profile(ANNA, 0b1)
    await rows.profile(BERT, 0b1, attested=False)
    await rows.add("subject_states", subject=raw(BERT), revoked_all_at=7, minor=True, guardian=bytes(20), block=1)
    async with rows.units() as work:
        await work.confirmations.log([decided(CAMPAIGN, ANNA)], NOW)
    found = await whole(feed)
    assert found.block == BlockRef(100, NOW)
    assert sorted(found.consents, key=lambda entry: entry[1]) == [(raw(ANNA), 1, consent), (raw(ANNA), 2, feeding)]
    assert found.states == [(raw(BERT), SubjectState(7, minor=True))]
    assert found.signals == [(raw(ANNA), 0b1)]
    assert found.uses == [UsesOnDay(raw(ANNA), 1, TODAY, 1)]
    served = found.campaigns[CAMPAIGN.id]
    assert served is not None
    assert (served.terms, served.bought, served.uses, served.pace) == (CAMPAIGN, 5, 1, None)


async def test_other_operators_consents_are_not_read(rows: Rows, feed: SqlDecisionFeed) -> None:
    await rows.add("consents", lane=bytes(20) + b"\1", subject=raw(ANNA), word=b"\1" * 32, block=1)
    await rows.note("consents", bytes(20) + b"\1" + raw(ANNA))
    assert (await whole(feed)).consents == []
    assert (await after(feed, FeedPosition(0, 0, 0))).consents == []


async def test_nothing_changed_but_the_block(rows: Rows, feed: SqlDecisionFeed) -> None:
    await rows.block()
    start = (await whole(feed)).position
    await rows.block(101, NOW + 12)
    changes = await after(feed, start)
    assert (changes.position, changes.block) == (start, BlockRef(101, NOW + 12))
    assert changes == Changes(start, BlockRef(101, NOW + 12))


async def test_consents_and_states_that_changed_or_went(rows: Rows, feed: SqlDecisionFeed) -> None:
    await rows.consent(BERT)
    start = (await whole(feed)).position
    consent = await rows.consent(ANNA, version=4)
    await rows.note("consents", LANE + raw(ANNA))
    await rows.remove("consents", subject=raw(BERT))  # a reorg took it back
    await rows.note("consents", LANE + raw(BERT))
    await rows.note("subject_states", raw(BERT))
    changes = await after(feed, start)
    assert sorted(changes.consents) == [(raw(ANNA), 1, consent), (raw(BERT), 1, Consent.from_word(0))]
    assert changes.states == [(raw(BERT), SubjectState())]


async def test_signals_come_and_go_with_profiles_and_erasures(rows: Rows, feed: SqlDecisionFeed) -> None:
    start = (await whole(feed)).position
    await rows.profile(ANNA, 0b101)
    changes = await after(feed, start)
    assert changes.signals == [(raw(ANNA), 0b101)]
    await rows.add(
        "erasure_requests",
        operator=raw(OPERATOR),
        subject=raw(ANNA),
        requested_at=1,
        confirmed_at=0,
        open=True,
        block=1,
    )
    await rows.note("erasure_requests", raw(OPERATOR) + raw(ANNA))
    changes = await after(feed, changes.position)
    assert changes.signals == [(raw(ANNA), 0)]
    await rows.remove("erasure_requests")
    async with rows.units() as work:
        await work.erasures.save(ErasureRow(ANNA, 10, "erasing"))
    changes = await after(feed, changes.position)
    assert changes.signals == [(raw(ANNA), 0)]
    async with rows.units() as work:
        await work.erasures.save(ErasureRow(ANNA, 10, "closed"))
    changes = await after(feed, changes.position)
    assert changes.signals == [(raw(ANNA), 0b101)]
    async with rows.units() as work:
        await work.profiles.forget(ANNA)
    assert (await after(feed, changes.position)).signals == [(raw(ANNA), 0)]


async def test_campaigns_change_with_the_chain_with_vouchers_and_with_uses(rows: Rows, feed: SqlDecisionFeed) -> None:
    start = (await whole(feed)).position
    await rows.open(CAMPAIGN)
    changes = await after(feed, start)
    assert [served is not None and served.uses for served in changes.campaigns.values()] == [0]
    async with rows.units() as work:
        await work.confirmations.log([decided(CAMPAIGN, ANNA)], NOW)
    changes = await after(feed, changes.position)
    assert [served is not None and served.uses for served in changes.campaigns.values()] == [1]
    await rows.remove("campaigns", id=CAMPAIGN.id)
    await rows.note("campaigns", CAMPAIGN.id)
    assert (await after(feed, changes.position)).campaigns == {CAMPAIGN.id: None}


async def test_uses_of_other_replicas_and_of_the_chain_are_counted(rows: Rows, feed: SqlDecisionFeed) -> None:
    at_once = terms(2, metered=False)
    await rows.block()
    await rows.open(CAMPAIGN)
    await rows.open(at_once)
    start = (await whole(feed)).position
    async with rows.units() as work:
        await work.confirmations.log([decided(CAMPAIGN, ANNA), decided(CAMPAIGN, ANNA)], NOW)
    await rows.recorded(at_once, ANNA, 0)
    await rows.recorded(at_once, ANNA, 1, timestamp=NOW - 86_400)
    for index in range(2):
        await rows.note("recorded_uses", at_once.id + index.to_bytes(8))
    changes = await after(feed, start)
    counts = {use.purpose: use.count for use in changes.uses if use.day == TODAY}
    assert counts == {1: 3} | dict.fromkeys([purpose for purpose in Purpose if purpose != 1], 0)


@pytest.mark.parametrize("what", ["reload", "a use taken back", "forgotten changes"])
async def test_everything_is_read_anew_where_changes_do_not_say_enough(
    rows: Rows, feed: SqlDecisionFeed, what: str
) -> None:
    await rows.note("subject_states", raw(ANNA))
    start = (await whole(feed)).position
    if what == "reload":
        await rows.note("reload", b"")
    elif what == "a use taken back":
        await rows.note("recorded_uses", CAMPAIGN.id + bytes(8))
    else:
        for _ in range(3):
            await rows.note("subject_states", raw(ANNA))
        await rows.remove("changes", seq=start.chain + 1)
        await rows.remove("changes", seq=start.chain)
    assert await feed.since(start) is None
