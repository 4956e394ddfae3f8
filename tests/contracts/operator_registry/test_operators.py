"""OperatorRegistry: operators change themselves, the owner names the keepers and nothing else."""

import pytest

from tests.contracts.support import assert_event, assert_reverts, error

ZERO = "0x0000000000000000000000000000000000000000"


def test_operator_registers_itself_and_changes_itself(operators, operator, payout, bob):
    transaction = operators.register(payout, "https://operator.example", {"from": operator})
    assert_event(transaction, "OperatorUpdated", operator=operator, payout=payout, termsUri="https://operator.example")
    assert operators.isOperator(operator)
    assert operators.payoutOf(operator) == payout
    operators.register(bob, "", {"from": operator})
    assert operators.payoutOf(operator) == bob


def test_payout_is_somebody(operators, operator):
    assert_reverts(error("InvalidPayout"), operators.register, ZERO, "", sender=operator)


def test_operator_lets_keys_act_for_it(operators, operator, payout, bob):
    operators.register(payout, "", {"from": operator})
    transaction = operators.setSigner(bob, True, {"from": operator})
    assert_event(transaction, "SignerSet", operator=operator, signer=bob, allowed=True)
    assert operators.isSigner(operator, bob)
    assert operators.isSigner(operator, operator)
    operators.setSigner(bob, False, {"from": operator})
    assert not operators.isSigner(operator, bob)


def test_only_a_registered_operator_has_signers(operators, stranger, bob):
    assert_reverts(error("NotAnOperator", stranger), operators.setSigner, bob, True, sender=stranger)


def test_owner_names_the_keepers(operators, owner, alice, bob):
    transaction = operators.setKeepers([alice, bob], 2, {"from": owner})
    assert_event(transaction, "KeepersSet", keepers=(alice, bob), threshold=2)
    assert operators.keepers() == (alice, bob)
    assert operators.threshold() == 2


def test_only_the_owner_names_the_keepers(operators, stranger, alice):
    refused = error("OwnableUnauthorizedAccount", stranger)
    assert_reverts(refused, operators.setKeepers, [alice], 1, sender=stranger)


@pytest.mark.parametrize("threshold", [0, 3])
def test_threshold_is_within_the_set(operators, owner, alice, bob, threshold):
    assert_reverts(error("InvalidKeepers"), operators.setKeepers, [alice, bob], threshold, sender=owner)


def test_keepers_are_distinct_and_somebody(operators, owner, alice):
    assert_reverts(error("InvalidKeepers"), operators.setKeepers, [alice, alice], 1, sender=owner)
    assert_reverts(error("InvalidKeepers"), operators.setKeepers, [alice, ZERO], 1, sender=owner)
