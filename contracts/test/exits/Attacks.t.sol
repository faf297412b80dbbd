// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IChallengeRewards } from "../../src/interfaces/IChallengeRewards.sol";
import { Creator, Delegation, IExitGame, Inclusion, Spend } from "../../src/interfaces/IExitGame.sol";
import { ExitState, IExitQueue } from "../../src/interfaces/IExitQueue.sol";
import { ISpendRegistry, Verdict } from "../../src/interfaces/ISpendRegistry.sol";
import { Codec, Output } from "../../src/libraries/Codec.sol";
import { Tree } from "../../src/libraries/Tree.sol";
import { GasBurner, Refuser } from "../doubles/Receivers.sol";
import { Coin, ExitNetwork, Signed } from "./ExitNetwork.sol";
import { Ledger } from "./Ledger.sol";

/// @notice The attacks of PROTOCOL.md section 10 that aim at the exit games of coins and items.
contract AttacksTest is ExitNetwork {
    function test_A1_MintedCoinIsPaidAfterEveryTimelyHonestOne() public {
        Coin memory deposited = depositEth(alice, 5 ether);
        Coin memory spent = depositEth(bob, 3 ether);
        Signed memory honest = pay(spent, eth(carol, 3 ether));
        Inclusion memory inclusion = include(honest);

        // The operator mints in the very next checkpoint, hides it, and exits at once.
        Signed memory minted = mint(eth(mallory, 8 ether));
        Inclusion memory hidden = include(minted);
        uint256 badAt = vm.getBlockTimestamp();
        bytes32 loot = startExit(outputOf(minted, 0, hidden));

        // Carol's coin is one checkpoint older, and Alice wakes up in the last second.
        skip(1 days);
        bytes32 hers = startExit(outputOf(honest, 0, inclusion));
        vm.warp(badAt + MFP);
        bytes32 late = startExit(deposited);

        vm.warp(badAt + 2 * MFP);
        vm.assertEq(queue.processExits(address(0), false, 2), 2);
        assertState(hers, ExitState.Paid);
        assertState(late, ExitState.Paid);
        process();
        assertState(loot, ExitState.Unpaid);
        assertCredit(mallory, 0);
    }

    function test_A4_OneCoinInTwoHiddenSwaps_CostsNobodyElse() public {
        Coin memory bait = depositEth(mallory, 1 ether);
        Coin memory hers = depositEth(alice, 5 ether);
        Coin memory his = depositEth(bob, 3 ether);
        Signed memory first = pay(coins(bait, hers), outputs(eth(alice, 1 ether), eth(mallory, 5 ether)), FOREVER);
        Signed memory second = pay(coins(bait, his), outputs(eth(bob, 1 ether), eth(mallory, 3 ether)), FOREVER);
        Inclusion memory one = include(first);
        Inclusion memory two = include(second);

        startInFlight(first);
        startInFlight(second);
        bytes32 herInput = piggybackInput(first, 1, alice);
        bytes32 herOutput = piggybackOutput(first, 0);
        bytes32 hisInput = piggybackInput(second, 1, bob);
        piggybackOutput(first, 1);
        piggybackOutput(second, 1);
        // Both are revealed. The earlier one stands, for everybody.
        proveInclusion(second, two);
        proveInclusion(first, one);
        skip(MFP);
        process();
        vm.assertEq(uint256(queue.verdictOf(first.hash)), uint256(Verdict.Canonical));
        vm.assertEq(uint256(queue.verdictOf(second.hash)), uint256(Verdict.Void));
        assertState(herInput, ExitState.Dropped);
        assertState(herOutput, ExitState.Paid);
        assertState(hisInput, ExitState.Paid);
        assertCredit(bob, 3 ether);
        assertCredit(mallory, 5 ether);
    }

    function test_A5_CoinSpentByTwoHiddenPayments_IsPaidOnce() public {
        Coin memory coin = depositEth(mallory, 5 ether);
        depositEth(alice, 20 ether);
        Signed memory first = pay(coin, eth(bob, 5 ether));
        Signed memory second = pay(coin, eth(mallory, 5 ether));
        Inclusion memory one = include(first);
        Inclusion memory two = include(second);

        bytes32 good = startExit(outputOf(first, 0, one));
        bytes32 bad = startExit(outputOf(second, 0, two));
        proveInclusion(first, one);
        Coin memory loot = outputOf(second, 0, two);
        vm.prank(watcher);
        standardExits.challengeLosingExit(bad, loot.creator, 0);
        skip(2 * MFP);
        process();
        assertState(good, ExitState.Paid);
        assertState(bad, ExitState.Dropped);
        // And there is no second try.
        _expectStartToRevert(loot, mallory, ISpendRegistry.InputSpentByOther.selector);
    }

    function test_A5_LosingExit_RevertIf_ItIsTheEarlierOne() public {
        Coin memory coin = depositEth(mallory, 5 ether);
        Signed memory first = pay(coin, eth(bob, 5 ether));
        Inclusion memory one = include(first);
        Signed memory second = pay(coin, eth(mallory, 5 ether));
        Inclusion memory two = include(second);
        bytes32 exitId = startExit(outputOf(first, 0, one));
        proveInclusion(second, two);
        vm.expectRevert();
        standardExits.challengeLosingExit(exitId, outputOf(first, 0).creator, 0);
    }

    function test_A14_TwoCanonicalInFlightExits_AreNotBoth() public {
        Coin memory shared = depositEth(mallory, 4 ether);
        depositEth(alice, 20 ether);
        Signed memory first = pay(shared, eth(bob, 4 ether));
        Signed memory second = pay(shared, eth(mallory, 4 ether));
        startInFlight(first);
        bytes32 toBob = piggybackOutput(first, 0);
        // Nobody challenges; the second start itself is the evidence against both.
        startInFlight(second);
        bytes32 toMallory = piggybackOutput(second, 0);
        bytes32 back = piggybackInput(second, 0, mallory);
        skip(MFP);
        process();
        assertState(toBob, ExitState.Dropped);
        assertState(toMallory, ExitState.Dropped);
        // She signed both, so she does not get the coin back either.
        assertState(back, ExitState.Dropped);
        vm.assertEq(ethVault.deposited(address(0)), 24 ether);
    }

    function test_A14_SecondInFlightExitInTheSecondHalf_ChangesNothing() public {
        Coin memory shared = depositEth(mallory, 4 ether);
        depositEth(alice, 20 ether);
        Signed memory first = pay(shared, eth(bob, 4 ether));
        Signed memory second = pay(shared, eth(mallory, 4 ether));
        startInFlight(first);
        bytes32 toBob = piggybackOutput(first, 0);
        skip(MFP / 2);
        startInFlight(second);
        bytes32 toMallory = piggybackOutput(second, 0);
        skip(MFP);
        process();
        assertState(toBob, ExitState.Paid);
        assertState(toMallory, ExitState.Dropped);
    }

    function test_A15_ConflictIncludedAfterAnInFlightExitIsFinal_IsVoid() public {
        Coin memory coin = depositEth(mallory, 5 ether);
        depositEth(alice, 20 ether);
        Signed memory paid = pay(coin, eth(mallory, 5 ether));
        startInFlight(paid);
        piggybackOutput(paid, 0);
        skip(MFP);
        process();
        assertCredit(mallory, 5 ether);

        Signed memory conflict = pay(coin, eth(mallory, 5 ether));
        Signed memory onward = pay(outputOf(conflict, 0), eth(bob, 5 ether));
        (Inclusion memory one, Inclusion memory two) = include(conflict, onward);
        _expectStartToRevert(outputOf(conflict, 0, one), mallory, ISpendRegistry.InputSpentByOther.selector);
        // Its descendants go with it.
        bytes32 exitId = startExit(outputOf(onward, 0, two));
        inFlightExits.voidTransaction(conflict.encoded, 0);
        inFlightExits.voidDescendant(onward.encoded, 0, conflict.hash, 0);
        vm.prank(watcher);
        standardExits.challengeVoidExit(exitId, onward.hash, 0);
        skip(2 * MFP);
        process();
        assertCredit(bob, 0);
    }

    function test_A16_CoSignerWhoDoubleSpends_GivesTheOtherHerCoinBack() public {
        Coin memory hers = depositEth(alice, 5 ether);
        Coin memory his = depositEth(mallory, 3 ether);
        Signed memory swap = pay(coins(hers, his), outputs(eth(mallory, 5 ether), eth(alice, 3 ether)), FOREVER);
        Signed memory kill = pay(his, eth(mallory, 3 ether));
        include(kill);
        // Her exit of the coin is challenged with the swap, which she has signed; so she goes on with the swap itself.
        bytes32 exitId = startExit(hers);
        challenge(exitId, spendOf(swap, 0));
        startInFlight(swap);
        bytes32 back = piggybackInput(swap, 0, alice);
        piggybackOutput(swap, 1);
        challengeCanonicity(swap, spendOf(kill, 0));
        skip(MFP);
        process();
        assertState(back, ExitState.Paid);
        assertCredit(alice, 5 ether);
    }

    function test_A17_RetryAfterTimeOut_CannotBeKilledByTheDeadFirstTry() public {
        Coin memory coin = depositEth(alice, 5 ether);
        uint64 validUntil = uint64(vm.getBlockTimestamp() + 11);
        Signed memory firstTry = pay(coins(coin), outputs(eth(bob, 5 ether)), validUntil);
        include(mint(eth(mallory, 1)));
        Signed memory retry = pay(coin, eth(bob, 5 ether));

        startInFlight(firstTry);
        startInFlight(retry);
        bytes32 exitId = piggybackOutput(retry, 0);
        vm.expectRevert(abi.encodeWithSelector(IExitGame.TransactionExpired.selector, validUntil));
        challengeCanonicity(retry, spendOf(firstTry, 0));
        skip(MFP);
        process();
        assertState(exitId, ExitState.Paid);
        assertCredit(bob, 5 ether);
        vm.assertEq(uint256(queue.verdictOf(firstTry.hash)), uint256(Verdict.None));
    }

    function test_A18_SameTransactionAtTwoIndices_IsOneExit() public {
        Coin memory coin = depositEth(alice, 5 ether);
        depositEth(bob, 5 ether);
        Signed memory paid = pay(coin, eth(mallory, 5 ether));
        (Inclusion memory one, Inclusion memory two) = include(paid, paid);
        bytes32 exitId = startExit(outputOf(paid, 0, one));
        _expectStartToRevert(outputOf(paid, 0, two), mallory, IExitQueue.ExitExists.selector);
        skip(2 * MFP);
        process();
        assertState(exitId, ExitState.Paid);
        _expectStartToRevert(outputOf(paid, 0, two), mallory, IExitQueue.ExitExists.selector);
    }

    function test_A18_NodeAsLeafAndOtherEncodings_AreRefused() public {
        Coin memory coin = depositEth(alice, 5 ether);
        Signed memory paid = pay(coin, eth(mallory, 5 ether));
        (Inclusion memory inclusion,) = include(paid, mint(eth(bob, 1)));
        Coin memory owned = outputOf(paid, 0, inclusion);
        bytes memory proof = inclusion.proof;
        bytes memory first = new bytes(64);
        for (uint256 i; i < 64; ++i) {
            first[i] = proof[3 + i];
        }

        // A proof that starts one level higher, as if the parent were the leaf.
        owned.inclusion.proof = hex"000000";
        _expectStartToRevert(owned, mallory, IExitGame.NotIncluded.selector);
        // The empty subtree spelled out.
        owned.inclusion.proof = abi.encodePacked(uint24(3), first, Tree.emptyRoot(1), bytes32(0));
        _expectStartToRevert(owned, mallory, Tree.EmptySibling.selector);
        // A byte more, in the proof and in the transaction.
        owned.inclusion.proof = abi.encodePacked(proof, uint8(0));
        _expectStartToRevert(owned, mallory, Tree.WrongProofLength.selector);
        owned.inclusion.proof = proof;
        owned.creator.transaction = abi.encodePacked(paid.encoded, uint8(0));
        _expectStartToRevert(owned, mallory, Codec.WrongLength.selector);
    }

    function test_A20_ExitOfALongSpentCoin_IsChallengedByAnySpender() public {
        Coin memory coin = depositEth(alice, 5 ether);
        Signed memory spender = pay(coin, eth(bob, 5 ether));
        Inclusion memory inclusion = include(spender);
        skip(365 days);
        bytes32 exitId = startExit(coin);
        skip(MFP - 1);
        challenge(exitId, spendOf(spender, 0, inclusion));
        assertState(exitId, ExitState.Challenged);
        bytes32 received = startExit(outputOf(spender, 0, inclusion));
        skip(MFP);
        process();
        assertState(received, ExitState.Paid);
        assertCredit(alice, 0);
        assertCredit(bob, 5 ether);
    }

    /// What A20 leaves to the honest: whoever exits the output need not wait for a watcher.
    function test_A20_ExitOfTheOutput_MustRevealTheSpendFirst() public {
        Coin memory coin = depositEth(alice, 5 ether);
        depositEth(carol, 5 ether);
        Signed memory spender = pay(coin, eth(bob, 5 ether));
        Inclusion memory inclusion = include(spender);
        bytes32 stolen = startExit(coin);
        _expectStartToRevert(outputOf(spender, 0, inclusion), bob, ISpendRegistry.SpendNotProven.selector);
        proveInclusion(spender, inclusion);
        bytes32 received = startExit(outputOf(spender, 0, inclusion));
        skip(2 * MFP);
        process();
        assertState(stolen, ExitState.Dropped);
        assertState(received, ExitState.Paid);
    }

    function test_A29_OwnersWhoRefuseOrBurn_DelayNobody() public {
        Coin memory refuser = depositEth(address(new Refuser()), 1 ether);
        Coin memory burner = depositEth(address(new GasBurner()), 1 ether);
        Coin memory hers = depositEth(alice, 5 ether);
        vm.deal(ownerOf(refuser), 1 ether);
        vm.deal(ownerOf(burner), 1 ether);
        bytes32[] memory ids = new bytes32[](3);
        (ids[0], ids[1], ids[2]) = (startExit(refuser), startExit(burner), startExit(hers));
        skip(MFP);
        uint256 before = gasleft();
        vm.assertEq(process(), 3);
        vm.assertLt(before - gasleft(), 200_000);
        assertCredit(alice, 5 ether);
        ethVault.withdraw(address(0), alice);
        vm.assertEq(alice.balance, 105 ether - standardExits.bondSize());
        // Their bonds wait for them; hers does not wait for theirs.
        bytes32[] memory one = new bytes32[](1);
        one[0] = ids[0];
        standardExits.withdrawBonds(one);
        vm.assertEq(standardExits.owed(ownerOf(refuser)), standardExits.bondSize());
        one[0] = ids[2];
        standardExits.withdrawBonds(one);
        vm.assertEq(alice.balance, 105 ether);
    }

    function test_A29_BrokenToken_StopsOnlyItself() public {
        Coin memory dollars = depositUsd(alice, 100);
        Coin memory hers = depositEth(alice, 5 ether);
        startExit(dollars);
        startExit(hers);
        skip(MFP);
        vm.etch(address(usd), hex"fe");
        vm.assertEq(queue.processExits(address(usd), false, 1), 1);
        vm.assertEq(process(), 1);
        assertCredit(alice, 5 ether);
        vm.assertEq(erc20Vault.creditOf(alice, address(usd)), 100);
    }

    function test_A39_AnnouncedChallenger_TakesTheRewardBackFromACopy() public {
        Coin memory coin = depositEth(alice, 5 ether);
        Signed memory spender = pay(coin, eth(bob, 5 ether));
        bytes32 exitId = startExit(coin);
        bytes32 salt = keccak256("salt");
        vm.prank(watcher);
        standardExits.announceChallenge(keccak256(abi.encode(exitId, spender.hash, watcher, salt)));
        skip(12);
        // Mallory copies the challenge out of the mempool, and announces when she sees that it pays.
        vm.prank(mallory);
        standardExits.challengeExit(exitId, spendOf(spender, 0));
        vm.prank(mallory);
        standardExits.announceChallenge(keccak256(abi.encode(exitId, spender.hash, mallory, salt)));
        skip(12);
        _expectClaimToRevert(mallory, exitId, spender.hash, salt);
        _expectClaimToRevert(watcher, exitId, spender.hash, "another salt");
        _expectClaimToRevert(watcher, exitId, "another spender", salt);
        vm.prank(watcher);
        standardExits.claimReward(exitId, spender.hash, salt);

        bytes32[] memory ids = new bytes32[](1);
        ids[0] = exitId;
        vm.expectRevert();
        standardExits.withdrawBonds(ids);
        skip(1 hours);
        _expectClaimToRevert(watcher, exitId, spender.hash, salt);
        standardExits.withdrawBonds(ids);
        vm.assertEq(watcher.balance, 100 ether + standardExits.bondSize() / 2);
        vm.expectRevert(abi.encodeWithSelector(IChallengeRewards.NothingToWithdraw.selector, exitId));
        standardExits.withdrawBonds(ids);
    }

    function test_A39_Announcement_RevertIf_Copied() public {
        standardExits.announceChallenge("announcement");
        vm.expectRevert(abi.encodeWithSelector(IChallengeRewards.AlreadyAnnounced.selector, bytes32("announcement")));
        vm.prank(mallory);
        standardExits.announceChallenge("announcement");
    }

    function _expectClaimToRevert(address caller, bytes32 exitId, bytes32 evidence, bytes32 salt) private {
        vm.expectRevert(abi.encodeWithSelector(IChallengeRewards.RewardNotYours.selector, exitId));
        vm.prank(caller);
        standardExits.claimReward(exitId, evidence, salt);
    }

    function _expectStartToRevert(Coin memory owned, address caller, bytes4 selector) private {
        Delegation memory none;
        uint256 bond = standardExits.bondSize();
        vm.prank(caller);
        try standardExits.startExit{ value: bond }(owned.creator, owned.inclusion, none) {
            revert("started");
        } catch (bytes memory reason) {
            vm.assertEq(bytes32(bytes4(reason)), bytes32(selector));
        }
    }
}
