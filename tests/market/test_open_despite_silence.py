"""Slow and silent keepers are named, and not waited for."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from datetime import timedelta

import pytest

from fairsignal.domain.errors import Unavailable
from tests.market.asking import OPENED, asked, conduct
from tests.market.keepers import FailingKeeper, LyingKeeper, Market, SilentKeeper
from tests.market.lies import wrong_share


async def test_silent_keepers_are_named_and_not_waited_for(market: Market) -> None:
    market.client = dataclasses.replace(market.client, patience=timedelta(milliseconds=30))
    for index in (1, 2):
        market.replace(index, SilentKeeper)
    seen: dict[int, str] = {}
    while not {1, 2} <= seen.keys():
        began = time.monotonic()
        released = await market.client.open(asked())
        assert time.monotonic() - began < 10
        assert released.items[0].signal == OPENED
        seen |= conduct(released)
    assert [seen[index] for index in (1, 2)] == ["silent", "silent"]


async def test_keeper_that_is_merely_slow_still_counts(market: Market) -> None:
    market.client = dataclasses.replace(market.client, patience=timedelta(milliseconds=20))
    market.keepers[0].seconds = 0.1
    for index in (4, 5):
        market.replace(index, FailingKeeper, error=Unavailable("Down.", code="keeper-unavailable"))
    released = await market.client.open(asked())
    assert released.items[0].signal == OPENED
    assert conduct(released) | {4: "silent", 5: "silent"} == {
        1: "honest", 2: "honest", 3: "honest", 4: "silent", 5: "silent",
    }  # fmt: skip


async def test_one_lying_one_silent_one_slow_still_opens(market: Market) -> None:
    market.client = dataclasses.replace(market.client, patience=timedelta(milliseconds=20))
    market.replace(1, LyingKeeper, lie=wrong_share)
    market.replace(2, SilentKeeper)
    market.keepers[2].seconds = 0.1
    released = await market.client.open(asked())
    assert released.items[0].signal == OPENED
    assert conduct(released)[3] == "honest"


async def test_nobody_answers(market: Market) -> None:
    for index in range(1, 6):
        market.replace(index, FailingKeeper, error=Unavailable("Down.", code="keeper-unavailable"))
    released = await market.client.open(asked())
    assert (released.items[0].opened, released.items[0].refused) == (False, "keeper-unavailable")
    assert conduct(released) == dict.fromkeys(range(1, 6), "silent")


async def test_giving_up_leaves_no_request_behind(market: Market) -> None:
    for index in range(1, 6):
        market.replace(index, SilentKeeper)
    before = asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await market.client.open(asked())
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
