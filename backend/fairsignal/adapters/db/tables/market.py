"""Vouchers, and uses that are recorded on chain at once."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fairsignal.adapters.db.tables.base import Base

__all__ = ["UseRecord", "VoucherRecord"]


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
    metered: Mapped[bool] = mapped_column(Boolean)
    pacing: Mapped[str] = mapped_column(String(8))
    accepted_at: Mapped[int] = mapped_column(BigInteger)


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
