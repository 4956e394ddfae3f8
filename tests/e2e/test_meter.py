"""The meter on a real chain: one key is one paid use, whatever is slow, retried or reorganised."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from fairsignal.adapters.chain import LocalSigner, MemoryOutbox, OutboxChainWriter, Timings, connect, load_deployment
from fairsignal.adapters.db import migrate, open_engine, unit_of_work_factory
from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.local_stack import Stack
from fairsignal.domain.campaign import CampaignTerms, split_price, voucher_message
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import ConsentTerms, Purpose, categories_mask, lane_of
from fairsignal.domain.errors import Refused, Unavailable
from fairsignal.market.meter import Meter
from fairsignal.ports import DayRoom, ProfileRow, UnitOfWorkFactory, VoucherRow
from tests.e2e.actors import DAY, PRICE

TRAVEL = BY_SLUG["travel"].bit


@dataclass
class Scene:
    """An operator of its own, one person with a signal, one open campaign."""

    meter: Meter
    terms: CampaignTerms
    person: Wallet
    units: UnitOfWorkFactory

    async def earned(self) -> int:
        return (await self.person.reader.credit_of(self.person.address, lane_of(self.terms.operator, 1)))[0]

    async def record(self, key: str) -> int:
        return (await self.meter.record(key, self.terms.id, self.person.address, TRAVEL, self.room)).use_index

    @property
    def room(self) -> DayRoom:
        return DayRoom(self.person.address, self.terms.lane, int(time.time()) // DAY, 50)


@pytest.fixture
async def scene(stack: Stack, wallets: list[Wallet], tmp_path: Path) -> AsyncIterator[Scene]:
    deployment = load_deployment(stack.chain.deployment)
    rpc = await connect(stack.chain.rpc_url, deployment.chain_id)
    operator = LocalSigner(secrets.token_bytes(32))
    await stack.chain.rpc("anvil_setBalance", operator.address, hex(10**18))
    writer = OutboxChainWriter(rpc, deployment, operator, MemoryOutbox(), timings=Timings(mining=timedelta(seconds=2)))
    await writer.register_operator(operator.address, "")
    person, buyer = wallets[8], wallets[9]
    now = (await person.reader.head()).timestamp
    consent = ConsentTerms(operator.address, Purpose.AD_TARGETING, categories_mask(["travel"]), 0, 50, now + DAY)
    await person.writer.grant(consent)
    terms = CampaignTerms(buyer.address, operator.address, 1, consent.categories, PRICE, now + DAY, 1)
    await buyer.writer.mint(buyer.address, 20 * PRICE)
    await buyer.writer.approve(deployment.signal_market, 20 * PRICE)
    await buyer.writer.open_campaign(terms, 20 * PRICE)
    voucher = voucher_message(deployment.chain_id, deployment.signal_market, terms.id, 20)
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'backend.db'}")
    await migrate(engine)
    units = unit_of_work_factory(engine)
    async with units() as work:
        await work.vouchers.save(VoucherRow(terms, 20, buyer.signer.sign_typed(voucher)))
        profile = ProfileRow(person.address, 1, b"\1" * 32, "bafk", 1 << TRAVEL, b"", (), attested=True)
        await work.profiles.save(profile)
    yield Scene(Meter(person.reader, writer, units), terms, person, units)
    await engine.dispose()
    await rpc.close()


async def test_slow_mining_and_retries_pay_once(scene: Scene, stack: Stack) -> None:
    await stack.chain.rpc("evm_setAutomine", False)
    try:
        for _ in range(2):
            with pytest.raises(Unavailable):
                await scene.record("slow-0001")
        await stack.chain.rpc("anvil_mine", "0x1")
    finally:
        await stack.chain.rpc("evm_setAutomine", True)
    assert await scene.record("slow-0001") == 0
    assert await scene.record("slow-0001") == 0
    assert await scene.earned() == split_price(PRICE).subject
    assert await scene.record("slow-0002") == 1


async def test_use_that_a_reorg_took_back_is_recorded_again(scene: Scene, stack: Stack) -> None:
    snapshot = await stack.chain.rpc("evm_snapshot")
    assert await scene.record("reorg-0001") == 0
    assert await scene.record("reorg-0002") == 1
    await stack.chain.rpc("evm_revert", snapshot)
    assert await scene.earned() == 0
    assert await scene.record("reorg-0003") == 2
    assert await scene.earned() == 3 * split_price(PRICE).subject


async def test_subject_without_a_signal_cannot_be_used(scene: Scene) -> None:
    with pytest.raises(Refused) as caught:
        await scene.meter.record("none-0001", scene.terms.id, scene.terms.advertiser, TRAVEL, scene.room)
    assert caught.value.code == "no-signal"
