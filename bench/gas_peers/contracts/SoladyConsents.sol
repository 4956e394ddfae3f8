// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "solady/src/utils/EIP712.sol";
import {SignatureCheckerLib} from "solady/src/utils/SignatureCheckerLib.sol";

import {Consents, Grant} from "./Consents.sol";

/// @notice Relayed consents with Solady; the version in the slot is the nonce.
contract SoladyConsents is Consents, EIP712 {
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
        uint256 nonce = consentOf[subject][operator][purpose].version;
        _check(subject, _revokeHash(subject, operator, purpose, nonce, deadline), deadline, signature);
        _revoke(subject, operator, purpose);
    }

    function _grantBySig(Grant calldata g, uint256 deadline, bytes calldata signature) private {
        uint256 nonce = consentOf[g.subject][g.operator][g.purpose].version;
        _check(g.subject, _grantHash(g, nonce, deadline), deadline, signature);
        _grant(g);
    }

    function _check(address subject, bytes32 structHash, uint256 deadline, bytes calldata signature) private view {
        if (block.timestamp > deadline) revert Expired();
        if (!SignatureCheckerLib.isValidSignatureNowCalldata(subject, _hashTypedData(structHash), signature)) {
            revert NotSigned();
        }
    }

    function _domainNameAndVersion() internal pure override returns (string memory, string memory) {
        return ("Consents", "1");
    }
}
