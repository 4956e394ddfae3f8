"""A server's way to its chain: node, reader, and the writer with its outbox."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain import (
    Deployment,
    OutboxChainWriter,
    Web3ChainReader,
    connect,
    load_deployment,
)
from fairsignal.adapters.chain.rpc import Rpc
from fairsignal.adapters.db import DatabaseOutbox, bind_to_chain, migrate, open_engine
from fairsignal.adapters.keys import load_signer
from fairsignal.config import Settings
from fairsignal.ports import Signer

__all__ = ["ServerChain", "open_database", "open_server_chain", "open_writer"]


@dataclass(frozen=True)
class ServerChain:
    """What every server reads and signs with."""

    deployment: Deployment
    rpc: Rpc
    reader: Web3ChainReader
    signer: Signer


async def open_server_chain(settings: Settings, resources: AsyncExitStack) -> ServerChain:
    """Raises:
    Unavailable, ChainMismatch, BadInput: no node, another chain, or no key.
    """
    deployment = load_deployment(settings.deployment)
    signer = load_signer(settings, deployment.chain_id)
    seconds = settings.request_timeout.total_seconds()
    rpc = await connect(settings.rpc_url, deployment.chain_id, deployment.addresses, seconds=seconds)
    resources.push_async_callback(rpc.close)
    return ServerChain(deployment, rpc, Web3ChainReader(rpc, deployment), signer)


async def open_database(settings: Settings, chain: ServerChain, resources: AsyncExitStack) -> AsyncEngine:
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


async def open_writer(chain: ServerChain, engine: AsyncEngine) -> OutboxChainWriter:
    """The operator's transactions; what an earlier run left is finished first."""
    writer = OutboxChainWriter(chain.rpc, chain.deployment, chain.signer, DatabaseOutbox(engine))
    await writer.recover()
    return writer
