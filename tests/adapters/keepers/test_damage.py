"""A database that was cut, garbled or left by a crash: refused at the start, or all that was acknowledged is there."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fairsignal.adapters.keepers import SqliteDepositBox
from fairsignal.domain.errors import Unavailable
from tests.adapters.keepers import deposit_writer
from tests.adapters.keepers.deposit_writer import OPERATOR, STORAGE_KEY, numbered


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keeper.db"


def test_acknowledged_deposit_survives_kill_9(path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, deposit_writer.__file__, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    try:
        acknowledged = [writer.stdout.readline() for _ in range(40)]
    finally:
        writer.kill()
    rest, errors = writer.communicate(timeout=20)
    acknowledged += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    assert all(acknowledged), errors
    box = SqliteDepositBox(path, STORAGE_KEY)
    kept = [numbered(int(line, 16)) for line in acknowledged]

    async def check() -> None:
        for deposit in kept:
            assert await box.get(OPERATOR, deposit.subject, deposit.digest) == deposit
        await box.close()

    asyncio.run(check())


async def grown(path: Path) -> int:
    """A closed database of more than a hundred pages; -> its bytes."""
    box = SqliteDepositBox(path, STORAGE_KEY)
    await asyncio.gather(*(box.put(numbered(number), 1) for number in range(1, 301)))
    await box.close()
    size = path.stat().st_size  # noqa: ASYNC240 (a moment)
    assert size > 400_000
    return size


@pytest.mark.parametrize("share", [0.02, 0.4, 0.9])
async def test_truncated_database_is_refused_at_start(path: Path, share: float) -> None:
    size = await grown(path)
    with path.open("r+b") as file:
        file.truncate(int(size * share))
    with pytest.raises(Unavailable) as caught:
        SqliteDepositBox(path, STORAGE_KEY)
    assert caught.value.code == "keeper-database"
    assert "backup" in caught.value.remedy


async def test_garbled_pages_are_refused_at_start(path: Path) -> None:
    await grown(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4 * 4096))
    with pytest.raises(Unavailable, match="damaged"):
        SqliteDepositBox(path, STORAGE_KEY)


def test_file_that_is_no_database_is_refused_at_start(path: Path) -> None:
    path.write_bytes(b"this is not a database, it is a text of some length" * 100)
    with pytest.raises(Unavailable, match="cannot be opened"):
        SqliteDepositBox(path, STORAGE_KEY)


def test_directory_that_is_missing_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        SqliteDepositBox(tmp_path / "missing" / "keeper.db", STORAGE_KEY)


@pytest.mark.parametrize("cut", [1, 2_000, 10_000])
async def test_truncated_write_ahead_log_costs_the_last_deposit_and_nothing_else(
    path: Path, tmp_path: Path, cut: int
) -> None:
    box = SqliteDepositBox(path, STORAGE_KEY)
    await box.put(numbered(1), 1)
    await box._file.shrink_log()
    await box.put(numbered(2), 1)
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for file in path.parent.glob("keeper.db*"):
        shutil.copy(file, crashed)
    await box.close()
    log = crashed / "keeper.db-wal"
    os.truncate(log, max(0, log.stat().st_size - cut))
    box = SqliteDepositBox(crashed / path.name, STORAGE_KEY)
    assert await box.get(OPERATOR, numbered(1).subject, numbered(1).digest) == numbered(1)
    assert await box.get(OPERATOR, numbered(2).subject, numbered(2).digest) is None
    await box.put(numbered(2), 1)
    assert await box.get(OPERATOR, numbered(2).subject, numbered(2).digest) == numbered(2)
    await box.close()
