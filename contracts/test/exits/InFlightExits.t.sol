// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Creator, Delegation, IExitGame, Inclusion } from "../../src/interfaces/IExitGame.sol";
import { DropReason, ExitState, IExitQueue } from "../../src/interfaces/IExitQueue.sol";
import { IInFlightExits, Side } from "../../src/interfaces/IInFlightExits.sol";
import { ISpendRegistry, InFlight, KnownSpend, Verdict } from "../../src/interfaces/ISpendRegistry.sol";
import { Output } from "../../src/libraries/Codec.sol";
import { Digests } from "../../src/libraries/Digests.sol";
import { Coin, ExitNetwork, Signed } from "./ExitNetwork.sol";
import { Ledger } from "./Ledger.sol";

/// @notice Starts of in-flight exits, and the claims on what goes in and what comes out. Verdicts.t.sol has the rest.
contract InFlightExitsTest is ExitNetwork {
    Coin private _hers;
    Coin private _his;

    function setUp() public override {
        super.setUp();
        _hers = depositEth(alice, 5 ether);
        _his = depositEth(bob, 3 ether);
    }

    // ───────────────────────────────────────────────── start ─────────────────────────────────────────────────

    function test_Start_OfAPaymentFromADeposit() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        startInFlight(paid);
        InFlight memory started = queue.inFlight(paid.hash);
        vm.assertEq(started.lost, 0);
        vm.assertEq(started.startedAt, vm.getBlockTimestamp());
        vm.assertEq(started.exitableAt, vm.getBlockTimestamp() + MFP);
        KnownSpend memory known = queue.knownSpend(_hers.id);
        vm.assertEq(bytes32(known.transaction), bytes32(bytes24(paid.hash)));
        vm.assertEq(known.leaf, type(uint56).max);
        vm.assertTrue(queue.isSpent(_hers.id));
    }

    function test_Start_OfSeveralOwnersTokensAndItems() public {
        Coin memory dollars = depositUsd(bob, 900);
        Coin memory thing = depositItem(carol, 7);
        Coin[] memory spent = new Coin[](3);
        (spent[0], spent[1], spent[2]) = (_hers, dollars, thing);
        Output[] memory made = new Output[](4);
        made[0] = Ledger.item(alice, address(item), 7);
        made[1] = eth(carol, 4 ether);
        made[2] = Ledger.coin(alice, address(usd), 900);
        made[3] = eth(bob, 1 ether);
        Signed memory swap = pay(spent, made, FOREVER);
        startInFlight(swap);
        bytes32[3] memory ids = [piggybackOutput(swap, 0), piggybackOutput(swap, 1), piggybackOutput(swap, 2)];
        skip(MFP);
        queue.processExits(address(item), true, 9);
        queue.processExits(address(usd), false, 9);
        process();
        for (uint256 i; i < 3; ++i) {
            assertState(ids[i], ExitState.Paid);
        }
        vm.assertEq(erc721Vault.creditOf(address(item), 7), alice);
        vm.assertEq(erc20Vault.creditOf(alice, address(usd)), 900);
        assertCredit(carol, 4 ether);
    }

    function test_Start_OfSixteenInputsAndOutputs() public {
        Coin[] memory spent = new Coin[](16);
        Output[] memory made = new Output[](16);
        for (uint256 i; i < 16; ++i) {
            spent[i] = depositEth(alice, 1 ether);
            made[i] = eth(bob, 1 ether);
        }
        Signed memory many = pay(spent, made, FOREVER);
        startInFlight(many);
        piggybackOutput(many, 15);
        skip(MFP);
        process();
        assertCredit(bob, 1 ether);
    }

    function test_Start_TakesTheAgeOfTheYoungestInput() public {
        Signed memory first = pay(_hers, eth(alice, 5 ether));
        Coin memory old = outputOf(first, 0, include(first));
        skip(1 days);
        Signed memory second = pay(_his, eth(alice, 3 ether));
        Coin memory young = outputOf(second, 0, include(second));
        uint256 acceptedAt = vm.getBlockTimestamp();
        Coin memory deposited = depositEth(alice, 1 ether);
        Coin[] memory spent = new Coin[](3);
        (spent[0], spent[1], spent[2]) = (young, deposited, old);
        Signed memory merged = pay(spent, outputs(eth(bob, 9 ether)), FOREVER);
        startInFlight(merged);
        vm.assertEq(queue.inFlight(merged.hash).exitableAt, acceptedAt + 2 * MFP);
        bytes32 exitId = piggybackOutput(merged, 0);
        vm.assertEq(queue.exit(exitId).exitableAt, acceptedAt + 2 * MFP);
    }

    function test_Start_RevertIf_Running() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        startInFlight(paid);
        _expectStartToRevert(paid, ISpendRegistry.AlreadyInFlight.selector);
    }

    function test_Start_RevertIf_InputIsNotCommitted() public {
        Signed memory first = pay(_hers, eth(alice, 5 ether));
        Signed memory second = pay(outputOf(first, 0), eth(bob, 5 ether));
        _expectStartToRevert(second, IExitGame.UnknownCheckpoint.selector);
    }

    function test_Start_RevertIf_DepositIsUnknown() public {
        _hers.creator.transaction = Ledger.encodeDeposit(0, 99, _hers.output);
        _hers.id = Ledger.depositId(_hers.output, 99);
        _expectStartToRevert(pay(_hers, eth(bob, 5 ether)), IExitGame.UnknownDeposit.selector);
    }

    function test_Start_RevertIf_ASignatureIsMissing() public {
        Signed memory swap = swapOf(_hers, _his);
        swap.witness = abi.encodePacked(uint8(1), signed(keyOf[alice], swap.hash), uint24(0));
        _expectStartToRevert(swap, IExitGame.WrongWitness.selector);
    }

    function test_Start_RevertIf_ASignatureIsTooMany() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        bytes memory hers = signed(keyOf[alice], paid.hash);
        paid.witness = abi.encodePacked(uint8(2), hers, hers, uint24(0));
        _expectStartToRevert(paid, IExitGame.WrongWitness.selector);
    }

    function test_Start_RevertIf_SignaturesAreInAnotherOrder() public {
        Signed memory swap = swapOf(_hers, _his);
        swap.witness = abi.encodePacked(
            uint8(2), signed(keyOf[bob], swap.hash), signed(keyOf[alice], swap.hash), uint24(0)
        );
        _expectStartToRevert(swap, IExitGame.WrongSigner.selector);
    }

    function test_Start_RevertIf_MoreIsMadeThanSpent() public {
        _expectStartToRevert(pay(_hers, eth(bob, 5 ether + 1)), IExitGame.NotConserved.selector);
        _expectStartToRevert(pay(_hers, Ledger.coin(bob, address(usd), 1)), IExitGame.NotConserved.selector);
        _expectStartToRevert(pay(_hers, Ledger.item(bob, address(item), 1)), IExitGame.NotConserved.selector);
    }

    function test_Start_RevertIf_AnItemIsDoubled() public {
        Coin memory thing = depositItem(alice, 7);
        Output memory copy = Ledger.item(alice, address(item), 7);
        Signed memory doubled = pay(coins(thing), outputs(copy, copy), FOREVER);
        _expectStartToRevert(doubled, IExitGame.NotConserved.selector);
    }

    function test_Start_RevertIf_CreatorsDoNotFit() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        paid.creators[0] = _his.creator;
        _expectStartToRevert(paid, IExitGame.DoesNotSpend.selector);
        paid.creators = new Creator[](0);
        _expectStartToRevert(paid, IExitGame.WrongCreatorCount.selector);
        paid = pay(_hers, eth(bob, 5 ether));
        paid.origins = new Inclusion[](2);
        _expectStartToRevert(paid, IInFlightExits.WrongInclusionCount.selector);
    }

    // ─────────────────────────────────────────────── piggybacks ──────────────────────────────────────────────

    function test_Piggyback_CanonicalPaysOutputsOnly() public {
        Signed memory paid = pay(coins(_hers), outputs(eth(bob, 2 ether), eth(alice, 3 ether)), FOREVER);
        startInFlight(paid);
        bytes32 input = piggybackInput(paid, 0, alice);
        bytes32 toBob = piggybackOutput(paid, 0);
        bytes32 change = piggybackOutput(paid, 1);
        skip(MFP);
        vm.assertEq(uint256(queue.verdictOf(paid.hash)), uint256(Verdict.Canonical));
        vm.expectEmit(address(queue));
        emit IExitQueue.ExitDropped(input, DropReason.Spent);
        vm.assertEq(process(), 3);
        assertState(toBob, ExitState.Paid);
        assertState(change, ExitState.Paid);
        assertCredit(bob, 2 ether);
        assertCredit(alice, 3 ether);
        _withdrawAll(paid, input, toBob, change);
        vm.assertEq(alice.balance + bob.balance + watcher.balance, 300 ether);
    }

    function test_Piggyback_ByADelegate() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        startInFlight(paid);
        bytes32 digest = Digests.exitDelegate(bob, watcher, FOREVER, rootChain.domainSeparator());
        Delegation memory delegation = Delegation(FOREVER, signed(keyOf[bob], digest));
        uint256 bond = inFlightExits.piggybackBondSize();
        vm.prank(watcher);
        inFlightExits.piggybackOutput{ value: bond }(paid.encoded, 0, delegation);
        skip(MFP);
        process();
        assertCredit(bob, 5 ether);
    }

    function test_Piggyback_RevertIf_NotTheOwner() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        startInFlight(paid);
        uint256 bond = inFlightExits.piggybackBondSize();
        Delegation memory none;
        vm.expectRevert(abi.encodeWithSelector(IExitGame.NotTheOwner.selector, bob, alice));
        vm.prank(alice);
        inFlightExits.piggybackOutput{ value: bond }(paid.encoded, 0, none);
    }

    function test_Piggyback_RevertIf_Twice() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        startInFlight(paid);
        bytes32 exitId = piggybackOutput(paid, 0);
        vm.expectRevert(abi.encodeWithSelector(IExitQueue.ExitExists.selector, exitId));
        this.piggybackOutputExternal(paid, 0);
    }

    function test_Piggyback_RevertIf_SecondHalf() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        startInFlight(paid);
        skip(MFP / 2);
        vm.expectRevert(abi.encodeWithSelector(IExitGame.TooLate.selector, vm.getBlockTimestamp()));
        this.piggybackOutputExternal(paid, 0);
    }

    function test_Piggyback_RevertIf_NotStarted() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        vm.expectRevert(abi.encodeWithSelector(ISpendRegistry.NotInFlight.selector, paid.hash));
        this.piggybackOutputExternal(paid, 0);
    }

    function test_Piggyback_RevertIf_NoSuchIndex() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        startInFlight(paid);
        Delegation memory none;
        vm.expectRevert(abi.encodeWithSelector(IExitGame.NoSuchIndex.selector, 1));
        inFlightExits.piggybackOutput(paid.encoded, 1, none);
        vm.expectRevert(abi.encodeWithSelector(IExitGame.NoSuchIndex.selector, 1));
        inFlightExits.piggybackInput(paid.encoded, 1, _hers.creator, none);
        vm.expectRevert(abi.encodeWithSelector(IExitGame.DoesNotSpend.selector, _his.id));
        inFlightExits.piggybackInput(paid.encoded, 0, _his.creator, none);
    }

    // ────────────────────────────────────────────── spent piggybacks ─────────────────────────────────────────

    function test_ChallengePiggyback_OfASpentOutput_InBothHalves() public {
        Signed memory paid = pay(coins(_hers), outputs(eth(bob, 2 ether), eth(carol, 3 ether)), FOREVER);
        startInFlight(paid);
        bytes32 first = piggybackOutput(paid, 0);
        bytes32 second = piggybackOutput(paid, 1);
        _challengePiggyback(paid, Side.Output, 0, pay(outputOf(paid, 0), eth(alice, 2 ether)));
        skip(MFP - 1);
        _challengePiggyback(paid, Side.Output, 1, pay(outputOf(paid, 1), eth(alice, 3 ether)));
        assertState(first, ExitState.Challenged);
        assertState(second, ExitState.Challenged);
        skip(1);
        process();
        assertCredit(bob, 0);
        assertCredit(carol, 0);
    }

    function test_ChallengePiggyback_OfASpentInput_InTheSecondHalf() public {
        Signed memory swap = swapOf(_hers, _his);
        startInFlight(swap);
        bytes32 his = piggybackInput(swap, 1, bob);
        skip(MFP - 1);
        _challengePiggyback(swap, Side.Input, 1, pay(_his, eth(carol, 3 ether)));
        assertState(his, ExitState.Challenged);
        // Too late to change whether the swap is canonical.
        vm.assertEq(queue.inFlight(swap.hash).lost, 0);
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = his;
        vm.expectRevert();
        inFlightExits.withdrawBonds(ids);
        skip(1 hours);
        inFlightExits.withdrawBonds(ids);
        vm.assertEq(watcher.balance, 100 ether - inFlightExits.bondSize() + inFlightExits.piggybackBondSize() / 2);
    }

    function test_ChallengePiggyback_RevertIf_TheSpenderIsTheTransactionItself() public {
        Signed memory swap = swapOf(_hers, _his);
        startInFlight(swap);
        piggybackInput(swap, 0, alice);
        vm.expectRevert(IInFlightExits.NotARival.selector);
        this.challengePiggybackExternal(swap, Side.Input, 0, swap);
    }

    // ──────────────────────────────────────────────── helpers ────────────────────────────────────────────────

    function _challengePiggyback(Signed memory transaction, Side side, uint8 index, Signed memory spender) private {
        vm.prank(watcher);
        inFlightExits.challengePiggyback(transaction.hash, side, index, spendOf(spender, 0));
    }

    function _withdrawAll(Signed memory transaction, bytes32 a, bytes32 b, bytes32 c) private {
        bytes32[] memory ids = new bytes32[](4);
        (ids[0], ids[1], ids[2], ids[3]) = (transaction.hash, a, b, c);
        inFlightExits.withdrawBonds(ids);
    }

    function _expectStartToRevert(Signed memory transaction, bytes4 selector) private {
        uint256 bond = inFlightExits.bondSize();
        vm.prank(watcher);
        try inFlightExits.startInFlightExit{ value: bond }(
            transaction.encoded, transaction.witness, transaction.creators, transaction.origins
        ) {
            revert("started");
        } catch (bytes memory reason) {
            vm.assertEq(bytes32(bytes4(reason)), bytes32(selector));
        }
    }

    // Calls that `expectRevert` sees as one.

    function piggybackOutputExternal(Signed memory transaction, uint8 index) external {
        piggybackOutput(transaction, index);
    }

    function challengePiggybackExternal(Signed memory transaction, Side side, uint8 index, Signed memory spender) external {
        _challengePiggyback(transaction, side, index, spender);
    }
}
