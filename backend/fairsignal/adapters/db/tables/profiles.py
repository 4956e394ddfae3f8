"""Sealed profiles."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fairsignal.adapters.db.tables.base import Base

__all__ = ["ProfileBlobRecord", "ProfileRecord"]


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
