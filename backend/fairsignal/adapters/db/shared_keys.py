"""Random keys that an operator's replicas share through their database."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from fairsignal.adapters.db.dialects import upsert
from fairsignal.adapters.db.tables import Base
from fairsignal.domain.errors import Unavailable

__all__ = ["shared_key"]

_secrets = Base.metadata.tables["secrets"]
_BYTES = 32


async def shared_key(engine: AsyncEngine, name: str) -> bytes:
    """The key of this name, 32 bytes; whoever asks first makes it.

    Raises:
        Unavailable: the database does not answer.
    """
    try:
        async with async_sessionmaker(engine).begin() as session:
            row = upsert(session, _secrets).values(name=name, value=secrets.token_bytes(_BYTES))
            await session.execute(row.on_conflict_do_nothing())
            value = await session.scalar(select(_secrets.c.value).where(_secrets.c.name == name))
    except (OSError, SQLAlchemyError) as error:
        raise Unavailable("The database does not answer.", remedy="Check FAIRSIGNAL_DATABASE_URL.") from error
    assert value is not None
    return bytes(value)
