// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ConsentRegistry} from "../../../contracts/consent/ConsentRegistry.sol";
import {SignalMarket} from "../../../contracts/market/SignalMarket.sol";
import {OperatorRegistry} from "../../../contracts/operators/OperatorRegistry.sol";
import {TestDollar} from "../../../contracts/token/TestDollar.sol";
import {Reference} from "./Reference.sol";

/// @title Fixture
/// @notice The deployed contracts and the people: everybody has a key.
abstract contract Fixture is Reference {
    /// @dev Noon of a UTC day.
    uint256 internal constant NOW = 20_833 days + 12 hours;
    uint256 internal constant ALLOWED = 2 ** 112 - 1;

    uint256 internal constant ALICE_KEY = 0xA11CE;
    uint256 internal constant BOB_KEY = 0xB0B;
    uint256 internal constant OPERATOR_KEY = 0x0BE7;
    uint256 internal constant ADVERTISER_KEY = 0xAD;
    uint256 internal constant GUARDIAN_KEY = 0x6A;

    address internal immutable alice = vm.addr(ALICE_KEY);
    address internal immutable bob = vm.addr(BOB_KEY);
    address internal immutable operator = vm.addr(OPERATOR_KEY);
    address internal immutable advertiser = vm.addr(ADVERTISER_KEY);
    address internal immutable guardian = vm.addr(GUARDIAN_KEY);
    address internal constant OWNER = address(0x0123);
    address internal constant ATTESTER = address(0xA6E);
    address internal constant PAYOUT = address(0xCA5);
    address internal constant STRANGER = address(0x57A);

    OperatorRegistry internal operators;
    ConsentRegistry internal consents;
    SignalMarket internal market;
    TestDollar internal token;

    /// @dev Three keepers' keys by ascending address.
    uint256[3] internal keeperKeys;
    uint256 internal lane;

    function setUp() public virtual {
        vm.warp(NOW);
        operators = new OperatorRegistry(OWNER);
        consents = new ConsentRegistry(operators);
        token = new TestDollar(6);
        market = new SignalMarket(address(token), consents, operators);
        lane = laneOf(operator, 1);
        vm.prank(operator);
        operators.register(PAYOUT, "ipfs://terms");
        nameKeepers();
    }

    function nameKeepers() private {
        keeperKeys = [uint256(0xE1), 0xE2, 0xE3];
        for (uint256 i; i < 2; ++i) {
            for (uint256 j; j < 2; ++j) {
                if (vm.addr(keeperKeys[j]) > vm.addr(keeperKeys[j + 1])) {
                    (keeperKeys[j], keeperKeys[j + 1]) = (keeperKeys[j + 1], keeperKeys[j]);
                }
            }
        }
        address[] memory keepers = new address[](3);
        // Share order is not the order of addresses.
        (keepers[0], keepers[1], keepers[2]) = (vm.addr(keeperKeys[2]), vm.addr(keeperKeys[0]), vm.addr(keeperKeys[1]));
        vm.prank(OWNER);
        operators.setKeepers(keepers, 2);
        vm.prank(OWNER);
        operators.setAgeAttester(ATTESTER, true);
    }

    /// @notice Terms as a subject sends them.
    function terms(uint256 categories, uint256 endsAt, uint256 floor, uint256 cap) internal pure returns (uint256) {
        return pack(Consent(categories, 0, endsAt, floor, cap, 0, false));
    }

    /// @notice A quorum of the first and the last keeper.
    function quorum(bytes32 digest) internal view returns (bytes memory) {
        return bytes.concat(signCompact(keeperKeys[0], digest), signCompact(keeperKeys[2], digest));
    }

    function forConsents(bytes32 structHash) internal view returns (bytes32) {
        return typed(CONSENT_DOMAIN, address(consents), structHash);
    }

    function forMarket(bytes32 structHash) internal view returns (bytes32) {
        return typed(MARKET_DOMAIN, address(market), structHash);
    }
}
