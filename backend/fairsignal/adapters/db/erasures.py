"""``ports.Erasures`` in SQL."""

from __future__ import annotations

from typing import cast

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from fairsignal.adapters.db.own_changes import note_change
from fairsignal.adapters.db.tables import ErasureRecord, ErasureReplicaRecord, MetaRecord
from fairsignal.ports import ErasureReplica, ErasureReplicaState, ErasureRow, ErasureState

__all__ = ["SqlErasures"]

_READ_TO = "erasures-read-to"


class SqlErasures:
    """Erasures, their replicas, and how far the chain's log of requests was read."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, subject: str) -> ErasureRow | None:
        record = await self._session.get(ErasureRecord, subject)
        return None if record is None else _row(record)

    async def save(self, row: ErasureRow) -> None:
        await self._session.merge(
            ErasureRecord(
                subject=row.subject,
                requested_at=row.requested_at,
                state=row.state,
                confirmed_at=row.confirmed_at,
                tx_hash=row.tx_hash,
            )
        )
        note_change(self._session, "profiles", bytes.fromhex(row.subject[2:]))

    async def forget(self, subject: str) -> None:
        await self._session.execute(delete(ErasureReplicaRecord).where(ErasureReplicaRecord.subject == subject))
        await self._session.execute(delete(ErasureRecord).where(ErasureRecord.subject == subject))
        note_change(self._session, "profiles", bytes.fromhex(subject[2:]))

    async def unfinished(self) -> list[ErasureRow]:
        found = await self._session.scalars(
            select(ErasureRecord)
            .where(ErasureRecord.state != "closed")
            .order_by(ErasureRecord.requested_at, ErasureRecord.subject)
        )
        return [_row(record) for record in found]

    async def replicas(self, subject: str) -> list[ErasureReplica]:
        found = await self._session.scalars(
            select(ErasureReplicaRecord)
            .where(ErasureReplicaRecord.subject == subject)
            .order_by(ErasureReplicaRecord.name)
        )
        return [
            ErasureReplica(
                name=record.name,
                state=cast(ErasureReplicaState, record.state),
                attempts=record.attempts,
                error=record.error,
                next_try_at=record.next_try_at,
                erased_at=record.erased_at,
                receipt=record.receipt,
            )
            for record in found
        ]

    async def save_replica(self, subject: str, replica: ErasureReplica) -> None:
        await self._session.merge(
            ErasureReplicaRecord(
                subject=subject,
                name=replica.name,
                state=replica.state,
                attempts=replica.attempts,
                error=replica.error[:64],
                next_try_at=replica.next_try_at,
                erased_at=replica.erased_at,
                receipt=replica.receipt,
            )
        )

    async def read_to(self) -> int:
        record = await self._session.get(MetaRecord, _READ_TO)
        return 0 if record is None else int(record.value)

    async def set_read_to(self, block: int) -> None:
        await self._session.merge(MetaRecord(key=_READ_TO, value=str(block)))


def _row(record: ErasureRecord) -> ErasureRow:
    return ErasureRow(
        subject=record.subject,
        requested_at=record.requested_at,
        state=cast(ErasureState, record.state),
        confirmed_at=record.confirmed_at,
        tx_hash=record.tx_hash,
    )
