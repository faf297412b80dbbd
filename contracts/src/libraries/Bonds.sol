// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Bonds
/// @notice A bond pays for the gas of whoever must challenge, so it follows the base fee. Bonds are kept in units of 10^14 wei, in 16 bits.
library Bonds {
    uint256 internal constant UNIT = 1e14;

    /// @param gas What the bond pays for.
    /// @param floor Base fee, in wei, below which the bond does not fall.
    /// @return units The bond, rounded up, and at most 6.5535 ETH.
    function size(uint256 gas, uint256 floor) internal view returns (uint16 units) {
        uint256 fee = block.basefee > floor ? block.basefee : floor;
        uint256 exact = (gas * fee + UNIT - 1) / UNIT;
        return exact > type(uint16).max ? type(uint16).max : uint16(exact);
    }

    function inWei(uint16 units) internal pure returns (uint256) {
        return units * UNIT;
    }
}
