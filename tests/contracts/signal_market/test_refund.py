"""SignalMarket.refund: what is left goes back to the advertiser, once, after the grace."""

import pytest

from tests.contracts.support import (
    DAY,
    ZERO,
    assert_event,
    assert_reverts,
    error,
    next_block_at,
    now,
    plain,
)

pytestmark = pytest.mark.usefixtures("consented", "campaign")


def test_escrow_of_a_closed_campaign_comes_back_a_day_after_its_last_uses_once(
    market, token, terms, operator, advertiser, use
):
    use(3)
    at = next_block_at(now() + 5)
    market.closeCampaign(*terms.words, {"from": advertiser})
    early = next_block_at(at + 2 * DAY - 1)
    expected = error("CampaignStillOpen", at + 2 * DAY, early)
    assert_reverts(expected, market.refund, *terms.words, advertiser, sender=advertiser)
    next_block_at(at + 2 * DAY)
    left = 7 * terms.price
    transaction = market.refund(*terms.words, advertiser, {"from": advertiser})
    assert_event(transaction, "CampaignRefunded", id=terms.id, to=advertiser, amount=left)
    assert (token.balanceOf(advertiser), token.balanceOf(market)) == (left, 3 * terms.price)
    assert plain(market.campaignOf(operator, terms.id)) == (1, 0, 3, 0, at + DAY)
    assert_reverts(error("ZeroAmount"), market.refund, *terms.words, advertiser, sender=advertiser)


def test_unclosed_campaign_comes_back_a_day_after_its_end(market, token, terms, advertiser):
    early = next_block_at(terms.ends_at + DAY - 1)
    expected = error("CampaignStillOpen", terms.ends_at + DAY, early)
    assert_reverts(expected, market.refund, *terms.words, advertiser, sender=advertiser)
    next_block_at(terms.ends_at + DAY)
    market.refund(*terms.words, advertiser, {"from": advertiser})
    assert token.balanceOf(advertiser) == 10 * terms.price


def test_closing_after_the_end_does_not_keep_the_escrow_longer(market, token, terms, advertiser):
    next_block_at(terms.ends_at + 100)
    market.closeCampaign(*terms.words, {"from": advertiser})
    next_block_at(terms.ends_at + DAY)
    market.refund(*terms.words, advertiser, {"from": advertiser})
    assert token.balanceOf(advertiser) == 10 * terms.price


def test_advertiser_chooses_where_to(market, token, terms, advertiser, bob):
    next_block_at(terms.ends_at + DAY)
    for nowhere in (ZERO, market):
        assert_reverts(error("InvalidRecipient"), market.refund, *terms.words, nowhere, sender=advertiser)
    market.refund(*terms.words, bob, {"from": advertiser})
    assert (token.balanceOf(bob), token.balanceOf(advertiser)) == (10 * terms.price, 0)


@pytest.mark.parametrize("who", ["operator", "owner", "stranger"])
def test_only_the_advertiser_gets_it(market, token, terms, request, who):
    somebody = request.getfixturevalue(who)
    next_block_at(terms.ends_at + DAY)
    expected = error("UnknownCampaign", terms._replace(advertiser=somebody).id)
    assert_reverts(expected, market.refund, *terms.words, somebody, sender=somebody)
    assert token.balanceOf(market) == 10 * terms.price


def test_everything_paid_out_leaves_nothing(market, token, terms, alice, advertiser, lane, use, stranger):
    use(3)
    market.withdraw([lane], alice, {"from": alice})
    market.payOperator(*terms.whole, {"from": stranger})
    next_block_at(terms.ends_at + DAY)
    market.refund(*terms.words, advertiser, {"from": advertiser})
    assert token.balanceOf(market) == 0
