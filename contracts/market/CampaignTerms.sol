// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title CampaignTerms
/// @notice Reading the two words that a campaign's terms are packed in; the layout is in ISignalMarket.
library CampaignTerms {
    uint256 private constant ENDS_AT = 168;
    uint256 private constant METERED = 255;
    uint256 private constant PRICE = 128;
    uint256 private constant MASK_40 = type(uint40).max;
    uint256 private constant MASK_LANE = (1 << 168) - 1;

    /// @notice Operator and purpose, as in IConsentRegistry.
    function lane(uint256 target) internal pure returns (uint256) {
        return target & MASK_LANE;
    }

    function operator(uint256 target) internal pure returns (address) {
        // forge-lint: disable-next-line(unsafe-typecast): the cut bits are purpose, end and salt
        return address(uint160(target >> 8));
    }

    /// @notice 1..5.
    function purpose(uint256 target) internal pure returns (uint256) {
        return target & 0xff;
    }

    /// @notice Unix seconds.
    function endsAt(uint256 target) internal pure returns (uint256) {
        return (target >> ENDS_AT) & MASK_40;
    }

    /// @notice Whether uses are settled only, and not recorded at once.
    function metered(uint256 target) internal pure returns (bool) {
        return target >> METERED != 0;
    }

    /// @notice Bitmap of the categories that the campaign may use.
    function categories(uint256 bid) internal pure returns (uint128) {
        // forge-lint: disable-next-line(unsafe-typecast): the low 128 bits are the field
        return uint128(bid);
    }

    /// @notice Gross price of one use, base units. What the unused bits above the field would add, opening refuses.
    function price(uint256 bid) internal pure returns (uint256) {
        return bid >> PRICE;
    }

    /// @notice `keccak256(abi.encode(advertiser, target, bid))`.
    function id(address advertiser, uint256 target, uint256 bid) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            // The third word goes where the pointer to free memory is, for a moment.
            let pointer := mload(0x40)
            mstore(0x00, shr(96, shl(96, advertiser)))
            mstore(0x20, target)
            mstore(0x40, bid)
            hash := keccak256(0x00, 0x60)
            mstore(0x40, pointer)
        }
    }
}
