// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Creator, IExitGame } from "../interfaces/IExitGame.sol";
import { Codec, Layout, Output } from "./Codec.sol";
import { Digests } from "./Digests.sol";
import { Position } from "./Positions.sol";

/// @notice An output with the transaction that made it, taken from a `Creator`.
struct Origin {
    bytes32 outputId;
    /// Hash of the transaction; zero for a deposit.
    bytes32 transactionHash;
    /// Position of a deposit; else zero.
    Position depositPosition;
    Output output;
    Layout layout;
}

/// @title Creators
/// @notice What the encoded maker of an output says about it. Says nothing about whether the maker was ever included.
library Creators {
    function origin(Creator calldata creator, bytes32 separator) internal pure returns (Origin memory found) {
        bytes calldata encoded = creator.transaction;
        uint8 kind = Codec.kindOf(encoded);
        if (kind == Codec.DEPOSIT) return _deposit(creator);
        if (kind == Codec.PAY) {
            found.layout = Codec.pay(encoded);
            found.transactionHash = Digests.pay(encoded, found.layout, separator);
        } else if (kind == Codec.FEE) {
            found.layout = Codec.fee(encoded);
            found.transactionHash = Digests.unsigned(encoded, separator);
        } else {
            // What SETTLE, MOVE, CLAIM and REFUND make follows from their inputs; their exits are a game of their own.
            revert Codec.UnknownKind(kind);
        }
        if (creator.outputIndex >= found.layout.outputCount) revert IExitGame.NoSuchIndex(creator.outputIndex);
        found.output = Codec.output(encoded, found.layout, creator.outputIndex);
        found.outputId = Digests.outputId(found.transactionHash, creator.outputIndex);
    }

    /// @notice The owner of a COIN or an ITEM; other types do not exit here.
    function ownerOf(Output memory output) internal pure returns (address) {
        bool exitable = output.outputType == Codec.TYPE_COIN || output.outputType == Codec.TYPE_ITEM;
        if (!exitable) revert IExitGame.OutputTypeNotExitable(output.outputType);
        return address(uint160(uint256(output.guard)));
    }

    function _deposit(Creator calldata creator) private pure returns (Origin memory found) {
        bytes calldata encoded = creator.transaction;
        found.layout = Codec.deposit(encoded);
        if (creator.outputIndex != 0) revert IExitGame.NoSuchIndex(creator.outputIndex);
        found.output = Codec.output(encoded, found.layout, 0);
        found.depositPosition = Codec.position_(encoded, Codec.DEPOSIT_POSITION_AT);
        found.outputId = Digests.depositId(found.output, found.depositPosition);
    }
}
