"""Settling and claiming for one operator, wired."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain import recover_typed
from fairsignal.adapters.chain.block_times import RpcBlockTimes
from fairsignal.adapters.chain.event_source import RpcEventSource
from fairsignal.adapters.chain.settlements import RpcSettlementReader
from fairsignal.adapters.clock import SystemClock
from fairsignal.adapters.db import unit_of_work_factory
from fairsignal.adapters.db.leases import DatabaseLease
from fairsignal.bootstrap.chain import ServerChain, open_database, open_server_chain, open_writer
from fairsignal.bootstrap.keepers import open_keeper_set
from fairsignal.bootstrap.storage import open_blobs
from fairsignal.bootstrap.tasks import repeat, stopped
from fairsignal.config import Settings
from fairsignal.domain.errors import Unavailable
from fairsignal.epochs.follow import ChainFollower
from fairsignal.market.build_epoch import EpochBuilder
from fairsignal.market.claims import ClaimBook
from fairsignal.market.close_epoch import EpochCloser
from fairsignal.market.settle import Settler
from fairsignal.ports import BlobSource, UnitOfWorkFactory

__all__ = ["open_claims", "open_settler", "start_settling"]

_LOOK = timedelta(minutes=1)
"""How often it is seen whether an epoch is over."""


@asynccontextmanager
async def open_settler(settings: Settings) -> AsyncIterator[Settler]:
    """With connections of its own, so that it can run in a process beside the backend, on the same database.

    Raises:
        Unavailable, ChainMismatch, BadInput: what it depends on is missing; nothing was started.
    """
    async with AsyncExitStack() as resources:
        chain = await open_server_chain(settings, resources)
        engine = await open_database(settings, chain, resources)
        units = unit_of_work_factory(engine)
        writer = await open_writer(settings, chain, engine, resources)
        blobs = open_blobs(settings)
        resources.push_async_callback(blobs.close)
        keepers = await open_keeper_set(settings, chain, resources)
        deployment, operator = chain.deployment, chain.signer.address
        times, settlements = RpcBlockTimes(chain.rpc), RpcSettlementReader(chain.rpc, deployment)
        yield Settler(
            units=units,
            closer=EpochCloser(
                units=units,
                reader=chain.reader,
                times=times,
                market=deployment.signal_market,
                operator=operator,
                start_block=deployment.start_block,
                auditors=[bytes.fromhex(key) for key in settings.auditor_keys],
            ),
            builder=EpochBuilder(
                units=units,
                blobs=blobs,
                chain=ChainFollower(RpcEventSource(chain.rpc, deployment)),
                times=times,
                settlements=settlements,
                decimals=deployment.token_decimals,
                chain_id=deployment.chain_id,
                market=deployment.signal_market,
                operator=operator,
                scratch=settings.data_dir / "scratch",
            ),
            settlements=settlements,
            writer=writer,
            keepers=keepers,
            threshold=settings.keeper_threshold,
            signer=chain.signer,
            recover=recover_typed,
            registry=deployment.profile_registry,
        )


def open_claims(chain: ServerChain, units: UnitOfWorkFactory, blobs: BlobSource) -> ClaimBook:
    """What people can claim of this operator."""
    deployment = chain.deployment
    return ClaimBook(
        units=units,
        blobs=blobs,
        settlements=RpcSettlementReader(chain.rpc, deployment),
        chain_id=deployment.chain_id,
        market=deployment.signal_market,
        operator=chain.signer.address,
    )


def start_settling(
    settings: Settings, engine: AsyncEngine, units: UnitOfWorkFactory, resources: AsyncExitStack
) -> None:
    """Settle whenever ``epoch_length`` has passed, if it is set: one of many replicas does, in a process of its own,
    because an epoch takes a core for as long as it is built."""
    if settings.epoch_length is None:
        return
    length = settings.epoch_length
    lease = DatabaseLease(engine, "settlement", secrets.token_hex(8), settings.index_lease)
    clock = SystemClock()

    async def renew() -> int:
        await lease.hold()
        return 0

    async def settle() -> int:
        async with units() as work:
            last = await work.epochs.last()
        waiting = last is not None and last.state == "settled"
        if waiting and last is not None and clock.now() - last.to_time < length.total_seconds():
            return 0
        if not await lease.hold():
            return 0
        # Short, and renewed: when this process crashes, another one goes on soon. Two at a time would do no harm.
        holding = asyncio.create_task(repeat("settlement's lease", renew, settings.index_lease / 3))
        try:
            return await _settle_apart()
        finally:
            await stopped(holding)

    settling = asyncio.create_task(repeat("epochs settled", settle, min(length, _LOOK)))
    resources.push_async_callback(lease.release)
    resources.push_async_callback(stopped, settling)


async def _settle_apart() -> int:
    """Run ``fairsignal settle`` with this process' environment; -> epochs settled.

    Raises:
        Unavailable: it failed, for a reason that it logged.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fairsignal", "settle", "--json", stdout=asyncio.subprocess.PIPE
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()  # it goes on where it was when it is started again
        await process.wait()
        raise
    if process.returncode:
        raise Unavailable("The settlement did not finish.", remedy="It is tried again.", code="not-settled")
    return len(json.loads(output))
