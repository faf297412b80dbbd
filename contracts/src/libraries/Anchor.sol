// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Everything of the root chain that changes with each deposit or checkpoint, in one word, from the lowest bit:
/// `inboxCount u48 | inboxCursor u48 | lastCheckpoint u32 | sequence u31 | paused u1 | lastOrigin u32 | lastNonDA u32 | acceptedAt u32`.
type Anchor is uint256;

using AnchorLibrary for Anchor global;

/// @title Anchor
/// @notice Reads and advances the packed state of the root chain. One slot instead of two is what keeps a deposit under 65,000 gas.
library AnchorLibrary {
    uint256 private constant CURSOR = 48;
    uint256 private constant CHECKPOINT = 96;
    uint256 private constant SEQUENCE = 128;
    uint256 private constant PAUSED = 159;
    uint256 private constant ORIGIN = 160;
    uint256 private constant NON_DA = 192;
    uint256 private constant ACCEPTED_AT = 224;

    uint256 private constant MAX_U48 = type(uint48).max;
    uint256 private constant MAX_U32 = type(uint32).max;
    uint256 private constant MAX_U31 = type(uint32).max >> 1;

    /// @notice The inbox, the deposits after one checkpoint, or the checkpoints have run out of numbers.
    error CounterFull();

    /// @notice Items in the inbox.
    function inboxCount(Anchor anchor) internal pure returns (uint64) {
        return uint64(Anchor.unwrap(anchor) & MAX_U48);
    }

    /// @notice Items that the last checkpoint has consumed.
    function inboxCursor(Anchor anchor) internal pure returns (uint64) {
        return uint64((Anchor.unwrap(anchor) >> CURSOR) & MAX_U48);
    }

    function lastCheckpoint(Anchor anchor) internal pure returns (uint64) {
        return uint64((Anchor.unwrap(anchor) >> CHECKPOINT) & MAX_U32);
    }

    /// @notice Deposits since the last checkpoint.
    function sequence(Anchor anchor) internal pure returns (uint64) {
        return uint64((Anchor.unwrap(anchor) >> SEQUENCE) & MAX_U31);
    }

    /// @notice Origin of the last checkpoint.
    function lastOrigin(Anchor anchor) internal pure returns (uint64) {
        return uint64((Anchor.unwrap(anchor) >> ORIGIN) & MAX_U32);
    }

    /// @notice The last checkpoint without published data.
    function lastNonDA(Anchor anchor) internal pure returns (uint64) {
        return uint64((Anchor.unwrap(anchor) >> NON_DA) & MAX_U32);
    }

    /// @notice When the last checkpoint was accepted, in seconds; 0 before the first.
    function acceptedAt(Anchor anchor) internal pure returns (uint256) {
        return Anchor.unwrap(anchor) >> ACCEPTED_AT;
    }

    /// @notice Whether the origin of the last checkpoint is the first behind a pause: see CheckpointRecord.
    function paused(Anchor anchor) internal pure returns (bool) {
        return (Anchor.unwrap(anchor) >> PAUSED) & 1 == 1;
    }

    /// @notice `last checkpoint << 32 | sequence`: the upper part of the position of the deposit made last.
    function depositNumber(Anchor anchor) internal pure returns (uint64) {
        return (anchor.lastCheckpoint() << 32) | anchor.sequence();
    }

    /// @notice The state after one more deposit.
    function afterDeposit(Anchor anchor) internal pure returns (Anchor) {
        if (anchor.inboxCount() == MAX_U48 || anchor.sequence() == MAX_U31) revert CounterFull();
        unchecked {
            return Anchor.wrap(Anchor.unwrap(anchor) + ((1 << SEQUENCE) | 1));
        }
    }

    /// @notice The state after checkpoint `number`, before `accepted`. The other arguments fit: origins are block numbers, cursors at most the
    /// count.
    function afterCheckpoint(Anchor anchor, uint64 number, uint64 origin, uint64 cursor, uint64 nonDA)
        internal
        pure
        returns (Anchor)
    {
        if (number > MAX_U32) revert CounterFull();
        return Anchor.wrap(
            anchor.inboxCount() | (uint256(cursor) << CURSOR) | (uint256(number) << CHECKPOINT)
                | (uint256(origin) << ORIGIN) | (uint256(nonDA) << NON_DA)
        );
    }

    /// @notice The state after a checkpoint, with the time of its acceptance.
    function accepted(Anchor anchor, uint256 time, bool behindPause) internal pure returns (Anchor) {
        uint256 flag = behindPause ? 1 << PAUSED : 0;
        return Anchor.wrap(Anchor.unwrap(anchor) | flag | (uint256(uint32(time)) << ACCEPTED_AT));
    }
}
