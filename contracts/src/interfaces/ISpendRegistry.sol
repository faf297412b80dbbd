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

/// @notice The best spender that Ethereum knows of one output and one owner.
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
    /// How many inputs it does not win. It is canonical if there is none when its exit becomes exitable.
    uint8 lost;
    uint64 startedAt;
    /// Time of its exits in every queue, and the end of all evidence.
    uint64 exitableAt;
}

/// @title Spend registry
/// @notice One record of who spent what, for all exit games (R12): of the valid spenders of an output the earliest that is proven
/// included wins. Spends are kept under (output, signer), so only the owner's own signature can count against an output, and
/// nobody has to prove who the owner is: what a stranger signs stands under the stranger's name.
interface ISpendRegistry {
    /// @notice `transactionHash` is now the best known spender of `outputId` under the signature of `owner`.
    event SpendShown(bytes32 indexed outputId, address indexed owner, bytes32 indexed transactionHash, uint56 leaf);
    /// @notice A second spender of `outputId` is known.
    event SpendContested(bytes32 indexed outputId, address indexed owner, bytes32 indexed rivalHash);
    /// @notice Ethereum decided.
    event VerdictReached(bytes32 indexed transactionHash, Verdict verdict);

    /// @notice The evidence would change nothing: no game is open that it bears on, it came too late, or it is known.
    error EvidenceWithoutEffect();
    error NotInFlight(bytes32 transactionHash);
    error AlreadyInFlight(bytes32 transactionHash);
    error NotYetExitable(uint256 exitableAt);
    /// @notice The transaction has a verdict already.
    error AlreadyDecided(bytes32 transactionHash, Verdict verdict);

    /// @notice The best known spend of `outputId` under the signature of `owner`.
    function knownSpend(bytes32 outputId, address owner) external view returns (KnownSpend memory);

    /// @notice Whether a spend is known that keeps an exit of `outputId` by `owner` from being paid.
    function isSpent(bytes32 outputId, address owner) external view returns (bool);

    /// @notice Whether an exit of the output was paid: it is final by EXIT (R13).
    function isExited(bytes32 outputId) external view returns (bool);

    /// @notice The verdict on a transaction, were it asked for now.
    function verdictOf(bytes32 transactionHash) external view returns (Verdict);

    /// @notice The in-flight record of a transaction; all zero if its in-flight exit was never started.
    function inFlight(bytes32 transactionHash) external view returns (InFlight memory);
}
