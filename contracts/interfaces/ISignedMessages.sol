// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title ISignedMessages
/// @notice What all contracts that take EIP-712 messages have in common. Anyone may relay one; the signer pays nothing.
///
/// A `signature` argument is 65 bytes, 64 bytes (EIP-2098), what the signer's ERC-1271 wallet takes, or, while the wallet
/// is not deployed yet, an ERC-6492 envelope.
interface ISignedMessages {
    /// @notice Not `signer`'s signature (EOA, ERC-1271 or ERC-6492) over this message.
    error InvalidSignature(address signer);

    /// @notice Signed later than this block's time. Unix seconds.
    error SignedInTheFuture(uint256 signedAt, uint256 current);

    /// @notice Signed more than `RELAY_WINDOW` ago, or after the deadline it named. Unix seconds.
    error SignatureExpired(uint256 signedAt, uint256 current);

    /// @notice EIP-712 domain separator.
    function DOMAIN_SEPARATOR() external view returns (bytes32);
}
