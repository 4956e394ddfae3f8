"""ConsentRegistry.revokeBatchBySig: many signed revocations in one transaction."""

import pytest

from tests.contracts.support import (
    DAY,
    Consent,
    assert_reverts,
    compact,
    error,
    lane_of,
    next_block_at,
    now,
    plain,
    revoke_message,
    selector,
    sign,
)


@pytest.fixture
def record(consents, lane):
    """One packed record of a batch."""

    def packed(signer, at, *, subject=None):
        signature = compact(sign(signer, revoke_message(consents, subject or signer, lane, at)))
        return bytes.fromhex(str(subject or signer)[2:]) + at.to_bytes(5, "big") + signature

    return packed


@pytest.fixture
def both(consents, alice, bob, lane, terms):
    """Consents of two people."""
    for person in (alice, bob):
        consents.grant(lane, terms.word, {"from": person})


def skipped(transaction):
    events = transaction.events["Skipped"] if transaction.events.count("Skipped") else []
    return [(event["subject"], event["lane"], str(event["reason"])) for event in events]


def reason(name):
    return "0x" + selector(name).hex()


def test_revocations_of_many_people_in_one_transaction(consents, alice, bob, relayer, lane, both, record):
    at = next_block_at(now() + 5)
    records = record(alice, at) + record(bob, at)
    transaction = consents.revokeBatchBySig(lane, records, {"from": relayer})
    assert plain(consents.areInForce([alice, bob], lane)) == (0, 0)
    assert [event["subject"] for event in transaction.events["Revoked"]] == [alice, bob]
    assert Consent.of(consents.consentOf(bob, lane)).ends_at == at
    assert skipped(transaction) == []


def test_smart_wallets_are_asked(consents, alice, wallet, relayer, lane, terms, record):
    wallet.execute(consents, consents.grant.encode_input(lane, terms.word), {"from": alice})
    consents.revokeBatchBySig(lane, record(alice, now(), subject=wallet), {"from": relayer})
    assert consents.inForce(wallet, lane) == 0


def test_what_has_no_effect_is_skipped_and_the_others_count(
    consents, alice, bob, stranger, relayer, lane, both, record
):
    at = next_block_at(now() + 5)
    records = record(stranger, at, subject=alice) + record(bob, at) + record(bob, at)
    transaction = consents.revokeBatchBySig(lane, records, {"from": relayer})
    assert skipped(transaction) == [
        (alice, lane, reason("InvalidSignature")),
        (bob, lane, reason("SignatureOutdated")),
    ]
    assert consents.inForce(alice, lane) != 0
    assert consents.inForce(bob, lane) == 0


def test_record_of_yesterday_or_from_the_future_is_skipped(consents, alice, bob, relayer, lane, both, record):
    signed_at = now()
    at = next_block_at(signed_at + DAY + 1)
    records = record(alice, signed_at) + record(bob, at + 1)
    transaction = consents.revokeBatchBySig(lane, records, {"from": relayer})
    assert skipped(transaction) == [
        (alice, lane, reason("SignatureExpired")),
        (bob, lane, reason("SignedInTheFuture")),
    ]
    assert all(consents.areInForce([alice, bob], lane))


def test_replay_does_not_end_a_consent_given_since(consents, alice, relayer, lane, both, terms, record):
    records = record(alice, now())
    consents.revokeBatchBySig(lane, records, {"from": relayer})
    next_block_at(now() + 10)
    consents.grant(lane, terms.word, {"from": alice})
    transaction = consents.revokeBatchBySig(lane, records, {"from": relayer})
    assert skipped(transaction) == [(alice, lane, reason("SignatureOutdated"))]
    assert consents.inForce(alice, lane) != 0


def test_batch_is_a_whole_number_of_records_and_at_least_one(consents, alice, relayer, lane, record):
    for cut in (89, 1, 88):
        expected = error("InvalidRecords", 89 - cut, 89)
        assert_reverts(expected, consents.revokeBatchBySig, lane, record(alice, now())[cut:], sender=relayer)


def test_lane_must_be_one(consents, alice, operator, relayer):
    lane, at = lane_of(operator, 6), now()
    signature = compact(sign(alice, revoke_message(consents, alice, lane, at)))
    records = bytes.fromhex(alice.address[2:]) + at.to_bytes(5, "big") + signature
    assert_reverts(error("InvalidLane", lane), consents.revokeBatchBySig, lane, records, sender=relayer)
