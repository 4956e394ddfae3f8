"""The embedded blob store: a content-addressed directory that needs no daemon.

Layout: ``objects/<shard>/<cid>`` with the two characters before the CID's last as shard (flatfs' "next-to-last/2"), and
``tmp/`` for unfinished writes. A blob appears by a rename after fsync, so a crash leaves it whole or absent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from fairsignal.adapters.files import fsync_directory, write_atomically
from fairsignal.adapters.ipfs.uninterrupted import uninterrupted
from fairsignal.adapters.ipfs.verify import state_of, verified
from fairsignal.domain.cid import cid_of, parse
from fairsignal.domain.errors import NotFound, Unavailable
from fairsignal.ports import ReplicaState

__all__ = ["EmbeddedBlobStore"]

_Result = TypeVar("_Result")

_ABANDONED_AFTER = 3600
"""Seconds after which an unfinished write cannot be another process's work in progress."""


class EmbeddedBlobStore:
    """``ports.Replica`` in a directory; several processes may share it.

    Args:
        directory: made if missing.

    Raises:
        Unavailable: the directory cannot be made or written.
    """

    name = "embedded"
    pulls = False

    def __init__(self, directory: Path) -> None:
        self._objects = directory / "objects"
        self._scratch = directory / "tmp"
        self._translated(self._prepare)

    def __repr__(self) -> str:
        return f"EmbeddedBlobStore({str(self._objects.parent)!r})"

    async def put(self, data: bytes) -> str:
        return await self._in_thread(lambda: self._put(data))

    async def get(self, cid: str) -> bytes:
        return await self._in_thread(lambda: self._get(cid))

    async def has(self, cid: str) -> bool:
        return await self._in_thread(lambda: self._path(cid).is_file())

    async def delete(self, cid: str) -> bool:
        return await self._in_thread(lambda: self._delete(cid))

    async def state(self, cid: str) -> ReplicaState:
        return await state_of(self.name, self.get(cid))

    async def replace(self, data: bytes) -> str:
        return await self.put(data)

    async def close(self) -> None:
        """Nothing is kept open."""

    def _prepare(self) -> None:
        for directory in (self._objects, self._scratch):
            directory.mkdir(parents=True, exist_ok=True)
        oldest = time.time() - _ABANDONED_AFTER
        for unfinished in self._scratch.iterdir():
            if unfinished.stat().st_mtime < oldest:
                unfinished.unlink(missing_ok=True)

    def _put(self, data: bytes) -> str:
        cid = cid_of(data)
        path = self._path(cid)
        if path.is_file() and path.read_bytes() == data:
            return cid
        if not path.parent.is_dir():
            path.parent.mkdir(exist_ok=True)
            fsync_directory(self._objects)
        # Also replaces a damaged copy: storing again heals.
        write_atomically(path, data, scratch=self._scratch)
        return cid

    def _get(self, cid: str) -> bytes:
        try:
            data = self._path(cid).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(
                f"The embedded blob store does not have {cid}.",
                remedy="Fetch it from another store, or import it again.",
                code="no-such-blob",
            ) from error
        return verified(cid, data, self.name)

    def _delete(self, cid: str) -> bool:
        path = self._path(cid)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        fsync_directory(path.parent)
        return True

    def _path(self, cid: str) -> Path:
        parse(cid)  # only a canonical CID becomes a path
        return self._objects / cid[-3:-1] / cid

    async def _in_thread(self, call: Callable[[], _Result]) -> _Result:
        return await uninterrupted(asyncio.to_thread(self._translated, call))

    def _translated(self, call: Callable[[], _Result]) -> _Result:
        try:
            return call()
        except OSError as error:
            raise Unavailable(
                f"The blob directory {self._objects.parent} cannot be used: {error.strerror or type(error).__name__}.",
                remedy="Check its permissions and the free space, or set FAIRSIGNAL_DATA_DIR.",
                code="blob-directory",
            ) from error
