// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {TestDollar} from "../token/TestDollar.sol";

/// @title BlocklistToken
/// @notice A token that refuses to pay some recipients, as some of the most used ones do.
contract BlocklistToken is TestDollar(6) {
    mapping(address holder => bool) public isBlocked;

    error Blocked(address holder);

    /// @notice Refuse transfers to `holder`, or no longer.
    function setBlocked(address holder, bool blocked) external {
        isBlocked[holder] = blocked;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (isBlocked[to]) revert Blocked(to);
        super._update(from, to, amount);
    }
}
