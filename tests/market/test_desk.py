"""The desk keeps in memory what the database says, and says no when it cannot know."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db import SqlDecisionFeed, unit_of_work_factory
from fairsignal.domain.decision_index import RULES
from fairsignal.domain.errors import NotFound
from fairsignal.market.desk import Desk
from tests.adapters.db.decision_rows import NOW, OPERATOR, Rows, decided, person, raw, terms

CAMPAIGN = terms()
ANNA = person(11)


class Watch:
    """The time."""

    at = NOW

    def now(self) -> int:
        return self.at


@pytest.fixture
def rows(engine: AsyncEngine) -> Rows:
    return Rows(engine)


@pytest.fixture
async def desk(rows: Rows) -> Desk:
    """With one person and one campaign that fit."""
    opened = Desk(
        SqlDecisionFeed(rows.engine, OPERATOR),
        Watch(),
        decimals=6,
        audience=1,
        max_lag=timedelta(seconds=60),
        poll=timedelta(hours=1),
    )
    rows.units = unit_of_work_factory(rows.engine, opened.wake)
    await rows.block()
    await rows.consent(ANNA)
    await rows.profile(ANNA)
    await rows.open(CAMPAIGN)
    await opened.catch_up()
    return opened


def rule(desk: Desk) -> str | None:
    (verdict,) = desk.index.decide(desk.index.rows([raw(ANNA)]), 1, [desk.offer(CAMPAIGN.id)], quiet=False)
    return RULES[verdict.rules[0]]


async def revoke(rows: Rows, block: int) -> None:
    """As the indexer commits it."""
    await rows.consent(ANNA, ends_at=NOW)
    await rows.block(block, NOW + 1)
    await rows.note("consents", CAMPAIGN.lane.to_bytes(21) + raw(ANNA))


async def test_what_this_process_committed_is_in_its_next_answer(rows: Rows, desk: Desk) -> None:
    assert rule(desk) is None
    await revoke(rows, 101)
    desk.wake()
    await desk.current()
    assert rule(desk) == "no-consent"
    assert desk.block.number == 101


async def test_own_tables_wake_it_by_themselves(rows: Rows, desk: Desk) -> None:
    async with rows.units() as work:
        await work.profiles.forget(ANNA)
    await desk.current()
    assert rule(desk) == "no-signal"


async def test_a_block_that_the_caller_knows_of_is_waited_for(rows: Rows, desk: Desk) -> None:
    await revoke(rows, 101)
    await desk.current(101, timedelta(seconds=5))
    assert rule(desk) == "no-consent"
    await desk.current(102, timedelta(milliseconds=50))
    assert desk.block.number == 101


async def test_uses_confirmed_by_another_replica_are_seen(rows: Rows, desk: Desk) -> None:
    other = unit_of_work_factory(rows.engine)
    async with other() as work:
        await work.confirmations.log([decided(CAMPAIGN, ANNA), decided(CAMPAIGN, ANNA)], NOW)
    await desk.catch_up()
    assert desk.offer(CAMPAIGN.id).campaign.uses == 2
    assert rule(desk) == "daily-cap-reached"


async def test_reload_forgets_what_is_gone(rows: Rows, desk: Desk) -> None:
    await rows.remove("campaigns")
    await rows.remove("consents")
    await rows.note("reload", b"")
    await desk.catch_up()
    assert len(desk.index) == 1  # the profile
    with pytest.raises(NotFound):
        desk.offer(CAMPAIGN.id)


async def test_old_news_is_stale(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watch, "at", NOW + 60)
    assert not desk.is_stale
    monkeypatch.setattr(Watch, "at", NOW + 61)
    assert (desk.is_stale, desk.lag) == (True, 61)


async def test_without_a_block_everything_is_stale(rows: Rows, desk: Desk) -> None:
    await rows.remove("cursor")
    await rows.note("reload", b"")
    await desk.catch_up()
    assert desk.is_stale
