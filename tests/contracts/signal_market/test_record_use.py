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
    lane_of,
    next_block_at,
    now,
    plain,
    set_storage,
    subject_share,
    use_of,
    word_slot,
)

pytestmark = [
    pytest.mark.usefixtures("consented", "campaign"),
    pytest.mark.parametrize("token", ["6 decimals", "18 decimals"], indirect=True),
]


def test_price_leaves_the_escrow_and_the_persons_share_is_credited(
    market, token, terms, campaign, alice, operator, advertiser, lane
):
    at = next_block_at(now() + 5)
    word = use_of(alice, TRAVEL, 0)
    transaction = market.recordUse(*terms.words, word, {"from": advertiser})
    share = subject_share(terms.price)
    assert plain(market.campaignOf(operator, campaign)) == (1, 9 * terms.price, 1, 0, 0)
    assert plain(market.creditOf(alice, lane)) == (share, 0, at // DAY, 1)
    assert token.balanceOf(market) == 10 * terms.price
    assert_event(transaction, "UseRecorded", campaign=campaign, use=word)


def test_person_gets_seventy_percent_rounded_up(market, terms, advertiser, unit, alice, lane, use, payout, token):
    use(1)
    earned = market.creditOf(alice, lane)[0]
    assert (earned - 1) * 10 < terms.price * 7 <= earned * 10
    assert market.USER_SHARE_BPS() == 7_000
    market.payOperator(*terms.whole, {"from": advertiser})
    assert token.balanceOf(payout) == terms.price - earned


@pytest.mark.parametrize("who", ["operator", "owner", "alice", "stranger"])
def test_only_the_advertiser_records_without_a_voucher(market, terms, alice, request, who):
    """The sender is the advertiser: anybody else's campaign with these terms was never opened."""
    somebody = request.getfixturevalue(who)
    arguments = (*terms.words, use_of(alice, TRAVEL, 0))
    expected = error("UnknownCampaign", terms._replace(advertiser=somebody).id)
    assert_reverts(expected, market.recordUse, *arguments, sender=somebody)


def test_each_index_is_recorded_once_and_in_order(market, terms, alice, advertiser, lane):
    def refused(index, expected):
        assert_reverts(expected, market.recordUse, *terms.words, use_of(alice, TRAVEL, index), sender=advertiser)

    refused(1, error("WrongUseIndex", 1, 0))
    market.recordUse(*terms.words, use_of(alice, TRAVEL, 0), {"from": advertiser})
    refused(0, error("WrongUseIndex", 0, 1))
    refused(2, error("WrongUseIndex", 2, 1))
    assert market.creditOf(alice, lane)[0] == subject_share(terms.price)


def test_bits_above_the_index_are_part_of_it(market, terms, alice, advertiser):
    word = use_of(alice, TRAVEL, 1 << 40)
    expected = error("WrongUseIndex", 1 << 40, 0)
    assert_reverts(expected, market.recordUse, *terms.words, word, sender=advertiser)


def test_no_consent_no_use(market, consents, terms, bob, alice, advertiser, lane):
    arguments = (*terms.words, use_of(bob, TRAVEL, 0))
    assert_reverts(error("NotConsented", bob, lane, TRAVEL), market.recordUse, *arguments, sender=advertiser)
    consents.revoke(lane, {"from": alice})
    arguments = (*terms.words, use_of(alice, TRAVEL, 0))
    assert_reverts(error("NotConsented", alice, lane, TRAVEL), market.recordUse, *arguments, sender=advertiser)


def test_revoking_everything_stops_uses_at_once(market, consents, terms, alice, advertiser, lane):
    consents.revokeAll({"from": alice})
    arguments = (*terms.words, use_of(alice, TRAVEL, 0))
    assert_reverts(error("NotConsented", alice, lane, TRAVEL), market.recordUse, *arguments, sender=advertiser)


def test_marking_a_minor_stops_uses_at_once(market, consents, terms, alice, guardian, attester, advertiser, lane):
    consents.markMinor(alice, True, guardian, {"from": attester})
    arguments = (*terms.words, use_of(alice, TRAVEL, 0))
    assert_reverts(error("NotConsented", alice, lane, TRAVEL), market.recordUse, *arguments, sender=advertiser)


def test_consent_for_one_purpose_or_operator_serves_no_other(
    market, terms, alice, operator, rival, advertiser, open_campaign
):
    for other in (terms._replace(purpose=2), terms._replace(operator=rival)):
        open_campaign(other)
        arguments = (*other.words, use_of(alice, TRAVEL, 0))
        expected = error("NotConsented", alice, lane_of(other.operator, other.purpose), TRAVEL)
        assert_reverts(expected, market.recordUse, *arguments, sender=advertiser)


def test_category_is_consented_to_and_bought(market, consents, terms, alice, advertiser, lane):
    def refused(category, expected):
        assert_reverts(expected, market.recordUse, *terms.words, use_of(alice, category, 0), sender=advertiser)

    refused(COOKING, error("NotConsented", alice, lane, COOKING))
    for category in (128, 200, 255):
        refused(category, error("NotConsented", alice, lane, category))
    word = Consent(1 << GAMING, ends_at=now() + DAY, floor=20_000, cap=3).word
    consents.grant(lane, word, {"from": alice})
    refused(GAMING, error("CategoryNotInCampaign", GAMING))


def test_price_meets_the_floor(market, terms, alice, advertiser, unit, open_campaign):
    cheap = terms._replace(price=20_000 * unit - 1, salt=2)
    open_campaign(cheap)
    expected = error("PriceBelowFloor", cheap.price, 20_000 * unit)
    assert_reverts(expected, market.recordUse, *cheap.words, use_of(alice, TRAVEL, 0), sender=advertiser)
    exact = terms._replace(price=20_000 * unit, salt=3)
    open_campaign(exact)
    market.recordUse(*exact.words, use_of(alice, TRAVEL, 0), {"from": advertiser})


def test_daily_cap_holds_until_the_utc_day_ends(market, terms, alice, advertiser, lane, use):
    midnight = (now() // DAY + 1) * DAY
    next_block_at(midnight)
    use(3)
    next_block_at(midnight + DAY - 1)
    arguments = (*terms.words, use_of(alice, TRAVEL, 3))
    assert_reverts(error("DailyCapReached", 3), market.recordUse, *arguments, sender=advertiser)
    next_block_at(midnight + DAY)
    market.recordUse(*arguments, {"from": advertiser})
    assert plain(market.creditOf(alice, lane))[2:] == (midnight // DAY + 1, 1)


def test_cap_counts_over_all_campaigns(market, terms, alice, advertiser, open_campaign, use):
    other = terms._replace(salt=2)
    open_campaign(other)
    next_block_at((now() // DAY + 1) * DAY)
    use(2)
    market.recordUse(*other.words, use_of(alice, TRAVEL, 0), {"from": advertiser})
    arguments = (*other.words, use_of(alice, TRAVEL, 1))
    assert_reverts(error("DailyCapReached", 3), market.recordUse, *arguments, sender=advertiser)


def test_campaign_that_ran_out_of_money(market, terms, alice, advertiser, fund, open_campaign):
    small = terms._replace(salt=2)
    open_campaign(small, uses=1)
    market.recordUse(*small.words, use_of(alice, TRAVEL, 0), {"from": advertiser})
    arguments = (*small.words, use_of(alice, TRAVEL, 1))
    assert_reverts(error("EscrowExhausted", 0, small.price), market.recordUse, *arguments, sender=advertiser)
    fund(advertiser, small.price)
    market.topUp(*small.whole, small.price, {"from": advertiser})
    market.recordUse(*arguments, {"from": advertiser})


def test_unopened_campaign_at_no_price_cannot_use_up_a_cap(market, consents, terms, alice, advertiser, lane):
    free = Consent(1 << TRAVEL, ends_at=now() + DAY, floor=0, cap=3)
    consents.grant(lane, free.word, {"from": alice})
    nothing = terms._replace(price=0, salt=7)
    arguments = (*nothing.words, use_of(alice, TRAVEL, 0))
    assert_reverts(error("UnknownCampaign", nothing.id), market.recordUse, *arguments, sender=advertiser)
    assert plain(market.creditOf(alice, lane)) == (0, 0, 0, 0)


def test_ended_campaign_uses_nothing(market, terms, alice, advertiser):
    at = next_block_at(terms.ends_at)
    arguments = (*terms.words, use_of(alice, TRAVEL, 0))
    assert_reverts(error("CampaignEnded", at, at), market.recordUse, *arguments, sender=advertiser)


def test_earnings_have_96_bits(market, terms, alice, advertiser, lane):
    slot = word_slot(alice, lane)
    share = subject_share(terms.price)
    arguments = (*terms.words, use_of(alice, TRAVEL, 0))
    set_storage(market, slot, (1 << 96) - share)
    assert_reverts(error("AmountTooLarge", share), market.recordUse, *arguments, sender=advertiser)
    set_storage(market, slot, (1 << 96) - 1 - share)
    market.recordUse(*arguments, {"from": advertiser})
    assert plain(market.creditOf(alice, lane))[:2] == ((1 << 96) - 1, 0)
