// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title IProfileRegistry
/// @notice Which sealed profile of a subject an operator stands for.
/// @dev One word is hash and address: `digest` is the SHA-256 of the sealed manifest, and the manifest's CIDv1 (raw,
/// sha2-256) is `0x01 0x55 0x12 0x20` followed by it. What is hashed is ciphertext of constant size, so the word says
/// nothing about the subject.
///
/// Trust: an attestation counts for the operator that made it and for no other. Anyone may attest under its own
/// address; whoever relies on it asks for an operator that it knows, so no registration is looked up here.
interface IProfileRegistry {
    /// @notice `operator` stands for the sealed profile with this hash; it replaces the one before.
    event Attested(address indexed subject, address indexed operator, bytes32 digest);

    /// @notice The hash is zero.
    error EmptyDigest();

    /// @notice Stand for the subject's sealed profile with this hash.
    /// @param digest SHA-256 of the manifest.
    function attest(address subject, bytes32 digest) external;

    /// @notice Hash of the newest sealed profile of `subject` by `operator`; zero when there is none.
    function digestOf(address operator, address subject) external view returns (bytes32 digest);
}
