// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title IOperatorRegistry
/// @notice Chat operators, their signing keys and pay-out addresses; the keeper set with its threshold; age attesters.
/// @dev Trust: an operator registers and changes only itself. The owner (a timelock on live chains, the deployer on a
/// local one) names the keepers and the age attesters and nothing else: it cannot touch money, consents or operators.
interface IOperatorRegistry {
    /// @notice An operator registered, or changed where it is paid or its terms.
    event OperatorUpdated(address indexed operator, address payout, string termsUri);

    /// @notice A key may, or may no longer, act for the operator.
    event SignerSet(address indexed operator, address indexed signer, bool allowed);

    /// @notice There is a new keeper set.
    event KeepersSet(address[] keepers, uint256 threshold);

    /// @notice An age attester may, or may no longer, mark subjects as minors (IConsentRegistry).
    event AgeAttesterSet(address indexed attester, bool allowed);

    /// @notice The pay-out address is zero.
    error InvalidPayout();

    /// @notice The sender has not registered.
    error NotAnOperator(address sender);

    /// @notice The threshold must lie between 1 and the number of keepers, which are distinct and not zero.
    error InvalidKeepers();

    /// @notice A quorum is exactly `threshold` signatures of 64 bytes (EIP-2098) each.
    error WrongQuorum(uint256 expectedBytes, uint256 bytesGiven);

    /// @notice `signer` is no keeper: the signature is over something else, or the keeper set changed.
    error NotAKeeper(address signer);

    /// @notice Signatures are sorted by their signers' addresses, each signer once.
    error UnsortedQuorum(address signer);

    /// @notice Register the sender as an operator, or change where it is paid and its terms.
    /// @param payout Receives the operator's share.
    /// @param termsUri Where its terms of service are.
    function register(address payout, string calldata termsUri) external;

    /// @notice Let `signer` act for the sender, or no longer.
    function setSigner(address signer, bool allowed) external;

    /// @notice Name the keepers and how many of them are needed. Only the owner can.
    function setKeepers(address[] calldata keepers_, uint256 threshold_) external;

    /// @notice Let `attester` mark subjects as minors, or no longer. Only the owner can.
    function setAgeAttester(address attester, bool allowed) external;

    /// @notice Reverts unless exactly `threshold` keepers signed `digest`.
    /// @param signatures Packed, 64 bytes each (EIP-2098), by ascending address of the signer. Keepers sign with keys.
    function requireQuorum(bytes32 digest, bytes calldata signatures) external view;

    /// @notice Whether `operator` registered.
    function isOperator(address operator) external view returns (bool);

    /// @notice Where `operator` is paid; zero when it never registered.
    function payoutOf(address operator) external view returns (address);

    /// @notice Whether `signer` is `operator` itself or one of its keys.
    function isSigner(address operator, address signer) external view returns (bool);

    /// @notice The keepers, in share order.
    function keepers() external view returns (address[] memory);

    /// @notice Whether `keeper` is one of them.
    function isKeeper(address keeper) external view returns (bool);

    /// @notice Whether `attester` may mark subjects as minors.
    function isAgeAttester(address attester) external view returns (bool);

    /// @notice Whether each of `operators` registered.
    function areOperators(address[] calldata operators) external view returns (bool[] memory registered);

    /// @notice How many keepers release a key or sign a settlement together.
    function threshold() external view returns (uint256);
}
