"""``ports.Projection`` in SQL: what the chain says, kept so that it can be taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from fairsignal.adapters.db.bulk import BulkTable, bulk_table, insert_many
from fairsignal.adapters.db.leases import DatabaseLease
from fairsignal.adapters.db.tables import Base
from fairsignal.domain.chain_events import ChainEvent
from fairsignal.domain.errors import Unavailable
from fairsignal.domain.projection import KINDS, Key, Row, Rows, needs, project, touches
from fairsignal.domain.reorg import Cursor, Header
from fairsignal.ports import BlockEvents, EventRange

__all__ = ["RELOAD", "TABLES", "SqlProjection", "read_cursor"]

TABLES: dict[str, BulkTable] = {kind: bulk_table(kind) for kind in KINDS}
RELOAD = "reload"
"""Kind of a change that stands for any number of rows."""
_NAMED_CHANGES = 5_000
"""From so many rows in one transaction on, a reader is quicker to load everything anew than to be told them."""
_KEPT_CHANGES = 200_000
"""Changes that a slow reader still finds."""

_cursor = Base.metadata.tables["cursor"]
_blocks = Base.metadata.tables["blocks"]
_undo = Base.metadata.tables["undo"]
_changes = Base.metadata.tables["changes"]


class SqlProjection:
    """The indexer's tables; it writes only while it holds the lease."""

    def __init__(self, engine: AsyncEngine, lease: DatabaseLease | None) -> None:
        """
        Args:
            lease: None for a database that nobody else knows.
        """
        self._engine = engine
        self._lease = lease

    async def cursor(self) -> Cursor | None:
        async with self._reading() as connection:
            return await read_cursor(connection)

    async def known(self) -> Mapping[int, bytes]:
        async with self._reading() as connection:
            return {row.number: row.hash for row in await connection.execute(select(_blocks))}

    async def begin(self, anchor: Header, finalized: int) -> None:
        async with self._writing() as connection:
            await connection.execute(
                insert(_cursor).values(
                    id=1, number=anchor.number, hash=anchor.hash, timestamp=anchor.timestamp, finalized=finalized
                )
            )
            await connection.execute(insert(_blocks), [anchor._asdict()])

    async def extend(self, part: EventRange) -> None:
        async with self._writing() as connection:
            rows = Rows(await _load(connection, needs(part.events)))
            project(rows, part.events)
            await _store(connection, rows, part.last.number)
            await connection.execute(delete(_blocks))
            await connection.execute(insert(_blocks), [part.last._asdict()])
            await connection.execute(delete(_undo))
            await _move(connection, part.last, part.last.number)

    async def follow(self, ancestor: int, blocks: Sequence[BlockEvents], finalized: int) -> None:
        async with self._writing() as connection:
            rows = Rows(await _load(connection, (place for block in blocks for place in touches(block.events))))
            if await _is_behind(connection, ancestor):
                # In one transaction with what comes instead: nobody ever sees a state from before a revocation that
                # both branches have.
                await _take_back(connection, ancestor, rows)
            undo: list[Row] = []
            for block in blocks:
                undo += _undo_rows(rows, block.header.number, block.events)
                project(rows, block.events)
            await insert_many(connection, _undo, ("block", "kind", "key", "before"), undo)
            if blocks:
                await connection.execute(insert(_blocks), [block.header._asdict() for block in blocks])
            last = blocks[-1].header if blocks else await _header(connection, ancestor)
            await _store(connection, rows, last.number)
            await _move(connection, last, finalized)

    async def finalize(self, finalized: int) -> None:
        async with self._writing() as connection:
            await connection.execute(update(_cursor).values(finalized=finalized))
            await _forget_final(connection, finalized)

    async def clear(self) -> None:
        async with self._writing() as connection:
            for table in (*(kind.table for kind in TABLES.values()), _cursor, _blocks, _undo):
                await connection.execute(delete(table))
            await _note(connection, [(RELOAD, b"", 0)])

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.connect() as connection:
                yield connection
        except (OSError, SQLAlchemyError) as error:
            raise Unavailable("The database does not answer.", remedy="Check FAIRSIGNAL_DATABASE_URL.") from error

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.begin() as connection:
                if self._lease is not None:
                    await self._lease.assert_held(connection)
                yield connection
        except (OSError, SQLAlchemyError) as error:
            raise Unavailable("The database does not answer.", remedy="Check FAIRSIGNAL_DATABASE_URL.") from error


async def read_cursor(connection: AsyncConnection) -> Cursor | None:
    """Where the projection is; None before it began."""
    row = (await connection.execute(select(_cursor))).one_or_none()
    return None if row is None else Cursor(row.number, row.hash, row.timestamp, row.finalized)


async def _load(connection: AsyncConnection, places: Iterable[tuple[str, Key]]) -> dict[str, dict[Key, Row]]:
    keys: dict[str, set[Key]] = {}
    for kind, key in places:
        keys.setdefault(kind, set()).add(key)
    return {kind: await TABLES[kind].load(connection, wanted) for kind, wanted in keys.items()}


async def _store(connection: AsyncConnection, rows: Rows, block: int) -> None:
    for kind, changed in rows.changed.items():
        if changed:
            await TABLES[kind].store(connection, changed)
    count = sum(len(changed) for changed in rows.changed.values())
    if count > _NAMED_CHANGES:
        await _note(connection, [(RELOAD, b"", block)])
    elif count:
        await _note(
            connection,
            [(kind, TABLES[kind].pack_key(key), block) for kind, changed in rows.changed.items() for key in changed],
        )


async def _note(connection: AsyncConnection, changes: Sequence[Row]) -> None:
    await insert_many(connection, _changes, ("kind", "key", "block"), changes)
    newest = await connection.scalar(select(func.max(_changes.c.seq)))
    await connection.execute(delete(_changes).where(_changes.c.seq <= newest - _KEPT_CHANGES))


async def _is_behind(connection: AsyncConnection, ancestor: int) -> bool:
    return bool(await connection.scalar(select(_cursor.c.number > ancestor)))


async def _take_back(connection: AsyncConnection, ancestor: int, rows: Rows) -> None:
    """Put back what the blocks above ``ancestor`` changed, newest first."""
    above = select(_undo).where(_undo.c.block > ancestor).order_by(_undo.c.block.desc())
    for entry in await connection.execute(above):
        table = TABLES[entry.kind]
        rows.put(entry.kind, table.unpack_key(entry.key), table.row_from_json(entry.before))
    await connection.execute(delete(_undo).where(_undo.c.block > ancestor))
    await connection.execute(delete(_blocks).where(_blocks.c.number > ancestor))


def _undo_rows(rows: Rows, block: int, events: Sequence[ChainEvent]) -> list[Row]:
    """What the rows that a block is about to change are before it."""
    places = dict.fromkeys(touches(events))
    return [
        (block, kind, TABLES[kind].pack_key(key), TABLES[kind].row_to_json(rows.get(kind, key))) for kind, key in places
    ]


async def _header(connection: AsyncConnection, number: int) -> Header:
    row = (await connection.execute(select(_blocks).where(_blocks.c.number == number))).one()
    return Header(row.number, row.hash, row.parent, row.timestamp)


async def _move(connection: AsyncConnection, last: Header, finalized: int) -> None:
    await connection.execute(
        update(_cursor).values(number=last.number, hash=last.hash, timestamp=last.timestamp, finalized=finalized)
    )
    await _forget_final(connection, finalized)


async def _forget_final(connection: AsyncConnection, finalized: int) -> None:
    """Keep the newest final block: it is where the search for a common ancestor ends."""
    await connection.execute(delete(_undo).where(_undo.c.block <= finalized))
    newest = select(func.max(_blocks.c.number)).where(_blocks.c.number <= finalized).scalar_subquery()
    await connection.execute(delete(_blocks).where(_blocks.c.number < newest))
