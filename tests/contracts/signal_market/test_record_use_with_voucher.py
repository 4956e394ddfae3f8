"""SignalMarket.recordUseWithVoucher and recordUsesWithVoucher: the operator records what the advertiser signed for."""

import pytest

from tests.contracts.support import (
    TRAVEL,
    assert_reverts,
    compact,
    error,
    packed_uses,
    sign,
    subject_share,
    use_of,
    voucher_message,
)

pytestmark = [
    pytest.mark.usefixtures("consented"),
    pytest.mark.parametrize("token", ["6 decimals"], indirect=True),
]


@pytest.fixture
def voucher(market, advertiser, campaign):
    """The advertiser's signature for uses below two."""
    return sign(advertiser, voucher_message(market, campaign, 2))


@pytest.fixture
def one(terms, alice, voucher):
    """The arguments that record the first use; any of them can be another."""

    def arguments(*, index=0, ceiling=2, signature=voucher, terms=terms):
        return *terms.whole, use_of(alice, TRAVEL, index), ceiling, signature

    return arguments


@pytest.fixture
def many(terms, alice, voucher):
    """The arguments that record two uses in one transaction."""

    def arguments(*, first=0, count=2, ceiling=2, signature=voucher, terms=terms):
        return *terms.whole, first, packed_uses(*[(alice, TRAVEL)] * count), ceiling, signature

    return arguments


def test_operator_records_up_to_the_ceiling(market, terms, alice, operator, lane, one):
    for index in range(2):
        market.recordUseWithVoucher(*one(index=index), {"from": operator})
    assert market.creditOf(alice, lane)[0] == 2 * subject_share(terms.price)
    expected = error("VoucherExhausted", 3, 2)
    assert_reverts(expected, market.recordUseWithVoucher, *one(index=2), sender=operator)


def test_operator_records_many_up_to_the_ceiling(market, terms, alice, operator, lane, many):
    expected = error("VoucherExhausted", 3, 2)
    assert_reverts(expected, market.recordUsesWithVoucher, *many(count=3), sender=operator)
    market.recordUsesWithVoucher(*many(), {"from": operator})
    assert market.creditOf(alice, lane)[0] == 2 * subject_share(terms.price)
    expected = error("VoucherExhausted", 3, 2)
    assert_reverts(expected, market.recordUsesWithVoucher, *many(first=2, count=1), sender=operator)


def test_voucher_is_cumulative_and_replay_pays_nothing(market, terms, campaign, operator, advertiser, one, many):
    market.recordUseWithVoucher(*one(), {"from": operator})
    assert_reverts(error("WrongUseIndex", 0, 1), market.recordUseWithVoucher, *one(), sender=operator)
    assert_reverts(error("WrongUseIndex", 0, 1), market.recordUsesWithVoucher, *many(), sender=operator)
    higher = sign(advertiser, voucher_message(market, campaign, 3))
    market.recordUsesWithVoucher(*many(first=1, ceiling=3, signature=higher), {"from": operator})
    assert market.campaignOf(operator, campaign)[2] == 3


def test_operators_signer_records_too(market, operators, bob, operator, voucher, one):
    arguments = one(signature=compact(voucher))
    assert_reverts(error("NotOperator", operator, bob), market.recordUseWithVoucher, *arguments, sender=bob)
    operators.setSigner(bob, True, {"from": operator})
    market.recordUseWithVoucher(*arguments, {"from": bob})
    operators.setSigner(bob, False, {"from": operator})
    arguments = one(index=1)
    assert_reverts(error("NotOperator", operator, bob), market.recordUseWithVoucher, *arguments, sender=bob)


@pytest.mark.parametrize("who", ["advertiser", "rival", "owner", "stranger"])
def test_only_the_operator_uses_a_voucher(market, operator, one, many, request, who):
    somebody = request.getfixturevalue(who)
    expected = error("NotOperator", operator, somebody)
    assert_reverts(expected, market.recordUseWithVoucher, *one(), sender=somebody)
    assert_reverts(expected, market.recordUsesWithVoucher, *many(), sender=somebody)


def test_operator_records_nothing_without_a_voucher(market, campaign, operator, advertiser, one, many):
    own = sign(operator, voucher_message(market, campaign, 2))
    for signature in (b"", own):
        refused = error("InvalidSignature", advertiser)
        assert_reverts(refused, market.recordUseWithVoucher, *one(signature=signature), sender=operator)
        assert_reverts(refused, market.recordUsesWithVoucher, *many(signature=signature), sender=operator)


def test_ceiling_is_the_signed_one(market, operator, advertiser, one, many):
    refused = error("InvalidSignature", advertiser)
    assert_reverts(refused, market.recordUseWithVoucher, *one(ceiling=3), sender=operator)
    assert_reverts(refused, market.recordUsesWithVoucher, *many(ceiling=3), sender=operator)


def test_voucher_is_for_one_campaign(market, terms, operator, advertiser, open_campaign, one, many):
    other = terms._replace(salt=2)
    open_campaign(other)
    refused = error("InvalidSignature", advertiser)
    assert_reverts(refused, market.recordUseWithVoucher, *one(terms=other), sender=operator)
    assert_reverts(refused, market.recordUsesWithVoucher, *many(terms=other), sender=operator)


def test_consent_is_asked_for_all_the_same(market, consents, alice, operator, lane, one, many):
    consents.revoke(lane, {"from": alice})
    refused = error("NotConsented", alice, lane, TRAVEL)
    assert_reverts(refused, market.recordUseWithVoucher, *one(), sender=operator)
    assert_reverts(refused, market.recordUsesWithVoucher, *many(), sender=operator)


def test_smart_wallet_advertises(market, terms, alice, operator, wallet, fund, token, one):
    amount, owner = terms.price, wallet.owner()
    bought = terms._replace(advertiser=wallet)
    token.mint(wallet, amount, {"from": owner})
    wallet.execute(token, token.approve.encode_input(market, amount), {"from": owner})
    wallet.execute(market, market.openCampaign.encode_input(*bought.words, amount), {"from": owner})
    signature = sign(owner, voucher_message(market, bought.id, 1))
    market.recordUseWithVoucher(*one(terms=bought, ceiling=1, signature=signature), {"from": operator})
    assert market.campaignOf(operator, bought.id)[2] == 1
