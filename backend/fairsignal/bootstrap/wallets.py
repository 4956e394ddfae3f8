"""Wallets of people and advertisers, wired."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import httpx

from fairsignal.adapters.chain import (
    LocalSigner,
    MemoryOutbox,
    OutboxChainWriter,
    Web3ChainReader,
    connect,
    load_deployment,
    recover_typed,
)
from fairsignal.adapters.chain.dev import DevWallet, dev_wallets
from fairsignal.adapters.ipfs.http_blobs import HttpBlobs
from fairsignal.adapters.keepers import HttpKeeperClient
from fairsignal.adapters.keys import load_or_create_recovery_file, load_signer
from fairsignal.config import Settings
from fairsignal.domain.errors import BadInput
from fairsignal.market.open_released import ReleaseClient

__all__ = [
    "DevWallet",
    "Wallet",
    "advertiser_client",
    "dev_wallets",
    "load_or_create_recovery_file",
    "open_own_wallet",
    "open_wallet",
]

_SECONDS = 10.0
"""For one request of an advertiser's."""


@dataclass(frozen=True)
class Wallet:
    """A person's or an advertiser's view: read the chain, sign, and send own transactions."""

    reader: Web3ChainReader
    writer: OutboxChainWriter
    signer: LocalSigner

    @property
    def address(self) -> str:
        return self.signer.address


@asynccontextmanager
async def open_wallet(rpc_url: str, deployment_file: Path, signer: LocalSigner) -> AsyncIterator[Wallet]:
    """A wallet on one chain; what it sends is followed until mined, and not remembered beyond that."""
    deployment = load_deployment(deployment_file)
    rpc = await connect(rpc_url, deployment.chain_id, deployment.addresses)
    try:
        yield Wallet(
            reader=Web3ChainReader(rpc, deployment),
            writer=OutboxChainWriter(rpc, deployment, signer, MemoryOutbox()),
            signer=signer,
        )
    finally:
        await rpc.close()


@asynccontextmanager
async def advertiser_client(
    wallet: Wallet, keeper_urls: Sequence[str], threshold: int, blobs_url: str, private_key: bytes
) -> AsyncIterator[ReleaseClient]:
    """What an advertiser opens its paid uses with.

    Args:
        keeper_urls: in share order.
        blobs_url: where sealed profiles are, by CID; what comes from there is verified.
        private_key: X25519, of the recipient key on chain.

    Raises:
        BadInput: the chain names another number of keepers, or another threshold.
    """
    addresses, needed = await wallet.reader.keepers()
    if len(addresses) != len(keeper_urls) or needed != threshold:
        raise BadInput(
            f"The chain names {len(addresses)} keepers of which {needed} are needed.",
            remedy="Give the addresses of all of them, in the order of OperatorRegistry.keepers().",
            code="keepers-not-on-chain",
        )
    async with httpx.AsyncClient(timeout=_SECONDS) as http, aiohttp.ClientSession() as session:
        yield ReleaseClient(
            reader=wallet.reader,
            blobs=HttpBlobs(blobs_url, http),
            keepers=[
                (address, HttpKeeperClient(url, session)) for address, url in zip(addresses, keeper_urls, strict=True)
            ],
            threshold=threshold,
            registry=wallet.reader.deployment.profile_registry,
            private_key=private_key,
            recover=recover_typed,
        )


@asynccontextmanager
async def open_own_wallet(settings: Settings) -> AsyncIterator[Wallet]:
    """The wallet whose key the settings name."""
    signer = load_signer(settings, load_deployment(settings.deployment).chain_id)
    async with open_wallet(settings.rpc_url, settings.deployment, signer) as wallet:
        yield wallet
