// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ISignalMarket} from "../../../contracts/interfaces/ISignalMarket.sol";
import {Fixture} from "../support/Fixture.sol";
import {Handler} from "./Handler.sol";

/// @notice What holds whatever anybody does. One invariant function, because each one costs a whole campaign of runs.
contract MarketInvariants is Fixture {
    Handler private handler;

    function setUp() public override {
        super.setUp();
        uint256[3] memory keys = [uint256(0x0A), 0x0B, 0x0C];
        for (uint256 i; i < 3; ++i) {
            vm.prank(vm.addr(keys[i]));
            operators.register(address(uint160(0xCA50 + i)), "");
        }
        handler = new Handler(consents, market, token, keeperKeys);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev An invariant over a handler that is refused everything would hold, and say nothing.
    function test_TheHandlerGetsThingsDone() external {
        for (uint256 i; i < 64; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            handler.recordUse(seed, seed / 7, seed / 11, seed % 2 == 0, 1);
            handler.settle(seed, seed, seed / 3, i);
            handler.claim(seed, seed / 5, seed % 2 == 0);
            handler.withdraw(seed / 3, seed / 7);
            handler.signGrant(seed, seed / 5, 1, seed, seed);
            handler.relayGrant(seed / 9, seed % 2 == 0);
            if (i % 8 == 0) handler.revoke(seed, seed / 5, seed % 3 == 0);
        }
        vm.warp(block.timestamp + 40 days);
        for (uint256 i; i < 6; ++i) {
            handler.refund(i);
        }
        bytes32[7] memory done = [bytes32("used"), "settled", "claimed", "withdrawn", "relayed", "revoked", "refunded"];
        for (uint256 i; i < done.length; ++i) {
            vm.assertTrue(handler.count(done[i]) != 0, string(abi.encodePacked(done[i])));
        }
    }

    function invariant_TheBooksBalanceAndConsentRules() external view {
        uint256[] memory lanes = handler.allLanes();
        uint256 owed = checkCampaigns() + checkSubjects(lanes);
        for (uint256 i; i < handler.OPERATORS(); ++i) {
            owed += checkSettled(i);
        }
        vm.assertEq(token.balanceOf(address(market)), owed, "each unit in the market belongs to exactly one account");
    }

    function checkCampaigns() private view returns (uint256 owed) {
        uint256 number = handler.campaignCount();
        for (uint256 i; i < number; ++i) {
            (address named, bytes32 id, uint256 price, uint256 uses) = handler.campaignAt(i);
            ISignalMarket.Campaign memory state = market.campaignOf(named, id);
            owed += state.escrow + (state.uses - state.operatorPaidUses) * (price - shareOf(price));
            vm.assertEq(state.uses, uses, "uses are counted once");
        }
    }

    function checkSubjects(uint256[] memory lanes) private view returns (uint256 owed) {
        uint256 earned;
        for (uint256 s; s < handler.SUBJECTS(); ++s) {
            address subject = handler.subjectAt(s);
            ISignalMarket.Credit[] memory credits = market.creditsOf(subject, lanes);
            (, uint256[] memory counting) = consents.consentsOf(subject, lanes);
            bool[] memory expected = handler.countAll(s, lanes);
            for (uint256 i; i < lanes.length; ++i) {
                earned += credits[i].earned;
                owed += credits[i].earned - credits[i].claimed;
                vm.assertEq(counting[i] != 0, expected[i], "a consent counts exactly while its subject lets it");
            }
        }
        vm.assertEq(earned, handler.creditedToPeople(), "each use is credited once");
        vm.assertGe(earned * 10_000, handler.debitedAtOnce() * 7_000, "people get 70 % of uses recorded at once");
    }

    function checkSettled(uint256 which) private view returns (uint256 owed) {
        Handler.Settled memory s = handler.settledOf(which);
        ISignalMarket.Books memory books = market.booksOf(handler.operatorAt(which));
        vm.assertEq(books.total, s.people, "total is what people were settled");
        vm.assertEq(books.operatorShare, s.gross - s.people - s.paidOut, "the rest is the operator's");
        uint256 claimed;
        uint256 lane_ = handler.laneAt(which, 0);
        for (uint256 i; i < handler.SUBJECTS(); ++i) {
            claimed += market.creditOf(handler.subjectAt(i), lane_).claimed;
        }
        vm.assertEq(claimed, s.claimed, "each claim is paid once");
        vm.assertEq(books.pool + claimed, books.total, "pool and claims are the total, whatever the root promises");
        vm.assertGe(uint256(books.total) * 10_000, s.gross * 7_000, "people get 70 % of what was settled");
        return uint256(books.pool) + books.operatorShare;
    }
}
