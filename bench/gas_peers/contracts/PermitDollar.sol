// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ERC20, ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @notice The token that every peer moves.
contract PermitDollar is ERC20("Dollar", "USD"), ERC20Permit("Dollar") {
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
