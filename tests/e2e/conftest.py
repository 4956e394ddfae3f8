"""One real stack for all end-to-end tests: Anvil, contracts deployed by Brownie, three keepers, a backend."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from fairsignal.bootstrap.wallets import Wallet, dev_wallets, open_wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack, local_stack


@asynccontextmanager
async def running_stack(directory: Path, settings: Mapping[str, str]) -> AsyncIterator[Stack]:
    async with local_stack(
        directory,
        settings={"FAIRSIGNAL_ERASURE_RETRY": "PT0.3S", **settings},
        # A profile that is erased and published again within a second: a sweep would take new shares for old ones.
        keeper_settings={"FAIRSIGNAL_KEEPER_SWEEP_EVERY": "PT1H"},
    ) as running:
        yield running


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path_factory.mktemp("stack"), {}) as running:
        yield running


@pytest.fixture(scope="session")
async def api(stack: Stack) -> AsyncIterator[ApiClient]:
    async with ApiClient(stack.url) as client:
        yield client


@pytest.fixture
async def wallets(stack: Stack) -> AsyncIterator[list[Wallet]]:
    """Anvil's accounts 0..9 as wallets; 1 is the operator."""
    async with AsyncExitStack() as resources:
        yield [
            await resources.enter_async_context(open_wallet(stack.chain.rpc_url, stack.chain.deployment, signer))
            for signer in dev_wallets(10)
        ]
