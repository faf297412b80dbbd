// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IExitGame, Inclusion, Spend } from "../../src/interfaces/IExitGame.sol";
import { ExitState, IExitQueue } from "../../src/interfaces/IExitQueue.sol";
import { IInFlightExits } from "../../src/interfaces/IInFlightExits.sol";
import { ISpendRegistry, Verdict } from "../../src/interfaces/ISpendRegistry.sol";
import { Coin, ExitNetwork, Signed } from "./ExitNetwork.sol";
import { Ledger } from "./Ledger.sol";

/// @notice Which payments in flight are canonical and which are void: by rivals, by what became of their inputs, and by time.
contract VerdictsTest is ExitNetwork {
    Coin private _hers;
    Coin private _his;

    function setUp() public override {
        super.setUp();
        _hers = depositEth(alice, 5 ether);
        _his = depositEth(bob, 3 ether);
    }

    // ─────────────────────────────────────────────── canonicity ──────────────────────────────────────────────

    function test_Rival_NotIncluded_VoidsTheTransaction_WhoseOtherInputsGoBack() public {
        // A16: Bob signs the swap, and then spends his coin elsewhere.
        Signed memory swap = swapOf(_hers, _his);
        Signed memory rival = pay(_his, eth(carol, 3 ether));
        startInFlight(swap);
        bytes32 hers = piggybackInput(swap, 0, alice);
        bytes32 his = piggybackInput(swap, 1, bob);
        bytes32 output = piggybackOutput(swap, 0);
        challengeCanonicity(swap, spendOf(rival, 0));
        vm.assertEq(queue.inFlight(swap.hash).lost, 1);
        skip(MFP);
        process();
        assertState(hers, ExitState.Paid);
        assertState(his, ExitState.Dropped);
        assertState(output, ExitState.Dropped);
        assertCredit(alice, 5 ether);
        assertCredit(bob, 0);
        // Half of the bond of the start goes to who showed the rival.
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = swap.hash;
        inFlightExits.withdrawBonds(ids);
        vm.assertEq(watcher.balance, 100 ether - inFlightExits.bondSize() / 2);
    }

    function test_Rival_IsAnsweredByInclusion() public {
        Signed memory swap = swapOf(_hers, _his);
        Signed memory rival = pay(_his, eth(carol, 3 ether));
        Inclusion memory inclusion = include(swap);
        startInFlight(swap);
        bytes32 output = piggybackOutput(swap, 0);
        challengeCanonicity(swap, spendOf(rival, 0));
        skip(MFP - 1);
        proveInclusion(swap, inclusion);
        vm.assertEq(queue.inFlight(swap.hash).lost, 0);
        skip(1);
        process();
        assertState(output, ExitState.Paid);
    }

    function test_Rival_IncludedEarlier_StandsAgainstALaterInclusion() public {
        Signed memory rival = pay(_his, eth(carol, 3 ether));
        Inclusion memory earlier = include(rival);
        Signed memory swap = swapOf(_hers, _his);
        Inclusion memory later = include(swap);
        startInFlight(swap);
        challengeCanonicity(swap, spendOf(rival, 0, earlier));
        proveInclusion(swap, later);
        vm.assertEq(queue.inFlight(swap.hash).lost, 1);
        vm.assertEq(bytes32(queue.knownSpend(_his.id).transaction), bytes32(bytes24(rival.hash)));
        skip(MFP);
        vm.assertEq(uint256(queue.verdictOf(swap.hash)), uint256(Verdict.Void));
    }

    function test_Rival_IncludedLater_IsAnsweredByEarlierInclusion() public {
        Signed memory swap = swapOf(_hers, _his);
        Inclusion memory earlier = include(swap);
        Signed memory rival = pay(_his, eth(carol, 3 ether));
        Inclusion memory later = include(rival);
        startInFlight(swap);
        challengeCanonicity(swap, spendOf(rival, 0, later));
        vm.assertEq(queue.inFlight(swap.hash).lost, 1);
        proveInclusion(swap, earlier);
        vm.assertEq(queue.inFlight(swap.hash).lost, 0);
    }

    function test_Rival_RevertIf_SecondHalf() public {
        Signed memory swap = swapOf(_hers, _his);
        startInFlight(swap);
        skip(MFP / 2);
        Spend memory rival = spendOf(pay(_his, eth(carol, 3 ether)), 0);
        vm.expectRevert(abi.encodeWithSelector(IExitGame.TooLate.selector, vm.getBlockTimestamp()));
        challengeCanonicity(swap, rival);
    }

    function test_Rival_RevertIf_ItIsTheTransactionItself() public {
        Signed memory swap = swapOf(_hers, _his);
        startInFlight(swap);
        vm.expectRevert(IInFlightExits.NotARival.selector);
        challengeCanonicity(swap, spendOf(swap, 1));
    }

    function test_Rival_RevertIf_Known() public {
        Signed memory swap = swapOf(_hers, _his);
        startInFlight(swap);
        Spend memory rival = spendOf(pay(_his, eth(carol, 3 ether)), 0);
        challengeCanonicity(swap, rival);
        vm.expectRevert(ISpendRegistry.EvidenceWithoutEffect.selector);
        challengeCanonicity(swap, rival);
    }

    function test_Rival_RevertIf_ItSharesNoInput() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        startInFlight(paid);
        Spend memory other = spendOf(pay(_his, eth(carol, 3 ether)), 0);
        vm.expectRevert(ISpendRegistry.EvidenceWithoutEffect.selector);
        challengeCanonicity(paid, other);
    }

    function test_ProveInclusion_RevertIf_Exitable() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        Inclusion memory inclusion = include(paid);
        startInFlight(paid);
        skip(MFP);
        vm.expectRevert(
            abi.encodeWithSelector(ISpendRegistry.AlreadyDecided.selector, paid.hash, Verdict.Canonical)
        );
        proveInclusion(paid, inclusion);
    }

    // ─────────────────────────────────────────── dead transactions (R7) ──────────────────────────────────────

    function test_Expired_GivesInputsBack() public {
        Signed memory dead = _deadPayment();
        startInFlight(dead);
        vm.assertEq(queue.inFlight(dead.hash).lost, 1);
        bytes32 input = piggybackInput(dead, 0, alice);
        bytes32 output = piggybackOutput(dead, 0);
        skip(MFP);
        process();
        assertState(input, ExitState.Paid);
        assertState(output, ExitState.Dropped);
        assertCredit(alice, 5 ether);
    }

    function test_Expired_IsCanonicalWhereItWasIncluded() public {
        uint64 validUntil = uint64(vm.getBlockTimestamp() + 12);
        Signed memory paid = pay(coins(_hers), outputs(eth(bob, 5 ether)), validUntil);
        Inclusion memory inclusion = include(paid);
        include(mint(eth(carol, 1)));
        startInFlight(paid);
        bytes32 input = piggybackInput(paid, 0, alice);
        bytes32 output = piggybackOutput(paid, 0);
        proveInclusion(paid, inclusion);
        skip(MFP);
        process();
        assertState(input, ExitState.Dropped);
        assertState(output, ExitState.Paid);
    }

    // ──────────────────────────────────────────────── evidence ───────────────────────────────────────────────

    function test_VoidTransaction_WhoseInputWasPaid() public {
        startExit(_hers);
        skip(MFP);
        process();
        Signed memory late = pay(_hers, eth(bob, 5 ether));
        inFlightExits.voidTransaction(late.encoded, 0);
        vm.assertEq(uint256(queue.verdictOf(late.hash)), uint256(Verdict.Void));
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.AlreadyDecided.selector, late.hash, Verdict.Void));
        this.startInFlightExternal(late);
    }

    function test_VoidTransaction_RevertIf_Unspent() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotVoid.selector, paid.hash));
        inFlightExits.voidTransaction(paid.encoded, 0);
    }

    function test_VoidDescendant_ReachesEveryGeneration() public {
        Signed memory child = pay(_hers, eth(bob, 5 ether));
        Signed memory grandchild = pay(outputOf(child, 0), eth(carol, 5 ether));
        Inclusion memory inclusion;
        (, inclusion) = include(child, grandchild);
        bytes32 exitId = startExit(outputOf(grandchild, 0, inclusion));
        startExit(_hers);
        skip(MFP);
        process();
        // Her coin was paid to her, so nothing that came of it exists.
        inFlightExits.voidTransaction(child.encoded, 0);
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotVoid.selector, bytes32(uint256(1))));
        this.voidDescendantExternal(grandchild, bytes32(uint256(1)), false);
        this.voidDescendantExternal(grandchild, child.hash, true);
        vm.prank(watcher);
        standardExits.challengeVoidExit(exitId, grandchild.hash, 0);
        assertState(exitId, ExitState.Challenged);
    }

    /// I2: Mallory's swap loses one of its inputs to an earlier payment that nobody has seen. What the swap gave her is hers to claim
    /// by itself and as the input of a payment of hers; the honest party of the swap has her own coin back, so neither is due.
    function test_ChallengeVoidPiggyback_WhatWasNeverMadeIsNotGivenBack() public {
        Signed memory swap = swapOf(_hers, _his);
        Signed memory other = pay(_his, eth(carol, 3 ether));
        Inclusion memory earlier = include(other);
        Inclusion memory inclusion = include(swap);
        Signed memory onward = pay(outputOf(swap, 0, inclusion), eth(carol, 5 ether));
        startInFlight(swap);
        bytes32 hers = piggybackInput(swap, 0, alice);
        startInFlight(onward);
        bytes32 made = piggybackInput(onward, 0, bob);

        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotVoid.selector, swap.hash));
        inFlightExits.challengeVoidPiggyback(onward.hash, 0, swap.hash, 0);
        Spend memory rival = spendOf(other, 0);
        rival.inclusion = earlier;
        challengeCanonicity(swap, rival);
        skip(MFP);
        process();
        assertState(hers, ExitState.Paid);
        inFlightExits.voidDescendant(onward.encoded, 0, swap.hash, 0);

        vm.expectRevert(abi.encodeWithSelector(IExitGame.DoesNotSpend.selector, Ledger.outputId(swap.hash, 1)));
        inFlightExits.challengeVoidPiggyback(onward.hash, 0, swap.hash, 1);
        vm.prank(watcher);
        inFlightExits.challengeVoidPiggyback(onward.hash, 0, swap.hash, 0);
        assertState(made, ExitState.Challenged);
        vm.expectRevert(abi.encodeWithSelector(IExitQueue.ExitNotOpen.selector, made));
        inFlightExits.challengeVoidPiggyback(onward.hash, 0, swap.hash, 0);
        skip(2 * MFP);
        process();
        assertState(made, ExitState.Dropped);
        assertCredit(bob, 0);
    }

    function test_StartInFlight_OfAnExitedInput_IsVoid() public {
        Signed memory swap = swapOf(_hers, _his);
        startExit(_his);
        skip(MFP);
        process();
        startInFlight(swap);
        bytes32 hers = piggybackInput(swap, 0, alice);
        bytes32 his = piggybackInput(swap, 1, bob);
        skip(MFP);
        process();
        assertState(hers, ExitState.Paid);
        assertState(his, ExitState.Dropped);
        assertCredit(alice, 5 ether);
        assertCredit(bob, 3 ether);
    }

    function test_StandardExit_OfAnInputInFlight_IsDropped() public {
        bytes32 exitId = startExit(_hers);
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        startInFlight(paid);
        bytes32 output = piggybackOutput(paid, 0);
        skip(MFP);
        process();
        assertState(exitId, ExitState.Dropped);
        assertState(output, ExitState.Paid);
    }

    function test_StandardExit_OfAnOutputInFlight_ProvesItsInclusion() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        Inclusion memory inclusion = include(paid);
        startInFlight(paid);
        challengeCanonicity(paid, spendOf(pay(_hers, eth(carol, 5 ether)), 0));
        vm.assertEq(queue.inFlight(paid.hash).lost, 1);
        startExit(outputOf(paid, 0, inclusion));
        vm.assertEq(queue.inFlight(paid.hash).lost, 0);
    }

    function test_OnlyExitGames_MayWrite() public {
        bytes32[] memory none;
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotAnExitGame.selector, address(this)));
        queue.startInFlight(bytes32(0), none, 0, true);
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotAnExitGame.selector, address(this)));
        queue.showInclusion(bytes32(0), none, 0);
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotAnExitGame.selector, address(this)));
        queue.showRival(bytes32(0), bytes32(0), bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotAnExitGame.selector, address(this)));
        queue.voidByInput(bytes32(0), bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotAnExitGame.selector, address(this)));
        queue.voidByParent(bytes32(0), bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotAnExitGame.selector, address(this)));
        queue.removeExit(bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotAnExitGame.selector, address(this)));
        queue.takeBond(bytes32(0));
    }

    // ──────────────────────────────────────────────── helpers ────────────────────────────────────────────────

    function _deadPayment() private returns (Signed memory dead) {
        dead = pay(coins(_hers), outputs(eth(bob, 5 ether)), uint64(vm.getBlockTimestamp() + 11));
        include(mint(eth(carol, 1)));
    }

    // Calls that `expectRevert` sees as one.

    function startInFlightExternal(Signed memory transaction) external {
        startInFlight(transaction);
    }

    function voidDescendantExternal(Signed memory child, bytes32 parent, bool real) external {
        if (!real) child.encoded = Ledger.encodePay(_one(Ledger.outputId(parent, 0)), child.outputs, FOREVER, 0);
        inFlightExits.voidDescendant(child.encoded, 0, parent, 0);
    }

    function _one(bytes32 id) private pure returns (bytes32[] memory list) {
        list = new bytes32[](1);
        list[0] = id;
    }
}
