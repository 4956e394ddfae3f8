"""The operator's backend, wired: each part in a function of its own, so that parts are added line by line."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain import Deployment, OutboxChainWriter, Web3ChainReader, recover_typed
from fairsignal.adapters.clock import SystemClock
from fairsignal.adapters.db import scrubber, unit_of_work_factory
from fairsignal.adapters.keepers import KeeperSet
from fairsignal.bootstrap.access import Access, open_access
from fairsignal.bootstrap.chain import ServerChain, open_database, open_server_chain, open_writer
from fairsignal.bootstrap.decisions import DecisionDesk, open_decisions, open_desk
from fairsignal.bootstrap.indexer import start_indexer
from fairsignal.bootstrap.keepers import open_keeper_set
from fairsignal.bootstrap.models import open_extractor
from fairsignal.bootstrap.receipts import open_consent_receipts
from fairsignal.bootstrap.relay import open_relay
from fairsignal.bootstrap.settlement import open_claims, start_settling
from fairsignal.bootstrap.storage import open_blobs
from fairsignal.bootstrap.tasks import repeat, stopped
from fairsignal.config import Settings
from fairsignal.domain.keeper_messages import deposit_message
from fairsignal.market.claims import ClaimBook
from fairsignal.market.consent_receipts import ConsentReceipts
from fairsignal.market.erase import Eraser
from fairsignal.market.erase_replicas import Replicas
from fairsignal.market.meter import Meter
from fairsignal.market.relay import Relay
from fairsignal.pipeline.publish import Publisher
from fairsignal.pipeline.run import ProfilePipeline
from fairsignal.ports import KeeperClient, ReplicaSet, UnitOfWorkFactory

__all__ = ["Backend", "open_backend"]


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
    access: Access
    receipts: ConsentReceipts
    decisions: DecisionDesk
    claims: ClaimBook
    relay: Relay


@asynccontextmanager
async def open_backend(settings: Settings) -> AsyncIterator[Backend]:
    """Connect, migrate, finish what an earlier run left, and close everything at the end.

    Raises:
        Unavailable, ChainMismatch, BadInput: what we depend on is missing; nothing was started.
    """
    async with AsyncExitStack() as resources:
        chain = await open_server_chain(settings, resources)
        engine = await open_database(settings, chain, resources)
        desk = open_desk(settings, chain, engine)
        units = unit_of_work_factory(engine, desk.wake)
        start_indexer(settings, chain, engine, resources, lambda _: desk.wake())
        writer = await open_writer(settings, chain, engine, resources)
        blobs = open_blobs(settings)
        resources.push_async_callback(blobs.close)
        keepers = await open_keeper_set(settings, chain, resources)
        publisher = _open_publisher(settings, chain, units, writer, blobs, keepers, resources)
        meter = Meter(chain.reader, writer, units)
        start_settling(settings, engine, units, resources)
        yield Backend(
            deployment=chain.deployment,
            reader=chain.reader,
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
                chain_id=chain.deployment.chain_id,
                registry=chain.deployment.profile_registry,
                operator=chain.signer.address,
            ),
            meter=meter,
            eraser=_open_eraser(settings, chain, engine, units, writer, blobs, keepers, publisher, resources),
            access=open_access(settings, chain, units),
            receipts=open_consent_receipts(settings, chain, units),
            decisions=await open_decisions(settings, chain, engine, desk, units, meter, resources),
            claims=open_claims(chain, units, blobs),
            relay=open_relay(settings, chain, engine, writer),
        )


def _open_publisher(
    settings: Settings,
    chain: ServerChain,
    units: UnitOfWorkFactory,
    writer: OutboxChainWriter,
    blobs: ReplicaSet,
    keepers: KeeperSet,
    resources: AsyncExitStack,
) -> Publisher:
    """With the task that finishes what was begun."""
    deployment = chain.deployment
    publisher = Publisher(
        blobs=blobs,
        keepers=keepers,
        threshold=settings.keeper_threshold,
        reader=chain.reader,
        writer=writer,
        signer=chain.signer,
        deposit_message=functools.partial(deposit_message, deployment.chain_id, deployment.profile_registry),
        units=units,
    )
    finishing = asyncio.create_task(repeat("publishing", publisher.finish_all, settings.retry_every))
    resources.push_async_callback(stopped, finishing)
    return publisher


def _open_eraser(
    settings: Settings,
    chain: ServerChain,
    engine: AsyncEngine,
    units: UnitOfWorkFactory,
    writer: OutboxChainWriter,
    blobs: ReplicaSet,
    keepers: KeeperSet,
    publisher: Publisher,
    resources: AsyncExitStack,
) -> Eraser:
    """With the task that goes on where a replica did not answer."""
    eraser = Eraser(
        reader=chain.reader,
        writer=writer,
        units=units,
        replicas=Replicas(
            units=units,
            blobs=blobs,
            keepers=keepers,
            signer=chain.signer,
            clock=SystemClock(),
            chain_id=chain.deployment.chain_id,
            registry=chain.deployment.profile_registry,
            recover=recover_typed,
            turn=publisher.turn,
            scrub=scrubber(engine),
        ),
        clock=SystemClock(),
        retry=settings.erasure_retry,
    )
    erasing = asyncio.create_task(repeat("erasures closed", eraser.step, settings.erasure_retry))
    resources.push_async_callback(stopped, erasing)
    return eraser
