"""ProfileRegistry.attest: who stands for which sealed profile."""

from tests.contracts.support import assert_event, assert_reverts, error

DIGEST = "0x" + "11" * 32
NEWER = "0x" + "22" * 32
NONE = "0x" + "00" * 32


def test_attested_digest_is_the_operators_word_about_the_subject(profiles, operator, alice, bob):
    transaction = profiles.attest(alice, DIGEST, {"from": operator})

    assert_event(transaction, "Attested", subject=alice, operator=operator, digest=DIGEST)
    assert profiles.digestOf(operator, alice) == DIGEST
    assert profiles.digestOf(operator, bob) == NONE
    assert profiles.digestOf(alice, operator) == NONE


def test_newer_attestation_replaces_the_one_before(profiles, operator, alice):
    profiles.attest(alice, DIGEST, {"from": operator})
    profiles.attest(alice, NEWER, {"from": operator})
    assert profiles.digestOf(operator, alice) == NEWER


def test_attestation_counts_for_nobody_but_its_sender(profiles, operator, stranger, alice):
    profiles.attest(alice, DIGEST, {"from": operator})
    profiles.attest(alice, NEWER, {"from": stranger})

    assert profiles.digestOf(operator, alice) == DIGEST
    assert profiles.digestOf(stranger, alice) == NEWER


def test_empty_digest_is_refused(profiles, operator, alice):
    assert_reverts(error("EmptyDigest"), profiles.attest, alice, NONE, sender=operator)
