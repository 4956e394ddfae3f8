"""SignalMarket.openCampaign: money goes into escrow."""

from tests.contracts.support import (
    PROHIBITED,
    TRANSFER_FROM_FAILED,
    ZERO,
    assert_event,
    assert_reverts,
    error,
    next_block_at,
    now,
    plain,
)


def test_escrow_comes_from_the_advertiser(market, token, advertiser, operator, terms, open_campaign):
    transaction = open_campaign(terms)
    amount = 10 * terms.price
    assert plain(market.campaignOf(operator, terms.id)) == (1, amount, 0, 0, 0)
    assert (token.balanceOf(market), token.balanceOf(advertiser)) == (amount, 0)
    target, bid = terms.words
    assert_event(
        transaction, "CampaignOpened", id=terms.id, advertiser=advertiser, target=target, bid=bid, amount=amount
    )


def test_id_is_the_hash_of_the_terms(market, terms):
    assert market.campaignId(*terms.whole) == terms.id


def test_sender_opens_for_nobody_but_itself(market, fund, terms, stranger, operator):
    fund(stranger, 100)
    market.openCampaign(*terms.words, 100, {"from": stranger})
    assert plain(market.campaignOf(operator, terms.id)) == (0, 0, 0, 0, 0)
    assert market.campaignOf(operator, terms._replace(advertiser=stranger).id)[1] == 100


def test_opens_once(market, terms, campaign, advertiser):
    assert_reverts(error("CampaignExists", campaign), market.openCampaign, *terms.words, 1, sender=advertiser)


def test_does_not_open_again_once_it_is_empty(market, terms, campaign, advertiser):
    next_block_at(terms.ends_at + 86_400)
    market.refund(*terms.words, advertiser, {"from": advertiser})
    assert_reverts(error("CampaignExists", campaign), market.openCampaign, *terms.words, 1, sender=advertiser)


def test_another_salt_is_another_campaign(market, terms, campaign, operator, open_campaign):
    other = terms._replace(salt=2)
    open_campaign(other, 3)
    assert market.campaignOf(operator, campaign)[1] == 10 * terms.price
    assert market.campaignOf(operator, other.id)[1] == 3 * terms.price


def test_prohibited_categories_cannot_be_bought(market, terms, advertiser):
    for bit in PROHIBITED:
        asked = terms._replace(categories=1 << bit | 1)
        expected = error("ProhibitedCategories", 1 << bit)
        assert_reverts(expected, market.openCampaign, *asked.words, 1, sender=advertiser)


def test_terms_are_checked(market, terms, advertiser, fund):
    fund(advertiser, 100)

    def refused(expected, amount=1, **change):
        words = terms._replace(**change).words
        assert_reverts(expected, market.openCampaign, *words, amount, sender=advertiser)

    refused(error("UnknownOperator", ZERO), operator=ZERO)
    refused(error("InvalidPurpose", 0), purpose=0)
    refused(error("InvalidPurpose", 6), purpose=6)
    refused(error("NoCategories"), categories=0)
    refused(error("ZeroPrice"), price=0)
    refused(error("AmountTooLarge", 1 << 96), price=1 << 96)
    refused(error("ZeroAmount"), amount=0)
    at = next_block_at(now() + 5)
    refused(error("CampaignEnded", at, at), ends_at=at)


def test_money_that_was_not_allowed_is_not_taken(market, token, terms, advertiser):
    token.mint(advertiser, 100, {"from": advertiser})
    assert_reverts(TRANSFER_FROM_FAILED, market.openCampaign, *terms.words, 100, sender=advertiser)
    assert token.balanceOf(advertiser) == 100


def test_escrow_has_96_bits(market, terms, advertiser, fund):
    most = (1 << 96) - 1
    fund(advertiser, most + 2)
    expected = error("AmountTooLarge", most + 1)
    assert_reverts(expected, market.openCampaign, *terms.words, most + 1, sender=advertiser)
    market.openCampaign(*terms.words, most, {"from": advertiser})
    assert_reverts(error("AmountTooLarge", 1), market.topUp, *terms.whole, 1, sender=advertiser)


def test_no_lane_makes_an_account_of_an_escrow(market, terms, campaign, operator):
    """An operator withdraws on words of its choosing: none that a campaign may be kept under serves."""
    whole = int(campaign, 16)
    for key in (whole, whole | 1 << 255, whole >> 96, whole >> 96 | 1 << 255):
        assert plain(market.creditOf(operator, key)) == (0, 0, 0, 0)
        assert_reverts(error("NothingToClaim", operator), market.withdraw, [key], operator, sender=operator)
    assert market.campaignOf(operator, campaign)[1] == 10 * terms.price
