// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { LibBit } from "solady/utils/LibBit.sol";

import { Lanes, LanesMath } from "./Lanes.sol";

/// @title Tree
/// @notice The Merkle-sum tree over the transactions of a checkpoint: depth 24, with the fees of each subtree in its node.
library Tree {
    uint256 internal constant DEPTH = 24;
    bytes1 private constant LEAF_TAG = 0x00;
    uint256 private constant BITMAP_BYTES = 3;
    uint256 private constant SIBLING_BYTES = 64;
    /// Lanes 1 and 3, with room above each for its carry.
    uint256 private constant EVEN = 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
    uint256 private constant EMPTY_SIBLING = 1;
    uint256 private constant LANE_OVERFLOW = 2;

    /// Roots of the empty subtrees of height 0 to 23. Each follows from the one before: keccak(0x01 ‖ e ‖ 0 ‖ e ‖ 0).
    bytes private constant EMPTY =
        hex"00000000000000000000000000000000000000000000000000000000000000007afdc2ea6f8daaa4b430ce1424f59bcec401d00e34a99b1da457babc405a860770089bcbddb04b85719df3c87a53d6b4655da81b275ed60f03598c6643b85e7a72cb2f11eb4d5debdbf94a65d153c4cced8f0d5bccda23f846e51a66df21ce7d9189c556f3192e1d804a86b156c49f6c5d49fb840064a67dd4e75ca9310884c604884a6642378cd3a7a8fd1bc163eeaf3b16489b5093840fe44f4dfee72c5e1d54693260f31dddbb4fc1b6d1c6fc9ed2a3dc1597ce0aafe3f297cf53ad8a56a922cffaf911d249b9a6379702a499b439a88d135392052b13641dc2230d317d41b014be12a47c14ef4024e05d55c1557571b719a0aa63284f6b01fa075e5cd8505345682a6292672f714a6cacf39878cf7b2fcd5e5ba91fb888aa86639da89f1a44817cf9a6373455b694b8519c4db37a46016a41be14e9adc4952bc32435cb3222e048bfc95fe016255be4bcb8326510659e9e2cca24fc7f1e90dba8a8eee99cbb1b8919afd37087f7881ea67a43983a3ab07202eed0688231f07c60215c5a1b05bd32dae75593f61319d53f30efa58c363d806406dd294a9033011e7929317673bf037564297722d944a31a0502d2611e6506358d3d55fb7984d48ffbf3a6243dc4e16eade9f56f26e524889bd08beb7b9dff022c17adb989eaf620290fbb3b138f481ee8354e58c034da1d428f1697955b08356e02d52ce7580a462fc4e4b2469ceff8103acacd16307a9c703cf36465fbdf99ca52e90266b5d7f4b2b532e6fc798d9d61495f5002b50ef7880688d03970c706387fb0ab90c0b156e04b08466fdaa6a2773c139d4d6f68c63110c9a4e16e6b9538f47b6f483c53e5a55817da71e860c51d2d7c8c380ea59eb08ef68c0a89135c2073d7516f218e2496cfe90bc4639a5c1282331626e2ff3c46440ffc45738275227743d5e9acc325a9425a6c9fc910575863b919e1273086c14cadc1a5f3e023869f98520fbedb5789a5fd7e2778a84597154f9d52139506783ee2a3359c4a03a80636329f248689ddfc8313";

    /// @notice Not as many siblings as the bitmap announces.
    error WrongProofLength(uint256 expected, uint256 actual);
    /// @notice A given sibling is the empty subtree, which would be a second encoding of the proof (A18).
    error EmptySibling();

    /// @notice keccak(0x00 ‖ txHash ‖ witnessHash ‖ keccak(positions) ‖ lanes).
    /// @param positions The encoded positions of the inputs.
    function leaf(bytes32 transactionHash, bytes32 witnessHash, bytes calldata positions, Lanes lanes)
        internal
        pure
        returns (bytes32 hash)
    {
        bytes1 tag = LEAF_TAG;
        assembly ("memory-safe") {
            let at := mload(0x40)
            calldatacopy(at, positions.offset, positions.length)
            mstore(add(at, 65), keccak256(at, positions.length))
            mstore(at, tag)
            mstore(add(at, 1), transactionHash)
            mstore(add(at, 33), witnessHash)
            mstore(add(at, 97), lanes)
            hash := keccak256(at, 129)
        }
    }

    /// @notice keccak(0x01 ‖ left ‖ leftLanes ‖ right ‖ rightLanes).
    function node(bytes32 left, Lanes leftLanes, bytes32 right, Lanes rightLanes) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            // 129 bytes of scratch beyond the free pointer, which nobody else needs.
            let at := mload(0x40)
            mstore8(at, 1)
            mstore(add(at, 1), left)
            mstore(add(at, 33), leftLanes)
            mstore(add(at, 65), right)
            mstore(add(at, 97), rightLanes)
            hash := keccak256(at, 129)
        }
    }

    /// @notice The root and the sums that follow from a leaf and its proof.
    /// @param hash The leaf, and `lanes` its lanes.
    /// @param path `shard << 16 | index`; its bits are the way from the root, 0 = left.
    /// @param proof Bitmap u24 and the siblings it announces, from the leaf upwards.
    function root(bytes32 hash, Lanes lanes, uint24 path, bytes calldata proof) internal pure returns (bytes32, Lanes) {
        uint256 bitmap = _bitmap(proof);
        bytes memory empty = EMPTY;
        uint256 faults;
        // Once per level, for every proof there is. It writes the 129 bytes of each node over those of the last one.
        assembly ("memory-safe") {
            let node_ := mload(0x40)
            let at := add(proof.offset, BITMAP_BYTES)
            mstore8(node_, 1)
            let height := 0
            for { } shr(height, or(bitmap, path)) { height := add(height, 1) } {
                let sibling := mload(add(add(empty, 32), shl(5, height)))
                let siblingLanes := 0
                if and(shr(height, bitmap), 1) {
                    siblingLanes := calldataload(add(at, 32))
                    if and(eq(calldataload(at), sibling), iszero(siblingLanes)) { faults := or(faults, EMPTY_SIBLING) }
                    sibling := calldataload(at)
                    at := add(at, SIBLING_BYTES)
                }
                switch and(shr(height, path), 1)
                case 0 {
                    mstore(add(node_, 1), hash)
                    mstore(add(node_, 33), lanes)
                    mstore(add(node_, 65), sibling)
                    mstore(add(node_, 97), siblingLanes)
                }
                default {
                    mstore(add(node_, 1), sibling)
                    mstore(add(node_, 33), siblingLanes)
                    mstore(add(node_, 65), hash)
                    mstore(add(node_, 97), lanes)
                }
                hash := keccak256(node_, 129)
                if siblingLanes {
                    // LanesMath.add, with the carries collected for the end.
                    let low := add(and(lanes, EVEN), and(siblingLanes, EVEN))
                    let high := add(and(shr(64, lanes), EVEN), and(shr(64, siblingLanes), EVEN))
                    if and(or(low, high), not(EVEN)) { faults := or(faults, LANE_OVERFLOW) }
                    lanes := or(and(low, EVEN), shl(64, and(high, EVEN)))
                }
            }
            // Above, the node is the left child and its sibling is empty all the way: most levels of most proofs.
            mstore(add(node_, 33), lanes)
            mstore(add(node_, 97), 0)
            for { } lt(height, DEPTH) { height := add(height, 1) } {
                mstore(add(node_, 1), hash)
                mstore(add(node_, 65), mload(add(add(empty, 32), shl(5, height))))
                hash := keccak256(node_, 129)
            }
        }
        if (faults & EMPTY_SIBLING != 0) revert EmptySibling();
        if (faults & LANE_OVERFLOW != 0) revert LanesMath.LaneOverflow();
        return (hash, lanes);
    }

    /// Which siblings a proof gives; and that it has as many bytes as that takes.
    function _bitmap(bytes calldata proof) private pure returns (uint256 bitmap) {
        if (proof.length < BITMAP_BYTES) revert WrongProofLength(BITMAP_BYTES, proof.length);
        bitmap = uint24(bytes3(proof[:BITMAP_BYTES]));
        uint256 expected = BITMAP_BYTES + SIBLING_BYTES * LibBit.popCount(bitmap);
        if (proof.length != expected) revert WrongProofLength(expected, proof.length);
    }

    /// @notice The root of the empty subtree of a height below 24.
    function emptyRoot(uint256 height) internal pure returns (bytes32) {
        return _empty(EMPTY, height);
    }

    function _empty(bytes memory empty, uint256 height) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := mload(add(add(empty, 32), shl(5, height)))
        }
    }
}
