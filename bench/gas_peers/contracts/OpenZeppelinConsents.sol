// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

import {Consents, Grant} from "./Consents.sol";

/// @notice Relayed consents with OpenZeppelin, nonces as in its ERC20Permit and Votes.
contract OpenZeppelinConsents is Consents, EIP712("Consents", "1"), Nonces {
    function grantBySig(Grant calldata g, uint256 deadline, bytes calldata signature) external {
        _grantBySig(g, deadline, signature);
    }

    function grantBatchBySig(Grant[] calldata grants, uint256 deadline, bytes[] calldata signatures) external {
        for (uint256 i; i < grants.length; ++i) {
            _grantBySig(grants[i], deadline, signatures[i]);
        }
    }

    function revokeBySig(address subject, address operator, uint8 purpose, uint256 deadline, bytes calldata signature)
        external
    {
        bytes32 hash = _revokeHash(subject, operator, purpose, _useNonce(subject), deadline);
        _check(subject, hash, deadline, signature);
        _revoke(subject, operator, purpose);
    }

    function _grantBySig(Grant calldata g, uint256 deadline, bytes calldata signature) private {
        _check(g.subject, _grantHash(g, _useNonce(g.subject), deadline), deadline, signature);
        _grant(g);
    }

    function _check(address subject, bytes32 structHash, uint256 deadline, bytes calldata signature) private view {
        if (block.timestamp > deadline) revert Expired();
        if (!SignatureChecker.isValidSignatureNowCalldata(subject, _hashTypedDataV4(structHash), signature)) {
            revert NotSigned();
        }
    }
}
