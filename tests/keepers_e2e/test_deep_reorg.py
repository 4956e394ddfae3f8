"""A reorg deeper than a chain promises. On a stack of its own: the backend's indexer stops for good, as it must."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.keepers_e2e.conftest import running_market
from tests.keepers_e2e.deals import RELEASED, Market, refused
from tests.keepers_e2e.test_reorg import paid_in, reorg_out_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Market]:
    async with running_market(tmp_path_factory.mktemp("deep-reorg")) as market:
        yield market


async def test_payment_that_a_reorg_removes_after_it_was_final_opens_nothing_more(market: Market) -> None:
    """A keeper still believes only what its node says now."""
    deal = await market.deal()
    await market.stack.chain.finalize()
    await market.pay(deal)
    await market.stack.chain.finalize()
    request = await deal.request()
    again = await deal.request()
    assert await market.answers(request) == RELEASED
    await reorg_out_of(market, await paid_in(deal))
    assert await market.answers(again) == refused("not-paid")
