"""ConsentRegistry.revokeAll and revokeAllBySig: every consent at once."""

import pytest

from tests.contracts.support import (
    DAY,
    assert_event,
    assert_reverts,
    error,
    lane_of,
    next_block_at,
    now,
    revoke_all_message,
    sign,
)


@pytest.fixture
def everything(consents):
    """The arguments that relay a revocation of everything."""

    def arguments(signer, at=None, *, subject=None):
        at = now() if at is None else at
        return subject or signer, at, sign(signer, revoke_all_message(consents, subject or signer, at))

    return arguments


def test_ends_every_consent_at_once(consents, alice, operator, rival, lane, granted, terms):
    others = [lane_of(operator, 4), lane_of(rival)]
    for other in others:
        consents.grant(other, terms.word, {"from": alice})
    at = next_block_at(now() + 10)
    transaction = consents.revokeAll({"from": alice})

    assert not any(consents.inForce(alice, each) for each in (lane, *others))
    assert consents.subjectState(alice)[0] == at
    assert_event(transaction, "RevokedAll", subject=alice)


def test_ends_a_consent_of_its_own_second(consents, alice, lane, terms):
    at = now() + 10
    next_block_at(at)
    consents.grant(lane, terms.word, {"from": alice})
    assert consents.inForce(alice, lane) != 0
    # The next block of this chain is a second later; what counts is the comparison.
    next_block_at(at + 1)
    consents.revokeAll({"from": alice})
    assert consents.inForce(alice, lane) == 0


def test_ends_nobody_elses_consents(consents, alice, stranger, owner, lane, granted):
    for somebody in (stranger, owner):
        consents.revokeAll({"from": somebody})
    assert consents.inForce(alice, lane) == granted.word


def test_granting_again_counts(consents, alice, lane, granted, terms):
    consents.revokeAll({"from": alice})
    next_block_at(now() + 10)
    consents.grant(lane, terms.word, {"from": alice})
    assert consents.inForce(alice, lane) != 0


def test_anyone_relays_it_and_it_counts_from_its_block_on(consents, alice, relayer, lane, granted, everything):
    arguments = everything(alice)
    revoked_at = next_block_at(now() + 10)
    transaction = consents.revokeAllBySig(*arguments, {"from": relayer})
    assert consents.inForce(alice, lane) == 0
    assert consents.subjectState(alice)[0] == revoked_at
    assert_event(transaction, "RevokedAll", subject=alice)


def test_used_signature_does_not_end_later_grants(consents, alice, relayer, lane, granted, terms, everything):
    arguments = everything(alice)
    revoked_at = next_block_at(now() + 10)
    consents.revokeAllBySig(*arguments, {"from": relayer})
    next_block_at(revoked_at + 10)
    consents.grant(lane, terms.word, {"from": alice})
    expected = error("SignatureOutdated", arguments[1], revoked_at + 1)
    assert_reverts(expected, consents.revokeAllBySig, *arguments, sender=relayer)
    assert consents.inForce(alice, lane) != 0


def test_smart_wallet_revokes_everything_by_its_owner(consents, alice, wallet, relayer, lane, terms, everything):
    wallet.execute(consents, consents.grant.encode_input(lane, terms.word), {"from": alice})
    consents.revokeAllBySig(*everything(alice, subject=wallet), {"from": relayer})
    assert consents.inForce(wallet, lane) == 0


def test_somebody_elses_signature_is_refused(consents, alice, stranger, lane, granted, everything):
    arguments = everything(stranger, subject=alice)
    assert_reverts(error("InvalidSignature", alice), consents.revokeAllBySig, *arguments, sender=stranger)
    assert consents.inForce(alice, lane) == granted.word


def test_signature_is_relayed_within_a_day_and_not_from_the_future(consents, alice, relayer, granted, everything):
    signed_at = now()
    old = everything(alice, signed_at)
    at = next_block_at(signed_at + DAY + 1)
    expected = error("SignatureExpired", signed_at, at)
    assert_reverts(expected, consents.revokeAllBySig, *old, sender=relayer)
    at = next_block_at(at + 5)
    early = everything(alice, at + 1)
    assert_reverts(error("SignedInTheFuture", at + 1, at), consents.revokeAllBySig, *early, sender=relayer)
