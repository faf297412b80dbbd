// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Everything of the root chain that changes with each deposit or checkpoint, in one word, from the lowest bit:
/// `inboxCount u48 | inboxCursor u48 | lastCheckpoint u32 | sequence u32 | lastOrigin u40 | lastNonDA u32`.
type Anchor is uint256;

using AnchorLibrary for Anchor global;

/// @title Anchor
/// @notice Reads and advances the packed state of the root chain. One slot instead of two is what keeps a deposit under 65,000 gas.
library AnchorLibrary {
    uint256 private constant CURSOR = 48;
    uint256 private constant CHECKPOINT = 96;
    uint256 private constant SEQUENCE = 128;
    uint256 private constant ORIGIN = 160;
    uint256 private constant NON_DA = 200;

    uint256 private constant MAX_U48 = type(uint48).max;
    uint256 private constant MAX_U40 = type(uint40).max;
    uint256 private constant MAX_U32 = type(uint32).max;

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
        return uint64((Anchor.unwrap(anchor) >> SEQUENCE) & MAX_U32);
    }

    /// @notice Origin of the last checkpoint.
    function lastOrigin(Anchor anchor) internal pure returns (uint64) {
        return uint64((Anchor.unwrap(anchor) >> ORIGIN) & MAX_U40);
    }

    /// @notice The last checkpoint without published data.
    function lastNonDA(Anchor anchor) internal pure returns (uint64) {
        return uint64((Anchor.unwrap(anchor) >> NON_DA) & MAX_U32);
    }

    /// @notice `last checkpoint << 32 | sequence`: the upper part of the position of the deposit made last.
    function depositNumber(Anchor anchor) internal pure returns (uint64) {
        return (anchor.lastCheckpoint() << 32) | anchor.sequence();
    }

    /// @notice The state after one more deposit.
    function afterDeposit(Anchor anchor) internal pure returns (Anchor) {
        if (anchor.inboxCount() == MAX_U48 || anchor.sequence() == MAX_U32) revert CounterFull();
        unchecked {
            return Anchor.wrap(Anchor.unwrap(anchor) + ((1 << SEQUENCE) | 1));
        }
    }

    /// @notice The state after checkpoint `number`. The other arguments fit: origins are block numbers, cursors at
    /// most the count.
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
}
