// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISpendRegistry, Verdict } from "./ISpendRegistry.sol";

enum ExitState {
    None,
    /// Waits in its queue.
    Open,
    /// A challenge removed it.
    Challenged,
    /// Credited to its owner.
    Paid,
    /// Its turn came and nothing was due.
    Dropped
}

enum ExitKind {
    /// Of an output whose owner has not spent it: a standard exit, or a piggyback on an input. `subject` is the output's id.
    Owned,
    /// A piggyback on an output. `subject` is the hash of the in-flight transaction.
    InFlightOutput
}

/// @notice Why nothing was due when the turn of an exit came.
enum DropReason {
    /// The output is known to be spent.
    Spent,
    /// The in-flight transaction is not canonical.
    NotCanonical,
    /// The output was paid already, through another exit.
    AlreadyPaid,
    /// The vault holds no more of the token: older claims have taken what there was (I1, I3).
    VaultEmpty
}

/// @notice One claim on a vault.
struct Exit {
    ExitState state;
    ExitKind kind;
    /// Whether it is an ITEM, paid by the ERC-721 vault; else a COIN.
    bool item;
    /// Index of the output in its in-flight transaction. Only of kind InFlightOutput.
    uint8 outputIndex;
    address owner;
    address token;
    /// The amount; of an ITEM the token id.
    uint128 amount;
    /// From when on it is processed, in seconds.
    uint64 exitableAt;
    /// What is left of its bond, in wei.
    uint256 bond;
    /// Id of the output, or hash of the transaction: see ExitKind.
    bytes32 subject;
}

/// @title Exit queue
/// @notice Pays exits in the order of age, per token (I8). Anyone processes; owners pull what they are credited, so no token, owner
/// or receiver can stop a queue (A29). docs/exit-games.md says why the order is safe.
interface IExitQueue is ISpendRegistry {
    /// @notice An exit was paid: `owner` has a credit in the vault.
    event ExitPaid(bytes32 indexed exitId, address indexed owner, address indexed token, uint128 amount);
    /// @notice The turn of an exit came, and nothing was due.
    event ExitDropped(bytes32 indexed exitId, DropReason reason);

    error NotAnExitGame(address caller);
    /// @notice The exit exists already.
    error ExitExists(bytes32 exitId);
    error ExitNotOpen(bytes32 exitId);
    /// @notice The exit belongs to another game.
    error NotTheGameOf(bytes32 exitId);

    /// @notice Processes up to `maxExits` exits whose time has come. Anyone may call it.
    /// @param items Whether it is the queue of an ERC-721 token.
    /// @return processed How many were paid or dropped; fewer than `maxExits` if no more were due.
    function processExits(address token, bool items, uint256 maxExits) external returns (uint256 processed);

    /// @notice Writes down the verdict on an in-flight transaction whose exit has become exitable. Processing does it by itself; this
    /// is for transactions nobody piggybacked on.
    function decide(bytes32 transactionHash) external returns (Verdict);

    /// @notice An exit; all zero if it does not exist.
    function exit(bytes32 exitId) external view returns (Exit memory);

    /// @notice The next exits of a queue in the order in which they will be processed, at most `limit`, challenged ones included.
    function nextExits(address token, bool items, uint256 limit) external view returns (bytes32[] memory exitIds);

    /// @notice How many exits wait in a queue, challenged ones included.
    function queueLength(address token, bool items) external view returns (uint256);

    /// @notice When an exit that is started now becomes exitable.
    /// @param checkpoint The checkpoint of the output, or of the youngest input; 0 for a deposit.
    function exitableAtIfStartedNow(uint64 checkpoint) external view returns (uint64);
}
