"""SignalMarket.recordUses: many uses in one transaction, all of them or none."""

import pytest

from tests.contracts.support import (
    COOKING,
    DAY,
    TRAVEL,
    Consent,
    assert_reverts,
    error,
    next_block_at,
    now,
    packed_uses,
    plain,
    subject_share,
    use_of,
)

pytestmark = [
    pytest.mark.usefixtures("consented", "campaign"),
    pytest.mark.parametrize("token", ["6 decimals"], indirect=True),
]


@pytest.fixture
def bobs(consents, bob, lane):
    """Bob allows travel and cooking, twice a day."""
    word = Consent(1 << TRAVEL | 1 << COOKING, ends_at=now() + 30 * DAY, floor=20_000, cap=2).word
    consents.grant(lane, word, {"from": bob})


def test_each_use_is_credited_to_its_own_subject(market, terms, campaign, alice, bob, operator, advertiser, lane, bobs):
    at = next_block_at(now() + 5)
    uses = ((alice, TRAVEL), (bob, COOKING), (alice, TRAVEL))
    transaction = market.recordUses(*terms.words, 0, packed_uses(*uses), {"from": advertiser})
    share = subject_share(terms.price)
    assert plain(market.campaignOf(operator, campaign)) == (1, 7 * terms.price, 3, 0, 0)
    assert plain(market.creditOf(alice, lane)) == (2 * share, 0, at // DAY, 2)
    assert plain(market.creditOf(bob, lane)) == (share, 0, at // DAY, 1)
    told = [(event["campaign"], event["use"]) for event in transaction.events["UseRecorded"]]
    assert told == [(campaign, use_of(who, category, index)) for index, (who, category) in enumerate(uses)]


def test_indices_go_on_from_the_last(market, terms, alice, bob, advertiser, bobs, use):
    use(2)
    records = packed_uses((bob, TRAVEL), (alice, TRAVEL))
    for index in (0, 1, 3):
        expected = error("WrongUseIndex", index, 2)
        assert_reverts(expected, market.recordUses, *terms.words, index, records, sender=advertiser)
    market.recordUses(*terms.words, 2, records, {"from": advertiser})
    assert_reverts(error("WrongUseIndex", 2, 4), market.recordUses, *terms.words, 2, records, sender=advertiser)


def test_one_use_without_consent_undoes_all(
    market, token, terms, campaign, alice, bob, stranger, operator, advertiser, lane, bobs
):
    records = packed_uses((alice, TRAVEL), (bob, TRAVEL), (stranger, TRAVEL))
    expected = error("NotConsented", stranger, lane, TRAVEL)
    assert_reverts(expected, market.recordUses, *terms.words, 0, records, sender=advertiser)
    assert plain(market.campaignOf(operator, campaign)) == (1, 10 * terms.price, 0, 0, 0)
    for person in (alice, bob):
        assert plain(market.creditOf(person, lane)) == (0, 0, 0, 0)


def test_cap_is_counted_within_the_batch(market, terms, bob, advertiser, lane, bobs):
    records = packed_uses(*[(bob, TRAVEL)] * 3)
    assert_reverts(error("DailyCapReached", 2), market.recordUses, *terms.words, 0, records, sender=advertiser)
    assert market.creditOf(bob, lane)[0] == 0


def test_escrow_is_counted_within_the_batch(market, terms, alice, advertiser, open_campaign):
    small = terms._replace(salt=2)
    open_campaign(small, uses=2)
    records = packed_uses(*[(alice, TRAVEL)] * 3)
    expected = error("EscrowExhausted", 0, small.price)
    assert_reverts(expected, market.recordUses, *small.words, 0, records, sender=advertiser)


@pytest.mark.parametrize("length", [0, 20, 22, 41])
def test_batch_is_a_whole_number_of_records_and_at_least_one(market, terms, advertiser, length):
    expected = error("InvalidRecords", length, 21)
    assert_reverts(expected, market.recordUses, *terms.words, 0, b"\x00" * length, sender=advertiser)


@pytest.mark.parametrize("who", ["operator", "stranger"])
def test_only_the_advertiser_records_without_a_voucher(market, terms, alice, request, who):
    somebody = request.getfixturevalue(who)
    arguments = (*terms.words, 0, packed_uses((alice, TRAVEL)))
    expected = error("UnknownCampaign", terms._replace(advertiser=somebody).id)
    assert_reverts(expected, market.recordUses, *arguments, sender=somebody)
