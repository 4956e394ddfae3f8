// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title MerkleRoot
/// @notice Root of an OpenZeppelin `StandardMerkleTree` from a leaf and its proof.
/// @dev The market keeps only part of a root, so it needs the root itself and not, as Solady's library gives it, whether
/// it is the right one; the loop is as lean as there.
library MerkleRoot {
    /// @notice Leaf of `(address, uint256)`, hashed twice so that no inner node can pass for it.
    function leaf(address account, uint256 amount) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(0x00, shr(96, shl(96, account)))
            mstore(0x20, amount)
            mstore(0x00, keccak256(0x00, 0x40))
            hash := keccak256(0x00, 0x20)
        }
    }

    /// @param proof Siblings from the leaf up.
    function from(bytes32 leaf_, bytes32[] calldata proof) internal pure returns (bytes32 root) {
        root = leaf_;
        assembly ("memory-safe") {
            let end := add(proof.offset, shl(5, proof.length))
            for { let at := proof.offset } lt(at, end) { at := add(at, 0x20) } {
                // The smaller of the two goes first.
                let place := shl(5, gt(root, calldataload(at)))
                mstore(place, root)
                mstore(xor(place, 0x20), calldataload(at))
                root := keccak256(0x00, 0x40)
            }
        }
    }
}
