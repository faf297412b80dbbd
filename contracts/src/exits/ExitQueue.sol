// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import { DropReason, Exit, ExitKind, ExitState, IExitQueue, Maker, NewExit } from "../interfaces/IExitQueue.sol";
import { IRootChain } from "../interfaces/IRootChain.sol";
import { ISpendRegistry, Verdict } from "../interfaces/ISpendRegistry.sol";
import { IFungibleVault, IItemVault } from "../interfaces/IVault.sol";
import { Bonds } from "../libraries/Bonds.sol";
import { CheckpointSet } from "../libraries/CheckpointSet.sol";
import { Digests } from "../libraries/Digests.sol";
import { SpendRegistry } from "./SpendRegistry.sol";

/// @title Exit queue
/// @notice See IExitQueue. A queue has two lanes. Exits that wait for `start + MFP` arrive in the order in which they leave, so theirs is
/// an array. Exits that wait for `t(checkpoint) + 2 MFP` lie in one list per checkpoint, and the checkpoints are a sorted set. Both lanes are exact,
/// so nothing is sorted, and nobody waits behind a younger exit (I8). Every start of an exit has an entry of its own, so no entry ever stands in two
/// places (A18), and which entries are of earlier starts is plain.
contract ExitQueue is IExitQueue, SpendRegistry, ReentrancyGuardTransient {
    using CheckpointSet for CheckpointSet.Set;

    /// One exit in two slots; an amount that does not fit into 72 bits has a third one.
    struct StoredExit {
        address owner;
        uint32 exitableAt;
        uint16 bondUnits;
        ExitState state;
        /// Bits 0-1 kind, bit 2 item, bit 3 whether it was started again, bits 4-7 output index.
        uint8 traits;
        uint32 amountLow;
        address token;
        uint40 amountHigh;
        uint56 leaf;
    }

    /// Of one queue: in one slot.
    struct Lanes {
        /// Where the array of the old ones starts and ends.
        uint40 oldHead;
        uint40 oldTail;
        /// How many wait in the lists of checkpoints.
        uint40 young;
        /// No list of a lower checkpoint holds any.
        uint40 lowest;
    }

    /// Where a walk along a queue stands.
    struct Cursor {
        uint256 oldHead;
        uint256 oldTail;
        uint256 youngLeft;
        uint256 checkpoint;
        bytes32 young;
    }

    uint8 private constant TRAIT_ITEM = 4;
    uint8 private constant TRAIT_RESTARTED = 8;
    /// Stands for all amounts that are not smaller.
    uint72 private constant LARGE = type(uint72).max;

    IFungibleVault public immutable ethVault;
    IFungibleVault public immutable erc20Vault;
    IItemVault public immutable erc721Vault;

    mapping(bytes32 exitId => StoredExit) private _exits;
    /// Only of piggybacks; that of a standard exit is its id.
    mapping(bytes32 exitId => bytes32) private _subjects;
    mapping(bytes32 exitId => uint128) private _largeAmounts;

    mapping(uint256 queueId => Lanes) private _lanes;
    mapping(uint256 queueId => mapping(uint256 index => bytes32 entry)) private _old;
    mapping(uint256 queueId => CheckpointSet.Set) private _checkpoints;
    mapping(uint256 queueId => mapping(uint256 checkpoint => bytes32 entry)) private _young;
    mapping(bytes32 entry => bytes32 next) private _nextYoung;
    /// The entry of the first start of an exit is named like the exit. Of an exit that was started again: the entry of its last start.
    mapping(bytes32 exitId => bytes32 entry) private _lastEntry;
    mapping(bytes32 entry => bytes32 exitId) private _restartedExit;

    constructor(IRootChain rootChain_, IFungibleVault ethVault_, IFungibleVault erc20Vault_, IItemVault erc721Vault_)
        SpendRegistry(rootChain_)
    {
        ethVault = ethVault_;
        erc20Vault = erc20Vault_;
        erc721Vault = erc721Vault_;
    }

    // ─────────────────────────────────────────────── processing ──────────────────────────────────────────────

    /// @inheritdoc IExitQueue
    function processExits(address token, bool items, uint256 maxExits) external nonReentrant returns (uint256 processed) {
        uint256 queueId = _queueId(token, items);
        Lanes memory lanes = _lanes[queueId];
        Cursor memory cursor = _first(queueId, lanes);
        while (processed < maxExits) {
            (bytes32 entry, bool old, uint256 exitableAt) = _peek(queueId, cursor);
            if (entry == 0 || block.timestamp < exitableAt) break;
            uint256 checkpoint = cursor.checkpoint;
            _advance(queueId, cursor, old);
            if (old) delete _old[queueId][cursor.oldHead - 1];
            else _unlink(queueId, checkpoint, entry);
            _settle(entry);
            ++processed;
        }
        if (processed == 0) return 0;
        lanes.oldHead = uint40(cursor.oldHead);
        lanes.young = uint40(cursor.youngLeft);
        lanes.lowest = uint40(cursor.checkpoint);
        _lanes[queueId] = lanes;
    }

    /// The turn of an exit has come: it is paid, or nothing is due.
    function _settle(bytes32 entry) private {
        (bytes32 exitId, bool last) = _exitOf(entry);
        if (!last) return;
        StoredExit memory stored = _exits[exitId];
        if (stored.state == ExitState.Challenged) _exits[exitId].state = ExitState.Dropped;
        if (stored.state != ExitState.Open) return;

        (bytes32 outputId, bool due, DropReason reason) = _claim(exitId, stored);
        uint128 amount = _amountOf(exitId, stored);
        if (!due) {
            _exits[exitId].state = ExitState.Dropped;
            emit ExitDropped(exitId, reason);
        } else if (!_isCovered(stored.token, stored.traits & TRAIT_ITEM != 0, amount)) {
            // Older claims have emptied the vault. The claim ends here, or it would wait for the deposits of others.
            _exits[exitId].state = ExitState.Unpaid;
            if (outputId != exitId) _exits[outputId].state = ExitState.Unpaid;
            emit ExitDropped(exitId, DropReason.VaultEmpty);
        } else {
            // R13: the output is final by EXIT, through whichever exit it was paid.
            _exits[exitId].state = ExitState.Paid;
            if (outputId != exitId) _exits[outputId].state = ExitState.Paid;
            emit ExitPaid(exitId, stored.owner, stored.token, amount);
            _credit(stored.owner, stored.token, stored.traits & TRAIT_ITEM != 0, amount);
        }
    }

    /// `resolve` of PROTOCOL.md section 6 for COIN and ITEM.
    function _claim(bytes32 exitId, StoredExit memory stored)
        private
        view
        returns (bytes32 outputId, bool due, DropReason reason)
    {
        ExitKind kind = _kindOf(stored);
        outputId = exitId;
        if (kind != ExitKind.Standard) {
            outputId = _subjects[exitId];
            if (kind == ExitKind.InFlightOutput) {
                if (_verdict(bytes24(outputId)) != Verdict.Canonical) return (outputId, false, DropReason.NotCanonical);
                outputId = Digests.outputId(outputId, stored.traits >> 4);
            }
            if (isExited(outputId)) return (outputId, false, DropReason.AlreadyPaid);
        }
        if (isSpent(outputId)) return (outputId, false, DropReason.Spent);
        return (outputId, true, reason);
    }

    function _isCovered(address token, bool item, uint128 amount) private view returns (bool) {
        if (item) return erc721Vault.deposited(token, amount);
        return _fungibleVault(token).deposited(token) >= amount;
    }

    function _credit(address owner, address token, bool item, uint128 amount) private {
        if (item) erc721Vault.credit(owner, token, amount);
        else _fungibleVault(token).credit(owner, token, amount);
    }

    function _fungibleVault(address token) private view returns (IFungibleVault) {
        return token == address(0) ? ethVault : erc20Vault;
    }

    // ──────────────────────────────────────────────── queueing ───────────────────────────────────────────────

    /// @inheritdoc IExitQueue
    function startExit(NewExit calldata newExit, Maker calldata maker) external onlyExitGame returns (uint64 exitableAt) {
        if (maker.transactionHash != 0) {
            if (_verdict(bytes24(maker.transactionHash)) == Verdict.Void) revert CreatorVoid(maker.transactionHash);
            for (uint256 i; i < maker.inputs.length; ++i) {
                bytes32 inputId = maker.inputs[i];
                ExitState state = _exits[inputId].state;
                if (state == ExitState.Paid || state == ExitState.Unpaid) revert InputExited(inputId);
                _requireSpends(maker.transactionHash, inputId, maker.leaf, state == ExitState.Open);
            }
        }
        return _enqueue(newExit, maker.leaf);
    }

    /// @inheritdoc IExitQueue
    function requireMade(bytes32 transactionHash, bytes calldata inputs) external view {
        if (_verdict(bytes24(transactionHash)) == Verdict.Void) revert CreatorVoid(transactionHash);
        for (uint256 i; i < inputs.length / 32; ++i) {
            bytes32 inputId;
            assembly ("memory-safe") {
                inputId := calldataload(add(inputs.offset, shl(5, i)))
            }
            if (isExited(inputId)) revert InputExited(inputId);
        }
    }

    /// @inheritdoc IExitQueue
    function piggyback(NewExit calldata newExit) external onlyExitGame returns (uint64 exitableAt) {
        if (_exits[newExit.exitId].state != ExitState.None) revert ExitExists(newExit.exitId);
        _subjects[newExit.exitId] = newExit.subject;
        return _enqueue(newExit, 0);
    }

    /// @inheritdoc IExitQueue
    function removeExit(bytes32 exitId) external onlyExitGame {
        if (_exits[exitId].state != ExitState.Open) revert ExitNotOpen(exitId);
        _exits[exitId].state = ExitState.Challenged;
    }

    /// @inheritdoc IExitQueue
    function takeBond(bytes32 exitId) external onlyExitGame returns (uint256 bond) {
        StoredExit storage stored = _exits[exitId];
        if (stored.state == ExitState.Open) revert ExitExists(exitId);
        bond = Bonds.inWei(stored.bondUnits);
        stored.bondUnits = 0;
    }

    function _enqueue(NewExit calldata newExit, uint56 leaf) private returns (uint64 exitableAt) {
        bytes32 exitId = newExit.exitId;
        ExitState earlier = _exits[exitId].state;
        bool ended = earlier == ExitState.None || earlier == ExitState.Challenged || earlier == ExitState.Dropped;
        if (!ended) revert ExitExists(exitId);
        if (_exits[exitId].bondUnits != 0) revert BondOutstanding(exitId);

        uint256 agedAt = block.timestamp + _minFinalizationPeriod;
        // A1: not later, so that what leaves with the old ones at some second is strictly older than what leaves with the young ones.
        bool young = newExit.seasonedAt >= agedAt;
        exitableAt = young ? newExit.seasonedAt : uint64(agedAt);
        uint8 traits = uint8(newExit.kind) | (newExit.item ? TRAIT_ITEM : 0) | (newExit.outputIndex << 4);
        if (earlier != ExitState.None) traits |= TRAIT_RESTARTED;
        uint72 amount = newExit.amount < LARGE ? uint72(newExit.amount) : LARGE;
        if (amount == LARGE) _largeAmounts[exitId] = newExit.amount;
        _exits[exitId] = StoredExit({
            owner: newExit.owner,
            exitableAt: uint32(exitableAt),
            bondUnits: newExit.bondUnits,
            state: ExitState.Open,
            traits: traits,
            amountLow: uint32(amount),
            token: newExit.token,
            amountHigh: uint40(amount >> 32),
            leaf: leaf
        });
        bytes32 entry = earlier == ExitState.None ? exitId : _entryOfRestart(exitId);
        _push(_queueId(newExit.token, newExit.item), entry, young, newExit.checkpoint);
    }

    function _entryOfRestart(bytes32 exitId) private returns (bytes32 entry) {
        bytes32 before = _lastEntry[exitId];
        entry = keccak256(abi.encode(before == 0 ? exitId : before));
        _lastEntry[exitId] = entry;
        _restartedExit[entry] = exitId;
    }

    function _push(uint256 queueId, bytes32 entry, bool young, uint32 checkpoint) private {
        Lanes memory lanes = _lanes[queueId];
        if (young) {
            bytes32 next = _young[queueId][checkpoint];
            if (next == 0) _checkpoints[queueId].insert(checkpoint);
            else _nextYoung[entry] = next;
            _young[queueId][checkpoint] = entry;
            if (lanes.young == 0 || checkpoint < lanes.lowest) lanes.lowest = checkpoint;
            ++lanes.young;
        } else {
            _old[queueId][lanes.oldTail++] = entry;
        }
        _lanes[queueId] = lanes;
    }

    function _unlink(uint256 queueId, uint256 checkpoint, bytes32 entry) private {
        bytes32 next = _nextYoung[entry];
        _young[queueId][checkpoint] = next;
        if (next == 0) _checkpoints[queueId].remove(checkpoint);
        else delete _nextYoung[entry];
    }

    // ──────────────────────────────────────────────── walking ────────────────────────────────────────────────

    function _first(uint256 queueId, Lanes memory lanes) private view returns (Cursor memory cursor) {
        (cursor.oldHead, cursor.oldTail) = (lanes.oldHead, lanes.oldTail);
        (cursor.youngLeft, cursor.checkpoint) = (lanes.young, lanes.lowest);
        if (cursor.youngLeft != 0) _enterCheckpoint(queueId, cursor, lanes.lowest);
    }

    /// The head of the lane that is due first. Of two at the same second the old one: it is of an earlier checkpoint.
    function _peek(uint256 queueId, Cursor memory cursor)
        private
        view
        returns (bytes32 entry, bool old, uint256 exitableAt)
    {
        if (cursor.youngLeft != 0) (entry, exitableAt) = (cursor.young, _timeOf(cursor.young));
        if (cursor.oldHead == cursor.oldTail) return (entry, false, exitableAt);
        bytes32 oldEntry = _old[queueId][cursor.oldHead];
        uint256 oldAt = _timeOf(oldEntry);
        return entry == 0 || oldAt <= exitableAt ? (oldEntry, true, oldAt) : (entry, false, exitableAt);
    }

    function _advance(uint256 queueId, Cursor memory cursor, bool old) private view {
        if (old) {
            ++cursor.oldHead;
            return;
        }
        if (--cursor.youngLeft == 0) return;
        cursor.young = _nextYoung[cursor.young];
        if (cursor.young == 0) _enterCheckpoint(queueId, cursor, cursor.checkpoint + 1);
    }

    function _enterCheckpoint(uint256 queueId, Cursor memory cursor, uint256 from) private view {
        cursor.checkpoint = _checkpoints[queueId].next(from);
        cursor.young = _young[queueId][cursor.checkpoint];
    }

    /// An entry of an earlier start is passed over at once: its exit now has another, later entry.
    function _timeOf(bytes32 entry) private view returns (uint256) {
        (bytes32 exitId, bool last) = _exitOf(entry);
        return last ? _exits[exitId].exitableAt : 0;
    }

    /// @return exitId The exit of an entry.
    /// @return last Whether it is the entry of the last start.
    function _exitOf(bytes32 entry) private view returns (bytes32 exitId, bool last) {
        StoredExit storage named = _exits[entry];
        if (named.state != ExitState.None) return (entry, named.traits & TRAIT_RESTARTED == 0);
        exitId = _restartedExit[entry];
        return (exitId, _lastEntry[exitId] == entry);
    }

    // ───────────────────────────────────────────────── views ─────────────────────────────────────────────────

    /// @inheritdoc IExitQueue
    function exit(bytes32 exitId) external view returns (Exit memory) {
        StoredExit memory stored = _exits[exitId];
        ExitKind kind = _kindOf(stored);
        return Exit({
            state: stored.state,
            kind: kind,
            item: stored.traits & TRAIT_ITEM != 0,
            outputIndex: stored.traits >> 4,
            owner: stored.owner,
            token: stored.token,
            amount: _amountOf(exitId, stored),
            exitableAt: stored.exitableAt,
            bond: Bonds.inWei(stored.bondUnits),
            subject: kind == ExitKind.Standard ? exitId : _subjects[exitId],
            leaf: stored.leaf
        });
    }

    /// @inheritdoc IExitQueue
    function nextExits(address token, bool items, uint256 limit) external view returns (bytes32[] memory exitIds) {
        uint256 length = queueLength(token, items);
        exitIds = new bytes32[](limit < length ? limit : length);
        uint256 queueId = _queueId(token, items);
        Cursor memory cursor = _first(queueId, _lanes[queueId]);
        for (uint256 i; i < exitIds.length; ++i) {
            (bytes32 entry, bool old,) = _peek(queueId, cursor);
            (exitIds[i],) = _exitOf(entry);
            _advance(queueId, cursor, old);
        }
    }

    /// @inheritdoc IExitQueue
    function queueLength(address token, bool items) public view returns (uint256) {
        Lanes memory lanes = _lanes[_queueId(token, items)];
        return lanes.oldTail - lanes.oldHead + lanes.young;
    }

    /// @inheritdoc IExitQueue
    function exitableAtIfStartedNow(uint64 checkpoint) external view returns (uint64) {
        uint256 agedAt = block.timestamp + _minFinalizationPeriod;
        uint256 seasonedAt = checkpoint == 0 ? 0 : rootChain.checkpoint(checkpoint).acceptedAt + 2 * _minFinalizationPeriod;
        return uint64(seasonedAt > agedAt ? seasonedAt : agedAt);
    }

    /// @inheritdoc ISpendRegistry
    function isExited(bytes32 outputId) public view override(ISpendRegistry, SpendRegistry) returns (bool) {
        ExitState state = _exits[outputId].state;
        return state == ExitState.Paid || state == ExitState.Unpaid;
    }

    /// Challenges end when an exit is exitable; from then on its turn is only a matter of somebody processing it.
    function _isExitCertain(bytes32 outputId) internal view override returns (bool) {
        StoredExit memory stored = _exits[outputId];
        bool due = stored.state == ExitState.Open && block.timestamp >= stored.exitableAt && !isSpent(outputId);
        return due || isExited(outputId);
    }

    function _queueId(address token, bool items) private pure returns (uint256) {
        return uint160(token) | (items ? 1 << 160 : 0);
    }

    function _kindOf(StoredExit memory stored) private pure returns (ExitKind) {
        return ExitKind(stored.traits & 3);
    }

    function _amountOf(bytes32 exitId, StoredExit memory stored) private view returns (uint128) {
        uint72 amount = (uint72(stored.amountHigh) << 32) | stored.amountLow;
        return amount == LARGE ? _largeAmounts[exitId] : amount;
    }
}
