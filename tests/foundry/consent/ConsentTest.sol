// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsentRegistry} from "../../../contracts/interfaces/IConsentRegistry.sol";
import {Fixture} from "../support/Fixture.sol";

/// @notice What the tests of consents share: signed messages about consents, and their relaying.
abstract contract ConsentTest is Fixture {
    uint256 internal constant MAX_VERSION = 2 ** 19 - 1;
    bytes32 internal constant SUFFIX_6492 = 0x6492649264926492649264926492649264926492649264926492649264926492;

    function signed(uint256 grantedAt, uint256 version) internal pure returns (uint256) {
        return pack(Consent(6, grantedAt, NOW + 30 days, 1_000, 3, version, false));
    }

    function grantDigest(address subject, uint256 consent) internal view returns (bytes32) {
        return forConsents(hashConsent(GRANT, subject, lane, consent));
    }

    function revokeDigest(address subject, uint256 lane_, uint256 signedAt) internal view returns (bytes32) {
        return forConsents(
            keccak256(abi.encode(REVOKE, subject, address(uint160(lane_ / 256)), uint8(lane_ % 256), uint40(signedAt)))
        );
    }

    function revokeAllDigest(address subject, uint256 signedAt) internal view returns (bytes32) {
        return forConsents(keccak256(abi.encode(REVOKE_ALL, subject, uint40(signedAt))));
    }

    function relay(uint256 consent) internal {
        consents.grantBySig(alice, lane, consent, sign(ALICE_KEY, grantDigest(alice, consent)));
    }

    function relayRevocation(uint256 signedAt) internal {
        consents.revokeBySig(alice, lane, signedAt, sign(ALICE_KEY, revokeDigest(alice, lane, signedAt)));
    }

    function relayRevocationOfAll(uint256 signedAt) internal {
        consents.revokeAllBySig(alice, signedAt, sign(ALICE_KEY, revokeAllDigest(alice, signedAt)));
    }

    function grantAs(address subject) internal returns (uint256) {
        vm.prank(subject);
        consents.grant(lane, terms(6, NOW + 30 days, 1_000, 3));
        return consents.consentOf(subject, lane);
    }

    function put(address subject, uint256 word) internal {
        vm.store(address(consents), slotOf(subject, lane), bytes32(word));
    }

    function emitsGranted(address subject, uint256 lane_, uint256 word) internal {
        vm.expectEmit(address(consents));
        emit IConsentRegistry.Granted(subject, lane_, word);
    }

    function emitsRevoked(address subject, uint256 word) internal {
        vm.expectEmit(address(consents));
        emit IConsentRegistry.Revoked(subject, lane, word);
    }

    function emitsSkipped(address subject, bytes4 reason) internal {
        vm.expectEmit(address(consents));
        emit IConsentRegistry.Skipped(subject, lane, reason);
    }

    function makeMinor(address subject) internal {
        vm.prank(ATTESTER);
        consents.markMinor(subject, true, guardian);
    }
}
