"""One keeper, wired. Apart from the backend, of whose database and blob stores it needs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fairsignal.adapters.chain import Web3ChainReader, connect, load_deployment, recover_typed
from fairsignal.adapters.clock import SystemClock
from fairsignal.adapters.keepers import SqliteDepositBox, SqliteRequestLog
from fairsignal.adapters.keys import load_signer, open_keeper_keys
from fairsignal.adapters.rate_limit import MemoryRateLimit
from fairsignal.bootstrap.tasks import repeat, stopped
from fairsignal.config import KeeperSettings
from fairsignal.keeper.service import Keeper
from fairsignal.keeper.sweep import Sweeper

__all__ = ["open_keeper"]


@asynccontextmanager
async def open_keeper(settings: KeeperSettings) -> AsyncIterator[Keeper]:
    """One keeper with its own keys, its own database and its own node."""
    deployment = load_deployment(settings.deployment)
    signer = load_signer(settings, deployment.chain_id)
    async with AsyncExitStack() as resources:
        rpc = await connect(settings.rpc_url, deployment.chain_id, deployment.addresses)
        resources.push_async_callback(rpc.close)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        keys, storage_key = open_keeper_keys(settings, deployment.chain_id)
        box = SqliteDepositBox(settings.data_dir / "keeper.db", storage_key)
        resources.push_async_callback(box.close)
        requests = SqliteRequestLog(settings.data_dir / "requests.db")
        resources.push_async_callback(requests.close)
        reader, clock = Web3ChainReader(rpc, deployment), SystemClock()
        sweeping = asyncio.create_task(
            repeat("shares deleted", Sweeper(reader, box, keys, clock).sweep, settings.sweep_every)
        )
        resources.push_async_callback(stopped, sweeping)
        yield Keeper(
            reader=reader,
            box=box,
            log=requests,
            keys=keys,
            signer=signer,
            clock=clock,
            registry=deployment.profile_registry,
            recover=recover_typed,
            limit=MemoryRateLimit(
                {
                    "deposits": settings.deposit_rate,
                    "releases": settings.release_rate,
                    "settlements": settings.settlement_rate,
                }
            ),
        )
