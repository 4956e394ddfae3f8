// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {IOperatorRegistry} from "../../../contracts/interfaces/IOperatorRegistry.sol";
import {OperatorRegistry} from "../../../contracts/operators/OperatorRegistry.sol";
import {Fixture} from "../support/Fixture.sol";

contract OperatorRegistryTest is Fixture {
    bytes32 private constant DIGEST = bytes32(uint256(0xD1));

    function keepersOf(address a, address b, address c) private pure returns (address[] memory list) {
        list = new address[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }

    function setKeepers(address[] memory list, uint256 threshold) private {
        vm.prank(OWNER);
        operators.setKeepers(list, threshold);
    }

    // ------------------------------------------------------------------------------------------------------ operators

    function test_AnOperatorRegistersItselfAndChanges() public {
        vm.assertFalse(operators.isOperator(bob));
        vm.assertEq(operators.payoutOf(bob), address(0));
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.OperatorUpdated(bob, STRANGER, "ipfs://a");
        vm.prank(bob);
        operators.register(STRANGER, "ipfs://a");
        vm.assertTrue(operators.isOperator(bob));
        vm.assertEq(operators.payoutOf(bob), STRANGER);
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.OperatorUpdated(bob, alice, "");
        vm.prank(bob);
        operators.register(alice, "");
        vm.assertEq(operators.payoutOf(bob), alice);
        vm.assertEq(operators.payoutOf(operator), PAYOUT);
    }

    function test_ThePayoutIsSomewhere() public {
        refuse(IOperatorRegistry.InvalidPayout.selector);
        vm.prank(bob);
        operators.register(address(0), "ipfs://a");
        vm.assertFalse(operators.isOperator(bob));
    }

    function test_ManyAreAskedAtOnce() public view {
        bool[] memory registered = operators.areOperators(listOf(bob, operator));
        vm.assertTrue(registered.length == 2 && !registered[0] && registered[1]);
        vm.assertEq(operators.areOperators(new address[](0)).length, 0);
    }

    function test_AnOperatorNamesItsSigners() public {
        vm.assertTrue(operators.isSigner(operator, operator));
        vm.assertTrue(operators.isSigner(STRANGER, STRANGER));
        vm.assertFalse(operators.isSigner(operator, bob));
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.SignerSet(operator, bob, true);
        vm.prank(operator);
        operators.setSigner(bob, true);
        vm.assertTrue(operators.isSigner(operator, bob));
        vm.assertFalse(operators.isSigner(bob, operator));
        vm.assertFalse(operators.isSigner(STRANGER, bob));
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.SignerSet(operator, bob, false);
        vm.prank(operator);
        operators.setSigner(bob, false);
        vm.assertFalse(operators.isSigner(operator, bob));
        refuse(IOperatorRegistry.NotAnOperator.selector, u(STRANGER));
        vm.prank(STRANGER);
        operators.setSigner(bob, true);
    }

    // -------------------------------------------------------------------------------------------------------- the owner

    function test_OnlyTheOwnerNamesKeepersAndAttesters() public {
        vm.assertEq(operators.owner(), OWNER);
        refuse(Ownable.OwnableUnauthorizedAccount.selector, u(operator));
        vm.prank(operator);
        operators.setKeepers(listOf(alice, bob), 1);
        refuse(Ownable.OwnableUnauthorizedAccount.selector, u(operator));
        vm.prank(operator);
        operators.setAgeAttester(bob, true);
    }

    function test_OwnershipIsHandedOverInTwoSteps() public {
        vm.prank(OWNER);
        operators.transferOwnership(bob);
        vm.assertEq(operators.owner(), OWNER);
        vm.prank(bob);
        operators.acceptOwnership();
        vm.assertEq(operators.owner(), bob);
    }

    function test_Attesters() public {
        vm.assertFalse(operators.isAgeAttester(bob));
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.AgeAttesterSet(bob, true);
        vm.prank(OWNER);
        operators.setAgeAttester(bob, true);
        vm.assertTrue(operators.isAgeAttester(bob));
        vm.assertTrue(operators.isAgeAttester(ATTESTER));
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.AgeAttesterSet(bob, false);
        vm.prank(OWNER);
        operators.setAgeAttester(bob, false);
        vm.assertFalse(operators.isAgeAttester(bob));
    }

    function test_ANewKeeperSetReplacesTheOldOne() public {
        address[] memory before = operators.keepers();
        vm.assertEq(before.length, 3);
        vm.assertEq(operators.threshold(), 2);
        address[] memory list = keepersOf(bob, before[0], alice);
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.KeepersNamed(list, 3, NOW + 7 days);
        setKeepers(list, 3);
        assertNamed(list, 3, NOW + 7 days);
        vm.assertEq(operators.keepers(), before);
        vm.assertEq(operators.threshold(), 2);
        vm.warp(NOW + 7 days);
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.KeepersSet(list, 3);
        vm.prank(STRANGER);
        operators.seatKeepers();
        assertNamed(new address[](0), 0, 0);
        vm.assertEq(operators.keepers(), list);
        vm.assertEq(operators.threshold(), 3);
        vm.assertTrue(operators.isKeeper(bob) && operators.isKeeper(alice) && operators.isKeeper(before[0]));
        vm.assertFalse(operators.isKeeper(before[1]) || operators.isKeeper(before[2]));
        setKeepers(listOf(bob, alice), 1);
        vm.warp(NOW + 14 days);
        operators.seatKeepers();
        vm.assertEq(operators.keepers(), listOf(bob, alice));
        vm.assertFalse(operators.isKeeper(before[0]));
    }

    function assertNamed(address[] memory list, uint256 threshold, uint256 from) private view {
        (address[] memory keepers, uint256 needed, uint256 at) = operators.namedKeepers();
        vm.assertEq(keepers, list);
        vm.assertEq(needed, threshold);
        vm.assertEq(at, from);
    }

    function test_NewKeepersWaitAWeek() public {
        vm.assertEq(operators.KEEPER_NOTICE(), 7 days);
        refuse(IOperatorRegistry.NotYet.selector, 0);
        operators.seatKeepers();
        setKeepers(listOf(bob, alice), 1);
        vm.warp(NOW + 7 days - 1);
        refuse(IOperatorRegistry.NotYet.selector, NOW + 7 days);
        operators.seatKeepers();
        // Naming others starts the week again.
        setKeepers(listOf(alice, STRANGER), 2);
        vm.warp(NOW + 14 days - 2);
        refuse(IOperatorRegistry.NotYet.selector, NOW + 14 days - 1);
        operators.seatKeepers();
        vm.warp(NOW + 14 days - 1);
        operators.seatKeepers();
        vm.assertEq(operators.keepers(), listOf(alice, STRANGER));
        vm.assertFalse(operators.isKeeper(bob));
        refuse(IOperatorRegistry.NotYet.selector, 0);
        operators.seatKeepers();
    }

    function test_TheFirstKeepersTakeOfficeAtOnce() public {
        operators = new OperatorRegistry(OWNER);
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.KeepersNamed(listOf(bob, alice), 2, NOW);
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.KeepersSet(listOf(bob, alice), 2);
        setKeepers(listOf(bob, alice), 2);
        vm.assertEq(operators.keepers(), listOf(bob, alice));
        vm.assertEq(operators.threshold(), 2);
        assertNamed(new address[](0), 0, 0);
    }

    function test_TheThresholdIs1ToAll() public {
        refuse(IOperatorRegistry.InvalidKeepers.selector);
        setKeepers(listOf(bob, alice), 0);
        refuse(IOperatorRegistry.InvalidKeepers.selector);
        setKeepers(listOf(bob, alice), 3);
        refuse(IOperatorRegistry.InvalidKeepers.selector);
        setKeepers(new address[](0), 0);
        refuse(IOperatorRegistry.InvalidKeepers.selector);
        setKeepers(new address[](0), 1);
        setKeepers(listOf(bob, alice), 2);
        setKeepers(listOf(bob, alice), 1);
    }

    function test_KeepersAreDistinctAndNotZero() public {
        refuse(IOperatorRegistry.InvalidKeepers.selector);
        setKeepers(keepersOf(bob, alice, bob), 2);
        refuse(IOperatorRegistry.InvalidKeepers.selector);
        setKeepers(keepersOf(bob, alice, address(0)), 2);
        refuse(IOperatorRegistry.InvalidKeepers.selector);
        setKeepers(keepersOf(address(0), alice, bob), 2);
        vm.assertEq(operators.threshold(), 2);
        vm.assertEq(operators.keepers().length, 3);
    }

    // ----------------------------------------------------------------------------------------------------------- quorum

    function test_AnyTwoOfThreeAreAQuorum() public view {
        for (uint256 i; i < 3; ++i) {
            for (uint256 j = i + 1; j < 3; ++j) {
                bytes memory signatures =
                    bytes.concat(signCompact(keeperKeys[i], DIGEST), signCompact(keeperKeys[j], DIGEST));
                operators.requireQuorum(DIGEST, signatures);
            }
        }
    }

    function test_ExactlyAsManyAsTheThreshold() public {
        bytes memory one = signCompact(keeperKeys[0], DIGEST);
        bytes memory three = bytes.concat(one, signCompact(keeperKeys[1], DIGEST), signCompact(keeperKeys[2], DIGEST));
        refuse(IOperatorRegistry.WrongQuorum.selector, 128, 0);
        operators.requireQuorum(DIGEST, "");
        refuse(IOperatorRegistry.WrongQuorum.selector, 128, 64);
        operators.requireQuorum(DIGEST, one);
        refuse(IOperatorRegistry.WrongQuorum.selector, 128, 192);
        operators.requireQuorum(DIGEST, three);
        refuse(IOperatorRegistry.WrongQuorum.selector, 128, 127);
        operators.requireQuorum(DIGEST, new bytes(127));
        refuse(IOperatorRegistry.WrongQuorum.selector, 128, 129);
        operators.requireQuorum(DIGEST, new bytes(129));
    }

    function test_WithoutKeepersNobodyHasAQuorum() public {
        OperatorRegistry fresh = new OperatorRegistry(OWNER);
        vm.assertEq(fresh.threshold(), 0);
        refuse(IOperatorRegistry.WrongQuorum.selector, 0, 0);
        fresh.requireQuorum(DIGEST, "");
        refuse(IOperatorRegistry.WrongQuorum.selector, 0, 64);
        fresh.requireQuorum(DIGEST, new bytes(64));
    }

    function test_SortedAndEachOnce() public {
        bytes memory low = signCompact(keeperKeys[0], DIGEST);
        bytes memory high = signCompact(keeperKeys[1], DIGEST);
        refuse(IOperatorRegistry.UnsortedQuorum.selector, u(vm.addr(keeperKeys[0])));
        operators.requireQuorum(DIGEST, bytes.concat(high, low));
        refuse(IOperatorRegistry.UnsortedQuorum.selector, u(vm.addr(keeperKeys[0])));
        operators.requireQuorum(DIGEST, bytes.concat(low, low));
    }

    function test_OnlyKeepersOverExactlyThis() public {
        bytes memory low = signCompact(keeperKeys[0], DIGEST);
        refuse(IOperatorRegistry.NotAKeeper.selector, u(alice));
        operators.requireQuorum(DIGEST, bytes.concat(low, signCompact(ALICE_KEY, DIGEST)));
        refuse(IOperatorRegistry.NotAKeeper.selector, u(alice));
        operators.requireQuorum(DIGEST, bytes.concat(signCompact(ALICE_KEY, DIGEST), low));
        // From nothing, nobody is recovered.
        refuse(IOperatorRegistry.NotAKeeper.selector, 0);
        operators.requireQuorum(DIGEST, bytes.concat(low, new bytes(64)));
        vm.expectRevert();
        operators.requireQuorum(bytes32(uint256(DIGEST) + 1), bytes.concat(low, signCompact(keeperKeys[1], DIGEST)));
    }
}
