// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

import {ISignalMarket} from "../interfaces/ISignalMarket.sol";
import {Words} from "../lib/Words.sol";
import {AccountWord} from "./AccountWord.sol";
import {CampaignWord} from "./CampaignWord.sol";
import {MerkleRoot} from "./MerkleRoot.sol";
import {Split} from "./Split.sol";
import {Uses} from "./Uses.sol";

/// @title Settlements
/// @notice Uses that were metered off chain: an epoch's uses in one transaction, and what people claim of them.
abstract contract Settlements is Uses {
    using AccountWord for uint256;
    using CampaignWord for uint256;
    using SafeTransferLib for address;

    bytes32 private constant SETTLEMENT_TYPEHASH = keccak256(
        "Settlement(address operator,uint40 epoch,bytes20 previousRoot,bytes32 root,uint96 total,bytes debits,bytes32 logDigest)"
    );
    bytes32 private constant CLAIM_TYPEHASH =
        keccak256("Claim(address subject,address operator,uint256 total,address to,uint256 deadline)");

    /// @dev Bits below these fields of Books in their slots.
    uint256 private constant POOL = 160;
    uint256 private constant OPERATOR_SHARE = 96;
    uint256 private constant EPOCH = 192;

    /// @dev Bytes of a packed debit: the first 20 of a campaign's id, amount 12.
    uint256 private constant DEBIT_RECORD = 32;

    mapping(address operator => Books) private _books;

    /// @inheritdoc ISignalMarket
    function settle(Settlement calldata settlement, bytes calldata debits, bytes calldata quorum) external {
        address operator = settlement.operator;
        Books storage books = _books[operator];
        uint256 expected = uint256(books.epoch) + 1;
        if (settlement.epoch != expected) revert WrongEpoch(expected, settlement.epoch);
        operators.requireQuorum(_settlementDigest(settlement, debits, books.root), quorum);
        uint256 gross = _debit(operator, debits);
        _book(books, settlement, gross);
        emit Settled(operator, expected, settlement.root, settlement.total, gross, settlement.logDigest);
    }

    /// @inheritdoc ISignalMarket
    function claim(address operator, uint256 total, bytes32[] calldata proof) external {
        _claim(msg.sender, operator, total, proof, msg.sender);
    }

    /// @inheritdoc ISignalMarket
    function claimTo(address operator, uint256 total, bytes32[] calldata proof, address to) external {
        _checkRecipient(to);
        _claim(msg.sender, operator, total, proof, to);
    }

    /// @inheritdoc ISignalMarket
    function claimBySig(SignedClaim calldata signed) external {
        _checkRecipient(signed.to);
        if (block.timestamp > signed.deadline) revert SignatureExpired(signed.deadline, block.timestamp);
        bytes32 hash = keccak256(
            abi.encode(CLAIM_TYPEHASH, signed.subject, signed.operator, signed.total, signed.to, signed.deadline)
        );
        _checkSignature(signed.subject, hash, signed.signature);
        _claim(signed.subject, signed.operator, signed.total, signed.proof, signed.to);
    }

    /// @inheritdoc ISignalMarket
    function claimBatchBySig(SignedClaim[] calldata claims) external {
        for (uint256 i; i < claims.length; ++i) {
            // A call of its own undoes what a claim did before its transfer failed, and nothing else.
            // With a part of the gas, so that a wallet that burns all of it leaves the others theirs.
            try this.claimBySig{gas: gasleft() / (claims.length - i)}(claims[i]) {}
            catch (bytes memory reason) {
                emit ClaimSkipped(claims[i].subject, claims[i].operator, bytes4(reason));
            }
        }
    }

    /// @inheritdoc ISignalMarket
    function payOperatorSettled(address operator) external {
        Books storage books = _books[operator];
        uint256 amount = books.operatorShare;
        books.operatorShare = 0;
        _sendToOperator(operator, 0, amount);
    }

    /// @inheritdoc ISignalMarket
    function booksOf(address operator) external view returns (Books memory) {
        return _books[operator];
    }

    /// @inheritdoc ISignalMarket
    function settlementDigest(Settlement calldata settlement, bytes calldata debits) external view returns (bytes32) {
        return _settlementDigest(settlement, debits, _books[settlement.operator].root);
    }

    /// @dev Nothing overflows: a block has no room for debits of 96 bits that add up to 256.
    function _book(Books storage books, Settlement calldata settlement, uint256 gross) private {
        unchecked {
            uint256 total = settlement.total;
            uint256 before = books.total;
            uint256 least = before + Split.subjectShareUp(gross);
            uint256 most = before + gross;
            if (total < least || total > most) revert UnfairSplit(total, least, most);
            // No field can be more than everything that was ever debited, and that fits.
            uint256 operatorShare = books.operatorShare + most - total;
            if (most + operatorShare > type(uint96).max) revert AmountTooLarge(gross);
            uint256 pool = books.pool + total - before;
            // Both slots at once: Solidity would read and write each of them for every field.
            uint256 first = uint160(bytes20(settlement.root)) | pool << POOL;
            uint256 second = total | operatorShare << OPERATOR_SHARE | settlement.epoch << EPOCH;
            assembly ("memory-safe") {
                sstore(books.slot, first)
                sstore(add(books.slot, 1), second)
            }
        }
    }

    /// @dev Takes the debits out of escrow -> their sum.
    function _debit(address operator, bytes calldata debits) private returns (uint256 gross) {
        if (debits.length % DEBIT_RECORD != 0) revert InvalidRecords(debits.length, DEBIT_RECORD);
        uint256 at;
        uint256 end;
        assembly ("memory-safe") {
            at := debits.offset
            end := add(at, debits.length)
        }
        unchecked {
            for (; at < end; at += DEBIT_RECORD) {
                uint256 debit;
                assembly ("memory-safe") {
                    debit := calldataload(at)
                }
                Words.Word storage word = CampaignWord.at(operator, bytes32(debit));
                uint256 amount = uint96(debit);
                uint256 campaign = word.value;
                if (campaign.escrow() < amount) revert EscrowExhausted(campaign.escrow(), amount);
                word.value = campaign - amount;
                // 96 bits each, and a block has no room for 2^160 of them.
                gross += amount;
            }
        }
    }

    function _claim(address subject, address operator, uint256 total, bytes32[] calldata proof, address to) private {
        Books storage books = _books[operator];
        uint256 first;
        assembly ("memory-safe") {
            first := sload(books.slot)
        }
        bytes32 root = MerkleRoot.from(MerkleRoot.leaf(subject, total), proof);
        if (uint160(bytes20(root)) != uint160(first)) revert InvalidProof(subject, operator, total);
        Words.Word storage word = Words.at(subject, uint256(uint160(operator)) << 8);
        uint256 account = word.value;
        if (total <= account.claimed()) revert NothingToClaim(subject);
        unchecked {
            uint256 amount = total - account.claimed();
            uint256 pool = first >> POOL;
            if (amount > pool) revert PoolExhausted(operator, pool, amount);
            first -= amount << POOL;
            assembly ("memory-safe") {
                sstore(books.slot, first)
            }
            word.value = account.paidOut(amount);
            emit Claimed(subject, operator, to, amount);
            token.safeTransfer(to, amount);
        }
    }

    function _settlementDigest(Settlement calldata settlement, bytes calldata debits, bytes20 previousRoot)
        private
        view
        returns (bytes32)
    {
        return _hashTypedData(
            keccak256(
                abi.encode(
                    SETTLEMENT_TYPEHASH,
                    settlement.operator,
                    settlement.epoch,
                    previousRoot,
                    settlement.root,
                    settlement.total,
                    keccak256(debits),
                    settlement.logDigest
                )
            )
        );
    }
}
