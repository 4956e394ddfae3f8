"""The chain writer's outbox in the database.

What takes a nonce begins with a write to the sender's row: PostgreSQL locks the row, SQLite the database, so processes
that share a key take turns, and what they read after that is what the one before them committed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from sqlalchemy import ColumnElement, RowMapping, bindparam, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from fairsignal.adapters.chain.outbox import Attempt, Intent, OutboxEntry, OutboxStatus
from fairsignal.adapters.db.tables import OutboxAttemptRecord, OutboxRecord, OutboxSenderRecord

__all__ = ["DatabaseOutbox"]

_OUTBOX, _ATTEMPTS = OutboxRecord.__table__, OutboxAttemptRecord.__table__

_TURN = text(
    "INSERT INTO outbox_senders (sender, next_nonce) VALUES (:sender, :least) "
    "ON CONFLICT (sender) DO UPDATE SET next_nonce = CASE WHEN outbox_senders.next_nonce < excluded.next_nonce "
    "THEN excluded.next_nonce ELSE outbox_senders.next_nonce END RETURNING next_nonce"
)
_FIRST_COME = text(
    "INSERT INTO outbox_attempts (sender, nonce, number, tx_hash, raw, max_fee, priority_fee, signed_at, signed_block) "
    "VALUES (:sender, :nonce, :number, :tx_hash, :raw, :max_fee, :priority_fee, :signed_at, :signed_block) "
    "ON CONFLICT DO NOTHING"
).bindparams(bindparam("raw", type_=OutboxAttemptRecord.raw.type))


class DatabaseOutbox:
    """Implements ``adapters.chain.outbox.Outbox``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def commit(
        self, intent: Intent, *, least_nonce: int, room: int | None, once: bool, now: int
    ) -> OutboxEntry | None:
        async with self._engine.begin() as connection:
            nonce = await _turn(connection, intent.sender, least_nonce)
            if once and (found := await _pending(connection, intent.sender, intent.key)) is not None:
                return found
            if room is not None and await _count_pending(connection, intent.sender) >= room:
                return None
            return await _put(connection, intent, nonce, now)

    async def add_attempt(self, sender: str, nonce: int, attempt: Attempt) -> OutboxEntry:
        async with self._engine.begin() as connection:
            values = {name: getattr(attempt, name) for name in Attempt.__slots__}
            await connection.execute(_FIRST_COME, {"sender": sender, "nonce": nonce, **values})
            return await _one(connection, sender, nonce)

    async def get(self, sender: str, nonce: int) -> OutboxEntry:
        async with self._engine.connect() as connection:
            return await _one(connection, sender, nonce)

    async def watched(self, sender: str) -> list[OutboxEntry]:
        async with self._engine.connect() as connection:
            return await _found(connection, OutboxRecord.sender == sender, OutboxRecord.final.is_(False))

    async def on_its_way(self, sender: str, key: bytes) -> OutboxEntry | None:
        async with self._engine.connect() as connection:
            return await _pending(connection, sender, key)

    async def note(self, entry: OutboxEntry) -> None:
        values = {
            "status": str(entry.status),
            "final": entry.final,
            "tx_hash": entry.tx_hash,
            "block": entry.block,
            "gas_used": entry.gas_used,
        }
        async with self._engine.begin() as connection:
            where = (*_at(entry.intent.sender, entry.nonce), OutboxRecord.final.is_(False))
            await connection.execute(update(OutboxRecord).where(*where).values(values))

    async def move(self, entry: OutboxEntry, *, least_nonce: int, now: int) -> OutboxEntry:
        sender = entry.intent.sender
        async with self._engine.begin() as connection:
            nonce = await _turn(connection, sender, least_nonce)
            known = await _one(connection, sender, entry.nonce)
            if known.moved_to is not None:
                return await _one(connection, sender, known.moved_to)
            moved = await _put(connection, entry.intent, nonce, now)
            values = {"status": str(OutboxStatus.MOVED), "final": True, "moved_to": nonce}
            await connection.execute(update(OutboxRecord).where(*_at(sender, entry.nonce)).values(values))
            return moved

    async def fill(self, intent: Intent, nonce: int, now: int) -> OutboxEntry:
        async with self._engine.begin() as connection:
            await _turn(connection, intent.sender, nonce + 1)
            found = await _found(connection, *_at(intent.sender, nonce))
            return found[0] if found else await _insert(connection, intent, nonce, now)

    async def prune(self, sender: str, before: int) -> int:
        old = (OutboxRecord.sender == sender, OutboxRecord.final.is_(True), OutboxRecord.created_at < before)
        async with self._engine.begin() as connection:
            # Attempts go with their entry.
            deleted = await connection.execute(delete(OutboxRecord).where(*old).returning(OutboxRecord.nonce))
            return len(deleted.all())


def _at(sender: str, nonce: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (OutboxRecord.sender == sender, OutboxRecord.nonce == nonce)


async def _turn(connection: AsyncConnection, sender: str, least_nonce: int) -> int:
    """Lock the sender's row; -> its next nonce."""
    return int((await connection.execute(_TURN, {"sender": sender, "least": least_nonce})).scalar_one())


async def _count_pending(connection: AsyncConnection, sender: str) -> int:
    pending = (OutboxRecord.sender == sender, OutboxRecord.final.is_(False), OutboxRecord.status == _PENDING)
    return int((await connection.execute(select(func.count()).select_from(_OUTBOX).where(*pending))).scalar_one())


async def _pending(connection: AsyncConnection, sender: str, key: bytes) -> OutboxEntry | None:
    found = await _found(
        connection, OutboxRecord.sender == sender, OutboxRecord.key == key, OutboxRecord.status == _PENDING
    )
    return found[0] if found else None


async def _put(connection: AsyncConnection, intent: Intent, nonce: int, now: int) -> OutboxEntry:
    next_nonce = {"next_nonce": nonce + 1}
    await connection.execute(
        update(OutboxSenderRecord).where(OutboxSenderRecord.sender == intent.sender).values(next_nonce)
    )
    return await _insert(connection, intent, nonce, now)


async def _insert(connection: AsyncConnection, intent: Intent, nonce: int, now: int) -> OutboxEntry:
    entry = OutboxEntry(intent, nonce, now)
    await connection.execute(
        insert(OutboxRecord).values(
            sender=intent.sender,
            nonce=nonce,
            recipient=intent.to,
            data=intent.data,
            gas=intent.gas,
            label=intent.label,
            key=intent.key,
            status=str(entry.status),
            final=entry.final,
            created_at=now,
            tx_hash=entry.tx_hash,
            block=entry.block,
            gas_used=entry.gas_used,
            moved_to=entry.moved_to,
        )
    )
    return entry


async def _one(connection: AsyncConnection, sender: str, nonce: int) -> OutboxEntry:
    (entry,) = await _found(connection, *_at(sender, nonce))
    return entry


async def _found(connection: AsyncConnection, *where: ColumnElement[bool]) -> list[OutboxEntry]:
    rows = (await connection.execute(select(_OUTBOX).where(*where).order_by(OutboxRecord.nonce))).mappings().all()
    attempts: defaultdict[int, list[Attempt]] = defaultdict(list)
    if rows:
        joined = (_ATTEMPTS.c.sender == _OUTBOX.c.sender) & (_ATTEMPTS.c.nonce == _OUTBOX.c.nonce)
        query = select(_ATTEMPTS).join(_OUTBOX, joined).where(*where).order_by(OutboxAttemptRecord.number)
        for row in (await connection.execute(query)).mappings():
            attempts[row["nonce"]].append(Attempt(**{name: row[name] for name in Attempt.__slots__}))
    return [replace(_entry(row), attempts=tuple(attempts[row["nonce"]])) for row in rows]


def _entry(row: RowMapping) -> OutboxEntry:
    return OutboxEntry(
        intent=Intent(row["sender"], row["recipient"], row["data"], row["gas"], row["label"], row["key"]),
        nonce=row["nonce"],
        created_at=row["created_at"],
        status=OutboxStatus(row["status"]),
        final=row["final"],
        tx_hash=row["tx_hash"],
        block=row["block"],
        gas_used=row["gas_used"],
        moved_to=row["moved_to"],
    )


_PENDING = str(OutboxStatus.PENDING)
