"""Leases in the database: of many replicas, one at a time does what only one may do."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import BigInteger, delete, literal_column, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from fairsignal.adapters.db.tables import Base
from fairsignal.domain.errors import Conflict, Unavailable

__all__ = ["DatabaseLease", "LeaseLost"]

_leases = Base.metadata.tables["leases"]
# The database's clock, which all replicas share.
_NOW = {"sqlite": "CAST(strftime('%s', 'now') AS INTEGER)", "postgresql": "CAST(extract(epoch FROM now()) AS BIGINT)"}


class LeaseLost(Conflict):
    """Another replica took over while this one was away; nothing was written."""

    code = "lease-lost"


class DatabaseLease:
    """Implements ``ports.Lease``."""

    def __init__(self, engine: AsyncEngine, name: str, owner: str, duration: timedelta) -> None:
        """
        Args:
            owner: unique to this process.
            duration: how long it is held without being renewed, whole seconds: how long others wait after a crash.
        """
        self._engine = engine
        self._seconds = max(1, round(duration.total_seconds()))
        now = literal_column(_NOW[engine.dialect.name], BigInteger)
        expires_at = now + self._seconds
        self._mine = (_leases.c.name == name) & (_leases.c.owner == owner)
        insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
        self._take = (
            insert(_leases)
            .values(name=name, owner=owner, expires_at=expires_at)
            .on_conflict_do_update(
                index_elements=["name"],
                set_={"owner": owner, "expires_at": expires_at},
                where=(_leases.c.owner == owner) | (_leases.c.expires_at <= now),
            )
        )
        self._renew = update(_leases).where(self._mine).values(expires_at=expires_at)

    async def hold(self) -> bool:
        try:
            async with self._engine.begin() as connection:
                taken = await connection.execute(self._take)
                return bool(taken.rowcount)
        except (OSError, SQLAlchemyError) as error:
            raise Unavailable("The database does not answer.", remedy="Check FAIRSIGNAL_DATABASE_URL.") from error

    async def assert_held(self, connection: AsyncConnection) -> None:
        """Within a transaction, before it writes: nobody else can take the lease until it commits.

        Raises:
            LeaseLost: somebody else did already.
        """
        renewed = await connection.execute(self._renew)
        if not renewed.rowcount:
            raise LeaseLost("Another replica took over.", remedy="Nothing to do: it carries on.")

    async def release(self) -> None:
        try:
            async with self._engine.begin() as connection:
                await connection.execute(delete(_leases).where(self._mine))
        except (OSError, SQLAlchemyError) as error:
            raise Unavailable("The database does not answer.", remedy="Check FAIRSIGNAL_DATABASE_URL.") from error
