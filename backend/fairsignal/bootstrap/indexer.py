"""The indexer, wired: alone, or as a task of the backend."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain.event_source import RpcEventSource
from fairsignal.adapters.chain.ranges import AdaptiveRange
from fairsignal.adapters.db.leases import DatabaseLease
from fairsignal.adapters.db.projection import SqlProjection
from fairsignal.bootstrap.chain import Chain, open_chain, open_database
from fairsignal.bootstrap.tasks import stopped
from fairsignal.config import Settings
from fairsignal.domain.reorg import ReorgTooDeep
from fairsignal.indexer.follow import Follower, Progress
from fairsignal.indexer.run import Indexer

__all__ = ["OpenIndexer", "open_indexer", "start_indexer"]

log = structlog.get_logger(__name__)

LEASE = "indexer"


@dataclass(frozen=True)
class OpenIndexer:
    """What `fairsignal index` works with."""

    indexer: Indexer
    start_block: int


@asynccontextmanager
async def open_indexer(settings: Settings, told: Callable[[Progress], None]) -> AsyncIterator[OpenIndexer]:
    """An indexer without the rest of the backend; it needs no key.

    Raises:
        Unavailable, ChainMismatch, BadInput: node or database are missing, or another chain's.
    """
    async with AsyncExitStack() as resources:
        chain = await open_chain(settings, resources)
        engine = await open_database(settings, chain, resources)
        yield OpenIndexer(_indexer(settings, chain, engine, told), chain.deployment.start_block)


def start_indexer(
    settings: Settings,
    chain: Chain,
    engine: AsyncEngine,
    resources: AsyncExitStack,
    told: Callable[[Progress], None] = lambda _: None,
) -> None:
    """Index beside everything else, unless the settings leave it to somebody else.

    Args:
        told: is told after every transaction of this process, from the event loop.
    """
    if settings.index:
        task = asyncio.create_task(_run(_indexer(settings, chain, engine, told)))
        resources.push_async_callback(stopped, task)


def _indexer(settings: Settings, chain: Chain, engine: AsyncEngine, told: Callable[[Progress], None]) -> Indexer:
    owner = f"{socket.gethostname()[:32]}/{os.getpid()}/{secrets.token_hex(4)}"
    lease = DatabaseLease(engine, LEASE, owner, settings.index_lease)
    projection = SqlProjection(engine, lease)
    source = RpcEventSource(chain.rpc, chain.deployment, AdaptiveRange(most=settings.index_range))
    follower = Follower(source, projection, told)
    return Indexer(follower, projection, lease, settings.index_poll)


async def _run(indexer: Indexer) -> None:
    try:
        await indexer.run()
    except ReorgTooDeep as error:
        # The backend stays up and says no: what it knows of consent grows stale, and stale is refused.
        log.error("indexing stopped", code=error.code, message=error.message, remedy=error.remedy)
