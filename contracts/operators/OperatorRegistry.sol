// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ECDSA} from "solady/src/utils/ECDSA.sol";

import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";

/// @title OperatorRegistry
/// @notice See IOperatorRegistry.
contract OperatorRegistry is IOperatorRegistry, Ownable2Step {
    /// @inheritdoc IOperatorRegistry
    uint256 public constant KEEPER_NOTICE = 7 days;

    uint256 private constant SIGNATURE = 64;

    /// @dev Keepers who wait for office.
    struct Named {
        address[] keepers;
        uint256 threshold;
        uint256 from;
    }

    mapping(address operator => address) private _payouts;
    mapping(address operator => mapping(address signer => bool)) private _signers;
    address[] private _keepers;
    Named private _named;

    /// @inheritdoc IOperatorRegistry
    uint256 public threshold;

    /// @inheritdoc IOperatorRegistry
    mapping(address keeper => bool) public isKeeper;

    /// @inheritdoc IOperatorRegistry
    mapping(address attester => bool) public isAgeAttester;

    constructor(address owner_) Ownable(owner_) {}

    /// @inheritdoc IOperatorRegistry
    function register(address payout, string calldata termsUri) external {
        if (payout == address(0)) revert InvalidPayout();
        _payouts[msg.sender] = payout;
        emit OperatorUpdated(msg.sender, payout, termsUri);
    }

    /// @inheritdoc IOperatorRegistry
    function setSigner(address signer, bool allowed) external {
        if (!isOperator(msg.sender)) revert NotAnOperator(msg.sender);
        _signers[msg.sender][signer] = allowed;
        emit SignerSet(msg.sender, signer, allowed);
    }

    /// @inheritdoc IOperatorRegistry
    function setKeepers(address[] calldata keepers_, uint256 threshold_) external onlyOwner {
        if (threshold_ == 0 || threshold_ > keepers_.length) revert InvalidKeepers();
        for (uint256 i; i < keepers_.length; ++i) {
            if (keepers_[i] == address(0)) revert InvalidKeepers();
            for (uint256 j; j < i; ++j) {
                if (keepers_[i] == keepers_[j]) revert InvalidKeepers();
            }
        }
        uint256 from = threshold == 0 ? block.timestamp : block.timestamp + KEEPER_NOTICE;
        _named = Named(keepers_, threshold_, from);
        emit KeepersNamed(keepers_, threshold_, from);
        if (threshold == 0) seatKeepers();
    }

    /// @inheritdoc IOperatorRegistry
    function seatKeepers() public {
        Named memory named = _named;
        // slither-disable-next-line incorrect-equality: only setKeepers writes it, and never 0
        if (named.threshold == 0 || block.timestamp < named.from) revert NotYet(named.from);
        delete _named;
        address[] memory before = _keepers;
        for (uint256 i; i < before.length; ++i) {
            isKeeper[before[i]] = false;
        }
        for (uint256 i; i < named.keepers.length; ++i) {
            isKeeper[named.keepers[i]] = true;
        }
        _keepers = named.keepers;
        threshold = named.threshold;
        emit KeepersSet(named.keepers, named.threshold);
    }

    /// @inheritdoc IOperatorRegistry
    function setAgeAttester(address attester, bool allowed) external onlyOwner {
        isAgeAttester[attester] = allowed;
        emit AgeAttesterSet(attester, allowed);
    }

    /// @inheritdoc IOperatorRegistry
    function requireQuorum(bytes32 digest, bytes calldata signatures) external view {
        uint256 expected = threshold * SIGNATURE;
        // Before the owner named keepers, the threshold is 0 and nobody has a quorum.
        // slither-disable-next-line incorrect-equality: only seatKeepers writes it, and never 0
        if (expected == 0 || signatures.length != expected) revert WrongQuorum(expected, signatures.length);
        address last;
        for (uint256 i; i < expected;) {
            bytes32 r;
            bytes32 vs;
            assembly ("memory-safe") {
                let at := add(signatures.offset, i)
                r := calldataload(at)
                vs := calldataload(add(at, 0x20))
                i := add(i, SIGNATURE)
            }
            address signer = ECDSA.tryRecover(digest, r, vs);
            if (!isKeeper[signer]) revert NotAKeeper(signer);
            if (signer <= last) revert UnsortedQuorum(signer);
            last = signer;
        }
    }

    /// @inheritdoc IOperatorRegistry
    function isOperator(address operator) public view returns (bool) {
        return _payouts[operator] != address(0);
    }

    /// @inheritdoc IOperatorRegistry
    function areOperators(address[] calldata operators) external view returns (bool[] memory registered) {
        registered = new bool[](operators.length);
        for (uint256 i; i < operators.length; ++i) {
            registered[i] = isOperator(operators[i]);
        }
    }

    /// @inheritdoc IOperatorRegistry
    function payoutOf(address operator) external view returns (address) {
        return _payouts[operator];
    }

    /// @inheritdoc IOperatorRegistry
    function isSigner(address operator, address signer) external view returns (bool) {
        return signer == operator || _signers[operator][signer];
    }

    /// @inheritdoc IOperatorRegistry
    function namedKeepers() external view returns (address[] memory, uint256, uint256) {
        return (_named.keepers, _named.threshold, _named.from);
    }

    /// @inheritdoc IOperatorRegistry
    function keepers() external view returns (address[] memory) {
        return _keepers;
    }
}
