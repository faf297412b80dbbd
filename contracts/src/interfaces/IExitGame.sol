// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IExitQueue } from "./IExitQueue.sol";
import { IRootChain } from "./IRootChain.sol";

/// @notice That a transaction is a leaf of an accepted checkpoint.
struct Inclusion {
    /// The encoded header of the checkpoint. Empty: the transaction is not claimed to be included.
    bytes header;
    /// `shard << 16 | index`.
    uint24 path;
    bytes32 witnessHash;
    /// The encoded positions of the inputs, one after the other (12 bytes each).
    bytes inputPositions;
    /// The fee lanes of the leaf.
    uint256 lanes;
    /// The encoded proof: bitmap u24 and the siblings it announces.
    bytes proof;
}

/// @notice Which transaction made an output. Its hash and the index are the output's id, so this shows owner, token and amount.
struct Creator {
    /// The encoded PAY, FEE or DEPOSIT.
    bytes transaction;
    /// The index of the output; 0 of a DEPOSIT.
    uint8 outputIndex;
}

/// @notice A valid PAY that spends the output in question, and that was included or may still be (R7). Valid means signed by the
/// owners of *all* its inputs and conserving: half a signed swap, which can never be included, must not take away anybody's exit.
struct Spend {
    /// The encoded PAY, and its encoded witness.
    bytes transaction;
    bytes witness;
    /// Which of its inputs is the output in question.
    uint8 inputIndex;
    /// Who made its inputs, in their order. The entry at `inputIndex` is ignored, and may be empty, where an exit of that output is
    /// challenged: Ethereum knows the output then.
    Creator[] creators;
    Inclusion inclusion;
}

/// @notice That the caller may act for an owner. An empty signature: the caller is the owner.
struct Delegation {
    /// Ethereum time until which it holds.
    uint64 validUntil;
    /// The owner's signature of ExitDelegate(owner, caller, validUntil).
    bytes signature;
}

/// @title Exit game
/// @notice What all exit games have in common.
interface IExitGame {
    /// @notice The header is not the one of an accepted checkpoint.
    error UnknownCheckpoint(uint64 number);
    /// @notice The leaf is not in the tree of the checkpoint.
    error NotIncluded(bytes32 leaf);
    /// @notice R7: the PAY was not included in time, so it is dead.
    error TransactionExpired(uint64 validUntil);
    /// @notice The deposit is not in the inbox.
    error UnknownDeposit(bytes32 outputId);
    /// @notice The transaction does not have so many inputs or outputs.
    error NoSuchIndex(uint256 index);
    /// @notice Only COIN and ITEM exit through this game.
    error OutputTypeNotExitable(uint8 outputType);
    error NotTheOwner(address owner, address caller);
    error WrongSigner(address expected, address actual);
    /// @notice The transaction does not spend that output.
    error DoesNotSpend(bytes32 outputId);
    /// @notice One creator for each input is needed.
    error WrongCreatorCount(uint256 expected, uint256 actual);
    /// @notice The witness is not one of a PAY with these inputs and outputs.
    error WrongWitness();
    /// @notice The PAY makes more of this token than it spends, or an item that it does not spend.
    error NotConserved(address token);
    error WrongBond(uint256 expected, uint256 actual);
    /// @notice The time for this is over.
    error TooLate(uint256 deadline);

    /// @notice The queue that pays, and knows the state of each exit and the verdict on each transaction.
    function queue() external view returns (IExitQueue);

    function rootChain() external view returns (IRootChain);
}
