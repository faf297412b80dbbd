// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Codec, Layout, Output } from "./Codec.sol";
import { Position } from "./Positions.sol";

/// @title Digests
/// @notice Every hash of docs/encoding.md. Readers of `Codec` have checked the bytes before.
library Digests {
    bytes1 internal constant OUTPUT_TAG = 0x02;
    bytes1 internal constant DEPOSIT_TAG = 0x03;
    bytes1 internal constant TRANSACTION_TAG = 0x04;
    bytes1 internal constant MOVE_TAG = 0x05;
    bytes1 internal constant ORDER_TAG = 0x06;
    bytes1 internal constant SWAP_TAG = 0x07;

    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant OUTPUT_TYPEHASH =
        keccak256("Output(uint8 outputType,bytes32 guard,address token,uint128 amount)");
    bytes32 internal constant PAY_TYPEHASH = keccak256(
        "Pay(bytes32[] inputs,Output[] outputs,uint64 validUntil,bytes32 memo)Output(uint8 outputType,bytes32 guard,address token,uint128 amount)"
    );
    bytes32 internal constant STEP_TYPEHASH = keccak256("Step(bytes32 guard,uint128 amount,bytes32 to)");
    bytes32 internal constant MOVE_TYPEHASH =
        keccak256("Move(Step[] steps,uint64 validUntil,uint64 nonce)Step(bytes32 guard,uint128 amount,bytes32 to)");
    bytes32 internal constant CHECKPOINT_TYPEHASH = keccak256("Checkpoint(bytes32 header)");
    bytes32 internal constant DELEGATE_TYPEHASH =
        keccak256("ExitDelegate(address owner,address delegate,uint64 validUntil)");
    bytes32 internal constant SIGNING_KEY_TYPEHASH = keccak256("SigningKey(address validator,address signer)");

    uint256 private constant STEP_BYTES = 80;

    function domainSeparator(uint256 chainId, address verifyingContract) internal pure returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("OMG Network"), keccak256("3"), chainId, verifyingContract));
    }

    /// @notice The hash of a transaction of any kind.
    function transaction(bytes calldata encoded, Layout memory layout, bytes32 separator) internal pure returns (bytes32) {
        if (layout.kind == Codec.PAY) return pay(encoded, layout, separator);
        if (layout.kind == Codec.MOVE) return move(encoded, layout, separator);
        return unsigned(encoded, separator);
    }

    /// @notice The hash of a PAY is the EIP-712 digest that its owners sign.
    function pay(bytes calldata encoded, Layout memory layout, bytes32 separator) internal pure returns (bytes32) {
        bytes32 outputs = _outputs(encoded, layout);
        (uint256 inputsAt, uint256 count, bytes32 typehash) = (layout.inputsAt, layout.inputCount, PAY_TYPEHASH);
        bytes32 validUntil = bytes32(uint256(Codec.validUntil(encoded, layout)));
        bytes32 memo = Codec.memo(encoded, layout);
        bytes32 structHash;
        assembly ("memory-safe") {
            let at := mload(0x40)
            // The inputs lie one after the other, as EIP-712 hashes an array of words.
            calldatacopy(at, add(encoded.offset, inputsAt), shl(5, count))
            mstore(add(at, 32), keccak256(at, shl(5, count)))
            mstore(at, typehash)
            mstore(add(at, 64), outputs)
            mstore(add(at, 96), validUntil)
            mstore(add(at, 128), memo)
            structHash := keccak256(at, 160)
        }
        return typed(structHash, separator);
    }

    /// The EIP-712 hash of the outputs of a PAY, which is keccak of the hashes of all.
    function _outputs(bytes calldata encoded, Layout memory layout) private pure returns (bytes32 hash) {
        (uint256 at, uint256 count, bytes32 typehash) = (layout.outputsAt, layout.outputCount, OUTPUT_TYPEHASH);
        assembly ("memory-safe") {
            // One struct of five words, and behind it the hashes.
            let output := mload(0x40)
            let hashes := add(output, 160)
            let from := add(encoded.offset, at)
            mstore(output, typehash)
            for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                mstore(add(output, 32), byte(0, calldataload(from)))
                mstore(add(output, 64), calldataload(add(from, 1)))
                mstore(add(output, 96), shr(96, calldataload(add(from, 33))))
                mstore(add(output, 128), shr(128, calldataload(add(from, 53))))
                mstore(add(hashes, shl(5, i)), keccak256(output, 160))
                from := add(from, 69)
            }
            hash := keccak256(hashes, shl(5, count))
        }
    }

    /// @notice What the owner or the agent of a MOVE signs.
    function instruction(bytes calldata encoded, bytes32 separator) internal pure returns (bytes32) {
        uint256 steps = uint8(encoded[1]);
        bytes32[] memory hashes = new bytes32[](steps);
        for (uint256 i; i < steps; ++i) {
            bytes calldata step = encoded[2 + i * STEP_BYTES:2 + (i + 1) * STEP_BYTES];
            hashes[i] = keccak256(
                abi.encode(STEP_TYPEHASH, bytes32(step[:32]), uint128(bytes16(step[32:48])), bytes32(step[48:]))
            );
        }
        bytes calldata times = encoded[2 + steps * STEP_BYTES:];
        bytes32 structHash = keccak256(
            abi.encode(
                MOVE_TYPEHASH, keccak256(abi.encodePacked(hashes)), uint64(bytes8(times[:8])), uint64(bytes8(times[8:16]))
            )
        );
        return typed(structHash, separator);
    }

    function move(bytes calldata encoded, Layout memory layout, bytes32 separator) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(MOVE_TAG, instruction(encoded, separator), keccak256(encoded[layout.inputsAt:]))
        );
    }

    /// @notice The hash of a transaction whose hash nobody signs: SETTLE, CLAIM, REFUND, FEE, DEPOSIT.
    function unsigned(bytes calldata encoded, bytes32 separator) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(TRANSACTION_TAG, separator, encoded));
    }

    /// @notice keccak(0x02 ‖ transactionHash ‖ index).
    function outputId(bytes32 transactionHash, uint8 index) internal pure returns (bytes32 id) {
        bytes1 tag = OUTPUT_TAG;
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, tag)
            mstore(add(at, 1), transactionHash)
            mstore8(add(at, 33), index)
            id := keccak256(at, 34)
        }
    }

    function depositId(Output memory made, Position position) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                DEPOSIT_TAG, made.outputType, made.guard, made.token, made.amount, Position.unwrap(position)
            )
        );
    }

    function orderGuard(bytes calldata terms) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(ORDER_TAG, terms));
    }

    function swapGuard(bytes calldata terms) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(SWAP_TAG, terms));
    }

    function checkpoint(bytes32 headerHash, bytes32 separator) internal pure returns (bytes32) {
        return typed(keccak256(abi.encode(CHECKPOINT_TYPEHASH, headerHash)), separator);
    }

    function exitDelegate(address owner, address delegate, uint64 validUntil, bytes32 separator) internal pure returns (bytes32) {
        return typed(keccak256(abi.encode(DELEGATE_TYPEHASH, owner, delegate, validUntil)), separator);
    }

    /// @notice What a signing key signs to be bonded by `validator`.
    function signingKey(address validator, address signer, bytes32 separator) internal pure returns (bytes32) {
        return typed(keccak256(abi.encode(SIGNING_KEY_TYPEHASH, validator, signer)), separator);
    }

    /// @notice EIP-712.
    function typed(bytes32 structHash, bytes32 separator) internal pure returns (bytes32 hash) {
        bytes2 prefix = hex"1901";
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, prefix)
            mstore(add(at, 2), separator)
            mstore(add(at, 34), structHash)
            hash := keccak256(at, 66)
        }
    }
}
