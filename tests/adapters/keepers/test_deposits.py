"""A keeper's shares on its disk: there after any crash once acknowledged, nowhere once deleted, never in clear."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from fairsignal.adapters.keepers import SqliteDepositBox
from fairsignal.domain.errors import IntegrityError, Unavailable
from fairsignal.ports import Deposit
from tests.adapters.keepers.deposit_writer import OPERATOR, STORAGE_KEY, numbered

SUBJECT = "0x00000000000000000000000000000000000000B1"
DEPOSIT = Deposit(OPERATOR, SUBJECT, 1, b"\2" * 32, 2, os.urandom(48 * 32))
PIECE = 24
"""Bytes: what is searched for in files; pages are cut at other places."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keeper.db"


@pytest.fixture
async def box(path: Path) -> AsyncIterator[SqliteDepositBox]:
    box = SqliteDepositBox(path, STORAGE_KEY)
    yield box
    await box.close()


def everything(path: Path) -> bytes:
    """Every byte of the database and of whatever SQLite keeps beside it."""
    files = sorted(path.parent.glob(path.name + "*"))
    return b"\n".join(file.read_bytes() for file in files)


def ciphertexts(path: Path) -> dict[str, bytes]:
    """Subject -> what stands in the table."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        return dict(db.execute("SELECT subject, shares FROM deposits").fetchall())


def pieces(data: bytes) -> Iterator[bytes]:
    return (data[at : at + PIECE] for at in range(0, len(data) - PIECE, PIECE // 2))


def found(data: bytes, where: bytes) -> int:
    return sum(piece in where for piece in pieces(data))


# --- keeping --------------------------------------------------------------------------------------------------------


async def test_shares_are_kept_per_manifest_over_a_restart(path: Path) -> None:
    box = SqliteDepositBox(path, STORAGE_KEY)
    newer = dataclasses.replace(DEPOSIT, digest=b"\3" * 32, version=2)
    await box.put(DEPOSIT, 10)
    await box.put(newer, 20)
    await box.close()
    box = SqliteDepositBox(path, STORAGE_KEY)
    assert await box.get(OPERATOR, SUBJECT, DEPOSIT.digest) == DEPOSIT
    assert await box.get(OPERATOR, SUBJECT, newer.digest) == newer
    assert await box.get(SUBJECT, SUBJECT, newer.digest) is None
    assert (await box.of(OPERATOR, SUBJECT)).deposits == ((b"\2" * 32, 1, 10), (b"\3" * 32, 2, 20))
    assert await box.delete(OPERATOR, SUBJECT, [DEPOSIT.digest]) == 1
    assert await box.get(OPERATOR, SUBJECT, DEPOSIT.digest) is None
    assert await box.get(OPERATOR, SUBJECT, newer.digest) == newer
    await box.close()


async def test_same_deposit_again_keeps_the_time_when_it_first_came(box: SqliteDepositBox) -> None:
    await box.put(DEPOSIT, 10)
    await box.put(dataclasses.replace(DEPOSIT, shares=b"others"), 20)
    assert (await box.of(OPERATOR, SUBJECT)).deposits == ((DEPOSIT.digest, 1, 10),)
    assert await box.get(OPERATOR, SUBJECT, DEPOSIT.digest) == DEPOSIT


async def test_what_is_held_comes_in_portions_of_subjects(box: SqliteDepositBox) -> None:
    for number in (3, 1, 2):
        await box.put(numbered(number), number)
        await box.put(dataclasses.replace(numbered(number), digest=b"\xff" * 32, version=2), number)
    first = await box.held(("", ""), 2)
    assert [held.subject for held in first] == [numbered(1).subject, numbered(2).subject]
    assert [len(held.deposits) for held in first] == [2, 2]
    assert [held.subject for held in await box.held((OPERATOR, first[-1].subject), 2)] == [numbered(3).subject]
    assert await box.held((OPERATOR, numbered(3).subject), 2) == []


def test_shares_are_not_in_repr() -> None:
    assert repr(DEPOSIT.shares) not in repr(DEPOSIT)


# --- secrecy --------------------------------------------------------------------------------------------------------


async def test_kept_share_is_in_no_byte_of_the_files(path: Path, box: SqliteDepositBox) -> None:
    await box.put(DEPOSIT, 1)
    seen = everything(path)
    assert found(ciphertexts(path)[SUBJECT], seen) > 50  # the search does find what is there
    assert found(DEPOSIT.shares, seen) == 0
    assert STORAGE_KEY not in seen


async def test_same_shares_twice_look_different(path: Path, box: SqliteDepositBox) -> None:
    await box.put(DEPOSIT, 1)
    await box.put(dataclasses.replace(DEPOSIT, subject=OPERATOR), 1)
    one, two = ciphertexts(path).values()
    assert not set(pieces(one)) & set(pieces(two))


async def test_nothing_of_a_deleted_share_is_left_even_encrypted(path: Path, box: SqliteDepositBox) -> None:
    """Pages split and move while deposits come and go: old copies must not stay behind in any of them."""
    deposits = [dataclasses.replace(numbered(number), shares=os.urandom(48 * 32)) for number in range(1, 61)]
    await asyncio.gather(*(box.put(deposit, 1) for deposit in deposits[:40]))
    written = ciphertexts(path)
    gone = deposits[:40:2]
    for deposit in gone[:10]:
        assert await box.delete(OPERATOR, deposit.subject, [deposit.digest]) == 1
    await asyncio.gather(*(box.put(deposit, 1) for deposit in deposits[40:]))
    for deposit in gone[10:]:
        await box.delete(OPERATOR, deposit.subject, [deposit.digest])
    seen = everything(path)
    assert [found(written[deposit.subject], seen) for deposit in gone] == [0] * len(gone)
    assert found(written[deposits[1].subject], seen) > 50
    assert path.with_name("keeper.db-wal").stat().st_size == 0


async def test_crash_right_after_a_deletion_is_made_up_for_at_the_next_start(path: Path, tmp_path: Path) -> None:
    box = SqliteDepositBox(path, STORAGE_KEY)
    await box.put(DEPOSIT, 1)
    written = ciphertexts(path)[SUBJECT]
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:  # as `delete` does, without its end
        db.execute("PRAGMA secure_delete=ON")
        db.execute("DELETE FROM deposits")
        crashed = tmp_path / "crashed"
        crashed.mkdir()
        for file in path.parent.glob("keeper.db*"):
            shutil.copy(file, crashed)
    await box.close()
    again = crashed / path.name
    assert found(written, everything(again)) > 50
    box = SqliteDepositBox(again, STORAGE_KEY)
    assert found(written, everything(again)) == 0
    await box.close()


async def test_deletion_that_another_reader_holds_up_is_not_acknowledged(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairsignal.adapters.keepers.sqlite._BUSY_SECONDS", 0.05)
    box = SqliteDepositBox(path, STORAGE_KEY)
    await box.put(DEPOSIT, 1)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM deposits").fetchone()
        written = ciphertexts(path)[SUBJECT]
        with pytest.raises(Unavailable) as caught:
            await box.delete(OPERATOR, SUBJECT, [DEPOSIT.digest])
        assert caught.value.code == "keeper-database"
        reader.execute("COMMIT")
    assert await box.delete(OPERATOR, SUBJECT, []) == 0  # the next try finishes what is left
    assert found(written, everything(path)) == 0
    await box.close()


async def test_another_storage_key_opens_nothing(path: Path, box: SqliteDepositBox) -> None:
    await box.put(DEPOSIT, 1)
    other = SqliteDepositBox(path, b"\6" * 32)
    with pytest.raises(IntegrityError) as caught:
        await other.get(OPERATOR, SUBJECT, DEPOSIT.digest)
    assert caught.value.code == "keeper-database"
    await other.close()


@pytest.mark.parametrize(
    "change",
    [
        "subject = '0x00000000000000000000000000000000000000B2'",
        "version = 2",
        "share_index = 3",
        "digest = x'" + "07" * 32 + "'",
        "shares = zeroblob(1000)",
        "shares = x'0102'",
        "shares = 'text'",
    ],
)
async def test_row_that_was_altered_does_not_open(path: Path, box: SqliteDepositBox, change: str) -> None:
    await box.put(DEPOSIT, 1)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"UPDATE deposits SET {change}")
        ((operator, subject, digest),) = db.execute("SELECT operator, subject, digest FROM deposits").fetchall()
    with pytest.raises(IntegrityError) as caught:
        await box.get(operator, subject, digest)
    assert caught.value.code == "keeper-database"


async def test_commits_are_on_disk_when_they_return(path: Path, box: SqliteDepositBox) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    file = box._file
    assert await file.write(lambda db: db.execute("PRAGMA synchronous").fetchone()) == (2,)  # FULL
    assert await file.write(lambda db: db.execute("PRAGMA secure_delete").fetchone()) == (1,)
