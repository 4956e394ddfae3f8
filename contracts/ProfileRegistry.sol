// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IProfileRegistry} from "./interfaces/IProfileRegistry.sol";

/// @title ProfileRegistry
/// @notice See IProfileRegistry.
contract ProfileRegistry is IProfileRegistry {
    /// @inheritdoc IProfileRegistry
    mapping(address operator => mapping(address subject => bytes32)) public digestOf;

    /// @inheritdoc IProfileRegistry
    function attest(address subject, bytes32 digest) external {
        if (digest == 0) revert EmptyDigest();
        digestOf[msg.sender][subject] = digest;
        emit Attested(subject, msg.sender, digest);
    }
}
