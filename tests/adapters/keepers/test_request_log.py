"""Requests count once; what was released is noted."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fairsignal.adapters.keepers import SqliteRequestLog
from fairsignal.domain.errors import Unavailable
from fairsignal.domain.release import ReleaseItem

ADVERTISER = "0x00000000000000000000000000000000000000AD"
OTHER = "0x00000000000000000000000000000000000000AE"
NOW, LATER = 1_800_000_000, 1_800_000_600
WIDE = (1 << 256) - 1
ITEM = ReleaseItem(OTHER, 4, (1 << 40) - 1, b"\7" * 32, 9)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "requests.db"


@pytest.fixture
async def log(path: Path) -> AsyncIterator[SqliteRequestLog]:
    log = SqliteRequestLog(path)
    yield log
    await log.close()


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return db.execute(f"SELECT * FROM {table}").fetchall()


async def test_nonce_is_used_once_by_each_advertiser(log: SqliteRequestLog) -> None:
    assert await log.use_nonce(ADVERTISER, WIDE, LATER, NOW)
    assert not await log.use_nonce(ADVERTISER, WIDE, LATER, NOW)
    assert await log.use_nonce(OTHER, WIDE, LATER, NOW)
    assert await log.use_nonce(ADVERTISER, WIDE - 1, LATER, NOW)


async def test_nonce_is_remembered_over_a_restart(path: Path) -> None:
    log = SqliteRequestLog(path)
    assert await log.use_nonce(ADVERTISER, 1, LATER, NOW)
    await log.close()
    log = SqliteRequestLog(path)
    assert not await log.use_nonce(ADVERTISER, 1, LATER, NOW)
    await log.close()


async def test_of_many_at_once_one_uses_the_nonce(log: SqliteRequestLog) -> None:
    used = await asyncio.gather(*(log.use_nonce(ADVERTISER, 7, LATER, NOW) for _ in range(50)))
    assert sum(used) == 1


async def test_nonce_is_forgotten_once_its_request_has_expired(log: SqliteRequestLog, path: Path) -> None:
    await log.use_nonce(ADVERTISER, 1, NOW, NOW)
    assert not await log.use_nonce(ADVERTISER, 1, NOW, NOW)
    await log.use_nonce(ADVERTISER, 2, LATER, NOW + 1)
    assert rows(path, "nonces") == [(ADVERTISER, "2", LATER)]


async def test_what_was_released_is_noted_once(log: SqliteRequestLog, path: Path) -> None:
    digest = b"\2" * 32
    await log.record(b"\1" * 32, [(ITEM, digest)], NOW)
    await log.record(b"\1" * 32, [(ITEM, digest)], NOW + 5)
    await log.record(b"\1" * 32, [], NOW)
    assert rows(path, "releases") == [(b"\1" * 32, ITEM.use_index, OTHER, 4, digest, NOW)]


def test_damaged_log_is_refused_at_start(path: Path) -> None:
    path.write_bytes(b"\x00garbled" * 1_000)
    with pytest.raises(Unavailable) as caught:
        SqliteRequestLog(path)
    assert caught.value.code == "keeper-database"
