// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRootChain } from "../interfaces/IRootChain.sol";
import { ISpendRegistry, InFlight, KnownSpend, Verdict } from "../interfaces/ISpendRegistry.sol";

/// @title Spend registry
/// @notice See ISpendRegistry. Two slots hold everything: the best spender of each output, and per in-flight transaction the number of inputs
/// that it does not win. Every change of a winner corrects the counts of both transactions, so whether a transaction is canonical is
/// one number, and it is the same for everybody who asks (I7).
abstract contract SpendRegistry is ISpendRegistry {
    /// `leaf` of a spender whose inclusion is not proven: later than any leaf.
    uint56 internal constant PENDING = type(uint56).max;

    struct StoredInFlight {
        Verdict verdict;
        uint8 lost;
        uint40 startedAt;
        uint40 exitableAt;
        /// It was dead when its exit started (R7), and its inclusion is not proven: its exit decides nothing about it.
        bool dormant;
        /// The part of the hash that is no part of the key. Callers who name a transaction without showing it must name this one.
        bytes8 tail;
    }

    IRootChain public immutable rootChain;
    /// MFP in seconds.
    uint256 internal immutable _minFinalizationPeriod;

    mapping(bytes32 outputId => KnownSpend) private _spends;
    mapping(bytes24 transaction => StoredInFlight) private _inFlight;

    modifier onlyExitGame() {
        if (!rootChain.isExitGame(msg.sender)) revert NotAnExitGame(msg.sender);
        _;
    }

    constructor(IRootChain rootChain_) {
        rootChain = rootChain_;
        _minFinalizationPeriod = rootChain_.parameters().minFinalizationPeriod;
    }

    // ──────────────────────────────────────────────── evidence ───────────────────────────────────────────────

    /// @inheritdoc ISpendRegistry
    function startInFlight(bytes32 transactionHash, bytes32[] calldata inputs, uint64 exitableAt, bool alive)
        external
        onlyExitGame
    {
        bytes24 spender = bytes24(transactionHash);
        StoredInFlight storage stored = _inFlight[spender];
        if (stored.exitableAt != 0) revert AlreadyInFlight(transactionHash);
        if (stored.verdict != Verdict.None) revert AlreadyDecided(transactionHash, stored.verdict);

        uint8 lost;
        for (uint256 i; i < inputs.length; ++i) {
            // A17: a dead transaction must not stand against the one that its owner signed instead. Of what is exited nothing is shown.
            bool spendable = (alive && _show(spender, transactionHash, inputs[i], PENDING)) || !isExited(inputs[i]);
            if (!spendable || _winner(_spends[inputs[i]]) != spender) ++lost;
        }
        _inFlight[spender] = StoredInFlight({
            verdict: Verdict.None,
            lost: lost,
            startedAt: uint40(block.timestamp),
            exitableAt: uint40(exitableAt),
            dormant: !alive,
            tail: _tailOf(transactionHash)
        });
    }

    /// @inheritdoc ISpendRegistry
    function showInclusion(bytes32 transactionHash, bytes32[] calldata inputs, uint56 leaf) external onlyExitGame {
        bytes24 spender = bytes24(transactionHash);
        Verdict verdict = _verdict(spender);
        if (verdict != Verdict.None) revert AlreadyDecided(transactionHash, verdict);
        bool changed = _inFlight[spender].dormant && _isOpen(spender);
        if (changed) _inFlight[spender].dormant = false;
        for (uint256 i; i < inputs.length; ++i) {
            if (_show(spender, transactionHash, inputs[i], leaf)) changed = true;
        }
        if (!changed) revert EvidenceWithoutEffect();
    }

    /// @inheritdoc ISpendRegistry
    function showRival(bytes32 transactionHash, bytes32 inputId, bytes32 rivalHash) external onlyExitGame {
        bytes24 spender = bytes24(transactionHash);
        // Without inclusion a rival matters only to an in-flight transaction that wins the input.
        bool bears = _isOpen(spender) && _winner(_spends[inputId]) == spender;
        if (!bears || !_show(bytes24(rivalHash), rivalHash, inputId, PENDING)) revert EvidenceWithoutEffect();
    }

    /// @inheritdoc ISpendRegistry
    function voidByInput(bytes32 transactionHash, bytes32 inputId) external onlyExitGame {
        bytes24 winner = _spends[inputId].transaction;
        bool lost = _isExitCertain(inputId) || (winner != bytes24(transactionHash) && _verdict(winner) == Verdict.Canonical);
        if (!lost) revert NotVoid(transactionHash);
        _void(transactionHash);
    }

    /// @inheritdoc ISpendRegistry
    function voidByParent(bytes32 transactionHash, bytes32 parentHash) external onlyExitGame {
        if (_verdict(bytes24(parentHash)) != Verdict.Void) revert NotVoid(parentHash);
        _void(transactionHash);
    }

    /// @inheritdoc ISpendRegistry
    function noteVoid(bytes32 transactionHash) external {
        bytes24 transaction = bytes24(transactionHash);
        StoredInFlight storage stored = _inFlight[transaction];
        if (stored.verdict != Verdict.None) revert AlreadyDecided(transactionHash, stored.verdict);
        // Nobody shows the transaction here: with any other tail the event would name one that does not exist, and the inputs of the
        // real one could never be released.
        bool noted = stored.tail == _tailOf(transactionHash);
        if (!noted || _verdict(transaction) != Verdict.Void) revert NotVoid(transactionHash);
        _storeVoid(transactionHash);
    }

    // ───────────────────────────────────────────────── views ─────────────────────────────────────────────────

    /// @inheritdoc ISpendRegistry
    function knownSpend(bytes32 outputId) external view returns (KnownSpend memory) {
        return _spends[outputId];
    }

    /// @inheritdoc ISpendRegistry
    function isSpent(bytes32 outputId) public view returns (bool) {
        KnownSpend memory known = _spends[outputId];
        if (known.transaction == 0) return false;
        // An output with two valid spenders has an owner who signed both: it is not given back to her (R13).
        return known.contested || _verdict(known.transaction) != Verdict.Void;
    }

    /// @inheritdoc ISpendRegistry
    function isExited(bytes32 outputId) public view virtual returns (bool);

    /// @inheritdoc ISpendRegistry
    function verdictOf(bytes32 transactionHash) external view returns (Verdict) {
        return _verdict(bytes24(transactionHash));
    }

    /// @inheritdoc ISpendRegistry
    function inFlight(bytes32 transactionHash) external view returns (InFlight memory) {
        StoredInFlight memory stored = _inFlight[bytes24(transactionHash)];
        if (stored.tail != _tailOf(transactionHash)) return InFlight(Verdict.None, 0, 0, 0);
        return InFlight(_verdict(bytes24(transactionHash)), stored.lost, stored.startedAt, stored.exitableAt);
    }

    // ─────────────────────────────────────────────── the rules ───────────────────────────────────────────────

    /// What is decided now. An in-flight transaction is decided by the time, without anybody doing anything: nothing that `_show` does
    /// can change its count after that. Except a dead one: nearly every payment of the past is dead, and silence must not make it void (A13b).
    function _verdict(bytes24 transaction) internal view returns (Verdict) {
        StoredInFlight storage stored = _inFlight[transaction];
        (Verdict verdict, uint256 exitableAt) = (stored.verdict, stored.exitableAt);
        if (verdict != Verdict.None || exitableAt == 0 || block.timestamp < exitableAt || stored.dormant) return verdict;
        return stored.lost == 0 ? Verdict.Canonical : Verdict.Void;
    }

    /// R14: what is known of the inputs of an included transaction must let its output exist.
    /// @param exiting Whether an exit of the input is open.
    function _requireSpends(bytes32 transactionHash, bytes32 inputId, uint56 leaf, bool exiting) internal {
        bytes24 spender = bytes24(transactionHash);
        // The in-flight exit has checked the signatures, so this proof answers its rivals as well.
        if (_isOpen(spender)) _show(spender, transactionHash, inputId, leaf);
        KnownSpend memory known = _spends[inputId];
        if (known.transaction == spender) return;
        if (known.transaction == 0) {
            if (exiting) revert SpendNotProven(inputId);
            return;
        }
        Verdict verdict = _verdict(known.transaction);
        bool beaten = verdict == Verdict.Canonical || (verdict == Verdict.None && known.leaf < leaf);
        if (beaten) revert InputSpentByOther(inputId, known.transaction);
        revert SpendNotProven(inputId);
    }

    /// R12: notes that `spender` spends `outputId`, with the earliest leaf that is proven.
    /// @return changed Whether that was news.
    function _show(bytes24 spender, bytes32 spenderHash, bytes32 outputId, uint56 leaf) private returns (bool changed) {
        if (isExited(outputId)) return false;
        KnownSpend memory known = _spends[outputId];
        bytes24 before = _winner(known);

        if (known.transaction == spender || known.transaction == 0) {
            if (known.transaction == spender && leaf >= known.leaf) return false;
            (known.transaction, known.leaf) = (spender, leaf);
            // The start of an in-flight exit says it for all its inputs.
            if (leaf != PENDING) emit SpendShown(outputId, spenderHash, leaf);
        } else {
            Verdict verdict = _verdict(known.transaction);
            bool vacant = verdict == Verdict.Void;
            // A15: what is final stays. And in its second half an in-flight transaction can no longer lose what it wins, because nobody
            // would be sure to have the time to prove its inclusion.
            bool unanswerable = known.leaf == PENDING && before != 0 && _isPastChallenges(before);
            if (verdict == Verdict.Canonical || (!vacant && unanswerable)) return false;
            if (vacant || leaf < known.leaf) {
                if (!vacant) known.contested = true;
                (known.transaction, known.leaf) = (spender, leaf);
                emit SpendShown(outputId, spenderHash, leaf);
            } else {
                if (known.contested) return false;
                known.contested = true;
            }
            if (!vacant) emit SpendContested(outputId, spenderHash);
        }
        _spends[outputId] = known;
        _moveWin(before, _winner(known));
        return true;
    }

    /// Whether an exit of the output was paid, or can no longer be stopped.
    function _isExitCertain(bytes32 outputId) internal view virtual returns (bool);

    /// Corrects the counts of the transactions that lost and won an output.
    function _moveWin(bytes24 loser, bytes24 winner) private {
        if (loser == winner) return;
        if (loser != 0 && _isOpen(loser)) ++_inFlight[loser].lost;
        if (winner != 0 && _isOpen(winner)) --_inFlight[winner].lost;
    }

    /// Who wins an output, if anybody does. Between two that are not known to be included nobody wins (A16).
    function _winner(KnownSpend memory known) private pure returns (bytes24) {
        return known.contested && known.leaf == PENDING ? bytes24(0) : known.transaction;
    }

    function _isOpen(bytes24 transaction) private view returns (bool) {
        StoredInFlight storage stored = _inFlight[transaction];
        return block.timestamp < stored.exitableAt && stored.verdict == Verdict.None;
    }

    function _isPastChallenges(bytes24 transaction) private view returns (bool) {
        StoredInFlight storage stored = _inFlight[transaction];
        return stored.exitableAt != 0 && block.timestamp >= stored.startedAt + _minFinalizationPeriod / 2;
    }

    function _void(bytes32 transactionHash) private {
        Verdict verdict = _verdict(bytes24(transactionHash));
        if (verdict != Verdict.None) revert AlreadyDecided(transactionHash, verdict);
        _storeVoid(transactionHash);
    }

    function _storeVoid(bytes32 transactionHash) private {
        StoredInFlight storage stored = _inFlight[bytes24(transactionHash)];
        (stored.verdict, stored.tail) = (Verdict.Void, _tailOf(transactionHash));
        emit TransactionVoid(transactionHash);
    }

    function _tailOf(bytes32 transactionHash) private pure returns (bytes8) {
        return bytes8(transactionHash << 192);
    }
}
