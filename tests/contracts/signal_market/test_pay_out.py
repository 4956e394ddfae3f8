"""SignalMarket.claim, claimTo, claimOperator, closeCampaign and refund: everybody gets what is theirs, once."""

import pytest

from tests.contracts.support import (
    DAY,
    TRAVEL,
    assert_event,
    assert_reverts,
    error,
    next_block_at,
    now,
    numbers,
    subject_share,
)

ZERO = "0x0000000000000000000000000000000000000000"

pytestmark = pytest.mark.usefixtures("consented")


@pytest.fixture
def used(market, terms, campaign, alice, advertiser):
    """Three uses of Alice's signal; what she earned."""
    for index in range(3):
        market.recordUse(terms, alice, TRAVEL, index, {"from": advertiser})
    return 3 * subject_share(terms.price)


def test_person_claims_all_of_it_once(market, token, alice, lane, used):
    transaction = market.claim([lane, lane], {"from": alice})
    assert_event(transaction, "Claimed", subject=alice, to=alice, amount=used)
    assert token.balanceOf(alice) == used
    assert numbers(market.creditOf(alice, lane)[:2]) == (used, used)
    market.claim([lane], {"from": alice})
    assert token.balanceOf(alice) == used


def test_claim_moves_nobody_elses_credit(market, token, alice, stranger, lane, used):
    market.claim([lane], {"from": stranger})
    assert token.balanceOf(stranger) == 0
    assert numbers(market.creditOf(alice, lane)[:2]) == (used, 0)


def test_person_chooses_where_to(market, token, alice, bob, lane, used):
    transaction = market.claimTo([lane], bob, {"from": alice})
    assert_event(transaction, "Claimed", subject=alice, to=bob, amount=used)
    assert (token.balanceOf(alice), token.balanceOf(bob)) == (0, used)
    for nowhere in (ZERO, market):
        assert_reverts(error("InvalidRecipient"), market.claimTo, [lane], nowhere, sender=alice)


def test_credit_survives_revocation(market, consents, token, alice, lane, used):
    consents.revokeAll({"from": alice})
    market.claim([lane], {"from": alice})
    assert token.balanceOf(alice) == used


def test_operators_share_goes_to_its_payout_whoever_calls(market, token, terms, campaign, payout, stranger, used):
    share = 3 * terms.price - used
    transaction = market.claimOperator(terms, {"from": stranger})
    assert_event(transaction, "OperatorPaid", campaign=campaign, to=payout, amount=share)
    assert (token.balanceOf(payout), token.balanceOf(stranger)) == (share, 0)
    market.claimOperator(terms, {"from": stranger})
    assert token.balanceOf(payout) == share


def test_escrow_comes_back_after_the_grace_once(market, token, terms, campaign, advertiser, stranger, used):
    at = next_block_at(now() + 5)
    transaction = market.closeCampaign(terms, {"from": advertiser})
    assert_event(transaction, "CampaignClosing", id=campaign, closesAt=at + DAY)
    early = next_block_at(at + DAY - 1)
    assert_reverts(error("CampaignStillOpen", at + DAY, early), market.refund, terms, sender=advertiser)
    next_block_at(at + DAY)
    left = 7 * terms.price
    transaction = market.refund(terms, {"from": stranger})
    assert_event(transaction, "CampaignRefunded", id=campaign, amount=left)
    assert token.balanceOf(advertiser) == left
    market.refund(terms, {"from": stranger})
    assert token.balanceOf(advertiser) == left


def test_uses_under_way_count_until_the_grace_ends(market, terms, campaign, alice, advertiser):
    at = next_block_at(now() + 5)
    market.closeCampaign(terms, {"from": advertiser})
    next_block_at(at + DAY - 1)
    market.recordUse(terms, alice, TRAVEL, 0, {"from": advertiser})
    late = next_block_at(at + DAY)
    expected = error("CampaignEnded", at + DAY, late)
    assert_reverts(expected, market.recordUse, terms, alice, TRAVEL, 1, sender=advertiser)


def test_closing_twice_does_not_prolong(market, terms, campaign, advertiser):
    market.closeCampaign(terms, {"from": advertiser})
    closes_at = market.campaignOf(campaign)[3]
    next_block_at(now() + 100)
    market.closeCampaign(terms, {"from": advertiser})
    assert market.campaignOf(campaign)[3] == closes_at


def test_only_the_advertiser_closes(market, terms, campaign, operator, advertiser):
    expected = error("NotAdvertiser", advertiser, operator)
    assert_reverts(expected, market.closeCampaign, terms, sender=operator)


def test_unclosed_campaign_is_refunded_after_its_end(market, token, terms, campaign, advertiser):
    next_block_at(terms.ends_at)
    market.refund(terms, {"from": advertiser})
    assert token.balanceOf(advertiser) == 10 * terms.price


def test_everything_paid_out_leaves_nothing(market, token, terms, campaign, alice, advertiser, lane, used):
    market.claim([lane], {"from": alice})
    market.claimOperator(terms, {"from": advertiser})
    next_block_at(terms.ends_at)
    market.refund(terms, {"from": advertiser})
    assert token.balanceOf(market) == 0
