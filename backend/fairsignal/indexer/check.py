"""Is the projection what the chain says? Replays the chain beside it and compares row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from fairsignal.domain.errors import IntegrityError, NotFound, Unavailable
from fairsignal.ports import Difference, EventSource, ProjectionSnapshot

__all__ = ["Checked", "check"]


@dataclass(frozen=True, slots=True)
class Checked:
    """The projection equals a replay of the chain up to ``block``."""

    block: int
    events: int
    rows: Mapping[str, int]
    """Compared, by table."""


async def check(
    source: EventSource, snapshot: ProjectionSnapshot, told: Callable[[int, int], None] = lambda *_: None
) -> Checked:
    """Replay and compare.

    Args:
        told: is told block and last block after every range.

    Raises:
        NotFound: nothing was indexed yet.
        IntegrityError: they differ; the message names the first row.
        Unavailable: the node does not answer, or the chain moved on meanwhile.
    """
    cursor = await snapshot.cursor()
    if cursor is None:
        raise NotFound("Nothing was indexed yet.", remedy="Run `fairsignal index --once` first.", code="not-indexed")
    events, reached = 0, None
    async with aclosing(source.ranges(min(source.start_block, cursor.number), cursor.number)) as parts:
        async for part in parts:
            await snapshot.replay(part)
            events += len(part.events)
            reached = part.last
            told(reached.number, cursor.number)
    if reached is None or reached.hash != cursor.hash:
        raise Unavailable(
            f"The node has another block {cursor.number} than the one that the database is current to.",
            remedy="The chain moved: try again once the indexer has followed.",
            code="chain-moved",
        )
    difference = await snapshot.first_difference()
    if difference is not None:
        raise IntegrityError(
            _sentence(difference, cursor.number),
            remedy="`fairsignal index --rebuild` reads the chain anew; please report this: it must not happen.",
            code="projection-differs",
        )
    return Checked(cursor.number, events, await snapshot.rows())


def _sentence(difference: Difference, block: int) -> str:
    key = ", ".join(f"{name} {value}" for name, value in difference.key.items())
    if difference.stored is None:
        what = "is missing"
    elif difference.replayed is None:
        what = "should not be there"
    else:
        stored, replayed = difference.stored, difference.replayed
        name = next(name for name in stored if stored[name] != replayed[name])
        what = f"has {name} {stored[name]} instead of {replayed[name]}"
    return f"At block {block}, the row of {difference.table} with {key} {what}."
