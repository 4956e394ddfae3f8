// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title IOperatorRegistry
/// @notice Chat operators, their signing keys and pay-out addresses; the keeper set with its threshold; age attesters.
/// @dev Trust: an operator registers and changes only itself. The owner (a timelock on live chains, the deployer on a
/// local one) names the keepers and the age attesters and nothing else. It cannot touch money, consents or operators, nor
/// can it through keepers of its choosing: new keepers take office a week after they were named, and what an advertiser
/// or a person wants to take out of a market is out before that.
interface IOperatorRegistry {
    /// @notice An operator registered, or changed where it is paid or its terms.
    event OperatorUpdated(address indexed operator, address payout, string termsUri);

    /// @notice A key may, or may no longer, act for the operator.
    event SignerSet(address indexed operator, address indexed signer, bool allowed);

    /// @notice There will be a new keeper set from `from` (Unix seconds) on, once somebody calls `seatKeepers`.
    event KeepersNamed(address[] keepers, uint256 threshold, uint256 from);

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

    /// @notice Nobody is named, or not yet for `KEEPER_NOTICE`. Unix seconds; 0 when nobody is named.
    error NotYet(uint256 from);

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

    /// @notice Name the keepers and how many of them are needed. Only the owner can. The first keepers take office at once,
    /// all others after `KEEPER_NOTICE`; naming again replaces those who wait.
    function setKeepers(address[] calldata keepers_, uint256 threshold_) external;

    /// @notice Put the keepers in office that were named `KEEPER_NOTICE` ago. Anyone may.
    function seatKeepers() external;

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

    /// @notice A week, in seconds: longer than a market keeps an escrow after its campaign was closed.
    function KEEPER_NOTICE() external view returns (uint256);

    /// @notice Those who wait for office.
    /// @return keepers_ In share order; empty when nobody waits.
    /// @return threshold_ How many of them will be needed.
    /// @return from Unix seconds.
    function namedKeepers() external view returns (address[] memory keepers_, uint256 threshold_, uint256 from);

    /// @notice Whether `keeper` is one of them.
    function isKeeper(address keeper) external view returns (bool);

    /// @notice Whether `attester` may mark subjects as minors.
    function isAgeAttester(address attester) external view returns (bool);

    /// @notice Whether each of `operators` registered.
    function areOperators(address[] calldata operators) external view returns (bool[] memory registered);

    /// @notice How many keepers release a key or sign a settlement together.
    function threshold() external view returns (uint256);
}
