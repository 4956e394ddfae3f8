"""Two minutes of everything at once, while what the backend depends on is slowed, reset, cut off and killed in turn.

Afterwards every use that a client was told is paid is settled exactly once, and the audit passes.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from fairsignal.adapters.db import open_engine, unit_of_work_factory
from fairsignal.audit.report import Verdict
from fairsignal.bootstrap.audit import open_auditor
from fairsignal.domain.campaign import split_price
from fairsignal.domain.categories import BY_SLUG
from fairsignal.ports import EpochRow, LoggedUse
from tests.adapters.ipfs.conftest import Kubo, kubo
from tests.databases import PostgresServer
from tests.load.fault_proxy import Fault
from tests.load.traffic import Traffic, open_traffic
from tests.load.world import World, open_world

__all__ = ["kubo"]

SECONDS = float(os.environ.get("FAIRSIGNAL_LOAD_SECONDS", "120"))
EACH = 2.5
"""Seconds that one fault lasts; as long a rest follows."""
SETTLED_WITHIN = 180.0

pytestmark = [pytest.mark.slow, pytest.mark.load, pytest.mark.timeout(900)]


@pytest.fixture
async def world(tmp_path: Path, postgres: PostgresServer, kubo: Kubo) -> AsyncIterator[World]:
    async with open_world(tmp_path, postgres, kubo) as opened:
        yield opened


async def test_every_confirmed_use_is_settled_exactly_once(world: World) -> None:
    async with open_traffic(world, people=5) as traffic:
        breaking = asyncio.create_task(_break_things(world))
        await traffic.run(SECONDS)
        breaking.cancel()
        await asyncio.gather(breaking, return_exceptions=True)
        await world.heal()
        await _until(lambda: _nothing_waits(traffic), "all confirmations answered")
        await _until(lambda: _all_settled(world), "all uses settled")
        log, epochs = await _books(world)
        _say(traffic, log, epochs)

        ledger = traffic.ledger
        metered = ledger.uses(metered=True)
        assert {"0x" + use.use_id.hex() for use in log} == set(metered)
        assert len(metered) > 100
        assert sum(epoch.uses for epoch in epochs) == len(metered)
        assert epochs[-1].total == sum(use.share for use in log)
        assert sum(epoch.gross for epoch in epochs) == sum(use.price for use in log)
        assert all(epoch.state == "settled" for epoch in epochs)
        dry = traffic.campaigns[1]
        assert sum(use.campaign == dry.id for use in log) <= 500
        await _once_on_chain(traffic)
        await _audit_passes(world)


async def _break_things(world: World) -> None:
    """One thing after the other, in every way; and whole processes in between."""
    kinds = (Fault.SLOW, Fault.RESET, Fault.STALL, Fault.DOWN)
    for turn, (fault, name) in enumerate(itertools.cycle(itertools.product(kinds, world.proxies))):
        await world.proxies[name].set(fault)
        await asyncio.sleep(EACH)
        await world.proxies[name].set(Fault.NONE)
        if turn % 6 == 2:
            world.stack.keepers[turn % len(world.stack.keepers)].kill()
        if turn % 6 == 5:
            world.kill_replica(turn // 6 % 2)
        await asyncio.sleep(EACH / 2)
        await world.heal()


async def _until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    deadline = time.monotonic() + SETTLED_WITHIN
    while not await holds():
        assert time.monotonic() < deadline, f"not within {SETTLED_WITHIN} s: {what}"
        await asyncio.sleep(1)


async def _nothing_waits(traffic: Traffic) -> bool:
    await traffic.confirm_waiting()
    return not traffic.ledger.waiting


async def _all_settled(world: World) -> bool:
    engine = open_engine(world.database_url)
    try:
        async with unit_of_work_factory(engine)() as work:
            last = await work.epochs.last()
            return last is not None and last.state == "settled" and await work.use_log.unsettled() == 0
    finally:
        await engine.dispose()


async def _books(world: World) -> tuple[list[LoggedUse], list[EpochRow]]:
    engine = open_engine(world.database_url)
    try:
        async with unit_of_work_factory(engine)() as work:
            last = await work.epochs.last()
            assert last is not None
            log = [use async for portion in work.use_log.stream(-1, last.to_block) for use in portion]
            found = [await work.epochs.get(number) for number in range(1, last.epoch + 1)]
    finally:
        await engine.dispose()
    return log, [row for row in found if row is not None]


async def _once_on_chain(traffic: Traffic) -> None:
    """Uses recorded at once: the chain has each that was confirmed, and no other."""
    terms = traffic.campaigns[2]
    told = sorted(
        (use["subject"], BY_SLUG[use["category"]].bit, use["use_index"])
        for use in traffic.ledger.uses(metered=False).values()
    )
    reader = traffic.world.advertiser.reader
    found = sorted(
        (use.subject, use.category, use.use_index)
        for someone in traffic.people
        for use in await reader.uses(terms.id, someone.address)
    )
    assert told == found
    assert [index for *_, index in sorted(found, key=lambda use: use[2])] == list(range(len(found)))


async def _audit_passes(world: World) -> None:
    chain = world.stack.chain
    async with open_auditor(chain.rpc_url, chain.deployment, world.urls, world.auditor_key) as (auditor, _):
        report = await auditor.run(None, None, [])
    assert report.verdict is Verdict.HONEST, report.as_json()


def _say(traffic: Traffic, log: list[LoggedUse], epochs: list[EpochRow]) -> None:
    ledger = traffic.ledger
    at_once = len(ledger.uses(metered=False))
    print(f"\n{len(log)} metered uses in {len(epochs)} epochs, {at_once} recorded at once, each once")
    print(f"people got {epochs[-1].total}, a use at least {split_price(traffic.campaigns[0].price_per_use).subject}")
    print(f"answered: {dict(ledger.done)}")
    print(f"not answered, and asked again: {dict(ledger.failed)}")
    print(f"refused by rule: {dict(ledger.refused)}")
