// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Output } from "../../src/libraries/Codec.sol";

/// @title Ledger
/// @notice A plain second implementation of docs/encoding.md in memory: encodings, hashes and trees as a node makes them. The libraries
/// under test read calldata and share no code with it.
library Ledger {
    uint256 internal constant DEPTH = 24;

    function coin(address owner, address token, uint128 amount) internal pure returns (Output memory) {
        return Output(1, bytes32(uint256(uint160(owner))), token, amount);
    }

    function item(address owner, address token, uint128 tokenId) internal pure returns (Output memory) {
        return Output(6, bytes32(uint256(uint160(owner))), token, tokenId);
    }

    function encode(Output memory output) internal pure returns (bytes memory) {
        return abi.encodePacked(output.outputType, output.guard, output.token, output.amount);
    }

    function encodePay(bytes32[] memory inputs, Output[] memory outputs, uint64 validUntil, bytes32 memo)
        internal
        pure
        returns (bytes memory encoded)
    {
        encoded = abi.encodePacked(uint8(1), uint8(inputs.length), inputs, uint8(outputs.length));
        for (uint256 i; i < outputs.length; ++i) {
            encoded = bytes.concat(encoded, encode(outputs[i]));
        }
        return abi.encodePacked(encoded, validUntil, memo);
    }

    function encodeFee(uint64 checkpoint, Output[] memory outputs) internal pure returns (bytes memory encoded) {
        encoded = abi.encodePacked(uint8(6), checkpoint, uint8(0), uint8(outputs.length));
        for (uint256 i; i < outputs.length; ++i) {
            encoded = bytes.concat(encoded, encode(outputs[i]));
        }
    }

    function encodeDeposit(uint64 index, uint64 number, Output memory output) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(7), index, number, uint32(0), encode(output));
    }

    function payHash(
        bytes32[] memory inputs,
        Output[] memory outputs,
        uint64 validUntil,
        bytes32 memo,
        bytes32 separator
    ) internal pure returns (bytes32) {
        bytes memory hashes;
        for (uint256 i; i < outputs.length; ++i) {
            bytes32 typehash = keccak256("Output(uint8 outputType,bytes32 guard,address token,uint128 amount)");
            Output memory o = outputs[i];
            hashes = bytes.concat(hashes, keccak256(abi.encode(typehash, o.outputType, o.guard, o.token, o.amount)));
        }
        bytes32 payType = keccak256(
            "Pay(bytes32[] inputs,Output[] outputs,uint64 validUntil,bytes32 memo)Output(uint8 outputType,bytes32 guard,address token,uint128 amount)"
        );
        bytes32 inputHash = keccak256(abi.encodePacked(inputs));
        bytes32 structHash = keccak256(abi.encode(payType, inputHash, keccak256(hashes), validUntil, memo));
        return keccak256(abi.encodePacked("\x19\x01", separator, structHash));
    }

    function unsignedHash(bytes memory encoded, bytes32 separator) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(4), separator, encoded));
    }

    function outputId(bytes32 transactionHash, uint8 index) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(2), transactionHash, index));
    }

    function depositId(Output memory output, uint64 number) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(3), encode(output), number, uint32(0)));
    }

    function leafHash(bytes32 transactionHash, bytes32 witnessHash, bytes memory positions, uint256 lanes)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(uint8(0), transactionHash, witnessHash, keccak256(positions), lanes));
    }

    function nodeHash(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return nodeHash(left, 0, right, 0);
    }

    function nodeHash(bytes32 left, uint256 leftLanes, bytes32 right, uint256 rightLanes) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(1), left, leftLanes, right, rightLanes));
    }

    /// @notice The root over leaves without fees that stand at shard 0 from index 0, and the proof of leaf `index`.
    function tree(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32 root, bytes memory proof) {
        bytes32 empty;
        bytes memory siblings;
        uint256 bitmap;
        bytes32[] memory row = leaves;
        for (uint256 height; height < DEPTH; ++height) {
            uint256 sibling = index ^ 1;
            if (sibling < row.length) {
                bitmap |= 1 << height;
                siblings = bytes.concat(siblings, row[sibling], bytes32(0));
            }
            bytes32[] memory above = new bytes32[]((row.length + 1) / 2);
            for (uint256 i; i < above.length; ++i) {
                above[i] = nodeHash(row[2 * i], 2 * i + 1 < row.length ? row[2 * i + 1] : empty);
            }
            empty = nodeHash(empty, empty);
            row = above;
            index /= 2;
        }
        root = row.length == 0 ? empty : row[0];
        proof = abi.encodePacked(uint24(bitmap), siblings);
    }
}
