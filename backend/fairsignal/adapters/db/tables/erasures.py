"""Erasures and their replicas."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fairsignal.adapters.db.tables.base import Base

__all__ = ["ErasureRecord", "ErasureReplicaRecord"]


class ErasureRecord(Base):
    """The newest erasure of a subject."""

    __tablename__ = "erasures"

    subject: Mapped[str] = mapped_column(String(42), primary_key=True)
    requested_at: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16), index=True)
    confirmed_at: Mapped[int] = mapped_column(BigInteger)
    tx_hash: Mapped[str] = mapped_column(String(66))


class ErasureReplicaRecord(Base):
    """One place that a subject's data is erased from."""

    __tablename__ = "erasure_replicas"

    subject: Mapped[str] = mapped_column(String(42), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer)
    error: Mapped[str] = mapped_column(String(64))
    next_try_at: Mapped[int] = mapped_column(BigInteger)
    erased_at: Mapped[int] = mapped_column(BigInteger)
    receipt: Mapped[bytes] = mapped_column(LargeBinary)
