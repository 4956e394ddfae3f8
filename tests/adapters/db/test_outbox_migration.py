"""Transactions from before attempts were kept apart stay followed, upwards and downwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from alembic import command
from alembic.config import Config
from eth_account import Account
from eth_utils.crypto import keccak
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

import fairsignal.adapters.db.engine as engine_module
from fairsignal.adapters.chain.outbox import Attempt, Intent, OutboxStatus
from fairsignal.adapters.db import DatabaseOutbox, open_engine

BEFORE, AFTER = "0006", "0007"
TO = "0x00000000000000000000000000000000000000B1"
ACCOUNT = Account.from_key(b"\1" * 32)
SENDER = ACCOUNT.address


@pytest.fixture
async def old(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(empty_database_url)
    await at(engine, BEFORE)
    yield engine
    await engine.dispose()


async def at(engine: AsyncEngine, revision: str, *, down: bool = False) -> None:
    def go(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(engine_module._MIGRATIONS))
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)

    async with engine.begin() as connection:
        await connection.run_sync(go)


def signed(nonce: int) -> bytes:
    transaction = {
        "type": 2,
        "chainId": 31337,
        "nonce": nonce,
        "to": TO,
        "value": 0,
        "data": b"data",
        "gas": 60_000,
        "maxPriorityFeePerGas": 3,
        "maxFeePerGas": 11,
    }
    return bytes(ACCOUNT.sign_transaction(transaction).raw_transaction)


def hash_of(nonce: int) -> str:
    return "0x" + keccak(signed(nonce)).hex()


async def put(engine: AsyncEngine, nonce: int, status: str, block: int) -> None:
    row = {
        "sender": SENDER,
        "nonce": nonce,
        "tx_hash": hash_of(nonce),
        "raw": signed(nonce),
        "status": status,
        "block": block,
        "gas_used": block * 1000,
    }
    insert = "INSERT INTO outbox VALUES (:sender, :nonce, 'grant', :tx_hash, :raw, :status, :block, :gas_used)"
    async with engine.begin() as connection:
        await connection.execute(text(insert), row)


async def rows(engine: AsyncEngine) -> list[tuple[object, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text("SELECT * FROM outbox ORDER BY nonce"))]


async def test_signed_transactions_go_on(old: AsyncEngine) -> None:
    for nonce, status, block in ((4, "mined", 8), (5, "dropped", 0), (6, "pending", 0)):
        await put(old, nonce, status, block)
    await at(old, AFTER)
    outbox = DatabaseOutbox(old)
    mined, pending = await outbox.watched(SENDER)
    assert (mined.nonce, mined.status, mined.tx_hash, mined.block) == (4, OutboxStatus.MINED, hash_of(4), 8)
    assert (pending.nonce, pending.status, pending.tx_hash) == (6, OutboxStatus.PENDING, "")
    assert pending.intent == Intent(SENDER, TO, b"data", 60_000, "grant", keccak(TO.encode() + b"data"))
    assert pending.attempts == (Attempt(0, hash_of(6), signed(6), 11, 3, 0, 0),)
    entry = await outbox.commit(replace(pending.intent, key=bytes(32)), least_nonce=0, room=None, once=False, now=1)
    assert entry is not None
    assert entry.nonce == 7


async def test_down_and_up_again_keeps_them(old: AsyncEngine) -> None:
    for nonce, status, block in ((4, "mined", 8), (5, "dropped", 0), (6, "pending", 0)):
        await put(old, nonce, status, block)
    before = await rows(old)
    await at(old, AFTER)
    await at(old, BEFORE, down=True)
    assert await rows(old) == before


async def test_down_keeps_the_newest_attempt_of_what_is_pending_and_the_mined_one(old: AsyncEngine) -> None:
    await put(old, 4, "mined", 8)
    await put(old, 6, "pending", 0)
    await at(old, AFTER)
    outbox = DatabaseOutbox(old)
    for nonce in (4, 6):
        await outbox.add_attempt(SENDER, nonce, Attempt(1, f"0x{nonce:064x}", b"again", 20, 5, 1, 1))
    await at(old, BEFORE, down=True)
    assert [row[3] for row in await rows(old)] == [hash_of(4), f"0x{6:064x}"]


async def test_down_refuses_to_lose_what_is_not_signed_yet(old: AsyncEngine) -> None:
    await at(old, AFTER)
    intent = Intent(SENDER, TO, b"", 21_000, "grant", bytes(32))
    await DatabaseOutbox(old).commit(intent, least_nonce=0, room=None, once=False, now=1)
    with pytest.raises(RuntimeError, match="not signed yet"):
        await at(old, BEFORE, down=True)
    assert len(await DatabaseOutbox(old).watched(SENDER)) == 1
