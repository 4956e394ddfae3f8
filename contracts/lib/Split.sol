// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Split
/// @notice How the price of one use is divided. Rounding favours the subject.
library Split {
    uint256 internal constant BPS = 10_000;

    /// @notice The subject's share, rounded up. Base units.
    /// @dev Cannot overflow: prices have 96 bits.
    function subjectShareUp(uint256 price, uint256 shareBps) internal pure returns (uint256) {
        return (price * shareBps + BPS - 1) / BPS;
    }

    /// @notice What is left for the operator, rounded down. Base units.
    function operatorShareDown(uint256 price, uint256 shareBps) internal pure returns (uint256) {
        return price - subjectShareUp(price, shareBps);
    }
}
