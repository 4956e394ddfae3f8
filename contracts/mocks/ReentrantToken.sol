// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {TestDollar} from "../token/TestDollar.sol";

/// @title ReentrantToken
/// @notice A token that calls somebody back in the middle of its next transfer. It can act for itself, so it can also be
/// the advertiser, the operator and the subject that the call back speaks for.
contract ReentrantToken is TestDollar(6) {
    /// @notice A call was made in the middle of a transfer.
    event CalledBack(bool ok, bytes result);

    address private _target;
    bytes private _data;

    /// @notice Call `target` in the middle of the next transfer.
    function arm(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }

    /// @notice Call as the token.
    function execute(address target, bytes calldata data) external {
        (bool ok, bytes memory result) = target.call(data);
        if (!ok) {
            assembly {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        address target = _target;
        if (target == address(0)) return;
        delete _target;
        (bool ok, bytes memory result) = target.call(_data);
        emit CalledBack(ok, result);
    }
}
