// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Exit, ExitState } from "../../src/interfaces/IExitQueue.sol";
import { Side } from "../../src/interfaces/IInFlightExits.sol";
import { InFlight, Verdict } from "../../src/interfaces/ISpendRegistry.sol";
import { Ledger } from "../exits/Ledger.sol";
import { Campaign } from "../foundation/Campaign.sol";
import { World } from "./World.sol";

/// @notice Honest users, a malicious operator, and one watcher, in any order. When a run ends the honest leave, in time (I4).
contract ExitsHandler is World {
    /// The honest still have the time to leave: badAt + MFP, less what an in-flight exit needs.
    uint256 private constant PATIENCE = 2 days;
    uint256 private constant MAX_STEP = 1 days;
    uint256 private constant LIFETIME = 6 hours;

    /// Whether the queue ever paid a younger exit before an older one (I8).
    bool public outOfOrder;
    mapping(address token => uint256) private _lastExitableAt;

    // ──────────────────────────────────────────────── actions ────────────────────────────────────────────────

    function deposit(uint256 who, bool dollars, uint128 amount) external {
        if (badAt != 0 || pieces.length >= MAX_COINS) return;
        _deposit(_anyone(who), dollars, uint128(bound(amount, 1, 1000 ether)));
    }

    /// An honest owner pays; the operator includes it, forgets it, or hides it.
    function payHonestly(uint256 which, uint256 to, uint256 fate) external {
        (bool found, uint256 index) = _find(which, true);
        if (!found || !pieces[index].good || pieces[index].spentBy.length != 0 || _isExiting(index) || _isFull()) return;
        uint256 act = _payOne(index, _anyone(to), FOREVER);
        if (badAt == 0 && fate % 3 == 0) _include(act, false);
        else if (fate % 3 == 1) _include(act, true);
    }

    /// Mallory pays, with coins that she may have spent or exited before.
    function payTwice(uint256 which, uint256 to, uint256 fate) external {
        (bool found, uint256 index) = _find(which, false);
        if (!found || _isFull()) return;
        bool clean = pieces[index].good && pieces[index].spentBy.length == 0 && !_isExiting(index);
        uint256 act = _payOne(index, _anyone(to), _deadline(fate / 3));
        if (clean && badAt == 0 && fate % 3 == 0) _include(act, false);
        else if (fate % 3 == 1) _include(act, true);
        // Otherwise it is in flight, and whoever she pays has it.
        else _reveal(act);
    }

    /// An honest owner and Mallory swap; each of them has all signatures.
    function swap(uint256 which, uint256 against, uint256 fate) external {
        (bool found, uint256 index) = _find(which, true);
        (bool foundOther, uint256 other) = _find(against, false);
        if (!found || !foundOther || _isFull()) return;
        // What an honest wallet asks before it signs: both coins stand in blocks that it has seen.
        if (!pieces[index].good || pieces[index].spentBy.length != 0 || _isExiting(index) || !pieces[other].good) return;
        uint256[] memory spent = new uint256[](2);
        (spent[0], spent[1]) = (index, other);
        address[] memory receivers = new address[](2);
        (receivers[0], receivers[1]) = (mallory, pieces[index].owner);
        uint256 act = _pay(spent, receivers, _deadline(fate / 2));
        _reveal(act);
        if (fate % 2 == 0) _include(act, true);
    }

    /// The operator makes coins out of nothing (A1).
    function mintCoins(bool dollars, uint128 amount) external {
        if (_isFull()) return;
        address token = dollars ? address(usd) : address(0);
        uint256[] memory none;
        uint256 act = _record(mint(Ledger.coin(mallory, token, uint128(bound(amount, 1, 1000 ether)))), none);
        _include(act, true);
    }

    /// Mallory exits whatever was ever hers.
    function exitCoin(uint256 which) external {
        (bool found, uint256 index) = _find(which, false);
        if (found && _isCommitted(index)) _tryStandardExit(index);
    }

    /// Anybody starts the in-flight exit of any transaction; Mallory piggybacks on all that is hers.
    function exitInFlight(uint256 which) external {
        if (acts.length == 0) return;
        uint256 act = which % acts.length;
        if (acts[act].inputs.length != 0) _exitInFlight(act);
    }

    /// Mallory claims one coin in every way there is: by itself, as what a payment made, and as what payments of hers spend (R13).
    /// @param dying Whether there is one among these that died before anybody included it, so that it keeps her from nothing (R7).
    function exitEveryWay(uint256 which, bool dying) external {
        (bool found, uint256 index) = _find(which, false);
        if (!found) return;
        if (dying && !_isFull()) {
            _reveal(_payOne(index, mallory, uint64(vm.getBlockTimestamp())));
            _includeNothing();
        }
        if (_isCommitted(index)) _tryStandardExit(index);
        uint256 maker = pieces[index].madeBy;
        if (maker != NONE && acts[maker].inputs.length != 0) _exitInFlight(maker);
        for (uint256 k; k < pieces[index].spentBy.length; ++k) {
            _exitInFlight(pieces[index].spentBy[k]);
        }
    }

    function claimHonestly() external {
        _piggybackHonest();
    }

    function tick(uint256 duration) external {
        duration = bound(duration, 1 hours, MAX_STEP);
        if (badAt != 0 && vm.getBlockTimestamp() + duration > badAt + PATIENCE) return;
        _pass(duration);
        _includeNothing();
    }

    // ─────────────────────────────────────────────── the exodus ──────────────────────────────────────────────

    /// The honest leave with all they have, and wait until everything is paid.
    function leave() external {
        _watch();
        _piggybackHonest();
        for (uint256 i; i < acts.length; ++i) {
            if (_isHonestInFlight(i) && !acts[i].started) _tryInFlightExit(i);
        }
        _watch();
        for (uint256 i; i < pieces.length; ++i) {
            if (_isHonest(pieces[i].owner) && pieces[i].good && pieces[i].spentBy.length == 0) _tryStandardExit(i);
        }
        _piggybackHonest();
        for (uint256 i; i < 5; ++i) {
            _pass(MFP / 2);
        }
    }

    /// Whether an honest coin that was never spent was paid.
    function isPaidInFull(uint256 index) public view returns (bool) {
        if (!_isHonest(pieces[index].owner) || !pieces[index].good || pieces[index].spentBy.length != 0) return true;
        return stateOf(pieces[index].id) == ExitState.Paid;
    }

    /// Whether the honest parties of a payment that the operator did not confirm have what they gave, or what they got for it.
    function isSettled(uint256 act) public view returns (bool) {
        if (!_isHonestInFlight(act)) return true;
        for (uint256 i; i < acts[act].inputs.length; ++i) {
            uint256 given = acts[act].inputs[i];
            if (!_isHonest(pieces[given].owner)) continue;
            if (stateOf(pieces[given].id) == ExitState.Paid) continue;
            // Her coin is gone, so the payment counts for everybody: whoever is honest and received has it.
            if (queue.verdictOf(acts[act].hash) != Verdict.Canonical) return false;
            if (!_receivedAll(act)) return false;
        }
        return true;
    }

    // ───────────────────────────────────────────── what must hold ────────────────────────────────────────────

    /// I1.
    function isConserved(address token) external view returns (bool) {
        uint256 held = token == address(0) ? ethVault.deposited(token) : erc20Vault.deposited(token);
        return _credits(token) + held == depositedOf[token];
    }

    /// I2, R13: what was credited is what the paid coins are worth, each once, however many exits of it there were.
    function isPaidOnce(address token) external view returns (bool) {
        return _credits(token) == paidOf[token];
    }

    /// I2: a coin and what became of it are not both paid, where a watcher could show in time that the one is the other.
    function isDoublePaid(uint256 index) external view returns (bool) {
        return pieces[index].paidAs != 0 && _hasPaidAncestor(index, pieces[index].paidAs);
    }

    /// I7: a transaction that is canonical has spent its inputs, and one that is void has made nothing.
    function isConsistent(uint256 act) external view returns (bool) {
        Verdict verdict = queue.verdictOf(acts[act].hash);
        if (verdict == Verdict.None || !acts[act].started) return true;
        for (uint256 i; i < acts[act].inputs.length; ++i) {
            if (verdict == Verdict.Canonical && stateOf(pieces[acts[act].inputs[i]].id) == ExitState.Paid) return false;
        }
        for (uint256 i; i < acts[act].outputs.length; ++i) {
            // Whether by a piggyback or, where it was included, by an exit of its own (R14).
            if (verdict == Verdict.Void && stateOf(pieces[acts[act].outputs[i]].id) == ExitState.Paid) return false;
        }
        return true;
    }

    /// I7: no two canonical transactions share an input.
    function isUnrivalled(uint256 index) external view returns (bool) {
        uint256 canonical;
        for (uint256 k; k < pieces[index].spentBy.length; ++k) {
            if (queue.verdictOf(acts[pieces[index].spentBy[k]].hash) == Verdict.Canonical) ++canonical;
        }
        return canonical <= 1;
    }

    function counts() external view returns (uint256 coins_, uint256 transactions) {
        return (pieces.length, acts.length);
    }

    function dollar() external view returns (address) {
        return address(usd);
    }

    // ──────────────────────────────────────────────── helpers ────────────────────────────────────────────────

    function _pass(uint256 duration) private {
        _piggybackHonest();
        _watch();
        skip(duration);
        // What became certain at this moment counts before anything is paid.
        _watch();
        _processAll();
    }

    function _afterProcessing(address token, bytes32[] memory next, uint256 processed) internal override {
        for (uint256 i; i < next.length; ++i) {
            uint256 exitableAt = queue.exit(next[i]).exitableAt;
            bool due = exitableAt <= vm.getBlockTimestamp();
            if (i < processed) {
                if (exitableAt < _lastExitableAt[token] || !due) outOfOrder = true;
                _lastExitableAt[token] = exitableAt;
            } else if (due) {
                outOfOrder = true;
            }
        }
    }

    function _exitInFlight(uint256 act) private {
        if (!acts[act].started) _tryInFlightExit(act);
        if (acts[act].started) _piggyback(act, false);
    }

    function _piggybackHonest() private {
        for (uint256 i; i < acts.length; ++i) {
            if (acts[i].started) _piggyback(i, true);
        }
    }

    function _piggyback(uint256 act, bool byHonest) private {
        for (uint8 i; i < acts[act].inputs.length; ++i) {
            if (_isHonest(pieces[acts[act].inputs[i]].owner) == byHonest) _tryPiggyback(act, Side.Input, i);
        }
        for (uint8 i; i < acts[act].outputs.length; ++i) {
            Piece storage made = pieces[acts[act].outputs[i]];
            bool kept = !byHonest || made.spentBy.length == 0;
            if (_isHonest(made.owner) == byHonest && kept) _tryPiggyback(act, Side.Output, i);
        }
    }

    /// Half of all payments die soon (R7, A17).
    function _deadline(uint256 seed) private view returns (uint64) {
        return seed % 2 == 0 ? FOREVER : uint64(vm.getBlockTimestamp() + LIFETIME);
    }

    function _payOne(uint256 index, address to, uint64 validUntil) private returns (uint256) {
        uint256[] memory spent = new uint256[](1);
        spent[0] = index;
        address[] memory receivers = new address[](1);
        receivers[0] = to;
        return _pay(spent, receivers, validUntil);
    }

    /// An honest owner signed it, the coin was good, and no block that she can see has it.
    function _isHonestInFlight(uint256 act) private view returns (bool) {
        bool any;
        for (uint256 i; i < acts[act].inputs.length; ++i) {
            Piece storage given = pieces[acts[act].inputs[i]];
            if (_isHonest(given.owner) && given.good) any = true;
        }
        if (!any) return false;
        return acts[act].outputs.length != 0 && !pieces[acts[act].outputs[0]].good;
    }

    function _receivedAll(uint256 act) private view returns (bool) {
        for (uint256 i; i < acts[act].outputs.length; ++i) {
            Piece storage made = pieces[acts[act].outputs[i]];
            bool waits = _isHonest(made.owner) && made.spentBy.length == 0;
            if (waits && stateOf(made.id) != ExitState.Paid) return false;
        }
        return true;
    }

    function _hasPaidAncestor(uint256 index, uint256 paidAs) private view returns (bool) {
        uint256 maker = pieces[index].madeBy;
        if (maker == NONE) return false;
        for (uint256 i; i < acts[maker].inputs.length; ++i) {
            uint256 parent = acts[maker].inputs[i];
            // Known in time: before the exit of the parent could no longer be challenged.
            bool provable = acts[maker].knownAt != 0 && acts[maker].knownAt < queue.exit(pieces[parent].id).exitableAt;
            bool paidFirst = pieces[parent].paidAs != 0 && pieces[parent].paidAs < paidAs && acts[maker].knownAt != 0;
            if (pieces[parent].paidAs != 0 && (provable || paidFirst)) return true;
            if (acts[maker].knownAt != 0 && _hasPaidAncestor(parent, paidAs)) return true;
        }
        return false;
    }

    function _credits(address token) private view returns (uint256) {
        return _credit(mallory, token) + _credit(alice, token) + _credit(bob, token) + _credit(carol, token);
    }

    function _credit(address owner, address token) private view returns (uint256) {
        return token == address(0) ? ethVault.creditOf(owner, token) : erc20Vault.creditOf(owner, token);
    }

    function _isExiting(uint256 index) private view returns (bool) {
        if (stateOf(pieces[index].id) != ExitState.None) return true;
        return queue.knownSpend(pieces[index].id).transaction != 0;
    }

    function _isFull() private view returns (bool) {
        return acts.length >= MAX_TRANSACTIONS || pieces.length + 2 > MAX_COINS;
    }

    /// A coin of an honest owner, or of Mallory.
    function _find(uint256 seed, bool byHonest) private view returns (bool, uint256) {
        for (uint256 i; i < pieces.length; ++i) {
            uint256 index = addmod(seed, i, pieces.length);
            if (_isHonest(pieces[index].owner) == byHonest) return (true, index);
        }
        return (false, 0);
    }

    function _anyone(uint256 who) private view returns (address) {
        return who % 4 == 3 ? mallory : honest[who % 4];
    }
}

contract ExitsInvariantTest is Campaign {
    bool public constant IS_TEST = true;

    ExitsHandler private _world;

    function setUp() public {
        _world = new ExitsHandler();
        _world.setUp();
        _world.deposit(0, false, 100 ether);
        _world.deposit(1, true, 100 ether);
        _world.deposit(2, false, 10 ether);
        _world.deposit(3, false, 50 ether);
        _world.deposit(3, true, 20 ether);
    }

    function stage() internal view override returns (address) {
        return address(_world);
    }

    function acts() internal pure override returns (bytes memory) {
        return bytes.concat(
            ExitsHandler.deposit.selector,
            ExitsHandler.payHonestly.selector,
            ExitsHandler.payTwice.selector,
            ExitsHandler.swap.selector,
            ExitsHandler.mintCoins.selector,
            ExitsHandler.exitCoin.selector,
            ExitsHandler.exitInFlight.selector,
            ExitsHandler.claimHonestly.selector,
            ExitsHandler.tick.selector,
            ExitsHandler.exitEveryWay.selector
        );
    }

    /// After every action; the rest is looked at when the run ends, in `afterInvariant`.
    function invariant_I1_I2_I4_I7_I8_ExitsUnderAMaliciousOperator() public view {
        _requireConserved();
        require(!_world.outOfOrder(), "I8: a younger exit was processed before an older one");
    }

    /// The honest leave; then all that must hold at the end is looked at.
    function afterInvariant() public {
        _world.leave();
        (uint256 coins, uint256 transactions) = _world.counts();
        for (uint256 i; i < coins; ++i) {
            require(_world.isPaidInFull(i), "I4: an honest coin was not paid");
            require(!_world.isDoublePaid(i), "I2: a coin was paid, and what became of it too");
            require(_world.isUnrivalled(i), "I7: two canonical transactions spend one coin");
        }
        for (uint256 i; i < transactions; ++i) {
            require(_world.isSettled(i), "I4: an honest payment in flight was lost");
            require(_world.isConsistent(i), "I7: a transaction counts for some only");
        }
        _requireConserved();
        require(!_world.outOfOrder(), "I8: a younger exit was processed before an older one");
    }

    function _requireConserved() private view {
        require(_world.isConserved(address(0)), "I1: ETH");
        require(_world.isConserved(_world.dollar()), "I1: dollars");
        require(_world.isPaidOnce(address(0)), "I2: ETH was paid twice");
        require(_world.isPaidOnce(_world.dollar()), "I2: dollars were paid twice");
    }
}
