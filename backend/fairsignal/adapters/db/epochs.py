"""``ports.Epochs`` in SQL, and the lock between those who add to the use log and who closes a part of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError as SqlIntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from fairsignal.adapters.db.tables import EpochRecord
from fairsignal.domain.errors import Conflict
from fairsignal.ports import EpochRow, EpochState

__all__ = ["SqlEpochs", "share_log"]

_LOCK = 0x66732D65706F6368
"""PostgreSQL's advisory locks are named by numbers."""
_TEXT = frozenset({"gross", "total"})
_FIELDS = tuple(field.name for field in dataclasses.fields(EpochRow))


async def share_log(session: AsyncSession) -> None:
    """Until the transaction ends, no epoch is closed. SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))


class SqlEpochs:
    """One row per epoch; its log key is as secret as the use log itself, which is in the same database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, epoch: int) -> EpochRow | None:
        record = await self._session.get(EpochRecord, epoch, populate_existing=True)
        return None if record is None else _row(record)

    async def last(self) -> EpochRow | None:
        record = await self._session.scalar(select(EpochRecord).order_by(EpochRecord.epoch.desc()).limit(1))
        return None if record is None else _row(record)

    async def last_settled(self) -> EpochRow | None:
        record = await self._session.scalar(
            select(EpochRecord).where(EpochRecord.state == "settled").order_by(EpochRecord.epoch.desc()).limit(1)
        )
        return None if record is None else _row(record)

    async def covering(self, blocks: Sequence[int]) -> dict[int, EpochRow]:
        if not blocks:
            return {}
        found = await self._session.scalars(
            select(EpochRecord).where(EpochRecord.to_block >= min(blocks), EpochRecord.from_block < max(blocks))
        )
        rows = [_row(record) for record in found]
        return {block: row for row in rows for block in blocks if row.from_block < block <= row.to_block}

    async def close(self, row: EpochRow) -> None:
        if self._session.get_bind().dialect.name == "postgresql":
            await self._session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        self._session.add(_record(row))
        try:
            await self._session.flush()
        except SqlIntegrityError as error:
            raise Conflict(f"Epoch {row.epoch} was closed already.", code="epoch-exists") from error

    async def save(self, row: EpochRow) -> None:
        await self._session.merge(_record(row))


def _record(row: EpochRow) -> EpochRecord:
    values = {name: getattr(row, name) for name in _FIELDS}
    values |= {name: str(values[name]) for name in _TEXT}
    return EpochRecord(**values | {"auditors": [list(pair) for pair in row.auditors]})


def _row(record: EpochRecord) -> EpochRow:
    state: EpochState = record.state  # type: ignore[assignment]  # the column holds nothing else
    values = {name: getattr(record, name) for name in _FIELDS}
    values |= {name: int(values[name]) for name in _TEXT}
    return EpochRow(**values | {"state": state, "auditors": tuple((key, sealed) for key, sealed in record.auditors)})
