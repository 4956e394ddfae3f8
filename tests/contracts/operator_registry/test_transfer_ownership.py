"""OperatorRegistry: the owner hands over in two steps."""

from tests.contracts.support import assert_reverts, error


def test_new_owner_is_one_once_it_accepted(operators, owner, bob, alice):
    operators.transferOwnership(bob, {"from": owner})
    assert operators.owner() == owner
    assert operators.pendingOwner() == bob
    assert_reverts(error("OwnableUnauthorizedAccount", bob), operators.setKeepers, [alice], 1, sender=bob)
    operators.acceptOwnership({"from": bob})
    assert operators.owner() == bob
    operators.setKeepers([alice], 1, {"from": bob})
    assert_reverts(error("OwnableUnauthorizedAccount", owner), operators.setKeepers, [alice], 1, sender=owner)


def test_nobody_else_accepts_or_transfers(operators, owner, bob, stranger):
    operators.transferOwnership(bob, {"from": owner})
    refused = error("OwnableUnauthorizedAccount", stranger)
    assert_reverts(refused, operators.acceptOwnership, sender=stranger)
    assert_reverts(refused, operators.transferOwnership, stranger, sender=stranger)
    assert operators.owner() == owner
