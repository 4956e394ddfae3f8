"""What the commands for the database work with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain.event_source import RpcEventSource
from fairsignal.adapters.db import current_revision, downgrade, migrate, newest_revision, open_engine
from fairsignal.adapters.db.backup import backup
from fairsignal.adapters.db.snapshot import open_snapshot
from fairsignal.bootstrap.chain import open_chain, open_database
from fairsignal.config import Settings
from fairsignal.indexer.check import Checked, check

__all__ = ["back_up", "check_projection", "move_schema", "revisions"]


async def check_projection(settings: Settings, told: Callable[[int, int], None]) -> Checked:
    """Compare the projection with a replay of the chain; raises as ``indexer.check.check``."""
    async with AsyncExitStack() as resources:
        chain = await open_chain(settings, resources)
        engine = await open_database(settings, chain, resources)
        snapshot = await resources.enter_async_context(open_snapshot(engine))
        return await check(RpcEventSource(chain.rpc, chain.deployment), snapshot, told)


async def back_up(settings: Settings, file: Path, told: Callable[[int, int], None]) -> int:
    """Raises as ``adapters.db.backup.backup``."""
    return await backup(settings.effective_database_url, file, told)


async def revisions(settings: Settings) -> tuple[str | None, str]:
    """(the database's, the newest that this version knows)"""
    async with _engine(settings) as engine:
        return await current_revision(engine), newest_revision()


async def move_schema(settings: Settings, revision: str, *, down: bool) -> str | None:
    """-> revision afterwards. Raises as ``adapters.db.migrate``."""
    async with _engine(settings) as engine:
        await (downgrade if down else migrate)(engine, revision)
        return await current_revision(engine)


@asynccontextmanager
async def _engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(settings.effective_database_url)
    try:
        yield engine
    finally:
        await engine.dispose()
