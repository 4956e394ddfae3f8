"""What decisions need besides the chain: what changed here, whose requests were confirmed, refusals, the catalogue."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fairsignal.adapters.db.tables.base import Base
from fairsignal.adapters.db.tables.indexing import BIG_SERIAL

__all__ = ["CatalogueDayRecord", "OwnChangeRecord", "RefusalCountRecord", "SecretRecord", "UseRequestRecord"]


class OwnChangeRecord(Base):
    """Which of the operator's own rows changed, in order; ``kind`` is the table, ``key`` the subject or campaign."""

    __tablename__ = "own_changes"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 (SQLAlchemy reads it)

    seq: Mapped[int] = mapped_column(BIG_SERIAL, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[bytes] = mapped_column(LargeBinary(32))


class UseRequestRecord(Base):
    """An idempotency key of confirmations, and the tokens that it came with."""

    __tablename__ = "use_requests"

    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    confirmed_at: Mapped[int] = mapped_column(BigInteger, index=True)


class RefusalCountRecord(Base):
    """How often a rule refused a campaign on a UTC day."""

    __tablename__ = "refusal_counts"

    campaign: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    rule: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


class CatalogueDayRecord(Base):
    """The catalogue of a UTC day, noised once for all replicas."""

    __tablename__ = "catalogue_days"

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    figures: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class SecretRecord(Base):
    """Random keys that an operator's replicas share; worth nothing to who has not the rest of the database."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary(64))
