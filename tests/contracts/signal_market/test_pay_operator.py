"""SignalMarket.payOperator and payOperatorSettled: the operator's share goes to its pay-out address."""

import pytest

from tests.contracts.support import (
    TRAVEL,
    Consent,
    assert_event,
    assert_reverts,
    error,
    lane_of,
    now,
    plain,
    subject_share,
    use_of,
)

pytestmark = [
    pytest.mark.usefixtures("consented"),
    pytest.mark.parametrize("token", ["6 decimals"], indirect=True),
]
NO_CAMPAIGN = "0x" + "00" * 32


def test_share_of_uses_goes_to_the_payout_whoever_calls(
    market, token, terms, campaign, operator, payout, stranger, use
):
    share = 3 * terms.price - use(3)
    transaction = market.payOperator(*terms.whole, {"from": stranger})
    assert_event(transaction, "OperatorPaid", operator=operator, source=campaign, to=payout, amount=share)
    assert (token.balanceOf(payout), token.balanceOf(stranger)) == (share, 0)
    assert plain(market.campaignOf(operator, campaign)) == (1, 7 * terms.price, 3, 3, 0)


def test_each_use_is_paid_once(market, token, terms, campaign, payout, stranger, use):
    share = terms.price - use(1)
    market.payOperator(*terms.whole, {"from": stranger})
    assert_reverts(error("ZeroAmount"), market.payOperator, *terms.whole, sender=stranger)
    use(2)
    market.payOperator(*terms.whole, {"from": stranger})
    assert token.balanceOf(payout) == 3 * share


def test_unknown_campaign_pays_nothing(market, terms, campaign, stranger):
    other = terms._replace(salt=9)
    assert_reverts(error("UnknownCampaign", other.id), market.payOperator, *other.whole, sender=stranger)


def test_share_follows_the_payout_address(market, operators, token, terms, campaign, operator, bob, payout, use):
    share = terms.price - use(1)
    operators.register(bob, "", {"from": operator})
    market.payOperator(*terms.whole, {"from": bob})
    assert (token.balanceOf(bob), token.balanceOf(payout)) == (share, 0)


def test_operator_that_never_registered_is_paid_once_it_has(
    market, operators, consents, token, terms, alice, stranger, bob, advertiser, open_campaign
):
    unknown = terms._replace(operator=stranger)
    open_campaign(unknown)
    word = Consent(1 << TRAVEL, ends_at=now() + 86_400, floor=20_000, cap=3).word
    consents.grant(lane_of(stranger), word, {"from": alice})
    market.recordUse(*unknown.words, use_of(alice, TRAVEL, 0), {"from": advertiser})
    assert_reverts(error("UnknownOperator", stranger), market.payOperator, *unknown.whole, sender=stranger)
    operators.register(bob, "", {"from": stranger})
    market.payOperator(*unknown.whole, {"from": stranger})
    assert token.balanceOf(bob) == terms.price - subject_share(terms.price)


def test_share_of_settlements_goes_to_the_payout_whoever_calls(
    market, token, terms, operator, payout, stranger, settled
):
    share = 4 * terms.price - sum(settled[1].values())
    assert market.booksOf(operator)[3] == share
    transaction = market.payOperatorSettled(operator, {"from": stranger})
    assert_event(transaction, "OperatorPaid", operator=operator, source=NO_CAMPAIGN, to=payout, amount=share)
    assert (token.balanceOf(payout), token.balanceOf(stranger)) == (share, 0)
    assert market.booksOf(operator)[3] == 0
    assert_reverts(error("ZeroAmount"), market.payOperatorSettled, operator, sender=stranger)


def test_settled_share_of_one_operator_is_not_anothers(market, rival, settled):
    assert_reverts(error("ZeroAmount"), market.payOperatorSettled, rival, sender=rival)
