// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

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

/// @notice That the owner of an output signed its spending: a PAY that was included, or that may still be (R7).
struct Spend {
    /// The encoded PAY.
    bytes transaction;
    /// Which of its inputs is the output in question.
    uint8 inputIndex;
    /// The owner's signature of it.
    bytes signature;
    Inclusion inclusion;
}

/// @notice That the caller may act for an owner. An empty signature: the caller is the owner.
struct Delegation {
    /// Ethereum time until which it holds.
    uint64 validUntil;
    /// The owner's signature of ExitDelegate(owner, caller, validUntil).
    bytes signature;
}

/// @title Exit evidence
/// @notice What the exit games refuse, whichever of them is asked.
interface IExitEvidence {
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
    error WrongBond(uint256 expected, uint256 actual);
    /// @notice The time for this is over.
    error TooLate(uint256 deadline);
}
