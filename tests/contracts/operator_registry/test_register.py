"""OperatorRegistry.register: an operator speaks for itself."""

from tests.contracts.support import ZERO, assert_event, assert_reverts, error


def test_operator_registers_itself_and_changes_itself(operators, operator, payout, bob):
    transaction = operators.register(payout, "https://operator.example", {"from": operator})
    assert_event(transaction, "OperatorUpdated", operator=operator, payout=payout, termsUri="https://operator.example")
    assert operators.isOperator(operator)
    assert operators.payoutOf(operator) == payout
    operators.register(bob, "", {"from": operator})
    assert operators.payoutOf(operator) == bob


def test_payout_is_somebody(operators, operator):
    assert_reverts(error("InvalidPayout"), operators.register, ZERO, "", sender=operator)
    assert not operators.isOperator(operator)


def test_registers_nobody_but_the_sender(operators, operator, rival, owner, payout, stranger):
    operators.register(payout, "", {"from": operator})
    for somebody in (rival, owner):
        operators.register(stranger, "", {"from": somebody})
    assert operators.payoutOf(operator) == payout


def test_many_are_looked_up_at_once(operators, operator, rival, stranger, payout):
    for each in (operator, rival):
        operators.register(payout, "", {"from": each})
    assert operators.areOperators([operator, stranger, rival]) == (True, False, True)
    assert operators.payoutOf(stranger) == ZERO
