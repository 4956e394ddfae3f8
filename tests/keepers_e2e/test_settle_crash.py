"""``kill -9`` of the settling process at every step in turn: the epoch is settled once, with the same uses and sums."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from fairsignal.adapters.chain.rpc import Rpc
from fairsignal.adapters.chain.settlements import RpcSettlementReader
from fairsignal.cli.local_stack import Process
from fairsignal.cli.settle import settle_all
from fairsignal.domain.campaign import split_price
from tests.e2e.actors import PRICE
from tests.e2e.settling import Metering, metering, settings_of
from tests.keepers_e2e.deals import Market
from tests.keepers_e2e.misbehaving import Fault, Wire, watched

pytestmark = pytest.mark.slow

SIGN, SEND = "/v1/settlements", "eth_sendRawTransaction"
USES = 7


@dataclass
class Settling:
    """``fairsignal settle`` as a process, all of whose connections to keepers and node pass over a wire."""

    world: Metering
    wire: Wire
    environment: dict[str, str]
    logs: Path
    process: Process | None = None

    def start(self) -> Process:
        command = [sys.executable, "-m", "fairsignal", "settle", "--now", "--json"]
        self.process = Process.start("settle", command, self.logs, self.environment)
        return self.process

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()

    async def ended(self) -> int:
        assert self.process is not None
        return await asyncio.to_thread(self.process.child.wait, 120)


@pytest.fixture(scope="module")
async def settling(running: Market, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settling]:
    async with AsyncExitStack() as resources:
        world = await resources.enter_async_context(metering(running.stack, running.api, running.wallets[4]))
        wire, urls = Wire(), []
        for index, url in enumerate(running.stack.keeper_urls, start=1):
            urls.append(await resources.enter_async_context(watched(f"keeper-{index}", url, wire)))
        node = await resources.enter_async_context(watched("node", running.stack.chain.rpc_url, wire))
        environment = running.stack.backend_environment | {
            "FAIRSIGNAL_KEEPER_URLS": json.dumps(urls),
            "FAIRSIGNAL_RPC_URL": node,
        }
        yield Settling(world, wire, environment, tmp_path_factory.mktemp("settling"))


@dataclass
class Before:
    """What the chain had, and the campaign whose uses are to be settled."""

    campaign: bytes
    epoch: int
    total: int


async def prepared(settling: Settling) -> Before:
    """Uses that wait to be settled, all final."""
    world = settling.world
    await world.stack.chain.finalize()
    await settle_all(settings_of(world.stack), timedelta(0))  # whatever other tests left
    people = [await world.person(cap=10) for _ in range(2)]
    terms = await world.campaign(uses=USES)
    await world.uses(terms, [people[number % 2] for number in range(USES)])
    await world.stack.chain.finalize()
    await world.stack.chain.finalize()
    books = await reader(settling).books(world.operator)
    return Before(terms.id, books.epoch, books.total)


def reader(settling: Settling) -> RpcSettlementReader:
    return RpcSettlementReader(Rpc(settling.world.stack.chain.rpc_url), settling.world.advertiser.reader.deployment)


async def assert_settled_once(settling: Settling, before: Before) -> None:
    """After it was started again: one more epoch, with each use in it once."""
    settling.wire.fault = None
    settling.start()
    assert await settling.ended() == 0
    world = settling.world
    books = await reader(settling).books(world.operator)
    share = USES * split_price(PRICE).subject
    assert (books.epoch, books.total) == (before.epoch + 1, before.total + share)
    assert await reader(settling).escrows(world.operator, [before.campaign]) == [0]
    async with world.units() as work:
        row = await work.epochs.last()
        assert row is not None
        assert (row.epoch, row.state, row.uses, row.gross) == (before.epoch + 1, "settled", USES, USES * PRICE)
        assert row.tx_hash
        assert await work.use_log.voided(row.epoch) == {}
        assert await work.use_log.unsettled() == 0


STEPS = {
    "built, and no keeper was asked": ("before", "keeper", SIGN, 1, "built"),
    "one keeper signed": ("after", "keeper", SIGN, 1, "built"),
    "two keepers signed": ("after", "keeper", SIGN, 2, "built"),
    "signed, and nothing was sent": ("before", "node", SEND, 1, "signed"),
    "sent, and not noted": ("after", "node", SEND, 1, "signed"),
}


@pytest.mark.parametrize("step", STEPS)
async def test_settling_process_killed(market: Market, settling: Settling, step: str) -> None:
    moment, to, what, count, state = STEPS[step]
    before = await prepared(settling)
    settling.wire.fault = Fault(moment, to, what, count, settling.kill, cut=True)
    settling.start()
    assert await settling.ended() != 0
    assert settling.wire.fault.happened
    async with settling.world.units() as work:
        row = await work.epochs.last()
        assert row is not None
        assert row.state == state
    await assert_settled_once(settling, before)


@pytest.mark.parametrize("seed", range(8))
async def test_settling_process_killed_at_any_moment(market: Market, settling: Settling, seed: int) -> None:
    settling.wire.fault = None
    before = await prepared(settling)
    settling.start()
    started = time.monotonic()
    assert await settling.ended() == 0
    usual = time.monotonic() - started
    before = await prepared(settling)
    settling.start()
    # Starting Python takes the first half.
    await asyncio.sleep(random.Random(seed).uniform(usual / 2, usual))
    settling.kill()
    await assert_settled_once(settling, before)
