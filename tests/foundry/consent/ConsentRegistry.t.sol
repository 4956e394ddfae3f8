// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsentRegistry} from "../../../contracts/interfaces/IConsentRegistry.sol";
import {ISignedMessages} from "../../../contracts/interfaces/ISignedMessages.sol";
import {BurningWallet, SmartWallet, SmartWalletFactory, walletHash} from "../support/Wallets.sol";
import {ConsentTest} from "./ConsentTest.sol";

contract GrantTest is ConsentTest {
    function test_Constants() public view {
        vm.assertEq(consents.MAX_DURATION(), 34_560_000);
        vm.assertEq(consents.RELAY_WINDOW(), 86_400);
        vm.assertEq(address(consents.operators()), address(operators));
        vm.assertEq(consents.DOMAIN_SEPARATOR(), domainSeparator(CONSENT_DOMAIN, address(consents)));
    }

    function test_StoresTermsWithTimeAndVersion() public {
        uint256 word = pack(Consent(ALLOWED, NOW, NOW + 400 days, 2 ** 32 - 1, 4_095, 1, false));
        emitsGranted(alice, lane, word);
        vm.prank(alice);
        consents.grant(lane, terms(ALLOWED, NOW + 400 days, 2 ** 32 - 1, 4_095));
        vm.assertEq(consents.consentOf(alice, lane), word);
        vm.assertEq(consents.inForce(alice, lane), word);
        vm.assertEq(consents.consentOf(bob, lane), 0);
        vm.assertEq(consents.consentOf(alice, lane + 1), 0);
    }

    function test_ReplacesAllOfTheTermsBefore() public {
        vm.prank(alice);
        consents.grant(lane, terms(ALLOWED, NOW + 400 days, 2 ** 32 - 1, 4_095));
        vm.warp(NOW + 5);
        uint256 word = pack(Consent(1, NOW + 5, NOW + 6, 0, 1, 2, false));
        emitsGranted(alice, lane, word);
        vm.prank(alice);
        consents.grant(lane, terms(1, NOW + 6, 0, 1));
        vm.assertEq(consents.consentOf(alice, lane), word);
    }

    function test_EndsInTheFutureAtMost400DaysAhead() public {
        vm.startPrank(alice);
        refuse(IConsentRegistry.InvalidEnd.selector, NOW, NOW + 400 days);
        consents.grant(lane, terms(1, NOW, 0, 1));
        refuse(IConsentRegistry.InvalidEnd.selector, NOW + 400 days + 1, NOW + 400 days);
        consents.grant(lane, terms(1, NOW + 400 days + 1, 0, 1));
        consents.grant(lane, terms(1, NOW + 1, 0, 1));
        consents.grant(lane, terms(1, NOW + 400 days, 0, 1));
    }

    function test_LaneIsAnOperatorAndAPurposeFrom1To5() public {
        uint256 good = terms(1, NOW + 1, 0, 1);
        uint256[6] memory wrong = [
            laneOf(operator, 0),
            laneOf(operator, 6),
            laneOf(operator, 255),
            laneOf(address(0), 1),
            laneOf(operator, 1) + 2 ** 168,
            2 ** 168 + 1
        ];
        for (uint256 i; i < wrong.length; ++i) {
            refuse(IConsentRegistry.InvalidLane.selector, wrong[i]);
            consents.grant(wrong[i], good);
            refuse(IConsentRegistry.InvalidLane.selector, wrong[i]);
            consents.revoke(wrong[i]);
        }
        for (uint256 purpose = 1; purpose <= 5; ++purpose) {
            consents.grant(laneOf(operator, purpose), good);
            consents.grant(laneOf(address(1), purpose), good);
            consents.grant(laneOf(address(type(uint160).max), purpose), good);
            consents.revoke(laneOf(address(1), purpose));
            consents.revoke(laneOf(address(type(uint160).max), purpose));
            vm.assertEq(consents.consentOf(address(this), laneOf(operator, purpose)), good + NOW * 2 ** 128 + 2 ** 236);
        }
    }

    function test_ProhibitedCategoriesAreRefused() public {
        for (uint256 bit = 112; bit < 128; ++bit) {
            refuse(IConsentRegistry.ProhibitedCategories.selector, 2 ** bit);
            consents.grant(lane, terms(ALLOWED + 2 ** bit, NOW + 1, 0, 1));
        }
        for (uint256 bit; bit < 112; ++bit) {
            consents.grant(lane, terms(2 ** bit, NOW + 1, 0, 1));
        }
    }

    function test_FieldsOfTheContractAreRefused() public {
        uint256 good = terms(1, NOW + 1, 0, 1);
        for (uint256 bit = 128; bit < 256; ++bit) {
            if (bit >= 160 && bit < 236) continue;
            refuse(IConsentRegistry.ReservedBits.selector, 2 ** bit);
            consents.grant(lane, good + 2 ** bit);
        }
        uint256 all = pack(Consent(0, 2 ** 32 - 1, 0, 0, 0, MAX_VERSION, true));
        refuse(IConsentRegistry.ReservedBits.selector, all);
        consents.grant(lane, good + all);
    }

    function test_NamesACategoryAndAllowsAUse() public {
        refuse(IConsentRegistry.NoCategories.selector);
        consents.grant(lane, terms(0, NOW + 1, 5, 4_095));
        refuse(IConsentRegistry.ZeroCap.selector);
        consents.grant(lane, terms(1, NOW + 1, 2 ** 32 - 1, 0));
    }

    function test_TheFirstBrokenRuleIsNamed() public {
        uint256 wrongLane = laneOf(operator, 6);
        refuse(IConsentRegistry.InvalidLane.selector, wrongLane);
        consents.grant(wrongLane, 2 ** 127 + 2 ** 255);
        refuse(IConsentRegistry.ProhibitedCategories.selector, 2 ** 127);
        consents.grant(lane, 2 ** 127 + 2 ** 255);
        refuse(IConsentRegistry.ReservedBits.selector, 2 ** 255);
        consents.grant(lane, 2 ** 255);
        refuse(IConsentRegistry.NoCategories.selector);
        consents.grant(lane, 0);
        refuse(IConsentRegistry.ZeroCap.selector);
        consents.grant(lane, 1);
    }

    function test_TheLastVersionCanOnlyBeRevoked() public {
        put(alice, signed(NOW - 1, MAX_VERSION - 1));
        vm.assertEq(grantAs(alice), signed(NOW, MAX_VERSION));
        refuse(IConsentRegistry.VersionsExhausted.selector);
        vm.prank(alice);
        consents.grant(lane, terms(6, NOW + 30 days, 1_000, 3));
    }
}

contract GrantBySigTest is ConsentTest {
    function test_AnyoneRelays_StoredAsSigned() public {
        uint256 word = pack(Consent(ALLOWED, NOW - 7, NOW + 1, 2 ** 32 - 1, 4_095, 1, false));
        bytes memory signature = sign(ALICE_KEY, grantDigest(alice, word));
        emitsGranted(alice, lane, word);
        vm.prank(STRANGER);
        consents.grantBySig(alice, lane, word, signature);
        vm.assertEq(consents.consentOf(alice, lane), word);
        vm.assertEq(consents.inForce(alice, lane), word);
    }

    function test_64BytesWillDo() public {
        uint256 word = signed(NOW, 1);
        consents.grantBySig(alice, lane, word, signCompact(ALICE_KEY, grantDigest(alice, word)));
        vm.assertEq(consents.consentOf(alice, lane), word);
    }

    function test_IsRelayedWithinADayOfSigning() public {
        refuse(ISignedMessages.SignedInTheFuture.selector, NOW + 1, NOW);
        relay(signed(NOW + 1, 1));
        refuse(ISignedMessages.SignatureExpired.selector, NOW - 1 days - 1, NOW);
        relay(signed(NOW - 1 days - 1, 1));
        relay(signed(NOW - 1 days, 1));
        relay(signed(NOW, 2));
    }

    function test_EndsAtMost400DaysAfterSigning() public {
        uint256 latest = NOW - 9 + 400 days;
        refuse(IConsentRegistry.InvalidEnd.selector, latest + 1, latest);
        relay(pack(Consent(1, NOW - 9, latest + 1, 0, 1, 1, false)));
        refuse(IConsentRegistry.InvalidEnd.selector, NOW, latest);
        relay(pack(Consent(1, NOW - 9, NOW, 0, 1, 1, false)));
        relay(pack(Consent(1, NOW - 9, latest, 0, 1, 1, false)));
    }

    function test_TheGuardiansMarkIsNotTheSubjects() public {
        uint256 word = signed(NOW, 1) + 2 ** 255;
        refuse(IConsentRegistry.ReservedBits.selector, 2 ** 255);
        relay(word);
        refuse(IConsentRegistry.ProhibitedCategories.selector, 2 ** 112);
        relay(signed(NOW, 1) + 2 ** 112);
    }

    function test_NamesTheVersionThatItCreates() public {
        refuse(IConsentRegistry.WrongVersion.selector, 1, 0);
        relay(signed(NOW, 0));
        refuse(IConsentRegistry.WrongVersion.selector, 1, 2);
        relay(signed(NOW, 2));
        relay(signed(NOW, 1));
        refuse(IConsentRegistry.WrongVersion.selector, 2, 1);
        relay(signed(NOW, 1));
        relay(signed(NOW, 2));
    }

    function test_TheLastVersionCanOnlyBeRevoked() public {
        put(alice, signed(NOW, MAX_VERSION - 1));
        relay(signed(NOW, MAX_VERSION));
        vm.assertEq(consents.consentOf(alice, lane), signed(NOW, MAX_VERSION));
        refuse(IConsentRegistry.VersionsExhausted.selector);
        relay(signed(NOW, MAX_VERSION));
        refuse(IConsentRegistry.VersionsExhausted.selector);
        relay(signed(NOW, 0));
    }

    function test_WasNotSignedBeforeWhatItReplaces() public {
        put(alice, signed(NOW - 5, 1));
        refuse(IConsentRegistry.SignatureOutdated.selector, NOW - 6, NOW - 5);
        relay(signed(NOW - 6, 2));
        relay(signed(NOW - 5, 2));
    }

    function test_AfterARevocationOnlyWhatWasSignedLater() public {
        grantAs(alice);
        vm.prank(alice);
        consents.revoke(lane);
        vm.warp(NOW + 1);
        refuse(IConsentRegistry.SignatureOutdated.selector, NOW, NOW + 1);
        relay(signed(NOW, 3));
        relay(signed(NOW + 1, 3));
        vm.assertEq(consents.inForce(alice, lane), signed(NOW + 1, 3));
    }

    function test_AfterExpiryOnlyWhatWasSignedLater() public {
        put(alice, pack(Consent(1, NOW - 100, NOW, 0, 1, 1, false)));
        refuse(IConsentRegistry.SignatureOutdated.selector, NOW, NOW + 1);
        relay(signed(NOW, 2));
        vm.warp(NOW - 1);
        relay(signed(NOW - 100, 2));
        put(alice, pack(Consent(1, NOW - 100, NOW, 0, 1, 1, false)));
        vm.warp(NOW + 1);
        relay(signed(NOW + 1, 2));
    }

    function test_SignedBeforeRevokeAllNeverCounts() public {
        vm.prank(alice);
        consents.revokeAll();
        relay(signed(NOW, 1));
        vm.assertEq(consents.inForce(alice, lane), 0);
        vm.warp(NOW + 1);
        relay(signed(NOW + 1, 2));
        vm.assertEq(consents.inForce(alice, lane), signed(NOW + 1, 2));
    }

    function test_OnlyTheSubjectsKey() public {
        uint256 word = signed(NOW, 1);
        bytes memory signature = sign(BOB_KEY, grantDigest(alice, word));
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        consents.grantBySig(alice, lane, word, signature);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        consents.grantBySig(alice, lane, word, "");
        // Another subject, another lane, another field.
        signature = sign(ALICE_KEY, grantDigest(alice, word));
        refuse(ISignedMessages.InvalidSignature.selector, u(bob));
        consents.grantBySig(bob, lane, word, signature);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        consents.grantBySig(alice, lane + 1, word, signature);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        consents.grantBySig(alice, lane + 256, word, signature);
        uint8[6] memory fields = [0, 128, 160, 192, 224, 236];
        for (uint256 i; i < fields.length; ++i) {
            refuse(ISignedMessages.InvalidSignature.selector, u(alice));
            consents.grantBySig(alice, lane, word ^ (1 << fields[i]), signature);
        }
        consents.grantBySig(alice, lane, word, signature);
    }

    function test_NobodySignsForTheZeroAddress() public {
        refuse(ISignedMessages.InvalidSignature.selector, 0);
        consents.grantBySig(address(0), lane, signed(NOW, 1), new bytes(65));
        refuse(ISignedMessages.InvalidSignature.selector, 0);
        consents.grantBySig(address(0), lane, signed(NOW, 1), new bytes(64));
    }

    function test_AnotherChainIsAnotherMessage() public {
        uint256 word = signed(NOW, 1);
        bytes memory signature = sign(ALICE_KEY, grantDigest(alice, word));
        vm.chainId(1);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        consents.grantBySig(alice, lane, word, signature);
    }

    function test_WalletsAreAsked() public {
        address wallet = address(new SmartWallet(alice));
        uint256 word = signed(NOW, 1);
        bytes32 hash = walletHash(wallet, grantDigest(wallet, word));
        refuse(ISignedMessages.InvalidSignature.selector, u(wallet));
        consents.grantBySig(wallet, lane, word, sign(BOB_KEY, hash));
        emitsGranted(wallet, lane, word);
        consents.grantBySig(wallet, lane, word, sign(ALICE_KEY, hash));
        vm.assertEq(consents.consentOf(wallet, lane), word);
    }

    function test_AKeyKeepsItsSayOverADelegatedAccount() public {
        vm.etch(alice, address(new SmartWallet(bob)).code);
        uint256 word = signed(NOW, 1);
        relay(word);
        word = signed(NOW, 2);
        consents.grantBySig(alice, lane, word, sign(BOB_KEY, walletHash(alice, grantDigest(alice, word))));
        vm.assertEq(consents.consentOf(alice, lane), word);
    }

    function test_WalletsToBeAreDeployed() public {
        SmartWalletFactory factory = new SmartWalletFactory();
        address wallet = factory.addressOf(alice);
        uint256 word = signed(NOW, 1);
        bytes memory inner = sign(ALICE_KEY, walletHash(wallet, grantDigest(wallet, word)));
        bytes memory call = abi.encodeCall(factory.deploy, (alice));
        bytes memory envelope = bytes.concat(abi.encode(address(factory), call, inner), SUFFIX_6492);
        consents.grantBySig(wallet, lane, word, envelope);
        vm.assertEq(consents.consentOf(wallet, lane), word);
        vm.assertEq(factory.calls(), 1);
        vm.assertTrue(factory.caller() != address(consents) && factory.caller() != address(this));
        // Once it is there, nobody needs the factory.
        word = signed(NOW, 2);
        inner = sign(ALICE_KEY, walletHash(wallet, grantDigest(wallet, word)));
        consents.grantBySig(wallet, lane, word, bytes.concat(abi.encode(address(factory), call, inner), SUFFIX_6492));
        vm.assertEq(factory.calls(), 1);
        vm.assertEq(consents.consentOf(wallet, lane), word);
    }

    function test_AWalletToBeStillChecksTheSignature() public {
        SmartWalletFactory factory = new SmartWalletFactory();
        address wallet = factory.addressOf(alice);
        uint256 word = signed(NOW, 1);
        bytes memory inner = sign(BOB_KEY, walletHash(wallet, grantDigest(wallet, word)));
        bytes memory call = abi.encodeCall(factory.deploy, (alice));
        refuse(ISignedMessages.InvalidSignature.selector, u(wallet));
        consents.grantBySig(wallet, lane, word, bytes.concat(abi.encode(address(factory), call, inner), SUFFIX_6492));
        // A factory that fails leaves no wallet to ask.
        inner = sign(ALICE_KEY, walletHash(wallet, grantDigest(wallet, word)));
        refuse(ISignedMessages.InvalidSignature.selector, u(wallet));
        consents.grantBySig(wallet, lane, word, bytes.concat(abi.encode(address(factory), hex"00", inner), SUFFIX_6492));
        vm.assertEq(wallet.code.length, 0);
    }

    function test_OnlyTheSuffixIsNoEnvelope() public {
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        consents.grantBySig(alice, lane, signed(NOW, 1), abi.encode(SUFFIX_6492));
        // Longer, but not at the end.
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        consents.grantBySig(alice, lane, signed(NOW, 1), abi.encodePacked(SUFFIX_6492, uint8(0)));
        // An envelope is decoded, and this is none.
        vm.expectRevert();
        consents.grantBySig(alice, lane, signed(NOW, 1), abi.encodePacked(uint8(0), SUFFIX_6492));
    }
}

contract RevokeTest is ConsentTest {
    function test_EndsNow_TermsStayForTheRecord() public {
        put(alice, pack(Consent(ALLOWED, NOW - 50, NOW + 1, 2 ** 32 - 1, 4_095, 7, true)));
        uint256 word = pack(Consent(ALLOWED, NOW - 50, NOW, 2 ** 32 - 1, 4_095, 8, true));
        vm.assertEq(consents.inForce(alice, lane), word + 2 ** 160 - 2 ** 236);
        emitsRevoked(alice, word);
        vm.prank(alice);
        consents.revoke(lane);
        vm.assertEq(consents.consentOf(alice, lane), word);
        vm.assertEq(consents.inForce(alice, lane), 0);
    }

    function test_WhatHasEndedKeepsAnEmptyInterval() public {
        put(alice, pack(Consent(5, NOW - 50, NOW, 9, 2, 7, false)));
        uint256 word = pack(Consent(5, NOW, NOW, 9, 2, 8, false));
        emitsRevoked(alice, word);
        vm.prank(alice);
        consents.revoke(lane);
        vm.assertEq(consents.consentOf(alice, lane), word);
    }

    function test_WorksBeforeThereIsAConsent() public {
        uint256 word = pack(Consent(0, NOW, NOW, 0, 0, 1, false));
        emitsRevoked(alice, word);
        vm.prank(alice);
        consents.revoke(lane);
        vm.assertEq(consents.consentOf(alice, lane), word);
        vm.assertEq(consents.consentOf(bob, lane), 0);
    }

    function test_WorksAtTheLastVersion() public {
        put(alice, pack(Consent(5, NOW - 50, NOW + 9, 9, 2, MAX_VERSION, false)));
        vm.prank(alice);
        consents.revoke(lane);
        vm.assertEq(consents.consentOf(alice, lane), pack(Consent(5, NOW - 50, NOW, 9, 2, MAX_VERSION, false)));
        put(bob, pack(Consent(5, NOW - 50, NOW + 9, 9, 2, MAX_VERSION - 1, false)));
        vm.prank(bob);
        consents.revoke(lane);
        vm.assertEq(consents.consentOf(bob, lane), pack(Consent(5, NOW - 50, NOW, 9, 2, MAX_VERSION, false)));
    }

    function test_BySignature() public {
        uint256 word = grantAs(alice);
        bytes memory signature = sign(ALICE_KEY, revokeDigest(alice, lane, NOW));
        vm.warp(NOW + 5);
        uint256 ended = word - (30 days - 5) * 2 ** 160 + 2 ** 236;
        emitsRevoked(alice, ended);
        vm.prank(STRANGER);
        consents.revokeBySig(alice, lane, NOW, signature);
        vm.assertEq(consents.consentOf(alice, lane), ended);
        vm.assertEq(consents.inForce(alice, lane), 0);
        refuse(IConsentRegistry.SignatureOutdated.selector, NOW, NOW + 6);
        consents.revokeBySig(alice, lane, NOW, signature);
    }

    function test_BySignature_WithinADay() public {
        refuse(ISignedMessages.SignedInTheFuture.selector, NOW + 1, NOW);
        relayRevocation(NOW + 1);
        refuse(ISignedMessages.SignatureExpired.selector, NOW - 1 days - 1, NOW);
        relayRevocation(NOW - 1 days - 1);
        relayRevocation(NOW - 1 days);
        vm.assertEq(consents.consentOf(alice, lane), pack(Consent(0, NOW, NOW, 0, 0, 1, false)));
    }

    function test_BySignature_DoesNotReachLaterConsents() public {
        grantAs(alice);
        refuse(IConsentRegistry.SignatureOutdated.selector, NOW - 1, NOW);
        relayRevocation(NOW - 1);
        relayRevocation(NOW);
        vm.assertEq(consents.inForce(alice, lane), 0);
    }

    function test_BySignature_OnlyTheSubjects() public {
        bytes memory signature = sign(ALICE_KEY, revokeDigest(alice, lane, NOW));
        refuse(ISignedMessages.InvalidSignature.selector, u(bob));
        consents.revokeBySig(bob, lane, NOW, signature);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        consents.revokeBySig(alice, lane + 1, NOW, signature);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        consents.revokeBySig(alice, lane + 256, NOW, signature);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        consents.revokeBySig(alice, lane, NOW - 1, signature);
    }

    function test_BySignature_LaneIsChecked() public {
        uint256 wrong = laneOf(operator, 6);
        bytes memory signature = sign(ALICE_KEY, revokeDigest(alice, wrong, NOW));
        refuse(IConsentRegistry.InvalidLane.selector, wrong);
        consents.revokeBySig(alice, wrong, NOW, signature);
    }

    function test_All_EndsWhatWasGivenUpToNow() public {
        uint256 word = grantAs(alice);
        uint256 bobs = grantAs(bob);
        vm.expectEmit(address(consents));
        emit IConsentRegistry.RevokedAll(alice);
        vm.prank(alice);
        consents.revokeAll();
        assertState(alice, NOW, false, address(0));
        vm.assertEq(consents.consentOf(alice, lane), word);
        vm.assertEq(consents.inForce(alice, lane), 0);
        vm.assertEq(consents.inForce(bob, lane), bobs);
        grantAs(alice);
        vm.assertEq(consents.inForce(alice, lane), 0);
        vm.warp(NOW + 1);
        word = grantAs(alice);
        vm.assertEq(consents.inForce(alice, lane), word);
    }

    function test_AllBySignature_OnceAndNewerThanTheLast() public {
        vm.expectEmit(address(consents));
        emit IConsentRegistry.RevokedAll(alice);
        vm.prank(STRANGER);
        relayRevocationOfAll(NOW - 3);
        // Counts from now, not from the time of signing.
        assertState(alice, NOW, false, address(0));
        vm.warp(NOW + 1);
        refuse(IConsentRegistry.SignatureOutdated.selector, NOW, NOW + 1);
        relayRevocationOfAll(NOW);
        relayRevocationOfAll(NOW + 1);
        assertState(alice, NOW + 1, false, address(0));
    }

    function test_AllBySignature_WithinADay() public {
        refuse(ISignedMessages.SignedInTheFuture.selector, NOW + 1, NOW);
        relayRevocationOfAll(NOW + 1);
        refuse(ISignedMessages.SignatureExpired.selector, NOW - 1 days - 1, NOW);
        relayRevocationOfAll(NOW - 1 days - 1);
        relayRevocationOfAll(NOW - 1 days);
        assertState(alice, NOW, false, address(0));
    }

    function test_AllBySignature_OnlyTheSubjects() public {
        bytes memory signature = sign(ALICE_KEY, revokeAllDigest(alice, NOW));
        refuse(ISignedMessages.InvalidSignature.selector, u(bob));
        consents.revokeAllBySig(bob, NOW, signature);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        consents.revokeAllBySig(alice, NOW - 1, signature);
    }

    function assertState(address subject, uint256 revokedAllAt, bool minor, address guardian_) private view {
        (uint40 at, bool isMinor, address named) = consents.subjectState(subject);
        vm.assertEq(at, revokedAllAt);
        vm.assertEq(isMinor, minor);
        vm.assertEq(named, guardian_);
    }
}

contract BatchTest is ConsentTest {
    function grantRecord(uint256 key, uint256 consent) private view returns (bytes memory) {
        address subject = vm.addr(key);
        return abi.encodePacked(subject, consent, signCompact(key, grantDigest(subject, consent)));
    }

    function revokeRecord(uint256 key, uint256 signedAt) private view returns (bytes memory) {
        address subject = vm.addr(key);
        return abi.encodePacked(subject, uint40(signedAt), signCompact(key, revokeDigest(subject, lane, signedAt)));
    }

    function test_GrantsAreStoredAsSigned() public {
        uint256 first = pack(Consent(ALLOWED, NOW - 1 days, NOW + 399 days, 2 ** 32 - 1, 4_095, 1, false));
        uint256 second = signed(NOW, 1);
        bytes memory records = bytes.concat(grantRecord(ALICE_KEY, first), grantRecord(BOB_KEY, second));
        emitsGranted(alice, lane, first);
        emitsGranted(bob, lane, second);
        vm.recordLogs();
        vm.prank(STRANGER);
        consents.grantBatchBySig(lane, records);
        vm.assertEq(vm.getRecordedLogs().length, 2);
        vm.assertEq(consents.consentOf(alice, lane), first);
        vm.assertEq(consents.consentOf(bob, lane), second);
    }

    function test_RecordsAreWhole() public {
        uint8[5] memory lengths = [0, 1, 115, 117, 231];
        for (uint256 i; i < lengths.length; ++i) {
            refuse(IConsentRegistry.InvalidRecords.selector, lengths[i], 116);
            consents.grantBatchBySig(lane, new bytes(lengths[i]));
        }
        lengths = [0, 1, 88, 90, 177];
        for (uint256 i; i < lengths.length; ++i) {
            refuse(IConsentRegistry.InvalidRecords.selector, lengths[i], 89);
            consents.revokeBatchBySig(lane, new bytes(lengths[i]));
        }
    }

    function test_GrantsThatCouldNeverBeValidRefuseTheBatch() public {
        bytes memory good = grantRecord(BOB_KEY, signed(NOW, 1));
        refuse(IConsentRegistry.ProhibitedCategories.selector, 2 ** 112);
        consents.grantBatchBySig(lane, bytes.concat(good, grantRecord(ALICE_KEY, signed(NOW, 1) + 2 ** 112)));
        refuse(IConsentRegistry.ReservedBits.selector, 2 ** 255);
        consents.grantBatchBySig(lane, bytes.concat(good, grantRecord(ALICE_KEY, signed(NOW, 1) + 2 ** 255)));
        uint256 none = pack(Consent(0, NOW, NOW + 1, 1, 1, 1, false));
        refuse(IConsentRegistry.NoCategories.selector);
        consents.grantBatchBySig(lane, bytes.concat(good, grantRecord(ALICE_KEY, none)));
        // Whatever the lowest bit of the next field is.
        none = pack(Consent(0, NOW - 1, NOW + 1, 1, 1, 1, false));
        refuse(IConsentRegistry.NoCategories.selector);
        consents.grantBatchBySig(lane, bytes.concat(good, grantRecord(ALICE_KEY, none)));
        uint256 never = pack(Consent(1, NOW, NOW + 1, 1, 0, 1, false));
        refuse(IConsentRegistry.ZeroCap.selector);
        consents.grantBatchBySig(lane, bytes.concat(good, grantRecord(ALICE_KEY, never)));
        uint256 long = pack(Consent(1, NOW - 1, NOW + 400 days, 0, 1, 1, false));
        refuse(IConsentRegistry.InvalidEnd.selector, NOW + 400 days, NOW + 400 days - 1);
        consents.grantBatchBySig(lane, bytes.concat(good, grantRecord(ALICE_KEY, long)));
        refuse(IConsentRegistry.InvalidLane.selector, lane + 5);
        consents.grantBatchBySig(lane + 5, good);
        vm.assertEq(consents.consentOf(bob, lane), 0);
    }

    function skipsGrant(uint256 consent, bytes4 reason) private {
        uint256 before = consents.consentOf(alice, lane);
        uint256 bobs = consents.consentOf(bob, lane);
        uint256 next = signed(NOW, unpack(bobs).version + 1);
        bytes memory records = bytes.concat(grantRecord(ALICE_KEY, consent), grantRecord(BOB_KEY, next));
        emitsSkipped(alice, reason);
        emitsGranted(bob, lane, next);
        consents.grantBatchBySig(lane, records);
        vm.assertEq(consents.consentOf(alice, lane), before);
        vm.assertEq(consents.consentOf(bob, lane), next);
    }

    function test_GrantsThatCameTooLateAreSkipped() public {
        skipsGrant(signed(NOW + 1, 1), ISignedMessages.SignedInTheFuture.selector);
        skipsGrant(signed(NOW - 1 days - 1, 1), ISignedMessages.SignatureExpired.selector);
        skipsGrant(signed(NOW, 0), IConsentRegistry.WrongVersion.selector);
        skipsGrant(signed(NOW, 2), IConsentRegistry.WrongVersion.selector);
        put(alice, signed(NOW - 5, 1));
        skipsGrant(signed(NOW - 6, 2), IConsentRegistry.SignatureOutdated.selector);
        consents.grantBatchBySig(lane, grantRecord(ALICE_KEY, signed(NOW - 5, 2)));
        vm.assertEq(consents.consentOf(alice, lane), signed(NOW - 5, 2));
        // Time first, then the version, then the order in time.
        skipsGrant(signed(NOW - 1 days - 1, 0), ISignedMessages.SignatureExpired.selector);
        skipsGrant(signed(NOW - 6, 0), IConsentRegistry.WrongVersion.selector);
    }

    function test_AConsentInItsLastSecondIsChangedByWhatWasSignedAfterItWasGiven() public {
        uint256 ending = pack(Consent(6, NOW - 2, NOW + 1, 1_000, 3, 1, false));
        put(alice, ending);
        refuse(IConsentRegistry.SignatureOutdated.selector, NOW - 3, NOW - 2);
        consents.grantBySig(alice, lane, signed(NOW - 3, 2), sign(ALICE_KEY, grantDigest(alice, signed(NOW - 3, 2))));
        refuse(IConsentRegistry.SignatureOutdated.selector, NOW - 3, NOW - 2);
        consents.revokeBySig(alice, lane, NOW - 3, sign(ALICE_KEY, revokeDigest(alice, lane, NOW - 3)));
        consents.grantBySig(alice, lane, signed(NOW - 1, 2), sign(ALICE_KEY, grantDigest(alice, signed(NOW - 1, 2))));
        put(alice, ending);
        consents.revokeBySig(alice, lane, NOW - 2, sign(ALICE_KEY, revokeDigest(alice, lane, NOW - 2)));
        vm.assertEq(consents.inForce(alice, lane), 0);
    }

    /// @dev The long way does the same and costs more: without looking at gas, nobody would notice that all take it.
    function test_ValidGrantsTakeTheShortWay() public {
        uint256 last = 2 ** 19 - 1;
        takesTheShortWay(0, Consent(1, NOW, NOW + 1, 0, 1, 1, false));
        takesTheShortWay(0, Consent(2 ** 111, NOW, NOW + 1, 0, 2_048, 1, false));
        takesTheShortWay(0, Consent(ALLOWED, NOW - 1 days, NOW + 399 days, 2 ** 32 - 1, 4_095, 1, false));
        uint256 before = pack(Consent(1, NOW - 3, NOW + 1, 0, 1, last - 1, true));
        takesTheShortWay(before, Consent(1, NOW - 3, NOW + 1, 0, 1, last, false));
        before = pack(Consent(ALLOWED, NOW - 3, NOW - 2, 2 ** 32 - 1, 4_095, 7, true));
        takesTheShortWay(before, Consent(1, NOW - 1, NOW + 1, 0, 1, 8, false));
    }

    /// @dev What the long way takes of memory is not what the short way keeps there.
    function test_TheShortWayIsTakenAgainAfterTheLong() public {
        bytes memory forged = abi.encodePacked(bob, signed(NOW, 1), new bytes(64));
        consents.grantBatchBySig(lane, forged);
        uint256 alone = vm.lastCallGas().gasTotalUsed;
        consents.grantBatchBySig(lane, bytes.concat(forged, grantRecord(ALICE_KEY, signed(NOW, 1))));
        vm.assertLt(vm.lastCallGas().gasTotalUsed - alone, 28_500, "the long way");
        vm.assertEq(consents.consentOf(alice, lane), signed(NOW, 1));
    }

    function takesTheShortWay(uint256 before, Consent memory next) private {
        put(alice, before);
        uint256 consent = pack(next);
        bytes memory record = grantRecord(ALICE_KEY, consent);
        consents.grantBatchBySig(lane, record);
        // The short way takes 7,034 (7,811 without the optimizer), the long one at least 9,400; a new slot 19,900 more.
        vm.assertLt(vm.lastCallGas().gasTotalUsed, before == 0 ? 28_500 : 8_600, "the long way");
        vm.assertEq(consents.consentOf(alice, lane), consent);
    }

    function test_GrantsThatEndedOnTheWayAreSkipped() public {
        uint256 consent = signed(NOW, 1);
        uint256 end = unpack(consent).endsAt;
        skipsGrant(consent - (end - NOW) * 2 ** 160, IConsentRegistry.InvalidEnd.selector);
        skipsGrant(consent - end * 2 ** 160, IConsentRegistry.InvalidEnd.selector);
        consent = consent - (end - NOW - 1) * 2 ** 160;
        consents.grantBatchBySig(lane, grantRecord(ALICE_KEY, consent));
        vm.assertEq(consents.consentOf(alice, lane), consent);
    }

    function test_AWalletThatBurnsGasBurnsLittleInABatch() public {
        address wallet = address(new BurningWallet());
        bytes memory burning = abi.encodePacked(wallet, signed(NOW, 1), new bytes(64));
        bytes memory revocation = abi.encodePacked(wallet, uint40(NOW), new bytes(64));
        uint256 start = gasleft();
        consents.grantBatchBySig(lane, bytes.concat(burning, grantRecord(ALICE_KEY, signed(NOW, 1))));
        vm.assertTrue(start - gasleft() > 150_000 && start - gasleft() < 300_000);
        vm.assertEq(consents.consentOf(alice, lane), signed(NOW, 1));
        start = gasleft();
        consents.revokeBatchBySig(lane, bytes.concat(revocation, revokeRecord(ALICE_KEY, NOW)));
        vm.assertTrue(start - gasleft() > 150_000 && start - gasleft() < 250_000);
        vm.assertEq(consents.inForce(alice, lane), 0);
    }

    function test_GrantsSignedBySomebodyElseAreSkipped() public {
        uint256 consent = signed(NOW, 1);
        bytes memory theirs = signCompact(BOB_KEY, grantDigest(alice, consent));
        emitsSkipped(alice, ISignedMessages.InvalidSignature.selector);
        consents.grantBatchBySig(lane, abi.encodePacked(alice, consent, theirs));
        // Nobody signs for the zero address.
        emitsSkipped(address(0), ISignedMessages.InvalidSignature.selector);
        consents.grantBatchBySig(lane, abi.encodePacked(address(0), consent, new bytes(64)));
        vm.assertEq(consents.consentOf(alice, lane), 0);
        vm.assertEq(consents.consentOf(address(0), lane), 0);
    }

    function test_WalletsAreAsked() public {
        address wallet = address(new SmartWallet(alice));
        uint256 consent = signed(NOW, 1);
        bytes32 hash = walletHash(wallet, grantDigest(wallet, consent));
        emitsSkipped(wallet, ISignedMessages.InvalidSignature.selector);
        consents.grantBatchBySig(lane, abi.encodePacked(wallet, consent, signCompact(BOB_KEY, hash)));
        emitsGranted(wallet, lane, consent);
        vm.recordLogs();
        consents.grantBatchBySig(lane, abi.encodePacked(wallet, consent, signCompact(ALICE_KEY, hash)));
        vm.assertEq(vm.getRecordedLogs().length, 1);
        vm.assertEq(consents.consentOf(wallet, lane), consent);
    }

    function test_RevocationsEndConsents() public {
        uint256 word = grantAs(alice);
        grantAs(bob);
        uint256 ended = word - 30 days * 2 ** 160 + 2 ** 236;
        bytes memory records = bytes.concat(revokeRecord(ALICE_KEY, NOW), revokeRecord(BOB_KEY, NOW));
        emitsRevoked(alice, ended);
        emitsRevoked(bob, ended);
        vm.prank(STRANGER);
        consents.revokeBatchBySig(lane, records);
        vm.assertEq(consents.consentOf(alice, lane), ended);
        vm.assertEq(consents.consentOf(bob, lane), ended);
    }

    function skipsRevocation(bytes memory record, bytes4 reason) private {
        uint256 before = consents.consentOf(alice, lane);
        uint256 bobs = grantAs(bob);
        emitsSkipped(alice, reason);
        emitsRevoked(bob, bobs - 30 days * 2 ** 160 + 2 ** 236);
        consents.revokeBatchBySig(lane, bytes.concat(record, revokeRecord(BOB_KEY, NOW)));
        vm.assertEq(consents.consentOf(alice, lane), before);
        vm.assertEq(consents.inForce(bob, lane), 0);
    }

    function test_RevocationsWithoutEffectAreSkipped() public {
        grantAs(alice);
        skipsRevocation(revokeRecord(ALICE_KEY, NOW + 1), ISignedMessages.SignedInTheFuture.selector);
        skipsRevocation(revokeRecord(ALICE_KEY, 2 ** 40 - 1), ISignedMessages.SignedInTheFuture.selector);
        skipsRevocation(revokeRecord(ALICE_KEY, NOW - 1 days - 1), ISignedMessages.SignatureExpired.selector);
        skipsRevocation(revokeRecord(ALICE_KEY, NOW - 1), IConsentRegistry.SignatureOutdated.selector);
        // Time first, then the signature.
        skipsRevocation(
            abi.encodePacked(alice, uint40(NOW + 1), new bytes(64)), ISignedMessages.SignedInTheFuture.selector
        );
        bytes memory theirs = signCompact(BOB_KEY, revokeDigest(alice, lane, NOW));
        skipsRevocation(abi.encodePacked(alice, uint40(NOW), theirs), ISignedMessages.InvalidSignature.selector);
        consents.revokeBatchBySig(lane, revokeRecord(ALICE_KEY, NOW));
        vm.assertEq(consents.inForce(alice, lane), 0);
        skipsRevocation(revokeRecord(ALICE_KEY, NOW), IConsentRegistry.SignatureOutdated.selector);
    }

    function test_RevocationsCheckTheLane() public {
        uint256 wrong = laneOf(operator, 6);
        bytes memory signature = signCompact(ALICE_KEY, revokeDigest(alice, wrong, NOW));
        refuse(IConsentRegistry.InvalidLane.selector, wrong);
        consents.revokeBatchBySig(wrong, abi.encodePacked(alice, uint40(NOW), signature));
    }
}

contract MinorTest is ConsentTest {
    function assertState(address subject, uint256 revokedAllAt, bool minor, address guardian_) private view {
        (uint40 at, bool isMinor, address named) = consents.subjectState(subject);
        vm.assertEq(at, revokedAllAt);
        vm.assertEq(isMinor, minor);
        vm.assertEq(named, guardian_);
    }

    function emitsGuardianSet(address subject, bool minor, address guardian_, address by) private {
        vm.expectEmit(address(consents));
        emit IConsentRegistry.GuardianSet(subject, minor, guardian_, by);
    }

    function approveDigest(address subject, uint256 consent) private view returns (bytes32) {
        return forConsents(hashConsent(APPROVE, subject, lane, consent));
    }

    function test_AnAdultNamesAGuardian() public {
        uint256 word = grantAs(alice);
        emitsGuardianSet(alice, false, guardian, alice);
        vm.prank(alice);
        consents.setGuardian(guardian);
        assertState(alice, 0, false, guardian);
        vm.assertEq(consents.inForce(alice, lane), word);
        vm.prank(alice);
        consents.setGuardian(address(0));
        assertState(alice, 0, false, address(0));
    }

    function test_NobodyIsTheirOwnGuardian() public {
        refuse(IConsentRegistry.OwnGuardian.selector, u(alice));
        vm.prank(alice);
        consents.setGuardian(alice);
        refuse(IConsentRegistry.OwnGuardian.selector, u(alice));
        vm.prank(ATTESTER);
        consents.markMinor(alice, true, alice);
    }

    function test_AMinorDoesNotChooseItsGuardian() public {
        makeMinor(alice);
        refuse(IConsentRegistry.MinorCannotChoose.selector, u(alice));
        vm.prank(alice);
        consents.setGuardian(bob);
        assertState(alice, NOW, true, guardian);
    }

    function test_AnAttesterMarksAndUnmarks_EachEndsAllConsents() public {
        grantAs(alice);
        vm.expectEmit(address(consents));
        emit IConsentRegistry.RevokedAll(alice);
        emitsGuardianSet(alice, true, guardian, ATTESTER);
        vm.prank(ATTESTER);
        consents.markMinor(alice, true, guardian);
        assertState(alice, NOW, true, guardian);
        vm.assertEq(consents.inForce(alice, lane), 0);
        vm.warp(NOW + 9);
        emitsGuardianSet(alice, false, bob, ATTESTER);
        vm.prank(ATTESTER);
        consents.markMinor(alice, false, bob);
        assertState(alice, NOW + 9, false, bob);
    }

    function test_TheSameMarkAgainEndsNothing() public {
        makeMinor(alice);
        vm.warp(NOW + 1);
        vm.recordLogs();
        vm.prank(ATTESTER);
        consents.markMinor(alice, true, bob);
        vm.assertEq(vm.getRecordedLogs().length, 1);
        assertState(alice, NOW, true, bob);
        vm.prank(ATTESTER);
        consents.markMinor(bob, false, guardian);
        assertState(bob, 0, false, guardian);
    }

    function test_TheNamedGuardianMarksAndHandsOver() public {
        vm.prank(alice);
        consents.setGuardian(guardian);
        emitsGuardianSet(alice, true, guardian, guardian);
        vm.prank(guardian);
        consents.markMinor(alice, true, guardian);
        assertState(alice, NOW, true, guardian);
        vm.prank(guardian);
        consents.markMinor(alice, true, bob);
        assertState(alice, NOW, true, bob);
        refuse(IConsentRegistry.NotGuardian.selector, u(alice), u(guardian));
        vm.prank(guardian);
        consents.markMinor(alice, true, guardian);
    }

    function test_OnlyAnAttesterTakesTheMarkBack() public {
        makeMinor(alice);
        refuse(IConsentRegistry.NotGuardian.selector, u(alice), u(guardian));
        vm.prank(guardian);
        consents.markMinor(alice, false, guardian);
        refuse(IConsentRegistry.NotGuardian.selector, u(alice), u(alice));
        vm.prank(alice);
        consents.markMinor(alice, false, guardian);
        refuse(IConsentRegistry.NotGuardian.selector, u(bob), u(STRANGER));
        vm.prank(STRANGER);
        consents.markMinor(bob, true, guardian);
    }

    function test_AMinorsConsentCountsOnceApproved() public {
        makeMinor(alice);
        vm.warp(NOW + 1);
        uint256 word = grantAs(alice);
        vm.assertEq(consents.inForce(alice, lane), 0);
        vm.expectEmit(address(consents));
        emit IConsentRegistry.Approved(alice, lane, word + 2 ** 255);
        vm.prank(guardian);
        consents.approveAsGuardian(alice, lane, word);
        vm.assertEq(consents.consentOf(alice, lane), word + 2 ** 255);
        vm.assertEq(consents.inForce(alice, lane), word + 2 ** 255);
        // A change by the minor needs another approval.
        grantAs(alice);
        vm.assertEq(consents.inForce(alice, lane), 0);
    }

    function test_WhatIsStoredIsWhatIsApproved() public {
        makeMinor(alice);
        // Becoming a minor ended every consent up to that second.
        uint256 word = grantAs(alice);
        refuse(IConsentRegistry.NotApprovable.selector, word);
        vm.prank(guardian);
        consents.approveAsGuardian(alice, lane, word);
        vm.warp(NOW + 1);
        word = grantAs(alice);
        refuse(IConsentRegistry.NotApprovable.selector, word);
        vm.prank(guardian);
        consents.approveAsGuardian(alice, lane, word + 1);
        refuse(IConsentRegistry.NotApprovable.selector, 0);
        vm.prank(guardian);
        consents.approveAsGuardian(alice, lane + 1, 0);
        vm.warp(NOW + 30 days);
        refuse(IConsentRegistry.NotApprovable.selector, word);
        vm.prank(guardian);
        consents.approveAsGuardian(alice, lane, word);
        vm.warp(NOW + 30 days - 1);
        vm.prank(guardian);
        consents.approveAsGuardian(alice, lane, word);
    }

    function test_SomePurposesAreNotForMinors() public {
        makeMinor(alice);
        vm.warp(NOW + 1);
        for (uint256 purpose = 1; purpose <= 5; ++purpose) {
            uint256 at = laneOf(operator, purpose);
            vm.prank(alice);
            consents.grant(at, terms(1, NOW + 9, 0, 1));
            uint256 word = consents.consentOf(alice, at);
            bool adults = purpose == 3 || purpose == 5;
            if (adults) refuse(IConsentRegistry.NotForMinors.selector, purpose);
            vm.prank(guardian);
            consents.approveAsGuardian(alice, at, word);
            // Not even with a mark from elsewhere.
            vm.store(address(consents), slotOf(alice, at), bytes32(word | 2 ** 255));
            vm.assertEq(consents.inForce(alice, at), adults ? 0 : word | 2 ** 255);
        }
    }

    function test_OnlyTheGuardianOfAMinorApprovesAndRevokes() public {
        vm.prank(alice);
        consents.setGuardian(guardian);
        uint256 word = grantAs(alice);
        refuse(IConsentRegistry.NotAMinor.selector, u(alice));
        vm.prank(guardian);
        consents.approveAsGuardian(alice, lane, word);
        refuse(IConsentRegistry.NotAMinor.selector, u(alice));
        vm.prank(guardian);
        consents.revokeForWard(alice, lane);
        refuse(IConsentRegistry.NotAMinor.selector, u(alice));
        vm.prank(guardian);
        consents.revokeAllForWard(alice);
        makeMinor(alice);
        address[2] memory others = [ATTESTER, alice];
        for (uint256 i; i < 2; ++i) {
            refuse(IConsentRegistry.NotGuardian.selector, u(alice), u(others[i]));
            vm.prank(others[i]);
            consents.approveAsGuardian(alice, lane, word);
            refuse(IConsentRegistry.NotGuardian.selector, u(alice), u(others[i]));
            vm.prank(others[i]);
            consents.revokeForWard(alice, lane);
            refuse(IConsentRegistry.NotGuardian.selector, u(alice), u(others[i]));
            vm.prank(others[i]);
            consents.revokeAllForWard(alice);
        }
    }

    function test_BySignatureOfTheGuardian() public {
        makeMinor(alice);
        vm.warp(NOW + 1);
        uint256 word = grantAs(alice);
        bytes memory signature = sign(GUARDIAN_KEY, approveDigest(alice, word));
        // A grant's signature is none of an approval, nor the other way round.
        refuse(ISignedMessages.InvalidSignature.selector, u(guardian));
        consents.approveAsGuardianBySig(alice, lane, word, sign(GUARDIAN_KEY, grantDigest(alice, word)));
        refuse(ISignedMessages.InvalidSignature.selector, u(guardian));
        consents.approveAsGuardianBySig(alice, lane, word, sign(ALICE_KEY, approveDigest(alice, word)));
        vm.expectEmit(address(consents));
        emit IConsentRegistry.Approved(alice, lane, word + 2 ** 255);
        vm.prank(STRANGER);
        consents.approveAsGuardianBySig(alice, lane, word, signature);
        vm.assertEq(consents.inForce(alice, lane), word + 2 ** 255);
        // It was for that one.
        uint256 next = grantAs(alice);
        refuse(IConsentRegistry.NotApprovable.selector, next);
        consents.approveAsGuardianBySig(alice, lane, word, signature);
    }

    function test_WithoutAGuardianNobodySignsForIt() public {
        vm.prank(ATTESTER);
        consents.markMinor(alice, true, address(0));
        uint256 word = grantAs(alice);
        refuse(ISignedMessages.InvalidSignature.selector, 0);
        consents.approveAsGuardianBySig(alice, lane, word, new bytes(65));
    }

    function test_TheGuardianEndsOneOrAll() public {
        makeMinor(alice);
        vm.warp(NOW + 1);
        uint256 word = grantAs(alice);
        uint256 ended = pack(Consent(6, NOW + 1, NOW + 1, 1_000, 3, 2, false));
        emitsRevoked(alice, ended);
        vm.prank(guardian);
        consents.revokeForWard(alice, lane);
        vm.assertEq(consents.consentOf(alice, lane), ended);
        word = grantAs(alice);
        vm.prank(guardian);
        consents.approveAsGuardian(alice, lane, word);
        vm.expectEmit(address(consents));
        emit IConsentRegistry.RevokedAll(alice);
        vm.prank(guardian);
        consents.revokeAllForWard(alice);
        assertState(alice, NOW + 1, true, guardian);
        vm.assertEq(consents.inForce(alice, lane), 0);
        uint256 wrong = laneOf(operator, 0);
        refuse(IConsentRegistry.InvalidLane.selector, wrong);
        vm.prank(guardian);
        consents.revokeForWard(alice, wrong);
    }
}

contract ReadingTest is ConsentTest {
    function test_InForceUntilTheSecondBeforeItsEnd() public {
        uint256 word = grantAs(alice);
        vm.warp(NOW + 30 days - 1);
        vm.assertEq(consents.inForce(alice, lane), word);
        vm.warp(NOW + 30 days);
        vm.assertEq(consents.inForce(alice, lane), 0);
        vm.assertEq(consents.consentOf(alice, lane), word);
    }

    function test_ManyLanesAndManySubjects() public {
        uint256 word = grantAs(alice);
        uint256 other = laneOf(operator, 2);
        vm.prank(alice);
        consents.grant(other, terms(1, NOW + 1, 0, 1));
        uint256 short = consents.consentOf(alice, other);
        vm.warp(NOW + 1);
        (uint256[] memory stored, uint256[] memory counting) = consents.consentsOf(alice, listOf(lane, other));
        vm.assertEq(stored, listOf(word, short));
        vm.assertEq(counting, listOf(word, 0));
        vm.assertEq(consents.areInForce(listOf(bob, alice), lane), listOf(0, word));
        (stored, counting) = consents.consentsOf(alice, new uint256[](0));
        vm.assertEq(stored.length + counting.length, 0);
        vm.assertEq(consents.areInForce(new address[](0), lane).length, 0);
    }

    function test_AllowsTheCategoriesOfTheLaneOnly() public {
        grantAs(alice);
        for (uint256 category; category < 256; ++category) {
            bool allowed = category == 1 || category == 2;
            // forge-lint: disable-next-line(unsafe-typecast): below 256
            vm.assertEq(consents.isAllowed(alice, operator, 1, uint8(category)), allowed);
        }
        vm.assertFalse(consents.isAllowed(alice, operator, 2, 1));
        vm.assertFalse(consents.isAllowed(alice, bob, 1, 1));
        vm.assertFalse(consents.isAllowed(bob, operator, 1, 1));
        bool[] memory allowed_ = consents.areAllowed(listOf(alice, bob), operator, 1, 2);
        vm.assertTrue(allowed_.length == 2 && allowed_[0] && !allowed_[1]);
    }

    function test_FieldsAboveTheCategoriesAreNoCategories() public {
        // The lowest bit above the categories is 0, then 1.
        fieldsAboveAreNoCategories(NOW);
        fieldsAboveAreNoCategories(NOW - 1);
    }

    function fieldsAboveAreNoCategories(uint256 grantedAt) private {
        put(alice, pack(Consent(1, grantedAt, NOW + 9, 2 ** 32 - 1, 4_095, MAX_VERSION, true)));
        for (uint256 category = 1; category < 256; ++category) {
            // forge-lint: disable-next-line(unsafe-typecast): below 256
            vm.assertFalse(consents.isAllowed(alice, operator, 1, uint8(category)));
        }
        vm.assertTrue(consents.isAllowed(alice, operator, 1, 0));
    }
}
