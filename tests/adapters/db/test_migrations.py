"""Migrations go up and down on both databases, and end at the tables that the code declares."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db import current_revision, downgrade, migrate, open_engine
from fairsignal.adapters.db.tables import Base
from fairsignal.domain.errors import BadInput


@pytest.fixture
async def empty(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(empty_database_url)
    yield engine
    await engine.dispose()


async def tables(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_migrated_tables_are_those_that_the_code_declares(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_every_migration_goes_down_and_up_again(empty: AsyncEngine) -> None:
    assert await current_revision(empty) is None
    await migrate(empty)
    newest, all_tables = await current_revision(empty), await tables(empty)
    assert newest is not None
    while (revision := await current_revision(empty)) is not None:
        await downgrade(empty, "-1")
        assert await current_revision(empty) != revision
    assert await tables(empty) == {"alembic_version"}
    await migrate(empty)
    assert (await current_revision(empty), await tables(empty)) == (newest, all_tables)


async def test_unknown_revision_is_refused(engine: AsyncEngine) -> None:
    with pytest.raises(BadInput) as caught:
        await downgrade(engine, "7777")
    assert caught.value.code == "unknown-revision"
    assert "db current" in caught.value.remedy
