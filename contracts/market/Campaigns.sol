// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

import {IConsentRegistry} from "../interfaces/IConsentRegistry.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {ISignalMarket} from "../interfaces/ISignalMarket.sol";
import {Categories} from "../lib/Categories.sol";
import {SignedMessages} from "../lib/SignedMessages.sol";
import {Words} from "../lib/Words.sol";
import {CampaignTerms} from "./CampaignTerms.sol";
import {CampaignWord} from "./CampaignWord.sol";

/// @title Campaigns
/// @notice The advertiser's side of the market: escrow in, escrow back.
abstract contract Campaigns is ISignalMarket, SignedMessages {
    using CampaignTerms for uint256;
    using CampaignWord for uint256;
    using SafeTransferLib for address;

    /// @inheritdoc ISignalMarket
    uint256 public constant GRACE = 1 days;

    uint256 private constant FLOOR_DECIMALS = 6;
    uint256 private constant MOST_DECIMALS = 36;
    uint256 private constant LAST_PURPOSE = 5;

    /// @inheritdoc ISignalMarket
    address public immutable token;

    /// @inheritdoc ISignalMarket
    IConsentRegistry public immutable consents;

    /// @inheritdoc ISignalMarket
    IOperatorRegistry public immutable operators;

    /// @dev Base units in a millionth of a token.
    uint256 internal immutable _floorUnit;

    /// @inheritdoc ISignalMarket
    mapping(address advertiser => bytes32) public recipientKeyOf;

    constructor(address token_, IConsentRegistry consents_, IOperatorRegistry operators_) {
        uint256 decimals = IERC20Metadata(token_).decimals();
        if (decimals < FLOOR_DECIMALS || decimals > MOST_DECIMALS) revert UnsupportedDecimals(decimals);
        token = token_;
        consents = consents_;
        operators = operators_;
        _floorUnit = 10 ** (decimals - FLOOR_DECIMALS);
    }

    /// @inheritdoc ISignalMarket
    function setRecipientKey(bytes32 key) external {
        if (key == 0) revert EmptyRecipientKey();
        recipientKeyOf[msg.sender] = key;
        emit RecipientKeySet(msg.sender, key);
    }

    /// @inheritdoc ISignalMarket
    function openCampaign(uint256 target, uint256 bid, uint256 amount) external {
        (bytes32 id, Words.Word storage word) = _open(msg.sender, target, bid, amount);
        _depositByAllowance(id, word, amount);
    }

    /// @inheritdoc ISignalMarket
    function openCampaignWithPermit(uint256 target, uint256 bid, uint256 amount, Permit calldata permit) external {
        _permit(amount, permit);
        (bytes32 id, Words.Word storage word) = _open(msg.sender, target, bid, amount);
        _depositByAllowance(id, word, amount);
    }

    /// @inheritdoc ISignalMarket
    function openCampaignWithAuthorization(
        address advertiser,
        uint256 target,
        uint256 bid,
        uint256 amount,
        Authorization calldata authorization
    ) external {
        (bytes32 id, Words.Word storage word) = _open(advertiser, target, bid, amount);
        _depositByAuthorization(id, word, advertiser, amount, authorization);
    }

    /// @inheritdoc ISignalMarket
    function topUp(address advertiser, uint256 target, uint256 bid, uint256 amount) external {
        (bytes32 id, Words.Word storage word) = _topUp(advertiser, target, bid, amount);
        _depositByAllowance(id, word, amount);
    }

    /// @inheritdoc ISignalMarket
    function topUpWithPermit(address advertiser, uint256 target, uint256 bid, uint256 amount, Permit calldata permit)
        external
    {
        _permit(amount, permit);
        (bytes32 id, Words.Word storage word) = _topUp(advertiser, target, bid, amount);
        _depositByAllowance(id, word, amount);
    }

    /// @inheritdoc ISignalMarket
    function topUpWithAuthorization(
        address from,
        address advertiser,
        uint256 target,
        uint256 bid,
        uint256 amount,
        Authorization calldata authorization
    ) external {
        (bytes32 id, Words.Word storage word) = _topUp(advertiser, target, bid, amount);
        _depositByAuthorization(id, word, from, amount, authorization);
    }

    /// @inheritdoc ISignalMarket
    function closeCampaign(uint256 target, uint256 bid) external {
        (bytes32 id, Words.Word storage word) = _existing(msg.sender, target, bid);
        uint256 campaign = word.value;
        if (campaign.closesAt() != 0) return;
        uint256 closesAt = block.timestamp + GRACE;
        word.value = campaign.closing(closesAt);
        emit CampaignClosing(id, closesAt);
    }

    /// @inheritdoc ISignalMarket
    function refund(uint256 target, uint256 bid, address to) external {
        _checkRecipient(to);
        (bytes32 id, Words.Word storage word) = _existing(msg.sender, target, bid);
        uint256 campaign = word.value;
        uint256 from = _endOf(target, campaign) + GRACE;
        if (block.timestamp < from) revert CampaignStillOpen(from, block.timestamp);
        uint256 amount = campaign.escrow();
        if (amount == 0) revert ZeroAmount();
        word.value = campaign - amount;
        emit CampaignRefunded(id, to, amount);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc ISignalMarket
    function campaignId(address advertiser, uint256 target, uint256 bid) external pure returns (bytes32) {
        return CampaignTerms.id(advertiser, target, bid);
    }

    /// @inheritdoc ISignalMarket
    function campaignOf(address operator, bytes32 id) public view returns (Campaign memory) {
        uint256 campaign = CampaignWord.at(operator, id).value;
        return Campaign(
            campaign.isOf(id), campaign.escrow(), campaign.uses(), campaign.operatorPaidUses(), campaign.closesAt()
        );
    }

    /// @inheritdoc ISignalMarket
    function campaignsOf(address operator, bytes32[] calldata ids) external view returns (Campaign[] memory campaigns) {
        campaigns = new Campaign[](ids.length);
        for (uint256 i; i < ids.length; ++i) {
            campaigns[i] = campaignOf(operator, ids[i]);
        }
    }

    function _existing(address advertiser, uint256 target, uint256 bid)
        internal
        view
        returns (bytes32 id, Words.Word storage word)
    {
        id = CampaignTerms.id(advertiser, target, bid);
        word = CampaignWord.at(target.operator(), id);
        if (!word.value.isOf(id)) revert UnknownCampaign(id);
    }

    function _endOf(uint256 target, uint256 campaign) internal pure returns (uint256 endsAt) {
        endsAt = target.endsAt();
        uint256 closesAt = campaign.closesAt();
        if (closesAt != 0 && closesAt < endsAt) endsAt = closesAt;
    }

    function _checkOpen(uint256 target, uint256 campaign) internal view {
        uint256 endsAt = _endOf(target, campaign);
        if (block.timestamp >= endsAt) revert CampaignEnded(endsAt, block.timestamp);
    }

    function _checkRecipient(address to) internal view {
        if (to == address(0) || to == address(this)) revert InvalidRecipient();
    }

    function _open(address advertiser, uint256 target, uint256 bid, uint256 amount)
        private
        returns (bytes32 id, Words.Word storage word)
    {
        uint256 purpose = target.purpose();
        if (purpose == 0 || purpose > LAST_PURPOSE) revert InvalidPurpose(purpose);
        if (target.operator() == address(0)) revert UnknownOperator(address(0));
        uint128 categories = bid.categories();
        if (categories & Categories.PROHIBITED != 0) revert ProhibitedCategories(categories & Categories.PROHIBITED);
        if (categories == 0) revert NoCategories();
        uint256 price = bid.price();
        if (price == 0) revert ZeroPrice();
        if (price > type(uint96).max) revert AmountTooLarge(price);
        id = CampaignTerms.id(advertiser, target, bid);
        word = CampaignWord.at(target.operator(), id);
        if (word.value != 0) revert CampaignExists(id);
        _checkOpen(target, 0);
        emit CampaignOpened(id, advertiser, target, bid, amount);
    }

    function _topUp(address advertiser, uint256 target, uint256 bid, uint256 amount)
        private
        returns (bytes32 id, Words.Word storage word)
    {
        (id, word) = _existing(advertiser, target, bid);
        _checkOpen(target, word.value);
        emit CampaignToppedUp(id, amount);
    }

    /// @dev Somebody may have sent the same permit first; then the allowance is there and the transfer decides.
    function _permit(uint256 amount, Permit calldata permit) private {
        try IERC20Permit(token)
            .permit(msg.sender, address(this), amount, permit.deadline, permit.v, permit.r, permit.s) {}
            catch {}
    }

    function _depositByAllowance(bytes32 id, Words.Word storage word, uint256 amount) private {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        _book(id, word, amount, before);
    }

    /// @dev The nonce is made from the campaign, so that whoever relays the authorization cannot turn it to another one.
    function _depositByAuthorization(
        bytes32 id,
        Words.Word storage word,
        address from,
        uint256 amount,
        Authorization calldata authorization
    ) private {
        uint256 before = token.balanceOf(address(this));
        IERC3009(token)
            .receiveWithAuthorization(
                from,
                address(this),
                amount,
                authorization.validAfter,
                authorization.validBefore,
                keccak256(abi.encode(id, authorization.salt)),
                authorization.v,
                authorization.r,
                authorization.s
            );
        _book(id, word, amount, before);
    }

    /// @dev The one place where the books follow a transfer: what arrived is only known afterwards. A token that calls
    /// back before that finds the escrow too low, never too high.
    function _book(bytes32 id, Words.Word storage word, uint256 amount, uint256 before) private {
        if (amount == 0) revert ZeroAmount();
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert FeeOnTransferToken(amount, received);
        uint256 campaign = word.value;
        if (amount > type(uint96).max - campaign.escrow()) revert AmountTooLarge(amount);
        word.value = (campaign | CampaignWord.opened(id)) + amount;
    }
}
