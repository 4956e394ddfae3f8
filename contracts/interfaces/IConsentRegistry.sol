// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IOperatorRegistry} from "./IOperatorRegistry.sol";
import {ISignedMessages} from "./ISignedMessages.sol";

/// @title IConsentRegistry
/// @notice What people allow chat operators to do with signals drawn from their chats.
///
/// A *subject* (the person) allows an *operator* (the chat service) to use signals in some categories for one
/// *purpose*, until a date, at a price floor and a daily cap of the subject's choosing.
///
/// **Lane**: operator and purpose in one word, `uint256(uint160(operator)) << 8 | purpose`; with the subject it is the
/// key of a consent. Purposes: 1 ad targeting, 2 feed recommendation, 3 proactive message, 4 measurement, 5 training.
///
/// **Consent word**, from the lowest bit:
///
/// | field      | bits | unit                                                                  |
/// |------------|------|-----------------------------------------------------------------------|
/// | categories | 128  | bitmap, positions of `Categories`                                     |
/// | grantedAt  | 32   | Unix seconds; for a relayed grant the time it was signed              |
/// | endsAt     | 32   | Unix seconds; the time of the revocation once revoked                 |
/// | floor      | 32   | least gross price of one use, millionths of a token                   |
/// | cap        | 12   | most uses per UTC day                                                 |
/// | version    | 19   | counts every change of this consent by its subject                    |
/// | guarded    | 1    | approved by the guardian of a minor                                   |
///
/// **In force** at time `t`: `grantedAt > revokedAllAt(subject)` and `t < endsAt`, and for a minor `guarded` and a purpose
/// other than 3 and 5.
///
/// **Minors.** A subject becomes a minor by the word of an age attester (which also names the guardian) or of a guardian
/// that the subject itself named; only an age attester takes the mark back. Setting or taking it ends every consent so
/// far. What a minor grants counts only once its guardian approved exactly that. A guardian can end its ward's consents.
///
/// @dev Trust: nobody but the subject can create a consent; nobody at all can pause, delay or undo a revocation. There is
/// no owner. An age attester can end all consents of a subject (by marking it) and change its guardian, never give one. A signed grant names the
/// version that it creates, so it is dead after any other change of the same consent; a signed revocation ends whatever
/// was granted up to the time of signing.
///
/// Warning: `consentOf` is what is stored, not what counts: a stored consent may be void through `revokeAll` or for a
/// minor. Ask `inForce`, `isAllowed` or `areAllowed`.
interface IConsentRegistry is ISignedMessages {
    /// @notice A consent was given or changed. `consent` is the stored word.
    event Granted(address indexed subject, uint256 lane, uint256 consent);

    /// @notice A consent was ended; it no longer counts from this block on. `consent` is the stored word.
    event Revoked(address indexed subject, uint256 lane, uint256 consent);

    /// @notice Every consent given by `subject` up to and including this block's time ended.
    event RevokedAll(address indexed subject);

    /// @notice The guardian of a minor approved the subject's consent. `consent` is the stored word.
    event Approved(address indexed subject, uint256 lane, uint256 consent);

    /// @notice The subject named a guardian, or was marked as a minor (or no longer) by `by`.
    event GuardianSet(address indexed subject, bool minor, address guardian, address by);

    /// @notice A record of a batch had no effect; `reason` is the selector of the error for the first rule that it broke. The
    /// signature is looked at last.
    event Skipped(address indexed subject, uint256 lane, bytes4 reason);

    /// @notice The operator is zero, the purpose is not 1..5, or bits above the operator are set.
    error InvalidLane(uint256 lane);

    /// @notice Bits 112..127 cannot be consented to, whoever signs; these were asked for.
    error ProhibitedCategories(uint128 categories);

    /// @notice A consent names at least one category.
    error NoCategories();

    /// @notice A consent allows at least one use a day.
    error ZeroCap();

    /// @notice A consent ends in the future, at most `MAX_DURATION` after it was given (signed). Unix seconds.
    error InvalidEnd(uint256 endsAt, uint256 latest);

    /// @notice Fields that the contract fills in itself must be zero; these bits were set.
    error ReservedBits(uint256 bits);

    /// @notice The signature names another version than the next one: it was used, or something changed since.
    error WrongVersion(uint256 expected, uint256 named);

    /// @notice The consent has changed 524,287 times and can only be revoked now.
    error VersionsExhausted();

    /// @notice What the signature would change was granted later, or ended (by revocation, `revokeAll` or expiry) at or
    /// after the time of signing; sign again. Unix seconds.
    error SignatureOutdated(uint256 signedAt, uint256 earliest);

    /// @notice A batch is a whole number of packed records, at least one.
    error InvalidRecords(uint256 length, uint256 recordSize);

    /// @notice `sender` is not the subject's guardian (nor, where that would do, an age attester).
    error NotGuardian(address subject, address sender);

    /// @notice Only a minor's consents are a guardian's business.
    error NotAMinor(address subject);

    /// @notice A minor's guardian is changed by the guardian or an age attester.
    error MinorCannotChoose(address subject);

    /// @notice Nobody is their own guardian.
    error OwnGuardian(address subject);

    /// @notice Proactive messages (3) and training (5) are not for minors, whoever approves.
    error NotForMinors(uint256 purpose);

    /// @notice A guardian approves exactly what is stored, and only what has not ended. `stored` is the word.
    error NotApprovable(uint256 stored);

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
    /// @param consent The word as it will be stored: `version` is the one that this grant creates, `grantedAt` the time of
    /// signing, not in the future and at most `RELAY_WINDOW` ago. So a grant that was signed before a later `revokeAll`
    /// never counts, however late it is relayed.
    function grantBySig(address subject, uint256 lane, uint256 consent, bytes calldata signature) external;

    /// @notice Many relayed grants on one lane.
    /// @param records Packed, 116 bytes each: subject 20, consent word 32, signature r 32 and vs 32 (EIP-2098).
    /// @dev A record that could never be valid (prohibited category, reserved bits, ...) reverts the batch. One that came
    /// too late (version, time) or is signed by somebody else is skipped with an event and costs the others nothing.
    /// Smart wallets that take such a signature are asked (ERC-1271), with 150,000 gas; what else they take, or what takes
    /// them more, goes through `grantBySig`.
    function grantBatchBySig(uint256 lane, bytes calldata records) external;

    /// @notice End the consent on `lane` now. Works in every state; also kills signed grants not relayed yet.
    function revoke(uint256 lane) external;

    /// @notice The same by signature: `Revoke(address subject,address operator,uint8 purpose,uint40 signedAt)`.
    /// @dev Bound to time and not to a version, so that nobody can make it miss by relaying something else first: it
    /// ends whatever was granted up to `signedAt`. A consent granted later is out of its reach, and so is its replay.
    function revokeBySig(address subject, uint256 lane, uint256 signedAt, bytes calldata signature) external;

    /// @notice Many relayed revocations on one lane; those that have no effect are skipped with an event.
    /// @param records Packed, 89 bytes each: subject 20, signedAt 5, signature r 32 and vs 32 (EIP-2098).
    function revokeBatchBySig(uint256 lane, bytes calldata records) external;

    /// @notice End every consent at once, with one storage slot; also kills grants signed up to now.
    function revokeAll() external;

    /// @notice The same by signature: `RevokeAll(address subject,uint40 signedAt)`.
    /// @dev Counts from this block, not from `signedAt`. It must be signed after the last `revokeAll`, so one
    /// signature works once and cannot be replayed to end consents that were given after it was used.
    function revokeAllBySig(address subject, uint256 signedAt, bytes calldata signature) external;

    /// @notice Name who would approve the sender's grants if it were a minor; zero for nobody. Not while it is one.
    function setGuardian(address guardian) external;

    /// @notice Mark a subject as a minor, or no longer, and name its guardian. An age attester can do all of it; the
    /// guardian can set the mark and hand over to another guardian.
    /// @dev A change of the mark ends every consent so far, as `revokeAll` does.
    function markMinor(address subject, bool minor, address guardian) external;

    /// @notice As the guardian of a minor, make its consent count.
    /// @param consent The word that is stored now: what was looked at is what is approved.
    function approveAsGuardian(address subject, uint256 lane, uint256 consent) external;

    /// @notice The same by the guardian's signature: `Approve(...)` with the fields of `Grant`.
    /// @dev Bound to the version and time of one grant, so it cannot serve for another.
    function approveAsGuardianBySig(address subject, uint256 lane, uint256 consent, bytes calldata signature) external;

    /// @notice As the guardian of a minor, end its consent on `lane` now.
    function revokeForWard(address subject, uint256 lane) external;

    /// @notice As the guardian of a minor, end every consent of it.
    function revokeAllForWard(address subject) external;

    /// @notice Says who is an age attester.
    function operators() external view returns (IOperatorRegistry);

    /// @notice The stored word; 0 when there never was a consent.
    function consentOf(address subject, uint256 lane) external view returns (uint256 consent);

    /// @notice The stored word if the consent counts now, else 0.
    function inForce(address subject, uint256 lane) external view returns (uint256 consent);

    /// @notice All of one subject's consents: the stored words, and those words that count now (else 0).
    function consentsOf(address subject, uint256[] calldata lanes)
        external
        view
        returns (uint256[] memory stored, uint256[] memory counting);

    /// @notice `inForce` for many subjects on one lane.
    function areInForce(address[] calldata subjects, uint256 lane) external view returns (uint256[] memory consents);

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
