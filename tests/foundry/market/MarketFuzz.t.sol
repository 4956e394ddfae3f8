// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {AccountWord} from "../../../contracts/market/AccountWord.sol";
import {CampaignTerms} from "../../../contracts/market/CampaignTerms.sol";
import {CampaignWord} from "../../../contracts/market/CampaignWord.sol";
import {MerkleRoot} from "../../../contracts/market/MerkleRoot.sol";
import {Split} from "../../../contracts/market/Split.sol";
import {Words} from "../../../contracts/lib/Words.sol";
import {ISignalMarket} from "../../../contracts/interfaces/ISignalMarket.sol";
import {Reference} from "../support/Reference.sol";
import {MarketTest} from "./MarketTest.sol";

contract MarketWordsFuzz is Reference {
    function testFuzz_Terms(address advertiser, uint8 purpose, address operator, uint40 endsAt, uint48 salt)
        public
        pure
    {
        uint256 target = targetOf(operator, purpose, endsAt, salt);
        vm.assertEq(CampaignTerms.lane(target), laneOf(operator, purpose));
        vm.assertEq(CampaignTerms.operator(target), operator);
        vm.assertEq(CampaignTerms.purpose(target), purpose);
        vm.assertEq(CampaignTerms.endsAt(target), endsAt);
        vm.assertEq(CampaignTerms.id(advertiser, target, endsAt), idOf(advertiser, target, endsAt));
    }

    function testFuzz_Bid(uint128 categories, uint128 price) public pure {
        uint256 bid = bidOf(categories, price);
        vm.assertEq(CampaignTerms.categories(bid), categories);
        vm.assertEq(CampaignTerms.price(bid), price);
    }

    function testFuzz_Campaign(uint96 escrow, uint40 uses, uint40 paid, uint32 closesAt, bytes32 id_) public pure {
        uint256 word = campaignOf(escrow, uses, paid, closesAt, id_);
        vm.assertEq(CampaignWord.escrow(word), escrow);
        vm.assertEq(CampaignWord.uses(word), uses);
        vm.assertEq(CampaignWord.operatorPaidUses(word), paid);
        vm.assertEq(CampaignWord.closesAt(word), closesAt);
        vm.assertEq(CampaignWord.opened(id_), campaignOf(0, 0, 0, 0, id_));
        vm.assertTrue(CampaignWord.isOf(word, id_));
        for (uint256 bit; bit < 47; ++bit) {
            vm.assertFalse(CampaignWord.isOf(word, bytes32(uint256(id_) ^ 2 ** bit)));
        }
        vm.assertFalse(CampaignWord.isOf(word % 2 ** 255, id_));
        vm.assertEq(CampaignWord.operatorPaid(word), campaignOf(escrow, uses, uses, closesAt, id_));
        vm.assertEq(CampaignWord.closing(campaignOf(escrow, uses, paid, 0, id_), closesAt), word);
        if (uses == type(uint40).max) return;
        vm.assertEq(word + CampaignWord.ONE_USE, campaignOf(escrow, uint256(uses) + 1, paid, closesAt, id_));
    }

    function campaignOf(uint256 escrow, uint256 uses, uint256 paid, uint256 closesAt, bytes32 id_)
        private
        pure
        returns (uint256)
    {
        return escrow + uses * 2 ** 96 + paid * 2 ** 136 + closesAt * 2 ** 176 + sealOf(id_) * 2 ** 208;
    }

    function testFuzz_Account(uint96 earned, uint96 claimed, uint32 day, uint32 today, uint96 more, uint32 now_)
        public
        pure
    {
        uint256 word = accountOf(earned, claimed, day, today);
        vm.assertEq(AccountWord.earned(word), earned);
        vm.assertEq(AccountWord.claimed(word), claimed);
        vm.assertEq(AccountWord.day(word), day);
        vm.assertEq(AccountWord.usesOnDay(word), today);
        vm.assertEq(AccountWord.usesOn(word, day), today);
        vm.assertEq(AccountWord.usesOn(word, now_), now_ == day ? today : 0);
        uint256 extra = within(more, 0, type(uint96).max - earned);
        vm.assertEq(AccountWord.credited(word, extra, now_, today), accountOf(earned + extra, claimed, now_, today));
        extra = within(more, 0, type(uint96).max - claimed);
        vm.assertEq(AccountWord.paidOut(word, extra), accountOf(earned, claimed + extra, day, today));
    }

    function accountOf(uint256 earned, uint256 claimed, uint256 day, uint256 today) private pure returns (uint256) {
        return earned + claimed * 2 ** 96 + day * 2 ** 192 + today * 2 ** 224;
    }

    function testFuzz_Split(uint128 amount) public pure {
        uint256 subjects = Split.subjectShareUp(amount);
        uint256 operators = Split.operatorShareDown(amount);
        vm.assertEq(Split.USER_SHARE_BPS, 7_000);
        vm.assertEq(subjects, shareOf(amount));
        vm.assertEq(subjects + operators, amount);
        vm.assertGe(subjects * 10_000, uint256(amount) * 7_000, "at least 70 %");
        if (amount != 0) vm.assertLt((subjects - 1) * 10_000, uint256(amount) * 7_000, "and not a unit more");
    }

    function testFuzz_Places(address account, uint256 key) public pure {
        bytes32 slot;
        Words.Word storage word = Words.at(account, key);
        assembly {
            slot := word.slot
        }
        vm.assertEq(slot, slotOf(account, key));
        word = CampaignWord.at(account, bytes32(key));
        assembly {
            slot := word.slot
        }
        vm.assertEq(slot, keccak256(abi.encode(account, key / 2 ** 96 + 2 ** 255)));
    }

    function testFuzz_Leaf(address account, uint256 amount) public pure {
        vm.assertEq(MerkleRoot.leaf(account, amount), leafOf(account, amount));
    }

    function rootFrom(bytes32 leaf, bytes32[] calldata proof) external pure returns (bytes32) {
        return MerkleRoot.from(leaf, proof);
    }

    function testFuzz_RootIsOpenZeppelins(bytes32 leaf, bytes32[] memory proof) public view {
        vm.assertEq(this.rootFrom(leaf, proof), MerkleProof.processProof(proof, leaf));
        bytes32[] memory same = new bytes32[](1);
        same[0] = leaf;
        vm.assertEq(this.rootFrom(leaf, same), MerkleProof.processProof(same, leaf));
    }

    function testFuzz_TreeIsOpenZeppelins(uint256 seed, uint256 size, uint256 at) public view {
        bytes32[] memory leaves = new bytes32[](within(size, 1, 9));
        for (uint256 i; i < leaves.length; ++i) {
            leaves[i] = keccak256(abi.encode(seed, i));
        }
        at = within(at, 0, leaves.length - 1);
        (bytes32 root, bytes32[] memory proof) = tree(leaves, at);
        vm.assertTrue(MerkleProof.verify(proof, root, leaves[at]));
        vm.assertEq(this.rootFrom(leaves[at], proof), root);
    }
}

contract MarketFuzz is MarketTest {
    function testFuzz_ABatchOfUsesIsUsesOneByOne(uint256 seed, uint96 price) public {
        bid = bidOf(14, within(price, 1, MAX_96));
        id = idOf(advertiser, target, bid);
        open(within(seed, 1, MAX_96));
        if (seed % 2 == 0) {
            vm.prank(alice);
            consents.grant(lane, terms(12, NOW + 30 days, seed / 2 % 9, CAP));
        }
        uint256 number = 1 + seed / 8 % 5;
        bytes memory records;
        bool ok = true;
        uint256 start = vm.snapshotState();
        for (uint256 i; i < number; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            address subject = seed % 16 < 9 ? alice : seed % 16 < 15 ? bob : STRANGER;
            // forge-lint: disable-next-line(unsafe-typecast): below 4
            uint8 category = uint8(seed / 16 % 16 == 0 ? 1 : 2 + seed / 256 % 2);
            records = bytes.concat(records, abi.encodePacked(category, subject));
            vm.prank(advertiser);
            try market.recordUse(target, bid, useOf(subject, category, i)) {}
            catch {
                ok = false;
                break;
            }
        }
        bytes32 expected = state();
        vm.revertToState(start);
        bytes32 before = state();
        vm.prank(advertiser);
        (bool batch,) = address(market).call(abi.encodeCall(market.recordUses, (target, bid, 0, records)));
        vm.assertEq(batch, ok);
        vm.assertEq(state(), ok ? expected : before);
    }

    function state() private view returns (bytes32) {
        ISignalMarket.Credit memory none;
        return keccak256(
            abi.encode(market.campaignOf(operator, id), market.creditOf(alice, lane), market.creditOf(bob, lane), none)
        );
    }

    /// @dev Opened exactly if the naive rules say so.
    function testFuzz_OpeningFollowsTheRules(uint256 seed, uint256 which) public {
        which = within(which, 0, 6);
        uint256 purpose = which == 1 ? seed % 8 : 1 + seed % 5;
        address named = which == 2 && seed % 2 == 0 ? address(0) : operator;
        uint256 endsAt = which == 3 ? NOW - 1 + seed % 3 : NOW + 1 + seed % 2 ** 39;
        uint256 categories = which == 4 ? (seed % 3 == 0 ? 0 : 2 ** (seed % 128)) : 1 + seed % ALLOWED;
        uint256 price = which == 5 ? (seed % 3 == 0 ? 0 : seed % 2 ** 98) : 1 + seed % MAX_96;
        uint256 amount = which == 6 ? (seed % 2 == 0 ? 0 : 2 ** 96 - 1 + seed / 2 % 3) : 1 + seed % 2 ** 96;
        if (amount == 2 ** 96) amount -= which == 6 ? 0 : 1;
        bool fine = purpose >= 1 && purpose <= 5 && named != address(0) && endsAt > NOW && categories != 0
            && categories < 2 ** 112 && price != 0 && price < 2 ** 96 && amount != 0 && amount < 2 ** 96;
        target = targetOf(named, purpose, endsAt, seed % 2 ** 48);
        bid = bidOf(categories, price);
        vm.prank(advertiser);
        (bool ok,) = address(market).call(abi.encodeCall(market.openCampaign, (target, bid, amount)));
        vm.assertEq(ok, fine);
        vm.assertEq(market.campaignOf(named, idOf(advertiser, target, bid)).escrow, fine ? amount : 0);
    }
}
