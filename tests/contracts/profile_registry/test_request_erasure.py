"""ProfileRegistry.requestErasure and requestErasureBySig: the subject asks."""

import pytest

from tests.contracts.support import (
    DAY,
    assert_event,
    assert_reverts,
    compact,
    counterfactual,
    error,
    next_block_at,
    now,
    plain,
    request_erasure_message,
    sign,
)


@pytest.fixture
def asked(profiles, operator):
    """The arguments that relay a request."""

    def arguments(signer, at=None, *, subject=None):
        at = now() if at is None else at
        signature = sign(signer, request_erasure_message(profiles, subject or signer, operator, at))
        return subject or signer, operator, at, signature

    return arguments


def test_subject_asks_one_operator(profiles, alice, operator, rival):
    at = next_block_at(now() + 5)
    transaction = profiles.requestErasure(operator, {"from": alice})
    assert_event(transaction, "ErasureRequested", subject=alice, operator=operator)
    assert plain(profiles.erasureOf(operator, alice)) == (at, 0, True)
    assert plain(profiles.erasureOf(rival, alice)) == (0, 0, False)


def test_asks_for_nobody_else(profiles, alice, operator, stranger):
    profiles.requestErasure(operator, {"from": stranger})
    assert plain(profiles.erasureOf(operator, alice)) == (0, 0, False)


def test_asking_again_moves_the_time_of_the_request(profiles, alice, operator):
    profiles.requestErasure(operator, {"from": alice})
    at = next_block_at(now() + 100)
    profiles.requestErasure(operator, {"from": alice})
    assert plain(profiles.erasureOf(operator, alice)) == (at, 0, True)


@pytest.mark.parametrize("shorten", [False, True], ids=["65 bytes", "EIP-2098"])
def test_anyone_relays_a_signed_request(profiles, alice, operator, relayer, asked, shorten):
    *rest, signature = asked(alice)
    at = next_block_at(now() + 5)
    signature = compact(signature) if shorten else signature
    transaction = profiles.requestErasureBySig(*rest, signature, {"from": relayer})
    assert plain(profiles.erasureOf(operator, alice)) == (at, 0, True)
    assert_event(transaction, "ErasureRequested", subject=alice, operator=operator)


def test_smart_wallets_ask_deployed_or_not(profiles, alice, operator, wallet, factory, unborn, relayer, asked):
    profiles.requestErasureBySig(*asked(alice, subject=wallet), {"from": relayer})
    address, deployment = unborn
    *rest, inner = asked(alice, subject=address)
    profiles.requestErasureBySig(*rest, counterfactual(factory, deployment, inner), {"from": relayer})
    for subject in (wallet, address):
        assert profiles.erasureOf(operator, subject)[2]


def test_somebody_elses_signature_is_refused(profiles, alice, operator, stranger, asked):
    arguments = asked(stranger, subject=alice)
    assert_reverts(error("InvalidSignature", alice), profiles.requestErasureBySig, *arguments, sender=stranger)


def test_signature_is_for_one_operator(profiles, alice, rival, stranger, asked):
    subject, _, at, signature = asked(alice)
    arguments = (subject, rival, at, signature)
    assert_reverts(error("InvalidSignature", alice), profiles.requestErasureBySig, *arguments, sender=stranger)


def test_used_signature_does_not_open_a_confirmed_request_again(profiles, alice, operator, relayer, asked):
    arguments = asked(alice)
    requested_at = next_block_at(now() + 5)
    profiles.requestErasureBySig(*arguments, {"from": relayer})
    profiles.confirmErasure(alice, {"from": operator})
    expected = error("SignatureOutdated", arguments[2], requested_at + 1)
    assert_reverts(expected, profiles.requestErasureBySig, *arguments, sender=relayer)
    assert not profiles.erasureOf(operator, alice)[2]


def test_signed_anew_it_asks_again(profiles, alice, operator, relayer, asked):
    profiles.requestErasureBySig(*asked(alice), {"from": relayer})
    profiles.confirmErasure(alice, {"from": operator})
    at = next_block_at(now() + 10)
    profiles.requestErasureBySig(*asked(alice, at), {"from": relayer})
    assert profiles.erasureOf(operator, alice)[2]


def test_signature_is_relayed_within_a_day_and_not_from_the_future(profiles, alice, relayer, asked):
    signed_at = now()
    old = asked(alice, signed_at)
    at = next_block_at(signed_at + DAY + 1)
    expected = error("SignatureExpired", signed_at, at)
    assert_reverts(expected, profiles.requestErasureBySig, *old, sender=relayer)
    at = next_block_at(at + 5)
    early = asked(alice, at + 1)
    assert_reverts(error("SignedInTheFuture", at + 1, at), profiles.requestErasureBySig, *early, sender=relayer)
    assert profiles.RELAY_WINDOW() == DAY
