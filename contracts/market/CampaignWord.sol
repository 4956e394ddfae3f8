// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Words} from "../lib/Words.sol";

/// @title CampaignWord
/// @notice What changes about a campaign, in one word.
/// @dev From the lowest bit: escrow 128, uses 40, operatorPaidUses 40, closesAt 40, opened 1.
library CampaignWord {
    uint256 private constant USES = 128;
    uint256 private constant OPERATOR_PAID_USES = 168;
    uint256 private constant CLOSES_AT = 208;
    uint256 private constant MASK_40 = type(uint40).max;

    /// @notice One more use.
    uint256 internal constant ONE_USE = 1 << USES;
    uint256 internal constant OPENED = 1 << 248;

    /// @notice The word of a campaign of `operator`.
    /// @dev The operator is part of the place, so that what is settled for one can only meet campaigns with it. Of the id
    /// it is the first 160 bits, as hard to forge as an address, so that a debit is one word.
    ///
    /// The place is the hash of 64 bytes, and accounts are at hashes of 52: no lane, whatever somebody passes for one, makes
    /// an account of an escrow. The top bit keeps it apart from Solidity's mappings, whose second word is a small number.
    function at(address operator, bytes32 id) internal pure returns (Words.Word storage word) {
        assembly ("memory-safe") {
            mstore(0x00, shr(96, shl(96, operator)))
            mstore(0x20, or(shr(96, id), shl(255, 1)))
            word.slot := keccak256(0x00, 0x40)
        }
    }

    /// @notice Base units.
    function escrow(uint256 word) internal pure returns (uint256) {
        // forge-lint: disable-next-line(unsafe-typecast): the low 128 bits are the field
        return uint128(word);
    }

    /// @notice Recorded on chain so far, and the index of the next.
    function uses(uint256 word) internal pure returns (uint256) {
        return (word >> USES) & MASK_40;
    }

    function operatorPaidUses(uint256 word) internal pure returns (uint256) {
        return (word >> OPERATOR_PAID_USES) & MASK_40;
    }

    /// @notice Unix seconds, 0 while not closing.
    function closesAt(uint256 word) internal pure returns (uint256) {
        return (word >> CLOSES_AT) & MASK_40;
    }

    /// @notice Set `closesAt`, which was 0.
    function closing(uint256 word, uint256 at_) internal pure returns (uint256) {
        return word | (at_ << CLOSES_AT);
    }

    /// @notice Set `operatorPaidUses` to `uses`.
    function operatorPaid(uint256 word) internal pure returns (uint256) {
        return (word & ~(MASK_40 << OPERATOR_PAID_USES)) | (uses(word) << OPERATOR_PAID_USES);
    }
}
