// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IProfileRegistry} from "../../../contracts/interfaces/IProfileRegistry.sol";
import {ISignedMessages} from "../../../contracts/interfaces/ISignedMessages.sol";
import {ProfileRegistry} from "../../../contracts/profiles/ProfileRegistry.sol";
import {Fixture} from "../support/Fixture.sol";
import {SmartWallet, walletHash} from "../support/Wallets.sol";

contract ProfileRegistryTest is Fixture {
    bytes32 private constant ONE = bytes32(uint256(1));
    bytes32 private constant FULL = bytes32(type(uint256).max);

    ProfileRegistry private profiles;

    function setUp() public override {
        vm.warp(NOW);
        profiles = new ProfileRegistry();
    }

    function emitsAttested(address subject, bytes32 digest) private {
        vm.expectEmit(address(profiles));
        emit IProfileRegistry.Attested(subject, operator, digest);
    }

    function assertErasure(uint256 requestedAt, uint256 confirmedAt, bool open) private view {
        (uint256 requested, uint256 confirmed, bool isOpen) = profiles.erasureOf(operator, alice);
        vm.assertEq(requested, requestedAt);
        vm.assertEq(confirmed, confirmedAt);
        vm.assertEq(isOpen, open);
    }

    // ---------------------------------------------------------------------------------------------------- attestations

    function test_Constants() public view {
        vm.assertEq(profiles.RELAY_WINDOW(), 86_400);
        vm.assertEq(profiles.DOMAIN_SEPARATOR(), domainSeparator(PROFILE_DOMAIN, address(profiles)));
    }

    function test_TheNewestDigestOfEachOperatorCounts() public {
        emitsAttested(alice, ONE);
        vm.prank(operator);
        profiles.attest(alice, ONE);
        emitsAttested(alice, FULL);
        vm.prank(operator);
        profiles.attest(alice, FULL);
        vm.assertEq(profiles.digestOf(operator, alice), FULL);
        vm.assertEq(profiles.digestOf(bob, alice), 0);
        vm.assertEq(profiles.digestOf(operator, bob), 0);
        bytes32[] memory digests = profiles.digestsOf(operator, listOf(bob, alice));
        vm.assertTrue(digests.length == 2 && digests[0] == 0 && digests[1] == FULL);
        refuse(IProfileRegistry.EmptyDigest.selector);
        vm.prank(operator);
        profiles.attest(alice, 0);
    }

    function test_ManyAtOnce() public {
        emitsAttested(alice, ONE);
        emitsAttested(bob, FULL);
        vm.prank(operator);
        profiles.attestBatch(abi.encodePacked(alice, ONE, bob, FULL));
        vm.assertEq(profiles.digestOf(operator, alice), ONE);
        vm.assertEq(profiles.digestOf(operator, bob), FULL);
        refuse(IProfileRegistry.EmptyDigest.selector);
        vm.prank(operator);
        profiles.attestBatch(abi.encodePacked(alice, FULL, bob, bytes32(0)));
        vm.assertEq(profiles.digestOf(operator, alice), ONE);
        uint8[5] memory lengths = [0, 1, 51, 53, 103];
        for (uint256 i; i < lengths.length; ++i) {
            refuse(IProfileRegistry.InvalidRecords.selector, lengths[i], 52);
            profiles.attestBatch(new bytes(lengths[i]));
        }
    }

    function testFuzz_ABatchIsOneByOne(address[3] memory subjects, bytes32[3] memory digests) public {
        bytes memory records;
        bool ok = true;
        for (uint256 i; i < 3; ++i) {
            records = bytes.concat(records, abi.encodePacked(subjects[i], digests[i]));
            vm.prank(operator);
            try profiles.attest(subjects[i], digests[i]) {}
            catch {
                ok = false;
            }
        }
        vm.prank(bob);
        (bool batch,) = address(profiles).call(abi.encodeCall(profiles.attestBatch, (records)));
        vm.assertEq(batch, ok);
        for (uint256 i; i < 3 && ok; ++i) {
            vm.assertEq(profiles.digestOf(bob, subjects[i]), profiles.digestOf(operator, subjects[i]));
        }
    }

    function test_ARootStandsForManyProfiles() public {
        bytes32[] memory leaves = new bytes32[](3);
        leaves[0] = leafOf(alice, uint256(FULL));
        leaves[1] = leafOf(bob, 1);
        leaves[2] = leafOf(STRANGER, 2);
        (bytes32 root, bytes32[] memory proof) = tree(leaves, 0);
        vm.assertFalse(profiles.isInRoot(operator, root, alice, FULL, proof));
        vm.assertEq(profiles.rootAttestedAt(operator, root), 0);
        vm.expectEmit(address(profiles));
        emit IProfileRegistry.RootAttested(operator, root, ONE);
        vm.prank(operator);
        profiles.attestRoot(root, ONE);
        vm.assertEq(profiles.rootAttestedAt(operator, root), NOW);
        vm.assertTrue(profiles.isInRoot(operator, root, alice, FULL, proof));
        vm.assertFalse(profiles.isInRoot(bob, root, alice, FULL, proof));
        vm.assertFalse(profiles.isInRoot(operator, root, bob, FULL, proof));
        vm.assertFalse(profiles.isInRoot(operator, root, alice, ONE, proof));
        vm.assertFalse(profiles.isInRoot(operator, FULL, alice, FULL, proof));
        (, proof) = tree(leaves, 2);
        vm.assertTrue(profiles.isInRoot(operator, root, STRANGER, bytes32(uint256(2)), proof));
        vm.warp(NOW + 1);
        vm.prank(operator);
        profiles.attestRoot(root, ONE);
        vm.assertEq(profiles.rootAttestedAt(operator, root), NOW + 1);
        refuse(IProfileRegistry.EmptyDigest.selector);
        profiles.attestRoot(0, ONE);
        refuse(IProfileRegistry.EmptyDigest.selector);
        profiles.attestRoot(ONE, 0);
    }

    // ---------------------------------------------------------------------------------------------------------- erasure

    function request() private {
        vm.expectEmit(address(profiles));
        emit IProfileRegistry.ErasureRequested(alice, operator);
        vm.prank(alice);
        profiles.requestErasure(operator);
    }

    function test_RequestedThenConfirmed() public {
        vm.prank(operator);
        profiles.attest(alice, ONE);
        vm.prank(bob);
        profiles.attest(alice, ONE);
        request();
        assertErasure(NOW, 0, true);
        vm.assertEq(profiles.digestOf(operator, alice), ONE);
        vm.warp(NOW + 5);
        vm.expectEmit(address(profiles));
        emit IProfileRegistry.ErasureConfirmed(alice, operator);
        vm.prank(operator);
        profiles.confirmErasure(alice);
        assertErasure(NOW, NOW + 5, false);
        vm.assertEq(profiles.digestOf(operator, alice), 0);
        vm.assertEq(profiles.digestOf(bob, alice), ONE);
        refuse(IProfileRegistry.NoErasureRequest.selector, u(alice), u(operator));
        vm.prank(operator);
        profiles.confirmErasure(alice);
        vm.warp(NOW + 9);
        request();
        assertErasure(NOW + 9, NOW + 5, true);
        vm.warp(NOW + 10);
        request();
        assertErasure(NOW + 10, NOW + 5, true);
    }

    function test_OnlyTheAskedOperatorConfirms() public {
        request();
        refuse(IProfileRegistry.NoErasureRequest.selector, u(alice), u(bob));
        vm.prank(bob);
        profiles.confirmErasure(alice);
        refuse(IProfileRegistry.NoErasureRequest.selector, u(bob), u(operator));
        vm.prank(operator);
        profiles.confirmErasure(bob);
    }

    function requestDigest(address subject, address operator_, uint256 signedAt) private view returns (bytes32) {
        bytes32 hash = keccak256(abi.encode(REQUEST_ERASURE, subject, operator_, uint40(signedAt)));
        return typed(PROFILE_DOMAIN, address(profiles), hash);
    }

    function relay(uint256 signedAt) private {
        bytes memory signature = sign(ALICE_KEY, requestDigest(alice, operator, signedAt));
        vm.prank(STRANGER);
        profiles.requestErasureBySig(alice, operator, signedAt, signature);
    }

    function test_BySignatureWithinADay() public {
        refuse(ISignedMessages.SignedInTheFuture.selector, NOW + 1, NOW);
        relay(NOW + 1);
        refuse(ISignedMessages.SignatureExpired.selector, NOW - 1 days - 1, NOW);
        relay(NOW - 1 days - 1);
        vm.expectEmit(address(profiles));
        emit IProfileRegistry.ErasureRequested(alice, operator);
        relay(NOW - 1 days);
        assertErasure(NOW, 0, true);
    }

    function test_BySignatureNewerThanTheLastRequest() public {
        relay(NOW - 4);
        vm.prank(operator);
        profiles.confirmErasure(alice);
        vm.warp(NOW + 1);
        refuse(IProfileRegistry.SignatureOutdated.selector, NOW - 4, NOW + 1);
        relay(NOW - 4);
        refuse(IProfileRegistry.SignatureOutdated.selector, NOW, NOW + 1);
        relay(NOW);
        relay(NOW + 1);
        assertErasure(NOW + 1, NOW, true);
    }

    function test_BySignatureOfTheSubjectForOneOperator() public {
        bytes memory good = sign(ALICE_KEY, requestDigest(alice, operator, NOW));
        bytes memory theirs = sign(BOB_KEY, requestDigest(alice, operator, NOW));
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        profiles.requestErasureBySig(alice, operator, NOW, theirs);
        refuse(ISignedMessages.InvalidSignature.selector, u(bob));
        profiles.requestErasureBySig(bob, operator, NOW, good);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        profiles.requestErasureBySig(alice, bob, NOW, good);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        profiles.requestErasureBySig(alice, operator, NOW - 1, good);
        address wallet = address(new SmartWallet(alice));
        bytes memory wallets = sign(ALICE_KEY, walletHash(wallet, requestDigest(wallet, operator, NOW)));
        profiles.requestErasureBySig(wallet, operator, NOW, wallets);
        (uint256 requestedAt,,) = profiles.erasureOf(operator, wallet);
        vm.assertEq(requestedAt, NOW);
    }
}
