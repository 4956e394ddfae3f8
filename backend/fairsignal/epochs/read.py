"""Reading a use log (docs/use-log.md). Blob sources verify every byte against its hash; what does not open or does not
have the form of a part is named here.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.errors import FairsignalError, IntegrityError
from fairsignal.domain.log_index import LogIndex, parse_index
from fairsignal.domain.log_keys import LogKeys
from fairsignal.domain.log_parts import BookKind, Group, PartRef, open_book, read_directory, read_groups
from fairsignal.ports import BlobSource

__all__ = ["BadPart", "Books", "DayCount", "LogReader", "PartKind", "fetch_index", "read_books", "unpack_days"]

PartKind = Literal["uses", "totals", "days"]
_AHEAD = 4
"""Blobs that are fetched while an earlier one is worked on."""
_DAY_BYTES = 24
_T = TypeVar("_T")

DayCount = tuple[bytes, int, int]
"""(subject, purpose, metered uses on the UTC day of the epoch's last block)."""


@dataclass(frozen=True, slots=True)
class BadPart:
    """A part, or a directory of parts, that could not be read."""

    kind: PartKind
    number: int
    """Position among the parts (or directories) of its kind, from 0."""
    digest: bytes
    error: FairsignalError
    """``NotFound``, ``Unavailable``, or ``IntegrityError``: wrong bytes, or it does not open."""
    directory: bool = False


@dataclass(frozen=True, slots=True)
class Books:
    """What an epoch ends with and the next one begins with."""

    leaves: bytes | bytearray = field(default=b"", repr=False)
    """Everybody's running totals, packed as ``domain.merkle`` takes them."""
    days: tuple[DayCount, ...] = field(default=(), repr=False)


async def fetch_index(blobs: BlobSource, digest: bytes) -> LogIndex:
    """The index with this SHA-256.

    Raises:
        NotFound, Unavailable: no source has it.
        IntegrityError: not an index.
    """
    return parse_index(await blobs.get(cid_of_digest(digest)))


def unpack_days(entries: bytes) -> list[DayCount]:
    """Decode whole entries of the days."""
    return [
        (entries[at : at + 20], entries[at + 20], int.from_bytes(entries[at + 22 : at + _DAY_BYTES]))
        for at in range(0, len(entries), _DAY_BYTES)
    ]


async def read_books(
    blobs: BlobSource, index: LogIndex, key: bytes, on_bad: Callable[[BadPart], None] | None = None
) -> Books:
    """Totals and days of a log, with their key alone (``LogKeys.books``).

    Args:
        on_bad: told of each part that cannot be read, which is then left out; None: the first one raises.
    """
    leaves = bytearray()
    async for portion in _book(blobs, index, "totals", key, on_bad):
        leaves += portion
    days: list[DayCount] = []
    async for portion in _book(blobs, index, "days", key, on_bad):
        days += unpack_days(portion)
    return Books(leaves, tuple(days))


class LogReader:
    """One epoch's log, opened with its log key."""

    def __init__(
        self, blobs: BlobSource, index: LogIndex, keys: LogKeys, on_bad: Callable[[BadPart], None] | None = None
    ) -> None:
        """
        Args:
            on_bad: told of each part that cannot be read, which is then left out; None: the first one raises.
        """
        self.blobs, self.index, self.keys = blobs, index, keys
        self.on_bad = on_bad

    async def books(self) -> Books:
        return await read_books(self.blobs, self.index, self.keys.books, self.on_bad)

    async def groups(self) -> AsyncIterator[list[Group]]:
        """Groups of uses, part by part, not opened yet."""

        def read(_: int, ref: PartRef, data: bytes) -> list[Group]:
            groups = list(read_groups(data))
            if groups[0].tag != ref.first or sum(group.records for group in groups) != ref.entries:
                raise IntegrityError("A part of the use log is not what its directory says.", code="bad-use-log")
            return groups

        async for groups in _parts(self.blobs, self.index, "uses", read, self.on_bad):
            yield groups


async def _book(
    blobs: BlobSource, index: LogIndex, kind: BookKind, key: bytes, on_bad: Callable[[BadPart], None] | None
) -> AsyncIterator[bytes]:
    size = {"totals": 32, "days": _DAY_BYTES}[kind]

    def read(number: int, ref: PartRef, data: bytes) -> bytes:
        entries = open_book(kind, key, number, data)
        if len(entries) != ref.entries * size:
            raise IntegrityError("A part of the use log is not what its directory says.", code="bad-use-log")
        return entries

    async for entries in _parts(blobs, index, kind, read, on_bad):
        yield entries


async def _parts(
    blobs: BlobSource,
    index: LogIndex,
    kind: PartKind,
    read: Callable[[int, PartRef, bytes], _T],
    on_bad: Callable[[BadPart], None] | None,
) -> AsyncIterator[_T]:
    directories: Sequence[bytes] = {
        "uses": index.use_directories,
        "totals": index.total_directories,
        "days": index.day_directories,
    }[kind]
    first = 0
    for place, digest in enumerate(directories):
        try:
            refs = read_directory(await _fetched(blobs, digest))
        except FairsignalError as error:
            _report(on_bad, BadPart(kind, place, digest, error, directory=True), error)
            continue
        async for number, data in _ahead(blobs, refs):
            ref = refs[number]
            try:
                if isinstance(data, FairsignalError):
                    raise data
                found = read(first + number, ref, data)
            except FairsignalError as error:
                _report(on_bad, BadPart(kind, first + number, ref.digest, error), error)
            else:
                yield found
        first += len(refs)


async def _ahead(blobs: BlobSource, refs: Sequence[PartRef]) -> AsyncIterator[tuple[int, bytes | FairsignalError]]:
    fetching: deque[asyncio.Task[bytes | FairsignalError]] = deque()
    try:
        for number in range(len(refs)):
            while len(fetching) <= _AHEAD and number + len(fetching) < len(refs):
                fetching.append(asyncio.create_task(_attempt(blobs, refs[number + len(fetching)].digest)))
            data = await fetching[0]
            fetching.popleft()
            yield number, data
    finally:
        for task in fetching:
            task.cancel()
        await asyncio.gather(*fetching, return_exceptions=True)


async def _attempt(blobs: BlobSource, digest: bytes) -> bytes | FairsignalError:
    try:
        return await _fetched(blobs, digest)
    except FairsignalError as error:
        return error


async def _fetched(blobs: BlobSource, digest: bytes) -> bytes:
    data = await blobs.get(cid_of_digest(digest))
    # Every source verifies; this is the one check that nothing else rests on.
    if hashlib.sha256(data).digest() != digest:
        raise IntegrityError("The bytes of a part do not match its hash.", code="cid-mismatch")
    return data


def _report(on_bad: Callable[[BadPart], None] | None, bad: BadPart, error: FairsignalError) -> None:
    if on_bad is None:
        raise error
    on_bad(bad)
