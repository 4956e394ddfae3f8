// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {TestDollar} from "../../../contracts/token/TestDollar.sol";
import {Test} from "../support/Test.sol";

contract TestDollarTest is Test {
    function test_DecimalsAreTheDeployersChoice() public {
        vm.assertEq(new TestDollar(6).decimals(), 6);
        vm.assertEq(new TestDollar(18).decimals(), 18);
    }

    function test_NamesAndVersion() public {
        TestDollar token = new TestDollar(6);
        vm.assertEq(token.name(), "Test Dollar");
        vm.assertEq(token.symbol(), "tUSD");
        (, string memory name, string memory version,,,,) = token.eip712Domain();
        vm.assertEq(name, "Test Dollar");
        vm.assertEq(version, "1");
    }

    function test_AnyoneMayMintAnyAmount() public {
        TestDollar token = new TestDollar(6);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(address(0), address(1), type(uint256).max - 1);
        token.mint(address(1), type(uint256).max - 1);
        vm.prank(address(3));
        token.mint(address(2), 1);
        vm.assertEq(token.balanceOf(address(1)), type(uint256).max - 1);
        vm.assertEq(token.balanceOf(address(2)), 1);
        vm.assertEq(token.totalSupply(), type(uint256).max);
    }
}
