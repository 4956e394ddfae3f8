"""Blobs to a CAR file and back, all or nothing."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fairsignal.adapters.files import fsync_directory
from fairsignal.adapters.ipfs.car import CarIndex, read_block, scan, write_block, write_header
from fairsignal.adapters.ipfs.tree import MAX_BLOB, assemble, depth_first
from fairsignal.domain.cid import cid_of, parse
from fairsignal.domain.errors import BadInput
from fairsignal.ports import BlobStore

__all__ = ["Exported", "Imported", "export_car", "import_car"]

Progress = Callable[[int, int], None]
"""Told (done, of how many)."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A CAR file that was written."""

    cids: tuple[str, ...]
    blocks: int
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What was stored from a CAR file."""

    cids: tuple[str, ...]
    blocks: int
    """In the file, all of them verified."""
    size: int
    """Bytes of the blobs."""


async def export_car(
    cids: Sequence[str], store: BlobStore, target: Path, *, progress: Progress = lambda _done, _all: None
) -> Exported:
    """Write blobs with all blocks of their trees to a CARv1 file, one blob in memory at a time.

    The file appears whole, on disk, or not at all. A block that several blobs share is in it once.

    Raises:
        BadInput: not a CID, or the file cannot be written there.
        NotFound, IntegrityError, Unavailable: as ``BlobStore.get``; there is no file then.
    """
    roots = tuple(dict.fromkeys(cids))
    for root in roots:
        parse(root)
    try:
        file = tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False)  # noqa: SIM115
    except OSError as error:
        raise _unusable(target, error) from error
    unfinished = Path(file.name)
    try:
        with file:
            size = write_header(file, roots)
            seen: set[str] = set()
            for number, root in enumerate(roots):
                progress(number, len(roots))
                data = await store.get(root)
                size += await asyncio.to_thread(_write_blob, file, data, seen)
        await asyncio.to_thread(_put_in_place, unfinished, target)
    except OSError as error:
        raise _unusable(target, error) from error
    finally:
        await asyncio.to_thread(unfinished.unlink, missing_ok=True)
    progress(len(roots), len(roots))
    return Exported(roots, len(seen), size)


async def import_car(
    source: Path, store: BlobStore, *, progress: Progress = lambda _done, _all: None, max_bytes: int = MAX_BLOB
) -> Imported:
    """Store the blobs that a CARv1 file's roots name.

    Nothing is stored before every block of the file is verified and every root's tree is complete and one of ours.
    When a store then fails half-way, importing again goes on harmlessly.

    Args:
        progress: told bytes of the file, and then again those of the blobs stored.
        max_bytes: of one blob.

    Raises:
        BadInput: see ``car.scan``; also blobs that are not as ``ipfs add --cid-version=1`` makes them.
        IntegrityError: a block is not what its CID names.
        Unavailable: a store did not take a blob.
    """
    try:
        with source.open("rb") as file:
            total = os.fstat(file.fileno()).st_size
            index = await asyncio.to_thread(scan, file, source.name, lambda done: progress(done, total))
            if not index.roots:
                raise BadInput(
                    f"{source.name} names no root.", remedy="Export it again, with CIDs.", code="incomplete-car"
                )
            size = 0
            for root in index.roots:
                size += len(await _blob(file, index, root, source.name, max_bytes))
            done = 0
            for root in index.roots:
                progress(done, size)
                data = await _blob(file, index, root, source.name, max_bytes)
                await store.put(data)
                done += len(data)
            progress(size, size)
    except OSError as error:
        raise _unusable(source, error) from error
    return Imported(index.roots, len(index.blocks), size)


async def _blob(file: IO[bytes], index: CarIndex, root: str, name: str, max_bytes: int) -> bytes:
    async def fetch(cids: Sequence[str]) -> list[bytes]:
        return await asyncio.to_thread(lambda: [read_block(file, index, cid, name) for cid in cids])

    data = await assemble(root, fetch, max_bytes=max_bytes)
    if await asyncio.to_thread(cid_of, data) != root:
        raise BadInput(
            f"{name}: the root {root} is a folder, or a file that was cut into blocks in another way than here.",
            remedy="Make it with `ipfs add --cid-version=1` and `ipfs dag export`.",
            code="not-a-blob",
        )
    return data


def _write_blob(file: IO[bytes], data: bytes, seen: set[str]) -> int:
    size = 0
    for cid, block in depth_first(data):
        if cid not in seen:
            seen.add(cid)
            size += write_block(file, cid, block)
    return size


def _put_in_place(unfinished: Path, target: Path) -> None:
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(target)
    fsync_directory(target.parent)


def _unusable(path: Path, error: OSError) -> BadInput:
    return BadInput(
        f"{path} cannot be used: {error.strerror or type(error).__name__}.",
        remedy="Check the path, its permissions and the free space.",
        code="bad-file",
    )
