"""ConsentRegistry.grantBySig: a signed consent that anyone relays."""

import pytest

from tests.contracts.support import (
    DAY,
    Consent,
    assert_event,
    assert_reverts,
    compact,
    digest,
    domain_separator,
    error,
    grant_message,
    lane_of,
    next_block_at,
    now,
    sign,
)


@pytest.fixture
def lane(operator):
    return lane_of(operator)


@pytest.fixture
def terms():
    return Consent(ends_at=now() + 30 * DAY, floor=20_000, version=1)


@pytest.fixture
def signed(consents, lane):
    """Sign a grant and give the arguments that relay it."""

    def arguments(signer, terms, *, subject=None, signed_at=None, shorten=False):
        at = now() if signed_at is None else signed_at
        signature = sign(signer, grant_message(consents, subject or signer, lane, terms, at))
        return subject or signer, lane, terms.word, at, compact(signature) if shorten else signature

    return arguments


@pytest.mark.parametrize("shorten", [False, True], ids=["65 bytes", "EIP-2098"])
def test_anyone_relays_it(consents, alice, relayer, lane, terms, signed, shorten):
    at = now()
    transaction = consents.grantBySig(*signed(alice, terms, shorten=shorten), {"from": relayer})

    stored = terms._replace(granted_at=at)
    assert consents.inForce(alice, lane) == stored.word
    assert_event(transaction, "Granted", subject=alice, lane=lane, consent=stored.word)


def test_digest_and_domain_are_those_of_other_libraries(consents, alice, lane, terms):
    message = grant_message(consents, alice, lane, terms, now())
    assert bytes(consents.DOMAIN_SEPARATOR()) == bytes(domain_separator(message))
    assert len(digest(message)) == 32


def test_smart_wallet_signs_by_its_owner(consents, alice, wallet, relayer, lane, terms, signed):
    consents.grantBySig(*signed(alice, terms, subject=wallet), {"from": relayer})
    assert Consent.of(consents.consentOf(wallet, lane)).version == 1


def test_smart_wallet_refuses_a_strangers_signature(consents, wallet, stranger, relayer, terms, signed):
    arguments = signed(stranger, terms, subject=wallet)
    assert_reverts(error("InvalidSignature", wallet), consents.grantBySig, *arguments, sender=relayer)


def test_somebody_elses_signature_is_refused(consents, alice, stranger, terms, signed):
    arguments = signed(stranger, terms, subject=alice)
    assert_reverts(error("InvalidSignature", alice), consents.grantBySig, *arguments, sender=stranger)


def test_nothing_but_what_was_signed_is_granted(consents, alice, relayer, lane, terms, signed):
    subject, _, _, at, signature = signed(alice, terms)
    wider = terms._replace(categories=terms.categories | 2)
    refused = error("InvalidSignature", alice)
    assert_reverts(refused, consents.grantBySig, subject, lane, wider.word, at, signature, sender=relayer)
    other = lane_of(relayer)
    assert_reverts(refused, consents.grantBySig, subject, other, terms.word, at, signature, sender=relayer)


def test_replay_is_refused(consents, alice, relayer, terms, signed):
    arguments = signed(alice, terms)
    consents.grantBySig(*arguments, {"from": relayer})
    assert_reverts(error("WrongVersion", 2, 1), consents.grantBySig, *arguments, sender=relayer)


def test_is_relayed_within_a_day_of_signing(consents, alice, relayer, terms, signed):
    at = now()
    arguments = signed(alice, terms, signed_at=at)
    next_block_at(at + DAY + 1)
    assert_reverts(error("SignatureExpired", at, at + DAY + 1), consents.grantBySig, *arguments, sender=relayer)


def test_is_relayed_in_the_last_second_of_that_day(consents, alice, relayer, lane, terms, signed):
    at = now()
    arguments = signed(alice, terms, signed_at=at)
    next_block_at(at + DAY)
    consents.grantBySig(*arguments, {"from": relayer})
    assert consents.inForce(alice, lane) != 0


def test_is_not_signed_in_the_future(consents, alice, relayer, terms, signed):
    at = next_block_at(now() + 5)
    arguments = signed(alice, terms, signed_at=at + 1)
    assert_reverts(error("SignedInTheFuture", at + 1, at), consents.grantBySig, *arguments, sender=relayer)


def test_prohibited_categories_are_refused_whoever_signs(consents, alice, relayer, terms, signed):
    arguments = signed(alice, terms._replace(categories=1 << 117))
    assert_reverts(error("ProhibitedCategories", 1 << 117), consents.grantBySig, *arguments, sender=relayer)


def test_pending_grant_is_dead_after_a_revocation(consents, alice, relayer, lane, terms, signed):
    pending = signed(alice, terms)
    consents.revoke(lane, {"from": alice})
    assert_reverts(error("WrongVersion", 2, 1), consents.grantBySig, *pending, sender=relayer)
    assert consents.inForce(alice, lane) == 0


def test_grant_signed_ahead_of_its_version_does_not_undo_a_later_revocation(
    consents, alice, relayer, lane, terms, signed
):
    at = now()
    ahead = signed(alice, terms._replace(version=2), signed_at=at)
    revoked_at = next_block_at(at + 10)
    consents.revoke(lane, {"from": alice})
    expected = error("SignatureOutdated", at, revoked_at + 1)
    assert_reverts(expected, consents.grantBySig, *ahead, sender=relayer)
    assert consents.inForce(alice, lane) == 0


def test_grant_signed_before_revoking_everything_never_counts(consents, alice, relayer, lane, terms, signed):
    pending = signed(alice, terms)
    next_block_at(now() + 10)
    consents.revokeAll({"from": alice})
    consents.grantBySig(*pending, {"from": relayer})
    assert consents.consentOf(alice, lane) != 0
    assert consents.inForce(alice, lane) == 0


def test_signed_anew_after_revoking_it_counts_again(consents, alice, relayer, lane, terms, signed):
    consents.revoke(lane, {"from": alice})
    at = next_block_at(now() + 10)
    consents.grantBySig(*signed(alice, terms._replace(version=2), signed_at=at), {"from": relayer})
    assert consents.inForce(alice, lane) != 0
