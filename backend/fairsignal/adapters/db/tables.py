"""Tables. Only ciphertext, addresses, terms and bookkeeping: never chat text, never a signal's score.

Amounts and word-sized numbers are decimal strings where 64 bits do not hold them.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "Base",
    "ErasureRecord",
    "ErasureReplicaRecord",
    "MetaRecord",
    "OutboxRecord",
    "ProfileBlobRecord",
    "ProfileRecord",
    "UseRecord",
    "VoucherRecord",
]


class Base(DeclarativeBase):
    """Metadata of all tables."""


class ProfileRecord(Base):
    """The newest sealed profile of a subject, and how far it has come."""

    __tablename__ = "profiles"

    subject: Mapped[str] = mapped_column(String(42), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    cid: Mapped[str] = mapped_column(String(128))
    categories: Mapped[str] = mapped_column(String(39))
    manifest: Mapped[bytes] = mapped_column(LargeBinary)
    deposits: Mapped[list[str]] = mapped_column(JSON)
    stored: Mapped[bool] = mapped_column(Boolean)
    deposited: Mapped[list[int]] = mapped_column(JSON)
    attested: Mapped[bool] = mapped_column(Boolean, index=True)


class ProfileBlobRecord(Base):
    """Under which CIDs a subject's profiles were ever stored, until they are erased."""

    __tablename__ = "profile_blobs"

    subject: Mapped[str] = mapped_column(String(42), primary_key=True)
    cid: Mapped[str] = mapped_column(String(128), primary_key=True)


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


class VoucherRecord(Base):
    """Campaign terms with the advertiser's voucher for this operator."""

    __tablename__ = "vouchers"

    campaign: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    advertiser: Mapped[str] = mapped_column(String(42))
    operator: Mapped[str] = mapped_column(String(42))
    purpose: Mapped[int] = mapped_column(Integer)
    categories: Mapped[str] = mapped_column(String(39))
    price_per_use: Mapped[str] = mapped_column(String(39))
    ends_at: Mapped[int] = mapped_column(BigInteger)
    salt: Mapped[str] = mapped_column(String(39))
    ceiling: Mapped[int] = mapped_column(BigInteger)
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class UseRecord(Base):
    """One use under its idempotency key; the index is the campaign's, so two keys never share one."""

    __tablename__ = "uses"
    __table_args__ = (UniqueConstraint("campaign", "use_index"),)

    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    campaign: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    subject: Mapped[str] = mapped_column(String(42))
    category: Mapped[int] = mapped_column(Integer)
    use_index: Mapped[int] = mapped_column(BigInteger)
    tx_hash: Mapped[str] = mapped_column(String(66))
    block: Mapped[int] = mapped_column(BigInteger)


class OutboxRecord(Base):
    """A signed transaction, committed before it is sent."""

    __tablename__ = "outbox"

    sender: Mapped[str] = mapped_column(String(42), primary_key=True)
    nonce: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    label: Mapped[str] = mapped_column(String(64))
    tx_hash: Mapped[str] = mapped_column(String(66), index=True)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(16), index=True)
    block: Mapped[int] = mapped_column(BigInteger)
    gas_used: Mapped[int] = mapped_column(BigInteger)


class MetaRecord(Base):
    """Facts about the database itself."""

    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(128))
