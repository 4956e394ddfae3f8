// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Split
/// @notice How what an advertiser pays is divided. Rounding favours the subject.
library Split {
    /// @notice The person's share, basis points.
    uint256 internal constant USER_SHARE_BPS = 7_000;
    uint256 private constant BPS = 10_000;

    /// @notice The subject's share, rounded up. Base units.
    /// @dev Cannot overflow: amounts have at most 128 bits.
    function subjectShareUp(uint256 amount) internal pure returns (uint256) {
        unchecked {
            return (amount * USER_SHARE_BPS + BPS - 1) / BPS;
        }
    }

    /// @notice What is left for the operator, rounded down. Base units.
    function operatorShareDown(uint256 amount) internal pure returns (uint256) {
        unchecked {
            return amount - subjectShareUp(amount);
        }
    }
}
