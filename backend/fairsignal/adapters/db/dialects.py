"""What SQLAlchemy says differently for SQLite and for PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["upsert"]


def upsert(session: AsyncSession, table: Table) -> Any:
    """An insert with ``on_conflict_do_...``; the two dialects' classes have nothing in common but these methods."""
    return (postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert)(table)
