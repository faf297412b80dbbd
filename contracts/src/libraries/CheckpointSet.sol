// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { LibBit } from "solady/utils/LibBit.sol";

/// @title Checkpoint set
/// @notice A sorted set of checkpoint numbers: a bit for each, and a bit for each word of bits that is not zero.
library CheckpointSet {
    struct Set {
        mapping(uint256 word => uint256) bits;
        mapping(uint256 word => uint256) summary;
    }

    function insert(Set storage set, uint256 value) internal {
        uint256 word = value >> 8;
        uint256 bits = set.bits[word];
        if (bits == 0) set.summary[word >> 8] |= 1 << (word & 255);
        set.bits[word] = bits | (1 << (value & 255));
    }

    function remove(Set storage set, uint256 value) internal {
        uint256 word = value >> 8;
        uint256 bits = set.bits[word] & ~(1 << (value & 255));
        set.bits[word] = bits;
        if (bits == 0) set.summary[word >> 8] &= ~(1 << (word & 255));
    }

    /// @notice The smallest member that is at least `from`. There must be one. Looks at one word per 65,536 checkpoints of the gap.
    function next(Set storage set, uint256 from) internal view returns (uint256) {
        uint256 word = from >> 8;
        uint256 bits = set.bits[word] & (type(uint256).max << (from & 255));
        if (bits == 0) {
            word = _nextWord(set, word + 1);
            bits = set.bits[word];
        }
        return (word << 8) | LibBit.ffs(bits);
    }

    function _nextWord(Set storage set, uint256 from) private view returns (uint256) {
        uint256 word = from >> 8;
        uint256 bits = set.summary[word] & (type(uint256).max << (from & 255));
        while (bits == 0) bits = set.summary[++word];
        return (word << 8) | LibBit.ffs(bits);
    }
}
