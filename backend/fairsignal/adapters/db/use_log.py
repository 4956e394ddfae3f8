"""``ports.UseLog`` in SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, cast, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError as SqlIntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from fairsignal.adapters.db.epochs import share_log
from fairsignal.adapters.db.own_changes import note_change
from fairsignal.adapters.db.tables import (
    CampaignBudgetRecord,
    EpochRecord,
    LoggedUseRecord,
    VoidedUseRecord,
)
from fairsignal.domain.errors import Conflict, Refused
from fairsignal.ports import LoggedUse

__all__ = ["SqlUseLog", "to_row"]

_PORTION = 5_000
"""Rows that are in memory at once."""
_LIST = 500
"""Values in one IN list."""
_LANE_BYTES = 21
_COLUMNS = (
    "use_id",
    "campaign",
    "subject",
    "category",
    "block",
    "block_time",
    "price",
    "share",
    "consent_version",
    "confirmed_at",
)


class SqlUseLog:
    """Conditional statements, so that many replicas on one database neither overspend nor exceed a cap."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_id(self, use_id: bytes) -> LoggedUse | None:
        record = await self._session.scalar(select(LoggedUseRecord).where(LoggedUseRecord.use_id == use_id))
        return None if record is None else _use(record)

    async def add(self, use: LoggedUse) -> None:
        await share_log(self._session)
        table = LoggedUseRecord.__table__.c
        values = to_row(use)
        closed = select(func.coalesce(func.max(EpochRecord.to_block), -1)).scalar_subquery()
        # One statement: between a look at the epochs and an insert, one could be closed.
        row = select(*(cast(literal(values[name], table[name].type), table[name].type) for name in _COLUMNS)).where(
            literal(use.block) > closed
        )
        try:
            added = await self._changed(insert(LoggedUseRecord).from_select(_COLUMNS, row, include_defaults=False))
        except SqlIntegrityError as error:
            raise Conflict("This use is in the log already.", remedy="Ask for it.", code="use-logged") from error
        if not added:
            raise Refused(
                f"The epoch of block {use.block} is closed: the use was confirmed too late.",
                remedy="Ask for a new decision.",
                code="epoch-closed",
            )

    async def of(self, subject: str, *, before: int = 0, limit: int = 100) -> list[LoggedUse]:
        query = select(LoggedUseRecord).where(LoggedUseRecord.subject == subject)
        if before:
            query = query.where(LoggedUseRecord.seq < before)
        found = await self._session.scalars(query.order_by(LoggedUseRecord.seq.desc()).limit(limit))
        return [_use(record) for record in found]

    async def budget(self, campaign: bytes) -> tuple[int, int] | None:
        found = await self._session.execute(
            select(CampaignBudgetRecord.allowed, CampaignBudgetRecord.used).where(
                CampaignBudgetRecord.campaign == campaign
            )
        )
        row = found.one_or_none()
        return None if row is None else (row.allowed, row.used)

    async def unsettled(self) -> int:
        query = select(func.count()).where(LoggedUseRecord.block > await self.closed_to())
        return await self._session.scalar(query) or 0

    async def closed_to(self) -> int:
        closed = await self._session.scalar(select(func.max(EpochRecord.to_block)))
        return -1 if closed is None else int(closed)

    async def campaigns(self, after: int, to: int) -> dict[bytes, int]:
        found = await self._session.execute(
            select(LoggedUseRecord.campaign, func.count())
            .where(*_within(after, to))
            .group_by(LoggedUseRecord.campaign)
            .order_by(LoggedUseRecord.campaign)
        )
        return {bytes(campaign): int(uses) for campaign, uses in found}

    async def block_beyond(self, after: int, to: int, campaigns: int) -> int | None:
        first = func.min(LoggedUseRecord.block)
        query = select(first).where(*_within(after, to)).group_by(LoggedUseRecord.campaign).order_by(first)
        return await self._session.scalar(query.offset(campaigns).limit(1))

    async def stream(self, after: int, to: int) -> AsyncIterator[Sequence[LoggedUse]]:
        table = LoggedUseRecord
        # Lower case: checksummed addresses are not in the order of their numbers.
        query = (
            select(*(getattr(table, name) for name in (*_COLUMNS, "seq")))
            .where(*_within(after, to))
            .order_by(func.lower(table.subject), table.block, table.use_id)
        )
        found = await self._session.stream(query.execution_options(yield_per=_PORTION))
        async for rows in found.partitions():
            yield [
                LoggedUse(
                    row[0], row[1], row[2], row[3], row[4], row[5], int(row[6]), int(row[7]), row[8], row[9], row[10]
                )
                for row in rows
            ]

    async def newest(self, campaign: bytes, after: int, to: int, limit: int) -> list[bytes]:
        found = await self._session.scalars(
            select(LoggedUseRecord.use_id)
            .where(LoggedUseRecord.campaign == campaign, *_within(after, to))
            .order_by(LoggedUseRecord.block.desc(), LoggedUseRecord.use_id.desc())
            .limit(limit)
        )
        return [bytes(use_id) for use_id in found]

    async def void(self, epoch: int, rules: Mapping[bytes, str]) -> None:
        known = await self.voided_among(list(rules))
        new = [use_id for use_id in rules if use_id not in known]
        for start in range(0, len(new), _LIST):
            ids = new[start : start + _LIST]
            await self._session.execute(
                insert(VoidedUseRecord), [{"use_id": use_id, "epoch": epoch, "rule": rules[use_id]} for use_id in ids]
            )
            counts = await self._session.execute(
                select(LoggedUseRecord.campaign, func.count())
                .where(LoggedUseRecord.use_id.in_(ids))
                .group_by(LoggedUseRecord.campaign)
            )
            for campaign, uses in counts.all():
                await self._session.execute(
                    update(CampaignBudgetRecord)
                    .where(CampaignBudgetRecord.campaign == campaign)
                    .values(used=CampaignBudgetRecord.used - uses)
                    .execution_options(synchronize_session=False)
                )
                note_change(self._session, "vouchers", bytes(campaign))  # decisions may allow as many again

    async def voided(self, epoch: int) -> dict[bytes, str]:
        return await self._voided(VoidedUseRecord.epoch == epoch)

    async def voided_among(self, use_ids: Sequence[bytes]) -> dict[bytes, str]:
        found: dict[bytes, str] = {}
        for start in range(0, len(use_ids), _LIST):
            found |= await self._voided(VoidedUseRecord.use_id.in_(use_ids[start : start + _LIST]))
        return found

    async def _voided(self, where: ColumnElement[bool]) -> dict[bytes, str]:
        found = await self._session.execute(select(VoidedUseRecord.use_id, VoidedUseRecord.rule).where(where))
        return {bytes(use_id): rule for use_id, rule in found}

    async def _changed(self, statement: Any) -> bool:
        result = await self._session.execute(statement)
        assert isinstance(result, CursorResult)
        return bool(result.rowcount)


def to_row(use: LoggedUse) -> dict[str, Any]:
    """Values of the table's columns, but for the one that the database gives."""
    return {name: getattr(use, name) for name in _COLUMNS} | {"price": str(use.price), "share": str(use.share)}


def _within(after: int, to: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return LoggedUseRecord.block > after, LoggedUseRecord.block <= to


def _lane(lane: int) -> bytes:
    return lane.to_bytes(_LANE_BYTES)


def _use(record: LoggedUseRecord) -> LoggedUse:
    return LoggedUse(
        use_id=record.use_id,
        campaign=record.campaign,
        subject=record.subject,
        category=record.category,
        block=record.block,
        block_time=record.block_time,
        price=int(record.price),
        share=int(record.share),
        consent_version=record.consent_version,
        confirmed_at=record.confirmed_at,
        seq=record.seq,
    )
