"""The chain's record, read on from where it was: whoever checks epoch after epoch reads every event once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from fairsignal.domain.chain_events import ChainEvent
from fairsignal.domain.chain_record import ChainRecord

__all__ = ["ChainFollower", "EventRanges"]


class _Block(Protocol):
    @property
    def number(self) -> int: ...


class _Events(Protocol):
    @property
    def last(self) -> _Block: ...
    @property
    def events(self) -> Sequence[ChainEvent]: ...


class EventRanges(Protocol):
    """The part of ``ports.EventSource`` that is needed here."""

    @property
    def start_block(self) -> int:
        """Where our contracts were deployed: nothing before concerns us."""

    def ranges(self, first: int, last: int) -> AsyncIterator[_Events]:
        """Events of these blocks, which must be final, range by range."""


class ChainFollower:
    """Keeps one ``ChainRecord``. Final blocks only: nothing is taken back."""

    def __init__(self, source: EventRanges) -> None:
        self._source = source
        self._record = ChainRecord()
        self._next = source.start_block
        self._turn = asyncio.Lock()

    @property
    def start_block(self) -> int:
        return self._source.start_block

    async def upto(self, block: int) -> ChainRecord:
        """The record up to this final block, or further.

        Raises:
            Unavailable: the node does not answer; what was read so far is kept.
        """
        async with self._turn:
            if self._next <= block:
                async for part in self._source.ranges(self._next, block):
                    for event in part.events:
                        self._record.apply(event)
                    self._next = part.last.number + 1
        return self._record
