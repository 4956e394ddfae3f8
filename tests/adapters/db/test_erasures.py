"""Erasures on both databases, and what it takes for something deleted to be gone."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db import SqlUnitOfWork, migrate, open_engine, scrubber, unit_of_work_factory
from fairsignal.adapters.db import engine as engine_module
from fairsignal.domain.errors import Refused
from fairsignal.ports import ErasureReplica, ErasureRow, ErasureState, ProfileRow

Units = Callable[[], AbstractAsyncContextManager[SqlUnitOfWork]]

SUBJECT = "0x00000000000000000000000000000000000000B1"
OTHER = "0x00000000000000000000000000000000000000B2"
PROFILE = ProfileRow(
    subject=SUBJECT, version=3, digest=b"\7" * 32, cid="bafkrei3", categories=1, manifest=b"m" * 64, deposits=(b"one",)
)
WIDEST = ErasureReplica(
    name="keeper:255",
    state="refused",
    attempts=(1 << 31) - 1,
    error="no-erasure-request",
    next_try_at=(1 << 40) - 1,
    erased_at=(1 << 40) - 1,
    receipt=b"\xff" * 65,
)


@pytest.fixture
def units(engine: AsyncEngine) -> Units:
    return unit_of_work_factory(engine)


async def test_rows_come_back_with_their_widest_values(units: Units) -> None:
    row = ErasureRow(SUBJECT, (1 << 40) - 1, "confirmed", (1 << 40) - 1, "0x" + "ab" * 32)
    async with units() as work:
        await work.erasures.save(row)
        await work.erasures.save_replica(SUBJECT, WIDEST)
        await work.erasures.save_replica(SUBJECT, ErasureReplica("database"))
        await work.erasures.set_read_to((1 << 53) - 1)
    async with units() as work:
        assert await work.erasures.get(SUBJECT) == row
        assert await work.erasures.replicas(SUBJECT) == [ErasureReplica("database"), WIDEST]
        assert await work.erasures.replicas(OTHER) == []
        assert await work.erasures.read_to() == (1 << 53) - 1
        await work.erasures.forget(SUBJECT)
        assert await work.erasures.get(SUBJECT) is None
        assert await work.erasures.replicas(SUBJECT) == []


async def test_unfinished_are_those_not_closed_oldest_first(units: Units) -> None:
    async with units() as work:
        assert await work.erasures.read_to() == 0
        await work.erasures.save(ErasureRow(SUBJECT, 20))
        await work.erasures.save(ErasureRow(OTHER, 10, "confirmed"))
        await work.erasures.save(ErasureRow("0xC105ed0000000000000000000000000000000000", 1, "closed"))
        assert [row.subject for row in await work.erasures.unfinished()] == [OTHER, SUBJECT]


@pytest.mark.parametrize("state", ["requested", "erasing", "erased", "confirmed"])
async def test_database_takes_no_profile_while_an_erasure_is_open(units: Units, state: ErasureState) -> None:
    async with units() as work:
        await work.profiles.save(PROFILE)
        await work.erasures.save(ErasureRow(SUBJECT, 10, state))
    with pytest.raises(Refused) as caught:
        async with units() as work:
            await work.profiles.save(dataclasses.replace(PROFILE, version=4, cid="bafkrei4"))
    assert caught.value.code == "erasure-open"
    async with units() as work:
        assert await work.profiles.many([SUBJECT]) == {}
        await work.erasures.save(ErasureRow(SUBJECT, 10, "closed"))
        await work.profiles.save(dataclasses.replace(PROFILE, version=4, cid="bafkrei4"))
        assert list(await work.profiles.many([SUBJECT])) == [SUBJECT]


async def test_cids_of_replaced_versions_are_remembered_until_they_are_forgotten(units: Units) -> None:
    async with units() as work:
        await work.profiles.save(PROFILE)
        await work.profiles.save(dataclasses.replace(PROFILE, stored=True))
        await work.profiles.save(dataclasses.replace(PROFILE, version=4, cid="bafkrei4"))
        await work.profiles.save(dataclasses.replace(PROFILE, subject=OTHER, cid="bafkrei5"))
    async with units() as work:
        await work.profiles.forget(SUBJECT)
        assert await work.profiles.get(SUBJECT) is None
        assert await work.profiles.cids(SUBJECT) == ["bafkrei3", "bafkrei4"]
        await work.profiles.forget_cids(SUBJECT)
        assert await work.profiles.cids(SUBJECT) == []
        assert await work.profiles.cids(OTHER) == ["bafkrei5"]


def is_in_files(directory: Path, secret: bytes) -> bool:
    return any(secret in path.read_bytes() for path in directory.iterdir())


async def test_nothing_deleted_is_left_in_any_file(sqlite_template: Path, tmp_path: Path) -> None:
    secret = b"a manifest that is long enough to be looked for"
    shutil.copy(sqlite_template, tmp_path / "backend.db")
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'backend.db'}")
    units = unit_of_work_factory(engine)
    async with units() as work:
        await work.profiles.save(dataclasses.replace(PROFILE, manifest=secret))
    async with units() as work:
        await work.profiles.forget(SUBJECT)
    scrub = scrubber(engine)
    assert is_in_files(tmp_path, secret)
    await scrub()
    assert not is_in_files(tmp_path, secret)
    await engine.dispose()


async def test_profiles_from_before_have_their_newest_cid_remembered(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}")

    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(engine_module._MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")

    insert = text(
        "INSERT INTO profiles VALUES (:subject, 1, :digest, 'bafkrei1', '1', :manifest, '[]', true, '[]', true)"
    )
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
        await connection.execute(insert, {"subject": SUBJECT, "digest": bytes(32), "manifest": b"manifest"})
    await migrate(engine)
    async with unit_of_work_factory(engine)() as work:
        assert await work.profiles.cids(SUBJECT) == ["bafkrei1"]
    await engine.dispose()
