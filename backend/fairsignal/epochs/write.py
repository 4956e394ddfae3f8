"""Writing a use log (docs/use-log.md): parts go to the blob store as they fill up."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.errors import IntegrityError
from fairsignal.domain.log_keys import LogKeys
from fairsignal.domain.log_parts import Part, PartRef, pack_directories, pack_groups, seal_books, seal_groups
from fairsignal.domain.use_record import UseRecord
from fairsignal.epochs.read import DayCount
from fairsignal.epochs.spool import GroupSpool
from fairsignal.ports import BlobStore

__all__ = ["Directories", "LogWriter", "pack_days", "put_exactly"]

_AT_ONCE = 4
"""Parts that are stored at the same time."""
_PORTION = 1 << 16
"""Bytes of totals that are handed on at once; a multiple of a leaf."""


@dataclass(frozen=True, slots=True)
class Directories:
    """SHA-256 of the directories, as the index names them."""

    uses: tuple[bytes, ...]
    totals: tuple[bytes, ...]
    days: tuple[bytes, ...]


def pack_days(days: Iterable[DayCount]) -> bytes:
    """Entries of the days, by ascending subject and purpose."""
    return b"".join(
        subject + bytes((purpose, 0)) + count.to_bytes(2) for subject, purpose, count in sorted(days) if count
    )


async def put_exactly(blobs: BlobStore, data: bytes) -> bytes:
    """Store one block; -> its SHA-256.

    Raises:
        IntegrityError: the store names it otherwise.
    """
    digest = hashlib.sha256(data).digest()
    if await blobs.put(data) != cid_of_digest(digest):
        raise IntegrityError("The blob store gave a part another CID than it has.", code="cid-mismatch")
    return digest


class LogWriter:
    """Takes people's uses in any order of people. It believes what it is told: rules are checked before."""

    def __init__(self, blobs: BlobStore, keys: LogKeys, scratch: Path, uses: int) -> None:
        """
        Args:
            scratch: folder for what does not fit into memory.
            uses: about how many there will be.
        """
        self._blobs, self._keys = blobs, keys
        self._spool = GroupSpool(scratch, uses)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._spool.__exit__(kind, error, at)

    def add(self, subject: bytes, total: int, records: Sequence[UseRecord]) -> None:
        """One person's uses of the epoch, by (block, use id), and its running total after them."""
        key, tag = self._keys.of_subject(subject)
        for group in seal_groups(key, tag, total, records):
            self._spool.add(group)

    async def finish(self, leaves: bytes | bytearray, days: Iterable[DayCount]) -> Directories:
        """Store all parts and directories; the same calls give the same bytes, so a crash costs only time.

        Args:
            leaves: everybody's running totals, packed, ascending.
        """
        key = self._keys.books
        view = memoryview(leaves)
        portions = (bytes(view[at : at + _PORTION]) for at in range(0, len(view), _PORTION))
        return Directories(
            uses=await self._stored(pack_groups(self._spool)),
            totals=await self._stored(seal_books("totals", key, portions)),
            days=await self._stored(seal_books("days", key, [pack_days(days)])),
        )

    async def _stored(self, parts: Iterable[Part]) -> tuple[bytes, ...]:
        refs: list[PartRef] = []
        storing: set[asyncio.Task[bytes]] = set()
        try:
            for part in parts:
                refs.append(part.ref)
                storing.add(asyncio.create_task(put_exactly(self._blobs, part.data)))
                if len(storing) >= _AT_ONCE:
                    done, storing = await asyncio.wait(storing, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        task.result()
            await asyncio.gather(*storing)
        finally:
            for task in storing:
                task.cancel()
        return tuple([await put_exactly(self._blobs, table) for table in pack_directories(refs)])
