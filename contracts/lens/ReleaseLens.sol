// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsentRegistry} from "../interfaces/IConsentRegistry.sol";
import {IProfileRegistry} from "../interfaces/IProfileRegistry.sol";
import {ISignalMarket} from "../interfaces/ISignalMarket.sol";

/// @title ReleaseLens
/// @notice All that a keeper asks of one block before it releases shares, in one call and so of one state.
/// @dev Never deployed: keepers hand its code to their node as a state override of `eth_call`. It keeps nothing and is
/// trusted by nobody but who sends it.
contract ReleaseLens {
    /// @notice Facts about a campaign and some subjects of its operator.
    /// @param lane Operator and purpose, as in IConsentRegistry.
    /// @param campaign Hash of the terms.
    /// @return words The block's timestamp; then of the campaign: whether it was opened, escrow, uses, when it closes,
    /// the advertiser's recipient key; then for each subject: hash of its attested profile, the consent that counts
    /// (else 0), and whether a request for erasure waits.
    function releaseFacts(
        IConsentRegistry consents,
        IProfileRegistry profiles,
        ISignalMarket market,
        uint256 lane,
        bytes32 campaign,
        address advertiser,
        address[] calldata subjects
    ) external view returns (uint256[] memory words) {
        words = new uint256[](6 + 3 * subjects.length);
        address operator = address(uint160(lane >> 8));
        ISignalMarket.Campaign memory state = market.campaignOf(operator, campaign);
        words[0] = block.timestamp;
        words[1] = state.opened ? 1 : 0;
        words[2] = state.escrow;
        words[3] = state.uses;
        words[4] = state.closesAt;
        words[5] = uint256(market.recipientKeyOf(advertiser));
        for (uint256 i; i < subjects.length; ++i) {
            // Since when does not matter here.
            // slither-disable-next-line unused-return
            (,, bool open) = profiles.erasureOf(operator, subjects[i]);
            words[6 + 3 * i] = uint256(profiles.digestOf(operator, subjects[i]));
            words[7 + 3 * i] = consents.inForce(subjects[i], lane);
            words[8 + 3 * i] = open ? 1 : 0;
        }
    }
}
