// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Consents} from "./Consents.sol";

/// @notice Pay per use without escrow: the consent is checked, then the advertiser's tokens go to both at once.
contract DirectPay is EIP712("DirectPay", "1") {
    using SafeERC20 for IERC20;

    bytes32 private constant VOUCHER_TYPEHASH =
        keccak256("Voucher(address operator,uint8 purpose,uint256 price,uint256 ceiling)");
    uint256 private constant SUBJECT_SHARE_BPS = 7_000;

    struct Use {
        address subject;
        address operator;
        uint8 purpose;
        uint8 category;
        uint256 price;
    }

    IERC20 public immutable token;
    Consents public immutable consents;
    mapping(address advertiser => uint256) public usesOf;

    event Used(
        address indexed advertiser, address indexed subject, address indexed operator, uint8 category, uint256 index
    );

    error NotAllowed();
    error NotSigned();
    error WrongIndex();

    constructor(IERC20 token_, Consents consents_) {
        token = token_;
        consents = consents_;
    }

    function recordUse(Use calldata use, uint256 index) external {
        _record(msg.sender, use, index);
    }

    function recordUses(Use[] calldata uses, uint256 index) external {
        for (uint256 i; i < uses.length; ++i) {
            _record(msg.sender, uses[i], index + i);
        }
    }

    /// @dev One signature serves `ceiling` uses.
    function recordUseWithVoucher(
        address advertiser,
        Use calldata use,
        uint256 index,
        uint256 ceiling,
        bytes calldata signature
    ) external {
        if (msg.sender != use.operator || index >= ceiling) revert NotAllowed();
        bytes32 hash = keccak256(abi.encode(VOUCHER_TYPEHASH, use.operator, use.purpose, use.price, ceiling));
        if (!SignatureChecker.isValidSignatureNowCalldata(advertiser, _hashTypedDataV4(hash), signature)) {
            revert NotSigned();
        }
        _record(advertiser, use, index);
    }

    function _record(address advertiser, Use calldata use, uint256 index) private {
        if (index != usesOf[advertiser]++) revert WrongIndex();
        (uint128 categories, uint40 endsAt, uint32 floor,,) =
            consents.consentOf(use.subject, use.operator, use.purpose);
        if (endsAt <= block.timestamp || (categories >> use.category) & 1 == 0 || use.price < floor) {
            revert NotAllowed();
        }
        uint256 toOperator = use.price * (10_000 - SUBJECT_SHARE_BPS) / 10_000;
        emit Used(advertiser, use.subject, use.operator, use.category, index);
        token.safeTransferFrom(advertiser, use.subject, use.price - toOperator);
        token.safeTransferFrom(advertiser, use.operator, toOperator);
    }
}
