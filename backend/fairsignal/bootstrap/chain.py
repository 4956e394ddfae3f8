"""A server's way to its chain: node, reader, and the writer with its outbox."""

from __future__ import annotations

import asyncio
import functools
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain import (
    Deployment,
    FeePolicy,
    OutboxChainWriter,
    Timings,
    Web3ChainReader,
    connect,
    load_deployment,
)
from fairsignal.adapters.chain.rpc import Rpc
from fairsignal.adapters.db import DatabaseOutbox, bind_to_chain, migrate, open_engine
from fairsignal.adapters.db.leases import DatabaseLease
from fairsignal.adapters.keys import load_signer
from fairsignal.bootstrap.tasks import repeat, stopped
from fairsignal.config import Settings
from fairsignal.ports import Signer

__all__ = ["Chain", "ServerChain", "open_chain", "open_database", "open_server_chain", "open_writer"]


@dataclass(frozen=True)
class Chain:
    """What is read with."""

    deployment: Deployment
    rpc: Rpc
    reader: Web3ChainReader


@dataclass(frozen=True)
class ServerChain(Chain):
    """What every server reads and signs with."""

    signer: Signer


async def open_chain(settings: Settings, resources: AsyncExitStack) -> Chain:
    """Raises:
    Unavailable, ChainMismatch, BadInput: no node, or another chain.
    """
    deployment = load_deployment(settings.deployment)
    seconds = settings.request_timeout.total_seconds()
    rpc = await connect(settings.rpc_url, deployment.chain_id, deployment.addresses, seconds=seconds)
    resources.push_async_callback(rpc.close)
    return Chain(deployment, rpc, Web3ChainReader(rpc, deployment))


async def open_server_chain(settings: Settings, resources: AsyncExitStack) -> ServerChain:
    """Raises:
    Unavailable, ChainMismatch, BadInput: no node, another chain, or no key.
    """
    signer = load_signer(settings, load_deployment(settings.deployment).chain_id)
    chain = await open_chain(settings, resources)
    return ServerChain(chain.deployment, chain.rpc, chain.reader, signer)


async def open_database(settings: Settings, chain: Chain, resources: AsyncExitStack) -> AsyncEngine:
    """The migrated database, bound to this chain: another chain's rows are not mixed into it.

    Raises:
        Unavailable, ChainMismatch: no database, or another chain's.
    """
    engine = open_engine(settings.effective_database_url)
    resources.push_async_callback(engine.dispose)
    await migrate(engine)
    genesis = await chain.rpc.request("eth_getBlockByNumber", "0x0", False)
    deployment = chain.deployment
    await bind_to_chain(engine, f"{deployment.chain_id}/{genesis['hash'][:18]}/{deployment.signal_market}")
    return engine


async def open_writer(
    settings: Settings, chain: ServerChain, engine: AsyncEngine, resources: AsyncExitStack
) -> OutboxChainWriter:
    """The operator's transactions, with the task that follows them; what an earlier run left is taken up first."""
    writer = OutboxChainWriter(
        chain.rpc,
        chain.deployment,
        chain.signer,
        DatabaseOutbox(engine),
        fees=FeePolicy(settings.max_fee_per_gas),
        timings=Timings(reprice=settings.reprice_after),
        room=settings.pending_transactions,
    )
    await writer.follower.step()
    # Many processes could follow up one sender at the same time, but one is enough.
    lease = DatabaseLease(
        engine,
        f"transactions {writer.sender[:18]}",
        secrets.token_hex(8),
        max(3 * settings.follow_every, timedelta(seconds=10)),
    )
    follow = functools.partial(writer.follower.in_turn, lease)
    following = asyncio.create_task(repeat("transactions followed", follow, settings.follow_every))
    resources.push_async_callback(lease.release)
    resources.push_async_callback(stopped, following)
    return writer
