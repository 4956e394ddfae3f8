"""ProfileRegistry.confirmErasure: the asked operator says that it erased."""

from tests.contracts.support import assert_event, assert_reverts, error, next_block_at, now, plain

DIGEST = "0x" + "11" * 32
NONE = "0x" + "00" * 32


def test_confirmation_is_timestamped_beside_the_request_and_clears_the_digest(profiles, alice, operator, rival):
    for each in (operator, rival):
        profiles.attest(alice, DIGEST, {"from": each})
    requested_at = next_block_at(now() + 5)
    profiles.requestErasure(operator, {"from": alice})
    at = next_block_at(now() + 100)
    transaction = profiles.confirmErasure(alice, {"from": operator})
    assert_event(transaction, "ErasureConfirmed", subject=alice, operator=operator)
    assert plain(profiles.erasureOf(operator, alice)) == (requested_at, at, False)
    assert profiles.digestOf(operator, alice) == NONE
    assert profiles.digestOf(rival, alice) == DIGEST


def test_only_the_asked_operator_confirms(profiles, alice, operator, rival, stranger):
    profiles.requestErasure(operator, {"from": alice})
    for somebody in (rival, stranger, alice):
        expected = error("NoErasureRequest", alice, somebody)
        assert_reverts(expected, profiles.confirmErasure, alice, sender=somebody)
    assert profiles.erasureOf(operator, alice)[2]


def test_confirms_once_for_each_request(profiles, alice, operator):
    expected = error("NoErasureRequest", alice, operator)
    assert_reverts(expected, profiles.confirmErasure, alice, sender=operator)
    profiles.requestErasure(operator, {"from": alice})
    profiles.confirmErasure(alice, {"from": operator})
    assert_reverts(expected, profiles.confirmErasure, alice, sender=operator)
    profiles.requestErasure(operator, {"from": alice})
    assert profiles.erasureOf(operator, alice)[2]
    profiles.confirmErasure(alice, {"from": operator})
    assert not profiles.erasureOf(operator, alice)[2]


def test_attestation_after_a_request_stays_visible_beside_it(profiles, alice, operator):
    profiles.requestErasure(operator, {"from": alice})
    profiles.attest(alice, DIGEST, {"from": operator})
    assert profiles.digestOf(operator, alice) == DIGEST
    assert profiles.erasureOf(operator, alice)[2]
