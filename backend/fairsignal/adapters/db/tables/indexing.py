"""How far the chain was followed, what to put back when it takes something back, and what changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fairsignal.adapters.db.tables.base import Base

__all__ = ["BlockRecord", "ChangeRecord", "CursorRecord", "LeaseRecord", "UndoRecord"]

BIG_SERIAL = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts only columns that it calls INTEGER; they have 64 bits all the same."""


class CursorRecord(Base):
    """The one row says which block the projection is current to."""

    __tablename__ = "cursor"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    timestamp: Mapped[int] = mapped_column(BigInteger)
    finalized: Mapped[int] = mapped_column(BigInteger)
    """Highest block that was ever seen final; nothing up to it can be undone."""


class BlockRecord(Base):
    """Blocks that may still be taken back, and the newest final one."""

    __tablename__ = "blocks"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    parent: Mapped[bytes] = mapped_column(LargeBinary(32))
    timestamp: Mapped[int] = mapped_column(BigInteger)


class UndoRecord(Base):
    """What a row was before an unfinalized block changed it: its other columns as JSON, NULL when there was none."""

    __tablename__ = "undo"

    block: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(64), primary_key=True)
    before: Mapped[str | None] = mapped_column(String)


class ChangeRecord(Base):
    """Which rows changed, in order. Old entries are dropped: who has not read them loads everything anew.

    ``kind`` is the table's name and ``key`` its primary key's bytes one after the other, integers as 8 bytes,
    big-endian. The kind ``reload`` stands for more rows than are worth naming.
    """

    __tablename__ = "changes"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 (SQLAlchemy reads it)

    seq: Mapped[int] = mapped_column(BIG_SERIAL, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(32))
    key: Mapped[bytes] = mapped_column(LargeBinary(64))
    block: Mapped[int] = mapped_column(BigInteger)


class LeaseRecord(Base):
    """Who of many replicas does something that only one may do, until when (Unix seconds of the database's clock)."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[int] = mapped_column(BigInteger)
