"""SignalMarket.topUp: more money for a campaign."""

import pytest

from tests.contracts.support import (
    DAY,
    TRANSFER_FROM_FAILED,
    assert_event,
    assert_reverts,
    error,
    next_block_at,
    now,
)

pytestmark = pytest.mark.parametrize("token", ["6 decimals"], indirect=True)


def test_anyone_tops_up_and_the_money_becomes_the_advertisers(
    market, token, terms, campaign, operator, stranger, advertiser, fund
):
    fund(stranger, 500)
    transaction = market.topUp(*terms.whole, 500, {"from": stranger})
    assert_event(transaction, "CampaignToppedUp", id=campaign, amount=500)
    assert market.campaignOf(operator, campaign)[1] == token.balanceOf(market) == 10 * terms.price + 500
    next_block_at(terms.ends_at + DAY)
    market.refund(*terms.words, advertiser, {"from": advertiser})
    assert (token.balanceOf(advertiser), token.balanceOf(stranger)) == (10 * terms.price + 500, 0)


def test_unknown_campaign_takes_no_money(market, terms, campaign, stranger, fund):
    fund(stranger, 500)
    for other in (terms._replace(salt=9), terms._replace(advertiser=stranger)):
        assert_reverts(error("UnknownCampaign", other.id), market.topUp, *other.whole, 1, sender=stranger)


def test_ended_campaign_takes_no_money(market, terms, campaign, stranger, fund):
    fund(stranger, 500)
    at = next_block_at(terms.ends_at)
    assert_reverts(error("CampaignEnded", at, at), market.topUp, *terms.whole, 1, sender=stranger)


def test_closing_campaign_takes_money_until_its_grace_ends(market, terms, campaign, advertiser, stranger, fund):
    fund(stranger, 500)
    at = next_block_at(now() + 5)
    market.closeCampaign(*terms.words, {"from": advertiser})
    next_block_at(at + DAY - 1)
    market.topUp(*terms.whole, 1, {"from": stranger})
    late = next_block_at(at + DAY)
    assert_reverts(error("CampaignEnded", late, late), market.topUp, *terms.whole, 1, sender=stranger)


def test_nothing_is_no_top_up(market, terms, campaign, stranger):
    assert_reverts(error("ZeroAmount"), market.topUp, *terms.whole, 0, sender=stranger)


def test_takes_only_what_the_sender_allowed(market, token, terms, campaign, advertiser, stranger, fund):
    """The advertiser's own allowance is out of a stranger's reach."""
    fund(advertiser, 500)
    assert_reverts(TRANSFER_FROM_FAILED, market.topUp, *terms.whole, 500, sender=stranger)
    assert token.balanceOf(advertiser) == 500
