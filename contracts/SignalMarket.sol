// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {EIP712} from "solady/src/utils/EIP712.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";
import {SignatureCheckerLib} from "solady/src/utils/SignatureCheckerLib.sol";

import {IConsentRegistry} from "./interfaces/IConsentRegistry.sol";
import {IOperatorRegistry} from "./interfaces/IOperatorRegistry.sol";
import {ISignalMarket} from "./interfaces/ISignalMarket.sol";
import {Categories} from "./lib/Categories.sol";
import {ConsentWord} from "./lib/ConsentWord.sol";
import {Split} from "./lib/Split.sol";

/// @title SignalMarket
/// @notice See ISignalMarket.
/// @dev Every function updates its state before it moves tokens, so a token that calls back finds the books done.
contract SignalMarket is ISignalMarket, EIP712 {
    using ConsentWord for uint256;
    using SafeTransferLib for address;

    /// @inheritdoc ISignalMarket
    uint256 public constant USER_SHARE_BPS = 7_000;

    /// @inheritdoc ISignalMarket
    uint256 public constant GRACE = 1 days;

    uint256 private constant FLOOR_DECIMALS = 6;
    uint256 private constant LAST_PURPOSE = 5;
    bytes32 private constant VOUCHER_TYPEHASH = keccak256("Voucher(bytes32 campaign,uint256 ceiling)");

    /// @dev One slot.
    struct Campaign {
        uint128 escrow;
        uint40 uses;
        uint40 operatorPaidUses;
        uint40 closesAt;
    }

    /// @dev One slot. Amounts in base units.
    struct Account {
        uint96 earned;
        uint96 claimed;
        uint32 day;
        uint32 usesToday;
    }

    /// @inheritdoc ISignalMarket
    address public immutable token;

    IConsentRegistry public immutable consents;
    IOperatorRegistry public immutable operators;

    /// @dev Base units in a millionth of a token.
    uint256 private immutable _floorUnit;

    mapping(bytes32 id => Campaign) private _campaigns;
    mapping(address subject => mapping(uint256 lane => Account)) private _accounts;

    /// @inheritdoc ISignalMarket
    mapping(bytes32 id => bytes32) public recipientKeyOf;

    constructor(address token_, IConsentRegistry consents_, IOperatorRegistry operators_) {
        uint256 decimals = IERC20Metadata(token_).decimals();
        if (decimals < FLOOR_DECIMALS) revert TokenDecimalsTooFew(decimals);
        token = token_;
        consents = consents_;
        operators = operators_;
        _floorUnit = 10 ** (decimals - FLOOR_DECIMALS);
    }

    /// @inheritdoc ISignalMarket
    function openCampaign(Terms calldata terms, bytes32 recipientKey, uint256 amount) external {
        _open(terms, recipientKey, amount);
    }

    /// @inheritdoc ISignalMarket
    function openCampaignWithPermit(
        Terms calldata terms,
        bytes32 recipientKey,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        // Somebody may have sent the same permit first; then the allowance is there and the transfer decides.
        try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _open(terms, recipientKey, amount);
    }

    /// @inheritdoc ISignalMarket
    function topUp(Terms calldata terms, uint256 amount) external {
        bytes32 id = _existing(terms);
        _checkOpen(terms, _campaigns[id].closesAt);
        _deposit(id, amount);
        emit CampaignToppedUp(id, amount);
    }

    /// @inheritdoc ISignalMarket
    function closeCampaign(Terms calldata terms) external {
        bytes32 id = _existing(terms);
        if (msg.sender != terms.advertiser) revert NotAdvertiser(terms.advertiser, msg.sender);
        Campaign storage campaign = _campaigns[id];
        if (campaign.closesAt != 0) return;
        uint256 closesAt = block.timestamp + GRACE;
        campaign.closesAt = uint40(closesAt);
        emit CampaignClosing(id, closesAt);
    }

    /// @inheritdoc ISignalMarket
    function refund(Terms calldata terms) external {
        bytes32 id = _existing(terms);
        Campaign storage campaign = _campaigns[id];
        uint256 endsAt = _endOf(terms, campaign.closesAt);
        if (block.timestamp < endsAt) revert CampaignStillOpen(endsAt, block.timestamp);
        uint256 amount = campaign.escrow;
        campaign.escrow = 0;
        emit CampaignRefunded(id, amount);
        token.safeTransfer(terms.advertiser, amount);
    }

    /// @inheritdoc ISignalMarket
    function recordUse(Terms calldata terms, address subject, uint8 category, uint256 useIndex) external {
        if (msg.sender != terms.advertiser) revert NotAdvertiser(terms.advertiser, msg.sender);
        _record(campaignId(terms), terms, subject, category, useIndex);
    }

    /// @inheritdoc ISignalMarket
    function recordUseWithVoucher(
        Terms calldata terms,
        address subject,
        uint8 category,
        uint256 useIndex,
        uint256 ceiling,
        bytes calldata signature
    ) external {
        // The operator itself first: it saves the call.
        if (msg.sender != terms.operator && !operators.isSigner(terms.operator, msg.sender)) {
            revert NotOperator(terms.operator, msg.sender);
        }
        if (useIndex >= ceiling) revert VoucherExhausted(useIndex, ceiling);
        bytes32 id = campaignId(terms);
        bytes32 digest = _hashTypedData(keccak256(abi.encode(VOUCHER_TYPEHASH, id, ceiling)));
        if (!SignatureCheckerLib.isValidSignatureNowCalldata(terms.advertiser, digest, signature)) {
            revert InvalidVoucher(terms.advertiser);
        }
        _record(id, terms, subject, category, useIndex);
    }

    /// @inheritdoc ISignalMarket
    function claim(uint256[] calldata lanes) external {
        _claim(lanes, msg.sender);
    }

    /// @inheritdoc ISignalMarket
    function claimTo(uint256[] calldata lanes, address to) external {
        if (to == address(0) || to == address(this)) revert InvalidRecipient();
        _claim(lanes, to);
    }

    /// @inheritdoc ISignalMarket
    function claimOperator(Terms calldata terms) external {
        bytes32 id = _existing(terms);
        uint256 amount = operatorCredit(terms);
        _campaigns[id].operatorPaidUses = _campaigns[id].uses;
        address to = operators.payoutOf(terms.operator);
        emit OperatorPaid(id, to, amount);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc ISignalMarket
    function campaignId(Terms calldata terms) public pure returns (bytes32) {
        return keccak256(abi.encode(terms));
    }

    /// @inheritdoc ISignalMarket
    function campaignOf(bytes32 id) external view returns (uint256, uint256, uint256, uint256) {
        Campaign storage campaign = _campaigns[id];
        return (campaign.escrow, campaign.uses, campaign.operatorPaidUses, campaign.closesAt);
    }

    /// @inheritdoc ISignalMarket
    function creditOf(address subject, uint256 lane) external view returns (uint256, uint256, uint256, uint256) {
        Account storage account = _accounts[subject][lane];
        return (account.earned, account.claimed, account.day, account.usesToday);
    }

    /// @inheritdoc ISignalMarket
    function operatorCredit(Terms calldata terms) public view returns (uint256) {
        Campaign storage campaign = _campaigns[campaignId(terms)];
        uint256 unpaid = campaign.uses - campaign.operatorPaidUses;
        return unpaid * Split.operatorShareDown(terms.pricePerUse, USER_SHARE_BPS);
    }

    /// @notice EIP-712 domain separator.
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparator();
    }

    function _open(Terms calldata terms, bytes32 recipientKey, uint256 amount) private {
        if (msg.sender != terms.advertiser) revert NotAdvertiser(terms.advertiser, msg.sender);
        if (!operators.isOperator(terms.operator)) revert UnknownOperator(terms.operator);
        if (terms.purpose == 0 || terms.purpose > LAST_PURPOSE) revert InvalidPurpose(terms.purpose);
        if (terms.categories & Categories.PROHIBITED != 0) {
            revert ProhibitedCategories(terms.categories & Categories.PROHIBITED);
        }
        if (terms.categories == 0) revert NoCategories();
        if (terms.pricePerUse == 0) revert ZeroPrice();
        if (recipientKey == 0) revert EmptyRecipientKey();
        _checkOpen(terms, 0);
        bytes32 id = campaignId(terms);
        if (recipientKeyOf[id] != 0) revert CampaignExists(id);
        recipientKeyOf[id] = recipientKey;
        emit CampaignOpened(id, terms.advertiser, terms.operator, terms, recipientKey, amount);
        _deposit(id, amount);
    }

    /// @dev The one place where the books follow a transfer: what arrived is only known afterwards. A token that calls
    /// back before that finds the escrow too low, never too high.
    function _deposit(bytes32 id, uint256 amount) private {
        if (amount == 0) revert ZeroAmount();
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert FeeOnTransferToken(amount, received);
        uint256 escrow = _campaigns[id].escrow + amount;
        if (escrow > type(uint128).max) revert AmountTooLarge(escrow);
        _campaigns[id].escrow = uint128(escrow);
    }

    function _record(bytes32 id, Terms calldata terms, address subject, uint8 category, uint256 useIndex) private {
        Campaign memory campaign = _campaigns[id];
        if (useIndex < campaign.uses) revert UseAlreadyRecorded(useIndex, campaign.uses);
        if (useIndex > campaign.uses) revert UseOutOfOrder(useIndex, campaign.uses);
        _checkOpen(terms, campaign.closesAt);
        uint256 price = terms.pricePerUse;
        // Opened campaigns have a price; at none, the empty escrow of one that nobody opened would do.
        if (price == 0) revert UnknownCampaign(id);
        if (campaign.escrow < price) revert EscrowExhausted(campaign.escrow, price);
        if (category >= 128 || (terms.categories >> category) & 1 == 0) revert CategoryNotInCampaign(category);

        uint256 lane = (uint256(uint160(terms.operator)) << 8) | terms.purpose;
        uint256 consent = consents.inForce(subject, lane);
        if (consent == 0) revert ConsentNotInForce(subject, lane);
        if (!consent.allows(category)) revert CategoryNotConsented(category);
        if (price < consent.floor() * _floorUnit) revert PriceBelowFloor(price, consent.floor() * _floorUnit);

        // The price is at most the escrow, and an index has 40 bits in storage: neither can leave its field.
        campaign.escrow -= uint128(price);
        campaign.uses += 1;
        _campaigns[id] = campaign;
        uint256 share = Split.subjectShareUp(price, USER_SHARE_BPS);
        _credit(subject, lane, share, consent.cap());
        emit UseRecorded(id, subject, category, uint40(useIndex), uint128(share));
    }

    function _credit(address subject, uint256 lane, uint256 share, uint256 cap) private {
        Account memory account = _accounts[subject][lane];
        uint32 day = uint32(block.timestamp / 1 days);
        uint32 usesToday = account.day == day ? account.usesToday : 0;
        if (usesToday >= cap) revert DailyCapReached(cap);
        account.day = day;
        account.usesToday = usesToday + 1;
        // The share has at most 96 bits; the addition is checked and reverts rather than lose a credit.
        account.earned += uint96(share);
        _accounts[subject][lane] = account;
    }

    function _claim(uint256[] calldata lanes, address to) private {
        uint256 amount;
        for (uint256 i; i < lanes.length; ++i) {
            Account storage account = _accounts[msg.sender][lanes[i]];
            amount += account.earned - account.claimed;
            account.claimed = account.earned;
        }
        emit Claimed(msg.sender, to, amount);
        token.safeTransfer(to, amount);
    }

    function _existing(Terms calldata terms) private view returns (bytes32 id) {
        id = campaignId(terms);
        if (recipientKeyOf[id] == 0) revert UnknownCampaign(id);
    }

    function _endOf(Terms calldata terms, uint256 closesAt) private pure returns (uint256) {
        return closesAt != 0 && closesAt < terms.endsAt ? closesAt : terms.endsAt;
    }

    function _checkOpen(Terms calldata terms, uint256 closesAt) private view {
        uint256 endsAt = _endOf(terms, closesAt);
        if (block.timestamp >= endsAt) revert CampaignEnded(endsAt, block.timestamp);
    }

    function _domainNameAndVersion() internal pure override returns (string memory, string memory) {
        return ("Fairsignal SignalMarket", "1");
    }
}
