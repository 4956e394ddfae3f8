"""SignalMarket.recordUseWithVoucher: the operator records what the advertiser signed for."""

import pytest

from tests.contracts.support import (
    TRAVEL,
    assert_reverts,
    compact,
    error,
    sign,
    subject_share,
    voucher_message,
)

pytestmark = pytest.mark.usefixtures("consented")


@pytest.fixture
def voucher(market, advertiser, campaign):
    """The advertiser's signature for uses below two."""
    return sign(advertiser, voucher_message(market, campaign, 2))


def test_operator_records_up_to_the_ceiling(market, terms, alice, operator, lane, voucher):
    for index in range(2):
        market.recordUseWithVoucher(terms, alice, TRAVEL, index, 2, voucher, {"from": operator})
    assert market.creditOf(alice, lane)[0] == 2 * subject_share(terms.price)
    arguments = (terms, alice, TRAVEL, 2, 2, voucher)
    assert_reverts(error("VoucherExhausted", 2, 2), market.recordUseWithVoucher, *arguments, sender=operator)


def test_operators_signer_records_too(market, operators, terms, alice, bob, operator, voucher):
    arguments = (terms, alice, TRAVEL, 0, 2, compact(voucher))
    assert_reverts(error("NotOperator", operator, bob), market.recordUseWithVoucher, *arguments, sender=bob)
    operators.setSigner(bob, True, {"from": operator})
    market.recordUseWithVoucher(*arguments, {"from": bob})


def test_advertiser_needs_no_voucher_but_the_operator_does(market, terms, alice, advertiser, operator, voucher):
    arguments = (terms, alice, TRAVEL, 0, 2, voucher)
    expected = error("NotOperator", operator, advertiser)
    assert_reverts(expected, market.recordUseWithVoucher, *arguments, sender=advertiser)


def test_ceiling_is_the_signed_one(market, terms, alice, operator, advertiser, voucher):
    arguments = (terms, alice, TRAVEL, 0, 3, voucher)
    assert_reverts(error("InvalidVoucher", advertiser), market.recordUseWithVoucher, *arguments, sender=operator)


def test_voucher_is_for_one_campaign(market, terms, alice, operator, advertiser, voucher, open_campaign):
    other = terms._replace(salt=2)
    open_campaign(other)
    arguments = (other, alice, TRAVEL, 0, 2, voucher)
    assert_reverts(error("InvalidVoucher", advertiser), market.recordUseWithVoucher, *arguments, sender=operator)


def test_somebody_elses_voucher_is_refused(market, terms, campaign, alice, operator, stranger, advertiser):
    forged = sign(stranger, voucher_message(market, campaign, 2))
    arguments = (terms, alice, TRAVEL, 0, 2, forged)
    assert_reverts(error("InvalidVoucher", advertiser), market.recordUseWithVoucher, *arguments, sender=operator)


def test_smart_wallet_advertises(market, token, terms, alice, operator, wallet, open_campaign, advertiser):
    amount = terms.price
    bought = terms._replace(advertiser=wallet)
    owner = wallet.owner()
    token.mint(wallet, amount, {"from": owner})
    wallet.execute(token, token.approve.encode_input(market, amount), {"from": owner})
    wallet.execute(market, market.openCampaign.encode_input(bought, "0x" + "5e" * 32, amount), {"from": owner})
    signature = sign(owner, voucher_message(market, market.campaignId(bought), 1))
    market.recordUseWithVoucher(bought, alice, TRAVEL, 0, 1, signature, {"from": operator})
    assert market.campaignOf(market.campaignId(bought))[1] == 1
