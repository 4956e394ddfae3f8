"""ProfileRegistry.attestBatch: many sealed profiles in one transaction."""

import pytest

from tests.contracts.support import assert_reverts, error

DIGESTS = [bytes([number]) * 32 for number in (1, 2, 3)]


def packed(*records):
    return b"".join(bytes.fromhex(str(subject)[2:]) + digest for subject, digest in records)


def test_each_record_is_read_from_its_own_place(profiles, operator, alice, bob, stranger):
    records = packed(*zip((alice, bob, stranger), DIGESTS, strict=True))
    transaction = profiles.attestBatch(records, {"from": operator})
    assert [bytes(digest) for digest in profiles.digestsOf(operator, [alice, bob, stranger])] == DIGESTS
    told = [(event["subject"], event["operator"], bytes(event["digest"])) for event in transaction.events["Attested"]]
    assert told == [(who, operator, digest) for who, digest in zip((alice, bob, stranger), DIGESTS, strict=True)]


def test_counts_for_nobody_but_its_sender(profiles, operator, rival, alice):
    profiles.attest(alice, DIGESTS[0], {"from": operator})
    profiles.attestBatch(packed((alice, DIGESTS[1])), {"from": rival})
    assert bytes(profiles.digestOf(operator, alice)) == DIGESTS[0]


def test_one_empty_digest_undoes_the_batch(profiles, operator, alice, bob):
    records = packed((alice, DIGESTS[0]), (bob, b"\x00" * 32))
    assert_reverts(error("EmptyDigest"), profiles.attestBatch, records, sender=operator)
    assert profiles.digestOf(operator, alice) == "0x" + "00" * 32


@pytest.mark.parametrize("length", [0, 51, 53, 103])
def test_batch_is_a_whole_number_of_records_and_at_least_one(profiles, operator, length):
    expected = error("InvalidRecords", length, 52)
    assert_reverts(expected, profiles.attestBatch, b"\x01" * length, sender=operator)
