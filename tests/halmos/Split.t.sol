// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Split} from "../../contracts/market/Split.sol";

/// @notice For all amounts that the market can meet: sums of 96-bit debits, at most 128 bits of escrow.
contract SplitChecks {
    function check_NothingIsLost(uint128 amount) external pure {
        assert(Split.subjectShareUp(amount) + Split.operatorShareDown(amount) == amount);
        assert(Split.subjectShareUp(amount) <= amount);
    }

    function check_PeopleGetTheirShare(uint128 amount) external pure {
        assert(Split.subjectShareUp(amount) * 10_000 >= uint256(amount) * 7_000);
    }

    /// @dev Rounding is less than one unit, and it goes to the subject.
    function check_RoundingIsLessThanAUnit(uint128 amount) external pure {
        assert(Split.subjectShareUp(amount) * 10_000 < uint256(amount) * 7_000 + 10_000);
    }
}
