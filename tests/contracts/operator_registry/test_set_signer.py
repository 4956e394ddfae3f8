"""OperatorRegistry.setSigner: an operator's keys."""

from tests.contracts.support import assert_event, assert_reverts, error


def test_operator_lets_keys_act_for_it_and_takes_it_back(operators, operator, payout, bob):
    operators.register(payout, "", {"from": operator})
    transaction = operators.setSigner(bob, True, {"from": operator})
    assert_event(transaction, "SignerSet", operator=operator, signer=bob, allowed=True)
    assert operators.isSigner(operator, bob)
    operators.setSigner(bob, False, {"from": operator})
    assert not operators.isSigner(operator, bob)


def test_operator_signs_for_itself(operators, operator, rival):
    assert operators.isSigner(operator, operator)
    assert not operators.isSigner(operator, rival)


def test_only_a_registered_operator_has_signers(operators, stranger, bob):
    assert_reverts(error("NotAnOperator", stranger), operators.setSigner, bob, True, sender=stranger)


def test_key_of_one_operator_acts_for_no_other(operators, operator, rival, payout, bob):
    for each in (operator, rival):
        operators.register(payout, "", {"from": each})
    operators.setSigner(bob, True, {"from": operator})
    assert not operators.isSigner(rival, bob)


def test_key_names_no_further_keys(operators, operator, payout, bob, stranger):
    operators.register(payout, "", {"from": operator})
    operators.setSigner(bob, True, {"from": operator})
    assert_reverts(error("NotAnOperator", bob), operators.setSigner, stranger, True, sender=bob)
