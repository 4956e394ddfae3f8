"""SignalMarket.recordUse: consent, floor, cap and escrow are checked, the price is split and credited at once."""

import pytest

from tests.contracts.support import (
    COOKING,
    DAY,
    GAMING,
    TRAVEL,
    Consent,
    assert_event,
    assert_reverts,
    error,
    next_block_at,
    now,
    numbers,
    subject_share,
)

pytestmark = pytest.mark.usefixtures("consented", "campaign")


def test_price_leaves_the_escrow_and_the_persons_share_is_credited(
    market, token, terms, campaign, alice, advertiser, lane
):
    at = next_block_at(now() + 5)
    transaction = market.recordUse(terms, alice, TRAVEL, 0, {"from": advertiser})
    share = subject_share(terms.price)
    assert numbers(market.campaignOf(campaign)) == (9 * terms.price, 1, 0, 0)
    assert numbers(market.creditOf(alice, lane)) == (share, 0, at // DAY, 1)
    assert market.operatorCredit(terms) == terms.price - share
    assert token.balanceOf(market) == 10 * terms.price
    assert_event(
        transaction, "UseRecorded", campaign=campaign, subject=alice, category=TRAVEL, useIndex=0, credited=share
    )


def test_only_the_advertiser_records_without_a_voucher(market, terms, alice, operator, advertiser):
    expected = error("NotAdvertiser", advertiser, operator)
    assert_reverts(expected, market.recordUse, terms, alice, TRAVEL, 0, sender=operator)


def test_each_index_is_recorded_once_and_in_order(market, terms, alice, advertiser, lane):
    assert_reverts(error("UseOutOfOrder", 1, 0), market.recordUse, terms, alice, TRAVEL, 1, sender=advertiser)
    market.recordUse(terms, alice, TRAVEL, 0, {"from": advertiser})
    assert_reverts(error("UseAlreadyRecorded", 0, 1), market.recordUse, terms, alice, TRAVEL, 0, sender=advertiser)
    assert market.creditOf(alice, lane)[0] == subject_share(terms.price)


def test_no_consent_no_use(market, consents, terms, bob, alice, advertiser, lane):
    assert_reverts(error("ConsentNotInForce", bob, lane), market.recordUse, terms, bob, TRAVEL, 0, sender=advertiser)
    consents.revoke(lane, {"from": alice})
    expected = error("ConsentNotInForce", alice, lane)
    assert_reverts(expected, market.recordUse, terms, alice, TRAVEL, 0, sender=advertiser)


def test_revoking_everything_stops_uses_at_once(market, consents, terms, alice, advertiser, lane):
    consents.revokeAll({"from": alice})
    expected = error("ConsentNotInForce", alice, lane)
    assert_reverts(expected, market.recordUse, terms, alice, TRAVEL, 0, sender=advertiser)


def test_category_is_consented_to_and_bought(market, terms, alice, advertiser):
    expected = error("CategoryNotConsented", COOKING)
    assert_reverts(expected, market.recordUse, terms, alice, COOKING, 0, sender=advertiser)
    expected = error("CategoryNotInCampaign", GAMING)
    assert_reverts(expected, market.recordUse, terms, alice, GAMING, 0, sender=advertiser)
    expected = error("CategoryNotInCampaign", 128)
    assert_reverts(expected, market.recordUse, terms, alice, 128, 0, sender=advertiser)


def test_price_meets_the_floor(market, terms, alice, advertiser, unit, open_campaign):
    cheap = terms._replace(price=20_000 * unit - 1, salt=2)
    open_campaign(cheap)
    expected = error("PriceBelowFloor", cheap.price, 20_000 * unit)
    assert_reverts(expected, market.recordUse, cheap, alice, TRAVEL, 0, sender=advertiser)
    exact = terms._replace(price=20_000 * unit, salt=3)
    open_campaign(exact)
    market.recordUse(exact, alice, TRAVEL, 0, {"from": advertiser})


def test_daily_cap_holds_until_the_utc_day_ends(market, terms, alice, advertiser, lane):
    midnight = (now() // DAY + 1) * DAY
    next_block_at(midnight)
    for index in range(3):
        market.recordUse(terms, alice, TRAVEL, index, {"from": advertiser})
    assert_reverts(error("DailyCapReached", 3), market.recordUse, terms, alice, TRAVEL, 3, sender=advertiser)
    next_block_at(midnight + DAY)
    market.recordUse(terms, alice, TRAVEL, 3, {"from": advertiser})
    assert numbers(market.creditOf(alice, lane)[2:]) == (midnight // DAY + 1, 1)


def test_cap_counts_over_all_campaigns(market, terms, alice, advertiser, open_campaign):
    other = terms._replace(salt=2)
    open_campaign(other)
    next_block_at((now() // DAY + 1) * DAY)
    for index in range(2):
        market.recordUse(terms, alice, TRAVEL, index, {"from": advertiser})
    market.recordUse(other, alice, TRAVEL, 0, {"from": advertiser})
    assert_reverts(error("DailyCapReached", 3), market.recordUse, other, alice, TRAVEL, 1, sender=advertiser)


def test_campaign_that_ran_out_of_money(market, terms, alice, advertiser, open_campaign):
    small = terms._replace(salt=2)
    open_campaign(small, uses=1)
    market.recordUse(small, alice, TRAVEL, 0, {"from": advertiser})
    expected = error("EscrowExhausted", 0, small.price)
    assert_reverts(expected, market.recordUse, small, alice, TRAVEL, 1, sender=advertiser)


def test_unopened_campaign_at_no_price_cannot_use_up_a_cap(market, consents, terms, alice, advertiser, lane):
    free = Consent(1 << TRAVEL, ends_at=now() + DAY, floor=0, cap=3)
    consents.grant(lane, free.word, {"from": alice})
    nothing = terms._replace(price=0, salt=7)
    expected = error("UnknownCampaign", market.campaignId(nothing))
    assert_reverts(expected, market.recordUse, nothing, alice, TRAVEL, 0, sender=advertiser)


def test_ended_campaign_uses_nothing(market, terms, alice, advertiser):
    at = next_block_at(terms.ends_at)
    assert_reverts(error("CampaignEnded", at, at), market.recordUse, terms, alice, TRAVEL, 0, sender=advertiser)
