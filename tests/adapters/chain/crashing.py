"""A process of its own that sends calls, and is killed (SIGKILL, by itself) at a chosen step.

Nothing in the product knows of it: what it stands on is wrapped.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import Any

from fairsignal.adapters.chain import LocalSigner, connect
from fairsignal.adapters.chain.outbox import Attempt, OutboxEntry, OutboxStatus
from fairsignal.adapters.chain.rpc import Call, Rpc
from fairsignal.adapters.chain.sender import Sender
from fairsignal.adapters.clock import SystemClock
from fairsignal.adapters.db import DatabaseOutbox, open_engine
from fairsignal.domain.errors import FairsignalError
from tests.adapters.chain.counting import CHAIN_ID, COUNTER, SOON

STEPS = (
    "before it is committed",
    "when it is committed",
    "when it is signed",
    "when the signed one is committed",
    "when it is sent",
    "when the receipt is there",
    "when the outcome is noted",
)
AGAIN = ("when more is signed", "when more is committed", "when more is sent")
"""While more is offered for it."""


@dataclass
class Fate:
    """At which step it ends."""

    step: str
    repricing: bool = False

    def at(self, step: str) -> None:
        if step == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


class DoomedOutbox(DatabaseOutbox):
    fate: Fate

    async def commit(self, *args: Any, **kwargs: Any) -> OutboxEntry | None:
        self.fate.at("before it is committed")
        entry = await super().commit(*args, **kwargs)
        self.fate.at("when it is committed")
        return entry

    async def add_attempt(self, sender: str, nonce: int, attempt: Attempt) -> OutboxEntry:
        entry = await super().add_attempt(sender, nonce, attempt)
        self.fate.at("when more is committed" if self.fate.repricing else "when the signed one is committed")
        return entry

    async def note(self, entry: OutboxEntry) -> None:
        if entry.status is not OutboxStatus.PENDING:
            self.fate.at("when the receipt is there")
        await super().note(entry)
        self.fate.at("when the outcome is noted")


class DoomedSigner(LocalSigner):
    fate: Fate

    async def sign_digest(self, digest: bytes) -> bytes:
        signature = await super().sign_digest(digest)
        self.fate.at("when more is signed" if self.fate.repricing else "when it is signed")
        return signature


class DoomedRpc:
    """Delegates, since it is connected already."""

    def __init__(self, rpc: Rpc, fate: Fate) -> None:
        self._rpc, self.fate = rpc, fate

    async def request(self, method: str, *params: Any) -> Any:
        answer = await self._rpc.request(method, *params)
        if method == "eth_sendRawTransaction":
            self.fate.at("when more is sent" if self.fate.repricing else "when it is sent")
        return answer

    async def batch(self, calls: Sequence[Call]) -> list[Any]:
        return await self._rpc.batch(calls)


async def _live(url: str, database: str, key: bytes, words: Sequence[bytes], step: str) -> None:
    engine, rpc, fate = open_engine(database), await connect(url, CHAIN_ID), Fate(step)
    signer, outbox = DoomedSigner(key), DoomedOutbox(engine)
    signer.fate = outbox.fate = fate
    sender = Sender(DoomedRpc(rpc, fate), CHAIN_ID, signer, outbox, SystemClock(), timings=SOON)  # type: ignore[arg-type]
    if step in AGAIN:
        fate.repricing = True
        await sender.follower.step()
    else:
        sending = (sender.send(COUNTER, word, "count", key=word) for word in words)
        results = await asyncio.gather(*sending, return_exceptions=True)
        assert all(not isinstance(result, Exception) or isinstance(result, FairsignalError) for result in results)
    await rpc.close()
    await engine.dispose()


def live(url: str, database: str, key: bytes, words: Sequence[bytes], step: str) -> None:
    asyncio.run(_live(url, database, key, words, step))


_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


def started(url: str, database: str, key: bytes, words: Sequence[bytes], step: str = "") -> BaseProcess:
    """A process that sends these words, or follows up where ``step`` is one of ``AGAIN``."""
    process = _context.Process(target=live, args=(url, database, key, words, step), daemon=True)
    process.start()
    return process


async def ended(process: BaseProcess) -> int:
    """Its exit code; -9 where it was killed."""
    await asyncio.to_thread(process.join, 60)
    assert process.exitcode is not None
    return process.exitcode
