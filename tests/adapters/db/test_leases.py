"""One of many replicas holds a lease."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db.leases import DatabaseLease, LeaseLost


def lease(engine: AsyncEngine, owner: str, name: str = "indexer") -> DatabaseLease:
    return DatabaseLease(engine, name, owner, timedelta(seconds=60))


async def expire(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE leases SET expires_at = 1"))


async def test_only_one_holds_it_and_may_renew_it(engine: AsyncEngine) -> None:
    one, two = lease(engine, "one"), lease(engine, "two")
    assert [await one.hold(), await two.hold(), await one.hold()] == [True, False, True]
    assert await lease(engine, "two", "another").hold()


async def test_of_many_at_the_same_moment_one_gets_it(engine: AsyncEngine) -> None:
    got = await asyncio.gather(*(lease(engine, f"replica {n}").hold() for n in range(8)))
    assert got.count(True) == 1


async def test_expired_lease_goes_to_another_and_the_first_cannot_write_any_more(engine: AsyncEngine) -> None:
    one, two = lease(engine, "one"), lease(engine, "two")
    assert await one.hold()
    await expire(engine)
    # Nobody took it: whoever has it may still go on.
    async with engine.begin() as connection:
        await one.assert_held(connection)
    await expire(engine)
    assert await two.hold()
    async with engine.begin() as connection:
        with pytest.raises(LeaseLost) as caught:
            await one.assert_held(connection)
    assert caught.value.code == "lease-lost"


async def test_released_lease_is_free_at_once_and_nobody_releases_for_another(engine: AsyncEngine) -> None:
    one, two = lease(engine, "one"), lease(engine, "two")
    assert await one.hold()
    await two.release()
    assert not await two.hold()
    await one.release()
    assert await two.hold()
