"""OperatorRegistry.setKeepers: the owner names the keepers."""

import pytest

from tests.contracts.support import ZERO, assert_event, assert_reverts, error


def test_owner_names_the_keepers(operators, owner, alice, bob, keepers):
    transaction = operators.setKeepers([alice, bob], 2, {"from": owner})
    assert_event(transaction, "KeepersSet", keepers=(alice, bob), threshold=2)
    assert operators.keepers() == (alice, bob)
    assert operators.threshold() == 2
    assert operators.isKeeper(alice)
    assert operators.isKeeper(bob)


def test_who_is_not_named_again_is_no_keeper_any_more(operators, owner, alice, keepers):
    operators.setKeepers([keepers[1], alice], 1, {"from": owner})
    assert [operators.isKeeper(keeper) for keeper in keepers] == [False, True, False, False, False]
    assert operators.isKeeper(alice)


@pytest.mark.parametrize("who", ["stranger", "operator", "attester"])
def test_only_the_owner_does(operators, alice, keepers, request, who):
    somebody = request.getfixturevalue(who)
    expected = error("OwnableUnauthorizedAccount", somebody)
    assert_reverts(expected, operators.setKeepers, [alice], 1, sender=somebody)
    assert_reverts(error("OwnableUnauthorizedAccount", keepers[0]), operators.setKeepers, [alice], 1, sender=keepers[0])


@pytest.mark.parametrize("threshold", [0, 3])
def test_threshold_is_within_the_set(operators, owner, alice, bob, threshold):
    assert_reverts(error("InvalidKeepers"), operators.setKeepers, [alice, bob], threshold, sender=owner)


def test_keepers_are_distinct_and_somebody(operators, owner, alice):
    assert_reverts(error("InvalidKeepers"), operators.setKeepers, [alice, alice], 1, sender=owner)
    assert_reverts(error("InvalidKeepers"), operators.setKeepers, [alice, ZERO], 1, sender=owner)
    assert_reverts(error("InvalidKeepers"), operators.setKeepers, [], 0, sender=owner)
