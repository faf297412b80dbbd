// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRewards } from "../../src/interfaces/IRewards.sol";
import { Coin } from "../exits/ExitNetwork.sol";
import { HeaderFields } from "../foundation/Network.sol";
import { FeeNetwork } from "./FeeNetwork.sol";

/// @notice What has come in, divided among those who staked.
contract StakeRewardsTest is FeeNetwork {
    // ──────────────────────────────────────────── the worked example ───────────────────────────────────────────

    /// docs/staking.md: four validators of 10,000 OMG; Carol delegates 5,000 to the first, which takes 10 %, and Bob 2,500; 100 ETH of fees.
    function test_Claim_ByStakeAndCommission() public {
        vm.prank(val);
        bonding.setCommission(1000);
        delegate(carol, val, 5000 ether);
        delegate(bob, val, 2500 ether);
        publishNext();
        divideIncome(ETH, 100 ether);

        // 80 of 100 for the stakers; 17,500 of 47,500 OMG stand behind the first.
        uint256 all = uint256(80 ether) * 17_500 / 47_500;
        vm.assertEq(rewards.allotted(ETH, 2, val), all);
        uint256 commission = all / 10;
        uint256 divided = all - commission;
        vm.assertEq(rewards.earned(val, carol, ETH, 2), divided * 5000 / 17_500);
        vm.assertEq(rewards.earned(val, bob, ETH, 2), divided * 2500 / 17_500);
        uint256 before = carol.balance;
        vm.assertEq(claim(carol, val, ETH), divided * 5000 / 17_500);
        vm.assertEq(carol.balance - before, divided * 5000 / 17_500);
        vm.assertEq(claim(val, val, ETH), commission + divided * 10_000 / 17_500);
        vm.assertEq(claim(other, other, ETH), uint256(80 ether) * 10_000 / 47_500);

        vm.assertEq(rewards.insured(ETH), 20 ether);
        before = insurance.balance;
        vm.assertEq(rewards.payInsurance(ETH), 20 ether);
        vm.assertEq(insurance.balance - before, 20 ether);
        vm.expectRevert(IRewards.NothingToClaim.selector);
        rewards.payInsurance(ETH);
        vm.expectRevert(IRewards.NothingToClaim.selector);
        claim(carol, val, ETH);
        vm.assertEq(rewards.claimedUpTo(val, carol, ETH), 2);
    }

    /// A tenth of fees in OMG is burnt; the insurance gets no more than its own.
    function test_Divide_BurnsOmg() public {
        omg.approve(address(erc20Vault), 100 ether);
        erc20Vault.deposit(address(omg), 100 ether, alice);
        divideIncome(address(omg), 100 ether);
        vm.assertEq(omg.balanceOf(BURNT), 10 ether);
        vm.assertEq(rewards.insured(address(omg)), 10 ether);
        vm.assertEq(claim(val, val, address(omg)), 20 ether);
        vm.assertEq(omg.balanceOf(val), 20 ether);
    }

    /// Payouts are the income, to the last wei: what does not divide is carried to the next set.
    function testFuzz_Divide_PaysExactlyTheIncome(uint64[3] memory amounts) public {
        delegate(carol, val, 1234567);
        publishNext();
        uint256 income;
        uint256 paid;
        for (uint256 i; i < amounts.length; ++i) {
            amounts[i] = uint64(bound(amounts[i], 1, 1e12));
            income += amounts[i];
            uint64 setId = divideIncome(address(usd), amounts[i]);
            for (uint256 j; j < 4; ++j) {
                paid += rewards.allotted(address(usd), setId, vm.addr(keys[j]));
            }
        }
        vm.assertEq(paid + rewards.insured(address(usd)) + rewards.carried(address(usd)), income);
        vm.assertLt(rewards.carried(address(usd)), 4);
        vm.assertEq(usd.balanceOf(address(rewards)), income);
    }

    /// Whoever joins, moves, leaves or is slashed meanwhile: all claims together are what was allotted, less a wei for each of them.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_Claim_AllTogetherGetWhatWasAllotted(uint96[9] memory amounts, uint8[9] memory acts) public {
        address[3] memory people = [alice, bob, carol];
        uint256 allotted;
        for (uint256 i; i < amounts.length; ++i) {
            _move(people[i % 3], acts[i] & 1 == 0 ? val : other, uint96(bound(amounts[i], 1, 1e6 ether)), acts[i]);
            if (i % 3 != 2) continue;
            publishNext();
            uint64 setId = divideIncome(address(usd), uint128(1 + (amounts[i] >> 60)));
            allotted += rewards.allotted(address(usd), setId, val) + rewards.allotted(address(usd), setId, other);
        }
        uint256 claimed = _tryClaim(val, val) + _tryClaim(other, other);
        for (uint256 i; i < 3; ++i) {
            claimed += _tryClaim(people[i], val) + _tryClaim(people[i], other);
        }
        vm.assertLe(claimed, allotted);
        vm.assertLe(allotted - claimed, 8 * 3);
    }

    function _move(address who, address validator, uint96 amount, uint8 act) private {
        uint256 shares = bonding.sharesOf(validator, who);
        if (act % 5 == 3) {
            uint64 setId = rootChain.currentValidatorSetId();
            vm.prank(actor("slashing"));
            // So little that the validator keeps her place.
            bonding.slash(validator, setId, act, address(0));
        }
        if (act % 3 == 0 || shares == 0) return delegate(who, validator, amount);
        vm.prank(who);
        if (act % 3 == 1) try bonding.undelegate(validator, shares / 2 + 1) { } catch { }
        else try bonding.redelegate(validator, validator == val ? other : val, shares / 2 + 1) { } catch { }
    }

    function _tryClaim(address who, address validator) private returns (uint256 amount) {
        if (rewards.earned(validator, who, address(usd), type(uint64).max) == 0) return 0;
        return claim(who, validator, address(usd));
    }

    // ────────────────────────────────────────── who has part in a set ──────────────────────────────────────────

    /// Who joins after a set was published has no part in what it earns, however large she is and however late it is divided.
    function test_Claim_OfWhoJoinedLater_IsNothing() public {
        publishNext();
        delegate(carol, val, 1_000_000 ether);
        divideIncome(ETH, 100 ether);
        vm.assertEq(rewards.earned(val, carol, ETH, 9), 0);
        vm.expectRevert(IRewards.NothingToClaim.selector);
        claim(carol, val, ETH);
        vm.assertEq(claim(val, val, ETH), 20 ether);
        divideIncome(ETH, 100 ether);
        vm.assertGt(claim(carol, val, ETH), 70 ether);
    }

    /// And who has left since has hers, also of a pool that was slashed to nothing.
    function test_Claim_OfWhoHasLeft_IsWhole() public {
        delegate(carol, val, 10_000 ether);
        delegate(bob, val, 20_000 ether);
        publishNext();
        vm.prank(carol);
        bonding.undelegate(val, 10_000 ether);
        vm.prank(actor("slashing"));
        bonding.slash(val, 2, 10_000, address(0));
        divideIncome(ETH, 70 ether);
        // 40,000 of 70,000 OMG.
        vm.assertEq(rewards.allotted(ETH, 2, val), 32 ether);
        vm.assertEq(claim(carol, val, ETH), 8 ether);
        vm.assertEq(claim(bob, val, ETH), 16 ether);
        vm.assertEq(claim(val, val, ETH), 8 ether);
    }

    /// A commission that rises after a set was published is none of its business.
    function test_Claim_AtTheCommissionOfTheSet() public {
        delegate(carol, val, 10_000 ether);
        publishNext();
        vm.prank(val);
        bonding.setCommission(100);
        divideIncome(ETH, 50 ether);
        vm.assertEq(claim(carol, val, ETH), 8 ether);
        divideIncome(ETH, 50 ether);
        vm.assertEq(claim(carol, val, ETH), 7.92 ether);
    }

    /// Claims go on where they ended, and up to where they are asked to.
    function test_Claim_InParts() public {
        publishNext();
        divideIncome(ETH, 50 ether);
        divideIncome(ETH, 100 ether);
        vm.prank(val);
        vm.assertEq(rewards.claim(val, ETH, 2, dave()), 10 ether);
        vm.assertEq(dave().balance, 10 ether);
        vm.assertEq(rewards.earned(val, val, ETH, 3), 20 ether);
        vm.expectRevert(IRewards.NothingToClaim.selector);
        vm.prank(val);
        rewards.claim(val, ETH, 2, val);
        vm.assertEq(claim(val, val, ETH), 20 ether);
        vm.expectRevert(IRewards.AddressIsZero.selector);
        rewards.claim(val, ETH, 3, address(0));
    }

    // ────────────────────────────────────────────── participation ──────────────────────────────────────────────

    /// Who signed half of the checkpoints has half the weight.
    function test_Divide_ByParticipation() public {
        uint64 setId = publishNext();
        bytes32 exitId = collect(feeCoin(ETH, 70 ether));
        HeaderFields memory header = emptyCheckpoint();
        uint256[] memory three = new uint256[](3);
        (three[0], three[1], three[2]) = (keys[1], keys[2], keys[3]);
        rootChain.submitCheckpoint(encode(header), signatures(header, three));
        publishNext();
        sweep(exitId, ETH);
        rewards.tally(setId, 1, 1);
        rewards.tally(setId, 2, 2);
        uint256[] memory signed = rewards.participation(setId);
        vm.assertEq(signed.length, 4);
        vm.assertEq(signed[0], 1);
        vm.assertEq(signed[1], 2);
        rewards.divide(ETH, setId);
        vm.assertEq(rewards.allotted(ETH, setId, val), 8 ether);
        vm.assertEq(rewards.allotted(ETH, setId, other), 16 ether);
    }

    /// A set that signed nothing, and was paid for by a deposit, is paid by power.
    function test_Divide_WithoutCheckpoints_ByPower() public {
        publishNext();
        bytes32 exitId = collect(depositEth(address(rewards), 10 ether));
        publishNext();
        sweep(exitId, ETH);
        rewards.divide(ETH, 2);
        vm.assertEq(rewards.allotted(ETH, 2, val), 2 ether);
    }

    function test_Tally_RevertWhen_RangeHasGaps() public {
        submitEmpty();
        uint64 setId = publishNext();
        for (uint256 i; i < 4; ++i) {
            submitEmpty();
        }
        // Checkpoint 2 is the first of this set.
        vm.expectRevert(abi.encodeWithSelector(IRewards.WrongRange.selector, 3, 4));
        rewards.tally(setId, 3, 4);
        vm.expectRevert(abi.encodeWithSelector(IRewards.WrongRange.selector, 0, 4));
        rewards.tally(setId, 0, 4);
        vm.expectRevert(abi.encodeWithSelector(IRewards.WrongRange.selector, 2, 6));
        rewards.tally(setId, 2, 6);
        vm.expectRevert(abi.encodeWithSelector(IRewards.WrongRange.selector, 2, 1));
        rewards.tally(setId, 2, 1);
        // Earlier ones are passed over.
        vm.expectEmit(address(rewards));
        emit IRewards.Tallied(setId, 1, 3, 2);
        rewards.tally(setId, 1, 3);
        vm.expectRevert(abi.encodeWithSelector(IRewards.WrongRange.selector, 5, 5));
        rewards.tally(setId, 5, 5);
        vm.expectRevert(abi.encodeWithSelector(IRewards.WrongRange.selector, 3, 5));
        rewards.tally(setId, 3, 5);
        rewards.tally(setId, 4, 5);
        (uint64 counted, uint64 next) = rewards.tallied(setId);
        vm.assertEq(counted, 4);
        vm.assertEq(next, 6);
        vm.assertEq(rewards.participation(setId)[3], 4);
        vm.expectRevert(abi.encodeWithSelector(IRewards.UnknownSet.selector, 3));
        rewards.tally(3, 1, 1);
    }

    /// In the overlap two sets sign; each counts its own.
    function test_Tally_InTheOverlap_CountsOnlyTheOwn() public {
        publishNext();
        submitEmpty();
        uint64 setId = publishNext();
        HeaderFields memory header = emptyCheckpoint();
        header.validatorSetId = setId - 1;
        submit(header);
        submitEmpty();
        rewards.tally(setId - 1, 1, 3);
        rewards.tally(setId, 2, 3);
        (uint64 counted,) = rewards.tallied(setId - 1);
        vm.assertEq(counted, 2);
        (counted,) = rewards.tallied(setId);
        vm.assertEq(counted, 1);
    }

    // ──────────────────────────────────────────────── dividing ─────────────────────────────────────────────────

    function test_Divide_RevertWhen_NotEverythingIsCounted() public {
        uint64 setId = publishNext();
        bytes32 exitId = collect(feeCoin(ETH, 70 ether));
        submitEmpty();
        publishNext();
        skip(3 days + 1);
        vm.expectRevert(abi.encodeWithSelector(IRewards.ExitsPending.selector, setId, 1));
        rewards.divide(ETH, setId);
        sweep(exitId, ETH);
        bytes memory reason = abi.encodeWithSelector(IRewards.NotTallied.selector, setId);
        vm.expectRevert(reason);
        rewards.divide(ETH, setId);
        rewards.tally(setId, 1, 1);
        vm.expectRevert(reason);
        rewards.divide(ETH, setId);
        rewards.tally(setId, 2, 2);
        rewards.divide(ETH, setId);
        vm.assertEq(rewards.dividedUpTo(ETH), setId);
        vm.expectRevert(abi.encodeWithSelector(IRewards.AlreadyDivided.selector, setId));
        rewards.divide(ETH, setId);
    }

    /// A set may sign until its overlap is over, and its coins may be collected an epoch longer.
    function test_Divide_RevertWhen_SetIsNotOver() public {
        vm.expectRevert(abi.encodeWithSelector(IRewards.TooEarly.selector, uint256(type(uint48).max) + 1 days));
        rewards.divide(ETH, 1);
        publishNext();
        uint256 divisibleAt = vm.getBlockTimestamp() + 2 days + 1 days;
        vm.warp(divisibleAt);
        vm.expectRevert(abi.encodeWithSelector(IRewards.TooEarly.selector, divisibleAt));
        rewards.divide(ETH, 1);
        vm.warp(divisibleAt + 1);
        rewards.divide(ETH, 1);
        vm.assertEq(rewards.dividedUpTo(ETH), 1);
    }

    /// What comes too late for its own set is income of the first one that is still open.
    function test_Collect_TooLate_IsIncomeOfALaterSet() public {
        publishNext();
        Coin memory late = feeCoin(ETH, 10 ether);
        publishNext();
        publishNext();
        bytes32 exitId = collect(late);
        vm.assertEq(rewards.collection(exitId).validatorSetId, 3);
        vm.assertEq(rewards.pending(ETH, 3), 1);
        vm.assertEq(sweep(exitId, ETH), 10 ether);
        vm.assertEq(rewards.incomeOf(ETH, 3), 10 ether);
        vm.assertEq(rewards.pending(ETH, 3), 0);
    }

    /// When everybody has left, the income waits for who comes.
    function test_Divide_OfAnEmptySet_IsCarried() public {
        for (uint256 i; i < 4; ++i) {
            vm.prank(vm.addr(keys[i]));
            bonding.unbond(BOND);
        }
        publishNext();
        bytes32 exitId = collect(depositEth(address(rewards), 10 ether));
        bondValidators();
        publishNext();
        sweep(exitId, ETH);
        rewards.divide(ETH, 2);
        vm.assertEq(rewards.carried(ETH), 8 ether);
        divideIncome(ETH, 10 ether);
        vm.assertEq(claim(val, val, ETH), 4 ether);
    }

    function dave() private returns (address) {
        return actor("dave");
    }

    receive() external payable { }
}
