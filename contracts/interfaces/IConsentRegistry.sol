// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title IConsentRegistry
/// @notice What people allow chat operators to do with signals drawn from their chats.
///
/// A *subject* (the person) allows an *operator* (the chat service) to use signals in some categories for one
/// *purpose*, until a date, at a price floor and a daily cap of the subject's choosing.
///
/// **Lane**: operator and purpose in one word, `uint256(uint160(operator)) << 8 | purpose`; with the subject it is the
/// key of a consent. Purposes: 1 ad targeting, 2 feed recommendation, 3 proactive message, 4 measurement, 5 training.
///
/// **Consent word**, from the lowest bit; `terms` arguments have the same layout with `grantedAt` and `guarded` zero:
///
/// | field      | bits | unit                                                                  |
/// |------------|------|-----------------------------------------------------------------------|
/// | categories | 128  | bitmap, positions of `Categories`                                     |
/// | grantedAt  | 32   | Unix seconds; for a relayed grant the time it was signed              |
/// | endsAt     | 32   | Unix seconds; the time of the revocation once revoked                 |
/// | floor      | 32   | least gross price of one use, millionths of a token                   |
/// | cap        | 12   | most uses per UTC day                                                 |
/// | version    | 19   | counts every change of this consent                                   |
/// | guarded    | 1    | approved by the guardian of a minor                                   |
///
/// **In force** at time `t`: `grantedAt > revokedAllAt(subject)` and `t < endsAt`, and for a minor `guarded` and a purpose
/// other than 3 and 5.
///
/// @dev Trust: nobody but the subject (or, for a minor, its guardian) can create a consent; nobody at all can pause,
/// delay or undo a revocation. There is no owner. A signed grant names the version that it creates, so it is dead after
/// any other change of the same consent; a signed revocation ends whatever was granted up to the time of signing.
///
/// Warning: `consentOf` is what is stored, not what counts: a stored consent may be void through `revokeAll` or for a
/// minor. Ask `inForce`, `isAllowed` or `areAllowed`.
interface IConsentRegistry {
    /// @notice A consent was given or changed. `consent` is the stored word.
    event Granted(address indexed subject, uint256 indexed lane, uint256 consent);

    /// @notice A consent was ended; it no longer counts from this block on. `consent` is the stored word.
    event Revoked(address indexed subject, uint256 indexed lane, uint256 consent);

    /// @notice Every consent given by `subject` up to and including this block's time ended.
    event RevokedAll(address indexed subject);

    /// @notice The operator is zero, the purpose is not 1..5, or bits above the operator are set.
    error InvalidLane(uint256 lane);

    /// @notice Bits 112..127 cannot be consented to, whoever signs; these were asked for.
    error ProhibitedCategories(uint128 categories);

    /// @notice A consent names at least one category.
    error NoCategories();

    /// @notice A consent allows at least one use a day.
    error ZeroCap();

    /// @notice A consent ends in the future, at most `MAX_DURATION` from now. Unix seconds.
    error InvalidEnd(uint256 endsAt, uint256 latest);

    /// @notice Fields of `terms` that the contract fills in itself must be zero.
    error ReservedBits(uint256 terms);

    /// @notice The signature names another version than the next one: it was used, or something changed since.
    error WrongVersion(uint256 expected, uint256 named);

    /// @notice The consent has changed 524,287 times and can only be revoked now.
    error VersionsExhausted();

    /// @notice Signed later than this block's time. Unix seconds.
    error SignedInTheFuture(uint256 signedAt, uint256 current);

    /// @notice Signed more than `RELAY_WINDOW` ago. Unix seconds.
    error SignatureExpired(uint256 signedAt, uint256 current);

    /// @notice What the signature would change was granted later, or ended (by revocation, `revokeAll` or expiry) at or
    /// after the time of signing; sign again. Unix seconds.
    error SignatureOutdated(uint256 signedAt, uint256 earliest);

    /// @notice Not `subject`'s signature (EOA or ERC-1271) over this message.
    error InvalidSignature(address subject);

    /// @notice Longest consent: 400 days, in seconds.
    function MAX_DURATION() external view returns (uint256);

    /// @notice How long after signing a signature may be relayed: one day, in seconds.
    function RELAY_WINDOW() external view returns (uint256);

    /// @notice Allow what `terms` says on `lane`, replacing what was allowed there.
    /// @param lane Operator and purpose.
    /// @param terms Consent word with `grantedAt`, `version` and `guarded` zero.
    /// @dev Writes one slot and reads no other; what else decides whether the consent counts is asked on reading.
    function grant(uint256 lane, uint256 terms) external;

    /// @notice The same by the subject's EIP-712 signature, sent by anyone:
    /// `Grant(address subject,address operator,uint8 purpose,uint128 categories,uint32 floor,uint16 cap,uint40 endsAt,
    /// uint32 version,uint40 signedAt)`.
    /// @param terms Consent word with `grantedAt` and `guarded` zero; `version` is the one that this grant creates.
    /// @param signedAt Unix seconds; not in the future, at most `RELAY_WINDOW` ago. It becomes `grantedAt`, so a grant
    /// that was signed before a later `revokeAll` never counts, however late it is relayed.
    /// @param signature 65 bytes, 64 bytes (EIP-2098), or what the subject's ERC-1271 wallet takes.
    function grantBySig(address subject, uint256 lane, uint256 terms, uint256 signedAt, bytes calldata signature)
        external;

    /// @notice End the consent on `lane` now. Works in every state; also kills signed grants not relayed yet.
    function revoke(uint256 lane) external;

    /// @notice The same by signature: `Revoke(address subject,address operator,uint8 purpose,uint40 signedAt)`.
    /// @dev Bound to time and not to a version, so that nobody can make it miss by relaying something else first: it
    /// ends whatever was granted up to `signedAt`. A consent granted later is out of its reach, and so is its replay.
    function revokeBySig(address subject, uint256 lane, uint256 signedAt, bytes calldata signature) external;

    /// @notice End every consent at once, with one storage slot; also kills grants signed up to now.
    function revokeAll() external;

    /// @notice The same by signature: `RevokeAll(address subject,uint40 signedAt)`.
    /// @dev Counts from this block, not from `signedAt`. It must be signed after the last `revokeAll`, so one
    /// signature works once and cannot be replayed to end consents that were given after it was used.
    function revokeAllBySig(address subject, uint256 signedAt, bytes calldata signature) external;

    /// @notice The stored word; 0 when there never was a consent.
    function consentOf(address subject, uint256 lane) external view returns (uint256 consent);

    /// @notice The stored word if the consent counts now, else 0.
    function inForce(address subject, uint256 lane) external view returns (uint256 consent);

    /// @notice Whether the subject's signals in `category` (bit position) may be used now.
    function isAllowed(address subject, address operator, uint8 purpose, uint8 category) external view returns (bool);

    /// @notice `isAllowed` for many subjects.
    function areAllowed(address[] calldata subjects, address operator, uint8 purpose, uint8 category)
        external
        view
        returns (bool[] memory allowed);

    /// @notice What concerns all consents of a subject.
    /// @return revokedAllAt Unix seconds of the last `revokeAll`, 0 when there was none.
    /// @return minor Whether the subject is marked as a minor.
    /// @return guardian Who approves a minor's grants.
    function subjectState(address subject) external view returns (uint40 revokedAllAt, bool minor, address guardian);
}
