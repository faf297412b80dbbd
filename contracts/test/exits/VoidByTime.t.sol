// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Inclusion, Spend } from "../../src/interfaces/IExitGame.sol";
import { ExitState } from "../../src/interfaces/IExitQueue.sol";
import { ISpendRegistry, Verdict } from "../../src/interfaces/ISpendRegistry.sol";
import { Output } from "../../src/libraries/Codec.sol";
import { Coin, ExitNetwork, Signed } from "./ExitNetwork.sol";

/// @notice What time has decided may be noted: never before, never something else, and under no other name.
contract VoidByTimeTest is ExitNetwork {
    Coin private _hers;
    Coin private _his;

    function setUp() public override {
        super.setUp();
        _hers = depositEth(alice, 5 ether);
        _his = depositEth(bob, 3 ether);
    }

    function test_NoteVoid_SaysOnceWhatTimeHasDecided() public {
        Signed memory swap = _rivalledSwap();
        skip(MFP);
        vm.assertEq(uint256(queue.verdictOf(swap.hash)), uint256(Verdict.Void));
        vm.expectEmit(address(queue));
        emit ISpendRegistry.TransactionVoid(swap.hash);
        vm.prank(mallory);
        queue.noteVoid(swap.hash);
        vm.assertEq(uint256(queue.verdictOf(swap.hash)), uint256(Verdict.Void));
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.AlreadyDecided.selector, swap.hash, Verdict.Void));
        queue.noteVoid(swap.hash);
    }

    function test_NoteVoid_WhoseInputWasPaidBeforeItsStart() public {
        startExit(_his);
        skip(MFP);
        process();
        Signed memory swap = swapOf(_hers, _his);
        startInFlight(swap);
        skip(MFP);
        queue.noteVoid(swap.hash);
        vm.assertEq(queue.inFlight(swap.hash).lost, 1);
    }

    function test_NoteVoid_PaysWhatIsPaidWithoutIt() public {
        Signed memory swap = _rivalledSwap();
        bytes32 hers = piggybackInput(swap, 0, alice);
        bytes32 his = piggybackInput(swap, 1, bob);
        bytes32 output = piggybackOutput(swap, 0);
        skip(MFP);
        queue.noteVoid(swap.hash);
        process();
        assertState(hers, ExitState.Paid);
        assertState(his, ExitState.Dropped);
        assertState(output, ExitState.Dropped);
        // And the bond of the start is as lost as before.
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = swap.hash;
        inFlightExits.withdrawBonds(ids);
        vm.assertEq(watcher.balance, 100 ether - inFlightExits.bondSize() / 2);
    }

    function test_NoteVoid_FreesTheInputsThatNobodyContested() public {
        Signed memory swap = _rivalledSwap();
        skip(MFP);
        queue.noteVoid(swap.hash);
        vm.assertFalse(queue.isSpent(_hers.id));
        vm.assertTrue(queue.isSpent(_his.id));
        Signed memory again = pay(_hers, eth(carol, 5 ether));
        startInFlight(again);
        bytes32 output = piggybackOutput(again, 0);
        skip(MFP);
        process();
        assertState(output, ExitState.Paid);
    }

    function test_NoteVoid_RevertIf_NotExitableYet() public {
        Signed memory swap = _rivalledSwap();
        _expectNoteToRevert(swap.hash);
        skip(MFP / 2);
        _expectNoteToRevert(swap.hash);
        skip(MFP / 2 - 1);
        _expectNoteToRevert(swap.hash);
        skip(1);
        queue.noteVoid(swap.hash);
    }

    function test_NoteVoid_RevertIf_AnsweredInTheLastSecond() public {
        Signed memory swap = swapOf(_hers, _his);
        Inclusion memory inclusion = include(swap);
        startInFlight(swap);
        challengeCanonicity(swap, spendOf(pay(_his, eth(carol, 3 ether)), 0));
        skip(MFP - 1);
        _expectNoteToRevert(swap.hash);
        proveInclusion(swap, inclusion);
        skip(1);
        _expectNoteToRevert(swap.hash);
        vm.assertEq(uint256(queue.verdictOf(swap.hash)), uint256(Verdict.Canonical));
    }

    /// A13b: its exit says nothing about it, however long nobody proves anything.
    function test_NoteVoid_RevertIf_DeadAtTheStart() public {
        Signed memory dead = _deadPayment();
        startInFlight(dead);
        skip(100 * MFP);
        vm.assertEq(queue.inFlight(dead.hash).lost, 1);
        _expectNoteToRevert(dead.hash);
    }

    function test_NoteVoid_RevertIf_NeverInFlight() public {
        _expectNoteToRevert(pay(_hers, eth(bob, 5 ether)).hash);
        _expectNoteToRevert(0);
    }

    function test_NoteVoid_RevertIf_DeclaredVoid() public {
        Signed memory swap = swapOf(_hers, _his);
        startExit(_his);
        skip(MFP);
        process();
        startInFlight(swap);
        inFlightExits.voidTransaction(swap.encoded, 1);
        skip(MFP);
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.AlreadyDecided.selector, swap.hash, Verdict.Void));
        queue.noteVoid(swap.hash);
    }

    /// The registry knows transactions by 24 bytes of their hashes. Noted under another end the real one would never be released.
    function test_NoteVoid_UnderAnAlias_IsRefused(uint64 end) public {
        Signed memory swap = _rivalledSwap();
        skip(MFP);
        if (end != uint64(uint256(swap.hash))) _expectNoteToRevert(_aliasOf(swap.hash, end));
        vm.expectEmit(address(queue));
        emit ISpendRegistry.TransactionVoid(swap.hash);
        queue.noteVoid(swap.hash);
    }

    /// R6: a chain stops including a payment whose rival it sees; so none must be shown where it is not seen.
    function test_A14_RivalOfAnAlias_IsRefused(uint64 end) public {
        Signed memory swap = swapOf(_hers, _his);
        startInFlight(swap);
        Spend memory rival = spendOf(pay(_his, eth(carol, 3 ether)), 0);
        bytes32 named = swap.hash;
        swap.hash = _aliasOf(named, end);
        if (swap.hash != named) {
            vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotInFlight.selector, swap.hash));
            challengeCanonicity(swap, rival);
        }
        swap.hash = named;
        challengeCanonicity(swap, rival);
        vm.assertEq(queue.inFlight(swap.hash).lost, 1);
    }

    /// Whatever happened, and whenever somebody tries: a note says what is decided and decides nothing.
    function test_NoteVoid_ChangesNoVerdict(bool dead, bool rivalled, bool answered, uint256 at, uint256 answeredAt) public {
        uint64 validUntil = dead ? uint64(vm.getBlockTimestamp() + 12) : FOREVER;
        Output[] memory made = outputs(eth(bob, 5 ether), eth(alice, 3 ether));
        Signed memory swap = pay(coins(_hers, _his), made, validUntil);
        Inclusion memory inclusion = include(swap);
        include(mint(eth(carol, 1)));
        startInFlight(swap);
        if (rivalled && !dead) challengeCanonicity(swap, spendOf(pay(_his, eth(carol, 3 ether)), 0));

        uint256 startedAt = vm.getBlockTimestamp();
        answeredAt = startedAt + bound(answeredAt, 0, MFP - 1);
        at = startedAt + bound(at, 0, 3 * MFP);
        if (answered && answeredAt <= at) _proveAt(answeredAt, swap, inclusion);
        vm.warp(at);
        bool isVoid = at >= startedAt + MFP && !dead && rivalled && !answered;
        vm.assertEq(_tryNote(swap.hash), isVoid);
        if (answered && answeredAt > at) _proveAt(answeredAt, swap, inclusion);

        vm.warp(startedAt + 3 * MFP);
        Verdict expected = !dead && (!rivalled || answered) ? Verdict.Canonical : Verdict.Void;
        if (dead) expected = answered ? Verdict.Canonical : Verdict.None;
        vm.assertEq(uint256(queue.verdictOf(swap.hash)), uint256(expected));
        vm.assertEq(_tryNote(swap.hash), expected == Verdict.Void && !isVoid);
        vm.assertEq(uint256(queue.verdictOf(swap.hash)), uint256(expected));
    }

    // ──────────────────────────────────────────────── helpers ────────────────────────────────────────────────

    /// Bob signs it, and then spends his coin elsewhere.
    function _rivalledSwap() private returns (Signed memory swap) {
        swap = swapOf(_hers, _his);
        startInFlight(swap);
        challengeCanonicity(swap, spendOf(pay(_his, eth(carol, 3 ether)), 0));
    }

    function _deadPayment() private returns (Signed memory dead) {
        dead = pay(coins(_hers), outputs(eth(bob, 5 ether)), uint64(vm.getBlockTimestamp() + 11));
        include(mint(eth(carol, 1)));
    }

    /// The same for the registry, which knows 24 bytes.
    function _aliasOf(bytes32 hash, uint64 end) private pure returns (bytes32) {
        return bytes32(bytes24(hash)) | bytes32(uint256(end));
    }

    function _proveAt(uint256 time, Signed memory transaction, Inclusion memory inclusion) private {
        vm.warp(time);
        proveInclusion(transaction, inclusion);
    }

    function _tryNote(bytes32 hash) private returns (bool) {
        try queue.noteVoid(hash) {
            return true;
        } catch {
            return false;
        }
    }

    function _expectNoteToRevert(bytes32 hash) private {
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotVoid.selector, hash));
        queue.noteVoid(hash);
    }
}
