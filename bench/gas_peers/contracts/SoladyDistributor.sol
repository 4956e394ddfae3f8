// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ownable} from "solady/src/auth/Ownable.sol";
import {MerkleProofLib} from "solady/src/utils/MerkleProofLib.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

/// @notice Cumulative Merkle distributor: an owner funds an epoch and sets its root, subjects claim.
contract SoladyDistributor is Ownable {
    address public immutable token;
    bytes32 public root;
    mapping(address subject => uint256) public claimedOf;

    event Settled(bytes32 root, uint256 total);
    event Claimed(address indexed subject, uint256 amount);

    error InvalidProof();

    constructor(address token_) {
        token = token_;
        _initializeOwner(msg.sender);
    }

    function settle(bytes32 root_, uint256 total) external onlyOwner {
        root = root_;
        emit Settled(root_, total);
        SafeTransferLib.safeTransferFrom(token, msg.sender, address(this), total);
    }

    function claim(address subject, uint256 earned, bytes32[] calldata proof) external {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(subject, earned))));
        if (!MerkleProofLib.verifyCalldata(proof, root, leaf)) revert InvalidProof();
        uint256 amount = earned - claimedOf[subject];
        claimedOf[subject] = earned;
        emit Claimed(subject, amount);
        SafeTransferLib.safeTransfer(token, subject, amount);
    }
}
