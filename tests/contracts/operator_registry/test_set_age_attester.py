"""OperatorRegistry.setAgeAttester: the owner says who may mark minors."""

from tests.contracts.support import assert_event, assert_reverts, error


def test_owner_names_and_dismisses(operators, owner, stranger):
    transaction = operators.setAgeAttester(stranger, True, {"from": owner})
    assert_event(transaction, "AgeAttesterSet", attester=stranger, allowed=True)
    assert operators.isAgeAttester(stranger)
    operators.setAgeAttester(stranger, False, {"from": owner})
    assert not operators.isAgeAttester(stranger)


def test_only_the_owner_does(operators, attester, stranger):
    for somebody in (attester, stranger):
        expected = error("OwnableUnauthorizedAccount", somebody)
        assert_reverts(expected, operators.setAgeAttester, stranger, True, sender=somebody)
    assert not operators.isAgeAttester(stranger)
