// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {TestDollar} from "../../../contracts/token/TestDollar.sol";
import {Reference} from "./Reference.sol";

/// @title SmartWallet
/// @notice ERC-1271: takes one owner's signature, of 64 or 65 bytes, over the hash with its own address mixed in, so that
/// it can never be the owner's signature over the message itself.
contract SmartWallet is Reference {
    address private immutable _owner;

    constructor(address owner) {
        _owner = owner;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        bytes32 r = bytes32(signature[:32]);
        bytes32 s = bytes32(signature[32:64]);
        uint8 v;
        if (signature.length == 65) {
            v = uint8(signature[64]);
        } else {
            v = uint256(s) >= 2 ** 255 ? 28 : 27;
            s = bytes32(uint256(s) % 2 ** 255);
        }
        bool valid = ecrecover(walletHash(address(this), hash), v, r, s) == _owner;
        return valid ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @notice What the owner of a `SmartWallet` signs.
function walletHash(address wallet, bytes32 hash) pure returns (bytes32) {
    return keccak256(abi.encode(wallet, hash));
}

/// @title SmartWalletFactory
/// @notice Deploys wallets at addresses known before, and counts the calls.
contract SmartWalletFactory {
    uint256 public calls;
    address public caller;

    function deploy(address owner) external {
        ++calls;
        caller = msg.sender;
        new SmartWallet{salt: 0}(owner);
    }

    function addressOf(address owner) external view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(SmartWallet).creationCode, abi.encode(owner)));
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", address(this), bytes32(0), code)))));
    }
}

/// @title BurningWallet
/// @notice Burns all gas that it is asked with.
contract BurningWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        assembly {
            invalid()
        }
    }
}

/// @title MoodyToken
/// @notice Takes a fee, or refuses a recipient (with or without saying so), when told to. Fees stay with the token.
contract MoodyToken is TestDollar {
    uint256 public fee;
    address public refused;

    constructor(uint8 decimals_) TestDollar(decimals_) {}

    function setFee(uint256 fee_) external {
        fee = fee_;
    }

    function setRefused(address refused_) external {
        refused = refused_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (to != address(0) && to == refused) {
            assembly {
                revert(0, 0)
            }
        }
        super._update(from, to, amount);
        if (fee != 0 && from != address(0) && to != address(this)) super._update(to, address(this), fee);
    }
}
