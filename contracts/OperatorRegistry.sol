// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

import {IOperatorRegistry} from "./interfaces/IOperatorRegistry.sol";

/// @title OperatorRegistry
/// @notice See IOperatorRegistry.
contract OperatorRegistry is IOperatorRegistry, Ownable2Step {
    mapping(address operator => address) private _payouts;
    mapping(address operator => mapping(address signer => bool)) private _signers;
    address[] private _keepers;

    /// @inheritdoc IOperatorRegistry
    uint256 public threshold;

    constructor(address owner_) Ownable(owner_) {}

    /// @inheritdoc IOperatorRegistry
    function register(address payout, string calldata termsUri) external {
        if (payout == address(0)) revert InvalidPayout();
        _payouts[msg.sender] = payout;
        emit OperatorUpdated(msg.sender, payout, termsUri);
    }

    /// @inheritdoc IOperatorRegistry
    function setSigner(address signer, bool allowed) external {
        if (!isOperator(msg.sender)) revert NotAnOperator(msg.sender);
        _signers[msg.sender][signer] = allowed;
        emit SignerSet(msg.sender, signer, allowed);
    }

    /// @inheritdoc IOperatorRegistry
    function setKeepers(address[] calldata keepers_, uint256 threshold_) external onlyOwner {
        if (threshold_ == 0 || threshold_ > keepers_.length) revert InvalidKeepers();
        for (uint256 i; i < keepers_.length; ++i) {
            if (keepers_[i] == address(0)) revert InvalidKeepers();
            for (uint256 j; j < i; ++j) {
                if (keepers_[i] == keepers_[j]) revert InvalidKeepers();
            }
        }
        _keepers = keepers_;
        threshold = threshold_;
        emit KeepersSet(keepers_, threshold_);
    }

    /// @inheritdoc IOperatorRegistry
    function isOperator(address operator) public view returns (bool) {
        return _payouts[operator] != address(0);
    }

    /// @inheritdoc IOperatorRegistry
    function payoutOf(address operator) external view returns (address) {
        return _payouts[operator];
    }

    /// @inheritdoc IOperatorRegistry
    function isSigner(address operator, address signer) external view returns (bool) {
        return signer == operator || _signers[operator][signer];
    }

    /// @inheritdoc IOperatorRegistry
    function keepers() external view returns (address[] memory) {
        return _keepers;
    }
}
