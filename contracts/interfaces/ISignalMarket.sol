// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsentRegistry} from "./IConsentRegistry.sol";
import {IOperatorRegistry} from "./IOperatorRegistry.sol";
import {ISignedMessages} from "./ISignedMessages.sol";

/// @title ISignalMarket
/// @notice Escrowed campaigns, paid uses, and people's money. One token, chosen at deployment. All amounts are in base
/// units of that token; times are Unix seconds.
///
/// **Campaign terms** are the advertiser's address and two words, from the lowest bit:
///
/// | word   | fields                                                                                          |
/// |--------|-------------------------------------------------------------------------------------------------|
/// | target | purpose 8, operator 160 (together the lane of IConsentRegistry), endsAt 40, salt 47, metered 1  |
/// | bid    | categories 128 (bitmap), price of one use 96 (gross), zero 32                                   |
///
/// A campaign is identified by the hash of its terms, `keccak256(abi.encode(advertiser, target, bid))`. Terms never change;
/// whoever calls hands them in, and hashing them proves them.
///
/// **Use word**, from the lowest bit: subject 160, category 8 (bit position), index 40. The index counts a campaign's uses
/// from 0; each is recorded once and in order, so a call that is sent again reverts instead of paying twice.
///
/// **Two ways to pay a use.** *At once*: `recordUse` checks consent, category, floor and cap in its own block and credits
/// the subject, who takes it with `withdraw`. *Metered*: uses are logged off chain; `settle` books an epoch of them under a
/// Merkle root of people's running totals, and people take what is new with `claim`. The root is that of an OpenZeppelin
/// `StandardMerkleTree` over `["address", "uint256"]`, subject and total. A campaign with the bit `metered` is only paid this
/// way. An operator should meter no other: what it did not settle yet, the advertiser could spend with `recordUse`.
///
/// **Split.** Every use moves its price out of escrow: at least `USER_SHARE_BPS` of it, rounded up, to the subject, the rest
/// to the operator.
///
/// **Life of a campaign.** It ends at `endsAt`, or `GRACE` after `closeCampaign` if that is earlier; uses count until then.
/// What is left goes back `GRACE` after the end: until then, what was metered is settled.
///
/// @dev Trust: nobody spends an advertiser's escrow alone. A use is recorded by the advertiser, or by the operator with the
/// advertiser's voucher, and only while the subject's consent is in force; `settle` needs a quorum of keepers. What can be
/// claimed under an operator's root never exceeds what that operator's settlements moved out of escrow, so a bad root
/// cannot touch anybody else's money. No function moves a subject's credit anywhere but to an address of the subject's
/// choosing. There is no owner and no pause.
///
/// Solvency: the contract's token balance is at all times at least the sum of escrows, unclaimed credits, pools and unpaid
/// operator shares. It is more only by tokens that were sent to the contract directly, or by an operator's share paid to
/// the market itself as its pay-out address: those stay there and belong to nobody.
///
/// Warning: a use recorded at once shows one category of one address to everybody. The metered way does not.
interface ISignalMarket is ISignedMessages {
    /// @notice An EIP-2612 signature of the sender over the amount.
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice An EIP-3009 `ReceiveWithAuthorization` over the amount, with the market as receiver and the nonce
    /// `keccak256(abi.encode(campaign id, salt))`, which ties it to one campaign.
    struct Authorization {
        uint256 validAfter;
        uint256 validBefore;
        uint256 salt;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice A campaign's state.
    struct Campaign {
        bool opened;
        /// @dev Not yet used.
        uint256 escrow;
        /// @dev Recorded at once so far, and the index of the next.
        uint256 uses;
        /// @dev Of these, uses whose operator share was paid out.
        uint256 operatorPaidUses;
        /// @dev 0 while not closing.
        uint256 closesAt;
    }

    /// @notice A subject's account of uses recorded at once, on one lane.
    struct Credit {
        uint256 earned;
        /// @dev On the lane with purpose 0: what was claimed of the operator's settlements.
        uint256 claimed;
        /// @dev UTC day (Unix seconds / 86,400) of the newest use.
        uint256 day;
        uint256 usesToday;
    }

    /// @notice What an epoch of metered uses comes to.
    struct Settlement {
        address operator;
        /// @dev One more than the last: epochs are settled once and in order.
        uint256 epoch;
        /// @dev Of people's running totals.
        bytes32 root;
        /// @dev Sum of these totals.
        uint256 total;
        /// @dev SHA-256 of the epoch's log, which is its address on IPFS.
        bytes32 logDigest;
    }

    /// @notice An operator's settled books. A claim touches only the first of their two slots.
    struct Books {
        /// @dev The first 160 bits: as hard to forge as an address, and the root shares its slot with the pool that way.
        bytes20 root;
        /// @dev What settlements moved out of escrow for people and was not claimed yet.
        uint96 pool;
        /// @dev Of people's earnings, ever.
        uint96 total;
        /// @dev Not paid out yet.
        uint96 operatorShare;
        /// @dev The last one settled.
        uint40 epoch;
    }

    /// @notice A claim by EIP-712 signature:
    /// `Claim(address subject,address operator,uint256 total,address to,uint256 deadline)`.
    struct SignedClaim {
        address subject;
        address operator;
        uint256 total;
        address to;
        uint256 deadline;
        bytes32[] proof;
        bytes signature;
    }

    /// @notice The advertiser's X25519 public key, which keepers seal released shares to, is now this.
    event RecipientKeySet(address indexed advertiser, bytes32 key);

    /// @notice A campaign was opened with `amount` in escrow.
    event CampaignOpened(bytes32 indexed id, address indexed advertiser, uint256 target, uint256 bid, uint256 amount);

    /// @notice `amount` was added to a campaign's escrow.
    event CampaignToppedUp(bytes32 indexed id, uint256 amount);

    /// @notice The campaign takes no more uses from `closesAt` on.
    event CampaignClosing(bytes32 indexed id, uint256 closesAt);

    /// @notice What was left in escrow went back to the advertiser, at an address of its choosing.
    event CampaignRefunded(bytes32 indexed id, address indexed to, uint256 amount);

    /// @notice One use was recorded and paid: the subject's share of the campaign's price was credited.
    event UseRecorded(bytes32 indexed campaign, uint256 use);

    /// @notice A subject's credit from uses recorded at once was paid out.
    event Withdrawn(address indexed subject, address indexed to, uint256 amount);

    /// @notice An epoch was settled: `gross` left the escrows that the call's debits name.
    event Settled(
        address indexed operator, uint256 epoch, bytes32 root, uint256 total, uint256 gross, bytes32 logDigest
    );

    /// @notice A subject's settled earnings were paid out.
    event Claimed(address indexed subject, address indexed operator, address to, uint256 amount);

    /// @notice A claim of a batch had no effect; `reason` is the selector of its error.
    event ClaimSkipped(address indexed subject, address indexed operator, bytes4 reason);

    /// @notice An operator's share was paid out; `source` is the campaign, 0 for settlements.
    event OperatorPaid(address indexed operator, bytes32 indexed source, address to, uint256 amount);

    /// @notice Floors are in millionths of a token, so the token has at least 6 decimals; and at most 36.
    error UnsupportedDecimals(uint256 decimals);

    /// @notice The sender is neither the operator nor one of its signers.
    error NotOperator(address operator, address sender);

    /// @notice The operator is zero, or has not registered where it is paid.
    error UnknownOperator(address operator);

    /// @notice Purposes are 1..5.
    error InvalidPurpose(uint256 purpose);

    /// @notice These cannot be bought, whoever pays.
    error ProhibitedCategories(uint128 categories);

    /// @notice A campaign names at least one category.
    error NoCategories();

    /// @notice A use has a price.
    error ZeroPrice();

    /// @notice There is nothing to move.
    error ZeroAmount();

    /// @notice A zero key would open shares to everybody.
    error EmptyRecipientKey();

    /// @notice The same terms are in use; change the salt.
    error CampaignExists(bytes32 id);

    /// @notice The sender (or the named advertiser) has opened no campaign with these terms.
    error UnknownCampaign(bytes32 id);

    /// @notice The campaign takes neither uses nor money any more.
    error CampaignEnded(uint256 endedAt, uint256 current);

    /// @notice Escrow goes back from `refundableAt` on.
    error CampaignStillOpen(uint256 refundableAt, uint256 current);

    /// @notice The token took something of the transfer; such tokens cannot be booked.
    error FeeOnTransferToken(uint256 sent, uint256 received);

    /// @notice The campaign's uses are settled and not recorded at once.
    error MeteredCampaign(bytes32 id);

    /// @notice The next use has another index: a lower one was recorded and paid already.
    error WrongUseIndex(uint256 index, uint256 next);

    /// @notice The campaign did not bid for this category.
    error CategoryNotInCampaign(uint256 category);

    /// @notice The subject's consent is not in force, or does not cover this category.
    error NotConsented(address subject, uint256 lane, uint256 category);

    /// @notice The subject asks for more. Base units.
    error PriceBelowFloor(uint256 price, uint256 floor);

    /// @notice The subject allows no more uses on this UTC day.
    error DailyCapReached(uint256 cap);

    /// @notice The escrow does not cover it; top it up.
    error EscrowExhausted(uint256 escrow, uint256 needed);

    /// @notice The voucher covers uses up to `ceiling` of them; these would be `uses`.
    error VoucherExhausted(uint256 uses, uint256 ceiling);

    /// @notice Money goes neither to nobody nor to the market itself.
    error InvalidRecipient();

    /// @notice The amount does not fit the books.
    error AmountTooLarge(uint256 amount);

    /// @notice A batch is a whole number of packed records.
    error InvalidRecords(uint256 length, uint256 recordSize);

    /// @notice Epochs are settled once and in order.
    error WrongEpoch(uint256 expected, uint256 epoch);

    /// @notice People get at least their share of what was debited, and at most all of it.
    error UnfairSplit(uint256 total, uint256 least, uint256 most);

    /// @notice No leaf for this subject and total under the operator's newest root.
    error InvalidProof(address subject, address operator, uint256 total);

    /// @notice Everything was paid out already.
    error NothingToClaim(address subject);

    /// @notice The signature names more than was earned.
    error NotEarnedYet(uint256 named, uint256 earned);

    /// @notice The operator's settlements do not cover the claim: its root promised too much.
    error PoolExhausted(address operator, uint256 pool, uint256 amount);

    /// @notice The person's least share of every use, basis points.
    function USER_SHARE_BPS() external view returns (uint256);

    /// @notice Seconds that uses still count after closing, and that the escrow stays after the end of a campaign.
    function GRACE() external view returns (uint256);

    /// @notice The token that everything is paid in.
    function token() external view returns (address);

    /// @notice Says which consents are in force.
    function consents() external view returns (IConsentRegistry);

    /// @notice Says who is an operator, where it is paid, and what a quorum of keepers is.
    function operators() external view returns (IOperatorRegistry);

    // ----------------------------------------------------------------------------------------------------- advertisers

    /// @notice Name the X25519 public key that keepers seal shares released to the sender to.
    function setRecipientKey(bytes32 key) external;

    /// @notice Open a campaign of the sender with `amount` in escrow, pulled by allowance.
    /// @dev Whether the operator registered is not looked up: nobody else's consents would do for its uses, and what is
    /// not used comes back.
    function openCampaign(uint256 target, uint256 bid, uint256 amount) external;

    /// @notice The same with a permit, so that no approval has to go before.
    function openCampaignWithPermit(uint256 target, uint256 bid, uint256 amount, Permit calldata permit) external;

    /// @notice The same for `advertiser`, by its authorization; anyone may relay it.
    function openCampaignWithAuthorization(
        address advertiser,
        uint256 target,
        uint256 bid,
        uint256 amount,
        Authorization calldata authorization
    ) external;

    /// @notice Add to a campaign's escrow. Anyone may; the money becomes the advertiser's.
    function topUp(address advertiser, uint256 target, uint256 bid, uint256 amount) external;

    /// @notice The same with a permit of the sender.
    function topUpWithPermit(address advertiser, uint256 target, uint256 bid, uint256 amount, Permit calldata permit)
        external;

    /// @notice The same by the authorization of `from`; anyone may relay it.
    function topUpWithAuthorization(
        address from,
        address advertiser,
        uint256 target,
        uint256 bid,
        uint256 amount,
        Authorization calldata authorization
    ) external;

    /// @notice Take no more uses from `GRACE` from now on. Closing twice changes nothing.
    function closeCampaign(uint256 target, uint256 bid) external;

    /// @notice Send what is left in the escrow of the sender's campaign to `to`, once the grace after its end is over.
    function refund(uint256 target, uint256 bid, address to) external;

    // ------------------------------------------------------------------------------------------- uses recorded at once

    /// @notice Record and pay one use, as the advertiser.
    function recordUse(uint256 target, uint256 bid, uint256 use) external;

    /// @notice Record and pay one use, as the operator (or one of its signers), by the advertiser's EIP-712
    /// `Voucher(bytes32 campaign,uint256 ceiling)`.
    /// @param ceiling Uses with an index below it may be recorded: cumulative, so one signature serves many.
    function recordUseWithVoucher(
        address advertiser,
        uint256 target,
        uint256 bid,
        uint256 use,
        uint256 ceiling,
        bytes calldata signature
    ) external;

    /// @notice Record and pay many uses with consecutive indices, as the advertiser: all of them, or none.
    /// @param uses Packed, 21 bytes each: category 1, subject 20.
    function recordUses(uint256 target, uint256 bid, uint256 firstIndex, bytes calldata uses) external;

    /// @notice The same as the operator, by the advertiser's voucher.
    function recordUsesWithVoucher(
        address advertiser,
        uint256 target,
        uint256 bid,
        uint256 firstIndex,
        bytes calldata uses,
        uint256 ceiling,
        bytes calldata signature
    ) external;

    /// @notice Pay out the sender's credit on these lanes.
    function withdraw(uint256[] calldata lanes, address to) external;

    /// @notice Pay out a subject's credit by its signature:
    /// `Withdrawal(address subject,uint256 lane,uint256 earned,address to,uint256 deadline)`.
    /// @param earned Everything earned on the lane so far, ever: being a running total, it can be paid out only once.
    function withdrawBySig(
        address subject,
        uint256 lane,
        uint256 earned,
        address to,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Pay the operator's share of a campaign's uses to its pay-out address. Anyone may call. It waits here while the
    /// operator has not registered.
    function payOperator(address advertiser, uint256 target, uint256 bid) external;

    // ---------------------------------------------------------------------------------------------------- metered uses

    /// @notice Book an epoch of metered uses. Anyone may send it; it takes a quorum of keepers who signed
    /// `Settlement(address operator,uint40 epoch,bytes20 previousRoot,bytes32 root,uint96 total,bytes debits,bytes32
    /// logDigest)`.
    /// @param debits Packed, 32 bytes each: the first 20 bytes of a campaign's id, amount 12. Campaigns of this operator only.
    /// @param quorum As in `IOperatorRegistry.requireQuorum`.
    function settle(Settlement calldata settlement, bytes calldata debits, bytes calldata quorum) external;

    /// @notice Pay out what is new of the sender's settled earnings.
    /// @param total The sender's running total under the operator's newest root.
    /// @param proof Siblings from the leaf up.
    function claim(address operator, uint256 total, bytes32[] calldata proof) external;

    /// @notice The same to another address.
    function claimTo(address operator, uint256 total, bytes32[] calldata proof, address to) external;

    /// @notice The same by the subject's signature, sent by anyone. A running total can be paid out only once.
    function claimBySig(SignedClaim calldata signed) external;

    /// @notice Many signed claims, of anybody and at any operator. One that fails, be it that the token refuses its
    /// recipient, is skipped with an event and costs the others nothing.
    /// @dev Each claim gets an equal part of the gas that is left, so that a wallet that burns gas burns its own part. Send
    /// enough for each: one that runs out is skipped too, and an estimate may settle on that.
    function claimBatchBySig(SignedClaim[] calldata claims) external;

    /// @notice Pay the operator's share of its settlements to its pay-out address. Anyone may call.
    function payOperatorSettled(address operator) external;

    // --------------------------------------------------------------------------------------------------------- reading

    /// @notice Hash of the terms.
    function campaignId(address advertiser, uint256 target, uint256 bid) external pure returns (bytes32 id);

    /// @notice State of a campaign of `operator`.
    function campaignOf(address operator, bytes32 id) external view returns (Campaign memory campaign);

    /// @notice The same for many campaigns.
    function campaignsOf(address operator, bytes32[] calldata ids) external view returns (Campaign[] memory campaigns);

    /// @notice X25519 public key of an advertiser; zero when it named none: then nothing is released to it.
    function recipientKeyOf(address advertiser) external view returns (bytes32 key);

    /// @notice A subject's account on a lane.
    function creditOf(address subject, uint256 lane) external view returns (Credit memory credit);

    /// @notice The same for many lanes.
    function creditsOf(address subject, uint256[] calldata lanes) external view returns (Credit[] memory credits);

    /// @notice An operator's settled books.
    function booksOf(address operator) external view returns (Books memory books);

    /// @notice What keepers sign to settle this next.
    function settlementDigest(Settlement calldata settlement, bytes calldata debits)
        external
        view
        returns (bytes32 digest);
}
