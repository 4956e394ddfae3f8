// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ConsentWord} from "../../../contracts/consent/ConsentWord.sol";
import {SmartWallet, walletHash} from "../support/Wallets.sol";
import {Reference} from "../support/Reference.sol";
import {ConsentTest} from "./ConsentTest.sol";

contract ConsentWordFuzz is Reference {
    function testFuzz_FieldsAreThoseOfTheReference(uint256 word, uint256 category) public pure {
        Consent memory c = unpack(word);
        vm.assertEq(pack(c), word);
        vm.assertEq(ConsentWord.categories(word), c.categories);
        vm.assertEq(ConsentWord.grantedAt(word), c.grantedAt);
        vm.assertEq(ConsentWord.endsAt(word), c.endsAt);
        vm.assertEq(ConsentWord.floor(word), c.floor);
        vm.assertEq(ConsentWord.cap(word), c.cap);
        vm.assertEq(ConsentWord.version(word), c.version);
        vm.assertEq(ConsentWord.guarded(word), c.guarded);
        category = within(category, 0, 300);
        vm.assertEq(ConsentWord.allows(word, category), category < 128 && c.categories / 2 ** category % 2 == 1);
    }

    function testFuzz_Granted(uint256 word, uint32 at, uint256 version) public pure {
        Consent memory c = unpack(word);
        (c.grantedAt, c.version, c.guarded) = (0, 0, false);
        uint256 terms = pack(c);
        (c.grantedAt, c.version) = (at, within(version, 0, 2 ** 19 - 1));
        vm.assertEq(ConsentWord.granted(terms, at, c.version), pack(c));
    }

    function testFuzz_Ended(uint256 word, uint32 at) public pure {
        Consent memory c = unpack(word);
        if (c.endsAt <= at) c.grantedAt = at;
        c.endsAt = at;
        if (c.version < 2 ** 19 - 1) c.version += 1;
        vm.assertEq(ConsentWord.ended(word, at), pack(c));
    }

    function testFuzz_ChangeableFrom(uint256 word, uint32 current) public pure {
        Consent memory c = unpack(word);
        vm.assertEq(ConsentWord.changeableFrom(word, current), c.endsAt > current ? c.grantedAt : c.endsAt + 1);
    }

    function test_ReservedBits() public pure {
        vm.assertEq(ConsentWord.MAX_VERSION, 524_287);
        vm.assertEq(ConsentWord.GUARDED, 2 ** 255);
        vm.assertEq(ConsentWord.RESERVED_IF_SIGNED, 2 ** 255);
        vm.assertEq(ConsentWord.RESERVED_IF_SENT, pack(Consent(0, 2 ** 32 - 1, 0, 0, 0, 2 ** 19 - 1, true)));
    }
}

contract ConsentRulesFuzz is ConsentTest {
    /// @dev One field is anything, the others are fine: half of the draws are near a bound.
    function draw(uint256 seed, uint256 which, uint256 at) private pure returns (uint256 lane_, Consent memory c) {
        uint256 start = at == 0 ? NOW : at;
        lane_ = laneOf(address(0xBEE), 1 + seed % 5);
        c = Consent(1 + seed % ALLOWED, at, start + 1 + seed % 300 days, seed % 2 ** 32, 1 + seed % 4_095, 0, false);
        uint256 near = seed / 7 % 3;
        if (which == 1) lane_ = laneOf(address(0xBEE), seed % 8);
        if (which == 2) lane_ = seed / 3 % 2 == 0 ? seed : laneOf(address(0), 1) + (seed % 2) * 2 ** 168;
        if (which == 3) c.categories = seed / 3 % 2 == 0 ? seed % 2 ** 128 : 2 ** (seed % 128);
        if (which == 4) c.categories = 0;
        if (which == 5) c.endsAt = NOW - 1 + near;
        if (which == 6) c.endsAt = start + 400 days - 1 + near;
        if (which == 7) c.endsAt = seed % 2 ** 32;
        if (which == 8) c.cap = seed / 3 % 2;
        if (which == 9) c.guarded = seed / 3 % 2 == 0;
        if (which == 10) c.version = seed / 3 % 2 == 0 ? 1 << seed % 19 : 0;
        if (which == 11) c.grantedAt = seed / 3 % 2 == 0 ? 1 << seed % 32 : at;
    }

    function termsAreFine(uint256 lane_, Consent memory c, uint256 at) private pure returns (bool) {
        uint256 purpose = lane_ % 256;
        if (purpose < 1 || purpose > 5) return false;
        uint256 who = lane_ / 256;
        if (who == 0 || who > type(uint160).max) return false;
        if (c.categories == 0 || c.categories >= 2 ** 112) return false;
        if (c.cap == 0 || c.guarded) return false;
        return c.endsAt > NOW && c.endsAt <= at + 400 days;
    }

    function testFuzz_AGrantIsTakenExactlyIfItsTermsAreFine(uint256 seed, uint256 which) public {
        (uint256 lane_, Consent memory c) = draw(seed, within(which, 0, 11), 0);
        bool fine = termsAreFine(lane_, c, NOW) && c.version == 0 && c.grantedAt == 0;
        vm.prank(alice);
        (bool ok,) = address(consents).call(abi.encodeCall(consents.grant, (lane_, pack(c))));
        vm.assertEq(ok, fine);
        (c.grantedAt, c.version) = (NOW, 1);
        vm.assertEq(consents.consentOf(alice, lane_), fine ? pack(c) : 0);
    }

    function testFuzz_ARelayedGrantIsTakenExactlyIfItsTermsAreFine(uint256 seed, uint256 which, uint256 ago) public {
        uint256 at = NOW - within(ago, 0, 1 days);
        which = within(which, 0, 9);
        Consent memory c;
        (lane, c) = draw(seed, which, at);
        c.version = 1;
        bool fine = termsAreFine(lane, c, at);
        bytes memory signature = sign(ALICE_KEY, grantDigest(alice, pack(c)));
        (bool ok,) = address(consents).call(abi.encodeCall(consents.grantBySig, (alice, lane, pack(c), signature)));
        vm.assertEq(ok, fine);
        vm.assertEq(consents.consentOf(alice, lane), fine ? pack(c) : 0);
    }

    /// @dev Any value of any field, so that a mask of a bit less or more in the assembly's hash shows.
    function testFuzz_TheHashIsThatOfTheEncodedStruct(uint256 seed, uint256 version, address who) public {
        vm.assume(who != address(0));
        lane = laneOf(who, 1 + seed % 5);
        version = within(version, 1, MAX_VERSION);
        if (version > 1) put(alice, pack(Consent(1, NOW - 9, NOW + 9, 0, 1, version - 1, false)));
        uint256 consent = pack(
            Consent(
                1 + seed % ALLOWED,
                NOW - seed % 9,
                NOW + 1 + seed % 399 days,
                seed / 3 % 2 ** 32,
                1 + seed % 4_095,
                version,
                false
            )
        );
        relay(consent);
        vm.assertEq(consents.consentOf(alice, lane), consent);
    }

    function testFuzz_ABatchOfGrantsIsGrantsOneByOne(uint256 seed) public {
        (bytes memory records, address[] memory subjects, uint256[] memory words, bytes[] memory signatures) =
            drawGrants(seed);
        uint256 start = vm.snapshotState();
        for (uint256 i; i < words.length; ++i) {
            try consents.grantBySig(subjects[i], lane, words[i], signatures[i]) {} catch {}
        }
        uint256[] memory expected = allStored();
        vm.revertToState(start);
        consents.grantBatchBySig(lane, records);
        vm.assertEq(allStored(), expected);
    }

    function testFuzz_ABatchOfRevocationsIsRevocationsOneByOne(uint256 seed) public {
        wallet();
        bytes memory records;
        uint256 number = 1 + seed % 4;
        address[] memory subjects = new address[](number);
        uint256[] memory times = new uint256[](number);
        bytes[] memory signatures = new bytes[](number);
        for (uint256 i; i < number; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 7 < 4) grantAs(seed % 2 == 0 ? alice : bob);
            uint256 key;
            (subjects[i], key) = signer(seed);
            times[i] = drawTime(seed);
            signatures[i] = signAs(subjects[i], key, revokeDigest(subjects[i], lane, times[i]));
            records = bytes.concat(records, abi.encodePacked(subjects[i], uint40(times[i]), signatures[i]));
        }
        uint256 start = vm.snapshotState();
        for (uint256 i; i < number; ++i) {
            try consents.revokeBySig(subjects[i], lane, times[i], signatures[i]) {} catch {}
        }
        uint256[] memory expected = allStored();
        vm.revertToState(start);
        consents.revokeBatchBySig(lane, records);
        vm.assertEq(allStored(), expected);
    }

    address private _wallet;

    function wallet() private returns (address) {
        if (_wallet == address(0)) _wallet = address(new SmartWallet(alice));
        return _wallet;
    }

    /// @dev Alice, Bob, Alice's wallet, or Alice signed for by Bob.
    function signer(uint256 seed) private view returns (address subject, uint256 key) {
        uint256 which = seed / 2 ** 16 % 8;
        if (which < 3) return (alice, ALICE_KEY);
        if (which < 5) return (bob, BOB_KEY);
        if (which < 7) return (_wallet, ALICE_KEY);
        return (alice, BOB_KEY);
    }

    function signAs(address subject, uint256 key, bytes32 digest) private view returns (bytes memory) {
        return signCompact(key, subject == _wallet ? walletHash(_wallet, digest) : digest);
    }

    function drawTime(uint256 seed) private pure returns (uint256) {
        uint256 which = seed / 2 ** 24 % 8;
        if (which == 0) return NOW - 1 days - seed / 2 ** 32 % 2;
        if (which == 1) return NOW + 1;
        if (which < 5) return NOW;
        return NOW - seed / 2 ** 32 % 3;
    }

    function drawGrants(uint256 seed)
        private
        returns (bytes memory records, address[] memory subjects, uint256[] memory words, bytes[] memory signatures)
    {
        wallet();
        if (seed % 3 == 0) put(alice, signed(NOW - 1, 1));
        if (seed % 5 == 0) put(bob, pack(Consent(1, NOW - 9, NOW - seed / 8 % 2, 0, 1, 1, false)));
        uint256 number = 1 + seed / 16 % 5;
        subjects = new address[](number);
        words = new uint256[](number);
        signatures = new bytes[](number);
        for (uint256 i; i < number; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 key;
            (subjects[i], key) = signer(seed);
            words[i] = pack(
                Consent(
                    1 + seed % ALLOWED,
                    drawTime(seed),
                    NOW + 1 + seed % 300 days,
                    seed % 2 ** 32,
                    1 + seed % 4_095,
                    seed / 2 ** 40 % 4,
                    false
                )
            );
            signatures[i] = signAs(subjects[i], key, grantDigest(subjects[i], words[i]));
            records = bytes.concat(records, abi.encodePacked(subjects[i], words[i], signatures[i]));
        }
    }

    function allStored() private view returns (uint256[] memory words) {
        words = new uint256[](3);
        words[0] = consents.consentOf(alice, lane);
        words[1] = consents.consentOf(bob, lane);
        words[2] = consents.consentOf(_wallet, lane);
    }
}
