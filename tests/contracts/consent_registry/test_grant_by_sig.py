"""ConsentRegistry.grantBySig: a signed consent that anyone relays."""

import pytest

from tests.contracts.support import (
    DAY,
    Consent,
    assert_event,
    assert_reverts,
    domain_separator,
    error,
    grant_message,
    lane_of,
    next_block_at,
    now,
    set_storage,
    word_slot,
)


@pytest.fixture
def consent(terms):
    """The first version, signed now."""
    return terms._replace(granted_at=now(), version=1)


@pytest.mark.parametrize("shorten", [False, True], ids=["65 bytes", "EIP-2098"])
def test_anyone_relays_it(consents, alice, relayer, lane, consent, signed, shorten):
    transaction = consents.grantBySig(*signed(alice, consent, shorten=shorten), {"from": relayer})
    assert consents.consentOf(alice, lane) == consents.inForce(alice, lane) == consent.word
    assert_event(transaction, "Granted", subject=alice, lane=lane, consent=consent.word)


def test_domain_is_that_of_other_libraries(consents, alice, lane, consent):
    message = grant_message(consents, alice, lane, consent)
    assert bytes(consents.DOMAIN_SEPARATOR()) == bytes(domain_separator(message))


def test_smart_wallet_signs_by_its_owner(consents, alice, wallet, relayer, lane, consent, signed):
    consents.grantBySig(*signed(alice, consent, subject=wallet), {"from": relayer})
    assert consents.inForce(wallet, lane) == consent.word


def test_smart_wallet_refuses_a_strangers_signature(consents, wallet, stranger, relayer, consent, signed):
    arguments = signed(stranger, consent, subject=wallet)
    assert_reverts(error("InvalidSignature", wallet), consents.grantBySig, *arguments, sender=relayer)


def test_somebody_elses_signature_is_refused(consents, alice, stranger, consent, signed):
    arguments = signed(stranger, consent, subject=alice)
    assert_reverts(error("InvalidSignature", alice), consents.grantBySig, *arguments, sender=stranger)


@pytest.mark.parametrize("signature", [b"", b"\x00" * 64, b"\x00" * 65, b"\x01" * 97], ids=len)
def test_what_is_no_signature_is_nobodys(consents, alice, stranger, lane, consent, signature):
    arguments = (alice, lane, consent.word, signature)
    assert_reverts(error("InvalidSignature", alice), consents.grantBySig, *arguments, sender=stranger)


def test_zero_address_signs_nothing(consents, stranger, lane, consent):
    zero = "0x" + "00" * 20
    arguments = (zero, lane, consent.word, b"\x00" * 65)
    assert_reverts(error("InvalidSignature", zero), consents.grantBySig, *arguments, sender=stranger)


@pytest.mark.parametrize(
    "change", ["categories", "granted_at", "ends_at", "floor", "cap", "version"], ids=lambda name: name
)
def test_nothing_but_what_was_signed_is_granted(consents, alice, relayer, lane, consent, signed, change):
    subject, _, _, signature = signed(alice, consent)
    value = getattr(consent, change)
    other = consent._replace(**{change: value - 1 if change == "granted_at" else value + 2})
    arguments = (subject, lane, other.word, signature)
    assert_reverts(error("InvalidSignature", alice), consents.grantBySig, *arguments, sender=relayer)


def test_signature_is_for_one_lane(consents, alice, operator, relayer, consent, signed):
    subject, _, word, signature = signed(alice, consent)
    for other in (lane_of(relayer), lane_of(operator, 2)):
        arguments = (subject, other, word, signature)
        assert_reverts(error("InvalidSignature", alice), consents.grantBySig, *arguments, sender=relayer)


def test_signature_is_for_one_registry(ConsentRegistry, consents, operators, owner, alice, relayer, consent, signed):
    other = ConsentRegistry.deploy(operators, {"from": owner})
    arguments = signed(alice, consent)
    assert_reverts(error("InvalidSignature", alice), other.grantBySig, *arguments, sender=relayer)


def test_replay_is_refused(consents, alice, relayer, consent, signed):
    arguments = signed(alice, consent)
    consents.grantBySig(*arguments, {"from": relayer})
    assert_reverts(error("WrongVersion", 2, 1), consents.grantBySig, *arguments, sender=relayer)


def test_is_relayed_within_a_day_of_signing(consents, alice, relayer, consent, signed):
    arguments, at = signed(alice, consent), consent.granted_at
    next_block_at(at + DAY + 1)
    assert_reverts(error("SignatureExpired", at, at + DAY + 1), consents.grantBySig, *arguments, sender=relayer)


def test_is_relayed_in_the_last_second_of_that_day(consents, alice, relayer, lane, consent, signed):
    arguments = signed(alice, consent)
    next_block_at(consent.granted_at + DAY)
    consents.grantBySig(*arguments, {"from": relayer})
    assert consents.inForce(alice, lane) == consent.word


def test_is_not_signed_in_the_future(consents, alice, relayer, consent, signed):
    at = next_block_at(now() + 5)
    arguments = signed(alice, consent._replace(granted_at=at + 1))
    assert_reverts(error("SignedInTheFuture", at + 1, at), consents.grantBySig, *arguments, sender=relayer)


def test_ends_400_days_after_signing_and_not_a_second_later(consents, alice, relayer, lane, consent, signed):
    latest = consent.granted_at + 400 * DAY
    next_block_at(consent.granted_at + 100)
    arguments = signed(alice, consent._replace(ends_at=latest + 1))
    assert_reverts(error("InvalidEnd", latest + 1, latest), consents.grantBySig, *arguments, sender=relayer)
    consents.grantBySig(*signed(alice, consent._replace(ends_at=latest)), {"from": relayer})
    assert Consent.of(consents.inForce(alice, lane)).ends_at == latest


def test_prohibited_categories_are_refused_whoever_signs(consents, alice, relayer, consent, signed):
    arguments = signed(alice, consent._replace(categories=1 << 117))
    assert_reverts(error("ProhibitedCategories", 1 << 117), consents.grantBySig, *arguments, sender=relayer)


def test_nobody_signs_the_guardians_mark(consents, alice, relayer, consent, signed):
    arguments = signed(alice, consent._replace(guarded=1))
    assert_reverts(error("ReservedBits", 1 << 255), consents.grantBySig, *arguments, sender=relayer)


def test_terms_are_checked_as_for_an_own_transaction(consents, alice, operator, relayer, consent, signed):
    def refused(expected, **change):
        arguments = signed(alice, consent._replace(**change))
        assert_reverts(expected, consents.grantBySig, *arguments, sender=relayer)

    refused(error("NoCategories"), categories=0)
    refused(error("ZeroCap"), cap=0)
    at = next_block_at(now() + 5)
    refused(error("InvalidEnd", at, consent.granted_at + 400 * DAY), ends_at=at)
    for lane in (1, lane_of(operator, 6)):
        arguments = signed(alice, consent, on=lane)
        assert_reverts(error("InvalidLane", lane), consents.grantBySig, *arguments, sender=relayer)


def test_consent_that_ran_out_of_versions_takes_no_signature(consents, alice, relayer, lane, consent, signed):
    last = consent._replace(granted_at=consent.granted_at - 10, version=(1 << 19) - 1)
    set_storage(consents, word_slot(alice, lane), last.word)
    arguments = signed(alice, consent._replace(version=0))
    assert_reverts(error("VersionsExhausted"), consents.grantBySig, *arguments, sender=relayer)


def test_pending_grant_is_dead_after_a_revocation(consents, alice, relayer, lane, consent, signed):
    pending = signed(alice, consent)
    consents.revoke(lane, {"from": alice})
    assert_reverts(error("WrongVersion", 2, 1), consents.grantBySig, *pending, sender=relayer)
    assert consents.inForce(alice, lane) == 0


def test_pending_grant_is_dead_after_any_other_grant(consents, alice, relayer, lane, terms, consent, signed):
    pending = signed(alice, consent)
    consents.grant(lane, terms._replace(floor=90_000).word, {"from": alice})
    assert_reverts(error("WrongVersion", 2, 1), consents.grantBySig, *pending, sender=relayer)


def test_grant_signed_ahead_of_its_version_does_not_undo_a_later_revocation(
    consents, alice, relayer, lane, consent, signed
):
    ahead, at = signed(alice, consent._replace(version=2)), consent.granted_at
    revoked_at = next_block_at(at + 10)
    consents.revoke(lane, {"from": alice})
    expected = error("SignatureOutdated", at, revoked_at + 1)
    assert_reverts(expected, consents.grantBySig, *ahead, sender=relayer)
    assert consents.inForce(alice, lane) == 0


def test_grant_signed_in_the_second_of_a_revocation_does_not_undo_it(consents, alice, relayer, lane, consent, signed):
    at = next_block_at(consent.granted_at + 10)
    consents.revoke(lane, {"from": alice})
    arguments = signed(alice, consent._replace(version=2, granted_at=at))
    assert_reverts(error("SignatureOutdated", at, at + 1), consents.grantBySig, *arguments, sender=relayer)


def test_grant_signed_before_revoking_everything_never_counts(consents, alice, relayer, lane, consent, signed):
    pending = signed(alice, consent)
    next_block_at(now() + 10)
    consents.revokeAll({"from": alice})
    consents.grantBySig(*pending, {"from": relayer})
    assert consents.consentOf(alice, lane) == consent.word
    assert consents.inForce(alice, lane) == 0


def test_signed_anew_after_revoking_it_counts_again(consents, alice, relayer, lane, consent, signed):
    consents.revoke(lane, {"from": alice})
    at = next_block_at(now() + 10)
    anew = consent._replace(version=2, granted_at=at)
    consents.grantBySig(*signed(alice, anew), {"from": relayer})
    assert consents.inForce(alice, lane) == anew.word
