// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Four fee sums of 64 bits in one word, lane 0 most significant.
type Lanes is uint256;

using LanesMath for Lanes global;

/// @title Lanes
library LanesMath {
    uint256 private constant EVEN = 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
    uint256 private constant CARRIES = (1 << 64) | (1 << 192);

    error LaneOverflow();

    /// @notice Adds lane by lane. A lane that overflows makes the sum malformed: it could hide fees (F6).
    function add(Lanes left, Lanes right) internal pure returns (Lanes sum) {
        uint256 a = Lanes.unwrap(left);
        uint256 b = Lanes.unwrap(right);
        if (a == 0) return right;
        if (b == 0) return left;
        // Every other lane at a time, so that each has 64 bits of room for its carry.
        unchecked {
            uint256 low = (a & EVEN) + (b & EVEN);
            uint256 high = ((a >> 64) & EVEN) + ((b >> 64) & EVEN);
            if ((low | high) & CARRIES != 0) revert LaneOverflow();
            return Lanes.wrap(low | (high << 64));
        }
    }
}
