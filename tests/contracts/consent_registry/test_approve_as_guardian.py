"""ConsentRegistry.approveAsGuardian: what a minor grants counts once its guardian approved exactly that."""

import pytest

from tests.contracts.support import (
    TRAVEL,
    Consent,
    assert_event,
    assert_reverts,
    error,
    lane_of,
    next_block_at,
    now,
)


@pytest.fixture
def asked(consents, minor, lane, terms):
    """What the minor granted, as stored."""
    next_block_at(now() + 10)
    consents.grant(lane, terms.word, {"from": minor})
    return Consent.of(consents.consentOf(minor, lane))


def test_minors_consent_counts_once_the_guardian_approved_it(consents, minor, operator, guardian, lane, asked):
    assert consents.inForce(minor, lane) == 0
    assert not consents.isAllowed(minor, operator, 1, TRAVEL)
    transaction = consents.approveAsGuardian(minor, lane, asked.word, {"from": guardian})
    stored = asked._replace(guarded=1)
    assert consents.consentOf(minor, lane) == consents.inForce(minor, lane) == stored.word
    assert consents.isAllowed(minor, operator, 1, TRAVEL)
    assert_event(transaction, "Approved", subject=minor, lane=lane, consent=stored.word)


def test_changed_consent_needs_a_new_approval(consents, minor, guardian, lane, asked, terms):
    consents.approveAsGuardian(minor, lane, asked.word, {"from": guardian})
    next_block_at(now() + 10)
    consents.grant(lane, terms._replace(categories=7).word, {"from": minor})
    assert consents.inForce(minor, lane) == 0


def test_minor_changes_nothing_under_the_guardians_hand(consents, minor, guardian, lane, asked, terms):
    next_block_at(now() + 10)
    consents.grant(lane, terms._replace(categories=7).word, {"from": minor})
    stored = consents.consentOf(minor, lane)
    expected = error("NotApprovable", stored)
    assert_reverts(expected, consents.approveAsGuardian, minor, lane, asked.word, sender=guardian)


def test_guardian_approves_nothing_that_was_not_granted(consents, minor, guardian, lane, terms):
    word = terms._replace(granted_at=now(), version=1).word
    assert_reverts(error("NotApprovable", 0), consents.approveAsGuardian, minor, lane, word, sender=guardian)
    assert_reverts(error("NotApprovable", 0), consents.approveAsGuardian, minor, lane, 0, sender=guardian)


def test_what_ended_is_not_approved(consents, minor, guardian, lane, asked):
    next_block_at(asked.ends_at)
    expected = error("NotApprovable", asked.word)
    assert_reverts(expected, consents.approveAsGuardian, minor, lane, asked.word, sender=guardian)


def test_approval_does_not_undo_a_revocation(consents, minor, guardian, lane, asked):
    consents.revoke(lane, {"from": minor})
    stored = consents.consentOf(minor, lane)
    for word in (asked.word, stored):
        expected = error("NotApprovable", stored)
        assert_reverts(expected, consents.approveAsGuardian, minor, lane, word, sender=guardian)
    assert consents.inForce(minor, lane) == 0


def test_approval_does_not_undo_a_revocation_of_everything(consents, minor, guardian, lane, asked):
    next_block_at(now() + 10)
    consents.revokeAll({"from": minor})
    expected = error("NotApprovable", asked.word)
    assert_reverts(expected, consents.approveAsGuardian, minor, lane, asked.word, sender=guardian)
    assert consents.inForce(minor, lane) == 0


@pytest.mark.parametrize("purpose", [3, 5])
def test_messages_and_training_are_not_for_minors_whoever_approves(consents, minor, operator, guardian, terms, purpose):
    lane = lane_of(operator, purpose)
    next_block_at(now() + 10)
    consents.grant(lane, terms.word, {"from": minor})
    word = consents.consentOf(minor, lane)
    assert_reverts(error("NotForMinors", purpose), consents.approveAsGuardian, minor, lane, word, sender=guardian)
    assert consents.inForce(minor, lane) == 0


@pytest.mark.parametrize("purpose", [1, 2, 4])
def test_the_other_purposes_are(consents, minor, operator, guardian, terms, purpose):
    lane = lane_of(operator, purpose)
    next_block_at(now() + 10)
    consents.grant(lane, terms.word, {"from": minor})
    consents.approveAsGuardian(minor, lane, consents.consentOf(minor, lane), {"from": guardian})
    assert consents.inForce(minor, lane) != 0


@pytest.mark.parametrize("who", ["alice", "attester", "owner", "operator", "stranger"])
def test_only_the_guardian_approves(consents, minor, lane, asked, request, who):
    somebody = request.getfixturevalue(who)
    expected = error("NotGuardian", minor, somebody)
    assert_reverts(expected, consents.approveAsGuardian, minor, lane, asked.word, sender=somebody)


def test_grown_ups_need_no_guardian(consents, alice, guardian, lane, granted):
    consents.setGuardian(guardian, {"from": alice})
    assert_reverts(error("NotAMinor", alice), consents.approveAsGuardian, alice, lane, granted.word, sender=guardian)
