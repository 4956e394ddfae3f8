"""Opening and migrating the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

from fairsignal.adapters.db.tables import MetaRecord
from fairsignal.domain.errors import BadInput, ChainMismatch, Unavailable

__all__ = ["bind_to_chain", "current_revision", "downgrade", "migrate", "newest_revision", "open_engine", "scrubber"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_CONNECT_SECONDS, _STATEMENT_SECONDS = 10, 60
"""Time-outs of PostgreSQL; a migration of large tables may need longer, and is then done with its own tools."""
_SCRUBS, _SCRUB_PAUSE = 10, 0.1
"""Attempts, and seconds between them."""


def open_engine(url: str) -> AsyncEngine:
    """Open ``sqlite+aiosqlite:///path`` or ``postgresql+asyncpg://...``; nothing is connected yet.

    Raises:
        BadInput: not a database URL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadInput(
            "FAIRSIGNAL_DATABASE_URL is not a database URL.",
            remedy="Use sqlite+aiosqlite:///path/to/file.db or postgresql+asyncpg://user@host/name.",
        ) from error
    if parsed.get_backend_name() != "sqlite":
        limits = {"timeout": _CONNECT_SECONDS, "command_timeout": _STATEMENT_SECONDS}
        return create_async_engine(parsed, pool_pre_ping=True, hide_parameters=True, connect_args=limits)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(parsed, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _set_sqlite_pragmas)
    return engine


def _set_sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # An acknowledged write survives power loss, not only a crash of the process.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # What is deleted is overwritten: an erased profile must not survive in a free page.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


async def migrate(engine: AsyncEngine, revision: str = "head") -> None:
    """Bring the database up to the newest schema, or up to ``revision``.

    Raises:
        Unavailable: the database does not answer.
        BadInput: there is no such revision.
    """
    await _alembic(engine, lambda config: command.upgrade(config, revision))


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Take the schema, and what only newer ones hold, back to ``revision``: a name, ``-1`` for one step, or ``base``.

    Raises:
        As ``migrate``.
    """
    await _alembic(engine, lambda config: command.downgrade(config, revision))


async def current_revision(engine: AsyncEngine) -> str | None:
    """Revision of the schema; None for an empty database.

    Raises:
        Unavailable: the database does not answer.
    """
    found: list[str | None] = []

    def look(config: Config) -> None:
        context = MigrationContext.configure(config.attributes["connection"])
        found.append(context.get_current_revision())

    await _alembic(engine, look)
    return found[0]


def newest_revision() -> str:
    """The revision that this version of the code is written for."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return str(ScriptDirectory.from_config(config).get_current_head())


async def _alembic(engine: AsyncEngine, action: Callable[[Config], None]) -> None:
    def act(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        action(config)

    try:
        async with engine.begin() as connection:
            await connection.run_sync(act)
    except CommandError as error:
        raise BadInput(
            f"The database's schema cannot be changed like that: {error}.",
            remedy="`fairsignal db current` names the revisions.",
            code="unknown-revision",
        ) from error
    except (OSError, SQLAlchemyError) as error:
        raise Unavailable(
            "The database does not answer, or cannot be migrated.",
            remedy="Check FAIRSIGNAL_DATABASE_URL, and that the disk is writable.",
        ) from error


def scrubber(engine: AsyncEngine) -> Callable[[], Awaitable[None]]:
    """What cuts SQLite's write-ahead log, which still holds what was deleted. PostgreSQL vacuums by itself.

    Raises (when it is awaited):
        Unavailable: somebody reads an older state all the time, or the database does not answer.
    """
    turn = asyncio.Lock()  # SQLite refuses a second one at the same time instead of having it wait

    async def scrub() -> None:
        if engine.dialect.name != "sqlite":
            return
        async with turn:
            for _ in range(_SCRUBS):
                if not await _is_log_in_use(engine):
                    return
                await asyncio.sleep(_SCRUB_PAUSE)
        raise Unavailable("The database's log is in use.", remedy="Try again.", code="database-busy")

    return scrub


async def _is_log_in_use(engine: AsyncEngine) -> bool:
    try:
        async with engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            return bool((await autocommit.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))).scalar_one())
    except (OSError, SQLAlchemyError) as error:
        raise Unavailable("The database does not answer.", remedy="Check FAIRSIGNAL_DATABASE_URL.") from error


async def bind_to_chain(engine: AsyncEngine, deployment: str) -> None:
    """Remember which deployment this database belongs to: nonces and indexes of another one would be nonsense.

    Args:
        deployment: chain id and market address.

    Raises:
        ChainMismatch: it belongs to another deployment.
    """
    async with async_sessionmaker(engine).begin() as session:
        known = await session.get(MetaRecord, "deployment")
        if known is None:
            session.add(MetaRecord(key="deployment", value=deployment))
        elif known.value != deployment:
            raise ChainMismatch(
                f"This database belongs to deployment {known.value}, not to {deployment}.",
                remedy="Point FAIRSIGNAL_DATABASE_URL or FAIRSIGNAL_DATA_DIR to this deployment's database.",
            )
