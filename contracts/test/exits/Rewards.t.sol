// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IChallengeRewards } from "../../src/interfaces/IChallengeRewards.sol";
import { Inclusion } from "../../src/interfaces/IExitGame.sol";
import { ExitState, IExitQueue } from "../../src/interfaces/IExitQueue.sol";
import { Verdict } from "../../src/interfaces/ISpendRegistry.sol";
import { GasBurner } from "../doubles/Receivers.sol";
import { Coin, ExitNetwork, Signed } from "./ExitNetwork.sol";

/// @notice Who gets which bond, and attacks that would cost nothing if it were another.
contract RewardsTest is ExitNetwork {
    Coin private _hers;

    function setUp() public override {
        super.setUp();
        _hers = depositEth(alice, 5 ether);
        depositEth(carol, 20 ether);
    }

    // ──────────────────────────────────────── exits of dead transactions ─────────────────────────────────────

    function test_A13b_StrangerWithAnOldPayment_MakesNothingVoid() public {
        (Signed memory paid, Inclusion memory inclusion) = _oldPayment();
        Signed memory next = pay(outputOf(paid, 0, inclusion), eth(carol, 5 ether));
        Inclusion memory nextInclusion = include(next);
        startInFlight(paid);
        skip(MFP);
        vm.assertEq(uint256(queue.verdictOf(paid.hash)), uint256(Verdict.None));
        bytes32 exitId = startExit(outputOf(next, 0, nextInclusion));
        skip(2 * MFP);
        process();
        assertState(exitId, ExitState.Paid);
        // Nobody had to answer, so nobody earned the bond.
        _withdraw(paid.hash);
        vm.assertEq(watcher.balance, 100 ether);
    }

    function test_A13b_ProofOfInclusion_EarnsTheBondOfTheStart() public {
        (Signed memory paid, Inclusion memory inclusion) = _oldPayment();
        startInFlight(paid);
        bytes32 back = piggybackInput(paid, 0, alice);
        bytes32 output = piggybackOutput(paid, 0);
        _proveAs(carol, paid, inclusion);
        skip(MFP);
        process();
        assertState(back, ExitState.Dropped);
        assertState(output, ExitState.Paid);
        _withdraw(paid.hash);
        vm.assertEq(carol.balance, 100 ether + inFlightExits.bondSize() / 2);
        vm.assertEq(watcher.balance, 100 ether - inFlightExits.bondSize());
    }

    function test_A13b_LateProof_StillKeepsTheInput() public {
        (Signed memory paid, Inclusion memory inclusion) = _oldPayment();
        startInFlight(paid);
        bytes32 back = piggybackInput(paid, 0, alice);
        skip(MFP);
        _proveAs(carol, paid, inclusion);
        vm.assertEq(uint256(queue.verdictOf(paid.hash)), uint256(Verdict.None));
        process();
        assertState(back, ExitState.Dropped);
        bytes32 exitId = startExit(outputOf(paid, 0, inclusion));
        skip(MFP);
        process();
        assertState(exitId, ExitState.Paid);
    }

    /// Her input was paid back because the payment is dead. Void evidence after that is right, and no reason to take the bond.
    function test_A13b_VoidEvidenceAfterAnUndecidedExit_TakesNoBond() public {
        (Signed memory paid,) = _oldPayment();
        startInFlight(paid);
        piggybackInput(paid, 0, alice);
        skip(MFP);
        process();
        vm.prank(mallory);
        inFlightExits.voidTransaction(paid.encoded, 0);
        vm.assertEq(uint256(queue.verdictOf(paid.hash)), uint256(Verdict.Void));
        skip(1 hours);
        _withdraw(paid.hash);
        vm.assertEq(watcher.balance, 100 ether);
        vm.assertEq(mallory.balance, 100 ether);
    }

    /// Her parent turned out void when everything was over.
    function test_A13b_VoidParentAfterAnUndecidedExit_TakesNoBond() public {
        (Signed memory paid, Inclusion memory inclusion) = _oldPayment();
        uint64 validUntil = uint64(vm.getBlockTimestamp() + 11);
        Signed memory next = pay(coins(outputOf(paid, 0, inclusion)), outputs(eth(carol, 5 ether)), validUntil);
        include(mint(eth(carol, 1)));
        startInFlight(paid);
        piggybackInput(paid, 0, alice);
        startInFlight(next);
        skip(MFP);
        process();
        inFlightExits.voidTransaction(paid.encoded, 0);
        vm.prank(mallory);
        inFlightExits.voidDescendant(next.encoded, 0, paid.hash, 0);
        skip(1 hours);
        _withdraw(next.hash);
        _withdraw(paid.hash);
        vm.assertEq(watcher.balance, 100 ether);
    }

    function test_A13b_ProofHeldBackUntilTheExitIsOver_TakesNoBond() public {
        (Signed memory paid, Inclusion memory inclusion) = _oldPayment();
        startInFlight(paid);
        skip(MFP);
        _proveAs(mallory, paid, inclusion);
        skip(1 hours);
        _withdraw(paid.hash);
        vm.assertEq(watcher.balance, 100 ether);
        vm.assertEq(mallory.balance, 100 ether);
    }

    function test_A13b_ProofInTheLastSecond_EarnsTheBond() public {
        (Signed memory paid, Inclusion memory inclusion) = _oldPayment();
        startInFlight(paid);
        skip(MFP - 1);
        _proveAs(carol, paid, inclusion);
        skip(1 hours);
        _withdraw(paid.hash);
        vm.assertEq(carol.balance, 100 ether + inFlightExits.bondSize() / 2);
    }

    function test_I2_OldPaymentWhoseInputWasPaidBack_IsNotPaidAgain() public {
        (Signed memory paid, Inclusion memory inclusion) = _oldPayment();
        startInFlight(paid);
        piggybackInput(paid, 0, alice);
        skip(MFP);
        process();
        assertCredit(alice, 5 ether);
        Coin memory his = outputOf(paid, 0, inclusion);
        vm.expectRevert(abi.encodeWithSelector(IExitQueue.InputExited.selector, _hers.id));
        this.startExitExternal(his);
        // Neither is what was made of it.
        Signed memory next = pay(his, eth(carol, 5 ether));
        vm.expectRevert(abi.encodeWithSelector(IExitQueue.InputExited.selector, _hers.id));
        this.startInFlightExternal(next);
        inFlightExits.voidTransaction(paid.encoded, 0);
        vm.expectRevert(abi.encodeWithSelector(IExitQueue.CreatorVoid.selector, paid.hash));
        this.startInFlightExternal(next);
    }

    // ─────────────────────────────────────────────── void evidence ───────────────────────────────────────────

    function test_I2_VoidEvidence_EarnsTheBondOfTheStart() public {
        Coin memory his = depositEth(bob, 3 ether);
        startExit(his);
        skip(MFP - 1);
        Signed memory first = pay(his, eth(carol, 3 ether));
        skip(1);
        process();
        startInFlight(first);
        vm.prank(carol);
        inFlightExits.voidTransaction(first.encoded, 0);
        skip(1 hours);
        _withdraw(first.hash);
        vm.assertEq(carol.balance, 100 ether + inFlightExits.bondSize() / 2);
    }

    // ─────────────────────────────────────────────── who is paid ─────────────────────────────────────────────

    function test_A28_FirstRival_KeepsTheReward() public {
        Coin memory other = depositEth(mallory, 3 ether);
        Signed memory both = pay(coins(_hers, other), outputs(eth(bob, 8 ether)), FOREVER);
        startInFlight(both);
        _rivalAs(carol, both, pay(_hers, eth(alice, 5 ether)));
        _rivalAs(mallory, both, pay(other, eth(mallory, 3 ether)));
        skip(MFP);
        _withdraw(both.hash);
        vm.assertEq(carol.balance, 100 ether + inFlightExits.bondSize() / 2);
        vm.assertEq(mallory.balance, 100 ether);
    }

    function test_A28_AnsweredRival_LosesTheReward() public {
        Signed memory paid = pay(_hers, eth(bob, 5 ether));
        Signed memory early = pay(_hers, eth(alice, 5 ether));
        Inclusion memory first = include(early);
        Inclusion memory second = include(paid);
        startInFlight(paid);
        _rivalAs(mallory, paid, pay(_hers, eth(mallory, 5 ether)));
        proveInclusion(paid, second);
        vm.prank(carol);
        inFlightExits.challengeCanonicity(paid.hash, spendOf(early, 0, first));
        skip(MFP);
        _withdraw(paid.hash);
        vm.assertEq(carol.balance, 100 ether + inFlightExits.bondSize() / 2);
    }

    function test_A39_OwnChallenge_CostsHalfTheBond() public {
        bytes32 exitId = startExit(_hers);
        uint256 bond = standardExits.bondSize();
        uint256 burnt = address(0).balance;
        Signed memory own = pay(_hers, eth(alice, 5 ether));
        vm.prank(alice);
        standardExits.challengeExit(exitId, spendOf(own, 0));
        skip(1 hours);
        _withdrawStandard(exitId);
        vm.assertEq(alice.balance, 100 ether - bond / 2);
        vm.assertEq(address(0).balance, burnt + bond / 2);
        vm.assertEq(address(standardExits).balance, 0);
    }

    function test_A39_AnnouncementBeforeTheExit_TakesNothing() public {
        Signed memory spender = pay(_hers, eth(bob, 5 ether));
        // Alice knows how she will be challenged, and announces it for an accomplice.
        vm.prank(mallory);
        standardExits.announceChallenge(keccak256(abi.encode(_hers.id, spender.hash, mallory, bytes32(0))));
        bytes32 exitId = startExit(_hers);
        skip(10 minutes + 1);
        challenge(exitId, spendOf(spender, 0));
        vm.expectRevert(abi.encodeWithSelector(IChallengeRewards.RewardNotYours.selector, exitId));
        vm.prank(mallory);
        standardExits.claimReward(exitId, spender.hash, 0);
    }

    function test_A29_ChallengerWhoCannotReceive_BlocksNoRestart() public {
        bytes32 exitId = startExit(_hers);
        uint256 bond = standardExits.bondSize();
        vm.etch(watcher, address(new GasBurner()).code);
        challenge(exitId, spendOf(pay(_hers, eth(bob, 5 ether)), 0));
        skip(1 hours);
        _withdrawStandard(exitId);
        vm.assertEq(standardExits.owed(watcher), bond / 2);
        startExit(_hers);
        vm.prank(watcher);
        standardExits.withdrawOwed(carol);
        vm.assertEq(carol.balance, 100 ether + bond / 2);
        vm.assertEq(standardExits.owed(watcher), 0);
    }

    // ──────────────────────────────────────────────── helpers ────────────────────────────────────────────────

    /// From Alice to Bob, included, and long past its last second.
    function _oldPayment() private returns (Signed memory paid, Inclusion memory inclusion) {
        paid = pay(coins(_hers), outputs(eth(bob, 5 ether)), uint64(vm.getBlockTimestamp() + 12));
        inclusion = include(paid);
        skip(2 * MFP);
        include(mint(eth(carol, 1)));
    }

    function _proveAs(address prover, Signed memory transaction, Inclusion memory inclusion) private {
        vm.prank(prover);
        inFlightExits.proveInclusion(transaction.encoded, transaction.witness, transaction.creators, inclusion);
    }

    function _rivalAs(address challenger, Signed memory transaction, Signed memory rival) private {
        vm.prank(challenger);
        inFlightExits.challengeCanonicity(transaction.hash, spendOf(rival, 0));
    }

    function _withdraw(bytes32 exitId) private {
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = exitId;
        inFlightExits.withdrawBonds(ids);
    }

    function _withdrawStandard(bytes32 exitId) private {
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = exitId;
        standardExits.withdrawBonds(ids);
    }

    // Calls that `expectRevert` sees as one.

    function startExitExternal(Coin memory owned) external {
        startExit(owned);
    }

    function startInFlightExternal(Signed memory transaction) external {
        startInFlight(transaction);
    }
}
