// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title FactoryCaller
/// @notice Deploys counterfactual wallets (ERC-6492) on behalf of `SignedMessages`.
/// @dev An ERC-6492 signature names a contract and the data to call it with: whoever sends the signature chooses both.
/// The call must therefore come from an address that nobody trusts and that owns nothing, never from a contract that
/// holds money or a role. This is that address.
contract FactoryCaller {
    /// @notice Call `factory` with `data`. Whether a wallet came of it, the caller finds out by asking the wallet.
    function call(address factory, bytes calldata data) external {
        // slither-disable-next-line low-level-calls: any contract is called, and its failure shows in the wallet
        (bool ok,) = factory.call(data);
        ok;
    }
}
