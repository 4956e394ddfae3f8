"""Encrypted groups on their way into parts: they come by person and leave by tag.

Sorted in files, so that memory does not grow with the number of uses. Only ciphertext touches the disk, under the keys
of the log itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from fairsignal.domain.log_parts import Group, read_groups

__all__ = ["GroupSpool"]

_BUCKET_BYTES = 4 << 20
"""Aimed at; a bucket is sorted in memory."""
_MOST_BUCKETS = 512
_IN_MEMORY = 64 << 10
"""Bytes of a bucket that are kept in memory before it becomes a file."""
_BYTES_PER_USE = 32


class GroupSpool:
    """Takes groups in any order, gives them back by ascending tag; those of one tag in the order they came."""

    def __init__(self, folder: Path, uses: int) -> None:
        """
        Args:
            uses: about how many will come.
        """
        self._count = min(_MOST_BUCKETS, uses * _BYTES_PER_USE // _BUCKET_BYTES + 1)
        folder.mkdir(parents=True, exist_ok=True)
        self._open = ExitStack()
        self._buckets = [self._open.enter_context(_bucket(folder)) for _ in range(self._count)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    def add(self, group: Group) -> None:
        # Tags are evenly spread, so buckets of equal ranges are about equally full.
        self._buckets[int.from_bytes(group.tag[:4]) * self._count >> 32].write(group.encoded)

    def __iter__(self) -> Iterator[Group]:
        for bucket in self._buckets:
            bucket.seek(0)
            yield from sorted(read_groups(bucket.read()), key=lambda group: group.tag)
            bucket.truncate(0)


def _bucket(folder: Path) -> tempfile.SpooledTemporaryFile[bytes]:
    return tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder))
