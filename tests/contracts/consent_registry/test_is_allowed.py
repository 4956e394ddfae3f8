"""ConsentRegistry.inForce, isAllowed and areAllowed: what counts, to the second."""

import pytest

from tests.contracts.support import (
    COOKING,
    DAY,
    GAMING,
    TRAVEL,
    Consent,
    lane_of,
    mapping_slot,
    now,
    request,
    set_storage,
)


@pytest.fixture
def lane(operator):
    return lane_of(operator)


@pytest.fixture
def granted(consents, alice, lane):
    terms = Consent(ends_at=now() + 30 * DAY)
    consents.grant(lane, terms.word, {"from": alice})
    return Consent.of(consents.consentOf(alice, lane))


def mine_at(timestamp):
    request("evm_setNextBlockTimestamp", timestamp)
    request("anvil_mine", "0x1")


def test_consented_categories_and_no_others(consents, alice, operator, granted):
    assert consents.isAllowed(alice, operator, 1, TRAVEL)
    assert consents.isAllowed(alice, operator, 1, COOKING)
    assert not consents.isAllowed(alice, operator, 1, GAMING)
    assert not consents.isAllowed(alice, operator, 1, 200)


def test_one_purpose_does_not_allow_another(consents, alice, operator, granted):
    assert not consents.isAllowed(alice, operator, 2, TRAVEL)


def test_ends_in_the_second_it_names(consents, alice, operator, granted):
    mine_at(granted.ends_at - 1)
    assert consents.isAllowed(alice, operator, 1, TRAVEL)
    mine_at(granted.ends_at)
    assert not consents.isAllowed(alice, operator, 1, TRAVEL)


def test_many_subjects_at_once(consents, alice, bob, operator, granted):
    assert consents.areAllowed([bob, alice, bob], operator, 1, TRAVEL) == (False, True, False)


@pytest.mark.parametrize(
    ("purpose", "guarded", "allowed"), [(1, 0, False), (1, 1, True), (3, 1, False), (5, 1, False), (4, 1, True)]
)
def test_minors_consent_needs_the_guardian_and_never_messages_or_trains(
    consents, alice, operator, purpose, guarded, allowed
):
    lane = lane_of(operator, purpose)
    word = Consent(granted_at=now(), ends_at=now() + DAY, version=1, guarded=guarded).word
    set_storage(consents, mapping_slot(mapping_slot(0, alice), lane), word)
    set_storage(consents, mapping_slot(1, alice), 1 << 40)  # Subject.minor
    assert consents.subjectState(alice)[1]
    assert consents.isAllowed(alice, operator, purpose, TRAVEL) is allowed
