// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ISignalMarket} from "../../../contracts/interfaces/ISignalMarket.sol";
import {SignalMarket} from "../../../contracts/market/SignalMarket.sol";
import {TestDollar} from "../../../contracts/token/TestDollar.sol";
import {Fixture} from "../support/Fixture.sol";

/// @notice What the tests of the market share: one campaign, two subjects who consented, an operator who is paid.
abstract contract MarketTest is Fixture {
    uint256 internal constant PRICE = 1_001;
    /// @dev 70 % are 700.7.
    uint256 internal constant SHARE = 701;
    uint256 internal constant FLOOR = 1_001;
    uint256 internal constant CAP = 3;
    uint256 internal constant ENDS = NOW + 10 days;
    uint256 internal constant MAX_96 = 2 ** 96 - 1;

    bytes32 internal constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    bytes32 internal constant RECEIVE = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );

    uint256 internal target;
    uint256 internal bid;
    bytes32 internal id;

    function setUp() public virtual override {
        super.setUp();
        target = targetOf(operator, 1, ENDS, 7);
        // Categories 1 and 2.
        bid = bidOf(6, PRICE);
        id = idOf(advertiser, target, bid);
        token.mint(advertiser, 2 ** 130);
        vm.prank(advertiser);
        token.approve(address(market), 2 ** 130);
        consentOf(alice);
        consentOf(bob);
    }

    /// @dev Categories 2 and 3: of them, the campaign bids for 2.
    function consentOf(address subject) internal {
        vm.prank(subject);
        consents.grant(lane, terms(12, NOW + 30 days, FLOOR, CAP));
    }

    function open(uint256 amount) internal {
        vm.prank(advertiser);
        market.openCampaign(target, bid, amount);
    }

    function record(address subject, uint256 index) internal {
        vm.prank(advertiser);
        market.recordUse(target, bid, useOf(subject, 2, index));
    }

    function usesOf(address a, address b) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(2), a, uint8(2), b);
    }

    /// @dev What a campaign is kept under at its operator: the first 160 bits of its id, apart from lanes.
    function keyOf(bytes32 id_) internal pure returns (uint256) {
        return uint256(id_) / 2 ** 96 + 2 ** 255;
    }

    function putCampaign(uint256 escrow, uint256 uses, uint256 paidUses, uint256 closesAt) internal {
        uint256 word = escrow + uses * 2 ** 96 + paidUses * 2 ** 136 + closesAt * 2 ** 176 + sealOf(id) * 2 ** 208;
        vm.store(address(market), keccak256(abi.encode(operator, keyOf(id))), bytes32(word));
    }

    function putAccount(address subject, uint256 earned, uint256 claimed, uint256 day, uint256 today) internal {
        uint256 word = earned + claimed * 2 ** 96 + day * 2 ** 192 + today * 2 ** 224;
        vm.store(address(market), slotOf(subject, lane), bytes32(word));
    }

    function assertCampaign(uint256 escrow, uint256 uses, uint256 paidUses, uint256 closesAt) internal view {
        ISignalMarket.Campaign memory c = market.campaignOf(operator, id);
        vm.assertTrue(c.opened, "opened");
        vm.assertEq(c.escrow, escrow, "escrow");
        vm.assertEq(c.uses, uses, "uses");
        vm.assertEq(c.operatorPaidUses, paidUses, "operatorPaidUses");
        vm.assertEq(c.closesAt, closesAt, "closesAt");
    }

    function assertCredit(address subject, uint256 earned, uint256 claimed, uint256 day, uint256 today) internal view {
        ISignalMarket.Credit memory c = market.creditOf(subject, lane);
        vm.assertEq(c.earned, earned, "earned");
        vm.assertEq(c.claimed, claimed, "claimed");
        vm.assertEq(c.day, day, "day");
        vm.assertEq(c.usesToday, today, "usesToday");
    }

    function permitOf(uint256 amount, uint256 deadline) internal view returns (ISignalMarket.Permit memory) {
        bytes32 hash =
            keccak256(abi.encode(PERMIT, advertiser, address(market), amount, token.nonces(advertiser), deadline));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ADVERTISER_KEY, typed("Test Dollar", address(token), hash));
        return ISignalMarket.Permit(deadline, v, r, s);
    }

    function authorizationOf(bytes32 campaign, uint256 amount, uint256 salt)
        internal
        view
        returns (ISignalMarket.Authorization memory)
    {
        bytes32 nonce = keccak256(abi.encode(campaign, salt));
        bytes32 hash = keccak256(abi.encode(RECEIVE, advertiser, address(market), amount, NOW - 5, NOW + 6, nonce));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ADVERTISER_KEY, typed("Test Dollar", address(token), hash));
        return ISignalMarket.Authorization(NOW - 5, NOW + 6, salt, v, r, s);
    }

    function useToken(TestDollar other) internal {
        token = other;
        market = new SignalMarket(address(other), consents, operators);
        other.mint(advertiser, 2 ** 130);
        vm.prank(advertiser);
        other.approve(address(market), 2 ** 130);
    }
}
