"""ConsentRegistry.revokeForWard and revokeAllForWard: a guardian ends its ward's consents."""

import pytest

from tests.contracts.support import Consent, assert_event, assert_reverts, error, lane_of, next_block_at, now, plain


@pytest.fixture
def approved(consents, minor, operator, guardian, lane, terms):
    """Two consents of the minor, approved."""
    next_block_at(now() + 10)
    for each in (lane, lane_of(operator, 2)):
        consents.grant(each, terms.word, {"from": minor})
        consents.approveAsGuardian(minor, each, consents.consentOf(minor, each), {"from": guardian})
    return Consent.of(consents.consentOf(minor, lane))


def test_guardian_ends_one_consent(consents, minor, operator, guardian, lane, approved):
    at = next_block_at(now() + 10)
    transaction = consents.revokeForWard(minor, lane, {"from": guardian})
    stored = approved._replace(ends_at=at, version=2)
    assert consents.consentOf(minor, lane) == stored.word
    assert consents.inForce(minor, lane) == 0
    assert consents.inForce(minor, lane_of(operator, 2)) != 0
    assert_event(transaction, "Revoked", subject=minor, lane=lane, consent=stored.word)


def test_guardian_ends_every_consent(consents, minor, operator, guardian, lane, approved):
    at = next_block_at(now() + 10)
    transaction = consents.revokeAllForWard(minor, {"from": guardian})
    assert not any(consents.consentsOf(minor, [lane, lane_of(operator, 2)])[1])
    assert plain(consents.subjectState(minor)) == plain((at, True, guardian))
    assert_event(transaction, "RevokedAll", subject=minor)


@pytest.mark.parametrize("who", ["attester", "owner", "operator", "stranger"])
def test_nobody_else_does(consents, minor, lane, approved, request, who):
    somebody = request.getfixturevalue(who)
    expected = error("NotGuardian", minor, somebody)
    assert_reverts(expected, consents.revokeForWard, minor, lane, sender=somebody)
    assert_reverts(expected, consents.revokeAllForWard, minor, sender=somebody)
    assert consents.inForce(minor, lane) == approved.word


def test_guardian_of_a_grown_up_ends_nothing(consents, alice, guardian, lane, granted):
    consents.setGuardian(guardian, {"from": alice})
    assert_reverts(error("NotAMinor", alice), consents.revokeForWard, alice, lane, sender=guardian)
    assert_reverts(error("NotAMinor", alice), consents.revokeAllForWard, alice, sender=guardian)
    assert consents.inForce(alice, lane) == granted.word


def test_minor_still_revokes_by_itself(consents, minor, lane, approved):
    consents.revoke(lane, {"from": minor})
    assert consents.inForce(minor, lane) == 0
