// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An invariant campaign: forge takes acts of one contract, in any order, and looks at the invariants after each. An act whose call is refused is
/// an act that changed nothing.
abstract contract Campaign {
    /// What forge reads.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @return The selectors of the acts, one after the other: `bytes.concat(this.actOne.selector, this.actTwo.selector)`.
    function acts() internal view virtual returns (bytes memory);

    /// @return Whose acts they are: those of the test itself, or of a contract of its own whose size has to stay apart.
    function stage() internal view virtual returns (address) {
        return address(this);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = stage();
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes memory packed = acts();
        bytes4[] memory selectors = new bytes4[](packed.length / 4);
        for (uint256 i; i < selectors.length; ++i) {
            bytes4 selector;
            assembly ("memory-safe") {
                selector := mload(add(add(packed, 0x20), mul(i, 4)))
            }
            selectors[i] = selector;
        }
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(stage(), selectors);
    }
}
