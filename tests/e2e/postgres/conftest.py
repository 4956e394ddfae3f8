"""The same stack with its backend on PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest

from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from tests.databases import PostgresServer
from tests.e2e.conftest import running_stack


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> AsyncIterator[Stack]:
    name = f"fairsignal-{secrets.token_hex(4)}"  # another worker of this run may have a stack on the same server
    database = {"FAIRSIGNAL_DATABASE_URL": postgres.create(name)}
    async with running_stack(tmp_path_factory.mktemp("stack-on-postgres"), database) as running:
        yield running
    postgres.drop(name)


@pytest.fixture(scope="session")
async def api(stack: Stack) -> AsyncIterator[ApiClient]:
    async with ApiClient(stack.url) as client:
        yield client
