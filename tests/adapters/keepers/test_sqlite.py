"""Many changes in one transaction, each with its own outcome."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fairsignal.adapters.keepers.sqlite import SqliteFile
from fairsignal.domain.errors import Unavailable


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteFile]:
    file = SqliteFile(tmp_path / "some.db", ["CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY)"], durable=True)
    yield file
    await file.close()


def insert(db: sqlite3.Connection, word: str) -> None:
    db.execute("INSERT INTO words VALUES (?)", (word,))


async def test_concurrent_writes_share_their_commits(file: SqliteFile) -> None:
    statements: list[str] = []
    await file.write(lambda db: db.set_trace_callback(statements.append))
    await asyncio.gather(*(file.write(lambda db, n=n: insert(db, str(n))) for n in range(200)))  # type: ignore[misc]
    assert file.read("SELECT count(*) FROM words") == [(200,)]
    assert 1 <= statements.count("COMMIT") <= 4


async def test_change_that_fails_takes_no_other_with_it(file: SqliteFile) -> None:
    await file.write(lambda db: insert(db, "taken"))
    words = ["a", "taken", "b", "taken", "c"]
    outcomes = await asyncio.gather(
        *(file.write(lambda db, word=word: insert(db, word)) for word in words),  # type: ignore[misc]
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [
        type(None), sqlite3.IntegrityError, type(None), sqlite3.IntegrityError, type(None),
    ]  # fmt: skip
    assert file.read("SELECT word FROM words ORDER BY word") == [("a",), ("b",), ("c",), ("taken",)]


async def test_change_that_breaks_leaves_nobody_waiting(file: SqliteFile) -> None:
    def broken(db: sqlite3.Connection) -> None:
        insert(db, "half")
        raise RuntimeError

    async with asyncio.timeout(30):
        with pytest.raises(RuntimeError):
            await file.write(broken)
        with pytest.raises(Unavailable) as caught:
            await file.write(lambda db: db.execute("nonsense"))
        await file.write(lambda db: insert(db, "after"))
    assert caught.value.code == "keeper-database"
    assert file.read("SELECT word FROM words") == [("after",)]


async def test_write_whose_caller_gave_up_does_not_disturb_the_others(file: SqliteFile) -> None:
    given_up = asyncio.create_task(file.write(lambda db: insert(db, "given up")))
    other = asyncio.create_task(file.write(lambda db: insert(db, "other")))
    await asyncio.sleep(0)
    given_up.cancel()
    await other
    assert ("other",) in file.read("SELECT word FROM words")


async def test_reading_cannot_write(file: SqliteFile) -> None:
    with pytest.raises(Unavailable):
        file.read("DELETE FROM words")


async def test_closing_finishes_what_waits(tmp_path: Path) -> None:
    schema = ["CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY)"]
    file = SqliteFile(tmp_path / "other.db", schema, durable=False)
    writes = [asyncio.create_task(file.write(lambda db, n=n: insert(db, str(n)))) for n in range(20)]  # type: ignore[misc]
    await asyncio.sleep(0)
    await file.close()
    await asyncio.gather(*writes)
    file = SqliteFile(tmp_path / "other.db", schema, durable=False)
    assert file.read("SELECT count(*) FROM words") == [(20,)]
    await file.close()
