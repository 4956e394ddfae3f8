"""ConsentRegistry.revoke, revokeBySig, revokeAll and revokeAllBySig: "no" beats everything."""

import pytest

from tests.contracts.support import (
    DAY,
    Consent,
    assert_event,
    assert_reverts,
    error,
    grant_message,
    lane_of,
    next_block_at,
    now,
    revoke_all_message,
    revoke_message,
    sign,
)


@pytest.fixture
def lane(operator):
    return lane_of(operator)


@pytest.fixture
def granted(consents, alice, lane):
    """Alice's consent for 30 days."""
    terms = Consent(ends_at=now() + 30 * DAY, floor=20_000)
    consents.grant(lane, terms.word, {"from": alice})
    return Consent.of(consents.consentOf(alice, lane))


def test_revoked_consent_is_timestamped_not_deleted(consents, alice, lane, granted):
    at = next_block_at(now() + 10)
    transaction = consents.revoke(lane, {"from": alice})

    stored = granted._replace(ends_at=at, version=2)
    assert Consent.of(consents.consentOf(alice, lane)) == stored
    assert consents.inForce(alice, lane) == 0
    assert_event(transaction, "Revoked", subject=alice, lane=lane, consent=stored.word)


def test_counts_from_its_own_block_on(consents, alice, operator, lane, granted):
    assert consents.isAllowed(alice, operator, 1, 0)
    consents.revoke(lane, {"from": alice})
    assert not consents.isAllowed(alice, operator, 1, 0)


def test_works_in_every_state(consents, alice, lane):
    for version in (1, 2):
        consents.revoke(lane, {"from": alice})
        assert Consent.of(consents.consentOf(alice, lane)).version == version
        assert consents.inForce(alice, lane) == 0


def test_ends_nobody_elses_consent(consents, stranger, alice, lane, granted):
    consents.revoke(lane, {"from": stranger})
    assert consents.inForce(alice, lane) == granted.word


def test_lane_must_be_one(consents, alice):
    assert_reverts(error("InvalidLane", 1), consents.revoke, 1, sender=alice)


def test_anyone_relays_a_signed_revocation_once(consents, alice, relayer, lane, granted):
    at = now()
    arguments = (alice, lane, at, sign(alice, revoke_message(consents, alice, lane, at)))
    revoked_at = next_block_at(at + 10)
    consents.revokeBySig(*arguments, {"from": relayer})
    assert consents.inForce(alice, lane) == 0
    expected = error("SignatureOutdated", at, revoked_at + 1)
    assert_reverts(expected, consents.revokeBySig, *arguments, sender=relayer)


def test_old_signed_revocation_does_not_end_a_newer_consent(consents, alice, relayer, lane, granted):
    at = now()
    arguments = (alice, lane, at, sign(alice, revoke_message(consents, alice, lane, at)))
    later = next_block_at(at + 10)
    consents.grant(lane, granted._replace(granted_at=0, version=0).word, {"from": alice})
    assert_reverts(error("SignatureOutdated", at, later), consents.revokeBySig, *arguments, sender=relayer)
    assert consents.inForce(alice, lane) != 0


def test_relaying_an_older_grant_first_does_not_make_a_revocation_miss(consents, alice, relayer, lane, granted):
    at = now()
    wider = Consent(categories=0b111, ends_at=granted.ends_at, version=2)
    withheld = sign(alice, grant_message(consents, alice, lane, wider, at))
    revoked_at = next_block_at(at + 10)
    revocation = sign(alice, revoke_message(consents, alice, lane, revoked_at))
    consents.grantBySig(alice, lane, wider.word, at, withheld, {"from": relayer})
    consents.revokeBySig(alice, lane, revoked_at, revocation, {"from": relayer})
    assert consents.inForce(alice, lane) == 0


def test_somebody_elses_signed_revocation_is_refused(consents, alice, stranger, lane, granted):
    at = now()
    arguments = (alice, lane, at, sign(stranger, revoke_message(consents, alice, lane, at)))
    assert_reverts(error("InvalidSignature", alice), consents.revokeBySig, *arguments, sender=stranger)
    assert consents.inForce(alice, lane) == granted.word


def test_signed_revocation_expires(consents, alice, relayer, lane, granted):
    at = now()
    arguments = (alice, lane, at, sign(alice, revoke_message(consents, alice, lane, at)))
    next_block_at(at + DAY + 1)
    assert_reverts(error("SignatureExpired", at, at + DAY + 1), consents.revokeBySig, *arguments, sender=relayer)


def test_revoking_everything_ends_every_consent_at_once(consents, alice, operator, lane, granted):
    other = lane_of(operator, 4)
    consents.grant(other, granted._replace(granted_at=0, version=0).word, {"from": alice})
    at = next_block_at(now() + 10)
    transaction = consents.revokeAll({"from": alice})

    assert consents.inForce(alice, lane) == consents.inForce(alice, other) == 0
    assert consents.subjectState(alice)[0] == at
    assert_event(transaction, "RevokedAll", subject=alice)


def test_granting_again_after_revoking_everything_counts(consents, alice, lane, granted):
    consents.revokeAll({"from": alice})
    next_block_at(now() + 10)
    consents.grant(lane, granted._replace(granted_at=0, version=0).word, {"from": alice})
    assert consents.inForce(alice, lane) != 0


def test_used_signature_to_revoke_everything_does_not_end_later_grants(consents, alice, relayer, lane, granted):
    at = now()
    signature = sign(alice, revoke_all_message(consents, alice, at))
    revoked_at = next_block_at(at + 10)
    consents.revokeAllBySig(alice, at, signature, {"from": relayer})
    assert consents.inForce(alice, lane) == 0
    next_block_at(revoked_at + 10)
    consents.grant(lane, granted._replace(granted_at=0, version=0).word, {"from": alice})
    expected = error("SignatureOutdated", at, revoked_at + 1)
    assert_reverts(expected, consents.revokeAllBySig, alice, at, signature, sender=relayer)
    assert consents.inForce(alice, lane) != 0


def test_somebody_elses_signature_does_not_revoke_everything(consents, alice, stranger, granted, lane):
    at = now()
    signature = sign(stranger, revoke_all_message(consents, alice, at))
    arguments = (alice, at, signature)
    assert_reverts(error("InvalidSignature", alice), consents.revokeAllBySig, *arguments, sender=stranger)
    assert consents.inForce(alice, lane) == granted.word
