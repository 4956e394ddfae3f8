"""ConsentRegistry.revoke: "no" beats everything."""

import pytest

from tests.contracts.support import (
    Consent,
    assert_event,
    assert_reverts,
    error,
    lane_of,
    next_block_at,
    now,
    set_storage,
    word_slot,
)


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


def test_consent_granted_in_the_second_of_its_revocation_never_counted(consents, alice, lane, terms):
    at = now() + 10
    next_block_at(at)
    consents.grant(lane, terms.word, {"from": alice})
    word = Consent.of(consents.consentOf(alice, lane))
    set_storage(consents, word_slot(alice, lane), word._replace(ends_at=at).word)
    assert consents.inForce(alice, lane) == 0


def test_works_in_every_state(consents, alice, lane):
    for version in (1, 2):
        at = next_block_at(now() + 5)
        consents.revoke(lane, {"from": alice})
        stored = Consent.of(consents.consentOf(alice, lane))
        assert stored == Consent(0, granted_at=at, ends_at=at, cap=0, version=version)
        assert consents.inForce(alice, lane) == 0


def test_revoking_what_expired_moves_its_end_and_opens_no_gap(consents, alice, lane, granted):
    at = next_block_at(granted.ends_at + 10)
    consents.revoke(lane, {"from": alice})
    stored = Consent.of(consents.consentOf(alice, lane))
    assert stored == granted._replace(granted_at=at, ends_at=at, version=2)


def test_works_when_versions_ran_out(consents, alice, lane, terms):
    last = terms._replace(granted_at=now(), version=(1 << 19) - 1)
    set_storage(consents, word_slot(alice, lane), last.word)
    at = next_block_at(now() + 10)
    consents.revoke(lane, {"from": alice})
    assert Consent.of(consents.consentOf(alice, lane)) == last._replace(ends_at=at)


def test_ends_nobody_elses_consent(consents, stranger, alice, lane, granted):
    consents.revoke(lane, {"from": stranger})
    assert consents.inForce(alice, lane) == granted.word


def test_ends_no_other_purpose_or_operator(consents, alice, operator, rival, lane, granted, terms):
    others = (lane_of(operator, 2), lane_of(rival))
    for other in others:
        consents.grant(other, terms.word, {"from": alice})
    consents.revoke(lane, {"from": alice})
    assert all(consents.inForce(alice, other) for other in others)


def test_owner_and_operator_can_neither_revoke_nor_undo(consents, owner, operator, attester, alice, lane, granted):
    for somebody in (owner, operator, attester):
        consents.revoke(lane, {"from": somebody})
        assert consents.inForce(alice, lane) == granted.word
    consents.revoke(lane, {"from": alice})
    for somebody in (owner, operator, attester):
        consents.grant(lane, granted._replace(granted_at=0, version=0).word, {"from": somebody})
        assert consents.inForce(alice, lane) == 0


@pytest.mark.parametrize("purpose", [0, 6])
def test_lane_must_be_one(consents, alice, operator, purpose):
    lane = lane_of(operator, purpose)
    assert_reverts(error("InvalidLane", lane), consents.revoke, lane, sender=alice)
