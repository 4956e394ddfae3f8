"""One real stack for all attacks: Anvil, contracts deployed by Brownie, five keepers of which three are needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from fairsignal.bootstrap.wallets import dev_wallets, open_wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import local_stack
from tests.e2e.actors import Buyer
from tests.keepers_e2e.deals import KEEPERS, Deal, Market


@asynccontextmanager
async def running_market(directory: Path) -> AsyncIterator[Market]:
    async with AsyncExitStack() as resources:
        stack = await resources.enter_async_context(
            local_stack(
                directory,
                keepers=KEEPERS,
                threshold=3,
                # What a reorg takes stays away until a test's next call: the backend would send it again by itself.
                settings={"FAIRSIGNAL_RETRY_EVERY": "PT1S", "FAIRSIGNAL_FOLLOW_EVERY": "PT1H"},
                keeper_settings={"FAIRSIGNAL_KEEPER_SWEEP_EVERY": "PT1S"},
            )
        )
        wallets = [
            await resources.enter_async_context(open_wallet(stack.chain.rpc_url, stack.chain.deployment, signer))
            for signer in dev_wallets(10)
        ]
        api = await resources.enter_async_context(ApiClient(stack.url))
        yield Market(stack, api, wallets, Buyer(wallets[2]))


@pytest.fixture(scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Market]:
    async with running_market(tmp_path_factory.mktemp("keepers")) as market:
        yield market


@pytest.fixture
async def market(running: Market) -> Market:
    """The stack with all five keepers honest and up, whatever the test before did to them."""
    dead = [index for index, keeper in enumerate(running.stack.keepers) if keeper.child.poll() is not None]
    await asyncio.gather(*map(running.stack.restart_keeper, dead))
    running.urls = list(running.stack.keeper_urls)
    return running


@pytest.fixture(scope="session")
async def shared_deal(running: Market) -> Deal:
    """A final, paid deal for tests that leave it as it is."""
    running.urls = list(running.stack.keeper_urls)
    return await running.paid_deal()
