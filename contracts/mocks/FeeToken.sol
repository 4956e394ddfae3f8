// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {TestDollar} from "../token/TestDollar.sol";

/// @title FeeToken
/// @notice A token that burns 1 % of every transfer.
contract FeeToken is TestDollar(6) {
    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0) && to != address(0)) _burn(to, amount / 100);
    }
}
