// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Where an output stands: `number u64 ‖ shard u8 ‖ index u16 ‖ output u8` (docs/encoding.md, Position). Compared as an integer.
type Position is uint96;

using Positions for Position global;

/// @title Positions
library Positions {
    /// Bytes of an encoded position.
    uint256 internal constant LENGTH = 12;

    /// @param number_ `checkpoint << 32 | sequence`.
    /// @param path `shard << 16 | index`.
    function make(uint64 number_, uint24 path, uint8 output_) internal pure returns (Position) {
        return Position.wrap((uint96(number_) << 32) | (uint96(path) << 8) | output_);
    }

    /// @notice The position of an output of an included transaction.
    function included(uint64 checkpoint_, uint24 path, uint8 output_) internal pure returns (Position) {
        return make(checkpoint_ << 32, path, output_);
    }

    /// @notice The upper 64 bits: `checkpoint << 32 | sequence`.
    function number(Position position) internal pure returns (uint64) {
        return uint64(Position.unwrap(position) >> 32);
    }

    function checkpoint(Position position) internal pure returns (uint32) {
        return uint32(Position.unwrap(position) >> 64);
    }

    /// @notice Zero unless it is the position of a deposit.
    function sequence(Position position) internal pure returns (uint32) {
        return uint32(Position.unwrap(position) >> 32);
    }

    function shard(Position position) internal pure returns (uint8) {
        return uint8(Position.unwrap(position) >> 24);
    }

    function index(Position position) internal pure returns (uint16) {
        return uint16(Position.unwrap(position) >> 8);
    }

    function output(Position position) internal pure returns (uint8) {
        return uint8(Position.unwrap(position));
    }

    /// @notice Whether a deposit can stand here: sequence at least 1, and shard, index and output 0.
    function isDeposit(Position position) internal pure returns (bool) {
        return sequence(position) != 0 && uint32(Position.unwrap(position)) == 0;
    }

    /// @notice The place of its transaction among all leaves: `checkpoint << 24 | path`. Not for deposits.
    function leaf(Position position) internal pure returns (uint56) {
        return (uint56(checkpoint(position)) << 24) | uint24(Position.unwrap(position) >> 8);
    }
}
