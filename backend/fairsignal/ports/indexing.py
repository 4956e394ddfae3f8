"""What the indexer needs: a chain to follow, tables to keep, and a lease so that one of many replicas does it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fairsignal.domain.chain_events import ChainEvent
from fairsignal.domain.reorg import Cursor, Header, Tips

__all__ = ["BlockEvents", "Difference", "EventRange", "EventSource", "Lease", "Projection", "ProjectionSnapshot"]


@dataclass(frozen=True, slots=True)
class EventRange:
    """All events of final blocks up to ``last``, from where the range before ended."""

    last: Header
    events: Sequence[ChainEvent]


@dataclass(frozen=True, slots=True)
class BlockEvents:
    """One block and its events."""

    header: Header
    events: Sequence[ChainEvent]


class EventSource(Protocol):
    """Our contracts' events on one chain.

    Raises:
        Unavailable: the node does not answer, or moved on while it was read.
    """

    @property
    def start_block(self) -> int:
        """Where our contracts were deployed: nothing before concerns us."""

    async def tips(self, number: int) -> Tips:
        """Head and finality, and the block with this number."""

    async def header(self, number: int) -> Header | None: ...

    async def hashes(self, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """Hashes of the node's blocks at these numbers, as far as it has them."""

    def ranges(self, first: int, last: int) -> AsyncGenerator[EventRange, None]:
        """Events of these blocks, which must be final, range by range; reads ahead while the caller works, until it
        is closed.
        """

    async def blocks(self, first: int, last: int) -> list[BlockEvents]:
        """These blocks one by one, each with exactly its own events, by hash."""


class Projection(Protocol):
    """The tables. Every method that writes is one transaction.

    Raises (from what writes):
        LeaseLost: another replica indexes by now; nothing was written.
    """

    async def cursor(self) -> Cursor | None:
        """Where we are; None before the first block."""

    async def known(self) -> Mapping[int, bytes]:
        """Hashes of the unfinalized blocks and of the newest final one, by number."""

    async def begin(self, anchor: Header, finalized: int) -> None:
        """Start behind this block."""

    async def extend(self, part: EventRange) -> None:
        """Apply final blocks."""

    async def follow(self, ancestor: int, blocks: Sequence[BlockEvents], finalized: int) -> None:
        """Take back every block above ``ancestor``, then apply these, which may be taken back in their turn."""

    async def finalize(self, finalized: int) -> None:
        """Blocks up to this one are final: what would undo them is forgotten."""

    async def clear(self) -> None:
        """Forget everything that was read from the chain."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that a projection has otherwise than a replay of the chain; None is no row."""

    table: str
    key: Mapping[str, str]
    """Columns of the primary key, as text."""
    stored: Mapping[str, str] | None
    replayed: Mapping[str, str] | None


class ProjectionSnapshot(Protocol):
    """The tables as of one moment, whatever is written meanwhile."""

    async def cursor(self) -> Cursor | None: ...

    async def replay(self, part: EventRange) -> None:
        """Apply events to a second, empty set of tables beside it."""

    async def first_difference(self) -> Difference | None:
        """The first row, by table and key, that the two have otherwise."""

    async def rows(self) -> Mapping[str, int]:
        """How many rows each table has."""


class Lease(Protocol):
    """Held by one of many replicas at a time."""

    async def hold(self) -> bool:
        """Take or renew it; False while another one has it."""

    async def release(self) -> None: ...
