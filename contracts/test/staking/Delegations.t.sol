// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { Bonding } from "../../src/Bonding.sol";
import { IBonding } from "../../src/interfaces/IBonding.sol";
import { Stakers } from "./Stakers.sol";

contract DelegationsTest is Stakers {
    // ───────────────────────────────────────────────── delegate ────────────────────────────────────────────────

    function test_Delegate_IsPowerFromTheNextSet() public {
        fund(carol, 500 ether);
        vm.expectEmit(address(bonding));
        emit IBonding.Delegated(val, carol, 500 ether, 500 ether);
        vm.prank(carol);
        bonding.delegate(val, 500 ether);
        vm.assertEq(tokensOf(val), BOND + 500 ether);
        vm.assertEq(bonding.stakeOf(val, carol), 500 ether);
        vm.assertEq(ownOf(val), BOND);
        vm.assertEq(powerIn(1, val), BOND);
        vm.assertEq(bonding.sharesAt(val, carol, 1), 0);
        uint64 id = publishNext();
        vm.assertEq(powerIn(id, val), BOND + 500 ether);
        vm.assertEq(bonding.sharesAt(val, carol, id), 500 ether);
        (uint256 shares,) = bonding.poolAt(val, id);
        vm.assertEq(shares, BOND + 500 ether);
        (shares,) = bonding.poolAt(val, 1);
        vm.assertEq(shares, BOND);
        vm.assertEq(bonding.firstSetOf(val, carol), id);
        vm.assertEq(bonding.firstSetOf(val, dave), 0);
    }

    /// The giver pays, the delegator has the stake.
    function test_DelegateFor_CreditsTheDelegator() public {
        fund(carol, 7);
        vm.prank(carol);
        bonding.delegateFor(dave, val, 7);
        vm.assertEq(bonding.stakeOf(val, dave), 7);
        vm.assertEq(bonding.stakeOf(val, carol), 0);
        vm.assertEq(omg.balanceOf(carol), 0);
        vm.expectRevert(IBonding.AddressIsZero.selector);
        bonding.delegateFor(address(0), val, 7);
    }

    function test_Delegate_RevertWhen_AmountIsZero() public {
        vm.expectRevert(IBonding.AmountIsZero.selector);
        bonding.delegate(val, 0);
    }

    function test_Delegate_RevertWhen_NobodyIsThere() public {
        fund(carol, 1);
        vm.prank(carol);
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotAValidator.selector, dave));
        bonding.delegate(dave, 1);
    }

    function test_Delegate_RevertWhen_Jailed() public {
        uint64 until = uint64(vm.getBlockTimestamp() + 1 days);
        jail(val, until);
        vm.expectRevert(abi.encodeWithSelector(IBonding.IsJailed.selector, val, until));
        vm.prank(carol);
        bonding.delegate(val, 1);
        delegate(carol, other, 1);
        vm.expectRevert(abi.encodeWithSelector(IBonding.IsJailed.selector, val, until));
        vm.prank(carol);
        bonding.redelegate(other, val, 1);
    }

    /// The delegations of many bring a displaced validator back, whoever asks.
    function test_Join_OfOneWhoWasDisplaced() public {
        (, uint256 aliceKey) = account("alice");
        (, uint256 bobKey) = account("bob");
        bondWith(aliceKey, MIN);
        bondWith(bobKey, MIN + 1);
        vm.assertFalse(isValidator(alice));
        vm.expectRevert(abi.encodeWithSelector(IBonding.ValidatorSetFull.selector, MIN + 1));
        bonding.join(alice);
        delegate(carol, alice, 2);
        bonding.join(alice);
        vm.assertTrue(isValidator(alice));
        vm.assertFalse(isValidator(bob));
        vm.expectRevert(abi.encodeWithSelector(IBonding.AlreadyJoined.selector, alice));
        bonding.join(alice);
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotAValidator.selector, dave));
        bonding.join(dave);
    }

    function test_Join_RevertWhen_OwnBondIsTooSmall() public {
        delegate(carol, val, BOND);
        vm.prank(val);
        bonding.unbond(BOND);
        vm.assertFalse(isValidator(val));
        vm.expectRevert(abi.encodeWithSelector(IBonding.BondTooSmall.selector, 0, MIN));
        bonding.join(val);
    }

    // ──────────────────────────────────────────────── undelegate ───────────────────────────────────────────────

    function test_Undelegate_PaysAfterTheDelay() public {
        delegate(carol, val, 500 ether);
        publishNext();
        vm.expectEmit(address(bonding));
        emit IBonding.Undelegated(val, carol, 1, 200 ether, 200 ether);
        uint256 id = undelegate(carol, val, 200 ether);
        vm.assertEq(tokensOf(val), BOND + 300 ether);
        IBonding.Unbonding memory entry = bonding.unbonding(id);
        vm.assertEq(entry.delegator, carol);
        vm.assertEq(entry.validator, val);
        vm.assertEq(entry.amount, 200 ether);
        vm.assertEq(entry.validatorSetId, 2);
        vm.assertEq(bonding.withdrawableAt(id), 0);
        publishNext();
        uint256 freeAt = vm.getBlockTimestamp() + 21 days;
        vm.assertEq(bonding.withdrawableAt(id), freeAt);
        vm.warp(freeAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IBonding.StillSlashable.selector, freeAt));
        vm.prank(carol);
        bonding.withdraw(id, carol);
        vm.warp(freeAt);
        vm.assertEq(withdraw(carol, id), 200 ether);
        vm.assertEq(bonding.unbonding(id).delegator, address(0));
        vm.assertEq(bonding.withdrawableAt(id), 0);
    }

    function test_Undelegate_RevertWhen_MoreThanThereIs() public {
        delegate(carol, val, 5);
        vm.expectRevert(abi.encodeWithSelector(IBonding.SharesExceeded.selector, 6, 5));
        vm.prank(carol);
        bonding.undelegate(val, 6);
        vm.expectRevert(IBonding.AmountIsZero.selector);
        vm.prank(carol);
        bonding.undelegate(val, 0);
    }

    /// Who has left a validator that stands in no set is free in time, too: her leaving makes the next set.
    function test_Undelegate_FromADisplacedValidator_IsFreeInTime() public {
        delegate(carol, val, 5);
        vm.prank(val);
        bonding.unbond(BOND);
        publishNext();
        uint256 id = undelegate(carol, val, 5);
        publishNext();
        skip(21 days);
        vm.assertEq(withdraw(carol, id), 5);
    }

    /// The validator's own bond is shares like any other, and obeys the minimum by whichever door it leaves.
    function test_Undelegate_OfTheOwnBond_KeepsTheMinimum() public {
        vm.expectRevert(abi.encodeWithSelector(IBonding.BondTooSmall.selector, MIN - 1, MIN));
        vm.prank(val);
        bonding.undelegate(val, BOND - MIN + 1);
        vm.expectRevert(abi.encodeWithSelector(IBonding.BondTooSmall.selector, MIN - 1, MIN));
        vm.prank(val);
        bonding.redelegate(val, other, BOND - MIN + 1);
        undelegate(val, val, BOND - MIN);
        vm.assertTrue(isValidator(val));
        undelegate(val, val, MIN);
        vm.assertFalse(isValidator(val));
    }

    /// Without a bond of her own a validator stands in no set, whatever was delegated to her; and delegators can leave.
    function test_Unbond_OfEverything_LeavesTheDelegations() public {
        uint256 shares = delegate(carol, val, 3 * BOND);
        vm.prank(val);
        bonding.unbond(BOND);
        uint64 id = publishNext();
        vm.assertEq(powerIn(id, val), 0);
        vm.assertEq(bonding.stakeOf(val, carol), 3 * BOND);
        undelegate(carol, val, shares);
        vm.assertEq(tokensOf(val), 0);
        bondWith(keys[0], MIN);
        vm.assertTrue(isValidator(val));
    }

    // ──────────────────────────────────────────────── redelegate ───────────────────────────────────────────────

    function test_Redelegate_CountsAtOnceAndMovesNoFurther() public {
        delegate(carol, val, 500 ether);
        delegate(carol, other, 10 ether);
        publishNext();
        vm.expectEmit(address(bonding));
        emit IBonding.Redelegated(val, other, carol, 500 ether, 500 ether, 500 ether);
        redelegate(carol, val, other, 500 ether);
        uint64 id = publishNext();
        vm.assertEq(powerIn(id, val), BOND);
        vm.assertEq(powerIn(id, other), BOND + 510 ether);

        IBonding.Redelegation memory moved = bonding.redelegation(other, carol);
        vm.assertEq(moved.from, val);
        vm.assertEq(moved.validatorSetId, 2);
        vm.assertEq(moved.shares, 500 ether);
        vm.assertEq(moved.freeAt, vm.getBlockTimestamp() + 21 days);
        // What was there before is free, what came is not.
        undelegate(carol, other, 10 ether);
        bytes memory liable = abi.encodeWithSelector(IBonding.StillLiable.selector, moved.freeAt);
        vm.startPrank(carol);
        vm.expectRevert(liable);
        bonding.undelegate(other, 1);
        vm.expectRevert(liable);
        bonding.redelegate(other, val, 1);
        vm.stopPrank();
        delegate(carol, val, 1);
        vm.expectRevert(liable);
        vm.prank(carol);
        bonding.redelegate(val, other, 1);

        vm.warp(moved.freeAt);
        undelegate(carol, other, 500 ether);
        vm.assertEq(bonding.redelegation(other, carol).from, address(0));
    }

    function test_Redelegate_AgainOnceItIsFree() public {
        delegate(carol, val, 500 ether);
        redelegate(carol, val, other, 200 ether);
        publishNext();
        skip(21 days);
        redelegate(carol, val, other, 300 ether);
        vm.assertEq(bonding.redelegation(other, carol).shares, 300 ether);
        undelegate(carol, other, 200 ether);
    }

    function test_Redelegate_RevertWhen_ToTheSame() public {
        delegate(carol, val, 1);
        vm.expectRevert(IBonding.SameValidator.selector);
        vm.prank(carol);
        bonding.redelegate(val, val, 1);
    }

    function test_Redelegate_RevertWhen_NobodyIsThere() public {
        delegate(carol, val, 1);
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotAValidator.selector, dave));
        vm.prank(carol);
        bonding.redelegate(val, dave, 1);
    }

    // ──────────────────────────────────────────── commission, words ────────────────────────────────────────────

    function test_SetCommission_AtWillBeforeAnybodyDelegates() public {
        vm.startPrank(val);
        bonding.setCommission(5000);
        bonding.setCommission(0);
        bonding.setCommission(1000);
        vm.expectRevert(abi.encodeWithSelector(IBonding.CommissionTooHigh.selector, 5001, 5000));
        bonding.setCommission(5001);
        vm.stopPrank();
        (,,, uint16 bps,) = bonding.pool(val);
        vm.assertEq(bps, 1000);
        // What a set was published with stays its own.
        (, bps) = bonding.poolAt(val, 1);
        vm.assertEq(bps, 0);
        uint64 id = publishNext();
        (, bps) = bonding.poolAt(val, id);
        vm.assertEq(bps, 1000);
    }

    function test_SetCommission_RisesInSmallSteps() public {
        vm.prank(val);
        bonding.setCommission(4950);
        delegate(carol, val, 1);
        vm.startPrank(val);
        vm.expectRevert(abi.encodeWithSelector(IBonding.CommissionRaisedAt.selector, START + 1 days));
        bonding.setCommission(4951);
        skip(1 days);
        vm.expectRevert(abi.encodeWithSelector(IBonding.CommissionTooHigh.selector, 5001, 5000));
        bonding.setCommission(5001);
        bonding.setCommission(100);
        vm.expectRevert(abi.encodeWithSelector(IBonding.CommissionTooHigh.selector, 201, 200));
        bonding.setCommission(201);
        vm.expectEmit(address(bonding));
        emit IBonding.CommissionSet(val, 200);
        bonding.setCommission(200);
        skip(1 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IBonding.CommissionRaisedAt.selector, START + 2 days));
        bonding.setCommission(201);
        vm.stopPrank();
    }

    function test_SetCommission_RevertWhen_CallerIsNoValidator() public {
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotAValidator.selector, address(this)));
        bonding.setCommission(1);
    }

    function test_Describe_IsBounded() public {
        vm.startPrank(val);
        vm.expectEmit(address(bonding));
        emit IBonding.Described(val, "Tower & Sons, https://tower.example");
        bonding.describe("Tower & Sons, https://tower.example");
        bonding.describe(string(new bytes(512)));
        vm.expectRevert(abi.encodeWithSelector(IBonding.DescriptionTooLong.selector, 513, 512));
        bonding.describe(string(new bytes(513)));
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotAValidator.selector, address(this)));
        bonding.describe("");
    }

    // ──────────────────────────────────────────────── sets, keys ───────────────────────────────────────────────

    /// Rewards are divided by set, so a network in which nobody moves renews its set now and then.
    function test_PublishValidatorSet_RenewsAfterSevenEpochs() public {
        skip(7 days - 1);
        vm.expectRevert(IBonding.NothingChanged.selector);
        bonding.publishValidatorSet();
        skip(1);
        vm.assertEq(bonding.publishValidatorSet(), 2);
        vm.assertEq(powerIn(2, val), BOND);
    }

    function test_Bond_ShowsTheProofOfTheKey() public {
        (, uint256 aliceKey) = account("alice");
        bytes memory shown = proof(aliceKey, alice);
        fund(alice, MIN);
        vm.expectEmit(address(bonding));
        emit IBonding.SignerProven(alice, alice, shown);
        vm.prank(alice);
        bonding.bond(MIN, alice, shown);
    }

    function test_Constructor_RevertWhen_NobodyIsInsured() public {
        vm.expectRevert(IBonding.AddressIsZero.selector);
        new Bonding(rootChain, IERC20(address(omg)), judge, address(0));
    }

    // ───────────────────────────────────────────────── shares ──────────────────────────────────────────────────

    /// The first-depositor attack has no price to work with: tokens that are sent, and shares that are burnt again, make no share worth more
    /// than a token, so nobody's delegation is ever rounded away.
    function test_Delegate_AfterAnInflationAttempt_LosesNothing() public {
        vm.startPrank(val);
        bonding.unbond(BOND);
        vm.stopPrank();
        delegate(carol, val, 1);
        omg.transfer(address(bonding), 1_000_000 ether);
        uint256 shares = delegate(dave, val, 999);
        vm.assertEq(shares, 999);
        vm.assertEq(bonding.stakeOf(val, dave), 999);
        vm.assertEq(bonding.stakeOf(val, carol), 1);
    }

    /// Whatever happens to a pool: going in and out pays nobody more than she brought, takes nothing from the others, and shares are never
    /// worth more than tokens.
    function testFuzz_Shares_RoundAgainstTheMover(uint96[12] memory amounts, uint16[12] memory cuts) public {
        delegate(carol, val, 1 ether);
        for (uint256 i; i < amounts.length; ++i) {
            if (cuts[i] % 4 == 0) slash(val, 1, uint16(bound(cuts[i], 1, 9999)));
            uint96 before = bonding.stakeOf(val, carol);
            (uint96 tokens, uint256 shares,,,) = bonding.pool(val);
            vm.assertLe(tokens, shares);

            uint96 amount = uint96(bound(amounts[i], 1, 1e9 ether));
            uint256 minted = delegate(dave, val, amount);
            vm.assertGe(minted, amount);
            vm.assertLe(bonding.stakeOf(val, dave), amount);
            vm.assertGe(bonding.stakeOf(val, carol), before);

            uint256 part = bound(amounts[i] >> 3, 1, minted);
            uint96 worth = bonding.stakeOf(val, dave);
            vm.prank(dave);
            try bonding.undelegate(val, part) returns (uint256 id) {
                vm.assertLe(uint256(bonding.unbonding(id).amount) + bonding.stakeOf(val, dave), worth);
            } catch (bytes memory reason) {
                vm.assertEq(bytes32(bytes4(reason)), bytes32(IBonding.AmountIsZero.selector));
            }
            vm.assertGe(bonding.stakeOf(val, carol), before);
            uint256 rest = bonding.sharesOf(val, dave);
            if (rest != 0 && bonding.stakeOf(val, dave) != 0) undelegate(dave, val, rest);
        }
    }
}
