// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

import {IConsentRegistry} from "../interfaces/IConsentRegistry.sol";
import {ISignalMarket} from "../interfaces/ISignalMarket.sol";
import {Words} from "../lib/Words.sol";
import {ConsentWord} from "../consent/ConsentWord.sol";
import {AccountWord} from "./AccountWord.sol";
import {Campaigns} from "./Campaigns.sol";
import {CampaignTerms} from "./CampaignTerms.sol";
import {CampaignWord} from "./CampaignWord.sol";
import {Split} from "./Split.sol";

/// @title Uses
/// @notice Uses that are recorded and credited at once, on chain, and the money from them.
abstract contract Uses is Campaigns {
    using AccountWord for uint256;
    using CampaignTerms for uint256;
    using CampaignWord for uint256;
    using ConsentWord for uint256;
    using SafeTransferLib for address;

    bytes32 private constant VOUCHER_TYPEHASH = keccak256("Voucher(bytes32 campaign,uint256 ceiling)");
    bytes32 private constant WITHDRAWAL_TYPEHASH =
        keccak256("Withdrawal(address subject,uint256 lane,uint256 earned,address to,uint256 deadline)");

    /// @dev Bytes of a packed use: category 1, subject 20.
    uint256 private constant USE_RECORD = 21;
    uint256 private constant INDEX = 168;
    uint256 private constant CATEGORY = 160;

    /// @inheritdoc ISignalMarket
    function USER_SHARE_BPS() external pure returns (uint256) {
        return Split.USER_SHARE_BPS;
    }

    /// @inheritdoc ISignalMarket
    function recordUse(uint256 target, uint256 bid, uint256 use) external {
        _recordOne(CampaignTerms.id(msg.sender, target, bid), target, bid, use);
    }

    /// @inheritdoc ISignalMarket
    function recordUseWithVoucher(
        address advertiser,
        uint256 target,
        uint256 bid,
        uint256 use,
        uint256 ceiling,
        bytes calldata signature
    ) external {
        bytes32 id = CampaignTerms.id(advertiser, target, bid);
        _checkVoucher(advertiser, target.operator(), id, (use >> INDEX) + 1, ceiling, signature);
        _recordOne(id, target, bid, use);
    }

    /// @inheritdoc ISignalMarket
    function recordUses(uint256 target, uint256 bid, uint256 firstIndex, bytes calldata uses) external {
        _recordMany(CampaignTerms.id(msg.sender, target, bid), target, bid, firstIndex, uses);
    }

    /// @inheritdoc ISignalMarket
    function recordUsesWithVoucher(
        address advertiser,
        uint256 target,
        uint256 bid,
        uint256 firstIndex,
        bytes calldata uses,
        uint256 ceiling,
        bytes calldata signature
    ) external {
        bytes32 id = CampaignTerms.id(advertiser, target, bid);
        uint256 end = firstIndex + uses.length / USE_RECORD;
        _checkVoucher(advertiser, target.operator(), id, end, ceiling, signature);
        _recordMany(id, target, bid, firstIndex, uses);
    }

    /// @inheritdoc ISignalMarket
    function withdraw(uint256[] calldata lanes, address to) external {
        _checkRecipient(to);
        uint256 amount = 0;
        for (uint256 i; i < lanes.length; ++i) {
            Words.Word storage word = Words.at(msg.sender, lanes[i]);
            amount += _payOut(word, word.value.earned());
        }
        _send(msg.sender, to, amount);
    }

    /// @inheritdoc ISignalMarket
    function withdrawBySig(
        address subject,
        uint256 lane,
        uint256 earned,
        address to,
        uint256 deadline,
        bytes calldata signature
    ) external {
        _checkRecipient(to);
        if (block.timestamp > deadline) revert SignatureExpired(deadline, block.timestamp);
        bytes32 hash = keccak256(abi.encode(WITHDRAWAL_TYPEHASH, subject, lane, earned, to, deadline));
        _checkSignature(subject, hash, signature);
        Words.Word storage word = Words.at(subject, lane);
        uint256 available = word.value.earned();
        if (earned > available) revert NotEarnedYet(earned, available);
        _send(subject, to, _payOut(word, earned));
    }

    /// @inheritdoc ISignalMarket
    function payOperator(address advertiser, uint256 target, uint256 bid) external {
        (bytes32 id, Words.Word storage word) = _existing(advertiser, target, bid);
        uint256 campaign = word.value;
        uint256 amount = (campaign.uses() - campaign.operatorPaidUses()) * Split.operatorShareDown(bid.price());
        word.value = campaign.operatorPaid();
        _sendToOperator(target.operator(), id, amount);
    }

    /// @inheritdoc ISignalMarket
    function creditOf(address subject, uint256 lane) public view returns (Credit memory) {
        uint256 account = Words.at(subject, lane).value;
        return Credit(account.earned(), account.claimed(), account.day(), account.usesOnDay());
    }

    /// @inheritdoc ISignalMarket
    function creditsOf(address subject, uint256[] calldata lanes) external view returns (Credit[] memory credits) {
        credits = new Credit[](lanes.length);
        for (uint256 i; i < lanes.length; ++i) {
            credits[i] = creditOf(subject, lanes[i]);
        }
    }

    function _sendToOperator(address operator, bytes32 source, uint256 amount) internal {
        if (amount == 0) revert ZeroAmount();
        address to = operators.payoutOf(operator);
        if (to == address(0)) revert UnknownOperator(operator);
        emit OperatorPaid(operator, source, to, amount);
        token.safeTransfer(to, amount);
    }

    function _checkVoucher(
        address advertiser,
        address operator,
        bytes32 id,
        uint256 end,
        uint256 ceiling,
        bytes calldata signature
    ) private {
        // The operator itself first: it saves the call.
        if (msg.sender != operator && !operators.isSigner(operator, msg.sender)) {
            revert NotOperator(operator, msg.sender);
        }
        if (end > ceiling) revert VoucherExhausted(end, ceiling);
        _checkSignature(advertiser, keccak256(abi.encode(VOUCHER_TYPEHASH, id, ceiling)), signature);
    }

    function _recordOne(bytes32 id, uint256 target, uint256 bid, uint256 use) private {
        Words.Word storage word = CampaignWord.at(target.operator(), id);
        word.value = _record(id, target, bid, word.value, use);
    }

    function _recordMany(bytes32 id, uint256 target, uint256 bid, uint256 firstIndex, bytes calldata uses) private {
        uint256 length = uses.length;
        if (length == 0 || length % USE_RECORD != 0) revert InvalidRecords(length, USE_RECORD);
        Words.Word storage word = CampaignWord.at(target.operator(), id);
        uint256 campaign = word.value;
        uint256 index = firstIndex << INDEX;
        unchecked {
            for (uint256 i; i < length; i += USE_RECORD) {
                uint256 use;
                assembly ("memory-safe") {
                    use := shr(88, calldataload(add(uses.offset, i)))
                }
                campaign = _record(id, target, bid, campaign, index | use);
                index += 1 << INDEX;
            }
        }
        word.value = campaign;
    }

    /// @dev Checks and credits one use -> the campaign's word after it, which the caller stores.
    function _record(bytes32 id, uint256 target, uint256 bid, uint256 campaign, uint256 use) private returns (uint256) {
        if (!campaign.isOf(id)) revert UnknownCampaign(id);
        if (target.metered()) revert MeteredCampaign(id);
        uint256 price = bid.price();
        if (use >> INDEX != campaign.uses()) revert WrongUseIndex(use >> INDEX, campaign.uses());
        _checkOpen(target, campaign);
        if (campaign.escrow() < price) revert EscrowExhausted(campaign.escrow(), price);

        // forge-lint: disable-next-line(unsafe-typecast): the cut bits are index and category
        address subject = address(uint160(use));
        uint256 lane = target.lane();
        uint256 consent = _consent(subject, lane);
        uint256 category = (use >> CATEGORY) & 0xff;
        if (!consent.allows(category)) revert NotConsented(subject, lane, category);
        if (!bid.allows(category)) revert CategoryNotInCampaign(category);
        unchecked {
            // At most 2^32 * 10^30.
            if (price < consent.floor() * _floorUnit) revert PriceBelowFloor(price, consent.floor() * _floorUnit);

            Words.Word storage word = Words.at(subject, lane);
            uint256 account = word.value;
            uint256 today = block.timestamp / 1 days;
            uint256 uses = account.usesOn(today);
            if (uses >= consent.cap()) revert DailyCapReached(consent.cap());
            uint256 share = Split.subjectShareUp(price);
            if (account.earned() + share > type(uint96).max) revert AmountTooLarge(share);
            word.value = account.credited(share, today, uses + 1);

            emit UseRecorded(id, use);
            // The price is at most the escrow, and 2^40 uses are out of reach: neither can leave its field.
            return campaign + CampaignWord.ONE_USE - price;
        }
    }

    /// @dev `consents.inForce`, without taking memory for the call and for its answer.
    function _consent(address subject, uint256 lane) private view returns (uint256 consent) {
        address registry = address(consents);
        uint256 selector = uint256(uint32(IConsentRegistry.inForce.selector));
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, selector)
            // Types narrower than a word may carry anything above it in assembly.
            mstore(add(m, 0x20), shr(96, shl(96, subject)))
            mstore(add(m, 0x40), lane)
            let answered := staticcall(gas(), registry, add(m, 0x1c), 0x44, 0x00, 0x20)
            // It cannot fail but by running out of gas, and then there is nobody left to tell.
            if iszero(and(answered, gt(returndatasize(), 0x1f))) { revert(0x00, 0x00) }
            consent := mload(0x00)
        }
    }

    /// @dev Books up to `earned` as paid out -> what is to be sent.
    function _payOut(Words.Word storage word, uint256 earned) private returns (uint256 amount) {
        uint256 account = word.value;
        uint256 claimed = account.claimed();
        // An older signature may name less than was paid out since.
        if (earned <= claimed) return 0;
        unchecked {
            amount = earned - claimed;
        }
        word.value = account.paidOut(amount);
    }

    function _send(address subject, address to, uint256 amount) private {
        if (amount == 0) revert NothingToClaim(subject);
        emit Withdrawn(subject, to, amount);
        token.safeTransfer(to, amount);
    }
}
