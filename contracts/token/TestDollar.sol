// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// @title TestDollar
/// @notice Play money with permit (EIP-2612), transfers by authorization (EIP-3009) and a faucet; for local chains only,
/// scripts/deploy.py deploys it nowhere else.
contract TestDollar is ERC20, ERC20Permit, ERC3009 {
    uint8 private immutable _decimals;

    constructor(uint8 decimals_) ERC20("Test Dollar", "tUSD") ERC20Permit("Test Dollar") {
        _decimals = decimals_;
    }

    /// @notice Anyone may take any amount (base units).
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}
