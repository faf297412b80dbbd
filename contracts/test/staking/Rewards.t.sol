// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { Rewards } from "../../src/Rewards.sol";
import { IExitGame, Inclusion } from "../../src/interfaces/IExitGame.sol";
import { IRewards } from "../../src/interfaces/IRewards.sol";
import { Output } from "../../src/libraries/Codec.sol";
import { Coin, ExitNetwork, Signed } from "../exits/ExitNetwork.sol";
import { Ledger } from "../exits/Ledger.sol";
import { HeaderFields } from "../foundation/Network.sol";

/// @notice The whole way of a fee: from the coin on the chain to whoever staked.
abstract contract FeeNetwork is ExitNetwork {
    address internal constant BURNT = 0x000000000000000000000000000000000000dEaD;
    address internal constant ETH = address(0);

    Rewards internal rewards;
    address internal payer = actor("payer");
    address internal val;
    address internal other;

    function setUp() public virtual override {
        super.setUp();
        rewards = new Rewards(
            rootChain, bonding, standardExits, ethVault, erc20Vault, IERC20(address(omg)), insurance
        );
        (val, other) = (vm.addr(keys[0]), vm.addr(keys[1]));
        vm.deal(payer, 1000 ether);
        // What the vaults pay the fees from.
        depositEth(alice, 1_000_000 ether);
        depositUsd(alice, 1e15);
    }

    /// A fee distribution in the next checkpoint: a coin of the contract.
    function feeCoin(address token, uint128 amount) internal returns (Coin memory) {
        return feeCoin(Ledger.coin(address(rewards), token, amount));
    }

    function feeCoin(Output memory output) internal returns (Coin memory) {
        Signed memory made = mint(output);
        return outputOf(made, 0, include(made));
    }

    function collect(Coin memory coin) internal returns (bytes32) {
        uint256 bond = standardExits.bondSize();
        vm.prank(payer);
        return rewards.collect{ value: bond }(coin.creator, coin.inclusion);
    }

    /// Pays what is due, and takes it.
    function sweep(bytes32 exitId, address token) internal returns (uint256) {
        skip(2 * MFP);
        queue.processExits(token, false, 100);
        return rewards.sweep(exitId);
    }

    function delegate(address delegator, address validator, uint96 amount) internal {
        fund(delegator, amount);
        vm.prank(delegator);
        bonding.delegate(validator, amount);
    }

    function publishNext() internal returns (uint64) {
        skip(7 days);
        return bonding.publishValidatorSet();
    }

    /// From one coin to a divided set: set `setId` ends, everything is counted.
    function divideIncome(address token, uint128 amount) internal returns (uint64 setId) {
        setId = rootChain.currentValidatorSetId();
        uint64 first = rootChain.lastCheckpoint() + 1;
        bytes32 exitId = collect(feeCoin(token, amount));
        publishNext();
        sweep(exitId, token);
        rewards.tally(setId, first, rootChain.lastCheckpoint());
        rewards.divide(token, setId);
    }

    function claim(address delegator, address validator, address token) internal returns (uint256) {
        vm.prank(delegator);
        return rewards.claim(validator, token, type(uint64).max, delegator);
    }
}

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
        HeaderFields memory header = _emptyCheckpoint();
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
        _submitEmpty();
        uint64 setId = publishNext();
        for (uint256 i; i < 4; ++i) {
            _submitEmpty();
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
        _submitEmpty();
        uint64 setId = publishNext();
        HeaderFields memory header = _emptyCheckpoint();
        header.validatorSetId = setId - 1;
        submit(header);
        _submitEmpty();
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
        _submitEmpty();
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

    // ─────────────────────────────────────────── collecting, sweeping ──────────────────────────────────────────

    function test_Collect_RevertWhen_ItIsNoFeeOfOurs() public {
        Coin memory hers = depositEth(carol, 1 ether);
        uint256 bond = standardExits.bondSize();
        Coin memory thing = depositItem(address(rewards), 7);
        vm.deal(address(this), 2 * bond);
        vm.expectRevert(abi.encodeWithSelector(IExitGame.NotTheOwner.selector, carol, address(rewards)));
        rewards.collect{ value: bond }(hers.creator, hers.inclusion);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NotACoin.selector, thing.id));
        rewards.collect{ value: bond }(thing.creator, thing.inclusion);
    }

    function test_Sweep_GivesTheBondBack() public {
        publishNext();
        Coin memory coin = feeCoin(ETH, 5 ether);
        uint256 bond = standardExits.bondSize();
        bytes32 exitId = collect(coin);
        vm.expectRevert(abi.encodeWithSelector(IRewards.ExitStillOpen.selector, exitId));
        rewards.sweep(exitId);
        vm.assertEq(sweep(exitId, ETH), 5 ether);
        vm.assertEq(rewards.bondsOf(payer), bond);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NotCollected.selector, exitId));
        rewards.sweep(exitId);
        vm.prank(payer);
        vm.assertEq(rewards.withdrawBond(carol), bond);
        vm.expectRevert(IRewards.NothingToClaim.selector);
        vm.prank(payer);
        rewards.withdrawBond(carol);
        vm.assertEq(address(rewards).balance, 5 ether);
    }

    /// Somebody else may fetch bond and credit for us: nothing is lost, and nothing is taken for something else.
    function test_Sweep_AfterSomebodyElseFetched() public {
        publishNext();
        bytes32 first = collect(feeCoin(ETH, 5 ether));
        bytes32 second = collect(feeCoin(ETH, 3 ether));
        uint256 bond = rewards.collection(first).bond;
        skip(2 * MFP);
        queue.processExits(ETH, false, 100);
        bytes32[] memory ids = new bytes32[](2);
        (ids[0], ids[1]) = (first, second);
        standardExits.withdrawBonds(ids);
        ethVault.withdraw(ETH, address(rewards));
        vm.assertEq(rewards.sweep(first), 5 ether);
        vm.assertEq(rewards.sweep(second), 3 ether);
        vm.assertEq(rewards.bondsOf(payer), 2 * bond);
        vm.assertEq(rewards.incomeOf(ETH, 2), 8 ether);
        vm.assertEq(address(rewards).balance, 8 ether + 2 * bond);
    }

    /// A coin that was never made is challenged, its bond lost; the set is not kept waiting, and other bonds are not touched.
    function test_Sweep_OfAChallengedExit_BringsNothing() public {
        publishNext();
        Coin memory owned = depositEth(alice, 1 ether);
        Signed memory real = pay(owned, Ledger.coin(bob, ETH, 1 ether));
        Signed memory stolen = pay(owned, Ledger.coin(address(rewards), ETH, 1 ether));
        Inclusion memory first = include(real);
        Coin memory fake = outputOf(stolen, 0, include(stolen));
        bytes32 honest = collect(feeCoin(ETH, 2 ether));
        bytes32 wrong = collect(fake);
        proveInclusion(real, first);
        vm.prank(watcher);
        standardExits.challengeLosingExit(wrong, fake.creator, 0);
        vm.assertEq(sweep(honest, ETH), 2 ether);
        uint256 bond = rewards.bondsOf(payer);
        vm.assertEq(rewards.sweep(wrong), 0);
        vm.assertEq(rewards.bondsOf(payer), bond);
        vm.assertEq(rewards.pending(ETH, 2), 0);
        vm.assertEq(rewards.incomeOf(ETH, 2), 2 ether);
    }

    /// The vault was emptied by older claims: nothing arrives, the bond does.
    function test_Sweep_OfAnUnpaidExit_GivesTheBondBack() public {
        publishNext();
        bytes32 exitId = collect(feeCoin(address(usd), 1e30));
        vm.assertEq(sweep(exitId, address(usd)), 0);
        vm.assertEq(rewards.incomeOf(address(usd), 2), 0);
        vm.assertEq(rewards.pending(address(usd), 2), 0);
        vm.assertGt(rewards.bondsOf(payer), 0);
    }

    /// Of an exit that was not paid nobody knows where the bond went that another has fetched, and nobody else's is given for it.
    function test_Sweep_OfAnUnpaidExit_WhoseBondIsGone_GivesNothing() public {
        publishNext();
        bytes32 exitId = collect(feeCoin(address(usd), 1e30));
        skip(2 * MFP);
        queue.processExits(address(usd), false, 1);
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = exitId;
        standardExits.withdrawBonds(ids);
        rewards.sweep(exitId);
        vm.assertEq(rewards.bondsOf(payer), 0);
    }

    /// Should a challenged coin be collected again, then not before the first exit is accounted for.
    function test_Collect_Again_RevertWhen_NotSwept() public {
        publishNext();
        Coin memory coin = feeCoin(ETH, 5 ether);
        bytes32 exitId = collect(coin);
        vm.mockCall(
            address(standardExits), abi.encodePacked(standardExits.startExit.selector), abi.encode(exitId)
        );
        vm.expectRevert(abi.encodeWithSelector(IRewards.NotSwept.selector, exitId));
        rewards.collect(coin.creator, coin.inclusion);
        vm.clearMockedCalls();
    }

    function test_Receive_RevertWhen_FromAnybody() public {
        vm.deal(carol, 1);
        vm.prank(carol);
        (bool sent, bytes memory reason) = address(rewards).call{ value: 1 }("");
        vm.assertFalse(sent);
        vm.assertEq(reason, abi.encodeWithSelector(IRewards.UnexpectedPayment.selector, carol));
    }

    function test_Constructor_RevertWhen_NobodyIsInsured() public {
        vm.expectRevert(IRewards.AddressIsZero.selector);
        new Rewards(rootChain, bonding, standardExits, ethVault, erc20Vault, IERC20(address(omg)), address(0));
    }

    function _emptyCheckpoint() private returns (HeaderFields memory header) {
        vm.roll(vm.getBlockNumber() + 1);
        skip(12);
        return nextHeader();
    }

    function _submitEmpty() private {
        submit(_emptyCheckpoint());
    }

    function dave() private returns (address) {
        return actor("dave");
    }

    receive() external payable { }
}
