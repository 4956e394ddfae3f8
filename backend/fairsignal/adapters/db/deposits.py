"""A keeper's own database: SQLite in WAL mode with synchronous=FULL, so that an acknowledged deposit is on disk."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import BigInteger, Integer, LargeBinary, String, delete, select
from sqlalchemy.exc import IntegrityError as SqlIntegrityError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from fairsignal.adapters.db.engine import open_engine
from fairsignal.domain.errors import Unavailable
from fairsignal.ports import Deposit

__all__ = ["SqlDepositBox"]


class _Base(DeclarativeBase):
    pass


class _DepositRecord(_Base):
    __tablename__ = "deposits"

    operator: Mapped[str] = mapped_column(String(42), primary_key=True)
    subject: Mapped[str] = mapped_column(String(42), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    share_index: Mapped[int] = mapped_column(Integer)
    shares: Mapped[bytes] = mapped_column(LargeBinary)


class _NonceRecord(_Base):
    __tablename__ = "nonces"

    advertiser: Mapped[str] = mapped_column(String(42), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(78), primary_key=True)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class SqlDepositBox:
    """``ports.DepositBox`` in one SQLite file. Open it with ``SqlDepositBox.open``."""

    def __init__(self, path: Path) -> None:
        self._engine = open_engine(f"sqlite+aiosqlite:///{path}")
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    @classmethod
    async def open(cls, path: Path) -> SqlDepositBox:
        """Open or create the file.

        Raises:
            Unavailable: the file cannot be opened or is not a database.
        """
        box = cls(path)
        try:
            async with box._engine.begin() as connection:
                await connection.run_sync(_Base.metadata.create_all)
        except (OSError, SQLAlchemyError) as error:
            raise Unavailable(
                f"The keeper's database {path} cannot be opened.",
                remedy="Restore it from a backup; the keeper does not start on a damaged file.",
                code="keeper-database",
            ) from error
        return box

    async def put(self, deposit: Deposit) -> None:
        async with self._sessions.begin() as session:
            await session.merge(
                _DepositRecord(
                    operator=deposit.operator,
                    subject=deposit.subject,
                    digest=deposit.digest,
                    version=deposit.version,
                    share_index=deposit.index,
                    shares=deposit.shares,
                )
            )

    async def get(self, operator: str, subject: str, digest: bytes) -> Deposit | None:
        async with self._sessions() as session:
            record = await session.get(_DepositRecord, (operator, subject, digest))
        if record is None:
            return None
        return Deposit(
            operator=record.operator,
            subject=record.subject,
            version=record.version,
            digest=record.digest,
            index=record.share_index,
            shares=record.shares,
        )

    async def delete(self, operator: str, subject: str) -> int:
        where = (_DepositRecord.operator == operator, _DepositRecord.subject == subject)
        async with self._sessions.begin() as session:
            found = (await session.scalars(select(_DepositRecord.digest).where(*where))).all()
            await session.execute(delete(_DepositRecord).where(*where))
        return len(found)

    async def use_nonce(self, advertiser: str, nonce: int, expires_at: int) -> bool:
        try:
            async with self._sessions.begin() as session:
                await session.execute(delete(_NonceRecord).where(_NonceRecord.expires_at < int(time.time()) - 86_400))
                session.add(_NonceRecord(advertiser=advertiser, nonce=str(nonce), expires_at=expires_at))
        except SqlIntegrityError:
            return False
        return True

    async def close(self) -> None:
        """Release the file."""
        await self._engine.dispose()
