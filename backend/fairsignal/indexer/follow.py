"""One step of following the chain: look where it is, decide what that means, write it in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from fairsignal.domain.errors import Unavailable
from fairsignal.domain.reorg import Backfill, Cursor, Follow, Idle, Reorg, check_links, common_ancestor, next_step
from fairsignal.ports import EventSource, Projection

__all__ = ["Follower", "Progress"]

log = structlog.get_logger(__name__)

_MOST = 100
"""Unfinalized blocks in one transaction."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is."""

    block: int
    timestamp: int
    """Unix seconds, of the block."""
    head: int
    """The chain's newest block when it was looked at last."""
    events: int
    """Read since the start of this process, also those that were taken back."""

    @property
    def caught_up(self) -> bool:
        return self.block >= self.head


class Follower:
    """Follows one chain into one projection."""

    def __init__(
        self, source: EventSource, projection: Projection, told: Callable[[Progress], None] = lambda _: None
    ) -> None:
        """
        Args:
            told: is told after every transaction.
        """
        self._source = source
        self._projection = projection
        self._told = told
        self._events = 0

    async def step(self) -> Progress:
        """Bring the projection as near to the head as one decision goes; a backfill is one decision.

        Raises:
            ReorgTooDeep: the chain took back what was final.
            LeaseLost: another replica does this now.
            Unavailable: node or database do not answer, or the chain moved on meanwhile.
        """
        cursor = await self._projection.cursor() or await self._begin()
        tips = await self._source.tips(cursor.number)
        known = await self._projection.known()
        decision = next_step(cursor, tips, known, most=_MOST)
        final = max(cursor.finalized, min(tips.final, tips.latest.number))
        match decision:
            case Idle():
                if tips.latest.number < cursor.number:
                    log.warning("node behind", blocks=cursor.number - tips.latest.number)
                if min(final, cursor.number) > cursor.finalized:
                    await self._projection.finalize(min(final, cursor.number))
                return self._tell(cursor.number, cursor.timestamp, tips.latest.number, 0)
            case Backfill(first, last):
                return await self._backfill(first, last, tips.latest.number)
            case Follow(first, last):
                return await self._follow(cursor, cursor.number, cursor.hash, first, last, final, tips.latest.number)
            case Reorg():
                theirs = await self._source.hashes(sorted(known))
                ancestor = common_ancestor(known, theirs, cursor.finalized)
                log.warning("reorg", depth=cursor.number - ancestor, ancestor=ancestor)
                last = min(tips.latest.number, ancestor + _MOST)
                return await self._follow(
                    cursor, ancestor, known[ancestor], ancestor + 1, last, cursor.finalized, tips.latest.number
                )

    async def _begin(self) -> Cursor:
        """Behind the block before our contracts."""
        number = max(self._source.start_block - 1, 0)
        anchor = await self._source.header(number)
        if anchor is None:
            raise Unavailable(
                f"The node does not have block {number}, where our contracts begin.",
                remedy="Wait until it has synchronised, or name the right FAIRSIGNAL_DEPLOYMENT.",
                code="node-behind",
            )
        await self._projection.begin(anchor, number)
        return Cursor(anchor.number, anchor.hash, anchor.timestamp, number)

    async def _backfill(self, first: int, last: int, head: int) -> Progress:
        progress = Progress(first - 1, 0, head, self._events)
        async with aclosing(self._source.ranges(first, last)) as parts:
            async for part in parts:
                await self._projection.extend(part)
                progress = self._tell(part.last.number, part.last.timestamp, head, len(part.events))
        return progress

    async def _follow(
        self, cursor: Cursor, ancestor: int, parent: bytes, first: int, last: int, final: int, head: int
    ) -> Progress:
        blocks = await self._source.blocks(first, last) if last >= first else []
        check_links(parent, [block.header for block in blocks], first)
        reached = blocks[-1].header.number if blocks else ancestor
        await self._projection.follow(ancestor, blocks, min(final, reached))
        timestamp = blocks[-1].header.timestamp if blocks else cursor.timestamp
        return self._tell(reached, timestamp, head, sum(len(block.events) for block in blocks))

    def _tell(self, block: int, timestamp: int, head: int, events: int) -> Progress:
        self._events += events
        progress = Progress(block, timestamp, head, self._events)
        self._told(progress)
        return progress
