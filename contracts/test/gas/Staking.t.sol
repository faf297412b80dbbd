// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Coin } from "../exits/ExitNetwork.sol";
import { HeaderFields } from "../foundation/Network.sol";
import { FeeNetwork } from "../staking/FeeNetwork.sol";
import { Stakers } from "../staking/Stakers.sol";

/// @notice Gas of one call each, for the snapshot.
contract StakingGasTest is Stakers {
    uint256 private _free;

    function setUp() public override {
        super.setUp();
        delegate(bob, val, 100 ether);
        delegate(carol, val, 100 ether);
        _free = undelegate(bob, val, 1 ether);
        publishNext();
        undelegate(bob, val, 1 ether);
        publishNext();
        skip(21 days);
        fund(dave, 100 ether);
    }

    function test_Gas_Delegate() public {
        vm.prank(dave);
        bonding.delegate(val, 100 ether);
    }

    function test_Gas_Undelegate() public {
        vm.prank(carol);
        bonding.undelegate(val, 50 ether);
    }

    function test_Gas_Redelegate() public {
        vm.prank(carol);
        bonding.redelegate(val, other, 50 ether);
    }

    function test_Gas_WithdrawStake() public {
        vm.prank(bob);
        bonding.withdraw(_free, bob);
    }

    /// The pool, and two pools of those who have left.
    function test_Gas_Slash() public {
        vm.pauseGasMetering();
        undelegate(bob, val, 1 ether);
        publishNext();
        undelegate(bob, val, 1 ether);
        vm.prank(judge);
        vm.resumeGasMetering();
        bonding.slash(val, 3, 500, prover);
    }
}

/// @notice Four validators, one set, one coin.
contract RewardsGasTest is FeeNetwork {
    bytes32 private _swept;
    bytes private _coin;

    function setUp() public override {
        super.setUp();
        delegate(carol, val, 100 ether);
        publishNext();
        divideIncome(ETH, 1 ether);
        bytes32 exitId = collect(feeCoin(ETH, 1 ether));
        for (uint256 i; i < 20; ++i) {
            vm.roll(vm.getBlockNumber() + 1);
            skip(12);
            HeaderFields memory header = nextHeader();
            submit(header);
        }
        publishNext();
        sweep(exitId, ETH);
        _swept = collect(feeCoin(ETH, 1 ether));
        _coin = abi.encode(feeCoin(ETH, 1 ether));
        skip(2 * MFP);
        queue.processExits(ETH, false, 1);
        vm.deal(payer, 1 ether);
    }

    function test_Gas_CollectFees() public {
        vm.pauseGasMetering();
        Coin memory coin = abi.decode(_coin, (Coin));
        uint256 bond = standardExits.bondSize();
        vm.prank(payer);
        vm.resumeGasMetering();
        rewards.collect{ value: bond }(coin.creator, coin.inclusion);
    }

    function test_Gas_SweepFees() public {
        rewards.sweep(_swept);
    }

    /// Twenty checkpoints.
    function test_Gas_TallyTwenty() public {
        rewards.tally(3, 2, 21);
    }

    function test_Gas_DivideFees() public {
        vm.pauseGasMetering();
        rewards.tally(3, 2, 24);
        vm.resumeGasMetering();
        rewards.divide(ETH, 3);
    }

    function test_Gas_ClaimOneSet() public {
        vm.prank(carol);
        rewards.claim(val, ETH, 2, carol);
    }
}
