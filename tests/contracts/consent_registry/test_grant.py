"""ConsentRegistry.grant: a consent by an own transaction."""

import pytest

from tests.contracts.support import (
    DAY,
    PROHIBITED,
    Consent,
    assert_event,
    assert_reverts,
    error,
    lane_of,
    next_block_at,
    now,
    set_storage,
    word_slot,
)

MAX_DURATION = 400 * DAY


def test_stores_the_terms_with_time_and_version_and_tells_them(consents, alice, lane, terms):
    at = next_block_at(now() + 5)
    transaction = consents.grant(lane, terms.word, {"from": alice})

    stored = terms._replace(granted_at=at, version=1)
    assert Consent.of(consents.consentOf(alice, lane)) == stored
    assert consents.inForce(alice, lane) == stored.word
    assert_event(transaction, "Granted", subject=alice, lane=lane, consent=stored.word)


def test_speaks_for_nobody_but_the_sender(consents, alice, bob, lane, terms):
    consents.grant(lane, terms.word, {"from": alice})
    assert consents.consentOf(bob, lane) == 0


def test_every_change_counts_the_version_up(consents, alice, lane, terms):
    for version in (1, 2, 3):
        consents.grant(lane, terms.word, {"from": alice})
        assert Consent.of(consents.consentOf(alice, lane)).version == version


def test_purposes_and_operators_are_apart(consents, alice, bob, operator, terms):
    consents.grant(lane_of(operator, 1), terms.word, {"from": alice})
    assert consents.consentOf(alice, lane_of(operator, 2)) == 0
    assert consents.consentOf(alice, lane_of(bob, 1)) == 0


@pytest.mark.parametrize("bit", PROHIBITED)
def test_prohibited_categories_are_refused(consents, alice, lane, terms, bit):
    asked = terms._replace(categories=1 << bit | 1)
    assert_reverts(error("ProhibitedCategories", 1 << bit), consents.grant, lane, asked.word, sender=alice)
    assert consents.consentOf(alice, lane) == 0


def test_names_at_least_one_category(consents, alice, lane, terms):
    assert_reverts(error("NoCategories"), consents.grant, lane, terms._replace(categories=0).word, sender=alice)


def test_allows_at_least_one_use_a_day(consents, alice, lane, terms):
    assert_reverts(error("ZeroCap"), consents.grant, lane, terms._replace(cap=0).word, sender=alice)


def test_lasts_400_days_and_not_a_second_longer(consents, alice, lane, terms):
    at = next_block_at(now() + 5)
    late = terms._replace(ends_at=at + MAX_DURATION + 1)
    expected = error("InvalidEnd", at + MAX_DURATION + 1, at + MAX_DURATION)
    assert_reverts(expected, consents.grant, lane, late.word, sender=alice)
    at = next_block_at(at + 5)
    consents.grant(lane, terms._replace(ends_at=at + MAX_DURATION).word, {"from": alice})


def test_ends_in_the_future(consents, alice, lane, terms):
    at = next_block_at(now() + 5)
    expected = error("InvalidEnd", at, at + MAX_DURATION)
    assert_reverts(expected, consents.grant, lane, terms._replace(ends_at=at).word, sender=alice)


@pytest.mark.parametrize("field", [{"granted_at": 1}, {"version": 1}, {"guarded": 1}])
def test_fields_of_the_contract_are_not_the_callers(consents, alice, lane, terms, field):
    word = terms._replace(**field).word
    assert_reverts(error("ReservedBits", word - terms.word), consents.grant, lane, word, sender=alice)


@pytest.mark.parametrize("purpose", [0, 6, 255])
def test_purpose_is_one_of_five(consents, alice, operator, terms, purpose):
    lane = lane_of(operator, purpose)
    assert_reverts(error("InvalidLane", lane), consents.grant, lane, terms.word, sender=alice)


def test_operator_is_an_address(consents, alice, operator, terms):
    for lane in (1, lane_of(operator) | 1 << 168):
        assert_reverts(error("InvalidLane", lane), consents.grant, lane, terms.word, sender=alice)


def test_consent_that_ran_out_of_versions_can_only_be_revoked(consents, alice, lane, terms):
    last = terms._replace(granted_at=now(), version=(1 << 19) - 1)
    set_storage(consents, word_slot(alice, lane), last.word)
    assert Consent.of(consents.consentOf(alice, lane)) == last

    assert_reverts(error("VersionsExhausted"), consents.grant, lane, terms.word, sender=alice)
    consents.revoke(lane, {"from": alice})
    assert consents.inForce(alice, lane) == 0
