"""Writes that go on after whoever began them has gone on, and that an erasure can find and end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from fairsignal.domain.errors import FairsignalError
from fairsignal.ports import ReplicaReport

__all__ = ["Write", "Writes", "outcome"]

log = structlog.get_logger(__name__)

Write = asyncio.Task[ReplicaReport]


class Writes:
    """What is being written, by CID and replica. One copy has one writer at a time."""

    def __init__(self) -> None:
        self._under_way: dict[str, dict[Write, str]] = {}
        """CID -> write -> name of the replica."""

    def start(self, cid: str, replica: str, writing: Callable[[], Awaitable[object]]) -> Write:
        """Write in the background, after what is being written there already."""
        writes = self._under_way.setdefault(cid, {})
        earlier = [write for write, name in writes.items() if name == replica]

        async def write() -> ReplicaReport:
            if earlier:
                await asyncio.wait(earlier)
            try:
                await writing()
            except FairsignalError as error:
                log.warning("blob not stored", store=replica, cid=cid, code=error.code)
                return ReplicaReport(replica, ok=False, detail=error.message)
            return ReplicaReport(replica, ok=True, detail="stored")

        task = asyncio.create_task(write())
        writes[task] = replica
        task.add_done_callback(lambda done: self._forget(cid, done))
        return task

    def is_writing(self, cid: str, replica: str) -> bool:
        return replica in self._under_way.get(cid, {}).values()

    async def stop(self, cid: str) -> None:
        """Nothing of this CID is written any more when this returns. What has begun is finished first."""
        await _stopped(list(self._under_way.get(cid, ())))

    async def settle(self) -> None:
        """Wait for everything."""
        while self._under_way:
            await asyncio.wait([write for writes in self._under_way.values() for write in writes])
            await asyncio.sleep(0)  # for the callbacks that take them off

    async def close(self, grace: float) -> None:
        """Wait ``grace`` seconds, then stop what is left."""
        if writes := [write for writes in self._under_way.values() for write in writes]:
            _, late = await asyncio.wait(writes, timeout=grace)
            await _stopped(late)

    def _forget(self, cid: str, write: Write) -> None:
        writes = self._under_way[cid]
        del writes[write]
        if not writes:
            del self._under_way[cid]


def outcome(write: Write) -> ReplicaReport:
    """What came of a write that has ended; errors that are not ours are raised."""
    if write.cancelled():
        return ReplicaReport("", ok=False, detail="stopped, as the blob is being erased")
    return write.result()


async def _stopped(writes: Iterable[Write]) -> None:
    ending = list(writes)
    for write in ending:
        write.cancel()
    if ending:
        await asyncio.wait(ending)
