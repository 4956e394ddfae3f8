"""Epochs of metered uses, from the use log to people's money: real keepers sign, the contract books and pays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from fairsignal.adapters.chain.rpc import Rpc
from fairsignal.adapters.chain.settlements import RpcSettlementReader
from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from fairsignal.cli.settle import settle_all
from fairsignal.domain.campaign import split_price
from fairsignal.ports import EpochRow
from tests.e2e.actors import PRICE
from tests.e2e.settling import Metering, metering, settings_of

NOW = timedelta(0)
SHARE = split_price(PRICE).subject


@pytest.fixture
async def world(stack: Stack, api: ApiClient, wallets: list[Wallet]) -> AsyncIterator[Metering]:
    async with metering(stack, api, wallets[4]) as found:
        yield found


async def settled(stack: Stack) -> list[EpochRow]:
    """Everything up to now, final first."""
    await stack.chain.finalize()
    rows = await settle_all(settings_of(stack), NOW)
    await stack.chain.finalize()  # keepers sign an epoch once the one before is final
    return rows


async def test_uses_become_money_that_people_claim(world: Metering, stack: Stack, wallets: list[Wallet]) -> None:
    one, two = await world.person(), await world.person()
    terms = await world.campaign(uses=3)
    await world.uses(terms, [one, one, two])
    (row,) = await settled(stack)
    assert (row.state, row.uses, row.gross) == ("settled", 3, 3 * PRICE)
    assert row.total >= 3 * SHARE
    reader = RpcSettlementReader(Rpc(stack.chain.rpc_url), wallets[0].reader.deployment)
    books = await reader.books(world.operator)
    assert (books.epoch, books.root, books.total) == (row.epoch, row.root[:20], row.total)
    assert await reader.escrows(world.operator, [terms.id]) == [0]
    assert await settle_all(settings_of(stack), NOW) == []


async def test_a_use_whose_consent_does_not_hold_on_the_final_chain_is_neither_charged_nor_paid(
    world: Metering, stack: Stack
) -> None:
    person = await world.person()
    terms = await world.campaign(uses=2)
    good = await world.use(terms, person)
    await world.api.post("/v1/consents/relay-revocation", await person.revocation_body(world.operator))
    late = await world.use(terms, person)
    (row,) = await settled(stack)
    assert (row.uses, row.gross) == (1, PRICE)
    async with world.units() as work:
        assert await work.use_log.voided(row.epoch) == {late.use_id: "no-consent"}
        assert await work.use_log.voided_among([good.use_id]) == {}
