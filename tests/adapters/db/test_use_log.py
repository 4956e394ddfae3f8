"""The log of metered uses, budgets, caps and epochs, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db import SqlUnitOfWork, unit_of_work_factory
from fairsignal.adapters.db.tables import Base
from fairsignal.domain.errors import Conflict, Refused
from fairsignal.ports import EpochRow, LoggedUse

Units = Callable[[], AbstractAsyncContextManager[SqlUnitOfWork]]

SUBJECT = "0x00000000000000000000000000000000000000B1"
LANE = (1 << 168) - 1
CAMPAIGN = b"\1" * 32
USE = LoggedUse(
    use_id=bytes(16),
    campaign=CAMPAIGN,
    subject=SUBJECT,
    category=4,
    block=10,
    block_time=1_000,
    price=(1 << 96) - 1,
    share=(1 << 95) - 1,
    consent_version=3,
    confirmed_at=1_001,
)
EPOCH = EpochRow(
    epoch=1,
    from_block=0,
    to_block=10,
    to_time=1_000,
    log_key=b"\7" * 32,
    auditors=(("aa", "bb"),),
    gross=(1 << 96) - 1,
    total=(1 << 96) - 2,
)


@pytest.fixture
def units(engine: AsyncEngine) -> Units:
    return unit_of_work_factory(engine)


def use(number: int, **changes: object) -> LoggedUse:
    return replace(USE, use_id=number.to_bytes(16), **changes)  # type: ignore[arg-type]


async def test_a_logged_use_is_found_as_it_was(units: Units) -> None:
    async with units() as work:
        await work.use_log.add(use(7))
    async with units() as work:
        assert await work.use_log.by_id((7).to_bytes(16)) == replace(use(7), seq=1)
        assert await work.use_log.by_id((8).to_bytes(16)) is None


async def test_no_use_is_logged_twice(units: Units) -> None:
    async with units() as work:
        await work.use_log.add(use(7))
    with pytest.raises(Conflict) as refusal:
        async with units() as work:
            await work.use_log.add(replace(use(7), campaign=b"\2" * 32))
    assert refusal.value.code == "use-logged"


async def test_a_use_of_a_closed_epoch_is_refused(units: Units) -> None:
    async with units() as work:
        assert await work.use_log.closed_to() == -1
        await work.epochs.close(EPOCH)
    with pytest.raises(Refused) as refusal:
        async with units() as work:
            await work.use_log.add(use(1, block=10))
    assert refusal.value.code == "epoch-closed"
    async with units() as work:
        await work.use_log.add(use(2, block=11))
        assert await work.use_log.unsettled() == 1
        assert await work.use_log.closed_to() == 10


async def test_uses_of_an_epoch_come_by_subject_block_and_id(units: Units) -> None:
    # The checksum's capitals would put the second before the first.
    first, second = "0xaA00000000000000000000000000000000000000", "0xAb00000000000000000000000000000000000000"
    wanted = [use(1, subject=first, block=3), use(5, subject=first, block=4), use(2, subject=second, block=2)]
    outside = [use(6, subject=first, block=1), use(7, subject=first, block=5)]
    async with units() as work:
        for entry in [*outside, *reversed(wanted)]:
            await work.use_log.add(entry)
    async with units() as work:
        found = [replace(row, seq=0) async for rows in work.use_log.stream(1, 4) for row in rows]
        assert found == wanted
        assert await work.use_log.campaigns(1, 4) == {CAMPAIGN: 3}
        assert await work.use_log.newest(CAMPAIGN, 1, 4, 2) == [(5).to_bytes(16), (1).to_bytes(16)]


async def test_a_persons_uses_come_newest_first_in_portions(units: Units) -> None:
    async with units() as work:
        for number in range(3):
            await work.use_log.add(use(number))
    async with units() as work:
        newest = await work.use_log.of(SUBJECT, limit=2)
        assert [row.seq for row in newest] == [3, 2]
        assert [row.seq for row in await work.use_log.of(SUBJECT, before=2)] == [1]


async def test_a_voided_use_gives_its_place_in_the_budget_back_once(units: Units, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        budgets = Base.metadata.tables["campaign_budgets"]
        await connection.execute(insert(budgets).values(campaign=CAMPAIGN, allowed=2, used=2))
    async with units() as work:
        await work.use_log.add(use(1))
        await work.use_log.add(use(2))
    for rule in ("no-consent", "another"):
        async with units() as work:
            await work.use_log.void(1, {(2).to_bytes(16): rule})
    async with units() as work:
        assert await work.use_log.budget(CAMPAIGN) == (2, 1)
        assert await work.use_log.voided(1) == {(2).to_bytes(16): "no-consent"}
        assert await work.use_log.voided(2) == {}


async def test_an_epoch_is_closed_once_and_kept_as_it_was(units: Units) -> None:
    async with units() as work:
        await work.epochs.close(EPOCH)
    with pytest.raises(Conflict) as refusal:
        async with units() as work:
            await work.epochs.close(EPOCH)
    assert refusal.value.code == "epoch-exists"
    done = replace(EPOCH, state="settled", root=b"\3" * 32, index=b"{}", tx_hash="0x01", block=12)
    async with units() as work:
        assert await work.epochs.last() == EPOCH
        assert await work.epochs.last_settled() is None
        await work.epochs.save(done)
    async with units() as work:
        assert await work.epochs.get(1) == done
        assert await work.epochs.last_settled() == done
        assert await work.epochs.covering([10, 11, 0]) == {10: done}
        assert await work.epochs.covering([]) == {}
