// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {IProfileRegistry} from "../interfaces/IProfileRegistry.sol";
import {SignedMessages} from "../lib/SignedMessages.sol";

/// @title ProfileRegistry
/// @notice See IProfileRegistry.
contract ProfileRegistry is IProfileRegistry, SignedMessages {
    /// @inheritdoc IProfileRegistry
    uint256 public constant RELAY_WINDOW = 1 days;

    uint256 private constant RECORD = 52;
    bytes32 private constant REQUEST_ERASURE_TYPEHASH =
        keccak256("RequestErasure(address subject,address operator,uint40 signedAt)");

    /// @dev One slot. Unix seconds.
    struct Erasure {
        uint40 requestedAt;
        uint40 confirmedAt;
        bool open;
    }

    /// @inheritdoc IProfileRegistry
    mapping(address operator => mapping(address subject => bytes32)) public digestOf;

    /// @inheritdoc IProfileRegistry
    mapping(address operator => mapping(bytes32 root => uint256)) public rootAttestedAt;

    mapping(address operator => mapping(address subject => Erasure)) private _erasures;

    /// @inheritdoc IProfileRegistry
    function attest(address subject, bytes32 digest) external {
        _attest(digestOf[msg.sender], subject, digest);
    }

    /// @inheritdoc IProfileRegistry
    function attestBatch(bytes calldata records) external {
        if (records.length == 0 || records.length % RECORD != 0) revert InvalidRecords(records.length, RECORD);
        mapping(address subject => bytes32) storage digests = digestOf[msg.sender];
        unchecked {
            for (uint256 i; i < records.length; i += RECORD) {
                bytes32 head;
                bytes32 digest;
                assembly ("memory-safe") {
                    head := calldataload(add(records.offset, i))
                    digest := calldataload(add(add(records.offset, i), 20))
                }
                _attest(digests, address(bytes20(head)), digest);
            }
        }
    }

    /// @inheritdoc IProfileRegistry
    function attestRoot(bytes32 root, bytes32 logDigest) external {
        if (root == 0 || logDigest == 0) revert EmptyDigest();
        rootAttestedAt[msg.sender][root] = block.timestamp;
        emit RootAttested(msg.sender, root, logDigest);
    }

    /// @inheritdoc IProfileRegistry
    function requestErasure(address operator) external {
        _requestErasure(msg.sender, operator);
    }

    /// @inheritdoc IProfileRegistry
    function requestErasureBySig(address subject, address operator, uint256 signedAt, bytes calldata signature)
        external
    {
        bytes32 hash = keccak256(abi.encode(REQUEST_ERASURE_TYPEHASH, subject, operator, signedAt));
        _checkSignature(subject, hash, signature);
        if (signedAt > block.timestamp) revert SignedInTheFuture(signedAt, block.timestamp);
        if (block.timestamp - signedAt > RELAY_WINDOW) revert SignatureExpired(signedAt, block.timestamp);
        Erasure storage erasure = _erasures[operator][subject];
        // A used signature must not open a request again that was confirmed since.
        uint256 earliest = uint256(erasure.requestedAt) + 1;
        if (signedAt < earliest) revert SignatureOutdated(signedAt, earliest);
        _requestErasure(subject, operator);
    }

    /// @inheritdoc IProfileRegistry
    function confirmErasure(address subject) external {
        Erasure storage erasure = _erasures[msg.sender][subject];
        if (!erasure.open) revert NoErasureRequest(subject, msg.sender);
        erasure.open = false;
        erasure.confirmedAt = uint40(block.timestamp);
        delete digestOf[msg.sender][subject];
        emit ErasureConfirmed(subject, msg.sender);
    }

    /// @inheritdoc IProfileRegistry
    function digestsOf(address operator, address[] calldata subjects) external view returns (bytes32[] memory digests) {
        digests = new bytes32[](subjects.length);
        for (uint256 i; i < subjects.length; ++i) {
            digests[i] = digestOf[operator][subjects[i]];
        }
    }

    /// @inheritdoc IProfileRegistry
    function isInRoot(address operator, bytes32 root, address subject, bytes32 digest, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(subject, digest))));
        return rootAttestedAt[operator][root] != 0 && MerkleProof.verifyCalldata(proof, root, leaf);
    }

    /// @inheritdoc IProfileRegistry
    function erasureOf(address operator, address subject) external view returns (uint256, uint256, bool) {
        Erasure storage erasure = _erasures[operator][subject];
        return (erasure.requestedAt, erasure.confirmedAt, erasure.open);
    }

    function _attest(mapping(address subject => bytes32) storage digests, address subject, bytes32 digest) private {
        if (digest == 0) revert EmptyDigest();
        digests[subject] = digest;
        emit Attested(subject, msg.sender, digest);
    }

    function _requestErasure(address subject, address operator) private {
        Erasure storage erasure = _erasures[operator][subject];
        erasure.requestedAt = uint40(block.timestamp);
        erasure.open = true;
        emit ErasureRequested(subject, operator);
    }

    function _domainNameAndVersion() internal pure override returns (string memory, string memory) {
        return ("Fairsignal ProfileRegistry", "1");
    }
}
