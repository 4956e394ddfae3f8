"""ConsentRegistry.approveAsGuardianBySig: the guardian's signed approval, sent by anyone."""

import pytest

from tests.contracts.support import (
    Consent,
    approve_message,
    assert_event,
    assert_reverts,
    error,
    next_block_at,
    now,
    sign,
)


@pytest.fixture
def asked(consents, minor, lane, terms):
    """What the minor granted, as stored."""
    next_block_at(now() + 10)
    consents.grant(lane, terms.word, {"from": minor})
    return Consent.of(consents.consentOf(minor, lane))


@pytest.fixture
def approval(consents, guardian, minor, lane):
    """The arguments that relay an approval."""

    def arguments(consent, *, signer=guardian):
        return minor, lane, consent.word, sign(signer, approve_message(consents, minor, lane, consent))

    return arguments


def test_anyone_relays_it(consents, minor, relayer, lane, asked, approval):
    transaction = consents.approveAsGuardianBySig(*approval(asked), {"from": relayer})
    stored = asked._replace(guarded=1)
    assert consents.inForce(minor, lane) == stored.word
    assert_event(transaction, "Approved", subject=minor, lane=lane, consent=stored.word)


def test_minors_own_grant_and_approval_are_both_relayed(consents, minor, relayer, lane, terms, signed, approval):
    at = next_block_at(now() + 10)
    consent = terms._replace(granted_at=at, version=1)
    consents.grantBySig(*signed(minor, consent), {"from": relayer})
    consents.approveAsGuardianBySig(*approval(consent), {"from": relayer})
    assert consents.inForce(minor, lane) == consent._replace(guarded=1).word


def test_smart_wallet_is_a_guardian(
    consents, Wallet1271, bob, guardian, minor, attester, relayer, lane, asked, approval
):
    wallet = Wallet1271.deploy(bob, {"from": bob})
    consents.markMinor(minor, True, wallet, {"from": guardian})
    consents.approveAsGuardianBySig(*approval(asked, signer=bob), {"from": relayer})
    assert consents.inForce(minor, lane) != 0


@pytest.mark.parametrize("who", ["alice", "attester", "stranger"])
def test_only_the_guardian_signs(consents, guardian, relayer, asked, approval, request, who):
    arguments = approval(asked, signer=request.getfixturevalue(who))
    assert_reverts(error("InvalidSignature", guardian), consents.approveAsGuardianBySig, *arguments, sender=relayer)


def test_minors_signed_grant_is_no_approval(consents, minor, guardian, relayer, lane, asked, signed):
    arguments = signed(guardian, asked, subject=minor)
    assert_reverts(error("InvalidSignature", guardian), consents.approveAsGuardianBySig, *arguments, sender=relayer)


def test_is_for_one_version(consents, minor, guardian, relayer, lane, asked, terms, approval):
    old = approval(asked)
    next_block_at(now() + 10)
    consents.grant(lane, terms.word, {"from": minor})
    stored = consents.consentOf(minor, lane)
    assert_reverts(error("NotApprovable", stored), consents.approveAsGuardianBySig, *old, sender=relayer)
    arguments = (minor, lane, stored, old[3])
    assert_reverts(error("InvalidSignature", guardian), consents.approveAsGuardianBySig, *arguments, sender=relayer)


def test_replay_does_not_undo_a_revocation(consents, minor, relayer, lane, asked, approval):
    arguments = approval(asked)
    consents.approveAsGuardianBySig(*arguments, {"from": relayer})
    consents.revoke(lane, {"from": minor})
    stored = consents.consentOf(minor, lane)
    assert_reverts(error("NotApprovable", stored), consents.approveAsGuardianBySig, *arguments, sender=relayer)
    assert consents.inForce(minor, lane) == 0


def test_is_dead_once_another_is_guardian(consents, minor, guardian, bob, relayer, asked, approval):
    arguments = approval(asked)
    consents.markMinor(minor, True, bob, {"from": guardian})
    assert_reverts(error("InvalidSignature", bob), consents.approveAsGuardianBySig, *arguments, sender=relayer)


def test_subject_without_a_guardian_cannot_be_approved_for(consents, bob, relayer, lane, terms):
    zero = "0x" + "00" * 20
    arguments = (bob, lane, terms.word, b"\x00" * 65)
    assert_reverts(error("InvalidSignature", zero), consents.approveAsGuardianBySig, *arguments, sender=relayer)
