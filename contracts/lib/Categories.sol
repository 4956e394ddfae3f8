// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Categories
/// @notice Generated from backend/fairsignal/data/categories.toml by `make generate`; do not edit.
/// Bit positions of the interest categories and of the prohibited classes in 128-bit category bitmaps.
library Categories {
    /// @notice Bits 112..127: no consent can unlock them, whoever signs.
    uint128 internal constant PROHIBITED = 0xffff0000000000000000000000000000;

    uint8 internal constant TRAVEL           = 0;
    uint8 internal constant OUTDOORS         = 1;
    uint8 internal constant FITNESS          = 2;
    uint8 internal constant COOKING          = 3;
    uint8 internal constant CARS             = 4;
    uint8 internal constant HOME_IMPROVEMENT = 5;
    uint8 internal constant FASHION          = 6;
    uint8 internal constant BEAUTY           = 7;
    uint8 internal constant GAMING           = 8;
    uint8 internal constant MUSIC            = 9;
    uint8 internal constant MOVIES           = 10;
    uint8 internal constant BOOKS            = 11;
    uint8 internal constant PERSONAL_FINANCE = 12;
    uint8 internal constant REAL_ESTATE      = 13;
    uint8 internal constant PARENTING        = 14;
    uint8 internal constant PETS             = 15;
    uint8 internal constant GARDENING        = 16;
    uint8 internal constant ELECTRONICS      = 17;
    uint8 internal constant PHOTOGRAPHY      = 18;
    uint8 internal constant EDUCATION        = 19;
    uint8 internal constant CAREERS          = 20;
    uint8 internal constant SPORTS           = 21;
    uint8 internal constant DINING_OUT       = 22;
    uint8 internal constant TELEVISION       = 23;
    uint8 internal constant ARTS_CRAFTS      = 24;
    uint8 internal constant SOFTWARE         = 25;
    uint8 internal constant LIVE_EVENTS      = 26;
    uint8 internal constant WEDDINGS         = 27;
    uint8 internal constant MOTORCYCLES      = 28;
    uint8 internal constant BOARD_GAMES      = 29;
    uint8 internal constant SCIENCE          = 30;
    uint8 internal constant SMALL_BUSINESS   = 31;
    uint8 internal constant COLLECTIBLES     = 32;
    uint8 internal constant LANGUAGES        = 33;

    uint8 internal constant RELIGION         = 120;
    uint8 internal constant ORIENTATION      = 119;
    uint8 internal constant POLITICS         = 118;
    uint8 internal constant HEALTH           = 117;
    uint8 internal constant ETHNICITY        = 116;
    uint8 internal constant UNION            = 115;
    uint8 internal constant MINOR            = 114;
}
