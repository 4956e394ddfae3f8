"""ConsentRegistry.revokeBySig: anyone relays a "no", and nobody can make it miss."""

import pytest

from tests.contracts.support import (
    DAY,
    Consent,
    assert_event,
    assert_reverts,
    compact,
    error,
    lane_of,
    next_block_at,
    now,
    revoke_message,
    sign,
)


@pytest.fixture
def revocation(consents, alice, lane):
    """The arguments that relay Alice's revocation."""

    def arguments(at=None, *, signer=alice, subject=alice):
        at = now() if at is None else at
        return subject, lane, at, sign(signer, revoke_message(consents, subject, lane, at))

    return arguments


def test_anyone_relays_it_once(consents, alice, relayer, lane, granted, revocation):
    arguments = revocation()
    revoked_at = next_block_at(now() + 10)
    transaction = consents.revokeBySig(*arguments, {"from": relayer})
    stored = granted._replace(ends_at=revoked_at, version=2)
    assert consents.inForce(alice, lane) == 0
    assert_event(transaction, "Revoked", subject=alice, lane=lane, consent=stored.word)
    expected = error("SignatureOutdated", arguments[2], revoked_at + 1)
    assert_reverts(expected, consents.revokeBySig, *arguments, sender=relayer)


def test_short_signature_is_taken(consents, alice, relayer, lane, granted, revocation):
    *rest, signature = revocation()
    consents.revokeBySig(*rest, compact(signature), {"from": relayer})
    assert consents.inForce(alice, lane) == 0


def test_smart_wallet_revokes_by_its_owner(consents, alice, wallet, relayer, lane, terms, revocation):
    wallet.execute(consents, consents.grant.encode_input(lane, terms.word), {"from": alice})
    assert consents.inForce(wallet, lane) != 0
    consents.revokeBySig(*revocation(subject=wallet), {"from": relayer})
    assert consents.inForce(wallet, lane) == 0


def test_works_before_any_consent(consents, alice, relayer, lane, revocation):
    consents.revokeBySig(*revocation(), {"from": relayer})
    assert Consent.of(consents.consentOf(alice, lane)).version == 1


def test_old_one_does_not_end_a_newer_consent(consents, alice, relayer, lane, granted, revocation):
    at = now()
    arguments = revocation(at)
    later = next_block_at(at + 10)
    consents.grant(lane, granted._replace(granted_at=0, version=0).word, {"from": alice})
    assert_reverts(error("SignatureOutdated", at, later), consents.revokeBySig, *arguments, sender=relayer)
    assert consents.inForce(alice, lane) != 0


def test_relaying_an_older_grant_first_does_not_make_it_miss(
    consents, alice, relayer, lane, granted, signed, revocation
):
    wider = granted._replace(categories=0b111, granted_at=now(), version=2)
    withheld = signed(alice, wider)
    revoked_at = next_block_at(now() + 10)
    arguments = revocation(revoked_at)
    consents.grantBySig(*withheld, {"from": relayer})
    consents.revokeBySig(*arguments, {"from": relayer})
    assert consents.inForce(alice, lane) == 0


def test_grant_of_the_same_second_is_within_its_reach(consents, alice, relayer, lane, terms, revocation):
    at = next_block_at(now() + 10)
    consents.grant(lane, terms.word, {"from": alice})
    consents.revokeBySig(*revocation(at), {"from": relayer})
    assert consents.inForce(alice, lane) == 0


def test_somebody_elses_is_refused(consents, alice, stranger, lane, granted, revocation):
    arguments = revocation(signer=stranger)
    assert_reverts(error("InvalidSignature", alice), consents.revokeBySig, *arguments, sender=stranger)
    assert consents.inForce(alice, lane) == granted.word


def test_is_for_one_lane_and_one_time(consents, alice, operator, stranger, granted, revocation):
    subject, lane, at, signature = revocation()
    for other, time in ((lane_of(operator, 2), at), (lane, at - 1)):
        arguments = (subject, other, time, signature)
        assert_reverts(error("InvalidSignature", alice), consents.revokeBySig, *arguments, sender=stranger)


def test_expires_after_a_day(consents, relayer, granted, revocation):
    at = now()
    arguments = revocation(at)
    next_block_at(at + DAY + 1)
    assert_reverts(error("SignatureExpired", at, at + DAY + 1), consents.revokeBySig, *arguments, sender=relayer)


def test_is_relayed_in_the_last_second_of_that_day(consents, alice, relayer, lane, granted, revocation):
    at = now()
    arguments = revocation(at)
    next_block_at(at + DAY)
    consents.revokeBySig(*arguments, {"from": relayer})
    assert consents.inForce(alice, lane) == 0


def test_is_not_signed_in_the_future(consents, relayer, granted, revocation):
    at = next_block_at(now() + 5)
    arguments = revocation(at + 1)
    assert_reverts(error("SignedInTheFuture", at + 1, at), consents.revokeBySig, *arguments, sender=relayer)
