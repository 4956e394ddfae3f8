// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

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

    /// @dev For packed batches: a signature in the EIP-2098 form, and no deployments.
    function _isSigned(address signer, bytes32 digest, bytes32 r, bytes32 vs) internal view returns (bool) {
        address recovered = ECDSA.tryRecover(digest, r, vs);
        if (recovered == signer && signer != address(0)) return true;
        return SignatureCheckerLib.isValidERC1271SignatureNow(signer, digest, r, vs);
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
