"""Settling and claiming for one operator, wired."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fairsignal.adapters.chain import recover_typed
from fairsignal.adapters.chain.block_times import RpcBlockTimes
from fairsignal.adapters.chain.event_source import RpcEventSource
from fairsignal.adapters.chain.settlements import RpcSettlementReader
from fairsignal.adapters.db import unit_of_work_factory
from fairsignal.bootstrap.chain import open_database, open_server_chain, open_writer
from fairsignal.bootstrap.keepers import open_keeper_set
from fairsignal.bootstrap.storage import open_blobs
from fairsignal.config import Settings
from fairsignal.epochs.follow import ChainFollower
from fairsignal.market.build_epoch import EpochBuilder
from fairsignal.market.close_epoch import EpochCloser
from fairsignal.market.settle import Settler

__all__ = ["open_settler"]


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
