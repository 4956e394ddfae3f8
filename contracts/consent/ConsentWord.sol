// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title ConsentWord
/// @notice Reading and writing the fields of a consent word; the layout is in IConsentRegistry.
library ConsentWord {
    uint256 private constant GRANTED_AT = 128;
    uint256 private constant ENDS_AT = 160;
    uint256 private constant FLOOR = 192;
    uint256 private constant CAP = 224;
    uint256 private constant VERSION = 236;

    uint256 private constant MASK_32 = type(uint32).max;
    uint256 private constant MASK_CAP = (1 << 12) - 1;

    /// @notice Highest version; a consent that reached it can only be revoked.
    uint256 internal constant MAX_VERSION = (1 << 19) - 1;

    /// @notice The guardian's mark.
    uint256 internal constant GUARDED = 1 << 255;

    /// @notice What only the contract fills in, in a relayed grant and in the subject's own transaction.
    uint256 internal constant RESERVED_IF_SIGNED = GUARDED;
    uint256 internal constant RESERVED_IF_SENT = GUARDED | (MASK_32 << GRANTED_AT) | (MAX_VERSION << VERSION);

    /// @notice Bitmap of the categories.
    function categories(uint256 word) internal pure returns (uint128) {
        // forge-lint: disable-next-line(unsafe-typecast): the low 128 bits are the field
        return uint128(word);
    }

    /// @notice Unix seconds.
    function grantedAt(uint256 word) internal pure returns (uint256) {
        return (word >> GRANTED_AT) & MASK_32;
    }

    /// @notice Unix seconds.
    function endsAt(uint256 word) internal pure returns (uint256) {
        return (word >> ENDS_AT) & MASK_32;
    }

    /// @notice Millionths of a token.
    function floor(uint256 word) internal pure returns (uint256) {
        return (word >> FLOOR) & MASK_32;
    }

    /// @notice Uses per UTC day.
    function cap(uint256 word) internal pure returns (uint256) {
        return (word >> CAP) & MASK_CAP;
    }

    function version(uint256 word) internal pure returns (uint256) {
        return (word >> VERSION) & MAX_VERSION;
    }

    function guarded(uint256 word) internal pure returns (bool) {
        return word & GUARDED != 0;
    }

    /// @notice Whether the category at this bit position is among those of the word.
    function allows(uint256 word, uint256 category) internal pure returns (bool) {
        return category < 128 && (word >> category) & 1 != 0;
    }

    /// @notice Terms without reserved fields as they are stored: granted at `at` (Unix seconds) as version `version_`.
    function granted(uint256 terms, uint256 at, uint256 version_) internal pure returns (uint256) {
        return terms | (at << GRANTED_AT) | (version_ << VERSION);
    }

    /// @notice The word ended at `at` (Unix seconds), one version later unless there is none left; the rest stays for the
    /// record. What had ended before keeps the empty interval [at, at): it was not in force in between, and the change
    /// still has its time.
    function ended(uint256 word, uint256 at) internal pure returns (uint256) {
        unchecked {
            if (endsAt(word) <= at) word = (word & ~(MASK_32 << GRANTED_AT)) | (at << GRANTED_AT);
            if (version(word) != MAX_VERSION) word += 1 << VERSION;
            return (word & ~(MASK_32 << ENDS_AT)) | (at << ENDS_AT);
        }
    }

    /// @notice Earliest time of signing (Unix seconds) of what may still change the word at time `current`: versions can
    /// be signed ahead, time cannot, so what ended is only changed by what was signed after the end.
    function changeableFrom(uint256 word, uint256 current) internal pure returns (uint256) {
        unchecked {
            uint256 end = endsAt(word);
            return end > current ? grantedAt(word) : end + 1;
        }
    }
}
