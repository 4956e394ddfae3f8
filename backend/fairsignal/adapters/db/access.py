"""``ports.Nonces``, ``ports.Sessions`` and ``ports.ApiKeys`` in SQL."""

from __future__ import annotations

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from fairsignal.adapters.db.tables import ApiKeyRecord, NonceRecord, SessionRecord
from fairsignal.domain.access import parse_scopes
from fairsignal.ports import ApiKeyRow, SessionRow

__all__ = ["SqlApiKeys", "SqlNonces", "SqlSessions"]


class SqlNonces:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, nonce: str, expires_at: int) -> None:
        self._session.add(NonceRecord(nonce=nonce, expires_at=expires_at))

    async def take(self, nonce: str, now: int) -> bool:
        # One statement: of two that come at once, the database lets one delete it.
        taken = await self._session.execute(
            delete(NonceRecord).where(NonceRecord.nonce == nonce, NonceRecord.expires_at > now)
        )
        assert isinstance(taken, CursorResult)
        return taken.rowcount == 1

    async def prune(self, now: int) -> None:
        await self._session.execute(delete(NonceRecord).where(NonceRecord.expires_at <= now))


class SqlSessions:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: SessionRow) -> None:
        self._session.add(
            SessionRecord(digest=row.digest, address=row.address, created_at=row.created_at, expires_at=row.expires_at)
        )

    async def get(self, digest: bytes) -> SessionRow | None:
        record = await self._session.get(SessionRecord, digest)
        return None if record is None else _session(record)

    async def of(self, address: str) -> list[SessionRow]:
        found = await self._session.scalars(
            select(SessionRecord)
            .where(SessionRecord.address == address)
            .order_by(SessionRecord.created_at, SessionRecord.digest)
        )
        return [_session(record) for record in found]

    async def end(self, digest: bytes) -> None:
        await self._session.execute(delete(SessionRecord).where(SessionRecord.digest == digest))

    async def end_all(self, address: str) -> None:
        await self._session.execute(delete(SessionRecord).where(SessionRecord.address == address))

    async def prune(self, now: int) -> None:
        await self._session.execute(delete(SessionRecord).where(SessionRecord.expires_at <= now))


def _session(record: SessionRecord) -> SessionRow:
    return SessionRow(record.digest, record.address, record.created_at, record.expires_at)


class SqlApiKeys:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, key_id: str) -> ApiKeyRow | None:
        record = await self._session.get(ApiKeyRecord, key_id)
        return None if record is None else _key(record)

    async def all(self) -> list[ApiKeyRow]:
        found = await self._session.scalars(select(ApiKeyRecord).order_by(ApiKeyRecord.created_at, ApiKeyRecord.id))
        return [_key(record) for record in found]

    async def any(self) -> bool:
        return await self._session.scalar(select(ApiKeyRecord.id).limit(1)) is not None

    async def save(self, row: ApiKeyRow) -> None:
        await self._session.merge(
            ApiKeyRecord(
                id=row.id,
                digest=row.digest,
                label=row.label,
                scopes=list(row.scopes),
                created_at=row.created_at,
                expires_at=row.expires_at,
                last_used_day=row.last_used_day,
                revoked_at=row.revoked_at,
            )
        )

    async def used(self, key_id: str, day: int) -> None:
        # Not `save`: what was revoked meanwhile stays revoked.
        await self._session.execute(update(ApiKeyRecord).where(ApiKeyRecord.id == key_id).values(last_used_day=day))


def _key(record: ApiKeyRecord) -> ApiKeyRow:
    return ApiKeyRow(
        id=record.id,
        digest=record.digest,
        label=record.label,
        scopes=parse_scopes(record.scopes),
        created_at=record.created_at,
        expires_at=record.expires_at,
        last_used_day=record.last_used_day,
        revoked_at=record.revoked_at,
    )
