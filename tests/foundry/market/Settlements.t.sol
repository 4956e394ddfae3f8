// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

import {IOperatorRegistry} from "../../../contracts/interfaces/IOperatorRegistry.sol";
import {ISignalMarket} from "../../../contracts/interfaces/ISignalMarket.sol";
import {ISignedMessages} from "../../../contracts/interfaces/ISignedMessages.sol";
import {BurningWallet, MoodyToken, SmartWallet, walletHash} from "../support/Wallets.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice Alice's and Bob's totals under one root, settled by a quorum.
abstract contract SettlementTest is MarketTest {
    bytes32 internal constant LOG = bytes32(uint256(0x106));

    function leaves(uint256 alices, uint256 bobs) internal view returns (bytes32[] memory list) {
        list = new bytes32[](2);
        (list[0], list[1]) = (leafOf(alice, alices), leafOf(bob, bobs));
    }

    function rootOf(uint256 alices, uint256 bobs) internal view returns (bytes32 root) {
        (root,) = tree(leaves(alices, bobs), 0);
    }

    function proofOf(uint256 alices, uint256 bobs, uint256 at) internal view returns (bytes32[] memory proof) {
        (, proof) = tree(leaves(alices, bobs), at);
    }

    function settlement(uint256 epoch, bytes32 root, uint256 total)
        internal
        view
        returns (ISignalMarket.Settlement memory)
    {
        return ISignalMarket.Settlement(operator, epoch, root, total, LOG);
    }

    function debit(uint256 amount) internal view returns (bytes memory) {
        return abi.encodePacked(bytes20(id), uint96(amount));
    }

    function digestOf(ISignalMarket.Settlement memory s, bytes memory debits, bytes32 previous)
        internal
        view
        returns (bytes32)
    {
        return forMarket(
            keccak256(
                abi.encode(
                    SETTLEMENT, s.operator, s.epoch, bytes20(previous), s.root, s.total, keccak256(debits), s.logDigest
                )
            )
        );
    }

    function settle(ISignalMarket.Settlement memory s, bytes memory debits, bytes32 previous) internal {
        bytes memory signatures = quorum(digestOf(s, debits, previous));
        vm.prank(STRANGER);
        market.settle(s, debits, signatures);
    }

    /// @dev Epoch 1: `gross` for Alice's and Bob's totals.
    function settleFirst(uint256 alices, uint256 bobs, uint256 gross) internal {
        settle(settlement(1, rootOf(alices, bobs), alices + bobs), debit(gross), 0);
    }

    function putBooks(bytes32 root, uint256 pool, uint256 total, uint256 share, uint256 epoch) internal {
        bytes32 slot = keccak256(abi.encode(operator, booksSlot()));
        vm.store(address(market), slot, bytes32(uint256(uint160(bytes20(root))) + pool * 2 ** 160));
        uint256 second = total + share * 2 ** 96 + epoch * 2 ** 192;
        vm.store(address(market), bytes32(uint256(slot) + 1), bytes32(second));
        assertBooks(root, pool, total, share, epoch);
    }

    /// @dev Recipient keys are the first mapping, books the second.
    function booksSlot() private pure returns (uint256) {
        return 1;
    }

    function assertBooks(bytes32 root, uint256 pool, uint256 total, uint256 share, uint256 epoch) internal view {
        ISignalMarket.Books memory books = market.booksOf(operator);
        vm.assertEq(bytes32(books.root), bytes32(bytes20(root)));
        vm.assertEq(books.pool, pool, "pool");
        vm.assertEq(books.total, total, "total");
        vm.assertEq(books.operatorShare, share, "operatorShare");
        vm.assertEq(books.epoch, epoch, "epoch");
    }

    function claimedOf(address subject) internal view returns (uint256) {
        return market.creditOf(subject, laneOf(operator, 0)).claimed;
    }
}

contract SettleTest is SettlementTest {
    function test_BooksTheEpoch() public {
        open(5_000);
        ISignalMarket.Settlement memory s = settlement(1, rootOf(500, 201), 701);
        vm.assertEq(market.settlementDigest(s, debit(1_001)), digestOf(s, debit(1_001), 0));
        vm.expectEmit(address(market));
        emit ISignalMarket.Settled(operator, 1, s.root, 701, 1_001, LOG);
        settle(s, debit(1_001), 0);
        assertBooks(s.root, 701, 701, 300, 1);
        assertCampaign(3_999, 0, 0, 0);
        vm.assertEq(token.balanceOf(address(market)), 5_000);
        // The next one chains to it.
        ISignalMarket.Settlement memory next = settlement(2, rootOf(600, 801), 1_401);
        vm.assertEq(market.settlementDigest(next, debit(1_000)), digestOf(next, debit(1_000), s.root));
        vm.expectEmit(address(market));
        emit ISignalMarket.Settled(operator, 2, next.root, 1_401, 1_000, LOG);
        settle(next, debit(1_000), s.root);
        assertBooks(next.root, 1_401, 1_401, 600, 2);
        assertCampaign(2_999, 0, 0, 0);
    }

    function test_EpochsOnceAndInOrder() public {
        open(5_000);
        refuse(ISignalMarket.WrongEpoch.selector, 1, 0);
        settle(settlement(0, LOG, 1_000), debit(1_000), 0);
        refuse(ISignalMarket.WrongEpoch.selector, 1, 2);
        settle(settlement(2, LOG, 1_000), debit(1_000), 0);
        refuse(ISignalMarket.WrongEpoch.selector, 1, 2 ** 40 + 1);
        settle(settlement(2 ** 40 + 1, LOG, 1_000), debit(1_000), 0);
        settle(settlement(1, LOG, 1_000), debit(1_000), 0);
        refuse(ISignalMarket.WrongEpoch.selector, 2, 1);
        settle(settlement(1, LOG, 1_000), debit(1_000), 0);
    }

    function test_OnlyAQuorumOverExactlyThis() public {
        open(5_000);
        ISignalMarket.Settlement memory s = settlement(1, LOG, 700);
        bytes memory signatures = quorum(digestOf(s, debit(1_000), 0));
        refuse(IOperatorRegistry.WrongQuorum.selector, 128, 64);
        market.settle(s, debit(1_000), signCompact(keeperKeys[0], digestOf(s, debit(1_000), 0)));
        vm.expectRevert();
        market.settle(s, debit(999), signatures);
        ISignalMarket.Settlement memory other = settlement(1, LOG, 701);
        vm.expectRevert();
        market.settle(other, debit(1_000), signatures);
        other = settlement(1, bytes32(uint256(LOG) + 1), 700);
        vm.expectRevert();
        market.settle(other, debit(1_000), signatures);
        other = settlement(1, LOG, 700);
        other.logDigest = 0;
        vm.expectRevert();
        market.settle(other, debit(1_000), signatures);
        market.settle(s, debit(1_000), signatures);
    }

    function test_PeopleGetFrom70PercentToAll() public {
        open(5_000);
        refuse(ISignalMarket.UnfairSplit.selector, 700, 701, 1_001);
        settle(settlement(1, LOG, 700), debit(1_001), 0);
        refuse(ISignalMarket.UnfairSplit.selector, 1_002, 701, 1_001);
        settle(settlement(1, LOG, 1_002), debit(1_001), 0);
        settle(settlement(1, LOG, 701), debit(1_001), 0);
        assertBooks(LOG, 701, 701, 300, 1);
        refuse(ISignalMarket.UnfairSplit.selector, 1_703, 1_402, 1_702);
        settle(settlement(2, LOG, 1_703), debit(1_001), LOG);
        refuse(ISignalMarket.UnfairSplit.selector, 1_401, 1_402, 1_702);
        settle(settlement(2, LOG, 1_401), debit(1_001), LOG);
        settle(settlement(2, LOG, 1_702), debit(1_001), LOG);
        assertBooks(LOG, 1_702, 1_702, 300, 2);
    }

    function test_AnEpochWithoutUses() public {
        settle(settlement(1, LOG, 0), "", 0);
        assertBooks(LOG, 0, 0, 0, 1);
        refuse(ISignalMarket.UnfairSplit.selector, 1, 0, 0);
        settle(settlement(2, LOG, 1), "", LOG);
    }

    function test_ManyCampaignsOfTheOperator() public {
        open(1_000);
        bytes memory debits = debit(1_000);
        (target, id) = (target + 2 ** 208, idOf(advertiser, target + 2 ** 208, bid));
        open(2_000);
        debits = bytes.concat(debits, debit(300), debit(1_700));
        settle(settlement(1, LOG, 2_100), debits, 0);
        assertCampaign(0, 0, 0, 0);
        (target, id) = (target - 2 ** 208, idOf(advertiser, target - 2 ** 208, bid));
        assertCampaign(0, 0, 0, 0);
        assertBooks(LOG, 2_100, 2_100, 900, 1);
    }

    function test_TheEscrowCoversIt() public {
        open(1_000);
        refuse(ISignalMarket.EscrowExhausted.selector, 1_000, 1_001);
        settle(settlement(1, LOG, 1_001), debit(1_001), 0);
        refuse(ISignalMarket.EscrowExhausted.selector, 0, 1);
        settle(settlement(1, LOG, 1_001), bytes.concat(debit(1_000), debit(1)), 0);
        settle(settlement(1, LOG, 1_000), debit(1_000), 0);
        assertCampaign(0, 0, 0, 0);
    }

    function test_TheOtherFieldsOfTheCampaignStay() public {
        putCampaign(MAX_96, 2 ** 40 - 1, 2 ** 40 - 2, 2 ** 32 - 3);
        settle(settlement(1, LOG, 1_000), debit(1_000), 0);
        assertCampaign(MAX_96 - 1_000, 2 ** 40 - 1, 2 ** 40 - 2, 2 ** 32 - 3);
    }

    function test_NotFromAnotherOperatorsCampaign() public {
        open(1_000);
        ISignalMarket.Settlement memory s = settlement(1, LOG, 1_000);
        s.operator = bob;
        refuse(ISignalMarket.EscrowExhausted.selector, 0, 1_000);
        settle(s, debit(1_000), 0);
    }

    function test_DebitsAreWhole() public {
        uint8[5] memory lengths = [1, 31, 33, 63, 65];
        for (uint256 i; i < lengths.length; ++i) {
            refuse(ISignalMarket.InvalidRecords.selector, lengths[i], 32);
            settle(settlement(1, LOG, 0), new bytes(lengths[i]), 0);
        }
    }

    function test_TheBooksHave96Bits() public {
        putCampaign(MAX_96, 0, 0, 0);
        settle(settlement(1, LOG, MAX_96), debit(MAX_96), 0);
        assertBooks(LOG, MAX_96, MAX_96, 0, 1);
        putCampaign(MAX_96, 0, 0, 0);
        refuse(ISignalMarket.AmountTooLarge.selector, 1);
        settle(settlement(2, LOG, 2 ** 96), debit(1), LOG);
        // What waits for the operator counts too.
        putBooks(LOG, 5, MAX_96 - 11, 10, 7);
        refuse(ISignalMarket.AmountTooLarge.selector, 2);
        settle(settlement(8, LOG, MAX_96 - 9), debit(2), LOG);
        settle(settlement(8, LOG, MAX_96 - 10), debit(1), LOG);
        assertBooks(LOG, 6, MAX_96 - 10, 10, 8);
        // Sums of debits may need more bits than one.
        putBooks(LOG, 0, 0, 0, 8);
        putCampaign(MAX_96, 0, 0, 0);
        bytes memory first = debit(MAX_96);
        id = idOf(advertiser, target + 2 ** 208, bid);
        putCampaign(MAX_96, 0, 0, 0);
        refuse(ISignalMarket.AmountTooLarge.selector, 2 * MAX_96);
        settle(settlement(9, LOG, 2 * MAX_96), bytes.concat(first, debit(MAX_96)), LOG);
    }

    function test_TheOperatorIsPaidItsShare() public {
        open(5_000);
        settleFirst(500, 201, 1_001);
        vm.expectEmit(address(market));
        emit ISignalMarket.OperatorPaid(operator, 0, PAYOUT, 300);
        vm.prank(STRANGER);
        market.payOperatorSettled(operator);
        vm.assertEq(token.balanceOf(PAYOUT), 300);
        assertBooks(rootOf(500, 201), 701, 701, 0, 1);
        refuse(ISignalMarket.ZeroAmount.selector);
        market.payOperatorSettled(operator);
        putBooks(LOG, 3, 2, MAX_96, 2 ** 40 - 1);
        token.mint(address(market), MAX_96);
        market.payOperatorSettled(operator);
        assertBooks(LOG, 3, 2, 0, 2 ** 40 - 1);
        vm.assertEq(token.balanceOf(PAYOUT), 300 + MAX_96);
    }

    function test_AnOperatorWithoutAnAddressWaits() public {
        address newcomer = vm.addr(0xBEE);
        target = targetOf(newcomer, 1, ENDS, 7);
        id = idOf(advertiser, target, bid);
        open(1_000);
        ISignalMarket.Settlement memory s = settlement(1, LOG, 700);
        s.operator = newcomer;
        settle(s, debit(1_000), 0);
        refuse(ISignalMarket.UnknownOperator.selector, u(newcomer));
        market.payOperatorSettled(newcomer);
    }
}

contract ClaimTest is SettlementTest {
    function setUp() public override {
        super.setUp();
        open(50_000);
        settleFirst(500, 201, 1_001);
    }

    function emitsClaimed(address to, uint256 amount) private {
        vm.expectEmit(address(market));
        emit ISignalMarket.Claimed(alice, operator, to, amount);
    }

    function claim(uint256 total, bytes32[] memory proof) private {
        vm.prank(alice);
        market.claim(operator, total, proof);
    }

    function claimSigned(ISignalMarket.SignedClaim memory c) private {
        vm.prank(STRANGER);
        market.claimBySig(c);
    }

    function digestOfClaim(ISignalMarket.SignedClaim memory c) private view returns (bytes32) {
        return forMarket(keccak256(abi.encode(CLAIM, c.subject, c.operator, c.total, c.to, c.deadline)));
    }

    function signedBy(uint256 key, address to, uint256 deadline)
        private
        view
        returns (ISignalMarket.SignedClaim memory c)
    {
        bool isAlice = key == ALICE_KEY;
        c.subject = vm.addr(key);
        c.operator = operator;
        c.total = isAlice ? 500 : 201;
        c.to = to;
        c.deadline = deadline;
        c.proof = proofOf(500, 201, isAlice ? 0 : 1);
        c.signature = sign(key, digestOfClaim(c));
    }

    function test_PaysTheRunningTotalOnce() public {
        emitsClaimed(alice, 500);
        claim(500, proofOf(500, 201, 0));
        vm.assertEq(token.balanceOf(alice), 500);
        vm.assertEq(claimedOf(alice), 500);
        assertBooks(rootOf(500, 201), 201, 701, 300, 1);
        bytes32[] memory proof = proofOf(500, 201, 0);
        refuse(ISignalMarket.NothingToClaim.selector, u(alice));
        claim(500, proof);
    }

    function test_PaysWhatIsNewSinceTheLastTime() public {
        claim(500, proofOf(500, 201, 0));
        bytes32 before = rootOf(500, 201);
        settle(settlement(2, rootOf(510, 901), 1_411), debit(1_000), before);
        bytes32[] memory old = proofOf(500, 201, 0);
        refuse(ISignalMarket.InvalidProof.selector, u(alice), u(operator), 500);
        claim(500, old);
        emitsClaimed(alice, 10);
        claim(510, proofOf(510, 901, 0));
        vm.assertEq(token.balanceOf(alice), 510);
        vm.assertEq(claimedOf(alice), 510);
        vm.prank(bob);
        market.claim(operator, 901, proofOf(510, 901, 1));
        vm.assertEq(token.balanceOf(bob), 901);
        assertBooks(rootOf(510, 901), 0, 1_411, 590, 2);
    }

    function test_ALowerTotalThanBeforePaysNothing() public {
        claim(500, proofOf(500, 201, 0));
        bytes32 before = rootOf(500, 201);
        settle(settlement(2, rootOf(499, 901), 1_411), debit(1_000), before);
        bytes32[] memory proof = proofOf(499, 901, 0);
        refuse(ISignalMarket.NothingToClaim.selector, u(alice));
        claim(499, proof);
    }

    function test_OnlyWhatTheRootSays() public {
        bytes32[] memory alices = proofOf(500, 201, 0);
        bytes32[] memory bobs = proofOf(500, 201, 1);
        refuse(ISignalMarket.InvalidProof.selector, u(alice), u(operator), 501);
        claim(501, alices);
        refuse(ISignalMarket.InvalidProof.selector, u(alice), u(operator), 201);
        claim(201, bobs);
        refuse(ISignalMarket.InvalidProof.selector, u(alice), u(operator), 500);
        claim(500, new bytes32[](0));
        refuse(ISignalMarket.InvalidProof.selector, u(alice), u(bob), 500);
        vm.prank(alice);
        market.claim(bob, 500, alices);
    }

    function test_OneSubjectIsALeafAndNoProof() public {
        bytes32 before = rootOf(500, 201);
        settle(settlement(2, leafOf(alice, 1_701), 1_701), debit(1_000), before);
        claim(1_701, new bytes32[](0));
        vm.assertEq(token.balanceOf(alice), 1_701);
    }

    function test_NeverMoreThanWasSettled() public {
        putBooks(rootOf(701, 201), 701, 701, 300, 1);
        claim(701, proofOf(701, 201, 0));
        bytes32[] memory proof = proofOf(701, 201, 1);
        refuse(ISignalMarket.PoolExhausted.selector, u(operator), 0, 201);
        vm.prank(bob);
        market.claim(operator, 201, proof);
        putBooks(rootOf(701, 201), 200, 701, 300, 1);
        refuse(ISignalMarket.PoolExhausted.selector, u(operator), 200, 201);
        vm.prank(bob);
        market.claim(operator, 201, proof);
        // A promise beyond all books is no exception.
        proof = proofOf(type(uint256).max, 1, 0);
        putBooks(rootOf(type(uint256).max, 1), 200, 701, 300, 1);
        refuse(ISignalMarket.PoolExhausted.selector, u(operator), 200, type(uint256).max - 701);
        claim(type(uint256).max, proof);
    }

    function test_UpToTheLimitOfTheBooks() public {
        token.mint(address(market), MAX_96);
        putBooks(rootOf(MAX_96, 1), MAX_96, MAX_96, 0, 1);
        claim(MAX_96, proofOf(MAX_96, 1, 0));
        vm.assertEq(claimedOf(alice), MAX_96);
        assertBooks(rootOf(MAX_96, 1), 0, MAX_96, 0, 1);
        ISignalMarket.Credit memory credit = market.creditOf(alice, laneOf(operator, 0));
        vm.assertEq(credit.earned + credit.day + credit.usesToday, 0);
    }

    function test_ToAnotherAddress() public {
        bytes32[] memory proof = proofOf(500, 201, 0);
        refuse(ISignalMarket.InvalidRecipient.selector);
        vm.prank(alice);
        market.claimTo(operator, 500, proof, address(0));
        refuse(ISignalMarket.InvalidRecipient.selector);
        vm.prank(alice);
        market.claimTo(operator, 500, proof, address(market));
        emitsClaimed(STRANGER, 500);
        vm.prank(alice);
        market.claimTo(operator, 500, proof, STRANGER);
        vm.assertEq(token.balanceOf(STRANGER), 500);
        vm.assertEq(token.balanceOf(alice), 0);
    }

    // ------------------------------------------------------------------------------------------------------ signatures

    function test_BySignatureToTheNamedAddress() public {
        emitsClaimed(STRANGER, 500);
        claimSigned(signedBy(ALICE_KEY, STRANGER, NOW));
        vm.assertEq(token.balanceOf(STRANGER), 500);
        vm.assertEq(claimedOf(alice), 500);
        assertBooks(rootOf(500, 201), 201, 701, 300, 1);
        ISignalMarket.SignedClaim memory again = signedBy(ALICE_KEY, STRANGER, NOW);
        refuse(ISignalMarket.NothingToClaim.selector, u(alice));
        claimSigned(again);
    }

    function test_BySignature_RecipientAndDeadline() public {
        ISignalMarket.SignedClaim memory c = signedBy(ALICE_KEY, address(0), NOW);
        refuse(ISignalMarket.InvalidRecipient.selector);
        claimSigned(c);
        c = signedBy(ALICE_KEY, address(market), NOW);
        refuse(ISignalMarket.InvalidRecipient.selector);
        claimSigned(c);
        c = signedBy(ALICE_KEY, STRANGER, NOW - 1);
        refuse(ISignedMessages.SignatureExpired.selector, NOW - 1, NOW);
        claimSigned(c);
    }

    function test_BySignature_OfTheSubjectOverAllOfIt() public {
        ISignalMarket.SignedClaim memory c = signedBy(ALICE_KEY, STRANGER, NOW);
        bytes memory good = c.signature;
        c.signature = sign(BOB_KEY, digestOfClaim(c));
        refusesSignature(c);
        c.signature = good;
        c.to = bob;
        refusesSignature(c);
        (c.to, c.deadline) = (STRANGER, NOW + 1);
        refusesSignature(c);
        (c.deadline, c.total) = (NOW, 501);
        refusesSignature(c);
        (c.total, c.operator) = (500, bob);
        refusesSignature(c);
        (c.operator, c.subject) = (operator, bob);
        refusesSignature(c);
    }

    function refusesSignature(ISignalMarket.SignedClaim memory c) private {
        refuse(ISignedMessages.InvalidSignature.selector, u(c.subject));
        claimSigned(c);
    }

    function test_BySignature_OfAWallet() public {
        address wallet = address(new SmartWallet(alice));
        bytes32 before = rootOf(500, 201);
        settle(settlement(2, leafOf(wallet, 1_401), 1_401), debit(1_000), before);
        ISignalMarket.SignedClaim memory c;
        (c.subject, c.operator, c.total, c.to, c.deadline) = (wallet, operator, 1_401, STRANGER, NOW);
        c.signature = sign(ALICE_KEY, walletHash(wallet, digestOfClaim(c)));
        claimSigned(c);
        vm.assertEq(token.balanceOf(STRANGER), 1_401);
    }

    function emitsSkipped(address subject, bytes4 reason) private {
        vm.expectEmit(address(market));
        emit ISignalMarket.ClaimSkipped(subject, operator, reason);
    }

    function claimBatch(ISignalMarket.SignedClaim memory first, ISignalMarket.SignedClaim memory second) private {
        ISignalMarket.SignedClaim[] memory claims = new ISignalMarket.SignedClaim[](2);
        (claims[0], claims[1]) = (first, second);
        vm.prank(STRANGER);
        market.claimBatchBySig(claims);
    }

    function test_ManyAtOnce() public {
        emitsClaimed(STRANGER, 500);
        vm.expectEmit(address(market));
        emit ISignalMarket.Claimed(bob, operator, bob, 201);
        claimBatch(signedBy(ALICE_KEY, STRANGER, NOW), signedBy(BOB_KEY, bob, NOW));
        vm.assertEq(token.balanceOf(STRANGER), 500);
        vm.assertEq(token.balanceOf(bob), 201);
        assertBooks(rootOf(500, 201), 0, 701, 300, 1);
        market.claimBatchBySig(new ISignalMarket.SignedClaim[](0));
    }

    function test_OneThatFailsCostsTheOthersNothing() public {
        emitsSkipped(alice, ISignedMessages.SignatureExpired.selector);
        claimBatch(signedBy(ALICE_KEY, STRANGER, NOW - 1), signedBy(BOB_KEY, bob, NOW));
        vm.assertEq(token.balanceOf(bob), 201);
        emitsClaimed(STRANGER, 500);
        emitsSkipped(bob, ISignalMarket.NothingToClaim.selector);
        claimBatch(signedBy(ALICE_KEY, STRANGER, NOW), signedBy(BOB_KEY, bob, NOW));
        vm.assertEq(token.balanceOf(STRANGER), 500);
    }

    function test_AWalletThatBurnsGasBurnsItsOwn() public {
        ISignalMarket.SignedClaim memory burning = signedBy(ALICE_KEY, STRANGER, NOW);
        burning.subject = address(new BurningWallet());
        ISignalMarket.SignedClaim[] memory claims = new ISignalMarket.SignedClaim[](4);
        (claims[0], claims[1], claims[2], claims[3]) = (burning, burning, burning, signedBy(BOB_KEY, bob, NOW));
        market.claimBatchBySig{gas: 4_000_000}(claims);
        vm.assertEq(token.balanceOf(bob), 201);
    }

    function test_ARecipientThatTheTokenRefusesIsSkipped() public {
        MoodyToken moody = new MoodyToken(6);
        useToken(moody);
        open(50_000);
        settleFirst(500, 201, 1_001);
        moody.setRefused(STRANGER);
        emitsSkipped(alice, SafeTransferLib.TransferFailed.selector);
        claimBatch(signedBy(ALICE_KEY, STRANGER, NOW), signedBy(BOB_KEY, bob, NOW));
        vm.assertEq(token.balanceOf(bob), 201);
        vm.assertEq(claimedOf(alice), 0);
        assertBooks(rootOf(500, 201), 500, 701, 300, 1);
    }
}
