"""OperatorRegistry.requireQuorum: exactly threshold keepers, each once, in order."""

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_defunct
from eth_utils import keccak

from tests.contracts.support import assert_reverts, compact, error, key_of, next_block_at, now, selector, send

MESSAGE = encode_defunct(text="an epoch")
DIGEST = bytes(_hash_eip191_message(MESSAGE))


def signature_of(account, message=MESSAGE):
    return compact(bytes(Account.sign_message(message, key_of(account)).signature))


def in_order(accounts):
    return sorted(accounts, key=lambda account: int(str(account), 16))


def packed(accounts):
    return b"".join(signature_of(account) for account in accounts)


@pytest.mark.parametrize("chosen", [(0, 1, 2), (0, 2, 4), (1, 3, 4)])
def test_any_threshold_of_keepers_is_a_quorum(operators, keepers, chosen):
    operators.requireQuorum(DIGEST, packed(in_order([keepers[index] for index in chosen])))


def test_signatures_are_in_order(operators, keepers, stranger):
    first, second, third = in_order(keepers[:3])
    refused = error("UnsortedQuorum", second)
    assert_reverts(refused, operators.requireQuorum, DIGEST, packed([first, third, second]), sender=stranger)


def test_nobody_counts_twice(operators, keepers, stranger):
    first, second, _ = in_order(keepers[:3])
    for signers, twice in (((first, first, second), first), ((first, second, second), second)):
        refused = error("UnsortedQuorum", twice)
        assert_reverts(refused, operators.requireQuorum, DIGEST, packed(signers), sender=stranger)


@pytest.mark.parametrize("count", [0, 2, 4])
def test_fewer_or_more_are_none(operators, keepers, stranger, count):
    refused = error("WrongQuorum", 3 * 64, count * 64)
    assert_reverts(refused, operators.requireQuorum, DIGEST, packed(in_order(keepers[:count])), sender=stranger)


def test_a_byte_more_or_less_is_none(operators, keepers, stranger):
    whole = packed(in_order(keepers[:3]))
    for signatures in (whole[:-1], whole + b"\x00"):
        refused = error("WrongQuorum", 192, len(signatures))
        assert_reverts(refused, operators.requireQuorum, DIGEST, signatures, sender=stranger)


def test_strangers_signature_does_not_count(operators, keepers, stranger):
    signers = in_order([*keepers[:2], stranger])
    refused = error("NotAKeeper", stranger)
    assert_reverts(refused, operators.requireQuorum, DIGEST, packed(signers), sender=stranger)


def test_signature_that_is_none_is_nobodys(operators, keepers, stranger):
    refused = error("NotAKeeper", "0x" + "00" * 20)
    signatures = b"\x00" * 64 + packed(in_order(keepers[:2]))
    assert_reverts(refused, operators.requireQuorum, DIGEST, signatures, sender=stranger)


def test_signatures_over_something_else_do_not_count(operators, keepers, stranger):
    signatures = packed(in_order(keepers[:3]))
    succeeded, data = send(operators.requireQuorum, keccak(text="another epoch"), signatures, sender=stranger)
    assert not succeeded
    assert data[:4] == selector("NotAKeeper")


def test_replaced_keepers_do_not_count(operators, owner, keepers, alice, bob, stranger):
    signatures = packed(in_order(keepers[:3]))
    operators.requireQuorum(DIGEST, signatures)
    operators.setKeepers([keepers[0], keepers[1], alice, bob], 3, {"from": owner})
    operators.requireQuorum(DIGEST, signatures)
    next_block_at(now() + operators.KEEPER_NOTICE())
    operators.seatKeepers({"from": stranger})
    refused = error("NotAKeeper", keepers[2])
    assert_reverts(refused, operators.requireQuorum, DIGEST, signatures, sender=stranger)
    operators.requireQuorum(DIGEST, packed(in_order([keepers[0], keepers[1], bob])))


def test_nobody_has_a_quorum_before_keepers_are_named(OperatorRegistry, owner, stranger):
    fresh = OperatorRegistry.deploy(owner, {"from": owner})
    assert_reverts(error("WrongQuorum", 0, 0), fresh.requireQuorum, DIGEST, b"", sender=stranger)
