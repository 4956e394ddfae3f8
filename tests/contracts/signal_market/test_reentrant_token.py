"""SignalMarket over a token that calls back in the middle of a transfer: it finds the books done."""

import pytest

from tests.contracts.support import (
    DAY,
    TRAVEL,
    Consent,
    assert_event,
    assert_reverts,
    error,
    next_block_at,
    now,
    plain,
    subject_share,
    use_of,
)


@pytest.fixture(scope="module")
def token(module_isolation, owner, ReentrantToken):
    return ReentrantToken.deploy({"from": owner})


@pytest.fixture
def consenting(consents, token, lane, advertiser):
    """The token itself is a person here."""
    word = Consent(1 << TRAVEL, ends_at=now() + 30 * DAY, floor=20_000, cap=9).word
    token.execute(consents, consents.grant.encode_input(lane, word), {"from": advertiser})


@pytest.fixture
def earned(market, token, terms, campaign, advertiser, consenting):
    """Three uses of the token's signal; what it earned."""
    for index in range(3):
        market.recordUse(*terms.words, use_of(token, TRAVEL, index), {"from": advertiser})
    return 3 * subject_share(terms.price)


def called_back_with(transaction, expected):
    """The call back was made, and failed with exactly this."""
    assert_event(transaction, "CalledBack", ok=False, result=expected)


def test_withdrawal_within_a_withdrawal_pays_nothing_more(market, token, lane, stranger, earned):
    again = market.withdraw.encode_input([lane], token)
    before = token.balanceOf(market)
    token.arm(market, again, {"from": stranger})
    transaction = token.execute(market, again, {"from": stranger})
    called_back_with(transaction, error("NothingToClaim", token))
    assert_event(transaction, "Withdrawn", subject=token, to=token, amount=earned)
    assert (token.balanceOf(token), token.balanceOf(market)) == (earned, before - earned)


def test_claim_within_a_claim_pays_nothing_more(market, token, campaign, operator, alice, stranger, settle):
    tree = settle([(token, 600), (alice, 400)], (campaign, 1_000))
    again = market.claim.encode_input(operator, 600, tree.proof(token, 600))
    token.arm(market, again, {"from": stranger})
    transaction = token.execute(market, again, {"from": stranger})
    called_back_with(transaction, error("NothingToClaim", token))
    assert token.balanceOf(token) == 600
    market.claim(operator, 400, tree.proof(alice, 400), {"from": alice})
    assert token.balanceOf(alice) == 400


def test_refund_within_a_refund_pays_nothing_more(market, token, terms, stranger, fund):
    own = terms._replace(advertiser=token)
    token.mint(token, own.price, {"from": stranger})
    token.execute(token, token.approve.encode_input(market, own.price), {"from": stranger})
    token.execute(market, market.openCampaign.encode_input(*own.words, own.price), {"from": stranger})
    again = market.refund.encode_input(*own.words, token)
    token.arm(market, again, {"from": stranger})
    next_block_at(own.ends_at + DAY)
    transaction = token.execute(market, again, {"from": stranger})
    called_back_with(transaction, error("ZeroAmount"))
    assert (token.balanceOf(token), token.balanceOf(market)) == (own.price, 0)


def test_operator_is_not_paid_twice(market, token, terms, stranger, payout, earned):
    token.arm(market, market.payOperator.encode_input(*terms.whole), {"from": stranger})
    transaction = market.payOperator(*terms.whole, {"from": stranger})
    share = 3 * terms.price - earned
    called_back_with(transaction, error("ZeroAmount"))
    assert (token.balanceOf(payout), token.balanceOf(market)) == (share, 10 * terms.price - share)


def test_operator_is_not_paid_twice_for_settlements(market, token, campaign, operator, alice, payout, stranger, settle):
    settle([(alice, 700)], (campaign, 1_000))
    token.arm(market, market.payOperatorSettled.encode_input(operator), {"from": stranger})
    transaction = market.payOperatorSettled(operator, {"from": stranger})
    called_back_with(transaction, error("ZeroAmount"))
    assert token.balanceOf(payout) == 300


def test_use_recorded_before_the_escrow_is_counted_finds_no_campaign(
    market, token, terms, operator, consenting, stranger
):
    own = terms._replace(advertiser=token)
    amount = 2 * own.price
    token.mint(token, amount, {"from": stranger})
    token.execute(token, token.approve.encode_input(market, amount), {"from": stranger})
    token.arm(market, market.recordUse.encode_input(*own.words, use_of(token, TRAVEL, 0)), {"from": stranger})
    transaction = token.execute(market, market.openCampaign.encode_input(*own.words, amount), {"from": stranger})
    called_back_with(transaction, error("UnknownCampaign", own.id))
    assert plain(market.campaignOf(operator, own.id)) == (1, amount, 0, 0, 0)
    assert token.balanceOf(market) == amount


def test_deposit_within_a_deposit_is_refused(market, token, terms, campaign, operator, fund, advertiser, stranger):
    token.mint(token, 500, {"from": stranger})
    token.execute(token, token.approve.encode_input(market, 500), {"from": stranger})
    fund(advertiser, 300)
    token.arm(market, market.topUp.encode_input(*terms.whole, 500), {"from": stranger})
    assert_reverts(error("FeeOnTransferToken", 300, 800), market.topUp, *terms.whole, 300, sender=advertiser)
    assert market.campaignOf(operator, campaign)[1] == token.balanceOf(market) == 10 * terms.price
    assert (token.balanceOf(advertiser), token.balanceOf(token)) == (300, 500)


def test_withdrawal_within_a_deposit_is_refused(market, token, terms, lane, fund, advertiser, stranger, earned):
    fund(advertiser, 300_000)
    token.arm(market, market.withdraw.encode_input([lane], token), {"from": stranger})
    expected = error("FeeOnTransferToken", 300_000, 300_000 - earned)
    assert_reverts(expected, market.topUp, *terms.whole, 300_000, sender=advertiser)
    assert token.balanceOf(market) == 10 * terms.price


def test_opening_within_an_opening_books_the_money_once(market, token, terms, operator, stranger):
    """The same campaign, opened in the middle of being opened, would count one transfer twice."""
    own = terms._replace(advertiser=token)
    token.mint(token, 200, {"from": stranger})
    token.execute(token, token.approve.encode_input(market, 200), {"from": stranger})
    token.arm(market, market.openCampaign.encode_input(*own.words, 100), {"from": stranger})
    arguments = (market, market.openCampaign.encode_input(*own.words, 100))
    assert_reverts(error("FeeOnTransferToken", 100, 200), token.execute, *arguments, sender=stranger)
    assert token.balanceOf(market) == 0
    assert plain(market.campaignOf(operator, own.id)) == (0, 0, 0, 0, 0)
