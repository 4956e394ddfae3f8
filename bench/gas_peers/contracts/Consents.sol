// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice What both EIP-712 peers store: our terms in one slot.
struct Consent {
    uint128 categories;
    uint40 endsAt;
    uint32 floor;
    uint16 cap;
    uint32 version;
}

struct Grant {
    address subject;
    address operator;
    uint8 purpose;
    uint128 categories;
    uint32 floor;
    uint16 cap;
    uint40 endsAt;
}

bytes32 constant GRANT_TYPEHASH = keccak256(
    "Grant(address subject,address operator,uint8 purpose,uint128 categories,uint32 floor,uint16 cap,uint40 endsAt,uint256 nonce,uint256 deadline)"
);
bytes32 constant REVOKE_TYPEHASH =
    keccak256("Revoke(address subject,address operator,uint8 purpose,uint256 nonce,uint256 deadline)");

/// @dev The mapping and its writes; who may write is the heir's.
abstract contract Consents {
    mapping(address subject => mapping(address operator => mapping(uint8 purpose => Consent))) public consentOf;

    event Granted(address indexed subject, address indexed operator, uint8 indexed purpose, Consent consent);
    event Revoked(address indexed subject, address indexed operator, uint8 indexed purpose, uint256 version);

    error Expired();
    error NotSigned();
    error InvalidTerms();

    function grant(Grant calldata g) external {
        if (msg.sender != g.subject) revert NotSigned();
        _grant(g);
    }

    function revoke(address operator, uint8 purpose) external {
        _revoke(msg.sender, operator, purpose);
    }

    function _grantHash(Grant calldata g, uint256 nonce, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(GRANT_TYPEHASH, g, nonce, deadline));
    }

    function _revokeHash(address subject, address operator, uint8 purpose, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(REVOKE_TYPEHASH, subject, operator, purpose, nonce, deadline));
    }

    function _grant(Grant calldata g) internal {
        if (g.categories == 0 || g.endsAt <= block.timestamp) revert InvalidTerms();
        Consent storage consent = consentOf[g.subject][g.operator][g.purpose];
        Consent memory next = Consent(g.categories, g.endsAt, g.floor, g.cap, consent.version + 1);
        consentOf[g.subject][g.operator][g.purpose] = next;
        emit Granted(g.subject, g.operator, g.purpose, next);
    }

    function _revoke(address subject, address operator, uint8 purpose) internal {
        Consent memory consent = consentOf[subject][operator][purpose];
        consent.endsAt = uint40(block.timestamp);
        ++consent.version;
        consentOf[subject][operator][purpose] = consent;
        emit Revoked(subject, operator, purpose, consent.version);
    }
}
