// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "solady/src/utils/EIP712.sol";
import {SignatureCheckerLib} from "solady/src/utils/SignatureCheckerLib.sol";

import {IConsentRegistry} from "./interfaces/IConsentRegistry.sol";
import {Categories} from "./lib/Categories.sol";
import {ConsentWord} from "./lib/ConsentWord.sol";

/// @title ConsentRegistry
/// @notice See IConsentRegistry.
contract ConsentRegistry is IConsentRegistry, EIP712 {
    using ConsentWord for uint256;

    /// @inheritdoc IConsentRegistry
    uint256 public constant MAX_DURATION = 400 days;

    /// @inheritdoc IConsentRegistry
    uint256 public constant RELAY_WINDOW = 1 days;

    uint256 private constant FIRST_PURPOSE = 1;
    uint256 private constant LAST_PURPOSE = 5;
    uint256 private constant PURPOSE_PROACTIVE = 3;
    uint256 private constant PURPOSE_TRAINING = 5;

    bytes32 private constant GRANT_TYPEHASH = keccak256(
        "Grant(address subject,address operator,uint8 purpose,uint128 categories,uint32 floor,uint16 cap,uint40 endsAt,uint32 version,uint40 signedAt)"
    );
    bytes32 private constant REVOKE_TYPEHASH =
        keccak256("Revoke(address subject,address operator,uint8 purpose,uint40 signedAt)");
    bytes32 private constant REVOKE_ALL_TYPEHASH = keccak256("RevokeAll(address subject,uint40 signedAt)");

    /// @dev One slot per subject.
    struct Subject {
        uint40 revokedAllAt;
        bool minor;
        address guardian;
    }

    mapping(address subject => mapping(uint256 lane => uint256 consent)) private _consents;
    mapping(address subject => Subject) private _subjects;

    /// @inheritdoc IConsentRegistry
    function grant(uint256 lane, uint256 terms) external {
        _checkTerms(lane, terms);
        if (terms.version() != 0) revert ReservedBits(terms);
        _grant(msg.sender, lane, terms, block.timestamp, _nextVersion(_consents[msg.sender][lane]));
    }

    /// @inheritdoc IConsentRegistry
    function grantBySig(address subject, uint256 lane, uint256 terms, uint256 signedAt, bytes calldata signature)
        external
    {
        _checkTerms(lane, terms);
        uint256 before = _consents[subject][lane];
        uint256 expected = _nextVersion(before);
        if (terms.version() != expected) revert WrongVersion(expected, terms.version());
        _checkOutdated(before, signedAt);
        _checkSigned(subject, signedAt, _grantHash(subject, lane, terms, signedAt), signature);
        _grant(subject, lane, terms, signedAt, expected);
    }

    /// @inheritdoc IConsentRegistry
    function revoke(uint256 lane) external {
        _checkLane(lane);
        _revoke(msg.sender, lane);
    }

    /// @inheritdoc IConsentRegistry
    function revokeBySig(address subject, uint256 lane, uint256 signedAt, bytes calldata signature) external {
        _checkLane(lane);
        _checkOutdated(_consents[subject][lane], signedAt);
        bytes32 hash = keccak256(abi.encode(REVOKE_TYPEHASH, subject, lane >> 8, lane & 0xff, signedAt));
        _checkSigned(subject, signedAt, hash, signature);
        _revoke(subject, lane);
    }

    /// @inheritdoc IConsentRegistry
    function revokeAll() external {
        _revokeAll(msg.sender);
    }

    /// @inheritdoc IConsentRegistry
    function revokeAllBySig(address subject, uint256 signedAt, bytes calldata signature) external {
        uint256 revokedAllAt = _subjects[subject].revokedAllAt;
        if (signedAt <= revokedAllAt) revert SignatureOutdated(signedAt, revokedAllAt + 1);
        _checkSigned(subject, signedAt, keccak256(abi.encode(REVOKE_ALL_TYPEHASH, subject, signedAt)), signature);
        _revokeAll(subject);
    }

    /// @inheritdoc IConsentRegistry
    function consentOf(address subject, uint256 lane) external view returns (uint256) {
        return _consents[subject][lane];
    }

    /// @inheritdoc IConsentRegistry
    function inForce(address subject, uint256 lane) public view returns (uint256) {
        uint256 consent = _consents[subject][lane];
        if (block.timestamp >= consent.endsAt()) return 0;
        Subject storage state = _subjects[subject];
        if (consent.grantedAt() <= state.revokedAllAt) return 0;
        if (state.minor) {
            uint256 purpose = lane & 0xff;
            if (!consent.guarded() || purpose == PURPOSE_PROACTIVE || purpose == PURPOSE_TRAINING) return 0;
        }
        return consent;
    }

    /// @inheritdoc IConsentRegistry
    function isAllowed(address subject, address operator, uint8 purpose, uint8 category) public view returns (bool) {
        return inForce(subject, (uint256(uint160(operator)) << 8) | purpose).allows(category);
    }

    /// @inheritdoc IConsentRegistry
    function areAllowed(address[] calldata subjects, address operator, uint8 purpose, uint8 category)
        external
        view
        returns (bool[] memory allowed)
    {
        allowed = new bool[](subjects.length);
        for (uint256 i; i < subjects.length; ++i) {
            allowed[i] = isAllowed(subjects[i], operator, purpose, category);
        }
    }

    /// @inheritdoc IConsentRegistry
    function subjectState(address subject) external view returns (uint40, bool, address) {
        Subject storage state = _subjects[subject];
        return (state.revokedAllAt, state.minor, state.guardian);
    }

    /// @notice EIP-712 domain separator.
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparator();
    }

    function _checkLane(uint256 lane) private pure {
        uint256 purpose = lane & 0xff;
        uint256 operator = lane >> 8;
        if (purpose < FIRST_PURPOSE || purpose > LAST_PURPOSE || operator == 0 || operator > type(uint160).max) {
            revert InvalidLane(lane);
        }
    }

    function _checkTerms(uint256 lane, uint256 terms) private view {
        _checkLane(lane);
        uint128 categories = terms.categories();
        if (categories & Categories.PROHIBITED != 0) revert ProhibitedCategories(categories & Categories.PROHIBITED);
        if (categories == 0) revert NoCategories();
        if (terms.cap() == 0) revert ZeroCap();
        if (terms & ConsentWord.RESERVED_IN_TERMS != 0) revert ReservedBits(terms);
        uint256 endsAt = terms.endsAt();
        uint256 latest = block.timestamp + MAX_DURATION;
        if (endsAt <= block.timestamp || endsAt > latest) revert InvalidEnd(endsAt, latest);
    }

    /// @dev The version that a change creates. Revocations stay possible at the last version: see `_versionAfter`.
    function _nextVersion(uint256 consent) private pure returns (uint256) {
        uint256 version = consent.version();
        if (version == ConsentWord.MAX_VERSION) revert VersionsExhausted();
        return version + 1;
    }

    function _versionAfter(uint256 consent) private pure returns (uint256) {
        uint256 version = consent.version();
        return version == ConsentWord.MAX_VERSION ? version : version + 1;
    }

    /// @dev In a function of its own, so that grantBySig stays within the stack.
    function _grantHash(address subject, uint256 lane, uint256 terms, uint256 signedAt)
        private
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                GRANT_TYPEHASH,
                subject,
                lane >> 8,
                lane & 0xff,
                terms.categories(),
                terms.floor(),
                terms.cap(),
                terms.endsAt(),
                terms.version(),
                signedAt
            )
        );
    }

    /// @dev Versions can be signed ahead; time cannot: what ended is only changed by what is signed after the end.
    function _checkOutdated(uint256 consent, uint256 signedAt) private view {
        uint256 earliest = consent.endsAt() > block.timestamp ? consent.grantedAt() : consent.endsAt() + 1;
        if (signedAt < earliest) revert SignatureOutdated(signedAt, earliest);
    }

    function _checkSigned(address subject, uint256 signedAt, bytes32 structHash, bytes calldata signature)
        private
        view
    {
        // A grant from the future would outlive a `revokeAll` of the present.
        if (signedAt > block.timestamp) revert SignedInTheFuture(signedAt, block.timestamp);
        if (block.timestamp - signedAt > RELAY_WINDOW) revert SignatureExpired(signedAt, block.timestamp);
        if (!SignatureCheckerLib.isValidSignatureNowCalldata(subject, _hashTypedData(structHash), signature)) {
            revert InvalidSignature(subject);
        }
    }

    function _grant(address subject, uint256 lane, uint256 terms, uint256 at, uint256 version) private {
        uint256 consent = terms.granted(at, version);
        _consents[subject][lane] = consent;
        emit Granted(subject, lane, consent);
    }

    function _revoke(address subject, uint256 lane) private {
        uint256 before = _consents[subject][lane];
        uint256 consent = before.ended(block.timestamp, _versionAfter(before));
        _consents[subject][lane] = consent;
        emit Revoked(subject, lane, consent);
    }

    function _revokeAll(address subject) private {
        // Seconds fit in 40 bits for 34,000 years.
        _subjects[subject].revokedAllAt = uint40(block.timestamp);
        emit RevokedAll(subject);
    }

    function _domainNameAndVersion() internal pure override returns (string memory, string memory) {
        return ("Fairsignal ConsentRegistry", "1");
    }
}
