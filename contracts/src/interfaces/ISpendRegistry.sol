// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What Ethereum has decided about a transaction. A verdict is never taken back, and all games obey it (I7, R13).
enum Verdict {
    None,
    /// It has spent its inputs: no other spender of one of them, and no exit of one of them, is ever paid.
    Canonical,
    /// It has not and never will: no output of it is ever paid.
    Void
}

/// @notice The best spender that Ethereum knows of an output.
struct KnownSpend {
    /// First 24 bytes of the hash of the transaction; zero if no spend is known.
    bytes24 transaction;
    /// `checkpoint << 24 | shard << 16 | index` of its leaf; the largest u56 while no inclusion is proven.
    uint56 leaf;
    /// More than one valid spender is known. Nobody wins such an output unless a spender is proven included.
    bool contested;
}

/// @notice A transaction whose in-flight exit was started.
struct InFlight {
    Verdict verdict;
    /// How many inputs it does not win. It is canonical if there is none when its exit becomes exitable, and void if there is one; but a
    /// transaction that was dead at the start is neither unless its inclusion is proven by then.
    uint8 lost;
    uint64 startedAt;
    /// Time of its exits in every queue, and the end of all evidence.
    uint64 exitableAt;
}

/// @title Spend registry
/// @notice One record of who spent what, for all exit games (R12): of the valid spenders of an output the earliest that is proven
/// included wins. Games check evidence; the registry only compares. So SETTLE and MOVE need no other registry.
interface ISpendRegistry {
    /// @notice `transactionHash` is now the best known spender of `outputId`. Not emitted where an in-flight exit that starts alive is the first
    /// spender: its own event names the inputs.
    event SpendShown(bytes32 indexed outputId, bytes32 indexed transactionHash, uint56 leaf);
    /// @notice A second spender of `outputId` is known.
    event SpendContested(bytes32 indexed outputId, bytes32 indexed rivalHash);
    /// @notice A transaction is void: by evidence, or by time and somebody noted it. At most once for each transaction.
    event TransactionVoid(bytes32 indexed transactionHash);

    error NotAnExitGame(address caller);
    /// @notice The evidence would change nothing: no game is open that it bears on, it came too late, or it is known.
    error EvidenceWithoutEffect();
    error NotInFlight(bytes32 transactionHash);
    error AlreadyInFlight(bytes32 transactionHash);
    /// @notice An input of the transaction that made the output has another spender that wins (A5, A15).
    error InputSpentByOther(bytes32 inputId, bytes24 spender);
    /// @notice An input of the transaction that made the output is exiting, or another transaction that spends it is in flight. Call
    /// `proveInclusion` with the transaction that made the output first (I2).
    error SpendNotProven(bytes32 inputId);
    /// @notice The transaction still can be, or is, canonical.
    error NotVoid(bytes32 transactionHash);
    /// @notice The transaction has a verdict already.
    error AlreadyDecided(bytes32 transactionHash, Verdict verdict);

    /// @notice The best known spend of `outputId`.
    function knownSpend(bytes32 outputId) external view returns (KnownSpend memory);

    /// @notice Whether a spend is known that keeps an exit of `outputId` from being paid.
    function isSpent(bytes32 outputId) external view returns (bool);

    /// @notice Whether an exit of the output was paid: it is final by EXIT (R13).
    function isExited(bytes32 outputId) external view returns (bool);

    /// @notice What Ethereum has decided about a transaction. That of an in-flight transaction is fixed when its exit becomes exitable.
    function verdictOf(bytes32 transactionHash) external view returns (Verdict);

    /// @notice The in-flight record of a transaction. All zero if its in-flight exit was never started, but for the verdict if it was declared void.
    function inFlight(bytes32 transactionHash) external view returns (InFlight memory);

    /// @notice Notes that an in-flight transaction is void by time: its exit became exitable while it did not win every input. The verdict is the
    /// same without this; the event tells chains and wallets, who see no views, that the inputs are free. Anyone may call it, from
    /// `exitableAt` on. Reverts if the transaction is canonical, undecided (A13b), not yet decided, or known to be void.
    function noteVoid(bytes32 transactionHash) external;

    // ────────────────────────────────────────── for exit games only ──────────────────────────────────────────

    /// @notice Records that the in-flight exit of a valid transaction started.
    /// @param alive Whether it may still be included (R7). A dead one wins no input before its inclusion is proven (A17), and until then
    /// its in-flight exit decides nothing about it: its inputs are payable, and so are the outputs if it was included after all (A13b).
    function startInFlight(bytes32 transactionHash, bytes32[] calldata inputs, uint64 exitableAt, bool alive) external;

    /// @notice Records that a valid transaction is included at `leaf`. Reverts where that changes nothing.
    function showInclusion(bytes32 transactionHash, bytes32[] calldata inputs, uint56 leaf) external;

    /// @notice Records that a valid transaction, which may still be included, rivals an in-flight one for an input.
    function showRival(bytes32 transactionHash, bytes32 inputId, bytes32 rivalHash) external;

    /// @notice Declares a transaction void, whose input `inputId` is final by another (R13), or has an exit that nobody can challenge any more.
    function voidByInput(bytes32 transactionHash, bytes32 inputId) external;

    /// @notice Declares a transaction void that spends an output of `parentHash`.
    function voidByParent(bytes32 transactionHash, bytes32 parentHash) external;
}
