// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ReleaseLens} from "../../../contracts/lens/ReleaseLens.sol";
import {ProfileRegistry} from "../../../contracts/profiles/ProfileRegistry.sol";
import {MarketTest} from "../market/MarketTest.sol";

/// @notice The lens says what the contracts say, each by its own view.
contract ReleaseLensTest is MarketTest {
    ReleaseLens private lens;
    ProfileRegistry private profiles;

    function setUp() public override {
        super.setUp();
        lens = new ReleaseLens();
        profiles = new ProfileRegistry();
    }

    function facts() private view returns (uint256[] memory words) {
        words = lens.releaseFacts(consents, profiles, market, lane, id, advertiser, listOf(alice, STRANGER));
        vm.assertEq(words.length, 12);
        vm.assertEq(words[0], block.timestamp);
    }

    function test_NothingIsZero() public view {
        uint256[] memory words = facts();
        for (uint256 i = 1; i < 12; ++i) {
            // Alice's consent is there from the start.
            vm.assertEq(words[i], i == 7 ? consents.inForce(alice, lane) : 0);
        }
        vm.assertTrue(words[7] != 0);
    }

    function test_FactsOfCampaignAndSubjects() public {
        open(5_000);
        record(alice, 0);
        vm.prank(advertiser);
        market.setRecipientKey(bytes32(uint256(77)));
        vm.prank(advertiser);
        market.closeCampaign(target, bid);
        vm.prank(operator);
        profiles.attest(alice, bytes32(uint256(99)));
        vm.prank(STRANGER);
        profiles.requestErasure(operator);
        uint256[] memory words = facts();
        vm.assertEq(words[1], 1);
        vm.assertEq(words[2], 5_000 - PRICE);
        vm.assertEq(words[3], 1);
        vm.assertEq(words[4], market.campaignOf(operator, id).closesAt);
        vm.assertEq(words[5], 77);
        vm.assertEq(words[6], 99);
        vm.assertEq(words[7], consents.inForce(alice, lane));
        vm.assertEq(words[8], 0);
        vm.assertEq(words[9] + words[10], 0);
        vm.assertEq(words[11], 1);
    }

    function test_ARevokedConsentIsZero() public {
        vm.prank(alice);
        consents.revoke(lane);
        vm.assertEq(facts()[7], 0);
    }
}
