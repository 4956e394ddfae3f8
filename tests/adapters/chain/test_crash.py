"""``kill -9`` between every two steps of a transaction, and processes that share a key: each call happens once."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain import LocalSigner
from fairsignal.adapters.chain.outbox import OutboxStatus
from fairsignal.adapters.chain.sender import Sender
from fairsignal.adapters.db import DatabaseOutbox, open_engine
from tests.adapters.chain.counting import COUNTER, GWEI, SOON, Chain, a_word, committed, until
from tests.adapters.chain.crashing import AGAIN, STEPS, ended, started
from tests.databases import database_of


class Key:
    """A funded key with a database, and processes that use both."""

    def __init__(self, chain: Chain, database: str, engine: AsyncEngine) -> None:
        self.chain, self.database = chain, database
        self.secret = secrets.token_bytes(32)
        self.signer = LocalSigner(self.secret)
        self.outbox = DatabaseOutbox(engine)
        self.sender: Sender = chain.sender(self.signer, self.outbox, timings=SOON)

    async def killed_at(self, step: str, word: bytes) -> None:
        assert await ended(started(self.chain.url, self.database, self.secret, [word], step)) == -signal.SIGKILL

    async def settled(self) -> None:
        """Whoever is there now finishes, and everything is final."""
        for _ in range(6):
            await self.sender.follower.step()
            await self.chain.mine(2)
        await self.sender.follower.step()
        assert await self.outbox.watched(self.signer.address) == []


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def one_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield from database_of(request.param, request, tmp_path)


@asynccontextmanager
async def funded_key(chain: Chain, database: str) -> AsyncIterator[Key]:
    engine = open_engine(database)
    made = Key(chain, database, engine)
    await chain.ask("anvil_setBalance", made.signer.address, hex(10**20))
    yield made
    await engine.dispose()


@pytest.fixture
async def key(chain: Chain, one_database_url: str) -> AsyncIterator[Key]:
    async with funded_key(chain, one_database_url) as made:
        yield made


@pytest.fixture
async def shared_key(chain: Chain, database_url: str) -> AsyncIterator[Key]:
    async with funded_key(chain, database_url) as made:
        yield made


@pytest.mark.parametrize("step", STEPS)
async def test_killed_while_sending(key: Key, step: str) -> None:
    word, next_word = a_word(), a_word()
    await key.chain.automine(True)
    await key.killed_at(step, word)
    await key.settled()
    assert await key.chain.count(word) == (0 if step == "before it is committed" else 1)
    assert await key.chain.nonce(key.signer.address) == await key.chain.count(word)
    # Nothing is in the way of what comes after it.
    await key.chain.sender(key.signer, key.outbox).send(COUNTER, next_word, "count")
    assert await key.chain.count(next_word) == 1


@pytest.mark.parametrize("step", STEPS[1:5])
async def test_asked_again_after_the_crash_follows_the_one_on_its_way(key: Key, step: str) -> None:
    word = a_word()
    await key.killed_at(step, word)
    asked = asyncio.create_task(key.chain.sender(key.signer, key.outbox).send(COUNTER, word, "count", key=word))

    async def sent() -> bool:
        return await key.chain.nonce(key.signer.address, "pending") == 1 and not asked.done()

    await until(sent)
    await asyncio.sleep(0.1)
    await key.chain.mine()
    await asked
    assert await key.chain.count(word) == 1
    assert await key.chain.nonce(key.signer.address) == 1


@pytest.mark.parametrize("step", AGAIN)
async def test_killed_while_offering_more(key: Key, step: str) -> None:
    word = a_word()
    await committed(key.sender, word)
    await key.chain.make_dear(50 * GWEI)
    await key.killed_at(step, word)
    await key.settled()
    assert await key.chain.count(word) == 1
    entry = await key.outbox.get(key.signer.address, 0)
    assert entry.status is OutboxStatus.MINED
    assert entry.tx_hash in {attempt.tx_hash for attempt in entry.attempts}


async def test_processes_that_share_a_key_send_everything_once(shared_key: Key) -> None:
    key = shared_key
    await key.chain.automine(True)
    words = [[a_word() for _ in range(8)] for _ in range(3)]
    processes = [started(key.chain.url, key.database, key.secret, part) for part in words]
    assert [await ended(process) for process in processes] == [0, 0, 0]
    await key.settled()
    assert {await key.chain.count(word) for part in words for word in part} == {1}
    assert await key.chain.nonce(key.signer.address) == 24


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
async def test_killed_at_any_moment_beside_another_process(key: Key, seed: int) -> None:
    await key.chain.automine(True)
    doomed, other = [a_word() for _ in range(8)], [a_word() for _ in range(8)]
    processes = [started(key.chain.url, key.database, key.secret, part) for part in (doomed, other)]
    await asyncio.sleep(random.Random(seed).uniform(0.1, 0.6))
    if processes[0].pid is not None and processes[0].exitcode is None:
        os.kill(processes[0].pid, signal.SIGKILL)
    for process in processes:
        await ended(process)
    # What it had committed happens; what it had not was promised to nobody.
    addresses = key.signer.address
    sent = [entry.intent.data for entry in await key.outbox.watched(addresses)]
    await key.settled()
    assert {await key.chain.count(word) for word in other} == {1}
    for word in doomed:
        assert await key.chain.count(word) <= 1
        assert word not in sent or await key.chain.count(word) == 1
    assert await key.chain.nonce(addresses) == 8 + sum([await key.chain.count(word) for word in doomed])
