"""The feed of what changed in the operator's own tables, for whoever keeps them in memory."""

from __future__ import annotations

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from fairsignal.adapters.db.tables import Base

__all__ = ["note_change", "write_changes"]

_KEPT = 200_000
"""Changes that a slow reader still finds."""
_LOCK = 0x66732D6F776E2D63
"""PostgreSQL's advisory locks are named by numbers."""
_NOTED = "own_changes"
_changes = Base.metadata.tables["own_changes"]


def note_change(session: AsyncSession, kind: str, key: bytes) -> None:
    """This row of ``profiles`` (or what else counts for it) or of ``vouchers`` changes with the transaction."""
    session.info.setdefault(_NOTED, {})[kind, key] = None


async def write_changes(session: AsyncSession) -> bool:
    """The last thing that a transaction does; -> whether there was any change.

    Numbers are in the order of commits: a reader that saw one has seen all before it. Hence the lock, held for as long
    as a commit takes. SQLite has one writer at a time anyway.
    """
    noted = session.info.pop(_NOTED, {})
    if not noted:
        return False
    await session.flush()
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    await session.execute(insert(_changes), [{"kind": kind, "key": key} for kind, key in noted])
    newest = select(func.max(_changes.c.seq)).scalar_subquery()
    await session.execute(delete(_changes).where(_changes.c.seq <= newest - _KEPT))
    return True
