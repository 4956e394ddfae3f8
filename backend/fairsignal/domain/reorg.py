"""What a follower of a chain does next, decided from headers alone.

A chain takes blocks back: until a block is final, another one may come in its place. A follower that knows the hashes
of its unfinalized blocks, and of the newest final one, can always tell how far it has to go back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from fairsignal.domain.errors import FairsignalError, Unavailable

__all__ = [
    "Backfill",
    "Cursor",
    "Follow",
    "Header",
    "Idle",
    "Reorg",
    "ReorgTooDeep",
    "Step",
    "Tips",
    "check_links",
    "common_ancestor",
    "next_step",
]


class Header(NamedTuple):
    """Of one block; hashes have 32 bytes, times are Unix seconds."""

    number: int
    hash: bytes
    parent: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """The block that we are current to."""

    number: int
    hash: bytes
    timestamp: int
    finalized: int
    """Highest block that was ever seen final."""


@dataclass(frozen=True, slots=True)
class Tips:
    """What a node says, in one answer."""

    latest: Header
    final: int
    """Number of its newest final block."""
    at_cursor: Header | None
    """Its block with our cursor's number; None when it has none."""


@dataclass(frozen=True, slots=True)
class Idle:
    """There is nothing new, or the node is behind us."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """These blocks are final: read them by ranges, with nothing to put back."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Follow:
    """These blocks may be taken back: read them one by one."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Reorg:
    """Our block at the cursor is not the node's any more: find the common ancestor."""


Step: TypeAlias = Idle | Backfill | Follow | Reorg


class ReorgTooDeep(FairsignalError):
    """The chain took back what it had called final. Going on would be guessing."""

    code = "reorg-too-deep"


def next_step(cursor: Cursor, tips: Tips, known: Mapping[int, bytes], *, most: int) -> Step:
    """What to do, given where we are and what the node says.

    Args:
        known: hashes of our unfinalized blocks and of the newest final one, by number.
        most: blocks to follow at once.
    """
    if tips.latest.number < cursor.number:
        # A node may merely be behind, as one of several at an address: that must not make us forget what we know.
        is_behind = tips.latest.number < min(known) or known.get(tips.latest.number) == tips.latest.hash
        return Idle() if is_behind else Reorg()
    if tips.at_cursor is None or tips.at_cursor.hash != cursor.hash:
        return Reorg()
    first = cursor.number + 1
    if tips.final >= first:
        return Backfill(first, tips.final)
    if tips.latest.number >= first:
        return Follow(first, min(tips.latest.number, cursor.number + most))
    return Idle()


def common_ancestor(known: Mapping[int, bytes], theirs: Mapping[int, bytes], finalized: int) -> int:
    """Number of the newest of our blocks that the node has as well.

    Args:
        known: as in ``next_step``.
        theirs: the node's hashes at those numbers, as far as it has them.
        finalized: highest block that we saw final.

    Raises:
        ReorgTooDeep: it lies before a final block.
    """
    shared = [number for number, digest in known.items() if theirs.get(number) == digest]
    if not shared or max(shared) < min(finalized, max(known)):
        raise ReorgTooDeep(
            f"The chain took back block {min(finalized, max(known))}, which it had called final.",
            remedy="Check that FAIRSIGNAL_RPC_URL is a node of the right chain. If the chain did change its past, "
            "`fairsignal index --rebuild` reads it anew.",
        )
    return max(shared)


def check_links(parent: bytes, headers: Sequence[Header], first: int) -> None:
    """See that the headers are consecutive blocks from ``first`` on, the first of them a child of ``parent``.

    Raises:
        Unavailable: they are not; the chain moved while it was read.
    """
    for offset, header in enumerate(headers):
        if header.number != first + offset or header.parent != parent:
            raise Unavailable(
                f"Block {first + offset} does not follow the one before it.",
                remedy="The chain moved while it was read: try again.",
                code="chain-moved",
            )
        parent = header.hash
