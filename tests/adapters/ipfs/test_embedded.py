"""What is special to the embedded store: files, other processes, crashes."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fairsignal.adapters.ipfs import EmbeddedBlobStore
from fairsignal.domain.cid import CHUNK
from fairsignal.domain.errors import IntegrityError, Unavailable

if TYPE_CHECKING:
    pass

from tests.adapters.ipfs.blobs import blob


def file_of(folder: Path, cid: str) -> Path:
    (found,) = folder.rglob(cid)
    return found


@pytest.mark.parametrize("size", [500, CHUNK + 500])
async def test_a_tampered_file_is_detected_and_putting_again_heals_it(tmp_path: Path, size: int) -> None:
    store = EmbeddedBlobStore(tmp_path)
    data = blob(size)
    cid = await store.put(data)
    file_of(tmp_path, cid).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(IntegrityError) as caught:
        await store.get(cid)
    assert caught.value.code == "cid-mismatch"
    await store.put(data)
    assert await store.get(cid) == data


async def test_another_process_sees_what_was_put(tmp_path: Path) -> None:
    cid = await EmbeddedBlobStore(tmp_path).put(b"shared")
    assert await EmbeddedBlobStore(tmp_path).get(cid) == b"shared"


async def test_an_abandoned_unfinished_write_is_swept_and_a_fresh_one_is_left_alone(tmp_path: Path) -> None:
    EmbeddedBlobStore(tmp_path)
    old, fresh = tmp_path / "tmp" / "old.tmp", tmp_path / "tmp" / "fresh.tmp"
    old.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    EmbeddedBlobStore(tmp_path)
    assert not old.exists()
    assert fresh.exists()


async def test_a_directory_that_cannot_be_written_is_unavailable_with_a_remedy(tmp_path: Path) -> None:
    store = EmbeddedBlobStore(tmp_path)
    (tmp_path / "tmp").rmdir()
    with pytest.raises(Unavailable) as caught:
        await store.put(b"data")
    assert "permissions" in caught.value.remedy
    assert isinstance(caught.value.__cause__, OSError)


async def test_a_store_path_that_is_a_file_is_unavailable_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(Unavailable) as caught:
        EmbeddedBlobStore(tmp_path / "taken")
    assert caught.value.code == "blob-directory"


_ENDLESS_WRITER = """
import asyncio, random, sys
from pathlib import Path
from fairsignal.adapters.ipfs import EmbeddedBlobStore

async def main():
    store = EmbeddedBlobStore(Path(sys.argv[1]))
    number = 0
    while True:
        cid = await store.put(random.Random(number).randbytes(200_000 + number))
        print(cid, flush=True)
        number += 1

asyncio.run(main())
"""


@pytest.mark.parametrize("lines", [1, 3, 8, 20])
async def test_a_killed_writer_leaves_only_whole_blobs_and_loses_none_it_reported(tmp_path: Path, lines: int) -> None:
    reported = await asyncio.to_thread(kill_a_writer, tmp_path, lines)
    store = EmbeddedBlobStore(tmp_path)
    on_disk = [path.name for path in (tmp_path / "objects").rglob("b*") if path.is_file()]
    assert set(reported) <= set(on_disk)
    for cid in on_disk:
        await store.get(cid)  # verified: raises on anything half-written


def kill_a_writer(folder: Path, lines: int) -> list[str]:
    """Let a process put blobs until it has reported some, kill it anywhere, -> the CIDs it reported."""
    process = subprocess.Popen([sys.executable, "-c", _ENDLESS_WRITER, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    reported = [process.stdout.readline().decode().strip() for _ in range(lines)]
    time.sleep(random.Random(lines).random() / 200)  # anywhere within a write
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    return reported + rest.decode().split()
