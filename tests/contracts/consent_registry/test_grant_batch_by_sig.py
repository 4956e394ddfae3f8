"""ConsentRegistry.grantBatchBySig: many signed consents in one transaction; one that came too late costs the others
nothing."""

import pytest

from tests.contracts.support import (
    DAY,
    Consent,
    assert_reverts,
    compact,
    error,
    grant_message,
    lane_of,
    next_block_at,
    now,
    selector,
    set_storage,
    sign,
    word_slot,
)


@pytest.fixture
def consent(terms):
    return terms._replace(granted_at=now(), version=1)


@pytest.fixture
def record(consents, lane):
    """One packed record of a batch."""

    def packed(signer, consent, *, subject=None, on=lane):
        signature = compact(sign(signer, grant_message(consents, subject or signer, on, consent)))
        return bytes.fromhex(str(subject or signer)[2:]) + consent.word.to_bytes(32, "big") + signature

    return packed


def skipped(transaction):
    """(subject, lane, reason) of every record that had no effect."""
    events = transaction.events["Skipped"] if transaction.events.count("Skipped") else []
    return [(event["subject"], event["lane"], str(event["reason"])) for event in events]


def reason(name):
    return "0x" + selector(name).hex()


def test_grants_of_many_people_in_one_transaction(consents, alice, bob, relayer, lane, consent, record):
    other = consent._replace(floor=70_000, categories=1)
    transaction = consents.grantBatchBySig(lane, record(alice, consent) + record(bob, other), {"from": relayer})
    assert consents.inForce(alice, lane) == consent.word
    assert consents.inForce(bob, lane) == other.word
    granted = [(event["subject"], event["consent"]) for event in transaction.events["Granted"]]
    assert granted == [(alice, consent.word), (bob, other.word)]
    assert skipped(transaction) == []


def test_smart_wallets_are_asked(consents, alice, bob, wallet, relayer, lane, consent, record):
    records = record(alice, consent, subject=wallet) + record(bob, consent)
    consents.grantBatchBySig(lane, records, {"from": relayer})
    assert consents.inForce(wallet, lane) == consents.inForce(bob, lane) == consent.word


def test_forged_record_is_skipped_and_the_others_count(
    consents, alice, bob, stranger, wallet, relayer, lane, consent, record
):
    records = (
        record(stranger, consent, subject=alice) + record(bob, consent) + record(stranger, consent, subject=wallet)
    )
    transaction = consents.grantBatchBySig(lane, records, {"from": relayer})
    assert skipped(transaction) == [(subject, lane, reason("InvalidSignature")) for subject in (alice, wallet)]
    assert consents.consentOf(alice, lane) == consents.consentOf(wallet, lane) == 0
    assert consents.inForce(bob, lane) == consent.word


def test_zero_address_is_skipped(consents, relayer, lane, consent):
    records = b"\x00" * 20 + consent.word.to_bytes(32, "big") + b"\x00" * 64
    transaction = consents.grantBatchBySig(lane, records, {"from": relayer})
    assert skipped(transaction) == [("0x" + "00" * 20, lane, reason("InvalidSignature"))]


def test_the_same_record_twice_counts_once(consents, alice, relayer, lane, consent, record):
    transaction = consents.grantBatchBySig(lane, record(alice, consent) * 2, {"from": relayer})
    assert skipped(transaction) == [(alice, lane, reason("WrongVersion"))]
    assert transaction.events.count("Granted") == 1


def test_replayed_batch_changes_nothing(consents, alice, bob, relayer, lane, consent, record):
    records = record(alice, consent) + record(bob, consent)
    consents.grantBatchBySig(lane, records, {"from": relayer})
    consents.revoke(lane, {"from": alice})
    transaction = consents.grantBatchBySig(lane, records, {"from": relayer})
    assert skipped(transaction) == [(subject, lane, reason("WrongVersion")) for subject in (alice, bob)]
    assert consents.inForce(alice, lane) == 0
    assert consents.inForce(bob, lane) == consent.word


def test_record_signed_before_a_revocation_is_skipped(consents, alice, bob, relayer, lane, consent, record):
    ahead = record(alice, consent._replace(version=2))
    next_block_at(now() + 10)
    consents.revoke(lane, {"from": alice})
    transaction = consents.grantBatchBySig(lane, ahead + record(bob, consent), {"from": relayer})
    assert skipped(transaction) == [(alice, lane, reason("SignatureOutdated"))]
    assert consents.inForce(alice, lane) == 0
    assert consents.inForce(bob, lane) == consent.word


def test_record_from_the_future_or_of_yesterday_is_skipped(consents, alice, bob, relayer, lane, consent, record):
    at = next_block_at(consent.granted_at + DAY + 1)
    records = record(alice, consent) + record(bob, consent._replace(granted_at=at + 1))
    transaction = consents.grantBatchBySig(lane, records, {"from": relayer})
    assert skipped(transaction) == [
        (alice, lane, reason("SignatureExpired")),
        (bob, lane, reason("SignedInTheFuture")),
    ]


def test_consent_that_ran_out_of_versions_is_skipped(consents, alice, relayer, lane, consent, record):
    last = consent._replace(version=(1 << 19) - 1)
    set_storage(consents, word_slot(alice, lane), last.word)
    for version in (0, 1, (1 << 19) - 1):
        records = record(alice, consent._replace(version=version))
        transaction = consents.grantBatchBySig(lane, records, {"from": relayer})
        assert skipped(transaction) == [(alice, lane, reason("WrongVersion"))]
    assert Consent.of(consents.consentOf(alice, lane)) == last


def test_one_record_that_could_never_be_valid_undoes_the_batch(
    consents, alice, bob, operator, relayer, lane, consent, record
):
    good = record(bob, consent)

    def refused(expected, at=lane, **change):
        records = good + record(alice, consent._replace(**change), on=lane)
        assert_reverts(expected, consents.grantBatchBySig, at, records, sender=relayer)

    refused(error("ProhibitedCategories", 1 << 120), categories=1 << 120 | 1)
    refused(error("ReservedBits", 1 << 255), guarded=1)
    refused(error("NoCategories"), categories=0)
    refused(error("ZeroCap"), cap=0)
    latest = consent.granted_at + 400 * DAY
    refused(error("InvalidEnd", latest + 1, latest), ends_at=latest + 1)
    refused(error("InvalidLane", lane_of(operator, 6)), at=lane_of(operator, 6))
    assert consents.consentOf(bob, lane) == 0


@pytest.mark.parametrize("cut", [116, 1, 115])
def test_batch_is_a_whole_number_of_records_and_at_least_one(consents, alice, relayer, lane, consent, record, cut):
    records = record(alice, consent)[cut:]
    expected = error("InvalidRecords", 116 - cut, 116)
    assert_reverts(expected, consents.grantBatchBySig, lane, records, sender=relayer)


def test_every_record_is_read_from_its_own_place(consents, accounts, relayer, lane, consent, record):
    subjects = [accounts[index] for index in range(20)]
    consents.grantBatchBySig(
        lane,
        b"".join(record(subject, consent._replace(floor=index)) for index, subject in enumerate(subjects)),
        {"from": relayer},
    )
    floors = [Consent.of(word).floor for word in consents.areInForce(subjects, lane)]
    assert floors == list(range(20))
