"""API keys: who gets in, for what, and until when. On SQLite; the repository's own tests run on both databases."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from fairsignal.access.api_keys import CACHE_SECONDS, KeyGate, create_key, revoke_key, rotate_key
from fairsignal.adapters.db import open_engine, unit_of_work_factory
from fairsignal.domain.access import Scope, parse_scopes
from fairsignal.domain.errors import BadInput, NotFound, Refused, Unauthenticated
from fairsignal.ports import ApiKeyRow, UnitOfWorkFactory

NOW = 1_800_000_000
DAY = 86_400


class Clock:
    """Time that tests move."""

    time = NOW

    def now(self) -> int:
        return self.time


@pytest.fixture
async def units(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[UnitOfWorkFactory]:
    shutil.copy(sqlite_template, tmp_path / "backend.db")
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'backend.db'}")
    yield unit_of_work_factory(engine)
    await engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def a_key(units: UnitOfWorkFactory, *scopes: Scope, lifetime: timedelta | None = None) -> tuple[ApiKeyRow, str]:
    return await create_key(units, NOW, label="ads", scopes=scopes or ("uses",), lifetime=lifetime)


async def refused(gate: KeyGate, secret: str | None, scope: Scope = "uses") -> str:
    with pytest.raises((Unauthenticated, Refused)) as caught:
        await gate.authorise(secret, scope)
    return caught.value.code


async def test_a_key_opens_its_scopes_only(units: UnitOfWorkFactory, clock: Clock) -> None:
    gate = KeyGate(units, clock, keyless=False)
    row, secret = await a_key(units, "uses", "metrics")
    assert [await gate.authorise(secret, "uses"), await gate.authorise(secret, "metrics")] == [row.id, row.id]
    assert await refused(gate, secret, "admin") == "scope-missing"


async def test_without_a_key_nobody_gets_in(units: UnitOfWorkFactory, clock: Clock) -> None:
    assert await refused(KeyGate(units, clock, keyless=False), None) == "api-key-needed"


async def test_only_the_secret_itself_gets_in(units: UnitOfWorkFactory, clock: Clock) -> None:
    gate = KeyGate(units, clock, keyless=False)
    row, secret = await a_key(units)
    other, _ = await a_key(units)
    for wrong in ("", "x", row.id, row.digest.hex(), secret[:-1], secret + "x", secret.swapcase()):
        assert await refused(gate, wrong) == "api-key-unknown"
    assert await refused(gate, secret.replace(row.id, other.id)) == "api-key-unknown"


async def test_on_a_local_chain_everybody_gets_in_until_there_is_a_key(units: UnitOfWorkFactory, clock: Clock) -> None:
    gate = KeyGate(units, clock, keyless=True)
    assert await gate.authorise(None, "admin") == ""
    row, secret = await a_key(units)
    clock.time += CACHE_SECONDS
    assert await refused(gate, None) == "api-key-needed"
    assert await gate.authorise(secret, "uses") == row.id
    await revoke_key(units, clock.time, row.id)
    clock.time += CACHE_SECONDS
    assert await refused(gate, None) == "api-key-needed"


async def test_a_wrong_key_is_refused_where_none_is_asked_for(units: UnitOfWorkFactory, clock: Clock) -> None:
    assert await refused(KeyGate(units, clock, keyless=True), "wrong") == "api-key-unknown"


async def test_an_expired_key_is_refused(units: UnitOfWorkFactory, clock: Clock) -> None:
    gate = KeyGate(units, clock, keyless=False)
    row, secret = await a_key(units, lifetime=timedelta(days=1))
    clock.time += DAY - 1
    assert await gate.authorise(secret, "uses") == row.id
    clock.time += 1
    assert await refused(gate, secret) == "api-key-unknown"


async def test_a_revoked_key_is_refused_within_seconds(units: UnitOfWorkFactory, clock: Clock) -> None:
    gate = KeyGate(units, clock, keyless=False)
    row, secret = await a_key(units)
    await gate.authorise(secret, "uses")
    await revoke_key(units, NOW, row.id)
    clock.time += CACHE_SECONDS
    assert await refused(gate, secret) == "api-key-unknown"


async def test_a_rotated_key_is_valid_for_the_grace(units: UnitOfWorkFactory, clock: Clock) -> None:
    gate = KeyGate(units, clock, keyless=False)
    old, old_secret = await a_key(units, "chats", "uses")
    new, new_secret = await rotate_key(units, NOW, old.id, grace=timedelta(hours=1), lifetime=None)
    assert (new.label, new.scopes, new.expires_at) == (old.label, old.scopes, 0)
    assert [await gate.authorise(key, "chats") for key in (old_secret, new_secret)] == [old.id, new.id]
    clock.time += 3_600
    assert await refused(gate, old_secret) == "api-key-unknown"
    assert await gate.authorise(new_secret, "chats") == new.id


async def test_rotation_does_not_lengthen_a_keys_life(units: UnitOfWorkFactory, clock: Clock) -> None:
    old, _ = await a_key(units, lifetime=timedelta(minutes=1))
    await rotate_key(units, NOW, old.id, grace=timedelta(hours=1), lifetime=None)
    async with units() as work:
        kept = await work.api_keys.get(old.id)
    assert kept is not None
    assert kept.expires_at == NOW + 60


async def test_a_key_that_ended_cannot_be_rotated(units: UnitOfWorkFactory) -> None:
    row, _ = await a_key(units)
    await revoke_key(units, NOW, row.id)
    for key_id in (row.id, "ffffffffffff"):
        with pytest.raises(NotFound) as caught:
            await rotate_key(units, NOW, key_id, grace=timedelta(0), lifetime=None)
        assert caught.value.code == "no-such-key"


async def test_the_day_of_the_last_use_is_noted(units: UnitOfWorkFactory, clock: Clock) -> None:
    gate = KeyGate(units, clock, keyless=False)
    row, secret = await a_key(units)
    for days in (0, 2):
        clock.time = NOW + days * DAY
        await gate.authorise(secret, "uses")
        async with units() as work:
            kept = await work.api_keys.get(row.id)
        assert kept is not None
        assert kept.last_used_day == NOW // DAY + days


async def test_the_database_holds_no_secret(units: UnitOfWorkFactory, tmp_path: Path) -> None:
    row, secret = await a_key(units)
    stored = b"".join((tmp_path / f"backend.db{end}").read_bytes() for end in ("", "-wal"))
    assert row.id.encode() in stored
    assert secret.encode() not in stored
    assert secret.rsplit("_", 1)[1].encode() not in stored


def test_scopes_that_do_not_exist_are_refused() -> None:
    for wrong in ([], ["everything"], ["uses", "Uses"]):
        with pytest.raises(BadInput) as caught:
            parse_scopes(wrong)
        assert caught.value.code == "unknown-scope"
    assert parse_scopes(["uses", "chats", "uses"]) == ("chats", "uses")
