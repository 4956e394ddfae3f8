// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ConsentWord} from "../../contracts/consent/ConsentWord.sol";
import {ConsentRegistry} from "../../contracts/consent/ConsentRegistry.sol";
import {IOperatorRegistry} from "../../contracts/interfaces/IOperatorRegistry.sol";

/// @notice For all words and times, not only for those that a fuzzer tries.
contract ConsentWordChecks {
    using ConsentWord for uint256;

    uint256 private constant RESERVED = 1 << 255 | uint256(type(uint32).max) << 128 | uint256(2 ** 19 - 1) << 236;

    function pack(uint128 categories, uint32 at, uint32 end, uint32 floor, uint16 cap, uint32 version, bool guarded)
        private
        pure
        returns (uint256)
    {
        uint256 low = uint256(categories) | uint256(at) << 128 | uint256(end) << 160 | uint256(floor) << 192;
        return low | uint256(cap) << 224 | uint256(version) << 236 | (guarded ? 1 << 255 : 0);
    }

    /// @dev Each field comes back as it was put in, whatever the others are.
    function check_FieldsComeBack(
        uint128 categories,
        uint32 at,
        uint32 end,
        uint32 floor,
        uint16 cap,
        uint32 version,
        bool guarded
    ) external pure {
        if (cap >= 2 ** 12 || version >= 2 ** 19) return;
        uint256 word = pack(categories, at, end, floor, cap, version, guarded);
        assert(word.categories() == categories);
        assert(word.grantedAt() == at);
        assert(word.endsAt() == end);
        assert(word.floor() == floor);
        assert(word.cap() == cap);
        assert(word.version() == version);
        assert(word.guarded() == guarded);
    }

    /// @dev The fields are all there is: two words with the same fields are the same word.
    function check_NoBitIsOutsideOfTheFields(uint256 word) external pure {
        // forge-lint: disable-start(unsafe-typecast): the getters cut to these widths
        uint256 again = pack(
            word.categories(),
            uint32(word.grantedAt()),
            uint32(word.endsAt()),
            uint32(word.floor()),
            uint16(word.cap()),
            uint32(word.version()),
            word.guarded()
        );
        // forge-lint: disable-end(unsafe-typecast)
        assert(again == word);
    }

    function check_AllowsIsTheBit(uint256 word, uint256 category) external pure {
        bool allowed = word.allows(category);
        assert(allowed == (category < 128 && (uint256(word.categories()) & (1 << category)) != 0));
    }

    /// @dev Granting adds what the contract fills in and changes nothing that the subject said.
    function check_GrantedKeepsTheTerms(uint256 terms, uint32 at, uint32 version) external pure {
        if (terms & RESERVED != 0 || version >= 2 ** 19) return;
        uint256 word = terms.granted(at, version);
        assert(word.grantedAt() == at && word.version() == version && !word.guarded());
        assert(word & ~RESERVED == terms);
    }

    /// @dev Versions only go up, by one, and stop at the last.
    function check_VersionsOnlyGoUp(uint256 word, uint256 terms, uint32 at) external pure {
        uint256 before = word.version();
        uint256 after_ = word.ended(at).version();
        assert(before == 2 ** 19 - 1 ? after_ == before : after_ == before + 1);
        if (before == 2 ** 19 - 1 || terms & RESERVED != 0) return;
        assert(terms.granted(at, before + 1).version() == before + 1);
    }

    /// @dev Ending keeps the record: all but time, end and version.
    function check_EndedKeepsTheRecord(uint256 word, uint32 at) external pure {
        uint256 over = word.ended(at);
        assert(over.categories() == word.categories() && over.floor() == word.floor());
        assert(over.cap() == word.cap() && over.guarded() == word.guarded());
        assert(over.endsAt() == at && over.grantedAt() <= (word.grantedAt() > at ? word.grantedAt() : at));
    }

    /// @dev What ended at `at` does not count then or later, and nothing signed up to `at` changes it any more.
    function check_RevocationIsFinal(uint256 word, uint32 at, uint32 later, uint32 signedAt) external pure {
        uint256 over = word.ended(at);
        if (later < at) return;
        assert(later >= over.endsAt());
        if (signedAt <= at) assert(signedAt < over.changeableFrom(later));
        else assert(signedAt >= over.changeableFrom(later));
    }

    /// @dev A signature that was in time for the word before is in time for nothing once it was used to end it.
    function check_ARevocationEndsItsOwnSignature(uint256 word, uint32 at, uint32 signedAt) external pure {
        if (signedAt > at || signedAt < word.changeableFrom(at)) return;
        assert(signedAt < word.ended(at).changeableFrom(at));
    }
}

/// @notice The registry itself, with everything it takes being symbolic. Its words are kept under hashes of 52 bytes, not of
/// the 64 of Solidity's mappings, which takes halmos's generic model of storage.
/// @custom:halmos --storage-layout generic
contract ConsentRegistryChecks {
    ConsentRegistry private registry;

    function setUp() public {
        registry = new ConsentRegistry(IOperatorRegistry(address(1)));
    }

    /// @dev Whatever terms are taken, they name a real lane and only what can be consented to.
    function check_WhatIsGrantedFollowsTheRules(uint256 lane, uint256 terms) external {
        (bool ok,) = address(registry).call(abi.encodeCall(registry.grant, (lane, terms)));
        if (!ok) return;
        uint256 word = registry.consentOf(address(this), lane);
        assert((word >> 112) & 0xffff == 0);
        assert(uint128(word) != 0);
        assert((word >> 224) & 0xfff != 0);
        assert(word >> 255 == 0);
        assert((word >> 236) & 0x7ffff == 1);
        assert((word >> 128) & 0xffffffff == uint32(block.timestamp));
        uint256 end = (word >> 160) & 0xffffffff;
        assert(end > block.timestamp && end <= block.timestamp + 400 days);
        uint256 purpose = lane & 0xff;
        assert(purpose >= 1 && purpose <= 5);
        assert(lane >> 8 != 0 && lane >> 168 == 0);
    }

    /// @dev And what follows the rules is taken.
    function check_WhatFollowsTheRulesIsGranted(uint160 operator, uint8 purpose, uint256 terms) external {
        if (operator == 0 || purpose < 1 || purpose > 5) return;
        if (terms & (0xffff << 112 | uint256(type(uint32).max) << 128 | uint256(2 ** 20 - 1) << 236) != 0) return;
        if (uint128(terms) == 0 || (terms >> 224) & 0xfff == 0) return;
        uint256 end = (terms >> 160) & 0xffffffff;
        if (end <= block.timestamp || end > block.timestamp + 400 days) return;
        (bool ok,) = address(registry).call(abi.encodeCall(registry.grant, (uint256(operator) << 8 | purpose, terms)));
        assert(ok);
    }

    /// @dev After a revocation nothing is in force, whatever was granted before.
    function check_RevokedIsNotInForce(uint256 lane, uint256 terms) external {
        (bool ok,) = address(registry).call(abi.encodeCall(registry.grant, (lane, terms)));
        if (!ok) return;
        registry.revoke(lane);
        assert(registry.inForce(address(this), lane) == 0);
    }

    /// @dev After `revokeAll` neither, not even by another grant in the same block.
    function check_RevokedAllIsNotInForce(uint256 lane, uint256 terms, bool again) external {
        (bool ok,) = address(registry).call(abi.encodeCall(registry.grant, (lane, terms)));
        if (!ok) return;
        registry.revokeAll();
        if (again) registry.grant(lane, terms);
        assert(registry.inForce(address(this), lane) == 0);
    }
}
