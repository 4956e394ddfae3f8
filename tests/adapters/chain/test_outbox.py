"""What every outbox promises, in memory and in both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain.outbox import Attempt, Intent, Outbox, OutboxEntry, OutboxStatus
from fairsignal.adapters.db import DatabaseOutbox, open_engine

SENDER, OTHER, TO = (f"0x00000000000000000000000000000000000000{end}" for end in ("A1", "A2", "A3"))


def intent(number: int = 0, sender: str = SENDER) -> Intent:
    return Intent(sender, TO, b"data" * number, 50_000, "count", number.to_bytes(32))


def attempt(number: int = 0, mark: int = 0) -> Attempt:
    return Attempt(number, f"0x{number:032x}{mark:032x}", bytes((number, mark)), (1 << 62) + number, 7, 1000, 12)


async def commit(outbox: Outbox, number: int = 0, *, sender: str = SENDER, least: int = 0) -> OutboxEntry:
    entry = await outbox.commit(intent(number, sender), least_nonce=least, room=None, once=False, now=500)
    assert entry is not None
    return entry


async def test_nonces_count_up_per_sender_and_never_below_the_chains(outbox: Outbox) -> None:
    assert [(await commit(outbox, n)).nonce for n in range(3)] == [0, 1, 2]
    assert (await commit(outbox, sender=OTHER, least=7)).nonce == 7
    assert (await commit(outbox, 3, least=9)).nonce == 9
    assert (await commit(outbox, 4, least=2)).nonce == 10


async def test_entry_comes_back_whole(outbox: Outbox) -> None:
    entry = await commit(outbox, 3)
    await outbox.add_attempt(SENDER, entry.nonce, attempt(0))
    await outbox.add_attempt(SENDER, entry.nonce, attempt(1))
    found = await outbox.get(SENDER, entry.nonce)
    assert found == OutboxEntry(intent(3), entry.nonce, 500, attempts=(attempt(0), attempt(1)))
    assert await outbox.watched(SENDER) == [found]
    assert await outbox.watched(OTHER) == []


async def test_first_attempt_of_a_number_counts(outbox: Outbox) -> None:
    entry = await commit(outbox)
    await outbox.add_attempt(SENDER, entry.nonce, attempt(0, mark=1))
    stored = await outbox.add_attempt(SENDER, entry.nonce, attempt(0, mark=2))
    assert stored.attempts == (attempt(0, mark=1),)


async def test_same_key_is_committed_once_while_pending(outbox: Outbox) -> None:
    async def once(number: int) -> int:
        entry = await outbox.commit(intent(number), least_nonce=0, room=None, once=True, now=1)
        assert entry is not None
        return entry.nonce

    assert [await once(1), await once(2), await once(1)] == [0, 1, 0]
    found = await outbox.on_its_way(SENDER, intent(1).key)
    assert found is not None
    assert await outbox.on_its_way(OTHER, intent(1).key) is None
    await outbox.note(replace(found, status=OutboxStatus.MINED, tx_hash="0x1", block=3))
    assert await outbox.on_its_way(SENDER, intent(1).key) is None
    assert await once(1) == 2


async def test_no_room_commits_nothing(outbox: Outbox) -> None:
    first = await commit(outbox, 1)
    await commit(outbox, 2)
    assert await outbox.commit(intent(3), least_nonce=0, room=2, once=False, now=1) is None
    assert len(await outbox.watched(SENDER)) == 2
    await outbox.note(replace(first, status=OutboxStatus.MINED))
    entry = await outbox.commit(intent(3), least_nonce=0, room=2, once=False, now=1)
    assert entry is not None
    assert entry.nonce == 2


async def test_final_entry_never_changes_again(outbox: Outbox) -> None:
    entry = await commit(outbox)
    await outbox.add_attempt(SENDER, entry.nonce, attempt())
    mined = replace(entry, status=OutboxStatus.MINED, final=True, tx_hash="0xabc", block=9, gas_used=21)
    await outbox.note(mined)
    await outbox.note(replace(entry, status=OutboxStatus.PENDING))
    assert await outbox.get(SENDER, entry.nonce) == replace(mined, attempts=(attempt(),))
    assert await outbox.watched(SENDER) == []


async def test_moved_intent_has_one_new_nonce_whoever_moves_it(outbox: Outbox) -> None:
    entry = await commit(outbox, 5)
    moved = await outbox.move(entry, least_nonce=4, now=600)
    assert (moved.nonce, moved.intent) == (4, intent(5))
    assert await outbox.move(entry, least_nonce=6, now=700) == moved
    old = await outbox.get(SENDER, entry.nonce)
    assert (old.status, old.final, old.moved_to) == (OutboxStatus.MOVED, True, 4)
    assert [each.nonce for each in await outbox.watched(SENDER)] == [4]


async def test_gap_is_filled_once_and_only_where_there_is_nothing(outbox: Outbox) -> None:
    there = await commit(outbox, 1, least=5)
    assert await outbox.fill(intent(8), 5, 1) == there
    filled = await outbox.fill(intent(8), 4, 1)
    assert (filled.nonce, filled.intent) == (4, intent(8))
    assert await outbox.fill(intent(9), 4, 1) == filled
    assert (await commit(outbox, 2)).nonce == 6


async def test_pruning_deletes_what_is_final_and_old_and_no_nonce_comes_again(outbox: Outbox) -> None:
    entries = [await commit(outbox, number) for number in range(3)]
    await outbox.add_attempt(SENDER, 0, attempt())
    for entry in entries[:2]:
        await outbox.note(replace(entry, status=OutboxStatus.MINED, final=entry.nonce == 0))
    assert await outbox.prune(SENDER, 500) == 0
    assert await outbox.prune(SENDER, 501) == 1
    assert [entry.nonce for entry in await outbox.watched(SENDER)] == [1, 2]
    assert (await commit(outbox)).nonce == 3


@pytest.mark.parametrize("once", [False, True])
async def test_connections_that_share_a_key_share_one_nonce_sequence(engine: AsyncEngine, once: bool) -> None:
    """As many processes would: engines of their own."""
    url = engine.url.render_as_string(hide_password=False)
    engines = [open_engine(url) for _ in range(4)]

    async def take(index: int) -> int:
        outbox = DatabaseOutbox(engines[index % 4])
        entry = await outbox.commit(intent(index // 2), least_nonce=3, room=None, once=once, now=1)
        assert entry is not None
        return entry.nonce

    try:
        nonces = await asyncio.gather(*map(take, range(40)))
    finally:
        for each in engines:
            await each.dispose()
    taken = 20 if once else 40
    assert sorted(set(nonces)) == list(range(3, 3 + taken))


def test_calldata_and_signed_bytes_are_not_in_repr() -> None:
    entry = OutboxEntry(intent(3), 0, 1, attempts=(attempt(),))
    assert "data" not in repr(entry)
    assert "raw" not in repr(entry)
