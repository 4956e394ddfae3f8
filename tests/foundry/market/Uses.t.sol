// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IOperatorRegistry} from "../../../contracts/interfaces/IOperatorRegistry.sol";
import {ISignalMarket} from "../../../contracts/interfaces/ISignalMarket.sol";
import {ISignedMessages} from "../../../contracts/interfaces/ISignedMessages.sol";
import {TestDollar} from "../../../contracts/token/TestDollar.sol";
import {SmartWallet, walletHash} from "../support/Wallets.sol";
import {MarketTest} from "./MarketTest.sol";

contract RecordUseTest is MarketTest {
    uint256 private constant TODAY = NOW / 1 days;

    function emitsUse(uint256 use) private {
        vm.expectEmit(address(market));
        emit ISignalMarket.UseRecorded(id, use);
    }

    function test_MovesThePriceAndCreditsTheShare() public {
        open(5_000);
        emitsUse(useOf(alice, 2, 0));
        record(alice, 0);
        assertCampaign(5_000 - PRICE, 1, 0, 0);
        assertCredit(alice, SHARE, 0, TODAY, 1);
        emitsUse(useOf(bob, 2, 1));
        record(bob, 1);
        emitsUse(useOf(alice, 2, 2));
        record(alice, 2);
        assertCampaign(5_000 - 3 * PRICE, 3, 0, 0);
        assertCredit(alice, 2 * SHARE, 0, TODAY, 2);
        assertCredit(bob, SHARE, 0, TODAY, 1);
        vm.assertEq(token.balanceOf(address(market)), 5_000);
    }

    function test_EachIndexOnceAndInOrder() public {
        open(50_000);
        refuse(ISignalMarket.WrongUseIndex.selector, 1, 0);
        record(alice, 1);
        record(alice, 0);
        refuse(ISignalMarket.WrongUseIndex.selector, 0, 1);
        record(alice, 0);
        refuse(ISignalMarket.WrongUseIndex.selector, 2 ** 40 + 1, 1);
        record(alice, 2 ** 40 + 1);
        refuse(ISignalMarket.WrongUseIndex.selector, 2 ** 87 + 1, 1);
        record(alice, 2 ** 87 + 1);
        record(alice, 1);
    }

    function test_TheOtherFieldsOfTheCampaignStay() public {
        putCampaign(MAX_96, 2 ** 40 - 2, 2 ** 40 - 1, 2 ** 32 - 1);
        record(alice, 2 ** 40 - 2);
        assertCampaign(MAX_96 - PRICE, 2 ** 40 - 1, 2 ** 40 - 1, 2 ** 32 - 1);
    }

    function test_UntilTheEnd() public {
        open(50_000);
        vm.warp(ENDS);
        refuse(ISignalMarket.CampaignEnded.selector, ENDS, ENDS);
        record(alice, 0);
        vm.warp(ENDS - 1);
        record(alice, 0);
    }

    function test_UntilTheGraceAfterClosing() public {
        open(50_000);
        vm.prank(advertiser);
        market.closeCampaign(target, bid);
        vm.warp(NOW + 1 days);
        refuse(ISignalMarket.CampaignEnded.selector, NOW + 1 days, NOW + 1 days);
        record(alice, 0);
        vm.warp(NOW + 1 days - 1);
        record(alice, 0);
        // Closing later than the end does not prolong it.
        putCampaign(50_000, 0, 0, ENDS + 1);
        vm.warp(ENDS);
        refuse(ISignalMarket.CampaignEnded.selector, ENDS, ENDS);
        record(alice, 0);
    }

    function test_TheEscrowCoversIt() public {
        open(2 * PRICE - 1);
        record(alice, 0);
        refuse(ISignalMarket.EscrowExhausted.selector, PRICE - 1, PRICE);
        record(alice, 1);
        vm.prank(advertiser);
        market.topUp(advertiser, target, bid, 1);
        record(alice, 1);
        assertCampaign(0, 2, 0, 0);
    }

    function test_ACampaignThatNobodyOpenedRecordsNothing() public {
        refuse(ISignalMarket.UnknownCampaign.selector, uint256(id));
        record(alice, 0);
        bid = bidOf(6, 0);
        id = idOf(advertiser, target, bid);
        refuse(ISignalMarket.UnknownCampaign.selector, uint256(id));
        record(alice, 0);
    }

    function test_MeteredCampaignsAreSettledOnly() public {
        target += 2 ** 255;
        id = idOf(advertiser, target, bid);
        open(5_000);
        vm.assertTrue(market.campaignOf(operator, id).opened);
        refuse(ISignalMarket.MeteredCampaign.selector, uint256(id));
        record(alice, 0);
        refuse(ISignalMarket.MeteredCampaign.selector, uint256(id));
        vm.prank(advertiser);
        market.recordUses(target, bid, 0, usesOf(alice, bob));
        // The highest salt is not the bit above it.
        target = targetOf(operator, 1, ENDS, 2 ** 47 - 1);
        id = idOf(advertiser, target, bid);
        open(5_000);
        record(alice, 0);
    }

    function test_OnlyTheAdvertiserOrItsVoucher() public {
        open(5_000);
        bytes32 theirs = idOf(operator, target, bid);
        refuse(ISignalMarket.UnknownCampaign.selector, uint256(theirs));
        vm.prank(operator);
        market.recordUse(target, bid, useOf(alice, 2, 0));
        refuse(ISignalMarket.UnknownCampaign.selector, uint256(theirs));
        vm.prank(operator);
        market.recordUses(target, bid, 0, usesOf(alice, bob));
    }

    function refusesCategory(uint256 category) private {
        refuse(ISignalMarket.NotConsented.selector, u(alice), lane, category);
        vm.prank(advertiser);
        market.recordUse(target, bid, useOf(alice, category, 0));
    }

    function test_TheSubjectConsentsToTheCategory() public {
        open(50_000);
        refusesCategory(1);
        refusesCategory(4);
        refusesCategory(127);
        // The fields above the categories are none.
        refusesCategory(128);
        refusesCategory(255);
        refuse(ISignalMarket.NotConsented.selector, u(STRANGER), lane, 2);
        record(STRANGER, 0);
        vm.prank(alice);
        consents.revoke(lane);
        refusesCategory(2);
    }

    /// @dev It cannot happen to the deployed registry, but no answer must never pass for a consent.
    function test_WithoutAnAnswerOfTheRegistryNothingIsRecorded() public {
        open(50_000);
        // Reverts with 32 bytes, answers nothing, answers 31 bytes.
        bytes[3] memory codes = [bytes(hex"60206000fd"), bytes(hex"00"), bytes(hex"601f6000f3")];
        for (uint256 i; i < codes.length; ++i) {
            vm.etch(address(consents), codes[i]);
            vm.expectRevert(bytes(""));
            record(alice, 0);
        }
    }

    function test_AnotherLaneIsAnotherConsent() public {
        target = targetOf(operator, 2, ENDS, 7);
        id = idOf(advertiser, target, bid);
        open(50_000);
        refuse(ISignalMarket.NotConsented.selector, u(alice), laneOf(operator, 2), 2);
        record(alice, 0);
    }

    function test_TheCampaignBidsForTheCategory() public {
        open(50_000);
        refuse(ISignalMarket.CategoryNotInCampaign.selector, 3);
        vm.prank(advertiser);
        market.recordUse(target, bid, useOf(alice, 3, 0));
        // Either way, the highest one that can be bought.
        vm.prank(alice);
        consents.grant(lane, terms(2 ** 111, NOW + 30 days, 0, 9));
        bid = bidOf(2 ** 111, PRICE);
        id = idOf(advertiser, target, bid);
        open(5_000);
        vm.prank(advertiser);
        market.recordUse(target, bid, useOf(alice, 111, 0));
        assertCampaign(5_000 - PRICE, 1, 0, 0);
    }

    function test_ThePriceReachesTheFloor() public {
        open(50_000);
        vm.prank(alice);
        consents.grant(lane, terms(12, NOW + 30 days, PRICE + 1, CAP));
        refuse(ISignalMarket.PriceBelowFloor.selector, PRICE, PRICE + 1);
        record(alice, 0);
        vm.prank(alice);
        consents.grant(lane, terms(12, NOW + 30 days, PRICE, CAP));
        record(alice, 0);
    }

    function test_FloorsAreMillionthsOfAnyToken() public {
        useToken(new TestDollar(18));
        vm.prank(alice);
        consents.grant(lane, terms(12, NOW + 30 days, 2 ** 32 - 1, CAP));
        uint256 floor = (2 ** 32 - 1) * 1e12;
        bid = bidOf(6, floor - 1);
        id = idOf(advertiser, target, bid);
        open(floor);
        refuse(ISignalMarket.PriceBelowFloor.selector, floor - 1, floor);
        record(alice, 0);
        bid = bidOf(6, floor);
        id = idOf(advertiser, target, bid);
        open(floor);
        record(alice, 0);
        assertCredit(alice, shareOf(floor), 0, TODAY, 1);
    }

    function test_TheCapIsPerUtcDay() public {
        open(50_000);
        for (uint256 i; i < CAP; ++i) {
            record(alice, i);
        }
        refuse(ISignalMarket.DailyCapReached.selector, CAP);
        record(alice, CAP);
        vm.warp((TODAY + 1) * 1 days - 1);
        refuse(ISignalMarket.DailyCapReached.selector, CAP);
        record(alice, CAP);
        record(bob, CAP);
        vm.warp((TODAY + 1) * 1 days);
        record(alice, CAP + 1);
        assertCredit(alice, 4 * SHARE, 0, TODAY + 1, 1);
    }

    function test_TheHighestCap() public {
        open(50_000);
        vm.prank(alice);
        consents.grant(lane, terms(12, NOW + 30 days, 0, 4_095));
        putAccount(alice, 5, 4, TODAY, 4_094);
        record(alice, 0);
        assertCredit(alice, 5 + SHARE, 4, TODAY, 4_095);
        refuse(ISignalMarket.DailyCapReached.selector, 4_095);
        record(alice, 1);
    }

    function test_EarningsHave96Bits() public {
        open(50_000);
        putAccount(alice, MAX_96 - SHARE, MAX_96 - SHARE, 2 ** 32 - 1, 2 ** 32 - 1);
        record(alice, 0);
        assertCredit(alice, MAX_96, MAX_96 - SHARE, TODAY, 1);
        putAccount(alice, MAX_96 - SHARE + 1, 0, 0, 0);
        refuse(ISignalMarket.AmountTooLarge.selector, SHARE);
        record(alice, 1);
    }

    // --------------------------------------------------------------------------------------------------------- batches

    function recordMany(uint256 first, bytes memory uses) private {
        vm.prank(advertiser);
        market.recordUses(target, bid, first, uses);
    }

    function test_ManyAreRecordedAsOneByOne() public {
        open(5_000);
        record(alice, 0);
        emitsUse(useOf(alice, 2, 1));
        emitsUse(useOf(bob, 2, 2));
        recordMany(1, usesOf(alice, bob));
        assertCampaign(5_000 - 3 * PRICE, 3, 0, 0);
        assertCredit(alice, 2 * SHARE, 0, TODAY, 2);
        assertCredit(bob, SHARE, 0, TODAY, 1);
    }

    function test_RecordsAreWhole() public {
        uint8[6] memory lengths = [0, 1, 20, 22, 41, 43];
        for (uint256 i; i < lengths.length; ++i) {
            refuse(ISignalMarket.InvalidRecords.selector, lengths[i], 21);
            recordMany(0, new bytes(lengths[i]));
        }
    }

    function test_AllOfThemOrNone() public {
        open(2 * PRICE - 1);
        refuse(ISignalMarket.EscrowExhausted.selector, PRICE - 1, PRICE);
        recordMany(0, usesOf(alice, bob));
        refuse(ISignalMarket.NotConsented.selector, u(STRANGER), lane, 2);
        recordMany(0, usesOf(STRANGER, bob));
        refuse(ISignalMarket.WrongUseIndex.selector, 1, 0);
        recordMany(1, usesOf(alice, bob));
        assertCredit(alice, 0, 0, 0, 0);
        assertCampaign(2 * PRICE - 1, 0, 0, 0);
        vm.prank(advertiser);
        market.topUp(advertiser, target, bid, 1);
        recordMany(0, usesOf(alice, bob));
        assertCampaign(0, 2, 0, 0);
        refuse(ISignalMarket.WrongUseIndex.selector, 0, 2);
        recordMany(0, usesOf(alice, bob));
    }

    function test_TheCapCountsWithinABatch() public {
        open(50_000);
        bytes memory four = bytes.concat(usesOf(alice, alice), usesOf(alice, alice));
        refuse(ISignalMarket.DailyCapReached.selector, CAP);
        recordMany(0, four);
    }

    // -------------------------------------------------------------------------------------------------------- vouchers

    function voucher(uint256 key, bytes32 campaign, uint256 ceiling) private view returns (bytes memory) {
        return sign(key, forMarket(keccak256(abi.encode(VOUCHER, campaign, ceiling))));
    }

    function recordByVoucher(address sender, uint256 index, uint256 ceiling, bytes memory signature) private {
        vm.prank(sender);
        market.recordUseWithVoucher(advertiser, target, bid, useOf(alice, 2, index), ceiling, signature);
    }

    function recordManyByVoucher(address sender, uint256 first, uint256 ceiling, bytes memory signature) private {
        vm.prank(sender);
        market.recordUsesWithVoucher(advertiser, target, bid, first, usesOf(alice, bob), ceiling, signature);
    }

    function test_TheOperatorRecordsUpToTheVouchersCeiling() public {
        open(50_000);
        bytes memory signature = voucher(ADVERTISER_KEY, id, 3);
        vm.expectCall(address(operators), abi.encodeWithSelector(IOperatorRegistry.isSigner.selector), 0);
        emitsUse(useOf(alice, 2, 0));
        recordByVoucher(operator, 0, 3, signature);
        emitsUse(useOf(alice, 2, 1));
        emitsUse(useOf(bob, 2, 2));
        recordManyByVoucher(operator, 1, 3, signature);
        assertCampaign(50_000 - 3 * PRICE, 3, 0, 0);
        refuse(ISignalMarket.VoucherExhausted.selector, 4, 3);
        recordByVoucher(operator, 3, 3, signature);
        refuse(ISignalMarket.VoucherExhausted.selector, 4, 3);
        recordManyByVoucher(operator, 2, 3, signature);
    }

    function test_SoDoItsSigners() public {
        open(50_000);
        bytes memory signature = voucher(ADVERTISER_KEY, id, 3);
        refuse(ISignalMarket.NotOperator.selector, u(operator), u(bob));
        recordByVoucher(bob, 0, 3, signature);
        refuse(ISignalMarket.NotOperator.selector, u(operator), u(advertiser));
        recordManyByVoucher(advertiser, 0, 3, signature);
        vm.prank(operator);
        operators.setSigner(bob, true);
        recordByVoucher(bob, 0, 3, signature);
        recordManyByVoucher(bob, 1, 3, signature);
        assertCampaign(50_000 - 3 * PRICE, 3, 0, 0);
    }

    function test_AVoucherIsTheAdvertisersForOneCampaign() public {
        open(50_000);
        bytes[4] memory wrong = [
            voucher(OPERATOR_KEY, id, 3),
            voucher(ADVERTISER_KEY, id, 4),
            voucher(ADVERTISER_KEY, bytes32(uint256(id) ^ 1), 3),
            bytes("")
        ];
        for (uint256 i; i < wrong.length; ++i) {
            refuse(ISignedMessages.InvalidSignature.selector, u(advertiser));
            recordByVoucher(operator, 0, 3, wrong[i]);
            refuse(ISignedMessages.InvalidSignature.selector, u(advertiser));
            recordManyByVoucher(operator, 0, 3, wrong[i]);
        }
    }

    function test_AVoucherDoesNotSaveAnyOtherCheck() public {
        open(50_000);
        bytes memory signature = voucher(ADVERTISER_KEY, id, type(uint256).max);
        refuse(ISignalMarket.WrongUseIndex.selector, 1, 0);
        recordByVoucher(operator, 1, type(uint256).max, signature);
        refuseOverflow();
        recordManyByVoucher(operator, type(uint256).max, type(uint256).max, signature);
        vm.prank(alice);
        consents.revoke(lane);
        refuse(ISignalMarket.NotConsented.selector, u(alice), lane, 2);
        recordByVoucher(operator, 0, type(uint256).max, signature);
        refuse(ISignalMarket.InvalidRecords.selector, 20, 21);
        vm.prank(operator);
        market.recordUsesWithVoucher(advertiser, target, bid, 0, new bytes(20), type(uint256).max, signature);
    }

    function test_AWalletSignsVouchers() public {
        address wallet = address(new SmartWallet(advertiser));
        vm.prank(advertiser);
        token.transfer(wallet, 5_000);
        vm.prank(wallet);
        token.approve(address(market), 5_000);
        vm.prank(wallet);
        market.openCampaign(target, bid, 5_000);
        bytes32 digest = forMarket(keccak256(abi.encode(VOUCHER, idOf(wallet, target, bid), 1)));
        bytes memory signature = sign(ADVERTISER_KEY, walletHash(wallet, digest));
        vm.prank(operator);
        market.recordUseWithVoucher(wallet, target, bid, useOf(alice, 2, 0), 1, signature);
        assertCredit(alice, SHARE, 0, TODAY, 1);
    }
}

contract WithdrawTest is MarketTest {
    uint256 private other;

    function setUp() public override {
        super.setUp();
        other = laneOf(bob, 5);
    }

    function emitsWithdrawn(address to, uint256 amount) private {
        vm.expectEmit(address(market));
        emit ISignalMarket.Withdrawn(alice, to, amount);
    }

    function withdraw(uint256[] memory lanes, address to) private {
        vm.prank(alice);
        market.withdraw(lanes, to);
    }

    function withdrawal(uint256 key, uint256 earned, address to, uint256 deadline) private view returns (bytes memory) {
        return sign(key, forMarket(keccak256(abi.encode(WITHDRAWAL, alice, lane, earned, to, deadline))));
    }

    function withdrawSigned(uint256 earned, address to, uint256 deadline) private {
        bytes memory signature = withdrawal(ALICE_KEY, earned, to, deadline);
        vm.prank(bob);
        market.withdrawBySig(alice, lane, earned, to, deadline, signature);
    }

    function test_PaysWhatWasEarnedAndNotPaidOut() public {
        token.mint(address(market), 1_000);
        putAccount(alice, 500, 200, 77, 3);
        vm.store(address(market), slotOf(alice, other), bytes32(uint256(50)));
        emitsWithdrawn(STRANGER, 350);
        withdraw(listOf(lane, other), STRANGER);
        vm.assertEq(token.balanceOf(STRANGER), 350);
        vm.assertEq(token.balanceOf(address(market)), 650);
        assertCredit(alice, 500, 500, 77, 3);
        vm.assertEq(market.creditOf(alice, other).claimed, 50);
        refuse(ISignalMarket.NothingToClaim.selector, u(alice));
        withdraw(listOf(lane, other), STRANGER);
    }

    function test_TheSameLaneTwicePaysOnce() public {
        token.mint(address(market), 1_000);
        putAccount(alice, 500, 0, 0, 0);
        withdraw(listOf(lane, lane), STRANGER);
        vm.assertEq(token.balanceOf(STRANGER), 500);
    }

    function test_AtTheLimitOfTheBooks() public {
        token.mint(address(market), MAX_96);
        putAccount(alice, MAX_96, 1, 2 ** 32 - 1, 2 ** 32 - 1);
        withdraw(listOf(lane), STRANGER);
        assertCredit(alice, MAX_96, MAX_96, 2 ** 32 - 1, 2 ** 32 - 1);
        vm.assertEq(token.balanceOf(STRANGER), MAX_96 - 1);
    }

    function test_NothingIsRefused() public {
        refuse(ISignalMarket.NothingToClaim.selector, u(alice));
        withdraw(new uint256[](0), STRANGER);
        refuse(ISignalMarket.NothingToClaim.selector, u(alice));
        withdraw(listOf(lane), STRANGER);
        // More claimed than earned, as on the lane of settled earnings, is nothing.
        putAccount(alice, 1, 2, 0, 0);
        refuse(ISignalMarket.NothingToClaim.selector, u(alice));
        withdraw(listOf(lane), STRANGER);
    }

    function test_NeitherToNobodyNorToTheMarket() public {
        putAccount(alice, 500, 0, 0, 0);
        address[2] memory wrong = [address(0), address(market)];
        for (uint256 i; i < 2; ++i) {
            refuse(ISignalMarket.InvalidRecipient.selector);
            withdraw(listOf(lane), wrong[i]);
            refuse(ISignalMarket.InvalidRecipient.selector);
            withdrawSigned(500, wrong[i], NOW);
        }
    }

    /// @dev Campaigns are kept in the same map as accounts, under their operator: no lane may reach them.
    function test_AnEscrowIsNobodysCredit() public {
        open(2 ** 40);
        uint256 key = keyOf(id);
        vm.prank(operator);
        (bool ok,) = address(market).call(abi.encodeCall(market.withdraw, (listOf(key), operator)));
        vm.assertFalse(ok);
        bytes32 digest = forMarket(keccak256(abi.encode(WITHDRAWAL, operator, key, 2 ** 40, operator, NOW)));
        bytes memory signature = sign(OPERATOR_KEY, digest);
        (ok,) = address(market)
            .call(abi.encodeCall(market.withdrawBySig, (operator, key, 2 ** 40, operator, NOW, signature)));
        vm.assertFalse(ok);
        vm.assertEq(token.balanceOf(address(market)), 2 ** 40);
        assertCampaign(2 ** 40, 0, 0, 0);
    }

    function test_BySignature_ItNamesTheRunningTotal() public {
        token.mint(address(market), 1_000);
        putAccount(alice, 500, 100, 1, 1);
        emitsWithdrawn(STRANGER, 200);
        withdrawSigned(300, STRANGER, NOW);
        assertCredit(alice, 500, 300, 1, 1);
        vm.assertEq(token.balanceOf(STRANGER), 200);
        refuse(ISignalMarket.NothingToClaim.selector, u(alice));
        withdrawSigned(300, STRANGER, NOW);
        refuse(ISignalMarket.NothingToClaim.selector, u(alice));
        withdrawSigned(299, STRANGER, NOW);
        refuse(ISignalMarket.NotEarnedYet.selector, 501, 500);
        withdrawSigned(501, STRANGER, NOW);
        withdrawSigned(500, STRANGER, NOW);
        assertCredit(alice, 500, 500, 1, 1);
        vm.assertEq(token.balanceOf(STRANGER), 400);
    }

    function test_BySignature_UntilTheDeadline() public {
        token.mint(address(market), 1_000);
        putAccount(alice, 500, 100, 1, 1);
        refuse(ISignedMessages.SignatureExpired.selector, NOW - 1, NOW);
        withdrawSigned(500, STRANGER, NOW - 1);
        withdrawSigned(500, STRANGER, NOW);
    }

    function test_BySignature_OnlyTheSubjects() public {
        putAccount(alice, 500, 100, 1, 1);
        bytes memory good = withdrawal(ALICE_KEY, 500, STRANGER, NOW);
        bytes memory theirs = withdrawal(BOB_KEY, 500, STRANGER, NOW);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        market.withdrawBySig(alice, lane, 500, STRANGER, NOW, theirs);
        refuse(ISignedMessages.InvalidSignature.selector, u(bob));
        market.withdrawBySig(bob, lane, 500, STRANGER, NOW, good);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        market.withdrawBySig(alice, lane + 1, 500, STRANGER, NOW, good);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        market.withdrawBySig(alice, lane, 499, STRANGER, NOW, good);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        market.withdrawBySig(alice, lane, 500, bob, NOW, good);
        refuse(ISignedMessages.InvalidSignature.selector, u(alice));
        market.withdrawBySig(alice, lane, 500, STRANGER, NOW + 1, good);
    }

    function test_ManyLanesAreReadAtOnce() public {
        putAccount(alice, MAX_96, MAX_96 - 1, 2 ** 32 - 2, 2 ** 32 - 1);
        ISignalMarket.Credit[] memory read = market.creditsOf(alice, listOf(other, lane));
        vm.assertEq(read.length, 2);
        vm.assertEq(keccak256(abi.encode(read[0])), keccak256(abi.encode(0, 0, 0, 0)));
        vm.assertEq(keccak256(abi.encode(read[1])), keccak256(abi.encode(MAX_96, MAX_96 - 1, 2 ** 32 - 2, 2 ** 32 - 1)));
    }
}

contract PayOperatorTest is MarketTest {
    function test_PaysTheRestOfEveryUseOnce() public {
        open(5_000);
        record(alice, 0);
        record(bob, 1);
        vm.expectEmit(address(market));
        emit ISignalMarket.OperatorPaid(operator, id, PAYOUT, 600);
        vm.prank(STRANGER);
        market.payOperator(advertiser, target, bid);
        assertCampaign(5_000 - 2 * PRICE, 2, 2, 0);
        vm.assertEq(token.balanceOf(PAYOUT), 600);
        vm.assertEq(token.balanceOf(address(market)), 4_400);
        refuse(ISignalMarket.ZeroAmount.selector);
        market.payOperator(advertiser, target, bid);
        record(bob, 2);
        market.payOperator(advertiser, target, bid);
        assertCampaign(5_000 - 3 * PRICE, 3, 3, 0);
        vm.assertEq(token.balanceOf(PAYOUT), 900);
    }

    function test_TheOtherFieldsOfTheCampaignStay() public {
        token.mint(address(market), 300);
        putCampaign(MAX_96, 2 ** 40 - 1, 2 ** 40 - 2, 2 ** 32 - 1);
        market.payOperator(advertiser, target, bid);
        assertCampaign(MAX_96, 2 ** 40 - 1, 2 ** 40 - 1, 2 ** 32 - 1);
        vm.assertEq(token.balanceOf(PAYOUT), 300);
    }

    function test_OnlyOfACampaignThatWasOpened() public {
        refuse(ISignalMarket.UnknownCampaign.selector, uint256(id));
        market.payOperator(advertiser, target, bid);
    }

    function test_NotBeforeTheOperatorSaysWhere() public {
        address newcomer = vm.addr(0xBEE);
        lane = laneOf(newcomer, 1);
        target = targetOf(newcomer, 1, ENDS, 7);
        consentOf(alice);
        open(5_000);
        record(alice, 0);
        refuse(ISignalMarket.UnknownOperator.selector, u(newcomer));
        market.payOperator(advertiser, target, bid);
        vm.prank(newcomer);
        operators.register(STRANGER, "");
        market.payOperator(advertiser, target, bid);
        vm.assertEq(token.balanceOf(STRANGER), 300);
    }
}
