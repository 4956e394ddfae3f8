// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsentRegistry} from "../interfaces/IConsentRegistry.sol";
import {IOperatorRegistry} from "../interfaces/IOperatorRegistry.sol";
import {Campaigns} from "./Campaigns.sol";
import {Settlements} from "./Settlements.sol";

/// @title SignalMarket
/// @notice See ISignalMarket. Its parts, each on top of the one before: `Campaigns` (escrow), `Uses` (recorded at once),
/// `Settlements` (metered, then settled and claimed).
/// @dev Every function updates its state before it sends tokens, so a token that calls back finds the books done.
contract SignalMarket is Settlements {
    constructor(address token_, IConsentRegistry consents_, IOperatorRegistry operators_)
        Campaigns(token_, consents_, operators_)
    {}

    function _domainNameAndVersion() internal pure override returns (string memory, string memory) {
        return ("Fairsignal SignalMarket", "1");
    }
}
