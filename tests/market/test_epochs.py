"""Closing and building epochs from a real database, on a made-up chain and into a real blob store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db import unit_of_work_factory
from fairsignal.domain.campaign import split_price
from fairsignal.domain.chain_events import At, RevokedAll
from fairsignal.domain.chain_record import ChainRecord
from fairsignal.domain.errors import BadInput, IntegrityError
from fairsignal.domain.log_index import parse_index
from fairsignal.domain.log_keys import LogKeys
from fairsignal.epochs.check import check_epoch
from fairsignal.epochs.previous import check_continues, read_previous_books
from fairsignal.epochs.read import Books, LogReader
from fairsignal.market import close_epoch
from fairsignal.market.build_epoch import EpochBuilder
from fairsignal.market.close_epoch import EpochCloser
from fairsignal.ports import BlockRef, EpochRow, LoggedUse, UnitOfWorkFactory
from tests.epochs.world import DECIMALS, MARKET, OPERATOR, Times, World, address, block_time

NOW = timedelta(0)
KEY = b"\7" * 32


@dataclass
class Head:
    """The part of ``ports.ChainReader`` that closing asks."""

    latest: int
    final: int
    chain_id: int = 31337

    async def head(self, tag: str = "latest") -> BlockRef:
        number = self.latest if tag == "latest" else self.final
        return BlockRef(number, block_time(number))


class Followed:
    """The made-up chain's record, as ``ChainFollower`` gives it."""

    def __init__(self, record: ChainRecord) -> None:
        self._record = record

    async def upto(self, block: int) -> ChainRecord:
        return self._record


@dataclass
class Escrows:
    """The part of ``ports.SettlementReader`` that building asks."""

    by_campaign: dict[bytes, int] = field(default_factory=dict)

    async def escrows(self, operator: str, campaigns: Sequence[bytes]) -> list[int]:
        return [self.by_campaign.get(campaign, 1 << 90) for campaign in campaigns]


@dataclass
class Operator:
    """One operator's database with the parts that settle it."""

    world: World
    units: UnitOfWorkFactory
    head: Head
    escrows: Escrows
    closer: EpochCloser
    builder: EpochBuilder

    async def log(self, uses: dict[bytes, list[LoggedUse]]) -> None:
        async with self.units() as work:
            for found in uses.values():
                for use in found:
                    await work.use_log.add(use)

    def uses(self, seed: int, count: int, first: int, last: int, people: int = 0) -> dict[bytes, list[LoggedUse]]:
        """Uses as confirmations leave them."""
        return {
            subject: [
                LoggedUse(
                    use_id=use.use_id,
                    campaign=self.world.campaigns[use.campaign].id,
                    subject=address(subject),
                    category=use.category,
                    block=use.block,
                    block_time=block_time(use.block),
                    price=self.world.campaigns[use.campaign].price_per_use,
                    share=split_price(self.world.campaigns[use.campaign].price_per_use).subject,
                    consent_version=1,
                    confirmed_at=block_time(use.block),
                )
                for use in found
            ]
            for subject, found in self.world.random_uses(seed, count, first, last, people).items()
        }

    async def close(self) -> EpochRow:
        row = await self.closer.close(NOW)
        assert row is not None
        return row

    async def settled(self, row: EpochRow) -> None:
        """As ``Settler`` leaves it."""
        async with self.units() as work:
            await work.epochs.save(replace(row, state="settled"))

    async def check(self, row: EpochRow, previous: EpochRow | None = None) -> None:
        """What a keeper does: it finds nothing."""
        index = parse_index(row.index)
        keys = LogKeys(row.log_key, index.context)
        books, before = Books(), None
        if previous is not None:
            before = parse_index(previous.index)
            books = await read_previous_books(self.world.blobs, index, keys, before, previous.root)
        assert check_continues(index, before, previous.log_digest if previous else bytes(32)) == []
        log = LogReader(self.world.blobs, index, keys)
        report = await check_epoch(log, books, chain=self.world.chain, times=Times(), decimals=DECIMALS)
        assert report.violations == []


@pytest.fixture
async def operator(engine: AsyncEngine, tmp_path: Path) -> Operator:
    world, head, escrows = World(tmp_path), Head(250, 200), Escrows()
    units = unit_of_work_factory(engine)
    closer = EpochCloser(
        units=units,
        reader=head,  # type: ignore[arg-type]  # nothing else of it is asked
        times=Times(),
        market=MARKET,
        operator=OPERATOR,
        start_block=1,
        auditors=[],
    )
    builder = EpochBuilder(
        units=units,
        blobs=world.blobs,
        chain=Followed(world.chain),  # type: ignore[arg-type]
        times=Times(),
        settlements=escrows,  # type: ignore[arg-type]
        decimals=DECIMALS,
        chain_id=31337,
        market=MARKET,
        operator=OPERATOR,
        scratch=tmp_path / "scratch",
    )
    return Operator(world, units, head, escrows, closer, builder)


async def test_epochs_one_after_the_other_are_what_keepers_sign(operator: Operator) -> None:
    await operator.log(operator.uses(1, 300, 10, 200))
    one = (await operator.builder.build(await operator.close())).row
    assert (one.epoch, one.from_block, one.to_block, one.uses) == (1, 1, 200, 300)
    await operator.check(one)
    await operator.settled(one)

    await operator.log(operator.uses(2, 50, 201, 230, people=10))
    operator.head.final = operator.head.latest = 230
    two = (await operator.builder.build(await operator.close())).row
    assert (two.epoch, two.from_block, two.to_block, two.uses) == (2, 200, 230, 50)
    assert two.total > one.total
    await operator.check(two, one)


async def test_a_log_that_is_built_again_is_the_same_to_the_byte(operator: Operator) -> None:
    await operator.log(operator.uses(1, 100, 10, 200))
    row = await operator.close()
    first, second = await operator.builder.build(row), await operator.builder.build(row)
    assert first.row == second.row


async def test_uses_that_break_a_rule_on_the_final_chain_are_voided_and_the_rest_is_settled(operator: Operator) -> None:
    uses = operator.uses(1, 100, 10, 200)
    subject = next(iter(uses))
    operator.world.chain.apply(RevokedAll(At(5, block_time(5), 0, bytes(32)), subject))
    await operator.log(uses)
    built = await operator.builder.build(await operator.close())
    assert built.voided == {use.use_id: "no-consent" for use in uses[subject]}
    assert built.row.uses == 100 - len(uses[subject])
    await operator.check(built.row)


async def test_the_newest_uses_beyond_an_escrow_are_voided(operator: Operator) -> None:
    uses = operator.uses(1, 100, 10, 200)
    await operator.log(uses)
    terms = operator.world.campaigns[0]
    mine = [use for found in uses.values() for use in found if use.campaign == terms.id]
    operator.escrows.by_campaign[terms.id] = (len(mine) - 3) * terms.price_per_use + 1
    built = await operator.builder.build(await operator.close())
    newest = sorted(mine, key=lambda use: (use.block, use.use_id))[-3:]
    assert built.voided == {use.use_id: "budget-exhausted" for use in newest}
    assert built.row.uses == 97
    await operator.check(built.row)


async def test_an_epoch_all_of_whose_uses_are_voided_pays_nobody(operator: Operator) -> None:
    uses = operator.uses(1, 10, 10, 200, people=1)
    operator.world.chain.apply(RevokedAll(At(5, block_time(5), 0, bytes(32)), next(iter(uses))))
    await operator.log(uses)
    built = await operator.builder.build(await operator.close())
    assert (built.row.uses, built.row.gross, built.row.total, built.row.root) == (0, 0, 0, bytes(32))
    await operator.check(built.row)


async def test_no_epoch_begins_before_the_last_one_is_settled(operator: Operator) -> None:
    await operator.log(operator.uses(1, 10, 10, 200))
    await operator.close()
    await operator.log(operator.uses(2, 10, 201, 230))
    operator.head.final = operator.head.latest = 230
    with pytest.raises(IntegrityError) as refusal:
        await operator.builder.build(await operator.close())
    assert refusal.value.code == "epoch-lost"


async def test_only_final_blocks_that_are_old_enough_are_closed(operator: Operator) -> None:
    await operator.log(operator.uses(1, 100, 10, 240))
    # The head is block 250, twelve seconds a block: sixty blocks are 720 seconds.
    row = await operator.closer.close(timedelta(seconds=720))
    assert row is not None
    assert row.to_block == 190
    assert await operator.closer.close(timedelta(seconds=720)) is None
    later = await operator.closer.close(NOW)
    assert later is not None
    assert (later.from_block, later.to_block) == (190, 200), "what is not final waits"


async def test_nothing_is_closed_without_uses(operator: Operator) -> None:
    assert await operator.closer.close(NOW) is None
    await operator.log(operator.uses(1, 5, 201, 240))
    assert await operator.closer.close(NOW) is None


async def test_an_epoch_ends_before_its_campaigns_become_too_many(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(close_epoch, "MAX_CAMPAIGNS", 2)
    uses = operator.uses(1, 200, 10, 200)
    await operator.log(uses)
    first = {
        terms.id: min(use.block for found in uses.values() for use in found if use.campaign == terms.id)
        for terms in operator.world.campaigns
    }
    row = await operator.close()
    assert row.to_block == max(first.values()) - 1


async def test_more_campaigns_in_one_block_than_a_settlement_holds_are_an_error(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(close_epoch, "MAX_CAMPAIGNS", 2)
    await operator.log(operator.uses(1, 50, 10, 10))
    operator.closer = replace(operator.closer, start_block=9)
    with pytest.raises(BadInput) as refusal:
        await operator.close()
    assert refusal.value.code == "epoch-too-large"
