// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Test} from "./Test.sol";

/// @title Reference
/// @notice The packed words, ids, hashes and signatures of the interfaces, written the naive way: with arithmetic instead
/// of shifts and `abi.encode` instead of assembly, and without the contracts' own libraries.
abstract contract Reference is Test {
    struct Consent {
        uint256 categories;
        uint256 grantedAt;
        uint256 endsAt;
        uint256 floor;
        uint256 cap;
        uint256 version;
        bool guarded;
    }

    string internal constant CONSENT_DOMAIN = "Fairsignal ConsentRegistry";
    string internal constant MARKET_DOMAIN = "Fairsignal SignalMarket";
    string internal constant PROFILE_DOMAIN = "Fairsignal ProfileRegistry";

    bytes32 internal constant GRANT = keccak256(
        "Grant(address subject,address operator,uint8 purpose,uint128 categories,uint32 floor,uint16 cap,uint40 endsAt,uint32 version,uint40 signedAt)"
    );
    bytes32 internal constant APPROVE = keccak256(
        "Approve(address subject,address operator,uint8 purpose,uint128 categories,uint32 floor,uint16 cap,uint40 endsAt,uint32 version,uint40 signedAt)"
    );
    bytes32 internal constant REVOKE =
        keccak256("Revoke(address subject,address operator,uint8 purpose,uint40 signedAt)");
    bytes32 internal constant REVOKE_ALL = keccak256("RevokeAll(address subject,uint40 signedAt)");
    bytes32 internal constant VOUCHER = keccak256("Voucher(bytes32 campaign,uint256 ceiling)");
    bytes32 internal constant WITHDRAWAL =
        keccak256("Withdrawal(address subject,uint256 lane,uint256 earned,address to,uint256 deadline)");
    bytes32 internal constant CLAIM =
        keccak256("Claim(address subject,address operator,uint256 total,address to,uint256 deadline)");
    bytes32 internal constant SETTLEMENT = keccak256(
        "Settlement(address operator,uint40 epoch,bytes20 previousRoot,bytes32 root,uint96 total,bytes debits,bytes32 logDigest)"
    );
    bytes32 internal constant REQUEST_ERASURE =
        keccak256("RequestErasure(address subject,address operator,uint40 signedAt)");

    // ---------------------------------------------------------------------------------------------------------- words

    function laneOf(address operator, uint256 purpose) internal pure returns (uint256) {
        return u(operator) * 256 + purpose;
    }

    function pack(Consent memory c) internal pure returns (uint256) {
        return c.categories + c.grantedAt * 2 ** 128 + c.endsAt * 2 ** 160 + c.floor * 2 ** 192 + c.cap * 2 ** 224
            + c.version * 2 ** 236 + (c.guarded ? 2 ** 255 : 0);
    }

    function unpack(uint256 word) internal pure returns (Consent memory c) {
        c.categories = word % 2 ** 128;
        c.grantedAt = word / 2 ** 128 % 2 ** 32;
        c.endsAt = word / 2 ** 160 % 2 ** 32;
        c.floor = word / 2 ** 192 % 2 ** 32;
        c.cap = word / 2 ** 224 % 2 ** 12;
        c.version = word / 2 ** 236 % 2 ** 19;
        c.guarded = word / 2 ** 255 == 1;
    }

    function targetOf(address operator, uint256 purpose, uint256 endsAt, uint256 salt) internal pure returns (uint256) {
        return purpose + u(operator) * 2 ** 8 + endsAt * 2 ** 168 + salt * 2 ** 208;
    }

    function bidOf(uint256 categories, uint256 price) internal pure returns (uint256) {
        return categories + price * 2 ** 128;
    }

    function idOf(address advertiser, uint256 target, uint256 bid) internal pure returns (bytes32) {
        return keccak256(abi.encode(advertiser, target, bid));
    }

    function useOf(address subject, uint256 category, uint256 index) internal pure returns (uint256) {
        return u(subject) + category * 2 ** 160 + index * 2 ** 168;
    }

    /// @notice 70 %, rounded up.
    function shareOf(uint256 price) internal pure returns (uint256) {
        uint256 exact = price * 7_000;
        return exact / 10_000 + (exact % 10_000 == 0 ? 0 : 1);
    }

    /// @notice What a campaign's word carries of its id beyond where it is kept.
    function sealOf(bytes32 id) internal pure returns (uint256) {
        return uint256(id) % 2 ** 47 + 2 ** 47;
    }

    /// @notice Where `Words` keeps the word of (account, key).
    function slotOf(address account, uint256 key) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(account, key));
    }

    // --------------------------------------------------------------------------------------------------------- hashes

    function domainSeparator(string memory name, address verifying) internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                verifying
            )
        );
    }

    function typed(string memory name, address verifying, bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparator(name, verifying), structHash));
    }

    function hashConsent(bytes32 typehash, address subject, uint256 lane, uint256 word)
        internal
        pure
        returns (bytes32)
    {
        Consent memory c = unpack(word);
        return keccak256(
            abi.encode(
                typehash,
                subject,
                address(uint160(lane / 256)),
                uint8(lane % 256),
                uint128(c.categories),
                uint32(c.floor),
                uint16(c.cap),
                uint40(c.endsAt),
                uint32(c.version),
                uint40(c.grantedAt)
            )
        );
    }

    // ----------------------------------------------------------------------------------------------------- signatures

    /// @notice 65 bytes: r, s, v.
    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @notice 64 bytes: r, vs (EIP-2098).
    function signCompact(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, uint256(s) + (v == 28 ? 2 ** 255 : 0));
    }

    // ---------------------------------------------------------------------------------------------------------- trees

    function leafOf(address subject, uint256 total) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(subject, total))));
    }

    function parentOf(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    /// @notice Root over the leaves and the proof of the `at`-th; an odd one moves up alone.
    function tree(bytes32[] memory leaves, uint256 at) internal pure returns (bytes32 root, bytes32[] memory proof) {
        proof = new bytes32[](0);
        while (leaves.length > 1) {
            bytes32[] memory next = new bytes32[]((leaves.length + 1) / 2);
            for (uint256 i; i < leaves.length; i += 2) {
                next[i / 2] = i + 1 == leaves.length ? leaves[i] : parentOf(leaves[i], leaves[i + 1]);
            }
            uint256 sibling = at % 2 == 0 ? at + 1 : at - 1;
            if (sibling < leaves.length) proof = append(proof, leaves[sibling]);
            at /= 2;
            leaves = next;
        }
        root = leaves[0];
    }

    function append(bytes32[] memory list, bytes32 item) internal pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i; i < list.length; ++i) {
            longer[i] = list[i];
        }
        longer[list.length] = item;
    }

    function listOf(uint256 a) internal pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = a;
    }

    function listOf(uint256 a, uint256 b) internal pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (a, b);
    }

    function listOf(address a, address b) internal pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (a, b);
    }
}
