// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ISignedMessages} from "./ISignedMessages.sol";

/// @title IProfileRegistry
/// @notice Which sealed profile of a subject an operator stands for, and what became of requests to erase it.
///
/// One word is hash and address: `digest` is the SHA-256 of the sealed manifest, and the manifest's CIDv1 (raw, sha2-256)
/// is `0x01 0x55 0x12 0x20` followed by it. What is hashed is ciphertext of constant size, so the word says nothing about
/// the subject. The manifest names its schema itself; time is that of the block.
///
/// **Batches.** `attestRoot` stands for any number of profiles at the price of one: `root` is that of an OpenZeppelin
/// `StandardMerkleTree` over `["address", "bytes32"]`, subject and digest; `logDigest` says where all its leaves are.
///
/// **Erasure.** The subject asks, the operator confirms once replicas are unpinned and keys destroyed; both times stay on
/// chain for anyone to compare.
///
/// @dev Trust: an attestation counts for the operator that made it and for no other. Anyone may attest under its own
/// address; whoever relies on it asks for an operator that it knows, so no registration is looked up here. Only the
/// subject can ask for erasure, only the asked operator can confirm it.
///
/// Warning: nothing on a chain can keep an operator from attesting again after a request: `erasureOf` is the evidence. A
/// root keeps its leaves after an erasure: ask `erasureOf`, too.
interface IProfileRegistry is ISignedMessages {
    /// @notice `operator` stands for the sealed profile with this hash; it replaces the one before.
    event Attested(address indexed subject, address indexed operator, bytes32 digest);

    /// @notice `operator` stands for all profiles under `root`.
    event RootAttested(address indexed operator, bytes32 indexed root, bytes32 logDigest);

    /// @notice The subject wants everything about it erased.
    event ErasureRequested(address indexed subject, address indexed operator);

    /// @notice The operator says that it erased everything about the subject.
    event ErasureConfirmed(address indexed subject, address indexed operator);

    /// @notice The hash is zero.
    error EmptyDigest();

    /// @notice A batch is a whole number of packed records, at least one.
    error InvalidRecords(uint256 length, uint256 recordSize);

    /// @notice The subject did not ask this operator, or it has confirmed already.
    error NoErasureRequest(address subject, address operator);

    /// @notice The signature is not newer than the last request; sign again. Unix seconds.
    error SignatureOutdated(uint256 signedAt, uint256 earliest);

    /// @notice How long after signing a signature may be relayed: one day, in seconds.
    function RELAY_WINDOW() external view returns (uint256);

    /// @notice Stand for the subject's sealed profile with this hash.
    /// @param digest SHA-256 of the manifest.
    function attest(address subject, bytes32 digest) external;

    /// @notice The same for many subjects.
    /// @param records Packed, 52 bytes each: subject 20, digest 32.
    function attestBatch(bytes calldata records) external;

    /// @notice Stand for all profiles under a Merkle root.
    /// @param logDigest SHA-256 of the list of leaves, which is its address on IPFS.
    function attestRoot(bytes32 root, bytes32 logDigest) external;

    /// @notice Ask `operator` to erase everything about the sender. Asking again moves the time of the request.
    function requestErasure(address operator) external;

    /// @notice The same by signature: `RequestErasure(address subject,address operator,uint40 signedAt)`.
    function requestErasureBySig(address subject, address operator, uint256 signedAt, bytes calldata signature) external;

    /// @notice As the operator, say that everything about the subject is erased; also clears its digest here.
    function confirmErasure(address subject) external;

    /// @notice Hash of the newest sealed profile of `subject` by `operator`; zero when there is none.
    function digestOf(address operator, address subject) external view returns (bytes32 digest);

    /// @notice `digestOf` for many subjects.
    function digestsOf(address operator, address[] calldata subjects) external view returns (bytes32[] memory digests);

    /// @notice When `operator` attested `root` last, Unix seconds; 0 for never.
    function rootAttestedAt(address operator, bytes32 root) external view returns (uint256);

    /// @notice Whether `operator` attested a root that holds this profile.
    /// @param proof Siblings from the leaf up.
    function isInRoot(address operator, bytes32 root, address subject, bytes32 digest, bytes32[] calldata proof)
        external
        view
        returns (bool);

    /// @notice The newest request of `subject` to `operator` and the newest confirmation.
    /// @return requestedAt Unix seconds, 0 when there was none.
    /// @return confirmedAt Unix seconds, 0 when there was none.
    /// @return open Whether the newest request waits for its confirmation.
    function erasureOf(address operator, address subject)
        external
        view
        returns (uint256 requestedAt, uint256 confirmedAt, bool open);
}
