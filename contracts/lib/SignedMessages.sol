// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "solady/src/utils/ECDSA.sol";
import {EIP712} from "solady/src/utils/EIP712.sol";
import {SignatureCheckerLib} from "solady/src/utils/SignatureCheckerLib.sol";

import {ISignedMessages} from "../interfaces/ISignedMessages.sol";
import {FactoryCaller} from "./FactoryCaller.sol";

/// @title SignedMessages
/// @notice See ISignedMessages.
/// @dev The signature of a key is tried first: it saves looking for code, and a key keeps its say over an account that
/// delegated itself to code (EIP-7702).
///
/// Warning: checking an ERC-6492 signature calls a contract of the sender's choosing. Check signatures before reading
/// the state that a decision depends on.
abstract contract SignedMessages is ISignedMessages, EIP712 {
    bytes32 private constant ERC6492_SUFFIX = 0x6492649264926492649264926492649264926492649264926492649264926492;

    uint256 private constant WALLET_GAS = 150_000;

    FactoryCaller private immutable _factoryCaller = new FactoryCaller();

    /// @inheritdoc ISignedMessages
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparator();
    }

    function _checkSignature(address signer, bytes32 structHash, bytes calldata signature) internal {
        bytes32 digest = _hashTypedData(structHash);
        address recovered = ECDSA.tryRecoverCalldata(digest, signature);
        if (recovered == signer && signer != address(0)) return;
        if (!_isWalletSignature(signer, digest, signature)) revert InvalidSignature(signer);
    }

    /// @dev For packed batches: a signature in the EIP-2098 form, no deployments, and little gas for a wallet's answer, so
    /// that one that burns it does not sink the others.
    function _isSigned(address signer, bytes32 digest, bytes32 r, bytes32 vs) internal view returns (bool) {
        address recovered = ECDSA.tryRecover(digest, r, vs);
        if (recovered == signer && signer != address(0)) return true;
        bytes memory signature = abi.encodePacked(r, vs & ~(bytes32(uint256(1)) << 255), uint8(uint256(vs >> 255) + 27));
        bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        bool answered;
        bytes32 answer;
        assembly ("memory-safe") {
            mstore(0x00, 0)
            answered := staticcall(WALLET_GAS, signer, add(question, 0x20), mload(question), 0x00, 0x20)
            answer := mload(0x00)
        }
        return answered && answer == bytes32(IERC1271.isValidSignature.selector);
    }

    function _isWalletSignature(address wallet, bytes32 digest, bytes calldata signature) private returns (bool) {
        uint256 length = signature.length;
        if (length > 32 && bytes32(signature[length - 32:]) == ERC6492_SUFFIX) {
            (address factory, bytes memory data, bytes memory inner) =
                abi.decode(signature[:length - 32], (address, bytes, bytes));
            if (wallet.code.length == 0) _factoryCaller.call(factory, data);
            return SignatureCheckerLib.isValidERC1271SignatureNow(wallet, digest, inner);
        }
        return SignatureCheckerLib.isValidERC1271SignatureNowCalldata(wallet, digest, signature);
    }
}
