// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @notice Escrow per campaign, epochs settled under a root that n keepers sign, cumulative claims.
contract OpenZeppelinMarket is EIP712("Market", "1") {
    using SafeERC20 for IERC20;

    bytes32 private constant SETTLE_TYPEHASH = keccak256(
        "Settlement(uint256 epoch,bytes32 root,uint256 total,bytes32 log,bytes32 campaigns,bytes32 debits)"
    );

    IERC20 public immutable token;
    address[] public keepers;
    bytes32 public root;
    uint256 public epoch;
    mapping(uint256 campaign => uint256) public escrowOf;
    mapping(address subject => uint256) public claimedOf;

    event Deposited(uint256 indexed campaign, address indexed from, uint256 amount);
    event Settled(uint256 indexed epoch, bytes32 root, uint256 total, bytes32 log);
    event Claimed(address indexed subject, uint256 amount);

    error NotSigned(address keeper);
    error WrongTotal(uint256 debited, uint256 total);
    error InvalidProof();

    constructor(IERC20 token_, address[] memory keepers_) {
        token = token_;
        keepers = keepers_;
    }

    function depositWithPermit(uint256 campaign, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        escrowOf[campaign] += amount;
        emit Deposited(campaign, msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    function settle(
        bytes32 root_,
        uint256 total,
        bytes32 log,
        uint256[] calldata campaigns,
        uint256[] calldata debits,
        bytes[] calldata signatures
    ) external {
        uint256 next = ++epoch;
        bytes32 hash = _hashTypedDataV4(
            keccak256(
                abi.encode(
                    SETTLE_TYPEHASH,
                    next,
                    root_,
                    total,
                    log,
                    keccak256(abi.encodePacked(campaigns)),
                    keccak256(abi.encodePacked(debits))
                )
            )
        );
        for (uint256 i; i < keepers.length; ++i) {
            if (ECDSA.recoverCalldata(hash, signatures[i]) != keepers[i]) revert NotSigned(keepers[i]);
        }
        uint256 debited;
        for (uint256 i; i < campaigns.length; ++i) {
            escrowOf[campaigns[i]] -= debits[i];
            debited += debits[i];
        }
        if (debited != total) revert WrongTotal(debited, total);
        root = root_;
        emit Settled(next, root_, total, log);
    }

    function claim(address subject, uint256 earned, bytes32[] calldata proof) external {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(subject, earned))));
        if (!MerkleProof.verifyCalldata(proof, root, leaf)) revert InvalidProof();
        uint256 amount = earned - claimedOf[subject];
        claimedOf[subject] = earned;
        emit Claimed(subject, amount);
        token.safeTransfer(subject, amount);
    }
}
