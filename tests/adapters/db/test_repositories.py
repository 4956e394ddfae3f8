"""Repositories and the unit of work, on both databases."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db import SqlUnitOfWork, migrate, open_engine, unit_of_work_factory
from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.errors import BadInput, Conflict, Unavailable
from fairsignal.ports import ProfileRow, UseRow, VoucherRow

Units = Callable[[], AbstractAsyncContextManager[SqlUnitOfWork]]

SUBJECT = "0x00000000000000000000000000000000000000B1"
TERMS = CampaignTerms(
    advertiser="0x00000000000000000000000000000000000000AD",
    operator="0x00000000000000000000000000000000000000A1",
    purpose=1,
    categories=(1 << 112) - 1,
    price_per_use=(1 << 96) - 1,
    ends_at=(1 << 40) - 1,
    salt=(1 << 47) - 1,
)
PROFILE = ProfileRow(
    subject=SUBJECT,
    version=3,
    digest=b"\7" * 32,
    cid="bafkrei",
    categories=(1 << 112) - 1,
    manifest=b"manifest",
    deposits=(b"one", b"two"),
)
USE = UseRow(key="key-0001", campaign=b"\1" * 32, subject=SUBJECT, category=4, use_index=0)


@pytest.fixture
def units(engine: AsyncEngine) -> Units:
    return unit_of_work_factory(engine)


async def test_migrating_twice_is_harmless(engine: AsyncEngine) -> None:
    await migrate(engine)


async def test_sqlite_writes_ahead_and_syncs(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'backend.db'}")
    async with engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == 2
    await engine.dispose()


async def test_rows_survive_with_their_widest_values(units: Units) -> None:
    async with units() as work:
        await work.profiles.save(PROFILE)
        await work.vouchers.save(VoucherRow(TERMS, 20, b"signature"))
        await work.uses.save(USE)
    async with units() as work:
        assert await work.profiles.get(SUBJECT) == PROFILE
        assert await work.profiles.many([SUBJECT, TERMS.operator]) == {SUBJECT: PROFILE}
        assert await work.vouchers.get(TERMS.id) == VoucherRow(TERMS, 20, b"signature")
        assert await work.uses.get(USE.key) == USE


async def test_failed_unit_leaves_nothing(units: Units) -> None:
    async def fail_halfway() -> None:
        async with units() as work:
            await work.profiles.save(PROFILE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_halfway()
    async with units() as work:
        assert await work.profiles.get(SUBJECT) is None


async def test_unfinished_profiles_are_those_not_attested_or_with_a_keeper_to_go(units: Units) -> None:
    async with units() as work:
        await work.profiles.save(PROFILE)
        assert [row.subject for row in await work.profiles.unfinished()] == [SUBJECT]
        await work.profiles.save(dataclasses.replace(PROFILE, attested=True))
        assert [row.subject for row in await work.profiles.unfinished()] == [SUBJECT]
        await work.profiles.save(dataclasses.replace(PROFILE, deposits=()))
        assert [row.subject for row in await work.profiles.unfinished()] == [SUBJECT]
        await work.profiles.save(dataclasses.replace(PROFILE, attested=True, deposits=()))
        assert await work.profiles.unfinished() == []


async def test_two_keys_never_share_an_index(units: Units) -> None:
    async with units() as work:
        await work.uses.save(USE)
    with pytest.raises(Conflict):
        async with units() as work:
            await work.uses.save(dataclasses.replace(USE, key="key-0002"))


async def test_next_index_is_past_chain_and_database(units: Units) -> None:
    async with units() as work:
        assert await work.uses.next_index(USE.campaign, 5) == 5
        await work.uses.save(dataclasses.replace(USE, use_index=8))
        assert await work.uses.next_index(USE.campaign, 5) == 9
        assert [row.use_index for row in await work.uses.unfinished(USE.campaign)] == [8]
        await work.uses.forget(USE.key)
        assert await work.uses.next_index(USE.campaign, 5) == 5


def test_database_url_is_checked() -> None:
    with pytest.raises(BadInput, match="FAIRSIGNAL_DATABASE_URL"):
        open_engine("not a url")


async def test_unreachable_database_is_unavailable() -> None:
    engine = open_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable, match="database"):
        await migrate(engine)
    await engine.dispose()
