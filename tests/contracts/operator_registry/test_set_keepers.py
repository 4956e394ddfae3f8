"""OperatorRegistry.setKeepers: the owner names the keepers."""

import pytest

from tests.contracts.support import DAY, ZERO, assert_event, assert_reverts, error, next_block_at, now, plain


def test_first_keepers_take_office_at_once(OperatorRegistry, owner, alice, bob):
    fresh = OperatorRegistry.deploy(owner, {"from": owner})
    at = next_block_at(now() + 5)
    transaction = fresh.setKeepers([alice, bob], 2, {"from": owner})
    assert_event(transaction, "KeepersNamed", keepers=(alice, bob), threshold=2, **{"from": at})
    assert_event(transaction, "KeepersSet", keepers=(alice, bob), threshold=2)
    assert fresh.keepers() == (alice, bob)
    assert fresh.threshold() == 2
    assert fresh.isKeeper(alice)
    assert fresh.isKeeper(bob)


def test_later_ones_take_office_a_week_after_they_were_named(operators, owner, alice, keepers, stranger):
    at = next_block_at(now() + 5)
    transaction = operators.setKeepers([keepers[1], alice], 1, {"from": owner})
    due = at + operators.KEEPER_NOTICE()
    assert operators.KEEPER_NOTICE() == 7 * DAY
    assert_event(transaction, "KeepersNamed", keepers=(keepers[1], alice), threshold=1, **{"from": due})
    assert plain(operators.namedKeepers()) == plain(((keepers[1], alice), 1, due))
    assert operators.keepers() == tuple(keepers)
    next_block_at(due - 1)
    assert_reverts(error("NotYet", due), operators.seatKeepers, sender=stranger)
    next_block_at(due)
    transaction = operators.seatKeepers({"from": stranger})
    assert_event(transaction, "KeepersSet", keepers=(keepers[1], alice), threshold=1)
    assert operators.keepers() == (keepers[1], alice)
    assert operators.threshold() == 1


def test_who_is_not_named_again_is_no_keeper_any_more(operators, owner, alice, keepers, stranger):
    operators.setKeepers([keepers[1], alice], 1, {"from": owner})
    assert not operators.isKeeper(alice)
    next_block_at(now() + operators.KEEPER_NOTICE())
    operators.seatKeepers({"from": stranger})
    assert [operators.isKeeper(keeper) for keeper in keepers] == [False, True, False, False, False]
    assert operators.isKeeper(alice)


def test_nobody_takes_office_unnamed_or_twice(operators, owner, alice, keepers, stranger):
    assert_reverts(error("NotYet", 0), operators.seatKeepers, sender=stranger)
    operators.setKeepers([alice], 1, {"from": owner})
    next_block_at(now() + operators.KEEPER_NOTICE())
    operators.seatKeepers({"from": stranger})
    assert_reverts(error("NotYet", 0), operators.seatKeepers, sender=stranger)
    assert operators.keepers() == (alice,)


def test_naming_others_starts_the_week_again(operators, owner, alice, bob, stranger):
    operators.setKeepers([alice], 1, {"from": owner})
    at = next_block_at(now() + 6 * DAY)
    operators.setKeepers([bob], 1, {"from": owner})
    due = at + operators.KEEPER_NOTICE()
    next_block_at(at + 2 * DAY)
    assert_reverts(error("NotYet", due), operators.seatKeepers, sender=stranger)
    next_block_at(due)
    operators.seatKeepers({"from": stranger})
    assert operators.keepers() == (bob,)


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
