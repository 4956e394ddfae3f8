// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Words
/// @notice A map from (account, key) to one word of storage, for what is read and written on every use.
/// @dev The place of a word is the hash of 52 bytes, account and key, which is one hash instead of the two of a nested
/// mapping. Solidity's own mappings hash 64 bytes, so the two cannot meet.
library Words {
    struct Word {
        uint256 value;
    }

    /// @notice The word of `account` under `key`.
    function at(address account, uint256 key) internal pure returns (Word storage word) {
        assembly ("memory-safe") {
            mstore(0x20, key)
            mstore(0x00, account)
            word.slot := keccak256(0x0c, 0x34)
        }
    }
}
