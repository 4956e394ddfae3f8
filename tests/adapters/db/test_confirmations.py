"""Confirmed uses: each is paid once, no budget and no cap is passed, on both databases and from many processes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db.tables import Base
from fairsignal.domain.decision import Rule
from fairsignal.domain.errors import Conflict
from fairsignal.domain.use_token import DecidedUse
from fairsignal.ports import DayRoom, EpochRow, LoggedUse
from tests.adapters.db.decision_rows import NOW, PRICE, TODAY, Rows, decided, person, terms

WRITER = Path(__file__).with_name("confirming.py")
CAMPAIGN = terms()
ANNA, BERT = person(11), person(12)


@pytest.fixture
def rows(engine: AsyncEngine) -> Rows:
    return Rows(engine)


async def confirm(rows: Rows, *uses: DecidedUse, now: int = NOW) -> list[LoggedUse | Rule]:
    async with rows.units() as work:
        return await work.confirmations.log(uses, now)


async def logged(rows: Rows) -> int:
    async with rows.engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(Base.metadata.tables["use_log"])) or 0)


async def used(rows: Rows, campaign: bytes = CAMPAIGN.id) -> tuple[int, int] | None:
    async with rows.units() as work:
        return await work.use_log.budget(campaign)


async def test_a_confirmed_use_is_in_the_log_with_the_persons_share(rows: Rows) -> None:
    await rows.open(CAMPAIGN)
    use = decided(CAMPAIGN, ANNA)
    (entry,) = await confirm(rows, use)
    assert isinstance(entry, LoggedUse)
    assert (entry.subject, entry.price, entry.share, entry.confirmed_at) == (ANNA, PRICE, 35_001, NOW)
    async with rows.units() as work:
        assert replace(entry, seq=1) == await work.use_log.by_id(use.use_id)
    assert await used(rows) == (5, 1)


async def test_the_same_use_again_gets_the_same_answer_and_counts_once(rows: Rows) -> None:
    await rows.open(CAMPAIGN)
    use = decided(CAMPAIGN, ANNA)
    (first,) = await confirm(rows, use)
    (again,) = await confirm(rows, use, now=NOW + 9_999)  # long after the token expired
    assert isinstance(first, LoggedUse)
    assert again == replace(first, seq=1)
    twice = await confirm(rows, other := decided(CAMPAIGN, BERT), other)
    assert twice[0] == twice[1]
    assert await used(rows) == (5, 2)
    assert await logged(rows) == 2


async def test_an_expired_token_is_refused(rows: Rows) -> None:
    await rows.open(CAMPAIGN)
    assert await confirm(rows, decided(CAMPAIGN, ANNA, expires_at=NOW)) == [Rule.TOKEN_EXPIRED]
    assert await logged(rows) == 0


async def test_a_use_of_a_closed_epoch_comes_too_late(rows: Rows) -> None:
    await rows.open(CAMPAIGN)
    async with rows.units() as work:
        await work.epochs.close(EpochRow(1, 0, 100, NOW, bytes(32)))
    assert await confirm(rows, decided(CAMPAIGN, ANNA, block=100)) == [Rule.TOKEN_EXPIRED]
    assert isinstance((await confirm(rows, decided(CAMPAIGN, ANNA, block=101)))[0], LoggedUse)


async def test_budget_and_ceiling_end_uses(rows: Rows) -> None:
    signed = terms(2)
    await rows.open(CAMPAIGN, uses=2)
    await rows.open(signed, uses=2, ceiling=1)
    answers = await confirm(rows, *(decided(CAMPAIGN, person(n)) for n in range(3)))
    assert answers[2] is Rule.BUDGET_EXHAUSTED
    assert await confirm(rows, decided(CAMPAIGN, person(4))) == [Rule.BUDGET_EXHAUSTED]
    answers = await confirm(rows, *(decided(signed, person(n)) for n in range(2)))
    assert answers[1] is Rule.VOUCHER_EXHAUSTED
    assert (await used(rows), await used(rows, signed.id)) == ((2, 2), (2, 1))


async def test_money_that_was_added_buys_more_uses(rows: Rows) -> None:
    await rows.open(CAMPAIGN, uses=1)
    await confirm(rows, decided(CAMPAIGN, ANNA))
    await rows.set("campaigns", {"funded": str(2 * PRICE - 1)}, id=CAMPAIGN.id)
    assert await confirm(rows, decided(CAMPAIGN, BERT)) == [Rule.BUDGET_EXHAUSTED]
    await rows.set("campaigns", {"funded": str(2 * PRICE)}, id=CAMPAIGN.id)
    assert isinstance((await confirm(rows, decided(CAMPAIGN, BERT)))[0], LoggedUse)


async def test_even_pace_holds_at_confirmation(rows: Rows) -> None:
    await rows.open(CAMPAIGN, uses=4, pacing="even")  # half its life is over: two of four, and the first one
    answers = await confirm(rows, *(decided(CAMPAIGN, person(n)) for n in range(4)))
    assert answers[3] is Rule.PACING
    assert Counter(map(type, answers)) == {LoggedUse: 3, Rule: 1}


async def test_daily_cap_counts_every_campaign_of_a_lane_and_uses_at_once(rows: Rows) -> None:
    other, at_once, feed = terms(2), terms(3, metered=False), terms(4, purpose=2)
    for campaign in (CAMPAIGN, other, at_once, feed):
        await rows.open(campaign)
    await rows.recorded(at_once, ANNA, 0)
    await rows.recorded(at_once, ANNA, 1, timestamp=NOW - 86_400)  # yesterday
    answers = await confirm(rows, *(decided(campaign, ANNA, cap=2) for campaign in (CAMPAIGN, other, feed)))
    assert [answer if isinstance(answer, Rule) else None for answer in answers] == [None, Rule.DAILY_CAP_REACHED, None]
    tomorrow = decided(other, ANNA, cap=2, block_time=NOW + 86_400)
    assert isinstance((await confirm(rows, tomorrow))[0], LoggedUse)


async def test_a_use_at_once_takes_room_of_the_day_until_it_is_given_up(rows: Rows) -> None:
    await rows.open(CAMPAIGN)
    room = DayRoom(ANNA, CAMPAIGN.lane, TODAY, 1)
    async with rows.units() as work:
        assert await work.confirmations.take_room(room)
        assert not await work.confirmations.take_room(room)
    assert await confirm(rows, decided(CAMPAIGN, ANNA, cap=1)) == [Rule.DAILY_CAP_REACHED]
    async with rows.units() as work:
        await work.confirmations.give_room(room)
    await confirm(rows, decided(CAMPAIGN, ANNA, cap=1))
    async with rows.units() as work:
        assert not await work.confirmations.take_room(room)


async def test_a_campaign_that_a_reorg_took_back_takes_no_uses(rows: Rows) -> None:
    await rows.open(CAMPAIGN)
    await rows.remove("campaigns", id=CAMPAIGN.id)
    assert await confirm(rows, decided(CAMPAIGN, ANNA)) == [Rule.CAMPAIGN_ENDED]


async def test_an_idempotency_key_belongs_to_what_it_first_came_with(rows: Rows) -> None:
    for _ in range(2):
        async with rows.units() as work:
            await work.confirmations.bind("a-key", b"\1" * 32, NOW)
    with pytest.raises(Conflict) as refusal:
        async with rows.units() as work:
            await work.confirmations.bind("a-key", b"\2" * 32, NOW)
    assert refusal.value.code == "key-reused"
    async with rows.units() as work:
        assert await work.confirmations.forget_before(NOW) == 0
        assert await work.confirmations.forget_before(NOW + 1) == 1
        await work.confirmations.bind("a-key", b"\2" * 32, NOW)


async def test_a_thousand_uses_are_confirmed_together(rows: Rows) -> None:
    await rows.open(CAMPAIGN, uses=900)
    answers = await confirm(rows, *(decided(CAMPAIGN, person(n)) for n in range(1_000)))
    assert sum(isinstance(answer, LoggedUse) for answer in answers) == 900
    assert await used(rows) == (900, 900)


@pytest.mark.parametrize("database_url", ["postgresql", pytest.param("sqlite", marks=pytest.mark.slow)], indirect=True)
async def test_replicas_never_overspend_and_never_pass_a_cap(rows: Rows, database_url: str) -> None:
    """Four processes confirm the same uses of one campaign, in different orders, some of them together."""
    others = terms(2)
    # SQLite lets one write and has the others sleep: enough is as good as a feast.
    uses, people, budget = (120, 15, 30) if rows.engine.dialect.name == "postgresql" else (22, 3, 5)
    await rows.open(CAMPAIGN, uses=budget)
    await rows.open(others, uses=1_000)
    plan = {"url": database_url, "people": people, "uses": uses, "rounds": 1}
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, WRITER, json.dumps(plan | {"seed": seed}), stdout=asyncio.subprocess.PIPE
        )
        for seed in range(4)
    ]
    outputs = [(await process.communicate())[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    told = [set(json.loads(output)) for output in outputs]
    # Whoever was told that a use is paid was told of the same one: its entry is there, once.
    async with rows.engine.connect() as connection:
        table = Base.metadata.tables["use_log"]
        entries = (await connection.execute(select(table.c.use_id, table.c.campaign, table.c.subject))).all()
    assert set.union(*told) == {bytes(entry.use_id).hex() for entry in entries}
    spent = Counter(bytes(entry.campaign) for entry in entries)
    assert spent[CAMPAIGN.id] == budget
    assert await used(rows) == (budget, budget)
    assert await used(rows, others.id) == (1_000, spent[others.id])
    assert max(Counter(entry.subject for entry in entries).values()) == 5
