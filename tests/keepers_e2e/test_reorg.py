"""The chain takes back what it said: nothing is released for money that is gone, nothing deleted that may be needed."""

from __future__ import annotations

import asyncio

from tests.e2e.actors import Someone
from tests.keepers_e2e.deals import RELEASED, Deal, Market, opened, refused

SWEEPS = 2.5
"""Seconds in which every keeper sweeps at least twice."""


async def reorg_out_of(market: Market, block: int) -> None:
    """Replace the blocks from this one to the head by as many empty ones."""
    head = (await market.wallets[0].reader.head()).number
    await market.stack.chain.rpc("anvil_reorg", head - block + 1, [])
    assert (await market.wallets[0].reader.head()).number >= head


async def paid_in(deal: Deal) -> int:
    """Block of the newest use."""
    return (await deal.item()).block


async def test_payment_that_a_reorg_removes_before_it_is_final_opens_nothing(market: Market) -> None:
    deal = await market.deal()
    await market.stack.chain.finalize()
    await market.pay(deal)
    request = await deal.request()
    again = await deal.request()
    await reorg_out_of(market, await paid_in(deal))
    assert await market.answers(request) == refused("not-paid")
    await market.stack.chain.finalize()
    assert await market.answers(again) == refused("not-paid")
    # Paid anew it opens: the backend notices that its use is gone.
    await market.pay(deal)
    await market.stack.chain.finalize()
    assert await market.answers(await deal.request()) == RELEASED


async def test_payment_that_a_reorg_moves_to_a_later_block_waits_for_finality_again(market: Market) -> None:
    deal = await market.deal()
    await market.stack.chain.finalize()
    await market.pay(deal)
    await reorg_out_of(market, await paid_in(deal))
    await market.pay(deal)
    moved = await deal.item()
    assert await market.answers(await deal.request()) == refused("not-final")
    # The place where it was first is no proof, whatever lies there now.
    assert await market.answers(await deal.request(block=moved.block - 1)) == refused("not-paid")
    await market.stack.chain.finalize()
    assert await market.answers(await deal.request()) == RELEASED


async def test_revocation_counts_at_once_deletes_nothing_before_it_is_final_and_a_reorg_takes_it_back(
    market: Market,
) -> None:
    deal = await market.paid_deal()
    before = (await market.wallets[0].reader.head()).number
    await market.revoke(deal.person)
    assert await market.answers(await deal.request()) == refused("no-consent")
    await asyncio.sleep(SWEEPS)
    assert await market.answers(await deal.request()) == refused("no-consent")
    await reorg_out_of(market, before + 1)
    # The head says consent again, and every share is still there.
    assert await market.answers(await deal.request()) == RELEASED
    assert opened(await market.open(deal))
    # The relaying backend sends the lost revocation again with whatever it sends next.
    await market.grant(Someone(market.wallets[0]))
    assert await market.answers(await deal.request()) == refused("no-consent")


async def test_consent_that_a_reorg_removes_is_no_consent(market: Market) -> None:
    """Granted again and not final: the head alone does not do."""
    deal = await market.paid_deal()
    await market.revoke(deal.person)
    await market.next_second()
    before = (await market.wallets[0].reader.head()).number
    await market.grant(deal.person, version=3)
    answers = await market.answers(await deal.request())
    assert set(answers) <= {"no-consent", "use-before-grant"}
    await reorg_out_of(market, before + 1)
    assert await market.answers(await deal.request()) == refused("no-consent")
