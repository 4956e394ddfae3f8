"""``kill -9`` at every step of sealing in turn, of the sealing process and of each keeper."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest

from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Process, free_port, start_backend
from fairsignal.domain.errors import FairsignalError
from tests.e2e.actors import Someone
from tests.keepers_e2e.deals import KEEPERS, Market
from tests.keepers_e2e.misbehaving import Fault, Wire, watched
from tests.keepers_e2e.test_crash import assert_whole, attested, held_by_all, holders

pytestmark = pytest.mark.slow

DEPOSIT, SEND = "/v1/deposits", "eth_sendRawTransaction"


@dataclass
class Sealing:
    """A backend of its own, all of whose connections to keepers and node pass over a wire."""

    market: Market
    wire: Wire
    environment: dict[str, str]
    url: str
    backend: Process | None = None

    async def start(self) -> None:
        self.backend = await start_backend(self.market.stack.chain, self.url, self.environment)

    def kill(self) -> None:
        assert self.backend is not None
        self.backend.kill()


@pytest.fixture(scope="module")
async def behind_wire(running: Market, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sealing]:
    async with AsyncExitStack() as resources:
        wire, urls = Wire(), []
        for index, url in enumerate(running.stack.keeper_urls, start=1):
            urls.append(await resources.enter_async_context(watched(f"keeper-{index}", url, wire)))
        node = await resources.enter_async_context(watched("node", running.stack.chain.rpc_url, wire))
        environment = running.stack.backend_environment | {
            "FAIRSIGNAL_DATA_DIR": str(tmp_path_factory.mktemp("sealing")),
            "FAIRSIGNAL_KEEPER_URLS": json.dumps(urls),
            "FAIRSIGNAL_RPC_URL": node,
        }
        address = f"http://127.0.0.1:{free_port()}"
        api = await resources.enter_async_context(ApiClient(address))
        started = Sealing(replace(running, api=api), wire, environment, address)
        try:
            yield started
        finally:
            if started.backend is not None:
                started.backend.stop()


@pytest.fixture
async def sealing(market: Market, behind_wire: Sealing) -> Sealing:
    """Up, and with nothing in the way."""
    behind_wire.wire.fault = None
    behind_wire.market.urls = list(market.urls)
    if behind_wire.backend is None or behind_wire.backend.child.poll() is not None:
        await behind_wire.start()
    return behind_wire


async def consenting(market: Market) -> Someone:
    """By the stack's own backend, so that the one under test sends nothing but the attestation."""
    person = Someone(market.wallets[0])
    await market.grant(person)
    return person


STEPS = {
    "before any keeper has shares": ("before", "keeper", DEPOSIT, 1, 0, False),
    "when one keeper has shares": ("after", "keeper", DEPOSIT, 1, 1, False),
    "when two have": ("after", "keeper", DEPOSIT, 2, 2, False),
    "when a quorum has": ("after", "keeper", DEPOSIT, 3, 3, False),
    "when all have": ("after", "keeper", DEPOSIT, 5, 5, False),
    "before the attestation is sent": ("before", "node", SEND, 1, 5, False),
    "when the attestation is sent": ("after", "node", SEND, 1, 5, True),
}


@pytest.mark.parametrize("step", STEPS)
async def test_sealing_process_killed(market: Market, sealing: Sealing, step: str) -> None:
    moment, to, what, count, with_shares, on_chain = STEPS[step]
    person = await consenting(market)
    sealing.wire.fault = Fault(moment, to, what, count, sealing.kill, cut=True)
    with pytest.raises(FairsignalError):
        await sealing.market.send_chats(person)
    assert sealing.wire.fault.happened
    assert len(holders(market, person.address)) == with_shares
    digest = await person.reader.reader.digest_of(market.operator, person.address)
    assert any(digest) == on_chain
    sealing.wire.fault = None
    await sealing.start()
    completed = await attested(market, person)
    assert not on_chain or completed == digest
    await assert_whole(sealing.market, person)


@pytest.mark.parametrize("seed", range(8))
async def test_sealing_process_killed_at_any_moment(market: Market, sealing: Sealing, seed: int) -> None:
    warm = await consenting(market)
    started = time.monotonic()
    await sealing.market.send_chats(warm)
    usual = time.monotonic() - started
    person = await consenting(market)
    sending = asyncio.create_task(sealing.market.send_chats(person))
    await asyncio.sleep(random.Random(seed).uniform(0, usual))
    sealing.kill()
    with contextlib.suppress(FairsignalError):
        await sending
    before = await person.reader.reader.digest_of(market.operator, person.address)
    await sealing.start()
    if holders(market, person.address) or any(before):
        completed = await attested(market, person)
        assert before in (completed, bytes(32))
    else:
        # Killed before anybody had anything: it may be as if the chats had never been sent, and they are sent again.
        await sealing.market.send_chats(person)
    await assert_whole(sealing.market, person)


@pytest.mark.parametrize("index", range(KEEPERS))
@pytest.mark.parametrize("moment", ["before", "during", "after"])
async def test_keeper_killed_at_its_deposit(market: Market, sealing: Sealing, index: int, moment: str) -> None:
    def kill() -> None:
        market.stack.keepers[index].child.kill()

    def soon() -> None:
        asyncio.get_running_loop().call_later(random.Random(index).uniform(0, 0.012), kill)

    person = await consenting(market)
    act = soon if moment == "during" else kill
    sealing.wire.fault = Fault(
        "after" if moment == "after" else "before", f"keeper-{index + 1}", DEPOSIT, 1, act, cut=False
    )
    answer = await sealing.market.send_chats(person)
    assert sealing.wire.fault.happened
    market.stack.keepers[index].child.wait()
    told = index + 1 in holders(market, person.address)
    assert answer["keepers"] in (KEEPERS - 1, KEEPERS)
    if answer["keepers"] == KEEPERS:
        assert told  # its word was given: the shares are on its disk
    assert moment != "before" or not told
    await market.stack.restart_keeper(index)
    await held_by_all(market, person)
    await assert_whole(sealing.market, person)
