"""Transactions on a real chain: each happens once, whatever nodes, fees and reorgs do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain import FeePolicy, MemoryOutbox
from fairsignal.adapters.chain.outbox import FILL, Intent, Outbox, OutboxEntry, OutboxStatus
from fairsignal.adapters.chain.sender import Sender
from fairsignal.adapters.db import DatabaseOutbox
from fairsignal.adapters.db.leases import DatabaseLease
from fairsignal.domain.errors import Refused, Unavailable
from fairsignal.ports import OutboxFigures
from tests.adapters.chain.counting import COUNTER, GWEI, PATIENT, REVERTS, SOON, Chain, a_word, committed, until


async def only(sender: Sender, outbox: Outbox) -> OutboxEntry:
    (entry,) = await outbox.watched(sender.address)
    return entry


async def test_unmined_transaction_is_followed_after_who_asked_has_gone(chain: Chain, chain_outbox: Outbox) -> None:
    sender, word = chain.sender(await chain.funded(), chain_outbox, timings=SOON), a_word()
    with pytest.raises(Unavailable, match="not mined within 0 s; it stays in the outbox"):
        await sender.send(COUNTER, word, "count")
    await chain.mine()
    assert await sender.follower.step() == 1
    assert await chain.count(word) == 1
    assert (await only(sender, chain_outbox)).status is OutboxStatus.MINED


async def test_mined_transaction_is_watched_until_it_is_final(chain: Chain, chain_outbox: Outbox) -> None:
    sender = chain.sender(await chain.funded(), chain_outbox, timings=SOON)
    await committed(sender, a_word())
    await chain.mine()
    await sender.follower.step()
    assert await sender.follower.step() == 0
    await chain.mine(3)
    assert await sender.follower.step() == 1
    assert await chain_outbox.watched(sender.address) == []
    final = await chain_outbox.get(sender.address, 0)
    assert (final.status, final.final) == (OutboxStatus.MINED, True)


async def test_reorged_transaction_is_sent_again(chain: Chain, chain_outbox: Outbox) -> None:
    """In the background: nothing else has to be sent for it."""
    sender, word = chain.sender(await chain.funded(), chain_outbox, timings=SOON), a_word()
    await committed(sender, word)
    await chain.mine()
    await sender.follower.step()
    before = await only(sender, chain_outbox)
    await chain.ask("anvil_reorg", 1, [])
    for attempt in before.attempts:
        await chain.ask("anvil_dropTransaction", attempt.tx_hash)
    assert await chain.count(word) == 0
    assert await sender.follower.step() == 1
    assert (await only(sender, chain_outbox)).status is OutboxStatus.PENDING
    await chain.mine()
    await sender.follower.step()
    assert await chain.count(word) == 1
    assert (await only(sender, chain_outbox)).tx_hash == before.tx_hash


async def test_reorg_is_noticed_by_the_next_call_where_nothing_runs_in_the_background(chain: Chain) -> None:
    outbox, first, second = MemoryOutbox(), a_word(), a_word()
    sender = chain.sender(await chain.funded(), outbox, timings=SOON)
    await chain.automine(True)
    mined = await sender.send(COUNTER, first, "count")
    await chain.automine(False)
    await chain.ask("anvil_reorg", 1, [])
    await chain.ask("anvil_dropTransaction", mined.tx_hash)
    await committed(sender, second)
    await chain.mine()
    assert (await chain.count(first), await chain.count(second)) == (1, 1)


async def test_dropped_transaction_is_sent_again(chain: Chain, chain_outbox: Outbox) -> None:
    sender, word = chain.sender(await chain.funded(), chain_outbox, timings=PATIENT), a_word()
    await committed(sender, word)
    (attempt,) = (await only(sender, chain_outbox)).attempts
    await chain.drop(attempt.tx_hash)
    assert await sender.follower.step() == 1
    assert (await only(sender, chain_outbox)).attempts == (attempt,)
    await chain.mine()
    assert await chain.count(word) == 1


async def test_dropped_first_of_many_holds_nothing_up(chain: Chain, chain_outbox: Outbox) -> None:
    sender, words = chain.sender(await chain.funded(), chain_outbox, timings=PATIENT), [a_word() for _ in range(3)]
    for word in words:
        await committed(sender, word)
    first = (await chain_outbox.watched(sender.address))[0]
    await chain.drop(first.attempts[0].tx_hash)
    await sender.follower.step()
    await chain.mine()
    assert [await chain.count(word) for word in words] == [1, 1, 1]


async def test_stuck_transaction_is_offered_more_for_and_happens_once(chain: Chain, chain_outbox: Outbox) -> None:
    sender, word = chain.sender(await chain.funded(), chain_outbox, timings=SOON), a_word()
    await committed(sender, word)
    await chain.make_dear(50 * GWEI)
    assert await chain.count(word) == 0
    assert await sender.follower.step() == 1
    first, second = (await only(sender, chain_outbox)).attempts
    assert second.max_fee * 8 >= first.max_fee * 9
    assert second.priority_fee * 8 >= first.priority_fee * 9
    assert second.max_fee > 50 * GWEI
    await chain.mine()
    await sender.follower.step()
    assert await chain.count(word) == 1
    assert (await only(sender, chain_outbox)).tx_hash == second.tx_hash


async def test_earlier_attempt_that_is_mined_after_all_counts(chain: Chain, chain_outbox: Outbox) -> None:
    sender, word = chain.sender(await chain.funded(), chain_outbox, timings=SOON), a_word()
    await committed(sender, word)
    await chain.make_dear(50 * GWEI)
    await sender.follower.step()
    first, second = (await only(sender, chain_outbox)).attempts
    # A miner that has only heard of the first one.
    await chain.drop(second.tx_hash)
    await chain.make_cheap()
    await chain.ask("eth_sendRawTransaction", "0x" + first.raw.hex())
    await chain.mine()
    await sender.follower.step()
    assert await chain.count(word) == 1
    entry = await only(sender, chain_outbox)
    assert (entry.status, entry.tx_hash) == (OutboxStatus.MINED, first.tx_hash)


async def test_young_transaction_is_not_offered_more_for(chain: Chain, chain_outbox: Outbox) -> None:
    sender = chain.sender(await chain.funded(), chain_outbox, timings=PATIENT)
    await committed(sender, a_word())
    await chain.make_dear(50 * GWEI)
    await sender.follower.step()
    assert len((await only(sender, chain_outbox)).attempts) == 1


async def test_no_more_is_offered_before_blocks_did_without_it(chain: Chain, chain_outbox: Outbox) -> None:
    sender = chain.sender(await chain.funded(), chain_outbox, timings=SOON)
    await committed(sender, a_word())
    assert await sender.follower.step() == 0
    assert len((await only(sender, chain_outbox)).attempts) == 1


async def test_cap_bounds_what_is_offered_and_the_transaction_waits(chain: Chain, chain_outbox: Outbox) -> None:
    fees = FeePolicy(cap=3 * GWEI)
    sender, word = chain.sender(await chain.funded(), chain_outbox, timings=SOON, fees=fees), a_word()
    await committed(sender, word)
    for _ in range(12):
        await chain.make_dear(5 * GWEI)
        await sender.follower.step()
    attempts = (await only(sender, chain_outbox)).attempts
    assert all(attempt.max_fee <= 3 * GWEI for attempt in attempts)
    assert await chain.count(word) == 0
    await chain.make_cheap()
    await sender.follower.step()  # Anvil forgets what is too cheap for it
    await chain.mine()
    assert await chain.count(word) == 1


async def test_foreign_transaction_on_our_nonce_moves_ours_once_final(chain: Chain, chain_outbox: Outbox) -> None:
    signer, word = await chain.funded(), a_word()
    sender = chain.sender(signer, chain_outbox, timings=SOON)
    intent = Intent(sender.address, COUNTER, word, 60_000, "count", word)
    await chain_outbox.commit(intent, least_nonce=0, room=None, once=True, now=0)
    foreign = a_word()
    await committed(chain.sender(signer, MemoryOutbox(), timings=SOON), foreign)
    await chain.mine()
    await sender.follower.step()
    assert (await only(sender, chain_outbox)).nonce == 0  # a reorg may still give its nonce back
    assert await chain.count(word) == 0
    await chain.mine(3)
    await sender.follower.step()
    old = await chain_outbox.get(sender.address, 0)
    assert (old.status, old.final, old.moved_to) == (OutboxStatus.MOVED, True, 1)
    await chain.mine()
    await sender.follower.step()
    assert (await chain.count(word), await chain.count(foreign)) == (1, 1)
    assert (await only(sender, chain_outbox)).status is OutboxStatus.MINED


async def test_who_waits_for_a_moved_transaction_gets_its_receipt(chain: Chain, chain_outbox: Outbox) -> None:
    signer, word = await chain.funded(), a_word()
    sender = chain.sender(signer, chain_outbox, timings=replace(SOON, mining=timedelta(seconds=20)))
    intent = Intent(sender.address, COUNTER, word, 60_000, "count", word)
    await chain_outbox.commit(intent, least_nonce=0, room=None, once=True, now=0)
    await committed(chain.sender(signer, MemoryOutbox(), timings=SOON), a_word())
    await chain.mine(4)
    waiting = asyncio.create_task(sender.send(COUNTER, word, "count", key=word))
    await sender.follower.step()
    await chain.mine()
    mined = await waiting
    assert mined.tx_hash == (await chain_outbox.get(sender.address, 1)).attempts[0].tx_hash
    assert await chain.count(word) == 1


async def test_gap_that_somebody_else_left_is_filled(chain: Chain, chain_outbox: Outbox) -> None:
    """The same key was used from elsewhere, and the node has forgotten that transaction."""
    signer, word = await chain.funded(), a_word()
    elsewhere = MemoryOutbox()
    await committed(chain.sender(signer, elsewhere, timings=SOON), a_word())
    sender = chain.sender(signer, chain_outbox, timings=SOON)
    await committed(sender, word)
    assert (await only(sender, chain_outbox)).nonce == 1
    await chain.drop((await elsewhere.get(signer.address, 0)).attempts[0].tx_hash)
    await chain.mine()
    assert await chain.count(word) == 0
    await sender.follower.step()
    filled, ours = await chain_outbox.watched(sender.address)
    assert (filled.intent.label, filled.nonce, ours.nonce) == (FILL, 0, 1)
    await chain.mine()
    assert await chain.count(word) == 1


async def test_reverted_transaction_is_told_and_not_repeated(chain: Chain, chain_outbox: Outbox) -> None:
    sender = chain.sender(await chain.funded(), chain_outbox, timings=replace(SOON, mining=timedelta(seconds=10)))
    word = a_word()
    sending = asyncio.create_task(sender.send(COUNTER, word, "count"))

    async def sent() -> bool:
        return await chain.nonce(sender.address, "pending") == 1

    await until(sent)
    await chain.ask("anvil_setCode", COUNTER, await chain.ask("eth_getCode", REVERTS, "latest"))
    await chain.mine()
    with pytest.raises(Refused) as caught:
        await sending
    assert caught.value.code == "reverted"
    await chain.mine(3)
    await sender.follower.step()
    entry = await chain_outbox.get(sender.address, 0)
    assert (entry.status, entry.final) == (OutboxStatus.REVERTED, True)


async def test_refused_call_costs_no_nonce(chain: Chain, chain_outbox: Outbox) -> None:
    sender = chain.sender(await chain.funded(), chain_outbox)
    with pytest.raises(Refused):
        await sender.send(REVERTS, b"", "revert")
    assert await chain_outbox.watched(sender.address) == []


async def test_call_that_is_not_admitted_costs_no_nonce(chain: Chain, chain_outbox: Outbox) -> None:
    sender = chain.sender(await chain.funded(), chain_outbox)
    asked: list[int] = []

    async def admit(gas: int) -> None:
        asked.append(gas)
        raise Refused("Not today.", code="relay-budget")

    with pytest.raises(Refused, match="Not today"):
        await sender.send(COUNTER, a_word(), "count", admit=admit)
    assert 40_000 < asked[0] < 50_000
    assert await chain_outbox.watched(sender.address) == []


async def test_same_call_is_followed_while_it_is_on_its_way(chain: Chain, chain_outbox: Outbox) -> None:
    sender, word = chain.sender(await chain.funded(), chain_outbox), a_word()
    both = [asyncio.create_task(sender.send(COUNTER, word, "count", key=word)) for _ in range(2)]

    async def sent() -> bool:
        return await chain.nonce(sender.address, "pending") == 1

    await until(sent)
    third = asyncio.create_task(sender.send(COUNTER, word, "count", key=word))
    await asyncio.sleep(0.1)
    await chain.mine()
    mined = await asyncio.gather(*both, third)
    assert len({each.tx_hash for each in mined}) == 1
    assert await chain.count(word) == 1


async def test_urgent_call_overtakes_those_that_wait_for_room(chain: Chain, chain_outbox: Outbox) -> None:
    sender = chain.sender(await chain.funded(), chain_outbox, room=2)
    ordinary = [asyncio.create_task(sender.send(COUNTER, a_word(), "count")) for _ in range(4)]

    async def full() -> bool:
        return await chain.nonce(sender.address, "pending") == 2

    await until(full)
    urgent = asyncio.create_task(sender.send(COUNTER, a_word(), "revoke", urgent=True))

    async def overtaken() -> bool:
        return await chain.nonce(sender.address, "pending") == 3

    await until(overtaken)
    await chain.mine()
    block = (await urgent).block
    await chain.automine(True)
    later = [(await each).block for each in ordinary]
    assert sorted(later)[:2] == [block, block]
    assert min(sorted(later)[2:]) > block


async def test_no_room_for_long_is_told_and_nothing_is_sent(chain: Chain, chain_outbox: Outbox) -> None:
    sender = chain.sender(await chain.funded(), chain_outbox, timings=SOON, room=1)
    await committed(sender, a_word())
    with pytest.raises(Unavailable) as caught:
        await sender.send(COUNTER, a_word(), "count")
    assert caught.value.code == "chain-busy"
    assert len(await chain_outbox.watched(sender.address)) == 1


async def test_figures_say_what_waits_and_what_is_left(chain: Chain, chain_outbox: Outbox) -> None:
    sender = chain.sender(await chain.funded(), chain_outbox, timings=SOON)
    assert await sender.figures() == OutboxFigures(0, 0, 0, 10**20)
    await committed(sender, a_word())
    intent = Intent(sender.address, COUNTER, a_word(), 60_000, "count", a_word())
    await chain_outbox.commit(intent, least_nonce=0, room=None, once=False, now=0)
    figures = await sender.figures()
    assert (figures.pending, figures.unfinal) == (2, 0)
    assert figures.oldest_pending_seconds > 10**9
    await chain.mine()
    await sender.follower.step()
    await chain.mine()
    await sender.follower.step()
    figures = await sender.figures()
    assert (figures.pending, figures.oldest_pending_seconds, figures.unfinal) == (0, 0, 2)
    assert figures.balance < 10**20


async def test_one_of_many_processes_follows_up(chain: Chain, engine: AsyncEngine) -> None:
    signer, outbox = await chain.funded(), DatabaseOutbox(engine)
    one, two = (chain.sender(signer, outbox, timings=SOON) for _ in range(2))
    held, wanted = (DatabaseLease(engine, "transactions", name, timedelta(seconds=30)) for name in ("one", "two"))
    await committed(one, a_word())
    await chain.mine()
    assert [await one.follower.in_turn(held), await two.follower.in_turn(wanted)] == [1, 0]
    await chain.mine(3)
    assert await two.follower.in_turn(wanted) == 0
    await held.release()
    assert await two.follower.in_turn(wanted) == 1
