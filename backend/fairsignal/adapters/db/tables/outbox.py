"""Transactions of this operator: intents with their nonces, and every signed attempt."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, ForeignKeyConstraint, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fairsignal.adapters.db.tables.base import Base

__all__ = ["OutboxAttemptRecord", "OutboxRecord", "OutboxSenderRecord"]


class OutboxSenderRecord(Base):
    """The nonce sequence of one key. Whoever takes a nonce holds this row's lock while doing so."""

    __tablename__ = "outbox_senders"

    sender: Mapped[str] = mapped_column(String(42), primary_key=True)
    next_nonce: Mapped[int] = mapped_column(BigInteger)


class OutboxRecord(Base):
    """What is to be sent under a nonce, committed before it is signed."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_sender_final", "sender", "final"),)

    sender: Mapped[str] = mapped_column(String(42), primary_key=True)
    nonce: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    recipient: Mapped[str] = mapped_column(String(42))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    gas: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str] = mapped_column(String(64))
    key: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    status: Mapped[str] = mapped_column(String(16))
    final: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[int] = mapped_column(BigInteger)
    tx_hash: Mapped[str] = mapped_column(String(66))
    block: Mapped[int] = mapped_column(BigInteger)
    gas_used: Mapped[int] = mapped_column(BigInteger)
    moved_to: Mapped[int | None] = mapped_column(BigInteger)


class OutboxAttemptRecord(Base):
    """One signed transaction, committed before it is sent; fees in wei per gas."""

    __tablename__ = "outbox_attempts"
    __table_args__ = (ForeignKeyConstraint(["sender", "nonce"], ["outbox.sender", "outbox.nonce"], ondelete="CASCADE"),)

    sender: Mapped[str] = mapped_column(String(42), primary_key=True)
    nonce: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    tx_hash: Mapped[str] = mapped_column(String(66), unique=True)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    max_fee: Mapped[int] = mapped_column(BigInteger)
    priority_fee: Mapped[int] = mapped_column(BigInteger)
    signed_at: Mapped[int] = mapped_column(BigInteger)
    signed_block: Mapped[int] = mapped_column(BigInteger)
