// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Inclusion } from "../../src/interfaces/IExitGame.sol";
import { ExitState } from "../../src/interfaces/IExitQueue.sol";
import { IStandardExits } from "../../src/interfaces/IStandardExits.sol";
import { Coin, ExitNetwork, Signed } from "./ExitNetwork.sol";

/// @notice Attacks on the order of payment, by exits that their owners challenge themselves and start again.
contract QueueTest is ExitNetwork {
    function test_A1_MintAtTheSameSecond_IsPaidAfterTheHonest() public {
        Signed memory honest = pay(depositEth(bob, 5 ether), eth(alice, 5 ether));
        Signed memory minted = mint(eth(mallory, 5 ether));
        Coin memory hers = outputOf(honest, 0, include(honest));
        // Both checkpoints are accepted in one block.
        Coin memory loot = outputOf(minted, 0, includeNow(_list(minted))[0]);
        uint256 acceptedAt = vm.getBlockTimestamp();
        skip(100);
        bytes32 good = startExit(hers);
        vm.warp(acceptedAt + MFP);
        bytes32 bad = startExit(loot);
        vm.warp(acceptedAt + 2 * MFP);
        process();
        assertState(good, ExitState.Paid);
        assertState(bad, ExitState.Unpaid);
    }

    function test_A1_RestartWithTheOldOnes_HoldsUpNoList() public {
        Signed memory honest = pay(depositEth(bob, 5 ether), eth(alice, 5 ether));
        Signed memory blocker = pay(depositEth(mallory, 1), eth(mallory, 1));
        (Inclusion memory first, Inclusion memory second) = include(honest, blocker);
        Signed memory minted = mint(eth(mallory, 5 ether));
        Coin memory loot = outputOf(minted, 0, include(minted));
        uint256 badAt = vm.getBlockTimestamp();

        bytes32 good = startExit(outputOf(honest, 0, first));
        Coin memory dust = outputOf(blocker, 0, second);
        _challengeAndWithdraw(startExit(dust), dust);
        vm.warp(badAt + MFP);
        // The dust now waits with the old ones, as long as what was minted.
        startExit(dust);
        bytes32 bad = startExit(loot);
        process();
        vm.warp(badAt + 2 * MFP);
        process();
        assertState(good, ExitState.Paid);
        assertState(bad, ExitState.Unpaid);
        vm.assertEq(queue.queueLength(address(0), false), 0);
    }

    function test_A18_DuplicateLeafCannotCorruptTheQueue() public {
        Signed memory honest = pay(depositEth(bob, 5 ether), eth(alice, 5 ether));
        Signed memory twice = pay(depositEth(mallory, 1), eth(mallory, 1));
        Signed memory other = pay(depositEth(mallory, 2), eth(mallory, 2));
        (Inclusion memory first, Inclusion memory here) = include(honest, twice);
        (Inclusion memory second, Inclusion memory there) = include(other, twice);

        bytes32 good = startExit(outputOf(honest, 0, first));
        Coin memory dust = outputOf(twice, 0, here);
        bytes32 moved = startExit(dust);
        bytes32 last = startExit(outputOf(other, 0, second));
        _challengeAndWithdraw(moved, dust);
        startExit(outputOf(twice, 0, there));

        bytes32 later = startExit(depositEth(carol, 1 ether));
        skip(3 * MFP);
        process();
        bytes32[4] memory all = [good, moved, last, later];
        for (uint256 i; i < 4; ++i) {
            assertState(all[i], ExitState.Paid);
        }
        vm.assertEq(queue.queueLength(address(0), false), 0);
    }

    /// As above, in the other direction: the restart waits longer, because its leaf is younger.
    function test_A18_RestartWithTheYoungOnes_HoldsUpNobody() public {
        Signed memory twice = pay(depositEth(mallory, 1), eth(mallory, 1));
        Coin memory dust = outputOf(twice, 0, include(twice));
        skip(MFP + 1);
        bytes32 moved = startExit(dust);
        bytes32 good = startExit(depositEth(alice, 5 ether));
        uint256 startedAt = vm.getBlockTimestamp();
        _challengeAndWithdraw(moved, dust);
        Coin memory again = outputOf(twice, 0, include(twice));
        startExit(again);
        vm.warp(startedAt + MFP);
        process();
        assertState(good, ExitState.Paid);
        assertState(moved, ExitState.Open);
        skip(2 * MFP);
        process();
        assertState(moved, ExitState.Paid);
    }

    function test_A18_RestartsInOneList_AreAllPassedOver() public {
        Signed memory paid = pay(depositEth(alice, 5 ether), eth(mallory, 5 ether));
        Coin memory dust = outputOf(paid, 0, include(paid));
        bytes32 exitId;
        for (uint256 i; i < 5; ++i) {
            exitId = startExit(dust);
            vm.assertEq(queue.queueLength(address(0), false), i + 1);
            if (i < 4) _challengeAndWithdraw(exitId, dust);
        }
        skip(2 * MFP);
        vm.assertEq(process(), 5);
        assertCredit(mallory, 5 ether);
        vm.assertEq(queue.nextExits(address(0), false, 5).length, 0);
    }

    function test_A18_LaterDuplicateOfTheCreator_CannotRemoveAnExit() public {
        Coin memory coin = depositEth(alice, 5 ether);
        Signed memory honest = pay(coin, eth(bob, 5 ether));
        Coin memory his = outputOf(honest, 0, include(honest));
        bytes32 exitId = startExit(his);
        // The operator includes a second payment of Alice's coin, and then the first one once more.
        Signed memory rival = pay(coin, eth(mallory, 5 ether));
        Inclusion memory hidden = include(rival);
        include(honest);
        proveInclusion(rival, hidden);
        vm.expectRevert(abi.encodeWithSelector(IStandardExits.CreatorNotVoid.selector, honest.hash));
        standardExits.challengeLosingExit(exitId, his.creator, 0);
        // Started by its later leaf the exit loses.
        vm.assertEq(queue.exit(exitId).leaf, uint256(1) << 24);
    }

    function test_Amount_OfAnySize_IsKept() public {
        uint128[4] memory amounts = [uint128(1), type(uint72).max - 1, type(uint72).max, type(uint128).max];
        for (uint256 i; i < 4; ++i) {
            vm.assertEq(queue.exit(startExit(depositUsd(alice, amounts[i]))).amount, amounts[i]);
        }
    }

    function _list(Signed memory transaction) private pure returns (Signed[] memory list) {
        list = new Signed[](1);
        list[0] = transaction;
    }

    /// The owner shows a spend of her own.
    function _challengeAndWithdraw(bytes32 exitId, Coin memory owned) private {
        challenge(exitId, spendOf(pay(owned, owned.output), 0));
        skip(1 hours);
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = exitId;
        standardExits.withdrawBonds(ids);
    }
}
