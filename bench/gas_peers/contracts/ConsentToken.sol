// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";

/// @notice Consent as a token: whoever holds the id (operator, purpose) consents. No terms, no expiry.
contract ConsentToken is ERC1155("") {
    function grant(uint256 id) external {
        _mint(msg.sender, id, 1, "");
    }

    function revoke(uint256 id) external {
        _burn(msg.sender, id, 1);
    }

    function revokeAll(uint256[] calldata ids, uint256[] calldata amounts) external {
        _burnBatch(msg.sender, ids, amounts);
    }
}
