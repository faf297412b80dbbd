// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Position } from "./Positions.sol";

/// @notice Where the parts of an encoded transaction lie. Offsets count from its first byte.
struct Layout {
    uint8 kind;
    uint256 inputCount;
    /// Input `i` is at `inputsAt + i * inputStride`. Of a MOVE: the input part, whose lists have their own counts.
    uint256 inputsAt;
    uint256 inputStride;
    uint256 outputCount;
    uint256 outputsAt;
}

/// @notice An output (69 bytes).
struct Output {
    uint8 outputType;
    bytes32 guard;
    address token;
    uint128 amount;
}

/// @title Codec
/// @notice Strict readers of the one canonical encoding (docs/encoding.md). Each accepts exactly the bytes that the encoder of
/// `packages/protocol` writes; both run the same vectors. They read calldata in place and copy nothing. Counts are bytes and offsets follow from
/// them and from constants, so no sum of them overflows: where a transaction is read often, nothing checks that (`unchecked`).
library Codec {
    uint8 internal constant PAY = 1;
    uint8 internal constant MOVE = 2;
    uint8 internal constant SETTLE = 3;
    uint8 internal constant CLAIM = 4;
    uint8 internal constant REFUND = 5;
    uint8 internal constant FEE = 6;
    uint8 internal constant DEPOSIT = 7;

    uint8 internal constant TYPE_COIN = 1;
    uint8 internal constant TYPE_ORDER = 2;
    uint8 internal constant TYPE_FEE = 3;
    uint8 internal constant TYPE_SWAP = 4;
    uint8 internal constant TYPE_CHAIN = 5;
    uint8 internal constant TYPE_ITEM = 6;

    uint256 internal constant OUTPUT_BYTES = 69;
    uint256 internal constant MAX_INPUTS = 16;
    uint256 internal constant MAX_OUTPUTS = 16;
    uint256 internal constant MAX_STEP_INPUTS = 8;
    /// Where the position and the output of a DEPOSIT are.
    uint256 internal constant DEPOSIT_POSITION_AT = 9;
    uint256 internal constant DEPOSIT_OUTPUT_AT = 21;

    uint256 private constant HASH_BYTES = 32;
    uint256 private constant STEP_BYTES = 80;
    uint256 private constant FILL_BYTES = 40;
    /// Sets of output types, as bits.
    uint256 private constant MADE_BY_PAY = (1 << TYPE_COIN) | (1 << TYPE_ORDER) | (1 << TYPE_SWAP) | (1 << TYPE_CHAIN) | (1 << TYPE_ITEM);
    uint256 private constant MADE_BY_FEE = (1 << TYPE_COIN) | (1 << TYPE_FEE);
    uint256 private constant MADE_BY_DEPOSIT = (1 << TYPE_COIN) | (1 << TYPE_ORDER) | (1 << TYPE_CHAIN) | (1 << TYPE_ITEM);

    /// @notice Not as many bytes as the encoding has.
    error WrongLength(uint256 expected, uint256 actual);
    error UnknownKind(uint8 kind);
    error CountOutOfRange(uint256 lowest, uint256 highest, uint256 actual);
    error DuplicateInput(bytes32 outputId);
    /// @notice An output of an unknown type, of a type that the transaction cannot make, without an owner, of nothing, or an item of ETH.
    error InvalidOutput(uint8 outputType);
    error InvalidDepositPosition(uint96 position);
    error InvalidFill(uint256 index);

    // ────────────────────────────────────────────── transactions ─────────────────────────────────────────────

    /// @notice Reads a transaction of any kind.
    function transaction(bytes calldata encoded) internal pure returns (Layout memory) {
        uint8 kind = kindOf(encoded);
        if (kind == PAY) return pay(encoded);
        if (kind == MOVE) return move(encoded);
        if (kind == SETTLE) return settle(encoded);
        if (kind == CLAIM || kind == REFUND) return claimOrRefund(encoded);
        if (kind == FEE) return fee(encoded);
        return deposit(encoded);
    }

    /// @notice `1 ‖ n ‖ inputs ‖ m ‖ outputs ‖ validUntil u64 ‖ memo bytes32`.
    function pay(bytes calldata encoded) internal pure returns (Layout memory layout) {
        _requireKind(encoded, PAY);
        uint256 end = _inputsAndOutputs(encoded, layout, 1, 1, MADE_BY_PAY);
        _requireLength(encoded, end + 40);
    }

    /// @notice The last moment (origin time, in seconds) of a PAY whose layout is known.
    function validUntil(bytes calldata encoded, Layout memory layout) internal pure returns (uint64) {
        unchecked {
            return uint64(bytes8(_word(encoded, layout.outputsAt + layout.outputCount * OUTPUT_BYTES)));
        }
    }

    function memo(bytes calldata encoded, Layout memory layout) internal pure returns (bytes32) {
        unchecked {
            return _word(encoded, layout.outputsAt + layout.outputCount * OUTPUT_BYTES + 8);
        }
    }

    /// @notice `6 ‖ checkpoint u64 ‖ n ‖ inputs ‖ m ‖ outputs`.
    function fee(bytes calldata encoded) internal pure returns (Layout memory layout) {
        _requireKind(encoded, FEE);
        // One that collects no lanes must spend something.
        uint256 fewest = uint64(bytes8(_word(encoded, 1))) == 0 ? 1 : 0;
        uint256 end = _inputsAndOutputs(encoded, layout, 9, fewest, MADE_BY_FEE);
        _requireLength(encoded, end);
    }

    /// @notice `7 ‖ inboxIndex u64 ‖ Position ‖ Output`.
    function deposit(bytes calldata encoded) internal pure returns (Layout memory layout) {
        _requireKind(encoded, DEPOSIT);
        _requireLength(encoded, DEPOSIT_OUTPUT_AT + OUTPUT_BYTES);
        Position at = position_(encoded, DEPOSIT_POSITION_AT);
        if (!at.isDeposit()) revert InvalidDepositPosition(Position.unwrap(at));
        layout.kind = DEPOSIT;
        layout.outputCount = 1;
        layout.outputsAt = DEPOSIT_OUTPUT_AT;
        _requireOutput(encoded, DEPOSIT_OUTPUT_AT, MADE_BY_DEPOSIT);
    }

    /// @notice `4 or 5 ‖ input`.
    function claimOrRefund(bytes calldata encoded) internal pure returns (Layout memory layout) {
        layout.kind = kindOf(encoded);
        if (layout.kind != CLAIM && layout.kind != REFUND) revert UnknownKind(layout.kind);
        _requireLength(encoded, 1 + HASH_BYTES);
        (layout.inputCount, layout.inputsAt, layout.inputStride) = (1, 1, HASH_BYTES);
    }

    /// @notice `3 ‖ market ‖ batchHeight u64 ‖ price u64 ‖ n ‖ {input ‖ lots u64} × n`.
    function settle(bytes calldata encoded) internal pure returns (Layout memory layout) {
        _requireKind(encoded, SETTLE);
        (layout.kind, layout.inputsAt, layout.inputStride) = (SETTLE, 50, FILL_BYTES);
        layout.inputCount = _count(encoded, 49, 2, MAX_INPUTS);
        _requireLength(encoded, 50 + layout.inputCount * FILL_BYTES);
        for (uint256 i; i < layout.inputCount; ++i) {
            if (uint64(bytes8(_word(encoded, 50 + i * FILL_BYTES + HASH_BYTES))) == 0) revert InvalidFill(i);
        }
        _requireDistinct(encoded, layout);
    }

    /// @notice `2 ‖ n ‖ {guard ‖ amount u128 ‖ to} × n ‖ validUntil u64 ‖ nonce u64 ‖ {c ‖ inputs} × n`.
    function move(bytes calldata encoded) internal pure returns (Layout memory layout) {
        _requireKind(encoded, MOVE);
        uint256 steps = _count(encoded, 1, 1, MAX_INPUTS);
        layout.kind = MOVE;
        layout.inputsAt = 2 + steps * STEP_BYTES + 16;
        layout.inputStride = HASH_BYTES;
        uint256 at = layout.inputsAt;
        bytes32[] memory seen = new bytes32[](MAX_INPUTS * MAX_STEP_INPUTS);
        for (uint256 i; i < steps; ++i) {
            uint256 count = _count(encoded, at, 1, MAX_STEP_INPUTS);
            at += 1;
            for (uint256 j; j < count; ++j) {
                bytes32 id = _word(encoded, at);
                _requireUnseen(id, seen, layout.inputCount);
                seen[layout.inputCount++] = id;
                at += HASH_BYTES;
            }
        }
        _requireLength(encoded, at);
    }

    function kindOf(bytes calldata encoded) internal pure returns (uint8 kind) {
        if (encoded.length == 0) revert WrongLength(1, 0);
        kind = uint8(encoded[0]);
        if (kind == 0 || kind > DEPOSIT) revert UnknownKind(kind);
    }

    // ──────────────────────────────────────────────── parts ──────────────────────────────────────────────────

    /// @notice Id of input `i`; not of a MOVE.
    function input(bytes calldata encoded, Layout memory layout, uint256 i) internal pure returns (bytes32) {
        unchecked {
            return _word(encoded, layout.inputsAt + i * layout.inputStride);
        }
    }

    /// @notice All inputs as they stand in the encoding; of a PAY or a FEE.
    function encodedInputs(bytes calldata encoded, Layout memory layout) internal pure returns (bytes calldata ids) {
        (uint256 at, uint256 count) = (layout.inputsAt, layout.inputCount);
        assembly ("memory-safe") {
            ids.offset := add(encoded.offset, at)
            ids.length := shl(5, count)
        }
    }

    /// @notice All inputs; not of a MOVE.
    function inputs(bytes calldata encoded, Layout memory layout) internal pure returns (bytes32[] memory ids) {
        ids = new bytes32[](layout.inputCount);
        for (uint256 i; i < ids.length; ++i) {
            ids[i] = input(encoded, layout, i);
        }
    }

    /// @notice Output `i` as listed.
    function output(bytes calldata encoded, Layout memory layout, uint256 i) internal pure returns (Output memory) {
        unchecked {
            return output_(encoded, layout.outputsAt + i * OUTPUT_BYTES);
        }
    }

    /// @notice All outputs as listed.
    function outputs(bytes calldata encoded, Layout memory layout) internal pure returns (Output[] memory made) {
        made = new Output[](layout.outputCount);
        for (uint256 i; i < made.length; ++i) {
            made[i] = output(encoded, layout, i);
        }
    }

    /// @notice A single encoded output.
    function output(bytes calldata encoded) internal pure returns (Output memory) {
        _requireLength(encoded, OUTPUT_BYTES);
        _requireOutput(encoded, 0, type(uint256).max);
        return output_(encoded, 0);
    }

    /// @notice A single encoded position.
    function position(bytes calldata encoded) internal pure returns (Position) {
        _requireLength(encoded, 12);
        return position_(encoded, 0);
    }

    function output_(bytes calldata encoded, uint256 at) internal pure returns (Output memory) {
        unchecked {
            return Output({
                outputType: uint8(bytes1(_word(encoded, at))),
                guard: _word(encoded, at + 1),
                token: address(bytes20(_word(encoded, at + 33))),
                amount: uint128(bytes16(_word(encoded, at + 53)))
            });
        }
    }

    function position_(bytes calldata encoded, uint256 at) internal pure returns (Position) {
        return Position.wrap(uint96(bytes12(_word(encoded, at))));
    }

    /// @return end Offset of what follows the outputs.
    function _inputsAndOutputs(bytes calldata encoded, Layout memory layout, uint256 at, uint256 fewestInputs, uint256 types)
        private
        pure
        returns (uint256 end)
    {
        unchecked {
            layout.kind = uint8(encoded[0]);
            layout.inputStride = HASH_BYTES;
            layout.inputCount = _count(encoded, at, fewestInputs, MAX_INPUTS);
            layout.inputsAt = at + 1;
            uint256 countAt = layout.inputsAt + layout.inputCount * HASH_BYTES;
            layout.outputCount = _count(encoded, countAt, 1, MAX_OUTPUTS);
            layout.outputsAt = countAt + 1;
            end = layout.outputsAt + layout.outputCount * OUTPUT_BYTES;
            if (end > encoded.length) revert WrongLength(end, encoded.length);
            _requireDistinct(encoded, layout);
            for (uint256 offset = layout.outputsAt; offset < end; offset += OUTPUT_BYTES) {
                _requireOutput(encoded, offset, types);
            }
        }
    }

    function _requireOutput(bytes calldata encoded, uint256 at, uint256 types) private pure {
        unchecked {
            uint256 outputType = uint8(bytes1(_word(encoded, at)));
            uint256 guard = uint256(_word(encoded, at + 1));
            bool known = outputType >= TYPE_COIN && outputType <= TYPE_ITEM && types & (1 << outputType) != 0;
            bool item = outputType == TYPE_ITEM;
            // Of a COIN or an ITEM the guard is an owner; of any output something must be there.
            bool owned = (!item && outputType != TYPE_COIN) || (guard != 0 && guard <= type(uint160).max);
            bool something = item ? bytes20(_word(encoded, at + 33)) != 0 : bytes16(_word(encoded, at + 53)) != 0;
            if (!known || !owned || !something) revert InvalidOutput(uint8(outputType));
        }
    }

    function _requireDistinct(bytes calldata encoded, Layout memory layout) private pure {
        unchecked {
            (uint256 at, uint256 stride, uint256 count) = (layout.inputsAt, layout.inputStride, layout.inputCount);
            for (uint256 i = 1; i < count; ++i) {
                bytes32 id = _word(encoded, at + i * stride);
                for (uint256 j; j < i; ++j) {
                    if (_word(encoded, at + j * stride) == id) revert DuplicateInput(id);
                }
            }
        }
    }

    function _requireUnseen(bytes32 id, bytes32[] memory seen, uint256 count) private pure {
        for (uint256 i; i < count; ++i) {
            if (seen[i] == id) revert DuplicateInput(id);
        }
    }

    function _requireKind(bytes calldata encoded, uint8 kind) private pure {
        uint8 actual = kindOf(encoded);
        if (actual != kind) revert UnknownKind(actual);
    }

    function _requireLength(bytes calldata encoded, uint256 expected) private pure {
        if (encoded.length != expected) revert WrongLength(expected, encoded.length);
    }

    function _count(bytes calldata encoded, uint256 at, uint256 lowest, uint256 highest) private pure returns (uint256 count) {
        unchecked {
            if (at >= encoded.length) revert WrongLength(at + 1, encoded.length);
            count = uint8(encoded[at]);
            if (count < lowest || count > highest) revert CountOutOfRange(lowest, highest, count);
        }
    }

    /// Beyond the end of the bytes this reads what follows them in calldata: callers check lengths.
    function _word(bytes calldata encoded, uint256 at) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(encoded.offset, at))
        }
    }
}
