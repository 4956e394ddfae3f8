"""The operator's blob stores and database, wired."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fairsignal.adapters.db import migrate, open_engine, unit_of_work_factory
from fairsignal.adapters.ipfs import (
    EmbeddedBlobStore,
    KuboBlobStore,
    PinningApi,
    PinningBlobStore,
    ReplicatedBlobStore,
    TrustlessGateway,
    read_token,
)
from fairsignal.config import Settings
from fairsignal.ports import Replica, ReplicaSet, UnitOfWorkFactory

__all__ = ["Storage", "open_blobs", "open_database_only", "open_storage"]


@dataclass(frozen=True)
class Storage:
    """The operator's blobs and database, without chain and keepers."""

    blobs: ReplicaSet
    units: UnitOfWorkFactory
    migrate: Callable[[], Awaitable[None]]
    """To be awaited before ``units`` is used; blobs do without a database."""


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncIterator[Storage]:
    """Raises:
    Unavailable, BadInput: the stores cannot be opened as set.
    """
    async with AsyncExitStack() as resources:
        blobs = open_blobs(settings)
        resources.push_async_callback(blobs.close)
        engine = open_engine(settings.effective_database_url)
        resources.push_async_callback(engine.dispose)
        yield Storage(blobs, unit_of_work_factory(engine), functools.partial(migrate, engine))


@asynccontextmanager
async def open_database_only(settings: Settings) -> AsyncIterator[UnitOfWorkFactory]:
    """The migrated database, without anything else.

    Raises:
        Unavailable, BadInput: it cannot be opened as set.
    """
    engine = open_engine(settings.effective_database_url)
    try:
        await migrate(engine)
        yield unit_of_work_factory(engine)
    finally:
        await engine.dispose()


def open_blobs(settings: Settings) -> ReplicaSet:
    """Every store that the settings name, as one."""
    # In the order of reading. The embedded store is always there: a copy of our own, read in microseconds, that lasts
    # when a daemon's repository or an account elsewhere is lost. The pinning service comes last: it is the slowest,
    # and it fetches from the daemon.
    stores: list[Replica] = [EmbeddedBlobStore(settings.data_dir / "blobs")]
    kubo = KuboBlobStore(settings.ipfs_api, timeout=settings.request_timeout) if settings.ipfs_api else None
    if kubo is not None:
        stores.append(kubo)
    if settings.pinning_url:
        assert settings.pinning_token_file is not None  # Settings sees to it
        token = read_token(settings.pinning_token_file)
        gateway = settings.pinning_gateway
        stores.append(
            PinningBlobStore(
                PinningApi(settings.pinning_url, token, timeout=settings.request_timeout),
                TrustlessGateway(gateway, timeout=settings.request_timeout) if gateway else None,
                origins=settings.pinning_origins,
                provider=kubo,
            )
        )
    return ReplicatedBlobStore(stores, settings.blob_copies or (1 if kubo is None else 2))
