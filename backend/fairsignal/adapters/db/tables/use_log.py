"""Metered uses: the append-only log, what keeps it within budgets and caps, and the epochs that settle it."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fairsignal.adapters.db.tables.base import Base

__all__ = ["CampaignBudgetRecord", "DailyUsesRecord", "EpochRecord", "LoggedUseRecord", "VoidedUseRecord"]

_COUNTER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up by itself only where the type is INTEGER."""


class LoggedUseRecord(Base):
    """One confirmed use of a metered campaign. Rows are added and never changed."""

    __tablename__ = "use_log"
    __table_args__ = (Index("ix_use_log_subject_seq", "subject", "seq"),)

    seq: Mapped[int] = mapped_column(_COUNTER, primary_key=True, autoincrement=True)
    use_id: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    campaign: Mapped[bytes] = mapped_column(LargeBinary(32))
    subject: Mapped[str] = mapped_column(String(42))
    category: Mapped[int] = mapped_column(Integer)
    block: Mapped[int] = mapped_column(BigInteger, index=True)
    block_time: Mapped[int] = mapped_column(BigInteger)
    price: Mapped[str] = mapped_column(String(39))
    share: Mapped[str] = mapped_column(String(39))
    consent_version: Mapped[int] = mapped_column(Integer)
    confirmed_at: Mapped[int] = mapped_column(BigInteger)


class CampaignBudgetRecord(Base):
    """How many uses of a campaign may be logged, and how many were; all of a campaign's uses cost the same."""

    __tablename__ = "campaign_budgets"

    campaign: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    allowed: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int] = mapped_column(BigInteger)


class DailyUsesRecord(Base):
    """Uses of a subject on one lane and UTC day: logged ones, and those recorded at once."""

    __tablename__ = "daily_uses"

    subject: Mapped[str] = mapped_column(String(42), primary_key=True)
    lane: Mapped[bytes] = mapped_column(LargeBinary(21), primary_key=True)
    day: Mapped[int] = mapped_column(Integer, primary_key=True)
    metered: Mapped[int] = mapped_column(Integer)
    at_once: Mapped[int] = mapped_column(Integer)


class VoidedUseRecord(Base):
    """A logged use that breaks a rule on the final chain: neither charged nor paid."""

    __tablename__ = "voided_uses"

    use_id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger, index=True)
    rule: Mapped[str] = mapped_column(String(64))


class EpochRecord(Base):
    """A settlement period and how far its settlement has come."""

    __tablename__ = "epochs"

    epoch: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    from_block: Mapped[int] = mapped_column(BigInteger)
    to_block: Mapped[int] = mapped_column(BigInteger, index=True)
    to_time: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16), index=True)
    log_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    auditors: Mapped[list[list[str]]] = mapped_column(JSON)
    uses: Mapped[int] = mapped_column(BigInteger)
    gross: Mapped[str] = mapped_column(String(39))
    total: Mapped[str] = mapped_column(String(39))
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    log_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    index: Mapped[bytes] = mapped_column(LargeBinary)
    debits: Mapped[bytes] = mapped_column(LargeBinary)
    quorum: Mapped[bytes] = mapped_column(LargeBinary)
    tx_hash: Mapped[str] = mapped_column(String(66))
    block: Mapped[int] = mapped_column(BigInteger)
