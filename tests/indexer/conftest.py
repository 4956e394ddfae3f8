"""One Anvil with our contracts for all tests of the indexer; every test reads it into a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain import connect, load_deployment
from fairsignal.adapters.chain.event_source import RpcEventSource
from fairsignal.adapters.db.leases import DatabaseLease
from fairsignal.adapters.db.projection import SqlProjection
from fairsignal.cli.local_stack import LocalChain, local_chain
from fairsignal.indexer.follow import Follower
from tests.indexer.scene import Scene, World


@pytest.fixture(scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with AsyncExitStack() as resources:
        chain: LocalChain = await resources.enter_async_context(local_chain(tmp_path_factory.mktemp("chain")))
        deployment = load_deployment(chain.deployment)
        rpc = await connect(chain.rpc_url, deployment.chain_id, deployment.addresses)
        resources.push_async_callback(rpc.close)
        yield World(chain, deployment, RpcEventSource(rpc, deployment))


@pytest.fixture
async def scene(world: World, engine: AsyncEngine) -> Scene:
    lease = DatabaseLease(engine, "indexer", "this-test", timedelta(seconds=60))
    assert await lease.hold()
    projection = SqlProjection(engine, lease)
    return Scene(world, engine, projection, Follower(world.source, projection))
