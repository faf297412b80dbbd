// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Tallies
/// @notice One counter for each of 128 validators, counted all at once. Plane `j` holds bit `j` of every counter, so adding a bitmap of signers is an
/// addition with carry from plane to plane: two steps a bitmap on average, however many have signed.
library Tallies {
    /// Counters of 32 bits: more checkpoints than the chain can have in one set.
    uint256 internal constant PLANES = 32;

    /// @notice Adds one to the counter of each bit of `bitmap`.
    function add(uint256[] memory planes, uint256 bitmap) internal pure {
        for (uint256 j; bitmap != 0; ++j) {
            uint256 carry = planes[j] & bitmap;
            planes[j] ^= bitmap;
            bitmap = carry;
        }
    }

    /// @notice The counter of bit `index`.
    function countOf(uint256[] memory planes, uint256 index) internal pure returns (uint256 count) {
        for (uint256 j; j < planes.length; ++j) {
            count |= ((planes[j] >> index) & 1) << j;
        }
    }

    /// Two planes in one slot: a bitmap has 128 bits.
    /// @param most No counter is above this, so the planes above it are empty.
    function load(mapping(uint256 pair => uint256) storage self, uint256 most)
        internal
        view
        returns (uint256[] memory planes)
    {
        planes = new uint256[](PLANES);
        for (uint256 pair; most >> (2 * pair) != 0; ++pair) {
            uint256 word = self[pair];
            (planes[2 * pair], planes[2 * pair + 1]) = (uint128(word), word >> 128);
        }
    }

    function store(mapping(uint256 pair => uint256) storage self, uint256[] memory planes, uint256 most) internal {
        for (uint256 pair; most >> (2 * pair) != 0; ++pair) {
            self[pair] = planes[2 * pair] | (planes[2 * pair + 1] << 128);
        }
    }
}
