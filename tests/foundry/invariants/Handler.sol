// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ConsentRegistry} from "../../../contracts/consent/ConsentRegistry.sol";
import {ISignalMarket} from "../../../contracts/interfaces/ISignalMarket.sol";
import {SignalMarket} from "../../../contracts/market/SignalMarket.sol";
import {TestDollar} from "../../../contracts/token/TestDollar.sol";
import {Reference} from "../support/Reference.sol";

/// @title Handler
/// @notice Lives with the contracts: three operators, four subjects, two advertisers. It keeps a model of its own, written
/// another way than the contracts, and asks for things whether or not the model allows them: the contracts must agree.
contract Handler is Reference {
    uint256 public constant OPERATORS = 3;
    uint256 public constant SUBJECTS = 4;
    uint256 private constant MAX_CAMPAIGNS = 12;
    uint256 private constant MAX_SIGNED = 24;

    /// @dev A consent as its subject understands it.
    struct Understood {
        uint256 categories;
        uint256 grantedAt;
        uint256 endsAt;
        uint256 floor;
        uint256 cap;
        uint256 version;
        /// @dev Neither revoked nor part of a `revokeAll` since it was given.
        bool stands;
        /// @dev Revoked by lane: what may follow was signed later.
        bool revoked;
    }

    struct SignedGrant {
        uint256 subject;
        uint256 lane;
        uint256 word;
        bytes signature;
    }

    struct Opened {
        address advertiser;
        uint256 advertiserKey;
        uint256 operator;
        uint256 target;
        uint256 bid;
        bytes32 id;
        uint256 price;
        uint256 endsAt;
        uint256 closesAt;
        uint256 uses;
    }

    /// @dev What was settled for an operator, as money went.
    struct Settled {
        uint256 epoch;
        bytes32 root;
        uint256 gross;
        uint256 people;
        uint256 claimed;
        uint256 paidOut;
        uint256[4] owed;
        /// @dev Under the newest root; more than owed if the root is a lie.
        uint256[4] promised;
    }

    ConsentRegistry private immutable consents;
    SignalMarket private immutable market;
    TestDollar private immutable token;

    address[3] private operatorAddresses;
    address[4] private subjectAddresses;
    uint256[3] private operatorKeys = [uint256(0x0A), 0x0B, 0x0C];
    uint256[4] private subjectKeys = [uint256(0x51), 0x52, 0x53, 0x54];
    uint256[2] private advertiserKeys = [uint256(0xAD1), 0xAD2];
    uint256[3] private keeperKeys;

    Opened[] private campaigns;
    SignedGrant[] private grants;
    mapping(uint256 subject => mapping(uint256 lane => Understood)) private understood;
    mapping(uint256 subject => uint256) private revokedAllAt;
    mapping(bytes32 use => uint256) private usesOn;
    mapping(bytes32 paid => bool) private paid;
    Settled[3] private settled;

    /// @dev Shares of all uses recorded at once, and how much of it was withdrawn.
    uint256 public creditedToPeople;
    uint256 public debitedAtOnce;
    /// @dev What was done, so that a handler that does nothing is noticed.
    mapping(bytes32 what => uint256) public count;

    constructor(ConsentRegistry consents_, SignalMarket market_, TestDollar token_, uint256[3] memory keeperKeys_) {
        (consents, market, token, keeperKeys) = (consents_, market_, token_, keeperKeys_);
        for (uint256 i; i < OPERATORS; ++i) {
            operatorAddresses[i] = vm.addr(operatorKeys[i]);
        }
        for (uint256 i; i < SUBJECTS; ++i) {
            subjectAddresses[i] = vm.addr(subjectKeys[i]);
        }
        for (uint256 i; i < 2; ++i) {
            address advertiser = vm.addr(advertiserKeys[i]);
            token.mint(advertiser, 2 ** 120);
            vm.prank(advertiser);
            token.approve(address(market), type(uint256).max);
        }
        for (uint256 i; i < 6; ++i) {
            openCampaign(i, 1 + i * 777, 2 ** 40 + i, 20 + i);
        }
        for (uint256 i; i < SUBJECTS * OPERATORS; ++i) {
            grant(i, i / SUBJECTS, 30, 7, 9);
        }
    }

    // ------------------------------------------------------------------------------------------------- for invariants

    function operatorAt(uint256 i) public view returns (address) {
        return operatorAddresses[i];
    }

    function subjectAt(uint256 i) public view returns (address) {
        return subjectAddresses[i];
    }

    function campaignCount() external view returns (uint256) {
        return campaigns.length;
    }

    function campaignAt(uint256 i) external view returns (address operator, bytes32 id, uint256 price, uint256 uses) {
        Opened storage c = campaigns[i];
        return (operatorAt(c.operator), c.id, c.price, c.uses);
    }

    function settledOf(uint256 operator) external view returns (Settled memory) {
        return settled[operator];
    }

    function laneAt(uint256 operator, uint256 purpose) public view returns (uint256) {
        return laneOf(operatorAt(operator), purpose);
    }

    /// @notice Whether the model lets `subject` be used on `lane` now.
    function counts(uint256 subject, uint256 lane) public view returns (bool) {
        Understood storage c = understood[subject][lane];
        return c.stands && block.timestamp < c.endsAt;
    }

    /// @notice Every lane that a consent may be given on.
    function allLanes() external view returns (uint256[] memory lanes) {
        lanes = new uint256[](2 * OPERATORS);
        for (uint256 i; i < lanes.length; ++i) {
            lanes[i] = laneAt(i / 2, 1 + i % 2);
        }
    }

    function countAll(uint256 subject, uint256[] calldata lanes) external view returns (bool[] memory counting) {
        counting = new bool[](lanes.length);
        for (uint256 i; i < lanes.length; ++i) {
            counting[i] = counts(subject, lanes[i]);
        }
    }

    // ----------------------------------------------------------------------------------------------------------- time

    function passTime(uint256 seed) external {
        vm.warp(block.timestamp + (seed % 3 == 0 ? within(seed, 1, 3 days) : within(seed, 1, 2 hours)));
    }

    // ------------------------------------------------------------------------------------------------------- consents

    function grant(uint256 who, uint256 at, uint256 days_, uint256 categories, uint256 floorAndCap) public {
        (uint256 subject, uint256 lane) = (who % SUBJECTS, laneAt(at % OPERATORS, 1 + at / 3 % 2));
        Understood storage c = understood[subject][lane];
        c.categories = within(categories, 1, 15);
        c.grantedAt = block.timestamp;
        c.endsAt = block.timestamp + within(days_, 1, 400) * 1 days;
        c.floor = floorAndCap / 8 % 3_000;
        c.cap = 1 + floorAndCap % 8;
        c.version += 1;
        c.stands = block.timestamp > revokedAllAt[subject];
        c.revoked = false;
        vm.prank(subjectAt(subject));
        consents.grant(lane, pack(Consent(c.categories, 0, c.endsAt, c.floor, c.cap, 0, false)));
    }

    /// @notice Sign a grant and keep it for later; some name a version ahead or are a while old already.
    function signGrant(uint256 who, uint256 at, uint256 ago, uint256 categories, uint256 floorAndCap) external {
        if (grants.length == MAX_SIGNED) return;
        (uint256 subject, uint256 lane) = (who % SUBJECTS, laneAt(at % OPERATORS, 1 + at / 3 % 2));
        uint256 signedAt = block.timestamp - (ago % 3 == 0 ? within(ago, 0, 26 hours) : 0);
        uint256 version = understood[subject][lane].version + 1 + (ago % 5 == 0 ? 1 : 0);
        uint256 word = pack(
            Consent(
                within(categories, 1, 15),
                signedAt,
                signedAt + 200 days,
                floorAndCap / 8 % 3_000,
                1 + floorAndCap % 8,
                version,
                false
            )
        );
        bytes32 digest = typed(CONSENT_DOMAIN, address(consents), hashConsent(GRANT, subjectAt(subject), lane, word));
        grants.push(SignedGrant(subject, lane, word, signCompact(subjectKeys[subject], digest)));
    }

    /// @notice Relay any signed grant, used or not: it is taken exactly if the model says so.
    function relayGrant(uint256 which, bool inBatch) external {
        if (grants.length == 0) return;
        SignedGrant memory g = grants[which % grants.length];
        Understood storage c = understood[g.subject][g.lane];
        Consent memory asked = unpack(g.word);
        bool fine = asked.grantedAt + 1 days >= block.timestamp && asked.version == c.version + 1;
        // After an end, by revocation or expiry, only what was signed later.
        if (c.endsAt <= block.timestamp) fine = fine && asked.grantedAt > c.endsAt;
        else fine = fine && asked.grantedAt >= c.grantedAt;
        if (c.revoked && asked.grantedAt <= c.endsAt) vm.assertFalse(fine, "a revocation is final");
        address subject = subjectAt(g.subject);
        bool taken;
        if (inBatch) {
            consents.grantBatchBySig(g.lane, abi.encodePacked(subject, g.word, g.signature));
            taken = fine && consents.consentOf(subject, g.lane) == g.word;
        } else {
            (taken,) =
                address(consents).call(abi.encodeCall(consents.grantBySig, (subject, g.lane, g.word, g.signature)));
        }
        vm.assertEq(taken, fine, "a signed grant is taken exactly if it is new");
        if (!fine) return;
        ++count["relayed"];
        (c.categories, c.grantedAt, c.endsAt) = (asked.categories, asked.grantedAt, asked.endsAt);
        (c.floor, c.cap, c.version) = (asked.floor, asked.cap, asked.version);
        (c.stands, c.revoked) = (asked.grantedAt > revokedAllAt[g.subject], false);
    }

    function revoke(uint256 who, uint256 at, bool bySignature) external {
        (uint256 subject, uint256 lane) = (who % SUBJECTS, laneAt(at % OPERATORS, 1 + at / 3 % 2));
        Understood storage c = understood[subject][lane];
        if (bySignature && c.endsAt != block.timestamp) {
            bytes32 hash = keccak256(abi.encode(REVOKE, subjectAt(subject), lane / 256, lane % 256, block.timestamp));
            bytes memory signature = sign(subjectKeys[subject], typed(CONSENT_DOMAIN, address(consents), hash));
            consents.revokeBySig(subjectAt(subject), lane, block.timestamp, signature);
        } else {
            vm.prank(subjectAt(subject));
            consents.revoke(lane);
        }
        if (c.endsAt <= block.timestamp) c.grantedAt = block.timestamp;
        c.endsAt = block.timestamp;
        c.version += 1;
        (c.stands, c.revoked) = (false, true);
        ++count["revoked"];
    }

    function revokeAll(uint256 who) external {
        // Rarely: it takes all that the others build on.
        if (who % 4 != 0) return;
        uint256 subject = who / 4 % SUBJECTS;
        vm.prank(subjectAt(subject));
        consents.revokeAll();
        revokedAllAt[subject] = block.timestamp;
        for (uint256 operator; operator < OPERATORS; ++operator) {
            understood[subject][laneAt(operator, 1)].stands = false;
            understood[subject][laneAt(operator, 2)].stands = false;
        }
    }

    // ------------------------------------------------------------------------------------------------------ campaigns

    function openCampaign(uint256 who, uint256 price, uint256 escrow, uint256 hours_) public {
        if (campaigns.length == MAX_CAMPAIGNS) return;
        Opened memory c;
        c.advertiserKey = advertiserKeys[who % 2];
        c.advertiser = vm.addr(c.advertiserKey);
        c.operator = who / 2 % OPERATORS;
        c.price = within(price, 1, 5_000);
        c.endsAt = block.timestamp + within(hours_, 1, 24 * 30) * 1 hours;
        c.target = targetOf(operatorAt(c.operator), 1 + who / 6 % 2, c.endsAt, campaigns.length);
        c.bid = bidOf(7, c.price);
        c.id = idOf(c.advertiser, c.target, c.bid);
        vm.prank(c.advertiser);
        market.openCampaign(c.target, c.bid, within(escrow, 1, 2 ** 80));
        campaigns.push(c);
    }

    function topUp(uint256 which, uint256 amount) external {
        Opened storage c = campaigns[which % campaigns.length];
        bool ok = attempt(
            c.advertiser, abi.encodeCall(market.topUp, (c.advertiser, c.target, c.bid, within(amount, 1, 2 ** 60)))
        );
        vm.assertEq(ok, isOpen(c), "money is taken exactly while it can be used");
    }

    function closeCampaign(uint256 which) external {
        // Half of the campaigns stay.
        Opened storage c = campaigns[which % campaigns.length / 2];
        vm.prank(c.advertiser);
        market.closeCampaign(c.target, c.bid);
        if (c.closesAt == 0) c.closesAt = block.timestamp + 1 days;
    }

    function refund(uint256 which) external {
        Opened storage c = campaigns[which % campaigns.length];
        uint256 end = c.closesAt != 0 && c.closesAt < c.endsAt ? c.closesAt : c.endsAt;
        uint256 from = end + 1 days;
        uint256 escrow = escrowOf(c);
        uint256 before = token.balanceOf(c.advertiser);
        bool ok = attempt(c.advertiser, abi.encodeCall(market.refund, (c.target, c.bid, c.advertiser)));
        vm.assertEq(ok, block.timestamp >= from && escrow != 0, "what is left comes back, not before");
        if (!ok) return;
        vm.assertEq(token.balanceOf(c.advertiser), before + escrow, "all of what is left");
        vm.assertEq(escrowOf(c), 0, "and nothing stays");
        ++count["refunded"];
    }

    function isOpen(Opened storage c) private view returns (bool) {
        return block.timestamp < c.endsAt && (c.closesAt == 0 || block.timestamp < c.closesAt);
    }

    function escrowOf(Opened storage c) private view returns (uint256) {
        return market.campaignOf(operatorAt(c.operator), c.id).escrow;
    }

    function attempt(address sender, bytes memory data) private returns (bool ok) {
        vm.prank(sender);
        (ok,) = address(market).call(data);
    }

    // ----------------------------------------------------------------------------------------------------------- uses

    /// @notice Record a use: as the advertiser or by its voucher, with the next index or one that was paid already.
    function recordUse(uint256 which, uint256 who, uint256 category, bool byVoucher, uint256 again) public {
        Opened storage c = campaigns[which % campaigns.length];
        uint256 subject = who % SUBJECTS;
        category %= 5;
        uint256 index = again % 4 == 0 && c.uses != 0 ? again / 4 % c.uses : c.uses;
        bool fine = index == c.uses && isOpen(c) && escrowOf(c) >= c.price && mayUse(c, subject, category);
        uint256 use = useOf(subjectAt(subject), category, index);
        bytes memory call = abi.encodeCall(market.recordUse, (c.target, c.bid, use));
        if (byVoucher) {
            bytes32 hash = typed(MARKET_DOMAIN, address(market), keccak256(abi.encode(VOUCHER, c.id, index + 1)));
            bytes memory signature = sign(c.advertiserKey, hash);
            call =
                abi.encodeCall(market.recordUseWithVoucher, (c.advertiser, c.target, c.bid, use, index + 1, signature));
        }
        bool ok = attempt(byVoucher ? operatorAt(c.operator) : c.advertiser, call);
        vm.assertEq(ok, fine, "a use counts exactly if its subject allows it and its campaign pays for it");
        if (ok) book(c, subject);
    }

    /// @notice Two at once, of two subjects: both or none.
    function recordUses(uint256 which, uint256 who, uint256 category) external {
        Opened storage c = campaigns[which % campaigns.length];
        (uint256 first, uint256 second) = (who % SUBJECTS, (who % SUBJECTS + 1) % SUBJECTS);
        category %= 4;
        bool fine = isOpen(c) && escrowOf(c) >= 2 * c.price && mayUse(c, first, category) && mayUse(c, second, category);
        // forge-lint: disable-next-line(unsafe-typecast): below 4
        uint8 bit = uint8(category);
        bytes memory uses = abi.encodePacked(bit, subjectAt(first), bit, subjectAt(second));
        bool ok = attempt(c.advertiser, abi.encodeCall(market.recordUses, (c.target, c.bid, c.uses, uses)));
        vm.assertEq(ok, fine, "many uses count exactly if each of them does");
        if (!ok) return;
        book(c, first);
        book(c, second);
    }

    function mayUse(Opened storage c, uint256 subject, uint256 category) private view returns (bool) {
        uint256 lane = c.target % 2 ** 168;
        Understood storage consent = understood[subject][lane];
        if (!counts(subject, lane) || consent.floor > c.price) return false;
        if (consent.categories / 2 ** category % 2 == 0 || category > 2) return false;
        return usesOn[keccak256(abi.encode(subject, lane, block.timestamp / 1 days))] < consent.cap;
    }

    function book(Opened storage c, uint256 subject) private {
        bytes32 key = keccak256(abi.encode(c.id, c.uses));
        vm.assertFalse(paid[key], "nobody is paid twice for a use");
        paid[key] = true;
        c.uses += 1;
        ++usesOn[keccak256(abi.encode(subject, c.target % 2 ** 168, block.timestamp / 1 days))];
        creditedToPeople += shareOf(c.price);
        debitedAtOnce += c.price;
        ++count["used"];
    }

    function withdraw(uint256 who, uint256 at) external {
        uint256 subject = who % SUBJECTS;
        uint256 operator = at % OPERATORS;
        uint256[] memory lanes = listOf(laneAt(operator, 1), laneAt(operator, 2));
        ISignalMarket.Credit[] memory credits = market.creditsOf(subjectAt(subject), lanes);
        uint256 amount = credits[0].earned + credits[1].earned - credits[0].claimed - credits[1].claimed;
        bool ok = attempt(subjectAt(subject), abi.encodeCall(market.withdraw, (lanes, subjectAt(subject))));
        vm.assertEq(ok, amount != 0, "a credit is paid out whenever there is one");
        if (ok) ++count["withdrawn"];
    }

    /// @notice An operator asks for the escrow of a campaign as if it were a credit of its own.
    function withdrawEscrow(uint256 which) external {
        Opened storage c = campaigns[which % campaigns.length];
        uint256 key = uint256(c.id) / 2 ** 96 + 2 ** 255;
        address operator = operatorAt(c.operator);
        bool ok = attempt(operator, abi.encodeCall(market.withdraw, (listOf(key), operator)));
        vm.assertFalse(ok, "an escrow is nobody's credit");
    }

    function payOperator(uint256 which) external {
        Opened storage c = campaigns[which % campaigns.length];
        attempt(subjectAt(0), abi.encodeCall(market.payOperator, (c.advertiser, c.target, c.bid)));
    }

    // ---------------------------------------------------------------------------------------------------- settlements

    /// @notice Settle an epoch. One root in four promises more than was settled, with a valid quorum.
    function settle(uint256 at, uint256 amounts, uint256 share, uint256 lie) external {
        uint256 operator = at % OPERATORS;
        Settled storage s = settled[operator];
        (bytes memory debits, uint256 gross) = drawDebits(operator, amounts);
        uint256 people = within(share, shareOf(gross), gross);
        pledge(s, people, share / 7 % SUBJECTS, lie);
        ISignalMarket.Settlement memory next = ISignalMarket.Settlement(
            operatorAt(operator), s.epoch + 1, rootOf(operator), s.people + people, bytes32(amounts)
        );
        bytes32 others = booksOfOthers(operator);
        market.settle(next, debits, quorum(next, debits, s.root));
        vm.assertEq(booksOfOthers(operator), others);
        s.epoch += 1;
        s.root = next.root;
        s.gross += gross;
        s.people += people;
        ++count["settled"];
    }

    function drawDebits(uint256 operator, uint256 seed) private view returns (bytes memory debits, uint256 gross) {
        for (uint256 i; i < campaigns.length; ++i) {
            if (campaigns[i].operator != operator) continue;
            uint256 amount = within(uint256(keccak256(abi.encode(seed, i))), 0, escrowOf(campaigns[i]));
            if (seed % 3 != 0) amount %= 10_000;
            debits = bytes.concat(debits, abi.encodePacked(bytes20(campaigns[i].id), uint96(amount)));
            gross += amount;
        }
    }

    function pledge(Settled storage s, uint256 people, uint256 subject, uint256 lie) private {
        s.owed[subject] += people / 2;
        s.owed[(subject + 1) % SUBJECTS] += people - people / 2;
        s.promised = s.owed;
        if (lie % 4 == 0) s.promised[lie / 4 % SUBJECTS] += within(lie, 1, 2 ** 90);
    }

    function rootOf(uint256 operator) private view returns (bytes32 root) {
        (root,) = tree(leavesOf(operator), 0);
    }

    function leavesOf(uint256 operator) private view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](SUBJECTS);
        for (uint256 i; i < SUBJECTS; ++i) {
            leaves[i] = leafOf(subjectAt(i), settled[operator].promised[i]);
        }
    }

    function quorum(ISignalMarket.Settlement memory s, bytes memory debits, bytes32 previous)
        private
        view
        returns (bytes memory)
    {
        bytes32 hash = keccak256(
            abi.encode(
                SETTLEMENT, s.operator, s.epoch, bytes20(previous), s.root, s.total, keccak256(debits), s.logDigest
            )
        );
        bytes32 digest = typed(MARKET_DOMAIN, address(market), hash);
        uint256 left = s.total % 3;
        bytes memory signatures;
        for (uint256 i; i < 3; ++i) {
            if (i != left) signatures = bytes.concat(signatures, signCompact(keeperKeys[i], digest));
        }
        return signatures;
    }

    function booksOfOthers(uint256 operator) private view returns (bytes32) {
        return keccak256(
            abi.encode(
                market.booksOf(operatorAt((operator + 1) % OPERATORS)),
                market.booksOf(operatorAt((operator + 2) % OPERATORS))
            )
        );
    }

    /// @notice Claim what the newest root promises, honest or not: no more than the operator's pool has.
    function claim(uint256 at, uint256 who, bool bySignature) external {
        (uint256 operator, uint256 subject) = (at % OPERATORS, who % SUBJECTS);
        Settled storage s = settled[operator];
        if (s.epoch == 0) return;
        address holder = subjectAt(subject);
        uint256 before = market.creditOf(holder, laneAt(operator, 0)).claimed;
        uint256 total = s.promised[subject];
        bool fine = total > before && total - before <= s.people - s.claimed;
        (, bytes32[] memory proof) = tree(leavesOf(operator), subject);
        bytes32 others = booksOfOthers(operator);
        bool ok = bySignature
            ? claimSigned(operator, subject, total, proof)
            : attempt(holder, abi.encodeCall(market.claim, (operatorAt(operator), total, proof)));
        vm.assertEq(ok, fine, "a claim is paid exactly if the operator's pool covers it");
        vm.assertEq(booksOfOthers(operator), others);
        if (!ok) return;
        s.claimed += total - before;
        ++count["claimed"];
    }

    function claimSigned(uint256 operator, uint256 subject, uint256 total, bytes32[] memory proof)
        private
        returns (bool)
    {
        ISignalMarket.SignedClaim[] memory claims = new ISignalMarket.SignedClaim[](1);
        claims[0] = ISignalMarket.SignedClaim(
            subjectAt(subject), operatorAt(operator), total, subjectAt(subject), block.timestamp, proof, ""
        );
        bytes32 hash = keccak256(
            abi.encode(CLAIM, claims[0].subject, claims[0].operator, total, claims[0].to, claims[0].deadline)
        );
        claims[0].signature = sign(subjectKeys[subject], typed(MARKET_DOMAIN, address(market), hash));
        uint256 before = token.balanceOf(claims[0].to);
        market.claimBatchBySig(claims);
        return token.balanceOf(claims[0].to) > before;
    }

    function payOperatorSettled(uint256 at) external {
        uint256 operator = at % OPERATORS;
        Settled storage s = settled[operator];
        uint256 due = s.gross - s.people - s.paidOut;
        bool ok = attempt(subjectAt(0), abi.encodeCall(market.payOperatorSettled, (operatorAt(operator))));
        vm.assertEq(ok, due != 0, "an operator's share is paid out whenever there is one");
        if (ok) s.paidOut += due;
    }
}
