// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SignatureCheckerLib} from "solady/src/utils/SignatureCheckerLib.sol";

/// @title Wallet1271
/// @notice Smart wallet for tests: takes its owner's signature, or an empty one over a hash that the owner approved.
contract Wallet1271 {
    address public immutable owner;
    mapping(bytes32 hash => bool) public approved;

    error NotOwner(address sender);

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    constructor(address owner_) {
        owner = owner_;
    }

    /// @notice Stand for `hash` without a signature.
    function approve(bytes32 hash) external onlyOwner {
        approved[hash] = true;
    }

    /// @notice Call as the wallet.
    function execute(address target, bytes calldata data) external onlyOwner {
        (bool ok, bytes memory result) = target.call(data);
        if (!ok) {
            assembly {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    /// @notice ERC-1271.
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        bool valid = signature.length == 0
            ? approved[hash]
            : SignatureCheckerLib.isValidSignatureNowCalldata(owner, hash, signature);
        return valid ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}
