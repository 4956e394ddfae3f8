// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title AccountWord
/// @notice A subject's account on a lane, in one word.
/// @dev From the lowest bit: earned 96, claimed 96, day 32, usesToday 32. On the lane with purpose 0 only `claimed` is in
/// use: what was claimed of settled earnings, which the Merkle tree knows as a running total.
library AccountWord {
    uint256 private constant CLAIMED = 96;
    uint256 private constant DAY = 192;
    uint256 private constant USES_TODAY = 224;
    uint256 private constant MASK_96 = type(uint96).max;
    uint256 private constant MASK_32 = type(uint32).max;
    uint256 private constant MASK_AMOUNTS = (1 << DAY) - 1;

    /// @notice Base units credited so far.
    function earned(uint256 word) internal pure returns (uint256) {
        return word & MASK_96;
    }

    /// @notice Base units paid out so far.
    function claimed(uint256 word) internal pure returns (uint256) {
        return (word >> CLAIMED) & MASK_96;
    }

    /// @notice UTC day of the newest use.
    function day(uint256 word) internal pure returns (uint256) {
        return (word >> DAY) & MASK_32;
    }

    /// @notice Uses on that day.
    function usesOnDay(uint256 word) internal pure returns (uint256) {
        return word >> USES_TODAY;
    }

    /// @notice Uses on UTC day `today`.
    function usesOn(uint256 word, uint256 today) internal pure returns (uint256) {
        return day(word) == today ? usesOnDay(word) : 0;
    }

    /// @notice One more use on `today`, the `uses`-th, that earned `share`. The caller sees to it that `earned` fits.
    function credited(uint256 word, uint256 share, uint256 today, uint256 uses) internal pure returns (uint256) {
        unchecked {
            return ((word & MASK_AMOUNTS) + share) | (today << DAY) | (uses << USES_TODAY);
        }
    }

    /// @notice `amount` more paid out. The caller sees to it that `claimed` fits.
    function paidOut(uint256 word, uint256 amount) internal pure returns (uint256) {
        unchecked {
            return word + (amount << CLAIMED);
        }
    }
}
