// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Words} from "../lib/Words.sol";

/// @title CampaignWord
/// @notice What changes about a campaign, in one word.
/// @dev From the lowest bit: escrow 96, uses 40, operatorPaidUses 40, closesAt 32, seal 48.
///
/// The seal is the low 47 bits of the campaign's id under a bit that is always set. Words are kept under the first 160 bits
/// of the id, so that a debit is one word; together with the seal, terms that could pass for others take 2^103 hashes to
/// find, not 2^80.
library CampaignWord {
    uint256 private constant USES = 96;
    uint256 private constant OPERATOR_PAID_USES = 136;
    uint256 private constant CLOSES_AT = 176;
    uint256 private constant SEAL = 208;
    uint256 private constant MASK_40 = type(uint40).max;
    uint256 private constant MASK_32 = type(uint32).max;

    /// @notice One more use.
    uint256 internal constant ONE_USE = 1 << USES;

    /// @notice The word of a campaign of `operator`.
    /// @dev The operator is part of the place, so that what is settled for one can only meet campaigns with it.
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

    /// @notice What the seal of a campaign with this id is.
    function sealOf(bytes32 id) internal pure returns (uint256) {
        return (uint256(id) & ((1 << 47) - 1)) | (1 << 47);
    }

    /// @notice Whether the word is of an opened campaign with this id.
    function isOf(uint256 word, bytes32 id) internal pure returns (bool) {
        return word >> SEAL == sealOf(id);
    }

    /// @notice The word of a campaign that was just opened, with nothing in escrow yet.
    function opened(bytes32 id) internal pure returns (uint256) {
        return sealOf(id) << SEAL;
    }

    /// @notice Base units.
    function escrow(uint256 word) internal pure returns (uint256) {
        // forge-lint: disable-next-line(unsafe-typecast): the low 96 bits are the field
        return uint96(word);
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
        return (word >> CLOSES_AT) & MASK_32;
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
