"""Nonces, sessions and API keys, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db import SqlUnitOfWork, unit_of_work_factory
from fairsignal.ports import ApiKeyRow, SessionRow

Units = Callable[[], AbstractAsyncContextManager[SqlUnitOfWork]]

WALLET = "0x00000000000000000000000000000000000000B1"
KEY = ApiKeyRow("0123456789ab", b"\1" * 32, "ad server", ("chats", "uses"), 1_000, 2_000, 3, 0)


@pytest.fixture
def units(engine: AsyncEngine) -> Units:
    return unit_of_work_factory(engine)


async def take(units: Units, nonce: str, now: int) -> bool:
    async with units() as work:
        return await work.nonces.take(nonce, now)


async def test_a_nonce_is_taken_once(units: Units) -> None:
    async with units() as work:
        await work.nonces.add("abc", 100)
    assert [await take(units, "abc", 50), await take(units, "abc", 50)] == [True, False]


async def test_of_two_attempts_at_the_same_time_one_gets_the_nonce(units: Units) -> None:
    async with units() as work:
        await work.nonces.add("abc", 100)
    assert sorted(await asyncio.gather(*(take(units, "abc", 50) for _ in range(8)))) == [False] * 7 + [True]


async def test_an_expired_or_pruned_nonce_is_not_taken(units: Units) -> None:
    async with units() as work:
        await work.nonces.add("old", 100)
        await work.nonces.add("new", 200)
    assert not await take(units, "old", 100)
    async with units() as work:
        await work.nonces.prune(100)
    assert [await take(units, "old", 50), await take(units, "new", 50)] == [False, True]


async def test_a_session_is_found_by_its_digest_until_it_ends(units: Units) -> None:
    first, second = SessionRow(b"\1" * 32, WALLET, 1, 100), SessionRow(b"\2" * 32, WALLET, 2, 200)
    other = SessionRow(b"\3" * 32, WALLET.replace("B1", "B2"), 2, 200)
    async with units() as work:
        for row in (second, first, other):
            await work.sessions.add(row)
    async with units() as work:
        assert await work.sessions.get(first.digest) == first
        assert await work.sessions.of(WALLET) == [first, second]
        await work.sessions.end(first.digest)
    async with units() as work:
        assert await work.sessions.of(WALLET) == [second]
        await work.sessions.end_all(WALLET)
    async with units() as work:
        assert await work.sessions.of(WALLET) == []
        assert await work.sessions.get(other.digest) == other
        await work.sessions.prune(200)
    async with units() as work:
        assert await work.sessions.get(other.digest) is None


async def test_an_api_key_is_found_as_it_was(units: Units) -> None:
    async with units() as work:
        assert not await work.api_keys.any()
        await work.api_keys.save(KEY)
    async with units() as work:
        assert await work.api_keys.any()
        assert await work.api_keys.get(KEY.id) == KEY
        assert await work.api_keys.get("ba9876543210") is None


async def test_noting_a_use_does_not_bring_a_revoked_key_back(units: Units) -> None:
    async with units() as work:
        await work.api_keys.save(replace(KEY, revoked_at=1_500))
        await work.api_keys.used(KEY.id, 9)
    async with units() as work:
        assert await work.api_keys.all() == [replace(KEY, revoked_at=1_500, last_used_day=9)]
