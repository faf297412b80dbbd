// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Delegation, Inclusion, Spend } from "../../src/interfaces/IExitGame.sol";
import { Exit, ExitState } from "../../src/interfaces/IExitQueue.sol";
import { Side } from "../../src/interfaces/IInFlightExits.sol";
import { InFlight, KnownSpend, Verdict } from "../../src/interfaces/ISpendRegistry.sol";
import { Output } from "../../src/libraries/Codec.sol";
import { Coin, ExitNetwork, Signed } from "../exits/ExitNetwork.sol";
import { Ledger } from "../exits/Ledger.sol";

/// @notice A network in motion: what everybody has done, and what a watcher knows of it. Everything is kept by index, and every
/// call that may be refused is allowed to be.
abstract contract World is ExitNetwork {
    uint256 internal constant NONE = type(uint256).max;
    uint256 internal constant MAX_TRANSACTIONS = 14;
    uint256 internal constant MAX_COINS = 26;

    /// A transaction that somebody signed or that the operator made up.
    struct Act {
        /// The Signed, encoded.
        bytes data;
        /// The Inclusion, encoded; empty if it is in no checkpoint.
        bytes inclusion;
        bytes32 hash;
        bool included;
        /// A watcher has it, with its signatures, since this time.
        uint256 knownAt;
        uint256[] inputs;
        uint256[] outputs;
        bool started;
    }

    struct Piece {
        bytes32 id;
        address owner;
        address token;
        uint128 amount;
        /// The act that made it, and the index there; NONE for a deposit.
        uint256 madeBy;
        uint8 index;
        uint256[] spentBy;
        /// The Coin of a deposit, encoded.
        bytes deposit;
        /// Whether an honest owner may rely on it: committed before anything went wrong.
        bool good;
        /// When it was paid, in order; 0 if it was not.
        uint256 paidAs;
    }

    Act[] internal acts;
    Piece[] internal pieces;
    address[] internal honest;
    /// Time of the first checkpoint that is not what the honest know; 0 while the operator is honest.
    uint256 internal badAt;
    uint256 internal payments;
    mapping(address token => uint256) internal depositedOf;
    /// What may have been credited: each coin that was paid, once.
    mapping(address token => uint256) internal paidOf;

    function setUp() public virtual override {
        super.setUp();
        honest = [alice, bob, carol];
        vm.deal(mallory, 1_000_000 ether);
        vm.deal(watcher, 1_000_000 ether);
        for (uint256 i; i < honest.length; ++i) {
            vm.deal(honest[i], 1_000_000 ether);
        }
    }

    // ───────────────────────────────────────────────── acts ──────────────────────────────────────────────────

    function _deposit(address owner, bool dollars, uint128 amount) internal {
        Coin memory made = dollars ? depositUsd(owner, amount) : depositEth(owner, amount);
        depositedOf[made.output.token] += amount;
        Piece storage piece = _piece(made.id, made.output, NONE, 0);
        piece.deposit = abi.encode(made);
        piece.good = true;
    }

    /// Signs a payment of whole coins: coin `i` goes to `receivers[i]`.
    function _pay(uint256[] memory spent, address[] memory receivers, uint64 validUntil) internal returns (uint256 act) {
        Coin[] memory inputs = new Coin[](spent.length);
        Output[] memory made = new Output[](spent.length);
        for (uint256 i; i < spent.length; ++i) {
            inputs[i] = _coin(spent[i]);
            made[i] = Ledger.coin(receivers[i], pieces[spent[i]].token, pieces[spent[i]].amount);
        }
        act = _record(pay(inputs, made, validUntil), spent);
    }

    function _record(Signed memory made, uint256[] memory spent) internal returns (uint256 act) {
        act = acts.length;
        Act storage stored = acts.push();
        stored.hash = made.hash;
        stored.data = abi.encode(made);
        stored.inputs = spent;
        for (uint256 i; i < spent.length; ++i) {
            pieces[spent[i]].spentBy.push(act);
        }
        for (uint8 i; i < made.outputs.length; ++i) {
            stored.outputs.push(pieces.length);
            _piece(Ledger.outputId(made.hash, i), made.outputs[i], act, i);
        }
    }

    function _piece(bytes32 id, Output memory output, uint256 madeBy, uint8 index) private returns (Piece storage piece) {
        piece = pieces.push();
        piece.id = id;
        piece.owner = address(uint160(uint256(output.guard)));
        (piece.token, piece.amount, piece.madeBy, piece.index) = (output.token, output.amount, madeBy, index);
    }

    /// @param hidden The operator withholds the block, so this is the first bad checkpoint or follows it.
    function _include(uint256 act, bool hidden) internal {
        Act storage stored = acts[act];
        if (hidden && badAt == 0) badAt = vm.getBlockTimestamp() + 12;
        Inclusion memory inclusion = include(_signed(act));
        stored.included = true;
        stored.inclusion = abi.encode(inclusion);
        if (badAt != 0) return;
        _reveal(act);
        for (uint256 i; i < stored.outputs.length; ++i) {
            pieces[stored.outputs[i]].good = true;
        }
    }

    /// The chain goes on without payments, so those that are past their last second are dead (R7).
    function _includeNothing() internal {
        include(new Signed[](0));
    }

    function _reveal(uint256 act) internal {
        if (acts[act].knownAt == 0) acts[act].knownAt = vm.getBlockTimestamp();
    }

    // ──────────────────────────────────────────────── calls ──────────────────────────────────────────────────

    function _tryStandardExit(uint256 index) internal returns (bool) {
        Coin memory owned = _coin(index);
        Delegation memory none;
        uint256 bond = standardExits.bondSize();
        vm.prank(pieces[index].owner);
        try standardExits.startExit{ value: bond }(owned.creator, owned.inclusion, none) {
            if (pieces[index].madeBy != NONE) _reveal(pieces[index].madeBy);
            return true;
        } catch {
            return false;
        }
    }

    function _tryInFlightExit(uint256 act) internal returns (bool) {
        Signed memory made = _signed(act);
        for (uint256 i; i < made.origins.length; ++i) {
            made.origins[i] = _coin(acts[act].inputs[i]).inclusion;
        }
        uint256 bond = inFlightExits.bondSize();
        vm.prank(watcher);
        try inFlightExits.startInFlightExit{ value: bond }(made.encoded, made.witness, made.creators, made.origins) {
            _reveal(act);
            acts[act].started = true;
            return true;
        } catch {
            return false;
        }
    }

    function _tryPiggyback(uint256 act, Side side, uint8 index) internal {
        Signed memory made = _signed(act);
        Delegation memory none;
        uint256 bond = inFlightExits.piggybackBondSize();
        vm.prank(pieces[side == Side.Input ? acts[act].inputs[index] : acts[act].outputs[index]].owner);
        if (side == Side.Input) {
            try inFlightExits.piggybackInput{ value: bond }(made.encoded, index, made.creators[index], none) { } catch { }
        } else {
            try inFlightExits.piggybackOutput{ value: bond }(made.encoded, index, none) { } catch { }
        }
    }

    function _tryProveInclusion(uint256 act) internal {
        Signed memory made = _signed(act);
        Inclusion memory inclusion = abi.decode(acts[act].inclusion, (Inclusion));
        vm.prank(watcher);
        try inFlightExits.proveInclusion(made.encoded, made.witness, made.creators, inclusion) { } catch { }
    }

    function _spend(uint256 act, uint256 inputIndex) internal view returns (Spend memory spend) {
        spend = spendOf(_signed(act), uint8(inputIndex));
        if (acts[act].included) spend.inclusion = abi.decode(acts[act].inclusion, (Inclusion));
    }

    // ─────────────────────────────────────────────── the watcher ─────────────────────────────────────────────

    /// Whatever can be held against an exit with what is known, is.
    function _watch() internal {
        for (uint256 act; act < acts.length; ++act) {
            if (acts[act].knownAt == 0) continue;
            // Inclusions first: they decide what else is needed.
            if (acts[act].included && acts[act].inputs.length != 0) _tryProveInclusion(act);
        }
        for (uint256 act; act < acts.length; ++act) {
            if (acts[act].knownAt == 0) continue;
            for (uint256 i; i < acts[act].inputs.length; ++i) {
                _watchInput(act, i);
            }
        }
        for (uint256 i; i < pieces.length; ++i) {
            uint256 maker = pieces[i].madeBy;
            if (maker == NONE || acts[maker].knownAt == 0 || stateOf(pieces[i].id) != ExitState.Open) continue;
            vm.prank(watcher);
            try standardExits.challengeVoidExit(pieces[i].id, acts[maker].hash, pieces[i].index) { } catch { }
            if (acts[maker].included) _watchLosing(i, maker);
        }
    }

    function _watchInput(uint256 act, uint256 inputIndex) private {
        Piece storage piece = pieces[acts[act].inputs[inputIndex]];
        if (stateOf(piece.id) == ExitState.Open) {
            Spend memory spend = _spend(act, inputIndex);
            vm.prank(watcher);
            try standardExits.challengeExit(piece.id, spend) { } catch { }
        }
        for (uint256 k; k < piece.spentBy.length; ++k) {
            uint256 other = piece.spentBy[k];
            if (other != act && acts[other].started) _watchInFlight(other, piece.id, act, inputIndex);
        }
        uint256 maker = piece.madeBy;
        if (maker != NONE && acts[maker].started) {
            bytes32 exitId = inFlightExits.piggybackId(acts[maker].hash, Side.Output, piece.index);
            if (stateOf(exitId) == ExitState.Open) _tryChallengePiggyback(maker, Side.Output, piece.index, act, inputIndex);
        }
        bytes memory encoded = _signed(act).encoded;
        try inFlightExits.voidTransaction(encoded, uint8(inputIndex)) { } catch { }
        if (maker == NONE) return;
        try inFlightExits.voidDescendant(encoded, uint8(inputIndex), acts[maker].hash, piece.index) { } catch { }
        vm.prank(watcher);
        try inFlightExits.challengeVoidPiggyback(acts[act].hash, uint8(inputIndex), acts[maker].hash, piece.index) { }
            catch { }
    }

    function _watchInFlight(uint256 started, bytes32 shared, uint256 rival, uint256 inputIndex) private {
        Spend memory spend = _spend(rival, inputIndex);
        vm.prank(watcher);
        try inFlightExits.challengeCanonicity(acts[started].hash, spend) { } catch { }
        for (uint8 i; i < acts[started].inputs.length; ++i) {
            if (pieces[acts[started].inputs[i]].id != shared) continue;
            bytes32 exitId = inFlightExits.piggybackId(acts[started].hash, Side.Input, i);
            if (stateOf(exitId) == ExitState.Open) _tryChallengePiggyback(started, Side.Input, i, rival, inputIndex);
        }
    }

    function _tryChallengePiggyback(uint256 started, Side side, uint8 index, uint256 spender, uint256 inputIndex) private {
        Spend memory spend = _spend(spender, inputIndex);
        vm.prank(watcher);
        try inFlightExits.challengePiggyback(acts[started].hash, side, index, spend) { } catch { }
    }

    function _watchLosing(uint256 index, uint256 maker) private {
        Coin memory owned = _coin(index);
        for (uint8 i; i < acts[maker].inputs.length; ++i) {
            vm.prank(watcher);
            try standardExits.challengeLosingExit(pieces[index].id, owned.creator, i) { } catch { }
        }
    }

    // ───────────────────────────────────────────────── time ──────────────────────────────────────────────────

    /// Everything that is due is paid; the order is noted.
    function _processAll() internal {
        _processQueue(address(0));
        _processQueue(address(usd));
    }

    function _processQueue(address token) private {
        uint256 due = queue.queueLength(token, false);
        bytes32[] memory next = queue.nextExits(token, false, due);
        uint256 processed = queue.processExits(token, false, due + 1);
        _afterProcessing(token, next, processed);
        for (uint256 i; i < pieces.length; ++i) {
            if (pieces[i].paidAs == 0 && pieces[i].token == token && stateOf(pieces[i].id) == ExitState.Paid) {
                pieces[i].paidAs = ++payments;
                paidOf[token] += pieces[i].amount;
            }
        }
    }

    /// @param next What the queue announced, of which the first `processed` are done now.
    function _afterProcessing(address token, bytes32[] memory next, uint256 processed) internal virtual;

    // ───────────────────────────────────────────────── small ─────────────────────────────────────────────────

    function _signed(uint256 act) internal view returns (Signed memory) {
        return abi.decode(acts[act].data, (Signed));
    }

    function _coin(uint256 index) internal view returns (Coin memory found) {
        Piece storage piece = pieces[index];
        if (piece.madeBy == NONE) return abi.decode(piece.deposit, (Coin));
        found = outputOf(_signed(piece.madeBy), piece.index);
        bytes memory inclusion = acts[piece.madeBy].inclusion;
        if (inclusion.length != 0) found.inclusion = abi.decode(inclusion, (Inclusion));
    }

    function _isCommitted(uint256 index) internal view returns (bool) {
        return pieces[index].madeBy == NONE || acts[pieces[index].madeBy].included;
    }

    function _isHonest(address owner) internal view returns (bool) {
        return owner == alice || owner == bob || owner == carol;
    }
}
