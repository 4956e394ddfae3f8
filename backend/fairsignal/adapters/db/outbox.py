"""The chain writer's outbox in the database."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from fairsignal.adapters.chain.writer import OutboxEntry, OutboxStatus
from fairsignal.adapters.db.tables import OutboxRecord

__all__ = ["DatabaseOutbox"]


class DatabaseOutbox:
    """Implements ``adapters.chain.writer.Outbox``; every ``save`` is a transaction of its own, durable on return."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def save(self, entry: OutboxEntry) -> None:
        async with self._sessions.begin() as session:
            await session.merge(
                OutboxRecord(
                    sender=entry.sender,
                    nonce=entry.nonce,
                    label=entry.label,
                    tx_hash=entry.tx_hash,
                    raw=entry.raw,
                    status=str(entry.status),
                    block=entry.block,
                    gas_used=entry.gas_used,
                )
            )

    async def pending(self, sender: str) -> list[OutboxEntry]:
        return await self._found(OutboxRecord.sender == sender, OutboxRecord.status == str(OutboxStatus.PENDING))

    async def since(self, sender: str, nonce: int) -> list[OutboxEntry]:
        """Entries from this nonce on that were not dropped, in nonce order."""
        return await self._found(
            OutboxRecord.sender == sender,
            OutboxRecord.nonce >= nonce,
            OutboxRecord.status != str(OutboxStatus.DROPPED),
        )

    async def _found(self, *where: ColumnElement[bool]) -> list[OutboxEntry]:
        async with self._sessions() as session:
            found = await session.scalars(select(OutboxRecord).where(*where).order_by(OutboxRecord.nonce))
            return [
                OutboxEntry(
                    sender=record.sender,
                    nonce=record.nonce,
                    label=record.label,
                    tx_hash=record.tx_hash,
                    raw=record.raw,
                    status=OutboxStatus(record.status),
                    block=record.block,
                    gas_used=record.gas_used,
                )
                for record in found
            ]

    async def next_nonce(self, sender: str) -> int:
        """One past the highest nonce that was ever committed and not dropped."""
        async with self._sessions() as session:
            highest = await session.scalar(
                select(func.max(OutboxRecord.nonce)).where(
                    OutboxRecord.sender == sender, OutboxRecord.status != str(OutboxStatus.DROPPED)
                )
            )
            return 0 if highest is None else int(highest) + 1
