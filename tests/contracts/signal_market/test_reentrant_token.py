"""SignalMarket over a token that calls back in the middle of a transfer: it finds the books done."""

import pytest

from tests.contracts.signal_market.conftest import KEY
from tests.contracts.support import (
    DAY,
    TRAVEL,
    Consent,
    assert_event,
    assert_reverts,
    error,
    next_block_at,
    now,
    subject_share,
)


@pytest.fixture(scope="module")
def token(module_isolation, owner, ReentrantToken):
    return ReentrantToken.deploy({"from": owner})


@pytest.fixture
def earned(market, consents, token, terms, campaign, lane, advertiser):
    """The token itself is a person here, with three uses of its signal; what it earned."""
    word = Consent(1 << TRAVEL, ends_at=now() + 30 * DAY, floor=20_000, cap=9).word
    token.execute(consents, consents.grant.encode_input(lane, word), {"from": advertiser})
    for index in range(3):
        market.recordUse(terms, token, TRAVEL, index, {"from": advertiser})
    return 3 * subject_share(terms.price)


def test_claim_within_a_claim_pays_nothing_more(market, token, lane, stranger, earned):
    again = market.claim.encode_input([lane])
    before = token.balanceOf(market)
    token.arm(market, again, {"from": stranger})
    transaction = token.execute(market, again, {"from": stranger})
    assert_event(transaction, "CalledBack", ok=True, result="0x00")
    assert [event["amount"] for event in transaction.events["Claimed"]] == [earned, 0]
    assert (token.balanceOf(token), token.balanceOf(market)) == (earned, before - earned)


def test_refund_within_a_refund_pays_nothing_more(market, token, terms, stranger, advertiser, earned):
    token.arm(market, market.refund.encode_input(terms), {"from": stranger})
    next_block_at(terms.ends_at)
    transaction = market.refund(terms, {"from": stranger})
    left = 7 * terms.price
    assert_event(transaction, "CalledBack", ok=True, result="0x00")
    assert [event["amount"] for event in transaction.events["CampaignRefunded"]] == [left, 0]
    assert (token.balanceOf(advertiser), token.balanceOf(market)) == (left, 3 * terms.price)


def test_operator_is_not_paid_twice(market, token, terms, stranger, payout, earned):
    token.arm(market, market.claimOperator.encode_input(terms), {"from": stranger})
    transaction = market.claimOperator(terms, {"from": stranger})
    share = 3 * terms.price - earned
    assert_event(transaction, "CalledBack", ok=True, result="0x00")
    assert [event["amount"] for event in transaction.events["OperatorPaid"]] == [share, 0]
    assert (token.balanceOf(payout), token.balanceOf(market)) == (share, 10 * terms.price - share)


def test_use_recorded_before_the_escrow_is_counted_finds_none(market, token, terms, lane, consents, stranger):
    word = Consent(1 << TRAVEL, ends_at=now() + 30 * DAY, floor=20_000, cap=9).word
    token.execute(consents, consents.grant.encode_input(lane, word), {"from": stranger})
    own = terms._replace(advertiser=token)
    amount = 2 * own.price
    token.mint(token, amount, {"from": stranger})
    token.execute(token, token.approve.encode_input(market, amount), {"from": stranger})
    token.arm(market, market.recordUse.encode_input(own, token, TRAVEL, 0), {"from": stranger})
    transaction = token.execute(market, market.openCampaign.encode_input(own, KEY, amount), {"from": stranger})
    assert_event(transaction, "CalledBack", ok=False, result="0x" + error("EscrowExhausted", 0, own.price).hex())
    assert tuple(map(int, market.campaignOf(market.campaignId(own)))) == (amount, 0, 0, 0)
    assert token.balanceOf(market) == amount


def test_deposit_within_a_deposit_is_refused(market, token, terms, campaign, advertiser, stranger):
    token.mint(token, 500, {"from": stranger})
    token.execute(token, token.approve.encode_input(market, 500), {"from": stranger})
    token.mint(advertiser, 300, {"from": advertiser})
    token.approve(market, 300, {"from": advertiser})
    token.arm(market, market.topUp.encode_input(terms, 500), {"from": stranger})
    assert_reverts(error("FeeOnTransferToken", 300, 800), market.topUp, terms, 300, sender=advertiser)
    assert market.campaignOf(campaign)[0] == token.balanceOf(market) == 10 * terms.price
    assert (token.balanceOf(advertiser), token.balanceOf(token)) == (300, 500)


def test_claim_within_a_deposit_is_refused(market, token, terms, lane, advertiser, stranger, earned):
    token.mint(advertiser, 300_000, {"from": advertiser})
    token.approve(market, 300_000, {"from": advertiser})
    token.arm(market, market.claim.encode_input([lane]), {"from": stranger})
    expected = error("FeeOnTransferToken", 300_000, 300_000 - earned)
    assert_reverts(expected, market.topUp, terms, 300_000, sender=advertiser)
    assert token.balanceOf(market) == 10 * terms.price
