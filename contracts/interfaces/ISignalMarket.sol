// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title ISignalMarket
/// @notice Escrowed campaigns, paid uses, and people's money. One token, chosen at deployment.
///
/// A campaign is identified by the hash of its terms: `keccak256(abi.encode(terms))`. Terms never change; whoever calls
/// hands them in, and hashing them proves them.
///
/// Every use moves `pricePerUse` out of the campaign's escrow: at least `USER_SHARE_BPS` of it, rounded up, to the
/// subject, the rest to the operator. All amounts are in base units of the token.
///
/// @dev Trust: nobody spends an advertiser's escrow alone. A use is recorded by the advertiser, or by the operator with
/// the advertiser's voucher, and only while the subject's consent is in force. No function moves a subject's credit
/// anywhere but to an address of the subject's choosing. There is no owner and no pause.
///
/// Solvency: the contract's token balance is at all times at least the sum of escrows, unclaimed credits and unpaid
/// operator shares. It is more only by tokens that were sent to the contract directly, or by an operator's share paid to
/// the market itself as its pay-out address: those stay there and belong to nobody.
///
/// Warning: a use recorded here shows one category of one address to everybody.
interface ISignalMarket {
    /// @notice What a campaign buys.
    struct Terms {
        /// @dev Pays, and owns what is left.
        address advertiser;
        /// @dev Whose subjects it may use.
        address operator;
        /// @dev 1..5.
        uint8 purpose;
        /// @dev Bitmap of categories that it may use.
        uint128 categories;
        /// @dev Gross price of one use, token base units.
        uint96 pricePerUse;
        /// @dev Unix seconds.
        uint40 endsAt;
        /// @dev Makes otherwise equal campaigns distinct.
        uint64 salt;
    }

    /// @notice A campaign was opened with `amount` base units in escrow.
    event CampaignOpened(
        bytes32 indexed id,
        address indexed advertiser,
        address indexed operator,
        Terms terms,
        bytes32 recipientKey,
        uint256 amount
    );

    /// @notice `amount` base units were added to a campaign's escrow.
    event CampaignToppedUp(bytes32 indexed id, uint256 amount);

    /// @notice The campaign takes no more uses from `closesAt` (Unix seconds) on.
    event CampaignClosing(bytes32 indexed id, uint256 closesAt);

    /// @notice What was left in escrow went back to the advertiser.
    event CampaignRefunded(bytes32 indexed id, uint256 amount);

    /// @notice One use was recorded and paid; `credited` base units are the subject's.
    event UseRecorded(
        bytes32 indexed campaign, address indexed subject, uint8 category, uint40 useIndex, uint128 credited
    );

    /// @notice A subject's credit was paid out.
    event Claimed(address indexed subject, address indexed to, uint256 amount);

    /// @notice An operator's share was paid out.
    event OperatorPaid(bytes32 indexed campaign, address indexed to, uint256 amount);

    error TokenDecimalsTooFew(uint256 decimals);
    error NotAdvertiser(address advertiser, address sender);
    error NotOperator(address operator, address sender);
    error UnknownOperator(address operator);
    error InvalidPurpose(uint256 purpose);
    error ProhibitedCategories(uint128 categories);
    error NoCategories();
    error ZeroPrice();
    error ZeroAmount();
    error EmptyRecipientKey();
    error CampaignExists(bytes32 id);
    error UnknownCampaign(bytes32 id);
    error CampaignEnded(uint256 endedAt, uint256 current);
    error CampaignStillOpen(uint256 endsAt, uint256 current);
    error FeeOnTransferToken(uint256 sent, uint256 received);
    /// @notice This index was recorded before: the use is paid already.
    error UseAlreadyRecorded(uint256 useIndex, uint256 next);
    error UseOutOfOrder(uint256 useIndex, uint256 next);
    error CategoryNotInCampaign(uint256 category);
    error ConsentNotInForce(address subject, uint256 lane);
    error CategoryNotConsented(uint256 category);
    error PriceBelowFloor(uint256 price, uint256 floor);
    error DailyCapReached(uint256 cap);
    error EscrowExhausted(uint256 escrow, uint256 price);
    error VoucherExhausted(uint256 useIndex, uint256 ceiling);
    error InvalidVoucher(address advertiser);
    error InvalidRecipient();
    error AmountTooLarge(uint256 amount);

    /// @notice The person's share of every use, basis points.
    function USER_SHARE_BPS() external view returns (uint256);

    /// @notice Time between closing a campaign and its end, seconds: uses under way still count.
    function GRACE() external view returns (uint256);

    /// @notice The token that everything is paid in.
    function token() external view returns (address);

    /// @notice Open a campaign with `amount` base units in escrow, pulled from the sender by allowance.
    /// @param terms The sender must be their advertiser.
    /// @param recipientKey X25519 public key that keepers seal released shares to.
    function openCampaign(Terms calldata terms, bytes32 recipientKey, uint256 amount) external;

    /// @notice The same with an EIP-2612 permit for `amount`, so that no approval has to go before.
    function openCampaignWithPermit(
        Terms calldata terms,
        bytes32 recipientKey,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Add to a campaign's escrow. Anyone may.
    function topUp(Terms calldata terms, uint256 amount) external;

    /// @notice Take no more uses from `GRACE` from now on. Only the advertiser can; closing twice changes nothing.
    function closeCampaign(Terms calldata terms) external;

    /// @notice Pay what is left in escrow back to the advertiser, once the campaign ended. Anyone may call.
    function refund(Terms calldata terms) external;

    /// @notice Record and pay one use, as the advertiser.
    /// @param category Bit position.
    /// @param useIndex Number of the use in this campaign, counted from 0: each is recorded once, in order, so a call
    /// that is sent again reverts instead of paying twice.
    function recordUse(Terms calldata terms, address subject, uint8 category, uint256 useIndex) external;

    /// @notice Record and pay one use, as the operator (or one of its signers), by the advertiser's EIP-712
    /// `Voucher(bytes32 campaign,uint256 ceiling)`.
    /// @param ceiling Uses with an index below it may be recorded: cumulative, so one signature serves many.
    function recordUseWithVoucher(
        Terms calldata terms,
        address subject,
        uint8 category,
        uint256 useIndex,
        uint256 ceiling,
        bytes calldata signature
    ) external;

    /// @notice Pay out the sender's credit on these lanes (operator and purpose, as in IConsentRegistry).
    function claim(uint256[] calldata lanes) external;

    /// @notice Pay out the sender's credit to another address.
    function claimTo(uint256[] calldata lanes, address to) external;

    /// @notice Pay the operator's share of a campaign's uses to its pay-out address. Anyone may call.
    function claimOperator(Terms calldata terms) external;

    /// @notice Hash of the terms.
    function campaignId(Terms calldata terms) external pure returns (bytes32 id);

    /// @notice A campaign's state.
    /// @return escrow Base units not yet used.
    /// @return uses Recorded so far, and the index of the next.
    /// @return operatorPaidUses Uses whose operator share was paid out.
    /// @return closesAt Unix seconds, 0 while open.
    function campaignOf(bytes32 id)
        external
        view
        returns (uint256 escrow, uint256 uses, uint256 operatorPaidUses, uint256 closesAt);

    /// @notice X25519 public key of a campaign; zero when there is no such campaign.
    function recipientKeyOf(bytes32 id) external view returns (bytes32 key);

    /// @notice A subject's account on a lane.
    /// @return earned Base units credited so far.
    /// @return claimed Base units paid out so far.
    /// @return day UTC day (Unix seconds / 86,400) of the newest use.
    /// @return usesToday Uses on that day.
    function creditOf(address subject, uint256 lane)
        external
        view
        returns (uint256 earned, uint256 claimed, uint256 day, uint256 usesToday);

    /// @notice Base units that `claimOperator` would pay.
    function operatorCredit(Terms calldata terms) external view returns (uint256 amount);
}
