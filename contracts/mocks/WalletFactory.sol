// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Wallet1271} from "./Wallet1271.sol";

/// @title WalletFactory
/// @notice Deploys `Wallet1271` at addresses that are known before, as the factories of smart accounts do (ERC-6492).
contract WalletFactory {
    /// @notice Deploy the owner's wallet; when it is there already, only say where.
    function deploy(address owner, bytes32 salt) public returns (address wallet) {
        wallet = walletOf(owner, salt);
        if (wallet.code.length == 0) new Wallet1271{salt: salt}(owner);
    }

    /// @notice The same, with a call of the sender's choosing afterwards: what a hostile factory would try.
    function deployAndCall(address owner, bytes32 salt, address target, bytes calldata data) external {
        deploy(owner, salt);
        (bool ok, bytes memory result) = target.call(data);
        if (!ok) {
            assembly {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    /// @notice Where the owner's wallet is or will be.
    function walletOf(address owner, bytes32 salt) public view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(Wallet1271).creationCode, abi.encode(owner)));
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, code)))));
    }
}
