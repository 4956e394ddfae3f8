// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsentRegistry} from "../interfaces/IConsentRegistry.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {Categories} from "../lib/Categories.sol";
import {SignedMessages} from "../lib/SignedMessages.sol";
import {Words} from "../lib/Words.sol";
import {ConsentWord} from "./ConsentWord.sol";

/// @title ConsentRegistry
/// @notice See IConsentRegistry.
contract ConsentRegistry is IConsentRegistry, SignedMessages {
    using ConsentWord for uint256;

    /// @inheritdoc IConsentRegistry
    uint256 public constant MAX_DURATION = 400 days;

    /// @inheritdoc IConsentRegistry
    uint256 public constant RELAY_WINDOW = 1 days;

    /// @dev Fields of ConsentWord and IConsentRegistry for assembly, which takes nothing but plain numbers.
    uint256 private constant CAP_FIELD = 0x00000fff00000000000000000000000000000000000000000000000000000000;
    uint256 private constant VERSION_FIELD = 0x7ffff00000000000000000000000000000000000000000000000000000000000;
    uint256 private constant ONE_VERSION = 0x0000100000000000000000000000000000000000000000000000000000000000;
    uint256 private constant LAST_PURPOSE = 5;
    uint256 private constant PURPOSE_PROACTIVE = 3;
    uint256 private constant PURPOSE_TRAINING = 5;

    bytes32 private constant GRANT_TYPEHASH = keccak256(
        "Grant(address subject,address operator,uint8 purpose,uint128 categories,uint32 floor,uint16 cap,uint40 endsAt,uint32 version,uint40 signedAt)"
    );
    bytes32 private constant APPROVE_TYPEHASH = keccak256(
        "Approve(address subject,address operator,uint8 purpose,uint128 categories,uint32 floor,uint16 cap,uint40 endsAt,uint32 version,uint40 signedAt)"
    );
    bytes32 private constant REVOKE_TYPEHASH =
        keccak256("Revoke(address subject,address operator,uint8 purpose,uint40 signedAt)");
    bytes32 private constant REVOKE_ALL_TYPEHASH = keccak256("RevokeAll(address subject,uint40 signedAt)");

    /// @dev Bytes of a packed record: subject 20, consent word 32, r 32, vs 32; and subject 20, signedAt 5, r 32, vs 32.
    uint256 private constant GRANT_RECORD = 116;
    uint256 private constant REVOKE_RECORD = 89;

    /// @dev One slot per subject.
    struct Subject {
        uint40 revokedAllAt;
        bool minor;
        address guardian;
    }

    /// @inheritdoc IConsentRegistry
    IOperatorRegistry public immutable operators;

    mapping(address subject => Subject) private _subjects;

    constructor(IOperatorRegistry operators_) {
        operators = operators_;
    }

    // ------------------------------------------------------------------------------------------------------- granting

    /// @inheritdoc IConsentRegistry
    /// @dev What people do most, and pay for themselves: written out, since each step of `grantBySig` that does not
    /// apply here would cost something. The first rule bounds the end from both sides: what is not after now wraps around.
    function grant(uint256 lane, uint256 terms) external {
        uint256 reserved = ConsentWord.RESERVED_IF_SENT | Categories.PROHIBITED;
        bytes32 topic = Granted.selector;
        uint256 before;
        bool broken;
        assembly ("memory-safe") {
            mstore(0x20, lane)
            mstore(0x00, caller())
            let slot := keccak256(0x0c, 0x34)
            before := sload(slot)
            broken := gt(add(and(shr(160, terms), 0xffffffff), not(timestamp())), sub(MAX_DURATION, 1))
            broken := or(broken, iszero(shl(128, terms)))
            broken := or(broken, iszero(and(terms, CAP_FIELD)))
            broken := or(broken, and(terms, reserved))
            broken := or(broken, gt(sub(and(lane, 0xff), 1), sub(LAST_PURPOSE, 1)))
            broken := or(broken, or(shr(168, lane), iszero(shr(8, lane))))
            broken := or(broken, eq(and(before, VERSION_FIELD), VERSION_FIELD))
            if iszero(broken) {
                terms := or(terms, add(or(shl(128, timestamp()), and(before, VERSION_FIELD)), ONE_VERSION))
                sstore(slot, terms)
                mstore(0x40, terms)
                log2(0x20, 0x40, topic, caller())
                stop()
            }
        }
        _checkLane(lane);
        _checkTerms(terms, ConsentWord.RESERVED_IF_SENT, block.timestamp);
        revert VersionsExhausted();
    }

    /// @inheritdoc IConsentRegistry
    function grantBySig(address subject, uint256 lane, uint256 consent, bytes calldata signature) external {
        _checkLane(lane);
        _checkTerms(consent, ConsentWord.RESERVED_IF_SIGNED, consent.grantedAt());
        _checkSignature(subject, _consentHash(GRANT_TYPEHASH, subject, lane, consent), signature);
        Words.Word storage word = Words.at(subject, lane);
        uint256 before = word.value;
        bytes4 fault = _grantFault(before, consent);
        if (fault != 0) _refuseGrant(fault, before, consent);
        word.value = consent;
        emit Granted(subject, lane, consent);
    }

    /// @inheritdoc IConsentRegistry
    /// @dev Records that keep all rules and carry the signature of a key, which is nearly all of them, go through one
    /// block of assembly. It stops at any other one, and `_grantOrSkip` says the same in Solidity.
    function grantBatchBySig(uint256 lane, bytes calldata records) external {
        _checkRecords(records, GRANT_RECORD);
        _checkLane(lane);
        bytes32 separator = _domainSeparator();
        _fillForm(lane, separator);
        uint256 at = _place(records);
        uint256 end = at + records.length;
        while (true) {
            at = _grantWhileValid(lane, at, end);
            if (at == end) return;
            _grantOrSkip(lane, separator, at);
            unchecked {
                at += GRANT_RECORD;
            }
        }
    }

    // ------------------------------------------------------------------------------------------------------- revoking

    /// @inheritdoc IConsentRegistry
    function revoke(uint256 lane) external {
        _revoke(msg.sender, lane);
    }

    /// @inheritdoc IConsentRegistry
    function revokeBySig(address subject, uint256 lane, uint256 signedAt, bytes calldata signature) external {
        _checkSignature(subject, _revokeHash(subject, lane, signedAt), signature);
        bytes4 fault = _revokeFault(Words.at(subject, lane).value, signedAt);
        if (fault != 0) {
            _refuseTime(fault, signedAt, Words.at(subject, lane).value.changeableFrom(block.timestamp));
        }
        _revoke(subject, lane);
    }

    /// @inheritdoc IConsentRegistry
    function revokeBatchBySig(uint256 lane, bytes calldata records) external {
        _checkRecords(records, REVOKE_RECORD);
        bytes32 separator = _domainSeparator();
        unchecked {
            for (uint256 i; i < records.length; i += REVOKE_RECORD) {
                uint256 at = _place(records) + i;
                address subject = address(bytes20(_load(at)));
                uint256 signedAt = uint40(bytes5(_load(at + 20)));
                bytes4 fault = _revokeFault(Words.at(subject, lane).value, signedAt);
                if (fault == 0) {
                    bytes32 digest = _digest(separator, _revokeHash(subject, lane, signedAt));
                    if (!_isSigned(subject, digest, _load(at + 25), _load(at + 57))) fault = InvalidSignature.selector;
                }
                if (fault == 0) _revoke(subject, lane);
                else emit Skipped(subject, lane, fault);
            }
        }
    }

    /// @inheritdoc IConsentRegistry
    function revokeAll() external {
        _revokeAll(msg.sender);
    }

    /// @inheritdoc IConsentRegistry
    function revokeAllBySig(address subject, uint256 signedAt, bytes calldata signature) external {
        _checkSignature(subject, keccak256(abi.encode(REVOKE_ALL_TYPEHASH, subject, signedAt)), signature);
        bytes4 fault = _timeFault(signedAt);
        uint256 earliest = uint256(_subjects[subject].revokedAllAt) + 1;
        if (fault == 0 && signedAt < earliest) fault = SignatureOutdated.selector;
        if (fault != 0) _refuseTime(fault, signedAt, earliest);
        _revokeAll(subject);
    }

    // --------------------------------------------------------------------------------------------- minors and guardians

    /// @inheritdoc IConsentRegistry
    function setGuardian(address guardian) external {
        Subject storage state = _subjects[msg.sender];
        if (state.minor) revert MinorCannotChoose(msg.sender);
        _setGuardian(state, msg.sender, guardian);
        emit GuardianSet(msg.sender, false, guardian, msg.sender);
    }

    /// @inheritdoc IConsentRegistry
    function markMinor(address subject, bool minor, address guardian) external {
        Subject storage state = _subjects[subject];
        bool byGuardian = minor && msg.sender == state.guardian;
        if (!byGuardian && !operators.isAgeAttester(msg.sender)) revert NotGuardian(subject, msg.sender);
        if (state.minor != minor) {
            state.minor = minor;
            _revokeAll(subject);
        }
        _setGuardian(state, subject, guardian);
        emit GuardianSet(subject, minor, guardian, msg.sender);
    }

    /// @inheritdoc IConsentRegistry
    function approveAsGuardian(address subject, uint256 lane, uint256 consent) external {
        _approve(msg.sender, subject, lane, consent);
    }

    /// @inheritdoc IConsentRegistry
    function approveAsGuardianBySig(address subject, uint256 lane, uint256 consent, bytes calldata signature) external {
        address guardian = _subjects[subject].guardian;
        _checkSignature(guardian, _consentHash(APPROVE_TYPEHASH, subject, lane, consent), signature);
        _approve(guardian, subject, lane, consent);
    }

    /// @inheritdoc IConsentRegistry
    function revokeForWard(address subject, uint256 lane) external {
        _checkGuardian(subject, msg.sender);
        _revoke(subject, lane);
    }

    /// @inheritdoc IConsentRegistry
    function revokeAllForWard(address subject) external {
        _checkGuardian(subject, msg.sender);
        _revokeAll(subject);
    }

    // -------------------------------------------------------------------------------------------------------- reading

    /// @inheritdoc IConsentRegistry
    function consentOf(address subject, uint256 lane) external view returns (uint256) {
        return Words.at(subject, lane).value;
    }

    /// @inheritdoc IConsentRegistry
    function inForce(address subject, uint256 lane) public view returns (uint256) {
        uint256 consent = Words.at(subject, lane).value;
        if (block.timestamp >= consent.endsAt()) return 0;
        Subject storage state = _subjects[subject];
        if (consent.grantedAt() <= state.revokedAllAt) return 0;
        if (state.minor && (!consent.guarded() || _isForAdultsOnly(lane))) return 0;
        return consent;
    }

    /// @inheritdoc IConsentRegistry
    function consentsOf(address subject, uint256[] calldata lanes)
        external
        view
        returns (uint256[] memory stored, uint256[] memory counting)
    {
        stored = new uint256[](lanes.length);
        counting = new uint256[](lanes.length);
        for (uint256 i; i < lanes.length; ++i) {
            stored[i] = Words.at(subject, lanes[i]).value;
            counting[i] = inForce(subject, lanes[i]);
        }
    }

    /// @inheritdoc IConsentRegistry
    function areInForce(address[] calldata subjects, uint256 lane) external view returns (uint256[] memory consents) {
        consents = new uint256[](subjects.length);
        for (uint256 i; i < subjects.length; ++i) {
            consents[i] = inForce(subjects[i], lane);
        }
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

    // ---------------------------------------------------------------------------------------------------------- rules

    /// @dev `_checkTerms` and `_grantFault` in one expression: what keeps all rules, nearly everything, pays for no jump.
    /// Differences that would be negative wrap around and are too large.
    function _followsRules(uint256 before, uint256 consent) private view returns (bool holds) {
        uint256 reserved = ConsentWord.RESERVED_IF_SIGNED | Categories.PROHIBITED;
        assembly ("memory-safe") {
            let signedAt := and(shr(128, consent), 0xffffffff)
            let endsAt := and(shr(160, consent), 0xffffffff)
            let age := sub(timestamp(), signedAt)
            let broken := and(consent, reserved)
            broken := or(broken, iszero(shl(128, consent)))
            broken := or(broken, iszero(and(consent, CAP_FIELD)))
            broken := or(broken, gt(age, RELAY_WINDOW))
            // From the next second on, until MAX_DURATION after signing.
            broken := or(broken, iszero(lt(add(endsAt, not(timestamp())), sub(MAX_DURATION, age))))
            broken := or(broken, xor(shr(236, consent), add(and(shr(236, before), 0x7ffff), 1)))
            // Signed before what it would change was granted, or before that ended: see ConsentWord.changeableFrom.
            broken := or(broken, lt(signedAt, and(shr(128, before), 0xffffffff)))
            broken := or(broken, iszero(gt(sub(and(shr(160, before), 0xffffffff), signedAt), age)))
            holds := iszero(broken)
        }
    }

    function _checkLane(uint256 lane) private pure {
        unchecked {
            // One less: zero wraps around, and is refused with what is too large.
            if ((lane & 0xff) - 1 >= LAST_PURPOSE || (lane >> 8) - 1 >= type(uint160).max) revert InvalidLane(lane);
        }
    }

    function _checkTerms(uint256 terms, uint256 reserved, uint256 at) private view {
        uint128 categories = terms.categories();
        if (categories & Categories.PROHIBITED != 0) revert ProhibitedCategories(categories & Categories.PROHIBITED);
        if (terms & reserved != 0) revert ReservedBits(terms & reserved);
        if (categories == 0) revert NoCategories();
        if (terms.cap() == 0) revert ZeroCap();
        uint256 latest = at + MAX_DURATION;
        if (terms.endsAt() <= block.timestamp || terms.endsAt() > latest) revert InvalidEnd(terms.endsAt(), latest);
    }

    function _checkRecords(bytes calldata records, uint256 size) private pure {
        if (records.length == 0 || records.length % size != 0) revert InvalidRecords(records.length, size);
    }

    function _checkGuardian(address subject, address guardian) private view {
        Subject storage state = _subjects[subject];
        if (!state.minor) revert NotAMinor(subject);
        if (state.guardian != guardian) revert NotGuardian(subject, guardian);
    }

    function _isForAdultsOnly(uint256 lane) private pure returns (bool) {
        uint256 purpose = lane & 0xff;
        return purpose == PURPOSE_PROACTIVE || purpose == PURPOSE_TRAINING;
    }

    /// @dev Selector of the rule that a relayed grant breaks, 0 for none. A grant from the future is refused because it
    /// would outlive a `revokeAll` of the present.
    function _grantFault(uint256 before, uint256 consent) private view returns (bytes4 fault) {
        uint256 signedAt = consent.grantedAt();
        fault = _timeFault(signedAt);
        if (fault != 0) return fault;
        unchecked {
            if (consent.version() != before.version() + 1) return WrongVersion.selector;
        }
        if (signedAt < before.changeableFrom(block.timestamp)) return SignatureOutdated.selector;
    }

    function _revokeFault(uint256 before, uint256 signedAt) private view returns (bytes4 fault) {
        fault = _timeFault(signedAt);
        if (fault == 0 && signedAt < before.changeableFrom(block.timestamp)) return SignatureOutdated.selector;
    }

    function _timeFault(uint256 signedAt) private view returns (bytes4) {
        if (signedAt > block.timestamp) return SignedInTheFuture.selector;
        unchecked {
            if (block.timestamp - signedAt > RELAY_WINDOW) return SignatureExpired.selector;
        }
        return 0;
    }

    function _refuseGrant(bytes4 fault, uint256 before, uint256 consent) private view {
        if (fault == WrongVersion.selector) {
            uint256 version = before.version();
            if (version == ConsentWord.MAX_VERSION) revert VersionsExhausted();
            revert WrongVersion(version + 1, consent.version());
        }
        _refuseTime(fault, consent.grantedAt(), before.changeableFrom(block.timestamp));
    }

    function _refuseTime(bytes4 fault, uint256 signedAt, uint256 earliest) private view {
        if (fault == SignedInTheFuture.selector) revert SignedInTheFuture(signedAt, block.timestamp);
        if (fault == SignatureExpired.selector) revert SignatureExpired(signedAt, block.timestamp);
        revert SignatureOutdated(signedAt, earliest);
    }

    // -------------------------------------------------------------------------------------------------------- changes

    /// @dev Grants from the record at `at` on -> where the first record is that takes a closer look, or the end.
    function _grantWhileValid(uint256 lane, uint256 at, uint256 end) private returns (uint256) {
        bytes32 topic = Granted.selector;
        while (at < end) {
            address subject;
            uint256 consent;
            uint256 slot;
            uint256 before;
            bool signed;
            assembly ("memory-safe") {
                subject := shr(96, calldataload(at))
                consent := calldataload(add(at, 20))
                mstore(0x20, lane)
                mstore(0x00, subject)
                slot := keccak256(0x0c, 0x34)
                before := sload(slot)
            }
            if (!_followsRules(before, consent)) break;
            // Places in memory are those of _fillForm.
            assembly ("memory-safe") {
                mstore(0xa0, subject)
                mstore(0x100, and(consent, 0xffffffffffffffffffffffffffffffff))
                mstore(0x120, and(shr(192, consent), 0xffffffff))
                mstore(0x140, and(shr(224, consent), 0xfff))
                mstore(0x160, and(shr(160, consent), 0xffffffff))
                mstore(0x180, shr(236, consent))
                mstore(0x1a0, and(shr(128, consent), 0xffffffff))
                mstore(0x1e2, keccak256(0x80, 0x140))
                mstore(0x220, keccak256(0x1c0, 0x42))
                let vs := calldataload(add(at, 84))
                mstore(0x240, add(shr(255, vs), 27))
                mstore(0x260, calldataload(add(at, 52)))
                mstore(0x280, shr(1, shl(1, vs)))
                pop(staticcall(gas(), 1, 0x220, 0x80, 0x00, 0x20))
                // From an invalid signature nothing comes back, and what was there before is still there.
                signed := and(eq(mload(0x00), subject), gt(returndatasize(), 0))
            }
            if (!signed) break;
            assembly ("memory-safe") {
                sstore(slot, consent)
                mstore(0x00, lane)
                mstore(0x20, consent)
                log2(0x00, 0x40, topic, subject)
                at := add(at, GRANT_RECORD)
            }
        }
        return at;
    }

    /// @dev One record of a batch that the short way did not take.
    function _grantOrSkip(uint256 lane, bytes32 separator, uint256 at) private {
        address subject = address(bytes20(_load(at)));
        uint256 consent = uint256(_load(at + 20));
        if (consent.endsAt() <= block.timestamp) {
            emit Skipped(subject, lane, InvalidEnd.selector);
            return;
        }
        // What could never have been valid is the relayer's mistake, not the weather.
        _checkTerms(consent, ConsentWord.RESERVED_IF_SIGNED, consent.grantedAt());
        Words.Word storage word = Words.at(subject, lane);
        bytes4 fault = _grantFault(word.value, consent);
        if (fault == 0) {
            bytes32 digest = _digest(separator, _consentHash(GRANT_TYPEHASH, subject, lane, consent));
            if (_isSigned(subject, digest, _load(at + 52), _load(at + 84))) {
                word.value = consent;
                emit Granted(subject, lane, consent);
                return;
            }
            fault = InvalidSignature.selector;
        }
        emit Skipped(subject, lane, fault);
    }

    function _revoke(address subject, uint256 lane) private {
        _checkLane(lane);
        Words.Word storage word = Words.at(subject, lane);
        uint256 consent = word.value.ended(block.timestamp);
        word.value = consent;
        emit Revoked(subject, lane, consent);
    }

    function _revokeAll(address subject) private {
        // Seconds fit in 40 bits for 34,000 years.
        _subjects[subject].revokedAllAt = uint40(block.timestamp);
        emit RevokedAll(subject);
    }

    function _setGuardian(Subject storage state, address subject, address guardian) private {
        if (guardian == subject) revert OwnGuardian(subject);
        state.guardian = guardian;
    }

    function _approve(address guardian, address subject, uint256 lane, uint256 consent) private {
        _checkGuardian(subject, guardian);
        if (_isForAdultsOnly(lane)) revert NotForMinors(lane & 0xff);
        Words.Word storage word = Words.at(subject, lane);
        uint256 stored = word.value;
        bool void = block.timestamp >= stored.endsAt() || stored.grantedAt() <= _subjects[subject].revokedAllAt;
        if (void || stored != consent) revert NotApprovable(stored);
        word.value = consent | ConsentWord.GUARDED;
        emit Approved(subject, lane, consent | ConsentWord.GUARDED);
    }

    // -------------------------------------------------------------------------------------------------------- hashing

    /// @dev The fields of a consent word as an EIP-712 struct of 10 words, beyond the end of allocated memory.
    function _consentHash(bytes32 typehash, address subject, uint256 lane, uint256 consent)
        private
        pure
        returns (bytes32 hash)
    {
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, typehash)
            mstore(add(m, 0x20), shr(96, shl(96, subject)))
            mstore(add(m, 0x40), shr(8, lane))
            mstore(add(m, 0x60), and(lane, 0xff))
            mstore(add(m, 0x80), shr(128, shl(128, consent)))
            mstore(add(m, 0xa0), and(shr(192, consent), 0xffffffff))
            mstore(add(m, 0xc0), and(shr(224, consent), 0xfff))
            mstore(add(m, 0xe0), and(shr(160, consent), 0xffffffff))
            mstore(add(m, 0x100), and(shr(236, consent), 0x7ffff))
            mstore(add(m, 0x120), and(shr(128, consent), 0xffffffff))
            hash := keccak256(m, 0x140)
        }
    }

    function _revokeHash(address subject, uint256 lane, uint256 signedAt) private pure returns (bytes32) {
        return keccak256(abi.encode(REVOKE_TYPEHASH, subject, lane >> 8, lane & 0xff, signedAt));
    }

    /// @dev `_hashTypedData` with the domain separator in hand.
    function _digest(bytes32 separator, bytes32 structHash) private pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            mstore(0x00, 0x1901000000000000)
            mstore(0x1a, separator)
            mstore(0x3a, structHash)
            digest := keccak256(0x18, 0x42)
            // The upper part of the free memory pointer, which the hash overwrote, is zero.
            mstore(0x3a, 0)
        }
    }

    /// @dev Takes the memory that a batch hashes in, and fills in what does not change: from 0x80 the struct of
    /// `_consentHash` in 10 words, from 0x1c0 the 66 bytes 0x1901, domain separator and struct hash, from 0x220 the 4 words
    /// that ecrecover takes. Fixed places cost less than computed ones; nothing was allocated before.
    function _fillForm(uint256 lane, bytes32 separator) private pure {
        bytes32 typehash = GRANT_TYPEHASH;
        assembly ("memory-safe") {
            mstore(0x40, 0x2a0)
            mstore(0x80, typehash)
            mstore(0xc0, shr(8, lane))
            mstore(0xe0, and(lane, 0xff))
            mstore(0x1c0, shl(240, 0x1901))
            mstore(0x1c2, separator)
        }
    }

    function _place(bytes calldata records) private pure returns (uint256 at) {
        assembly ("memory-safe") {
            at := records.offset
        }
    }

    /// @dev A word of packed records; bytes beyond its field belong to the next one and are cut by the caller.
    function _load(uint256 at) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(at)
        }
    }

    function _domainNameAndVersion() internal pure override returns (string memory, string memory) {
        return ("Fairsignal ConsentRegistry", "1");
    }
}
