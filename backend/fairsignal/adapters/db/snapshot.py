"""``ports.ProjectionSnapshot`` in SQL: is the projection what a replay of the chain makes?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from fairsignal.adapters.db.bulk import BulkTable
from fairsignal.adapters.db.projection import TABLES, SqlProjection, read_cursor
from fairsignal.adapters.db.tables import Base
from fairsignal.domain.errors import Unavailable
from fairsignal.domain.projection import Row
from fairsignal.domain.reorg import Cursor, Header
from fairsignal.ports import Difference, EventRange

__all__ = ["SqlSnapshot", "open_snapshot"]


class SqlSnapshot:
    """One read transaction, and a database in memory beside it."""

    def __init__(self, stored: AsyncConnection, replayed: AsyncEngine) -> None:
        self._stored = stored
        self._replayed = replayed
        self._replay = SqlProjection(replayed, lease=None)

    async def cursor(self) -> Cursor | None:
        return await read_cursor(self._stored)

    async def replay(self, part: EventRange) -> None:
        await self._replay.extend(part)

    async def first_difference(self) -> Difference | None:
        async with self._replayed.connect() as replayed:
            for name, table in TABLES.items():
                difference = await _first_difference(name, table, self._stored, replayed)
                if difference is not None:
                    return difference
        return None

    async def rows(self) -> Mapping[str, int]:
        return {
            name: int(await self._stored.scalar(select(func.count()).select_from(table.table)) or 0)
            for name, table in TABLES.items()
        }


@asynccontextmanager
async def open_snapshot(engine: AsyncEngine) -> AsyncIterator[SqlSnapshot]:
    """
    Raises:
        Unavailable: the database does not answer.
    """
    async with AsyncExitStack() as resources:
        memory = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
        resources.push_async_callback(memory.dispose)
        async with memory.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await SqlProjection(memory, lease=None).begin(Header(0, bytes(32), bytes(32), 0), 0)
        try:
            stored = await resources.enter_async_context(engine.connect())
            if engine.dialect.name == "sqlite":
                await stored.exec_driver_sql("BEGIN")  # the driver begins none for what only reads
            else:
                await stored.execution_options(isolation_level="REPEATABLE READ")
            yield SqlSnapshot(stored, memory)
        except (OSError, SQLAlchemyError) as error:
            raise Unavailable("The database does not answer.", remedy="Check FAIRSIGNAL_DATABASE_URL.") from error


async def _first_difference(
    name: str, table: BulkTable, stored: AsyncConnection, replayed: AsyncConnection
) -> Difference | None:
    ours, theirs = _by_key(table, stored), _by_key(table, replayed)
    split = len(table.key_columns)
    while True:
        a, b = await anext(ours, None), await anext(theirs, None)
        if a == b:
            if a is None:
                return None
            continue
        # The lower key is the row that only one of them has.
        key = min(row[:split] for row in (a, b) if row is not None)
        return Difference(
            table=name,
            key=_shown(table.key_columns, key),
            stored=None if a is None or a[:split] != key else _shown(table.row_columns, a[split:]),
            replayed=None if b is None or b[:split] != key else _shown(table.row_columns, b[split:]),
        )


async def _by_key(table: BulkTable, connection: AsyncConnection) -> AsyncIterator[Row]:
    """Rows, key first, in the order of the key: bytes compare alike in both databases."""
    wanted = select(*table.key_columns, *table.row_columns).order_by(*table.key_columns)
    async for row in await connection.stream(wanted.execution_options(yield_per=1_000)):
        yield tuple(row)


def _shown(columns: list[Any], values: Row) -> dict[str, str]:
    return {
        column.name: f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
        for column, value in zip(columns, values, strict=True)
    }
