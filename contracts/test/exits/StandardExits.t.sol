// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IChallengeRewards } from "../../src/interfaces/IChallengeRewards.sol";
import { Creator, Delegation, IExitGame, Inclusion, Spend } from "../../src/interfaces/IExitGame.sol";
import { DropReason, Exit, ExitKind, ExitState, IExitQueue } from "../../src/interfaces/IExitQueue.sol";
import { ISpendRegistry } from "../../src/interfaces/ISpendRegistry.sol";
import { Output } from "../../src/libraries/Codec.sol";
import { Digests } from "../../src/libraries/Digests.sol";
import { Coin, ExitNetwork, Signed } from "./ExitNetwork.sol";
import { Ledger } from "./Ledger.sol";

contract StandardExitsTest is ExitNetwork {
    // ───────────────────────────────────────────────── start ─────────────────────────────────────────────────

    function test_StartExit_OfADeposit() public {
        Coin memory coin = depositEth(alice, 5 ether);
        bytes32 exitId = startExit(coin);

        Exit memory started = queue.exit(exitId);
        vm.assertEq(exitId, coin.id);
        assertState(exitId, ExitState.Open);
        vm.assertEq(started.owner, alice);
        vm.assertEq(started.token, address(0));
        vm.assertEq(started.amount, 5 ether);
        vm.assertEq(started.exitableAt, vm.getBlockTimestamp() + MFP);
        vm.assertEq(started.bond, standardExits.bondSize());
        vm.assertEq(started.subject, coin.id);
    }

    function test_StartExit_OfAnIncludedOutput_WaitsForTwoPeriods() public {
        (Signed memory paid, Inclusion memory inclusion) = _paidToBob();
        uint256 acceptedAt = vm.getBlockTimestamp();
        skip(1 days);
        bytes32 exitId = startExit(outputOf(paid, 0, inclusion));
        vm.assertEq(queue.exit(exitId).exitableAt, acceptedAt + 2 * MFP);
        vm.assertEq(queue.exit(exitId).exitableAt, queue.exitableAtIfStartedNow(1));
    }

    function test_StartExit_OfAnOldOutput_WaitsForOnePeriod() public {
        (Signed memory paid, Inclusion memory inclusion) = _paidToBob();
        skip(MFP + 1);
        bytes32 exitId = startExit(outputOf(paid, 0, inclusion));
        vm.assertEq(queue.exit(exitId).exitableAt, vm.getBlockTimestamp() + MFP);
        vm.assertEq(queue.exit(exitId).exitableAt, queue.exitableAtIfStartedNow(1));
    }

    function test_StartExit_OfAFeeOutput() public {
        depositEth(alice, 5 ether);
        Signed memory distribution = mint(eth(bob, 1 ether));
        Inclusion memory inclusion = include(distribution);
        bytes32 exitId = startExit(outputOf(distribution, 0, inclusion));
        skip(2 * MFP);
        process();
        assertState(exitId, ExitState.Paid);
        assertCredit(bob, 1 ether);
    }

    function test_StartExit_ByADelegate_WhoGetsTheBondBack() public {
        Coin memory coin = depositEth(alice, 5 ether);
        uint64 until = uint64(vm.getBlockTimestamp() + 1);
        Delegation memory delegation = _delegation(alice, watcher, until);
        uint256 bond = standardExits.bondSize();
        vm.prank(watcher);
        bytes32 exitId = standardExits.startExit{ value: bond }(coin.creator, coin.inclusion, delegation);
        skip(MFP);
        process();
        assertCredit(alice, 5 ether);
        _withdraw(exitId);
        vm.assertEq(watcher.balance, 100 ether);
    }

    function test_StartExit_RevertIf_DelegationHasEnded() public {
        Coin memory coin = depositEth(alice, 5 ether);
        uint64 until = uint64(vm.getBlockTimestamp() - 1);
        _expectStartToRevert(
            coin, watcher, _delegation(alice, watcher, until), abi.encodeWithSelector(IExitGame.TooLate.selector, until)
        );
    }

    function test_StartExit_RevertIf_DelegationIsOfAnother() public {
        Coin memory coin = depositEth(alice, 5 ether);
        bytes32 digest = Digests.exitDelegate(alice, watcher, FOREVER, rootChain.domainSeparator());
        Delegation memory delegation = Delegation(FOREVER, signed(keyOf[bob], digest));
        _expectStartToRevert(
            coin, watcher, delegation, abi.encodeWithSelector(IExitGame.WrongSigner.selector, alice, bob)
        );
    }

    function test_StartExit_RevertIf_NotTheOwner() public {
        Coin memory coin = depositEth(alice, 5 ether);
        Delegation memory none;
        _expectStartToRevert(coin, bob, none, abi.encodeWithSelector(IExitGame.NotTheOwner.selector, alice, bob));
    }

    function test_StartExit_RevertIf_WrongBond() public {
        Coin memory coin = depositEth(alice, 5 ether);
        Delegation memory none;
        uint256 bond = standardExits.bondSize();
        vm.expectRevert(abi.encodeWithSelector(IExitGame.WrongBond.selector, bond, bond - 1));
        vm.prank(alice);
        standardExits.startExit{ value: bond - 1 }(coin.creator, coin.inclusion, none);
    }

    function test_StartExit_RevertIf_DepositIsUnknown() public {
        Coin memory coin = depositEth(alice, 5 ether);
        coin.creator.transaction = Ledger.encodeDeposit(0, 2, coin.output);
        Delegation memory none;
        bytes32 id = Ledger.depositId(coin.output, 2);
        _expectStartToRevert(coin, alice, none, abi.encodeWithSelector(IExitGame.UnknownDeposit.selector, id));
    }

    function test_StartExit_RevertIf_NotIncluded() public {
        (Signed memory paid, Inclusion memory inclusion) = _paidToBob();
        inclusion.path = 1;
        _expectStartToRevert(outputOf(paid, 0, inclusion), bob, IExitGame.NotIncluded.selector);
    }

    function test_StartExit_RevertIf_CheckpointIsUnknown() public {
        (Signed memory paid, Inclusion memory inclusion) = _paidToBob();
        inclusion.header[40] ^= 0x01;
        _expectStartToRevert(outputOf(paid, 0, inclusion), bob, IExitGame.UnknownCheckpoint.selector);
    }

    function test_StartExit_RevertIf_OutputIndexIsTooHigh() public {
        (Signed memory paid, Inclusion memory inclusion) = _paidToBob();
        Coin memory coin = outputOf(paid, 0, inclusion);
        coin.creator.outputIndex = 2;
        _expectStartToRevert(coin, bob, IExitGame.NoSuchIndex.selector);
    }

    function test_StartExit_RevertIf_TypeIsNotExitable() public {
        Coin memory coin = depositEth(alice, 5 ether);
        Output memory swap = Output(4, keccak256("terms"), address(0), 5 ether);
        Signed memory paid = pay(coin, swap);
        Inclusion memory inclusion = include(paid);
        _expectStartToRevert(outputOf(paid, 0, inclusion), alice, IExitGame.OutputTypeNotExitable.selector);
    }

    function test_StartExit_RevertIf_IncludedAfterItsDeath() public {
        Coin memory coin = depositEth(alice, 5 ether);
        uint64 validUntil = uint64(vm.getBlockTimestamp() - 7200);
        Signed memory paid = pay(coins(coin), outputs(eth(bob, 5 ether)), validUntil);
        include(mint(eth(mallory, 1)));
        Inclusion memory inclusion = include(paid);
        _expectStartToRevert(outputOf(paid, 0, inclusion), bob, IExitGame.TransactionExpired.selector);
    }

    /// What was alive when Ethereum took the last checkpoint is a transaction like any other, however long it took none after that: its
    /// receiver can exit, and its sender cannot.
    function test_R7_IncludedAfterAPause_CountsAsOfItsBeginning() public {
        Coin memory coin = depositEth(alice, 5 ether);
        include(mint(eth(mallory, 1)));
        uint64 validUntil = uint64(vm.getBlockTimestamp() - 7200);
        Signed memory paid = pay(coins(coin), outputs(eth(bob, 5 ether)), validUntil);
        bytes32 back = startExit(coin);
        vm.roll(vm.getBlockNumber() + 10_000);
        skip(MFP / 2);
        Inclusion memory inclusion = include(paid);
        Spend memory spend = spendOf(paid, 0);
        spend.inclusion = inclusion;
        challenge(back, spend);
        assertState(back, ExitState.Challenged);
        bytes32 exitId = startExit(outputOf(paid, 0, inclusion));
        skip(2 * MFP);
        process();
        assertState(exitId, ExitState.Paid);
        assertCredit(bob, 5 ether);
        assertCredit(alice, 0);
    }

    /// A17: what was dead when Ethereum took a checkpoint stays dead, however long the validators wait with the next one.
    function test_A17_R7_RevertIf_DeadBeforeThePause() public {
        Coin memory coin = depositEth(alice, 5 ether);
        include(mint(eth(mallory, 1)));
        uint64 validUntil = uint64(vm.getBlockTimestamp() - 7201);
        Signed memory paid = pay(coins(coin), outputs(eth(bob, 5 ether)), validUntil);
        vm.roll(vm.getBlockNumber() + 10_000);
        skip(MFP / 2);
        Inclusion memory inclusion = include(paid);
        _expectStartToRevert(outputOf(paid, 0, inclusion), bob, IExitGame.TransactionExpired.selector);
        bytes32 back = startExit(coin);
        skip(MFP);
        process();
        assertState(back, ExitState.Paid);
    }

    function test_StartExit_RevertIf_Running() public {
        Coin memory coin = depositEth(alice, 5 ether);
        bytes32 exitId = startExit(coin);
        Delegation memory none;
        _expectStartToRevert(coin, alice, none, abi.encodeWithSelector(IExitQueue.ExitExists.selector, exitId));
    }

    function test_StartExit_RevertIf_Paid() public {
        Coin memory coin = depositEth(alice, 5 ether);
        bytes32 exitId = startExit(coin);
        skip(MFP);
        process();
        Delegation memory none;
        _expectStartToRevert(coin, alice, none, abi.encodeWithSelector(IExitQueue.ExitExists.selector, exitId));
    }

    function testFuzz_BondFollowsTheBaseFee(uint64 baseFee) public {
        vm.fee(baseFee);
        uint256 exact = 300_000 * uint256(baseFee < 1 gwei ? 1 gwei : baseFee);
        uint256 bond = standardExits.bondSize();
        vm.assertEq(bond % 1e14, 0);
        vm.assertEq(bond, exact > 6.5535 ether ? 6.5535 ether : (exact + 1e14 - 1) / 1e14 * 1e14);
    }

    // ─────────────────────────────────────────────── processing ──────────────────────────────────────────────

    function test_ProcessExits_PaysAndReturnsTheBond() public {
        Coin memory coin = depositEth(alice, 5 ether);
        bytes32 exitId = startExit(coin);
        skip(MFP - 1);
        vm.assertEq(process(), 0);
        skip(1);
        vm.assertEq(process(), 1);
        assertState(exitId, ExitState.Paid);
        assertCredit(alice, 5 ether);
        vm.assertEq(ethVault.deposited(address(0)), 0);
        _withdraw(exitId);
        vm.assertEq(alice.balance, 100 ether);
    }

    function test_ProcessExits_PaysTokensAndItems() public {
        Coin memory dollars = depositUsd(alice, 700);
        Coin memory thing = depositItem(bob, 3);
        startExit(dollars);
        startExit(thing);
        skip(MFP);
        queue.processExits(address(usd), false, 1);
        queue.processExits(address(item), true, 1);
        vm.assertEq(erc20Vault.creditOf(alice, address(usd)), 700);
        vm.assertEq(erc721Vault.creditOf(address(item), 3), bob);
    }

    function test_ProcessExits_LargestAmount() public {
        Coin memory thing = depositItem(bob, type(uint128).max);
        bytes32 exitId = startExit(thing);
        vm.assertEq(queue.exit(exitId).amount, type(uint128).max);
        skip(MFP);
        queue.processExits(address(item), true, 1);
        vm.assertEq(erc721Vault.creditOf(address(item), type(uint128).max), bob);
    }

    function test_ProcessExits_ClosesAClaimOnAnEmptyVault() public {
        depositEth(alice, 1 ether);
        Signed memory minted = mint(eth(mallory, 100 ether));
        Inclusion memory inclusion = include(minted);
        Coin memory loot = outputOf(minted, 0, inclusion);
        bytes32 exitId = startExit(loot);
        skip(2 * MFP);
        vm.expectEmit(address(queue));
        emit IExitQueue.ExitDropped(exitId, DropReason.VaultEmpty);
        process();
        assertState(exitId, ExitState.Unpaid);
        // It must not wait for the deposits of others.
        _withdraw(exitId);
        _expectStartToRevert(loot, mallory, IExitQueue.ExitExists.selector);
    }

    function test_NextExits_AreInTheOrderOfPayment() public {
        Coin memory first = depositEth(alice, 1 ether);
        Coin memory second = depositEth(bob, 1 ether);
        (Signed memory paid, Inclusion memory inclusion) = _paidToBob();
        bytes32[3] memory ids;
        ids[2] = startExit(outputOf(paid, 0, inclusion));
        ids[0] = startExit(first);
        skip(1);
        ids[1] = startExit(second);
        bytes32[] memory next = queue.nextExits(address(0), false, 10);
        vm.assertEq(next.length, 3);
        for (uint256 i; i < 3; ++i) {
            vm.assertEq(next[i], ids[i]);
        }
        vm.assertEq(queue.nextExits(address(0), false, 2).length, 2);
        vm.assertEq(queue.queueLength(address(0), false), 3);
    }

    // ─────────────────────────────────────────────── challenges ──────────────────────────────────────────────

    function test_ChallengeExit_ByAnIncludedSpend() public {
        Coin memory coin = depositEth(alice, 5 ether);
        Signed memory spender = pay(coin, eth(bob, 5 ether));
        Inclusion memory inclusion = include(spender);
        bytes32 exitId = startExit(coin);
        challenge(exitId, spendOf(spender, 0, inclusion));
        assertState(exitId, ExitState.Challenged);
        skip(MFP);
        process();
        assertState(exitId, ExitState.Dropped);
        assertCredit(alice, 0);
    }

    function test_ChallengeExit_ByASpendThatIsNotIncluded() public {
        Coin memory coin = depositEth(alice, 5 ether);
        bytes32 exitId = startExit(coin);
        Spend memory spend = spendOf(pay(coin, eth(bob, 5 ether)), 0);
        // Ethereum knows the output, so a spend of it alone needs no creator.
        spend.creators = new Creator[](0);
        challenge(exitId, spend);
        assertState(exitId, ExitState.Challenged);
        skip(1 hours);
        _withdraw(exitId);
        vm.assertEq(watcher.balance, 100 ether + standardExits.bondSize() / 2);
        vm.assertEq(alice.balance, 100 ether - standardExits.bondSize());
    }

    function test_ChallengeExit_RevertIf_SpendIsDead() public {
        Coin memory coin = depositEth(alice, 5 ether);
        uint64 validUntil = uint64(vm.getBlockTimestamp() + 11);
        Signed memory spender = pay(coins(coin), outputs(eth(bob, 5 ether)), validUntil);
        bytes32 exitId = startExit(coin);
        include(mint(eth(bob, 1)));
        vm.expectRevert(abi.encodeWithSelector(IExitGame.TransactionExpired.selector, validUntil));
        challenge(exitId, spendOf(spender, 0));
    }

    function test_ChallengeExit_RevertIf_HalfSigned() public {
        Coin memory hers = depositEth(alice, 5 ether);
        Coin memory his = depositEth(mallory, 5 ether);
        bytes32 exitId = startExit(hers);
        Signed memory swap = pay(coins(hers, his), outputs(eth(mallory, 5 ether), eth(alice, 5 ether)), FOREVER);
        // Only Alice has signed.
        swap.witness = abi.encodePacked(uint8(1), signed(keyOf[alice], swap.hash), uint24(0));
        vm.expectRevert(IExitGame.WrongWitness.selector);
        challenge(exitId, spendOf(swap, 0));
    }

    function test_ChallengeExit_RevertIf_SignedByAnother() public {
        Coin memory coin = depositEth(alice, 5 ether);
        bytes32 exitId = startExit(coin);
        Signed memory forged = pay(coin, eth(mallory, 5 ether));
        forged.witness = abi.encodePacked(uint8(1), signed(keyOf[mallory], forged.hash), uint24(0));
        vm.expectRevert(abi.encodeWithSelector(IExitGame.WrongSigner.selector, alice, mallory));
        challenge(exitId, spendOf(forged, 0));
    }

    function test_ChallengeExit_RevertIf_SpendIsNotConserving() public {
        Coin memory coin = depositEth(alice, 5 ether);
        bytes32 exitId = startExit(coin);
        Signed memory greedy = pay(coin, eth(bob, 5 ether + 1));
        vm.expectRevert(abi.encodeWithSelector(IExitGame.NotConserved.selector, address(0)));
        challenge(exitId, spendOf(greedy, 0));
    }

    function test_ChallengeExit_RevertIf_AnotherOutputIsSpent() public {
        Coin memory coin = depositEth(alice, 5 ether);
        Coin memory other = depositEth(alice, 5 ether);
        bytes32 exitId = startExit(coin);
        Signed memory spender = pay(other, eth(bob, 5 ether));
        vm.expectRevert(abi.encodeWithSelector(IExitGame.DoesNotSpend.selector, coin.id));
        challenge(exitId, spendOf(spender, 0));
    }

    function test_ChallengeExit_RevertIf_Exitable() public {
        Coin memory coin = depositEth(alice, 5 ether);
        bytes32 exitId = startExit(coin);
        Signed memory spender = pay(coin, eth(bob, 5 ether));
        skip(MFP);
        vm.expectRevert(abi.encodeWithSelector(IExitGame.TooLate.selector, vm.getBlockTimestamp()));
        challenge(exitId, spendOf(spender, 0));
    }

    function test_ChallengeExit_RevertIf_ChallengedAlready() public {
        Coin memory coin = depositEth(alice, 5 ether);
        bytes32 exitId = startExit(coin);
        Signed memory spender = pay(coin, eth(bob, 5 ether));
        challenge(exitId, spendOf(spender, 0));
        vm.expectRevert(abi.encodeWithSelector(IExitQueue.ExitNotOpen.selector, exitId));
        challenge(exitId, spendOf(spender, 0));
    }

    // ──────────────────────────────────────────────── restarts ───────────────────────────────────────────────

    function test_StartExit_AgainAfterAChallenge_KeepsOneClaim() public {
        Coin memory coin = depositEth(alice, 5 ether);
        depositEth(bob, 5 ether);
        uint64 validUntil = uint64(vm.getBlockTimestamp() + 11);
        Signed memory spender = pay(coins(coin), outputs(eth(bob, 5 ether)), validUntil);
        bytes32 exitId = startExit(coin);
        challenge(exitId, spendOf(spender, 0));

        // The spender dies; the coin is Alice's again.
        include(mint(eth(bob, 1)));
        Delegation memory none;
        _expectStartToRevert(coin, alice, none, abi.encodeWithSelector(IExitQueue.BondOutstanding.selector, exitId));
        skip(1 hours);
        _withdraw(exitId);
        startExit(coin);
        uint256 exitableAt = queue.exit(exitId).exitableAt;
        vm.assertEq(exitableAt, vm.getBlockTimestamp() + MFP);

        // The entry of the first attempt is passed over, whenever its turn comes.
        vm.assertEq(process(), 1);
        vm.warp(exitableAt - 1);
        vm.assertEq(process(), 0);
        vm.warp(exitableAt);
        vm.assertEq(process(), 1);
        assertCredit(alice, 5 ether);
        vm.assertEq(queue.queueLength(address(0), false), 0);
    }

    function test_StartExit_AgainInTheSameCheckpoint_HasAPlaceOfItsOwn() public {
        Coin memory coin = depositEth(alice, 5 ether);
        Signed memory paid = pay(coin, eth(bob, 5 ether));
        Coin memory received = outputOf(paid, 0, include(paid));
        uint64 validUntil = uint64(vm.getBlockTimestamp() + 11);
        Signed memory spender = pay(coins(received), outputs(eth(carol, 5 ether)), validUntil);
        bytes32 exitId = startExit(received);
        challenge(exitId, spendOf(spender, 0));
        include(mint(eth(bob, 1)));
        skip(1 hours);
        _withdraw(exitId);
        startExit(received);
        vm.assertEq(queue.queueLength(address(0), false), 2);
        skip(2 * MFP);
        vm.assertEq(process(), 2);
        assertCredit(bob, 5 ether);
    }

    // ──────────────────────────────────────────────── helpers ────────────────────────────────────────────────

    function _paidToBob() private returns (Signed memory paid, Inclusion memory inclusion) {
        Coin memory coin = depositEth(alice, 5 ether);
        paid = pay(coins(coin), outputs(eth(bob, 2 ether), eth(alice, 3 ether)), FOREVER);
        (inclusion,) = include(paid, mint(eth(mallory, 1)));
    }

    function _delegation(address owner, address delegate, uint64 until) private view returns (Delegation memory) {
        bytes32 digest = Digests.exitDelegate(owner, delegate, until, rootChain.domainSeparator());
        return Delegation(until, signed(keyOf[owner], digest));
    }

    function _withdraw(bytes32 exitId) private {
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = exitId;
        standardExits.withdrawBonds(ids);
    }

    function _expectStartToRevert(Coin memory coin, address caller, bytes4 selector) private {
        Delegation memory none;
        uint256 bond = standardExits.bondSize();
        vm.prank(caller);
        try standardExits.startExit{ value: bond }(coin.creator, coin.inclusion, none) {
            revert("started");
        } catch (bytes memory reason) {
            vm.assertEq(bytes32(bytes4(reason)), bytes32(selector));
        }
    }

    function _expectStartToRevert(Coin memory coin, address caller, Delegation memory delegation, bytes memory reason)
        private
    {
        uint256 bond = standardExits.bondSize();
        vm.expectRevert(reason);
        vm.prank(caller);
        standardExits.startExit{ value: bond }(coin.creator, coin.inclusion, delegation);
    }
}
