"""Follows the chain for as long as the process lives, or until it has caught up; of many replicas, one does."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from fairsignal.domain.errors import Conflict, Unavailable
from fairsignal.domain.reorg import ReorgTooDeep
from fairsignal.indexer.follow import Follower, Progress
from fairsignal.ports import Lease, Projection

__all__ = ["Indexer"]

log = structlog.get_logger(__name__)


class Indexer:
    """The loop around ``Follower.step``."""

    def __init__(self, follower: Follower, projection: Projection, lease: Lease, poll: timedelta) -> None:
        """
        Args:
            poll: how often the chain is looked at once it is caught up, and after an error.
        """
        self._follower = follower
        self._projection = projection
        self._lease = lease
        self._poll = poll.total_seconds()

    async def run(self) -> None:
        """Follow until cancelled; what may pass is tried again.

        Raises:
            ReorgTooDeep: the chain took back what was final: nothing can be right any more.
        """
        try:
            while True:
                caught_up = True
                try:
                    if await self._lease.hold():
                        caught_up = (await self._follower.step()).caught_up
                except (Unavailable, Conflict) as error:  # Conflict: the lease went to another replica
                    log.warning("indexing", code=error.code)
                except ReorgTooDeep:
                    raise
                except Exception as error:  # unforeseen: nothing of it was written, and nothing is skipped
                    log.exception("indexing", code=type(error).__name__, exc_info=False)
                if caught_up:
                    await asyncio.sleep(self._poll)
        finally:
            await self._lease.release()

    async def catch_up(self) -> Progress:
        """Index up to what is the head now, and return.

        Raises:
            Conflict: another process indexes this database.
            Unavailable: node or database do not answer.
            ReorgTooDeep: as ``run``.
        """
        try:
            while True:
                await self._hold()
                progress = await self._follower.step()
                if progress.caught_up:
                    return progress
        finally:
            await self._lease.release()

    async def forget(self) -> None:
        """Drop everything that was read from the chain, to read it anew.

        Raises:
            Conflict, Unavailable: as ``catch_up``.
        """
        await self._hold()
        await self._projection.clear()

    async def _hold(self) -> None:
        if not await self._lease.hold():
            raise Conflict(
                "Another process is indexing into this database.",
                remedy="Stop it, or let it do the work; after a crash, wait for FAIRSIGNAL_INDEX_LEASE.",
                code="already-indexing",
            )
