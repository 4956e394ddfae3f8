"""SignalMarket.openCampaign, openCampaignWithPermit and topUp: money goes into escrow."""

import pytest

from tests.contracts.signal_market.conftest import KEY
from tests.contracts.support import (
    DAY,
    assert_event,
    assert_reverts,
    error,
    next_block_at,
    now,
    numbers,
    permit_message,
    sign,
)


def test_escrow_comes_from_the_advertiser(market, token, advertiser, operator, terms, open_campaign):
    transaction = open_campaign(terms)
    campaign, amount = market.campaignId(terms), 10 * terms.price
    assert numbers(market.campaignOf(campaign)) == (amount, 0, 0, 0)
    assert market.recipientKeyOf(campaign) == KEY
    assert (token.balanceOf(market), token.balanceOf(advertiser)) == (amount, 0)
    assert_event(
        transaction,
        "CampaignOpened",
        id=campaign,
        advertiser=advertiser,
        operator=operator,
        terms=terms,
        recipientKey=KEY,
        amount=amount,
    )


def test_only_the_advertiser_opens_its_campaign(market, terms, stranger, advertiser):
    expected = error("NotAdvertiser", advertiser, stranger)
    assert_reverts(expected, market.openCampaign, terms, KEY, 1, sender=stranger)


def test_opens_once(market, terms, campaign, advertiser):
    assert_reverts(error("CampaignExists", campaign), market.openCampaign, terms, KEY, 1, sender=advertiser)


def test_another_salt_is_another_campaign(market, terms, campaign, open_campaign):
    open_campaign(terms._replace(salt=2))
    assert market.campaignId(terms._replace(salt=2)) != campaign


@pytest.mark.parametrize("bit", range(112, 128))
def test_prohibited_categories_cannot_be_bought(market, terms, advertiser, bit):
    asked = terms._replace(categories=1 << bit | 1)
    assert_reverts(error("ProhibitedCategories", 1 << bit), market.openCampaign, asked, KEY, 1, sender=advertiser)


def test_terms_are_checked(market, terms, advertiser, stranger):
    def refused(expected, key=KEY, amount=1, **change):
        assert_reverts(expected, market.openCampaign, terms._replace(**change), key, amount, sender=advertiser)

    refused(error("UnknownOperator", stranger), operator=stranger)
    refused(error("InvalidPurpose", 0), purpose=0)
    refused(error("InvalidPurpose", 6), purpose=6)
    refused(error("NoCategories"), categories=0)
    refused(error("ZeroPrice"), price=0)
    refused(error("ZeroAmount"), amount=0)
    refused(error("EmptyRecipientKey"), key="0x" + "00" * 32)
    at = next_block_at(now() + 5)
    refused(error("CampaignEnded", at, at), ends_at=at)


def test_anyone_tops_up(market, token, terms, campaign, stranger):
    token.mint(stranger, 500, {"from": stranger})
    token.approve(market, 500, {"from": stranger})
    transaction = market.topUp(terms, 500, {"from": stranger})
    assert_event(transaction, "CampaignToppedUp", id=campaign, amount=500)
    assert market.campaignOf(campaign)[0] == 10 * terms.price + 500


def test_ended_or_unknown_campaign_takes_no_money(market, terms, campaign, stranger):
    other = terms._replace(salt=9)
    assert_reverts(error("UnknownCampaign", market.campaignId(other)), market.topUp, other, 1, sender=stranger)
    at = next_block_at(terms.ends_at)
    assert_reverts(error("CampaignEnded", at, at), market.topUp, terms, 1, sender=stranger)


@pytest.mark.parametrize("token", ["6 decimals", "18 decimals"], indirect=True)
def test_one_permit_and_one_transaction(market, token, terms, advertiser):
    amount, deadline = 3 * terms.price, now() + DAY
    token.mint(advertiser, amount, {"from": advertiser})
    signature = sign(advertiser, permit_message(token, advertiser, market.address, amount, deadline))
    parts = (signature[64], signature[:32], signature[32:64])
    market.openCampaignWithPermit(terms, KEY, amount, deadline, *parts, {"from": advertiser})
    assert market.campaignOf(market.campaignId(terms))[0] == amount


def test_fee_on_transfer_token_is_refused(
    FeeToken, SignalMarket, consents, operators, owner, advertiser, terms, market
):
    fees = FeeToken.deploy({"from": owner})
    with_fees = SignalMarket.deploy(fees, consents, operators, {"from": owner})
    fees.mint(advertiser, 1000, {"from": owner})
    fees.approve(with_fees, 1000, {"from": advertiser})
    expected = error("FeeOnTransferToken", 1000, 990)
    assert_reverts(expected, with_fees.openCampaign, terms, KEY, 1000, sender=advertiser)
    assert fees.balanceOf(advertiser) == 1000


def test_token_needs_six_decimals(TestDollar, SignalMarket, consents, operators, owner):
    coarse = TestDollar.deploy(5, {"from": owner})
    arguments = (coarse, consents, operators)
    assert_reverts(error("TokenDecimalsTooFew", 5), SignalMarket.deploy, *arguments, sender=owner)
