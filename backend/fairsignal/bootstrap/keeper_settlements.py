"""What a keeper signs settlements with, wired: on a node connection of its own, which holds up no release."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from fairsignal.adapters.chain import Web3ChainReader, connect, load_deployment
from fairsignal.adapters.chain.block_times import RpcBlockTimes
from fairsignal.adapters.chain.event_source import RpcEventSource
from fairsignal.adapters.chain.settlements import RpcSettlementReader
from fairsignal.adapters.ipfs.any_blobs import AnyBlobs
from fairsignal.config import KeeperSettings
from fairsignal.epochs.follow import ChainFollower
from fairsignal.keeper.service import Keeper
from fairsignal.keeper.settlements import SettlementKeeper

__all__ = ["open_settlement_keeper"]

_SECONDS = 30.0
"""For one request: a range of events takes longer than a call."""


@asynccontextmanager
async def open_settlement_keeper(settings: KeeperSettings, keeper: Keeper) -> AsyncIterator[SettlementKeeper]:
    """With the keys of a keeper that is open already."""
    deployment = load_deployment(settings.deployment)
    rpc = await connect(settings.rpc_url, deployment.chain_id, deployment.addresses, seconds=_SECONDS)
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as http:
            yield SettlementKeeper(
                reader=Web3ChainReader(rpc, deployment),
                settlements=RpcSettlementReader(rpc, deployment),
                chain=ChainFollower(RpcEventSource(rpc, deployment)),
                times=RpcBlockTimes(rpc),
                blobs=AnyBlobs(settings.blobs_urls, http),
                keys=keeper.keys,
                signer=keeper.signer,
                clock=keeper.clock,
                registry=deployment.profile_registry,
                market=deployment.signal_market,
                recover=keeper.recover,
                limit=keeper.limit,
            )
    finally:
        await rpc.close()
