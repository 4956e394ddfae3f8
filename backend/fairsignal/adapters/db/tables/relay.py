"""What relaying costs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer
from sqlalchemy.orm import Mapped, mapped_column

from fairsignal.adapters.db.tables.base import Base

__all__ = ["RelayGasRecord"]


class RelayGasRecord(Base):
    """Gas booked for relayed transactions on one UTC day (days since 1970)."""

    __tablename__ = "relay_gas"

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    gas: Mapped[int] = mapped_column(BigInteger)
