"""The operator's backend, wallets and blob stores, wired."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import httpx
import structlog

from fairsignal.adapters.chain import (
    Deployment,
    LocalSigner,
    MemoryOutbox,
    OutboxChainWriter,
    Web3ChainReader,
    connect,
    load_deployment,
    recover_typed,
)
from fairsignal.adapters.chain.dev import DevWallet, dev_wallets
from fairsignal.adapters.clock import SystemClock
from fairsignal.adapters.db import DatabaseOutbox, bind_to_chain, migrate, open_engine, scrubber, unit_of_work_factory
from fairsignal.adapters.ipfs import (
    EmbeddedBlobStore,
    KuboBlobStore,
    PinningApi,
    PinningBlobStore,
    ReplicatedBlobStore,
    TrustlessGateway,
    read_token,
)
from fairsignal.adapters.ipfs.http_blobs import HttpBlobs
from fairsignal.adapters.keepers import HttpKeeperClient, KeeperSet
from fairsignal.adapters.keys import load_or_create_recovery_file, load_signer
from fairsignal.bootstrap.models import open_extractor
from fairsignal.bootstrap.tasks import repeat, stopped
from fairsignal.config import Settings
from fairsignal.domain.errors import BadInput, Unavailable
from fairsignal.domain.keeper_messages import deposit_message
from fairsignal.market.erase import Eraser
from fairsignal.market.erase_replicas import Replicas
from fairsignal.market.meter import Meter
from fairsignal.market.open_released import ReleaseClient
from fairsignal.pipeline.publish import Publisher
from fairsignal.pipeline.run import ProfilePipeline
from fairsignal.ports import KeeperClient, Replica, ReplicaSet, UnitOfWorkFactory

if TYPE_CHECKING:
    pass

__all__ = [
    "Backend",
    "DevWallet",
    "Storage",
    "Wallet",
    "advertiser_client",
    "dev_wallets",
    "load_or_create_recovery_file",
    "open_backend",
    "open_own_wallet",
    "open_storage",
    "open_wallet",
]


log = structlog.get_logger(__name__)

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


@dataclass(frozen=True)
class Backend:
    """One operator's backend, wired."""

    deployment: Deployment
    reader: Web3ChainReader
    writer: OutboxChainWriter
    units: UnitOfWorkFactory
    blobs: ReplicaSet
    keepers: Sequence[KeeperClient]
    keeper_threshold: int
    profiles: ProfilePipeline
    meter: Meter
    eraser: Eraser


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


@asynccontextmanager
async def open_backend(settings: Settings) -> AsyncIterator[Backend]:
    """Connect, migrate, finish what an earlier run left, and close everything at the end.

    Raises:
        Unavailable, ChainMismatch, BadInput: what we depend on is missing; nothing was started.
    """
    deployment = load_deployment(settings.deployment)
    signer = load_signer(settings, deployment.chain_id)
    async with AsyncExitStack() as resources:
        seconds = settings.request_timeout.total_seconds()
        rpc = await connect(settings.rpc_url, deployment.chain_id, deployment.addresses, seconds=seconds)
        resources.push_async_callback(rpc.close)
        reader = Web3ChainReader(rpc, deployment)

        engine = open_engine(settings.effective_database_url)
        resources.push_async_callback(engine.dispose)
        await migrate(engine)
        genesis = await rpc.request("eth_getBlockByNumber", "0x0", False)
        await bind_to_chain(engine, f"{deployment.chain_id}/{genesis['hash'][:18]}/{deployment.signal_market}")
        units = unit_of_work_factory(engine)

        writer = OutboxChainWriter(rpc, deployment, signer, DatabaseOutbox(engine))
        await writer.recover()

        blobs = _open_blobs(settings)
        resources.push_async_callback(blobs.close)

        http = await resources.enter_async_context(aiohttp.ClientSession())
        keepers = KeeperSet(
            await _members(reader, [HttpKeeperClient(url, http) for url in settings.keeper_urls], settings),
            chain_id=deployment.chain_id,
            registry=deployment.profile_registry,
            memory=settings.data_dir / "keepers.json",
            clock=SystemClock(),
            recover=recover_typed,
        )
        with contextlib.suppress(Unavailable):  # whoever is down now is asked again before anything is sealed
            await keepers.introduced()
        publisher = Publisher(
            blobs=blobs,
            keepers=keepers,
            threshold=settings.keeper_threshold,
            reader=reader,
            writer=writer,
            signer=signer,
            deposit_message=functools.partial(deposit_message, deployment.chain_id, deployment.profile_registry),
            units=units,
        )
        finishing = asyncio.create_task(repeat("publishing", publisher.finish_all, settings.retry_every))
        resources.push_async_callback(stopped, finishing)
        eraser = Eraser(
            reader=reader,
            writer=writer,
            units=units,
            replicas=Replicas(
                units=units,
                blobs=blobs,
                keepers=keepers,
                signer=signer,
                clock=SystemClock(),
                chain_id=deployment.chain_id,
                registry=deployment.profile_registry,
                recover=recover_typed,
                turn=publisher.turn,
                scrub=scrubber(engine),
            ),
            clock=SystemClock(),
            retry=settings.erasure_retry,
        )
        erasing = asyncio.create_task(repeat("erasures closed", eraser.step, settings.erasure_retry))
        resources.push_async_callback(stopped, erasing)
        yield Backend(
            deployment=deployment,
            reader=reader,
            writer=writer,
            units=units,
            blobs=blobs,
            keepers=keepers.clients,
            keeper_threshold=settings.keeper_threshold,
            profiles=ProfilePipeline(
                extractor=open_extractor,
                publisher=publisher,
                units=units,
                clock=SystemClock(),
                chain_id=deployment.chain_id,
                registry=deployment.profile_registry,
                operator=signer.address,
            ),
            meter=Meter(reader, writer, units),
            eraser=eraser,
        )


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
        blobs = _open_blobs(settings)
        resources.push_async_callback(blobs.close)
        engine = open_engine(settings.effective_database_url)
        resources.push_async_callback(engine.dispose)
        yield Storage(blobs, unit_of_work_factory(engine), functools.partial(migrate, engine))


def _open_blobs(settings: Settings) -> ReplicaSet:
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


async def _members(
    reader: Web3ChainReader, clients: Sequence[KeeperClient], settings: Settings
) -> list[tuple[str, KeeperClient]]:
    """The keepers must be as many as the chain names, in its order; each proves later which of them it is."""
    if not clients:
        return []
    if settings.keeper_threshold > len(clients):
        raise BadInput(
            f"FAIRSIGNAL_KEEPER_THRESHOLD is {settings.keeper_threshold}, but there are {len(clients)} keepers.",
            remedy="Lower it, or name more keepers in FAIRSIGNAL_KEEPER_URLS.",
            code="bad-setting",
        )
    addresses, needed = await reader.keepers()
    if len(addresses) != len(clients) or needed != settings.keeper_threshold:
        raise BadInput(
            f"The chain names {len(addresses)} keepers of which {needed} are needed; the settings name another number, "
            "or another threshold.",
            remedy="Set FAIRSIGNAL_KEEPER_URLS and FAIRSIGNAL_KEEPER_THRESHOLD as OperatorRegistry.keepers() says.",
            code="keepers-not-on-chain",
        )
    return list(zip(addresses, clients, strict=True))
