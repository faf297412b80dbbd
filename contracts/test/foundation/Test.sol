// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Vm } from "./Vm.sol";

/// @notice Base of all tests. Assertions are cheatcodes (`vm.assertEq`), so nothing more is needed.
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// Tells forge that this contract has tests.
    bool public constant IS_TEST = true;

    /// @notice The same account for the same name, with a key to sign with.
    function account(string memory name) internal returns (address owner, uint256 privateKey) {
        privateKey = uint256(keccak256(bytes(name)));
        owner = vm.addr(privateKey);
        vm.label(owner, name);
    }

    function actor(string memory name) internal returns (address owner) {
        (owner,) = account(name);
    }

    /// @notice Maps a fuzzed value into `[lowest, highest]`.
    function bound(uint256 value, uint256 lowest, uint256 highest) internal pure returns (uint256) {
        require(lowest <= highest, "bound: empty range");
        if (value >= lowest && value <= highest) return value;
        uint256 width = highest - lowest;
        return width == type(uint256).max ? value : lowest + (value % (width + 1));
    }

    /// @notice A signature as `r ‖ s ‖ v`.
    function signed(uint256 privateKey, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(privateKey, digest);
        return abi.encodePacked(r, s, v);
    }

    function skip(uint256 timeSeconds) internal {
        vm.warp(vm.getBlockTimestamp() + timeSeconds);
    }
}
