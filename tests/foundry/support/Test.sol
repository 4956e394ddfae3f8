// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Vm
/// @notice The cheat codes of forge that our tests use, asserts among them. There is no maintained npm package of
/// forge-std, and this is all that is needed of it.
interface Vm {
    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    function lastCallGas() external view returns (Gas memory);

    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function addr(uint256 key) external pure returns (address);
    function assume(bool condition) external pure;
    function chainId(uint256 id) external;
    function etch(address account, bytes calldata code) external;
    function expectCall(address callee, bytes calldata data, uint64 count) external;
    function expectEmit(address emitter) external;
    function expectRevert(bytes calldata data) external;
    function expectRevert() external;
    function getRecordedLogs() external returns (Log[] memory);
    function prank(address sender) external;
    function startPrank(address sender) external;
    function recordLogs() external;
    function revertToState(uint256 id) external returns (bool);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function snapshotState() external returns (uint256 id);
    function store(address account, bytes32 slot, bytes32 value) external;
    function warp(uint256 time) external;

    function assertEq(uint256 a, uint256 b) external pure;
    function assertEq(uint256 a, uint256 b, string calldata what) external pure;
    function assertEq(address a, address b) external pure;
    function assertEq(bytes32 a, bytes32 b) external pure;
    function assertEq(bool a, bool b) external pure;
    function assertEq(bool a, bool b, string calldata what) external pure;
    function assertEq(string calldata a, string calldata b) external pure;
    function assertEq(uint256[] calldata a, uint256[] calldata b) external pure;
    function assertEq(address[] calldata a, address[] calldata b) external pure;
    function assertGe(uint256 a, uint256 b, string calldata what) external pure;
    function assertLt(uint256 a, uint256 b, string calldata what) external pure;
    function assertTrue(bool condition) external pure;
    function assertTrue(bool condition, string calldata what) external pure;
    function assertFalse(bool condition) external pure;
    function assertFalse(bool condition, string calldata what) external pure;
}

/// @title Test
/// @notice What every test needs: the cheat codes, expected refusals in one line, values in a range.
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice The next call is refused with exactly this error.
    function refuse(bytes4 error) internal {
        vm.expectRevert(abi.encodePacked(error));
    }

    function refuse(bytes4 error, uint256 a) internal {
        vm.expectRevert(abi.encodeWithSelector(error, a));
    }

    function refuse(bytes4 error, uint256 a, uint256 b) internal {
        vm.expectRevert(abi.encodeWithSelector(error, a, b));
    }

    function refuse(bytes4 error, uint256 a, uint256 b, uint256 c) internal {
        vm.expectRevert(abi.encodeWithSelector(error, a, b, c));
    }

    /// @notice The next call runs into checked arithmetic (Panic 0x11).
    function refuseOverflow() internal {
        vm.expectRevert(abi.encodeWithSelector(bytes4(keccak256("Panic(uint256)")), 0x11));
    }

    function u(address account) internal pure returns (uint256) {
        return uint160(account);
    }

    /// @notice `seed` folded into [least, most].
    function within(uint256 seed, uint256 least, uint256 most) internal pure returns (uint256) {
        uint256 size = most - least + 1;
        return size == 0 ? seed : least + seed % size;
    }
}
