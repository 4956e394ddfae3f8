"""ConsentRegistry.markMinor: age attesters mark and unmark, a guardian can only mark and hand over."""

import pytest

from tests.contracts.support import ZERO, assert_event, assert_reverts, error, lane_of, next_block_at, now, plain


def test_age_attester_marks_a_minor_and_names_its_guardian(consents, alice, guardian, attester):
    at = next_block_at(now() + 10)
    transaction = consents.markMinor(alice, True, guardian, {"from": attester})
    assert plain(consents.subjectState(alice)) == plain((at, True, guardian))
    assert_event(transaction, "GuardianSet", subject=alice, minor=True, guardian=guardian, by=attester)
    assert_event(transaction, "RevokedAll", subject=alice)


def test_mark_ends_every_consent_so_far(consents, alice, operator, guardian, attester, lane, granted, terms):
    other = lane_of(operator, 2)
    consents.grant(other, terms.word, {"from": alice})
    consents.markMinor(alice, True, guardian, {"from": attester})
    assert not any(consents.consentsOf(alice, [lane, other])[1])


def test_taking_the_mark_back_ends_every_consent_so_far(consents, minor, guardian, attester, lane, terms):
    next_block_at(now() + 10)
    consents.grant(lane, terms.word, {"from": minor})
    consents.approveAsGuardian(minor, lane, consents.consentOf(minor, lane), {"from": guardian})
    assert consents.inForce(minor, lane) != 0
    consents.markMinor(minor, False, ZERO, {"from": attester})
    assert consents.inForce(minor, lane) == 0
    next_block_at(now() + 10)
    consents.grant(lane, terms.word, {"from": minor})
    assert consents.inForce(minor, lane) != 0


def test_guardian_that_the_subject_named_marks_it(consents, alice, guardian, lane, granted):
    consents.setGuardian(guardian, {"from": alice})
    consents.markMinor(alice, True, guardian, {"from": guardian})
    assert consents.subjectState(alice)[1:] == (True, guardian)
    assert consents.inForce(alice, lane) == 0


def test_guardian_hands_over_without_ending_consents(consents, minor, guardian, bob, lane, terms):
    next_block_at(now() + 10)
    consents.grant(lane, terms.word, {"from": minor})
    consents.approveAsGuardian(minor, lane, consents.consentOf(minor, lane), {"from": guardian})
    transaction = consents.markMinor(minor, True, bob, {"from": guardian})
    assert_event(transaction, "GuardianSet", subject=minor, minor=True, guardian=bob, by=guardian)
    assert consents.inForce(minor, lane) != 0
    assert_reverts(error("NotGuardian", minor, guardian), consents.revokeAllForWard, minor, sender=guardian)
    consents.revokeForWard(minor, lane, {"from": bob})
    assert consents.inForce(minor, lane) == 0


def test_guardian_cannot_take_the_mark_back(consents, minor, guardian):
    arguments = (minor, False, guardian)
    assert_reverts(error("NotGuardian", minor, guardian), consents.markMinor, *arguments, sender=guardian)
    assert consents.subjectState(minor)[1]


@pytest.mark.parametrize("who", ["owner", "operator", "alice", "stranger"])
def test_nobody_else_marks_or_unmarks(consents, minor, bob, guardian, request, who):
    somebody = request.getfixturevalue(who)
    for subject, mark in ((minor, False), (minor, True), (bob, True)):
        expected = error("NotGuardian", subject, somebody)
        assert_reverts(expected, consents.markMinor, subject, mark, guardian, sender=somebody)


def test_nobody_at_the_zero_address_is_everybodys_guardian(consents, alice, stranger):
    """A subject that named no guardian has none; the sender is never the zero address."""
    assert consents.subjectState(alice)[2] == ZERO
    expected = error("NotGuardian", alice, stranger)
    assert_reverts(expected, consents.markMinor, alice, True, stranger, sender=stranger)


def test_age_attester_that_was_dismissed_marks_nobody(consents, operators, owner, alice, guardian, attester):
    operators.setAgeAttester(attester, False, {"from": owner})
    expected = error("NotGuardian", alice, attester)
    assert_reverts(expected, consents.markMinor, alice, True, guardian, sender=attester)


def test_no_minor_is_its_own_guardian(consents, alice, attester):
    assert_reverts(error("OwnGuardian", alice), consents.markMinor, alice, True, alice, sender=attester)
    assert not consents.subjectState(alice)[1]


def test_age_attester_gives_no_consent(consents, alice, attester, guardian, lane, terms):
    """It can end consents by the mark, and create none, also not as a minor's guardian."""
    consents.markMinor(alice, True, attester, {"from": attester})
    expected = error("NotApprovable", 0)
    assert_reverts(expected, consents.approveAsGuardian, alice, lane, terms.word, sender=attester)
    assert consents.consentOf(alice, lane) == 0
