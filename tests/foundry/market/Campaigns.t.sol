// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

import {ISignalMarket} from "../../../contracts/interfaces/ISignalMarket.sol";
import {SignalMarket} from "../../../contracts/market/SignalMarket.sol";
import {TestDollar} from "../../../contracts/token/TestDollar.sol";
import {MoodyToken} from "../support/Wallets.sol";
import {MarketTest} from "./MarketTest.sol";

contract CampaignsTest is MarketTest {
    function emitsOpened(bytes32 id_, uint256 target_, uint256 bid_, uint256 amount) private {
        vm.expectEmit(address(market));
        emit ISignalMarket.CampaignOpened(id_, advertiser, target_, bid_, amount);
    }

    function openAs(uint256 target_, uint256 bid_, uint256 amount) private {
        vm.prank(advertiser);
        market.openCampaign(target_, bid_, amount);
    }

    function assertMoney(uint256 inMarket) private view {
        vm.assertEq(token.balanceOf(address(market)), inMarket);
        vm.assertEq(token.balanceOf(advertiser), 2 ** 130 - inMarket);
    }

    // ---------------------------------------------------------------------------------------------------- deployment

    function test_WhatItWasDeployedWith() public view {
        vm.assertEq(market.token(), address(token));
        vm.assertEq(address(market.consents()), address(consents));
        vm.assertEq(address(market.operators()), address(operators));
        vm.assertEq(market.GRACE(), 86_400);
        vm.assertEq(market.USER_SHARE_BPS(), 7_000);
        vm.assertEq(market.DOMAIN_SEPARATOR(), domainSeparator(MARKET_DOMAIN, address(market)));
    }

    function test_6To36DecimalsWillDo() public {
        new SignalMarket(address(new TestDollar(6)), consents, operators);
        new SignalMarket(address(new TestDollar(36)), consents, operators);
    }

    /// @dev A test of its own each: where forge links dynamically, a refused deployment ends the test.
    function test_FiveDecimalsAreTooFew() public {
        address five = address(new TestDollar(5));
        refuse(ISignalMarket.UnsupportedDecimals.selector, 5);
        new SignalMarket(five, consents, operators);
    }

    function test_37DecimalsAreTooMany() public {
        address large = address(new TestDollar(37));
        refuse(ISignalMarket.UnsupportedDecimals.selector, 37);
        new SignalMarket(large, consents, operators);
    }

    // -------------------------------------------------------------------------------------------------- recipient key

    function test_AnAdvertiserNamesItsKey() public {
        vm.expectEmit(address(market));
        emit ISignalMarket.RecipientKeySet(advertiser, bytes32(type(uint256).max));
        vm.prank(advertiser);
        market.setRecipientKey(bytes32(type(uint256).max));
        vm.assertEq(market.recipientKeyOf(advertiser), bytes32(type(uint256).max));
        vm.prank(advertiser);
        market.setRecipientKey(bytes32(uint256(1)));
        vm.assertEq(market.recipientKeyOf(advertiser), bytes32(uint256(1)));
        vm.assertEq(market.recipientKeyOf(STRANGER), 0);
        refuse(ISignalMarket.EmptyRecipientKey.selector);
        vm.prank(advertiser);
        market.setRecipientKey(0);
    }

    // -------------------------------------------------------------------------------------------------------- opening

    function test_OpeningTakesTheEscrow() public {
        emitsOpened(id, target, bid, 5_000);
        open(5_000);
        assertCampaign(5_000, 0, 0, 0);
        assertMoney(5_000);
        vm.assertFalse(market.campaignOf(bob, id).opened);
        vm.assertFalse(market.campaignOf(operator, bytes32(uint256(id) ^ 2 ** 255)).opened);
    }

    function test_TheWidestTerms() public {
        uint256 target_ = targetOf(address(type(uint160).max), 5, 2 ** 40 - 1, 2 ** 48 - 1);
        uint256 bid_ = bidOf(ALLOWED, MAX_96);
        bytes32 id_ = idOf(advertiser, target_, bid_);
        vm.assertEq(market.campaignId(advertiser, target_, bid_), id_);
        emitsOpened(id_, target_, bid_, 1);
        openAs(target_, bid_, 1);
        vm.assertEq(market.campaignOf(address(type(uint160).max), id_).escrow, 1);
        openAs(targetOf(address(1), 1, NOW + 1, 0), bidOf(1, 1), 1);
        assertMoney(2);
    }

    function test_PurposeIs1To5() public {
        refuse(ISignalMarket.InvalidPurpose.selector, 0);
        openAs(targetOf(operator, 0, ENDS, 0), bid, 1);
        refuse(ISignalMarket.InvalidPurpose.selector, 6);
        openAs(targetOf(operator, 6, ENDS, 0), bid, 1);
        refuse(ISignalMarket.InvalidPurpose.selector, 255);
        openAs(targetOf(operator, 255, ENDS, 0), bid, 1);
    }

    function test_TheOperatorIsNamed() public {
        refuse(ISignalMarket.UnknownOperator.selector, 0);
        openAs(targetOf(address(0), 1, ENDS, 1), bid, 1);
    }

    function test_ProhibitedCategoriesCannotBeBought() public {
        for (uint256 bit = 112; bit < 128; ++bit) {
            refuse(ISignalMarket.ProhibitedCategories.selector, 2 ** bit);
            openAs(target, bidOf(ALLOWED + 2 ** bit, PRICE), 1);
        }
        refuse(ISignalMarket.NoCategories.selector);
        openAs(target, bidOf(0, PRICE), 1);
    }

    function test_APriceOf96Bits() public {
        refuse(ISignalMarket.ZeroPrice.selector);
        openAs(target, bidOf(6, 0), 1);
        refuse(ISignalMarket.AmountTooLarge.selector, 2 ** 96);
        openAs(target, bidOf(6, 2 ** 96), 1);
        refuse(ISignalMarket.AmountTooLarge.selector, 2 ** 127 + 1);
        openAs(target, bidOf(6, 2 ** 127 + 1), 1);
    }

    function test_EndsInTheFuture() public {
        refuse(ISignalMarket.CampaignEnded.selector, NOW, NOW);
        openAs(targetOf(operator, 1, NOW, 0), bid, 1);
        refuse(ISignalMarket.CampaignEnded.selector, 0, NOW);
        openAs(targetOf(operator, 1, 0, 0), bid, 1);
        openAs(targetOf(operator, 1, NOW + 1, 0), bid, 1);
    }

    function test_TheSameTermsOnce_EvenAfterTheRefund() public {
        open(1);
        refuse(ISignalMarket.CampaignExists.selector, uint256(id));
        open(1);
        vm.prank(advertiser);
        market.closeCampaign(target, bid);
        vm.warp(NOW + 2 days);
        vm.prank(advertiser);
        market.refund(target, bid, advertiser);
        refuse(ISignalMarket.CampaignExists.selector, uint256(id));
        open(1);
        // The same words of somebody else are another campaign.
        token.mint(bob, 1);
        vm.prank(bob);
        token.approve(address(market), 1);
        vm.prank(bob);
        market.openCampaign(target, bid, 1);
    }

    function test_AnEscrowOf1To96Bits() public {
        refuse(ISignalMarket.ZeroAmount.selector);
        open(0);
        refuse(ISignalMarket.AmountTooLarge.selector, 2 ** 96);
        open(2 ** 96);
        open(MAX_96);
        assertCampaign(MAX_96, 0, 0, 0);
        refuse(ISignalMarket.AmountTooLarge.selector, 1);
        vm.prank(advertiser);
        market.topUp(advertiser, target, bid, 1);
        refuse(ISignalMarket.ZeroAmount.selector);
        vm.prank(advertiser);
        market.topUp(advertiser, target, bid, 0);
    }

    function test_WithoutAllowanceNothingIsOpened() public {
        vm.prank(advertiser);
        token.approve(address(market), 4);
        refuse(SafeTransferLib.TransferFromFailed.selector);
        open(5);
        vm.assertFalse(market.campaignOf(operator, id).opened);
    }

    function test_TokensThatTakeAFeeAreRefused() public {
        MoodyToken moody = new MoodyToken(6);
        useToken(moody);
        moody.setFee(1);
        refuse(ISignalMarket.FeeOnTransferToken.selector, 100, 99);
        open(100);
        moody.setFee(0);
        open(100);
        moody.setFee(3);
        refuse(ISignalMarket.FeeOnTransferToken.selector, 50, 47);
        vm.prank(advertiser);
        market.topUp(advertiser, target, bid, 50);
    }

    // ---------------------------------------------------------------------------------------- permit and authorization

    function test_APermitSavesTheApproval() public {
        vm.prank(advertiser);
        token.approve(address(market), 0);
        ISignalMarket.Permit memory permit = permitOf(70, NOW);
        emitsOpened(id, target, bid, 70);
        vm.prank(advertiser);
        market.openCampaignWithPermit(target, bid, 70, permit);
        permit = permitOf(7, NOW);
        vm.expectEmit(address(market));
        emit ISignalMarket.CampaignToppedUp(id, 7);
        vm.prank(advertiser);
        market.topUpWithPermit(advertiser, target, bid, 7, permit);
        assertCampaign(77, 0, 0, 0);
        assertMoney(77);
        vm.assertEq(token.allowance(advertiser, address(market)), 0);
    }

    function test_APermitThatSomebodySentFirstDoesNoHarm() public {
        ISignalMarket.Permit memory permit = permitOf(70, NOW);
        token.permit(advertiser, address(market), 70, NOW, permit.v, permit.r, permit.s);
        vm.prank(advertiser);
        market.openCampaignWithPermit(target, bid, 70, permit);
        assertCampaign(70, 0, 0, 0);
        // Without it and without an allowance, the transfer decides.
        refuse(SafeTransferLib.TransferFromFailed.selector);
        vm.prank(advertiser);
        market.topUpWithPermit(advertiser, target, bid, 1, permit);
    }

    function test_AnAuthorizationIsRelayedByAnyone() public {
        vm.prank(advertiser);
        token.approve(address(market), 0);
        ISignalMarket.Authorization memory authorization = authorizationOf(id, 70, 3);
        emitsOpened(id, target, bid, 70);
        vm.prank(STRANGER);
        market.openCampaignWithAuthorization(advertiser, target, bid, 70, authorization);
        authorization = authorizationOf(id, 7, 4);
        vm.expectEmit(address(market));
        emit ISignalMarket.CampaignToppedUp(id, 7);
        vm.prank(STRANGER);
        market.topUpWithAuthorization(advertiser, advertiser, target, bid, 7, authorization);
        assertCampaign(77, 0, 0, 0);
        assertMoney(77);
        vm.expectRevert(
            abi.encodeWithSelector(
                ERC3009.ERC3009UsedAuthorization.selector, advertiser, keccak256(abi.encode(id, uint256(4)))
            )
        );
        market.topUpWithAuthorization(advertiser, advertiser, target, bid, 7, authorization);
    }

    function test_AnAuthorizationIsForOneCampaign() public {
        open(1);
        uint256 other = target + 2 ** 208;
        ISignalMarket.Authorization memory authorization = authorizationOf(id, 70, 3);
        refuse(ERC3009.ERC3009InvalidSignature.selector);
        market.openCampaignWithAuthorization(advertiser, other, bid, 70, authorization);
        refuse(ERC3009.ERC3009InvalidSignature.selector);
        market.topUpWithAuthorization(advertiser, advertiser, target, bid, 71, authorization);
        authorization.salt = 4;
        refuse(ERC3009.ERC3009InvalidSignature.selector);
        market.topUpWithAuthorization(advertiser, advertiser, target, bid, 70, authorization);
    }

    function test_AnAuthorizationObeysTheSameRules() public {
        ISignalMarket.Authorization memory authorization = authorizationOf(id, 0, 3);
        refuse(ISignalMarket.ZeroAmount.selector);
        market.openCampaignWithAuthorization(advertiser, target, bid, 0, authorization);
        refuse(ISignalMarket.UnknownCampaign.selector, uint256(id));
        market.topUpWithAuthorization(advertiser, advertiser, target, bid, 7, authorization);
        refuse(ISignalMarket.InvalidPurpose.selector, 6);
        market.openCampaignWithAuthorization(advertiser, target + 5, bid, 7, authorization);
    }

    // ------------------------------------------------------------------------------------------------------ topping up

    function test_AnyoneTopsUp() public {
        open(1);
        token.mint(STRANGER, 9);
        vm.prank(STRANGER);
        token.approve(address(market), 9);
        vm.expectEmit(address(market));
        emit ISignalMarket.CampaignToppedUp(id, 9);
        vm.prank(STRANGER);
        market.topUp(advertiser, target, bid, 9);
        assertCampaign(10, 0, 0, 0);
        vm.assertEq(token.balanceOf(STRANGER), 0);
        vm.assertEq(token.balanceOf(address(market)), 10);
    }

    function topUpAs() private {
        vm.prank(advertiser);
        market.topUp(advertiser, target, bid, 1);
    }

    function test_OnlyWhatWasOpenedAndIsOpenIsToppedUp() public {
        refuse(ISignalMarket.UnknownCampaign.selector, uint256(id));
        topUpAs();
        open(1);
        bytes32 theirs = idOf(STRANGER, target, bid);
        refuse(ISignalMarket.UnknownCampaign.selector, uint256(theirs));
        market.topUp(STRANGER, target, bid, 1);
        vm.warp(ENDS);
        refuse(ISignalMarket.CampaignEnded.selector, ENDS, ENDS);
        topUpAs();
        vm.warp(ENDS - 1);
        topUpAs();
    }

    function test_UntilTheGraceAfterClosing() public {
        open(1);
        vm.prank(advertiser);
        market.closeCampaign(target, bid);
        vm.warp(NOW + 1 days - 1);
        topUpAs();
        vm.warp(NOW + 1 days);
        refuse(ISignalMarket.CampaignEnded.selector, NOW + 1 days, NOW + 1 days);
        topUpAs();
    }

    // -------------------------------------------------------------------------------------------- closing and refunding

    function test_ClosingTwiceChangesNothing() public {
        putCampaign(MAX_96, 2 ** 40 - 1, 2 ** 40 - 2, 0);
        vm.expectEmit(address(market));
        emit ISignalMarket.CampaignClosing(id, NOW + 1 days);
        vm.prank(advertiser);
        market.closeCampaign(target, bid);
        assertCampaign(MAX_96, 2 ** 40 - 1, 2 ** 40 - 2, NOW + 1 days);
        vm.warp(NOW + 1);
        vm.recordLogs();
        vm.prank(advertiser);
        market.closeCampaign(target, bid);
        vm.assertEq(vm.getRecordedLogs().length, 0);
        assertCampaign(MAX_96, 2 ** 40 - 1, 2 ** 40 - 2, NOW + 1 days);
    }

    /// @dev As if somebody had found two terms whose ids begin alike, which takes 2^80 hashes.
    function test_TermsDoNotPassForOthersUnderTheSameWord() public {
        bytes32 real = id;
        for (uint256 bit; bit < 47; bit += 23) {
            id = bytes32(uint256(real) ^ 2 ** bit);
            putCampaign(5_000, 1, 0, 0);
            vm.assertFalse(market.campaignOf(operator, real).opened);
            refuse(ISignalMarket.CampaignExists.selector, uint256(real));
            open(1);
            refuse(ISignalMarket.UnknownCampaign.selector, uint256(real));
            market.topUp(advertiser, target, bid, 1);
            refuse(ISignalMarket.UnknownCampaign.selector, uint256(real));
            market.payOperator(advertiser, target, bid);
            refuse(ISignalMarket.UnknownCampaign.selector, uint256(real));
            vm.prank(advertiser);
            market.closeCampaign(target, bid);
            refuse(ISignalMarket.UnknownCampaign.selector, uint256(real));
            vm.prank(advertiser);
            market.refund(target, bid, advertiser);
            refuse(ISignalMarket.UnknownCampaign.selector, uint256(real));
            record(alice, 1);
        }
    }

    function test_OnlyTheAdvertiserClosesAndRefunds() public {
        open(1);
        vm.warp(ENDS + 1 days);
        bytes32 theirs = idOf(operator, target, bid);
        refuse(ISignalMarket.UnknownCampaign.selector, uint256(theirs));
        vm.prank(operator);
        market.closeCampaign(target, bid);
        refuse(ISignalMarket.UnknownCampaign.selector, uint256(theirs));
        vm.prank(operator);
        market.refund(target, bid, operator);
    }

    function refundTo(address to) private {
        vm.prank(advertiser);
        market.refund(target, bid, to);
    }

    function test_TheRestComesBackAGraceAfterTheEnd() public {
        open(5_000);
        record(alice, 0);
        vm.warp(ENDS + 1 days - 1);
        refuse(ISignalMarket.CampaignStillOpen.selector, ENDS + 1 days, ENDS + 1 days - 1);
        refundTo(STRANGER);
        vm.warp(ENDS + 1 days);
        vm.expectEmit(address(market));
        emit ISignalMarket.CampaignRefunded(id, STRANGER, 5_000 - PRICE);
        refundTo(STRANGER);
        assertCampaign(0, 1, 0, 0);
        vm.assertEq(token.balanceOf(STRANGER), 5_000 - PRICE);
        vm.assertEq(token.balanceOf(address(market)), PRICE);
        refuse(ISignalMarket.ZeroAmount.selector);
        refundTo(STRANGER);
    }

    function test_TheRestComesBackAGraceAfterTheEndByClosing() public {
        open(5_000);
        vm.prank(advertiser);
        market.closeCampaign(target, bid);
        vm.warp(NOW + 2 days - 1);
        refuse(ISignalMarket.CampaignStillOpen.selector, NOW + 2 days, NOW + 2 days - 1);
        refundTo(STRANGER);
        vm.warp(NOW + 2 days);
        refundTo(STRANGER);
        assertCampaign(0, 0, 0, NOW + 1 days);
        vm.assertEq(token.balanceOf(STRANGER), 5_000);
    }

    function test_ClosingLateDoesNotKeepTheRest() public {
        open(5_000);
        vm.warp(ENDS + 9);
        vm.prank(advertiser);
        market.closeCampaign(target, bid);
        vm.warp(ENDS + 1 days - 1);
        refuse(ISignalMarket.CampaignStillOpen.selector, ENDS + 1 days, ENDS + 1 days - 1);
        refundTo(STRANGER);
        vm.warp(ENDS + 1 days);
        refundTo(STRANGER);
        vm.assertEq(token.balanceOf(STRANGER), 5_000);
    }

    function test_NeitherToNobodyNorToTheMarket() public {
        open(1);
        vm.warp(ENDS + 1 days);
        refuse(ISignalMarket.InvalidRecipient.selector);
        refundTo(address(0));
        refuse(ISignalMarket.InvalidRecipient.selector);
        refundTo(address(market));
    }

    function test_ManyAreReadAtOnce() public {
        putCampaign(1, 2, 3, 4);
        bytes32[] memory ids = new bytes32[](2);
        ids[1] = id;
        ISignalMarket.Campaign[] memory read = market.campaignsOf(operator, ids);
        vm.assertEq(read.length, 2);
        vm.assertEq(keccak256(abi.encode(read[0])), keccak256(abi.encode(false, 0, 0, 0, 0)));
        vm.assertEq(keccak256(abi.encode(read[1])), keccak256(abi.encode(true, 1, 2, 3, 4)));
    }
}
