"""ConsentRegistry.inForce, isAllowed, areAllowed, areInForce and consentsOf: what counts, to the second."""

import pytest

from tests.contracts.support import COOKING, GAMING, TRAVEL, lane_of, next_block_at, now, plain, request


def mine_at(timestamp):
    next_block_at(timestamp)
    request("anvil_mine", "0x1")


def test_consented_categories_and_no_others(consents, alice, operator, granted):
    assert consents.isAllowed(alice, operator, 1, TRAVEL)
    assert consents.isAllowed(alice, operator, 1, COOKING)
    assert not consents.isAllowed(alice, operator, 1, GAMING)


def test_bits_of_other_fields_are_no_categories(consents, alice, operator, granted):
    """Every bit of the word above the 128 categories, whatever it says."""
    assert not any(consents.isAllowed(alice, operator, 1, category) for category in range(128, 256, 5))
    assert (granted.word >> 255, granted.word >> 236 & 1) == (0, 1)
    assert not consents.isAllowed(alice, operator, 1, 236)


def test_one_purpose_does_not_allow_another(consents, alice, operator, granted):
    assert not consents.isAllowed(alice, operator, 2, TRAVEL)


def test_one_operator_does_not_speak_for_another(consents, alice, rival, granted):
    assert not consents.isAllowed(alice, rival, 1, TRAVEL)


def test_ends_in_the_second_it_names(consents, alice, operator, granted):
    mine_at(granted.ends_at - 1)
    assert consents.isAllowed(alice, operator, 1, TRAVEL)
    mine_at(granted.ends_at)
    assert not consents.isAllowed(alice, operator, 1, TRAVEL)


def test_granted_in_the_second_of_revoking_everything_does_not_count(consents, alice, lane, terms, signed, relayer):
    at = next_block_at(now() + 10)
    consents.revokeAll({"from": alice})
    consents.grantBySig(*signed(alice, terms._replace(granted_at=at, version=1)), {"from": relayer})
    assert consents.consentOf(alice, lane) != 0
    assert consents.inForce(alice, lane) == 0
    later = next_block_at(now() + 10)
    consents.grantBySig(*signed(alice, terms._replace(granted_at=later, version=2)), {"from": relayer})
    assert consents.inForce(alice, lane) != 0


def test_many_subjects_at_once(consents, alice, bob, operator, lane, granted):
    assert consents.areAllowed([bob, alice, bob], operator, 1, TRAVEL) == (False, True, False)
    assert consents.areAllowed([alice], operator, 1, GAMING) == (False,)
    assert plain(consents.areInForce([bob, alice], lane)) == (0, granted.word)


def test_all_consents_of_one_subject_stored_and_counting(consents, alice, operator, lane, granted, terms):
    other = lane_of(operator, 2)
    consents.grant(other, terms.word, {"from": alice})
    consents.revoke(other, {"from": alice})
    stored, counting = consents.consentsOf(alice, [lane, other, lane_of(operator, 4)])
    assert plain(stored) == (granted.word, consents.consentOf(alice, other), 0)
    assert plain(counting) == (granted.word, 0, 0)


@pytest.mark.parametrize(
    ("purpose", "approved", "allowed"), [(1, False, False), (1, True, True), (3, False, False), (4, True, True)]
)
def test_minors_consent_needs_the_guardian(consents, minor, operator, guardian, terms, purpose, approved, allowed):
    lane = lane_of(operator, purpose)
    next_block_at(now() + 10)
    consents.grant(lane, terms.word, {"from": minor})
    if approved:
        consents.approveAsGuardian(minor, lane, consents.consentOf(minor, lane), {"from": guardian})
    assert consents.isAllowed(minor, operator, purpose, TRAVEL) is allowed


def test_registry_says_who_it_asks_about_ages(consents, operators):
    assert consents.operators() == operators.address
