// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISpendRegistry } from "./ISpendRegistry.sol";

enum ExitState {
    None,
    /// Waits in its queue.
    Open,
    /// A challenge removed it.
    Challenged,
    /// Credited to its owner. Final.
    Paid,
    /// Its turn came and nothing was due.
    Dropped,
    /// Its turn came and the vault was empty: older claims have taken what there was (I1, I3). Final.
    Unpaid
}

enum ExitKind {
    /// Of an output that was deposited or made by an included transaction. `subject` is the output's id, and so is the exit's id.
    Standard,
    /// A piggyback on an input. `subject` is the id of the input.
    InFlightInput,
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
    /// The vault holds no more of the token.
    VaultEmpty
}

/// @notice One claim on a vault.
struct Exit {
    ExitState state;
    ExitKind kind;
    /// Whether it is an ITEM, paid by the ERC-721 vault; else a COIN.
    bool item;
    /// Index of the output in the in-flight transaction. Only of kind InFlightOutput.
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
    /// `checkpoint << 24 | shard << 16 | index` of the leaf by which the exit was started; 0 of a deposit and of a piggyback.
    uint56 leaf;
}

/// @notice An exit to be queued. Only exit games make them, from evidence that they have checked.
struct NewExit {
    bytes32 exitId;
    ExitKind kind;
    bool item;
    uint8 outputIndex;
    address owner;
    address token;
    uint128 amount;
    /// Checkpoint of the output, or of the youngest input that is no deposit, and `t(checkpoint) + 2 MFP`. Both 0 if there is none.
    uint32 checkpoint;
    uint64 seasonedAt;
    /// In units of `BOND_UNIT`.
    uint16 bondUnits;
    bytes32 subject;
}

/// @notice The included transaction that made an output.
struct Maker {
    /// Zero: the output is a deposit.
    bytes32 transactionHash;
    uint56 leaf;
    bytes32[] inputs;
}

/// @title Exit queue
/// @notice Pays exits in the order of age, per token (I8). Anyone processes; owners pull what they are credited, so no token, owner
/// or receiver can stop a queue (A29). docs/exit-games.md says why the order is safe.
interface IExitQueue is ISpendRegistry {
    /// @notice An exit was paid: `owner` has a credit in the vault.
    event ExitPaid(bytes32 indexed exitId, address indexed owner, address indexed token, uint128 amount);
    /// @notice The turn of an exit came, and nothing was due.
    event ExitDropped(bytes32 indexed exitId, DropReason reason);

    /// @notice The exit is running, or is final.
    error ExitExists(bytes32 exitId);
    error ExitNotOpen(bytes32 exitId);
    /// @notice The exit may be started again once the bond of the last attempt is withdrawn (`withdrawBonds`).
    error BondOutstanding(bytes32 exitId);
    /// @notice The transaction that made the output is void.
    error CreatorVoid(bytes32 transactionHash);
    /// @notice An input of the transaction that made the output was paid to its owner, so the output does not exist (I2).
    error InputExited(bytes32 inputId);

    /// @notice Processes up to `maxExits` exits whose time has come. Anyone may call it.
    /// @param items Whether it is the queue of an ERC-721 token.
    /// @return processed How many were paid or dropped; fewer than `maxExits` if no more were due.
    function processExits(address token, bool items, uint256 maxExits) external returns (uint256 processed);

    /// @notice An exit; all zero if it does not exist.
    function exit(bytes32 exitId) external view returns (Exit memory);

    /// @notice The next exits of a queue in the order in which they will be processed, at most `limit`. Challenged ones
    /// are among them, also where they were started again since.
    function nextExits(address token, bool items, uint256 limit) external view returns (bytes32[] memory exitIds);

    /// @notice How many entries wait in a queue: exits, challenged ones and earlier starts included.
    function queueLength(address token, bool items) external view returns (uint256);

    /// @notice When an exit that is started now becomes exitable.
    /// @param checkpoint The checkpoint of the output, or of the youngest input; 0 for a deposit.
    function exitableAtIfStartedNow(uint64 checkpoint) external view returns (uint64);

    /// @notice Reverts if a transaction is void, or one of its inputs was paid to its owner: then its outputs do not exist (I2).
    /// @param inputs The ids of its inputs, one after the other.
    function requireMade(bytes32 transactionHash, bytes calldata inputs) external view;

    // ────────────────────────────────────────── for exit games only ──────────────────────────────────────────

    /// @notice Queues the exit of an output. What is known of the inputs of its maker must not contradict it (I2, R14).
    function startExit(NewExit calldata newExit, Maker calldata maker) external returns (uint64 exitableAt);

    /// @notice Queues a piggyback.
    function piggyback(NewExit calldata newExit) external returns (uint64 exitableAt);

    /// @notice Takes an open exit out, for a challenge.
    function removeExit(bytes32 exitId) external;

    /// @notice Hands the bond of an exit that is over to the game, once.
    function takeBond(bytes32 exitId) external returns (uint256 bond);
}
