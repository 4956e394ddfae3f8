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
    uint256 private constant GUARDED = 255;

    uint256 private constant MASK_32 = type(uint32).max;
    uint256 private constant MASK_CAP = (1 << 12) - 1;
    /// @notice Highest version; a consent that reached it can only be revoked.
    uint256 internal constant MAX_VERSION = (1 << 19) - 1;

    /// @notice `grantedAt` and `guarded`, which only the contract fills in.
    uint256 internal constant RESERVED_IN_TERMS = (MASK_32 << GRANTED_AT) | (1 << GUARDED);

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
        return word >> GUARDED != 0;
    }

    /// @notice Whether the category at this bit position is among those of the word.
    function allows(uint256 word, uint256 category) internal pure returns (bool) {
        return category < 128 && (word >> category) & 1 != 0;
    }

    /// @notice Terms as they are stored: granted at `at` (Unix seconds) as version `version_`.
    function granted(uint256 terms, uint256 at, uint256 version_) internal pure returns (uint256) {
        return (terms & ~(MAX_VERSION << VERSION)) | (at << GRANTED_AT) | (version_ << VERSION);
    }

    /// @notice The word ended at `at` (Unix seconds) as version `version_`; the rest stays for the record. What had ended
    /// before keeps the empty interval [at, at): it was not in force in between, and the change still has its time.
    function ended(uint256 word, uint256 at, uint256 version_) internal pure returns (uint256) {
        uint256 from = endsAt(word) > at ? grantedAt(word) : at;
        uint256 rest = word & ~((MASK_32 << GRANTED_AT) | (MASK_32 << ENDS_AT) | (MAX_VERSION << VERSION));
        return rest | (from << GRANTED_AT) | (at << ENDS_AT) | (version_ << VERSION);
    }
}
