// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBonding } from "../../src/interfaces/IBonding.sol";
import { IInsuranceVault } from "../../src/interfaces/IInsuranceVault.sol";
import { Stakers } from "./Stakers.sol";

contract SlashTest is Stakers {
    function test_Slash_DividesTheLoss() public {
        vm.expectEmit(address(bonding));
        emit IBonding.Slashed(val, 1, 500, 500 ether, prover);
        vm.assertEq(slash(val, 1, 500), 500 ether);
        vm.assertEq(tokensOf(val), BOND - 500 ether);
        vm.assertEq(bonding.owed(prover), 25 ether);
        vm.assertEq(bonding.owed(insurance), 225 ether);
        vm.assertEq(omg.balanceOf(BURNT), 250 ether);
        vm.assertEq(bonding.payOwed(prover), 25 ether);
        vm.assertEq(omg.balanceOf(prover), 25 ether);
        vm.assertEq(bonding.payOwed(insurance), 225 ether);
        vm.assertEq(omg.balanceOf(insurance), 225 ether);
        vm.expectRevert(abi.encodeWithSelector(IBonding.NothingOwed.selector, prover));
        bonding.payOwed(prover);
    }

    /// A loss is rounded up, and what nobody gets is burnt.
    function test_Slash_RoundsAgainstTheSlashed() public {
        delegate(carol, val, 1);
        vm.assertEq(slash(val, 1, 1), 1 ether + 1);
        uint256 sum = bonding.owed(prover) + bonding.owed(insurance) + omg.balanceOf(BURNT);
        vm.assertEq(sum, 1 ether + 1);
    }

    /// I11: a validator with little of her own and much of others' does not gain by proving herself guilty.
    function test_Slash_ProverGetsAtMostHalfOfTheOwnLoss() public {
        delegate(carol, val, 99 * BOND);
        slash(val, 1, 500);
        vm.assertEq(bonding.owed(prover), 250 ether);
        vm.assertEq(bonding.owed(insurance), 22_500 ether);
        vm.assertEq(omg.balanceOf(BURNT), 50_000 ether - 22_500 ether - 250 ether);
    }

    function test_Slash_WithoutAProver_BurnsThatPart() public {
        vm.prank(judge);
        bonding.slash(val, 1, 500, address(0));
        vm.assertEq(bonding.owed(address(0)), 0);
        vm.assertEq(omg.balanceOf(BURNT), 275 ether);
    }

    function test_Slash_RevertWhen_CallerIsAnother() public {
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotSlashing.selector, address(this)));
        bonding.slash(val, 1, 500, prover);
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotSlashing.selector, address(this)));
        bonding.jail(val, type(uint64).max);
    }

    function test_Slash_RevertWhen_FractionIsNone() public {
        vm.startPrank(judge);
        vm.expectRevert(abi.encodeWithSelector(IBonding.InvalidFraction.selector, 0));
        bonding.slash(val, 1, 0, prover);
        vm.expectRevert(abi.encodeWithSelector(IBonding.InvalidFraction.selector, 10_001));
        bonding.slash(val, 1, 10_001, prover);
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotAValidator.selector, dave));
        bonding.slash(dave, 1, 1, prover);
        vm.stopPrank();
    }

    /// A26: as long as the stake of a set is not free, and not longer.
    function test_Slash_RevertWhen_SetIsNotSlashable() public {
        delegate(carol, val, 1);
        publishNext();
        uint256 freeAt = vm.getBlockTimestamp() + 21 days;
        vm.startPrank(judge);
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotSlashable.selector, 0));
        bonding.slash(val, 0, 1, prover);
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotSlashable.selector, 3));
        bonding.slash(val, 3, 1, prover);
        vm.warp(freeAt - 1);
        bonding.slash(val, 1, 1, prover);
        vm.warp(freeAt);
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotSlashable.selector, 1));
        bonding.slash(val, 1, 1, prover);
        bonding.slash(val, 2, 1, prover);
        vm.stopPrank();
    }

    // ─────────────────────────────────────────────── unbonding ─────────────────────────────────────────────────

    /// A26: what left during the set or later answers, what left before does not; a withdrawal waits for the last proof.
    function test_Slash_ReachesWhatLeftSince() public {
        delegate(carol, val, 300 ether);
        delegate(dave, val, 300 ether);
        uint256 before = undelegate(carol, val, 100 ether);
        publishNext();
        uint256 during = undelegate(carol, val, 100 ether);
        uint256 same = undelegate(dave, val, 50 ether);
        publishNext();
        uint256 later = undelegate(dave, val, 100 ether);

        vm.expectEmit(address(bonding));
        emit IBonding.UnbondingSlashed(val, 3, 10 ether);
        vm.expectEmit(address(bonding));
        emit IBonding.UnbondingSlashed(val, 2, 15 ether);
        vm.assertEq(slash(val, 2, 1000), 1025 ether + 25 ether);
        vm.assertEq(bonding.unbonding(before).amount, 100 ether);
        vm.assertEq(bonding.unbonding(during).amount, 90 ether);
        vm.assertEq(bonding.unbonding(same).amount, 45 ether);
        vm.assertEq(bonding.unbonding(later).amount, 90 ether);
        vm.assertEq(tokensOf(val), 9225 ether);

        // Who leaves after the slash is in another pool, and pays for nothing twice.
        uint256 after_ = undelegate(dave, val, 100 ether);
        vm.assertEq(bonding.unbonding(after_).amount, 90 ether);
        slash(val, 3, 1000);
        vm.assertEq(bonding.unbonding(during).amount, 90 ether);
        vm.assertEq(bonding.unbonding(later).amount, 81 ether);
        vm.assertEq(bonding.unbonding(after_).amount, 81 ether);

        publishNext();
        skip(21 days);
        vm.assertEq(withdraw(carol, before), 100 ether);
        vm.assertEq(withdraw(carol, during), 90 ether);
        vm.assertEq(withdraw(dave, same), 45 ether);
        vm.assertEq(withdraw(dave, later), 81 ether);
        vm.assertEq(withdraw(dave, after_), 81 ether);
    }

    /// Her own bond on its way out counts as her own loss, so a proof about a validator who runs away pays as well.
    function test_Slash_OfAValidatorWhoHasLeft_PaysTheProver() public {
        delegate(carol, val, BOND);
        vm.startPrank(val);
        bonding.unbond(BOND);
        vm.stopPrank();
        vm.assertEq(slash(val, 1, 10_000), 2 * BOND);
        vm.assertEq(bonding.owed(prover), 1000 ether);
        vm.assertEq(bonding.unbonding(1).amount, 0);
        publishNext();
        skip(21 days);
        vm.assertEq(withdraw(val, 1), 0);
    }

    /// To the last second, and then what is left can go.
    function test_Slash_UntilTheWithdrawal() public {
        uint256 theirs = delegate(carol, val, BOND);
        vm.prank(val);
        uint256 own = bonding.unbond(BOND);
        undelegate(carol, val, theirs);
        publishNext();
        skip(21 days - 1);
        slash(val, 1, 1000);
        vm.assertEq(bonding.owed(prover), 2000 ether * 5 / 100);
        skip(1);
        vm.assertEq(withdraw(val, own), 9000 ether);
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotSlashable.selector, 1));
        vm.prank(judge);
        bonding.slash(val, 1, 1000, prover);
    }

    // ─────────────────────────────────────────────── emptied pools ─────────────────────────────────────────────

    /// Everything: the shares are void, and who comes next starts anew.
    function test_Slash_OfEverything_BeginsANewEra() public {
        uint256 shares = delegate(carol, val, 300 ether);
        publishNext();
        vm.expectEmit(address(bonding));
        emit IBonding.PoolEmptied(val);
        slash(val, 2, 10_000);
        vm.assertEq(tokensOf(val), 0);
        vm.assertEq(bonding.sharesOf(val, carol), 0);
        vm.assertEq(bonding.stakeOf(val, carol), 0);
        vm.assertFalse(isValidator(val));
        vm.expectRevert(abi.encodeWithSelector(IBonding.SharesExceeded.selector, shares, 0));
        vm.prank(carol);
        bonding.undelegate(val, shares);
        // What counted in a set before still did.
        vm.assertEq(bonding.sharesAt(val, carol, 2), shares);

        bondWith(keys[0], MIN);
        vm.assertEq(delegate(carol, val, 7), 7);
        vm.assertEq(bonding.stakeOf(val, carol), 7);
        vm.assertEq(bonding.firstSetOf(val, carol), 2);
        uint64 id = publishNext();
        vm.assertEq(bonding.sharesAt(val, carol, id), 7);
        vm.assertEq(bonding.sharesAt(val, carol, 2), shares);
    }

    /// Next to nothing is nothing, or shares would one day not fit their 128 bits.
    function test_Slash_ToDust_EmptiesThePool() public {
        slash(val, 1, 9999);
        slash(val, 1, 9999);
        vm.assertEq(tokensOf(val), 1e14);
        slash(val, 1, 9999);
        vm.assertEq(tokensOf(val), 0);
        (, uint256 shares,,,) = bonding.pool(val);
        vm.assertEq(shares, 0);
        // And nothing is lost of nothing.
        vm.assertEq(slash(val, 1, 10_000), 0);
    }

    function test_Slash_BelowTheMinimum_LeavesTheSet() public {
        slash(val, 1, 9001);
        vm.assertFalse(isValidator(val));
        vm.expectRevert(abi.encodeWithSelector(IBonding.BondTooSmall.selector, 999 ether, MIN));
        bonding.join(val);
        fund(val, 1 ether);
        bytes memory keyProof = proof(keys[0], val);
        vm.prank(val);
        bonding.bond(1 ether, val, keyProof);
        vm.assertTrue(isValidator(val));
    }

    // ─────────────────────────────────────────────── redelegations ─────────────────────────────────────────────

    /// Stake that has moved answers for the validator it left, whoever looks when.
    function test_Slash_ReachesWhatMoved() public {
        delegate(carol, val, 1000 ether);
        publishNext();
        redelegate(carol, val, other, 1000 ether);
        publishNext();
        slash(val, 2, 1000);
        slash(val, 3, 1000);
        vm.assertEq(bonding.stakeOf(other, carol), 1000 ether);
        uint256 burnt = omg.balanceOf(BURNT);
        uint256 rewards = bonding.owed(prover);
        vm.expectEmit(address(bonding));
        emit IBonding.RedelegationSlashed(val, other, carol, 100 ether, 100 ether);
        bonding.settleRedelegation(other, carol);
        // Only for the set in which it was still there, and once.
        vm.assertEq(bonding.stakeOf(other, carol), 900 ether);
        vm.assertEq(bonding.redelegation(other, carol).shares, 900 ether);
        vm.assertEq(tokensOf(other), BOND + 900 ether);
        bonding.settleRedelegation(other, carol);
        vm.assertEq(bonding.stakeOf(other, carol), 900 ether);
        // I11: it is not the offender's own, so the prover gets nothing of it.
        vm.assertEq(bonding.owed(prover), rewards);
        vm.assertEq(omg.balanceOf(BURNT) - burnt, 55 ether);
    }

    /// Nobody gets away by waiting: the slash is charged before the stake moves again.
    function test_Slash_OfWhatMoved_IsChargedBeforeItLeaves() public {
        delegate(carol, val, 1000 ether);
        publishNext();
        redelegate(carol, val, other, 1000 ether);
        publishNext();
        slash(val, 2, 1000);
        vm.warp(bonding.redelegation(other, carol).freeAt);
        vm.expectRevert(abi.encodeWithSelector(IBonding.SharesExceeded.selector, 1000 ether, 900 ether));
        vm.prank(carol);
        bonding.undelegate(other, 1000 ether);
        undelegate(carol, other, 900 ether);
        vm.assertEq(tokensOf(other), BOND);
    }

    /// The offender's own stake pays for the proof also where it has moved.
    function test_Slash_OfTheOwnBondThatMoved_PaysTheProver() public {
        redelegate(val, val, other, BOND);
        vm.assertEq(slash(val, 1, 10_000), 0);
        vm.assertEq(bonding.owed(prover), 0);
        bonding.settleRedelegation(other, val);
        vm.assertEq(bonding.stakeOf(other, val), 0);
        vm.assertEq(bonding.owed(prover), 500 ether);
        vm.assertEq(bonding.redelegation(other, val).from, address(0));
        vm.assertEq(tokensOf(other), BOND);
    }

    /// What was lost with the new validator is not charged for the former one again.
    function test_Slash_OfWhatMoved_EndsWithThePoolItIsIn() public {
        delegate(carol, val, 1000 ether);
        redelegate(carol, val, other, 1000 ether);
        slash(other, 1, 10_000);
        slash(val, 1, 1000);
        bondWith(keys[1], BOND);
        delegate(carol, other, 500 ether);
        bonding.settleRedelegation(other, carol);
        vm.assertEq(bonding.stakeOf(other, carol), 500 ether);
        undelegate(carol, other, 500 ether);
    }

    /// A validator who moved what she had elsewhere to her own pool, and loses it there, falls below the minimum like any other.
    function test_Slash_OfWhatMovedToTheOwnPool_LeavesTheSet() public {
        delegate(other, val, BOND);
        vm.prank(other);
        bonding.unbond(BOND);
        redelegate(other, val, other, BOND);
        vm.assertFalse(isValidator(other));
        bonding.join(other);
        slash(val, 1, 10_000);
        bonding.settleRedelegation(other, other);
        vm.assertFalse(isValidator(other));
    }

    // ─────────────────────────────────────────────────── jail ──────────────────────────────────────────────────

    function test_Jail_KeepsOutOfNewSetsUntilAsked() public {
        uint64 until = uint64(vm.getBlockTimestamp() + 3 days);
        vm.expectEmit(address(bonding));
        emit IBonding.Jailed(val, until);
        jail(val, until);
        vm.assertFalse(isValidator(val));
        (,,,, uint64 jailedUntil) = bonding.pool(val);
        vm.assertEq(jailedUntil, until);
        vm.assertEq(powerIn(publishNext(), val), 0);
        // A term is never made shorter.
        jail(val, until - 1);
        vm.startPrank(val);
        vm.expectRevert(abi.encodeWithSelector(IBonding.IsJailed.selector, val, until));
        bonding.unjail();
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(IBonding.IsJailed.selector, val, until));
        bonding.join(val);
        vm.expectEmit(address(bonding));
        emit IBonding.Unjailed(val);
        bonding.unjail();
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotJailed.selector, val));
        bonding.unjail();
        vm.stopPrank();
        vm.assertTrue(isValidator(val));
        vm.assertEq(powerIn(publishNext(), val), BOND);
    }

    function test_Jail_RevertWhen_TermIsNone() public {
        uint64 time = uint64(vm.getBlockTimestamp());
        vm.startPrank(judge);
        vm.expectRevert(abi.encodeWithSelector(IBonding.InvalidTerm.selector, time));
        bonding.jail(val, time);
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotAValidator.selector, dave));
        bonding.jail(dave, time + 1);
        vm.stopPrank();
    }

    /// She may add to her bond in jail, and stays there.
    function test_Bond_InJail_DoesNotJoin() public {
        jail(val, vm.getBlockTimestamp() + 1 days);
        fund(val, 1);
        vm.prank(val);
        bonding.bond(1, alice, "");
        vm.assertFalse(isValidator(val));
        vm.assertEq(bonding.validator(val).signer, val);
    }

    function test_Unjail_WithoutABond_DoesNotJoin() public {
        vm.prank(val);
        bonding.unbond(BOND);
        jail(val, vm.getBlockTimestamp() + 1);
        skip(1);
        vm.prank(val);
        bonding.unjail();
        vm.assertFalse(isValidator(val));
    }

    function test_Unjail_IntoAFullSet_WaitsForAPlace() public {
        slash(val, 1, 5000);
        jail(val, vm.getBlockTimestamp() + 1);
        (, uint256 aliceKey) = account("alice");
        (, uint256 bobKey) = account("bob");
        bondWith(aliceKey, BOND);
        bondWith(bobKey, BOND);
        skip(1);
        vm.prank(val);
        bonding.unjail();
        vm.assertFalse(isValidator(val));
        delegate(carol, val, BOND);
        bonding.join(val);
        vm.assertTrue(isValidator(val));
    }

    // ──────────────────────────────────────────────── I11 ──────────────────────────────────────────────────────

    /// I11: whoever is validator, delegator and prover at once has less after any slash, however much others delegated and wherever her own is.
    function testFuzz_Slash_NobodyProfitsFromSlashingHerself(
        uint96 own,
        uint96 colluding,
        uint96 strangers,
        uint16 bps,
        uint8 where
    ) public {
        (, uint256 aliceKey) = account("alice");
        own = uint96(bound(own, MIN, 1e8 ether));
        bondWith(aliceKey, own);
        uint256 hers = delegate(bob, alice, uint96(bound(colluding, 4, 1e8 ether)));
        delegate(carol, alice, uint96(bound(strangers, 1, 1e9 ether)));
        publishNext();
        if (where & 1 != 0) {
            vm.prank(alice);
            bonding.unbond(own);
        } else if (where & 2 != 0) {
            redelegate(alice, alice, val, own);
        }
        if (where & 4 != 0) undelegate(bob, alice, hers / 2 + 1);
        if (where & 8 != 0) redelegate(bob, alice, val, bonding.sharesOf(alice, bob));

        uint256 before = _wealth(alice) + _wealth(bob);
        prover = where & 16 != 0 ? alice : bob;
        slash(alice, 2, uint16(bound(bps, 1, 10_000)));
        bonding.settleRedelegation(val, alice);
        bonding.settleRedelegation(val, bob);
        _expectNothingFromTheInsurance();
        uint256 wealth = _wealth(alice) + _wealth(bob);
        vm.assertLt(wealth, before);
        // And by how much: she loses at least twice what the proof pays.
        vm.assertGe(before - wealth, bonding.owed(prover));
    }

    /// Whatever was taken, and whoever asks.
    function _expectNothingFromTheInsurance() private {
        if (bonding.owed(insurance) != 0) bonding.payOwed(insurance);
        address[3] memory askers = [alice, bob, insurance];
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IInsuranceVault.NothingLacking.selector, address(omg), askers[i]));
            vm.prank(alice);
            insuranceVault.cover(address(omg), askers[i]);
        }
    }

    /// What somebody could take out in time.
    function _wealth(address owner) private view returns (uint256 sum) {
        sum = omg.balanceOf(owner) + bonding.owed(owner);
        sum += bonding.stakeOf(alice, owner) + bonding.stakeOf(val, owner);
        for (uint256 id = 1; bonding.unbonding(id).delegator != address(0); ++id) {
            if (bonding.unbonding(id).delegator == owner) sum += bonding.unbonding(id).amount;
        }
    }
}
