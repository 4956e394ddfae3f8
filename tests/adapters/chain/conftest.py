"""An Anvil that mines when told to, and the outboxes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain import MemoryOutbox
from fairsignal.adapters.chain.outbox import Outbox
from fairsignal.adapters.db import DatabaseOutbox, open_engine
from tests.adapters.chain.counting import Chain, running_chain
from tests.databases import BACKENDS, database_of


@pytest.fixture
async def chain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chain]:
    async with running_chain(tmp_path_factory.mktemp("anvil")) as running:
        yield running


@asynccontextmanager
async def outbox_at(url: str) -> AsyncIterator[Outbox]:
    if not url:
        yield MemoryOutbox()
        return
    engine = open_engine(url)
    yield DatabaseOutbox(engine)
    await engine.dispose()


@pytest.fixture(params=["memory", *BACKENDS])
def outbox_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "memory":
        yield ""
    else:
        yield from database_of(request.param, request, tmp_path)


@pytest.fixture
async def outbox(outbox_url: str) -> AsyncIterator[Outbox]:
    """Each kind, empty."""
    async with outbox_at(outbox_url) as opened:
        yield opened


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("memory", marks=pytest.mark.slow),
        pytest.param("postgresql", marks=pytest.mark.slow),
    ]
)
def chain_outbox_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "memory":
        yield ""
    else:
        yield from database_of(request.param, request, tmp_path)


@pytest.fixture
async def chain_outbox(chain_outbox_url: str) -> AsyncIterator[Outbox]:
    """For tests with a chain. That outboxes are alike is shown without one, so the fast tests take one kind."""
    async with outbox_at(chain_outbox_url) as opened:
        yield opened


@pytest.fixture
def database_outbox(engine: AsyncEngine) -> DatabaseOutbox:
    return DatabaseOutbox(engine)
