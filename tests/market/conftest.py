"""Five honest keepers, fresh for each test."""

from __future__ import annotations

import dataclasses

import pytest

from tests.market.keepers import Market
from tests.market.lies import MARKET


@pytest.fixture
def market() -> Market:
    keepers = [dataclasses.replace(keeper, shares=dict(keeper.shares)) for keeper in MARKET.keepers]
    client = dataclasses.replace(MARKET.client, keepers=[(keeper.signer.address, keeper) for keeper in keepers])
    fresh = Market(keepers, dataclasses.replace(MARKET.chain), dataclasses.replace(MARKET.blobs), client)
    fresh.client = dataclasses.replace(client, reader=fresh.chain.reader, blobs=fresh.blobs)
    return fresh
