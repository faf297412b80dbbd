// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Inclusion, Spend } from "../../src/interfaces/IExitGame.sol";
import { Coin, ExitNetwork, Signed } from "../exits/ExitNetwork.sol";

/// @notice Gas of one call each, for the snapshot. `npm run bench:gas` measures whole transactions.
contract ExitsGasTest is ExitNetwork {
    uint256 private constant LEAVES = 64;

    Coin private _deposit;
    Coin private _received;
    /// Encoded, because storage cannot hold them otherwise.
    bytes private _swap;
    bytes private _started;

    function setUp() public override {
        super.setUp();
        // Nobody pays for the first of all exits again and again.
        startExit(depositEth(alice, 1 ether));
        Signed memory before = pay(depositEth(alice, 1 ether), eth(bob, 1 ether));
        startExit(outputOf(before, 0, include(before)));

        Coin memory spent = depositEth(alice, 2 ether);
        _deposit = depositEth(alice, 1 ether);
        Signed[] memory all = new Signed[](LEAVES);
        all[0] = pay(coins(spent), outputs(eth(bob, 1 ether), eth(alice, 1 ether)), FOREVER);
        all[1] = pay(depositEth(bob, 1 ether), eth(bob, 1 ether));
        for (uint256 i = 2; i < LEAVES; ++i) {
            all[i] = mint(eth(carol, 1));
        }
        Inclusion[] memory inclusions = include(all);
        Coin memory received = outputOf(all[0], 1, inclusions[0]);
        _received = received;
        Coin memory other = outputOf(all[1], 0, inclusions[1]);
        _swap = abi.encode(pay(coins(received, other), outputs(eth(bob, 1 ether), eth(alice, 1 ether)), FOREVER));
        Signed memory started = pay(depositEth(bob, 1 ether), eth(carol, 1 ether));
        startInFlight(started);
        _started = abi.encode(started);
    }

    function test_Gas_StartExit_OfADeposit() public {
        startExit(_deposit);
    }

    function test_Gas_StartExit_OfAPayment() public {
        startExit(_received);
    }

    function test_Gas_ChallengeExit() public {
        bytes32 exitId = startExit(_received);
        challenge(exitId, spendOf(pay(_received, eth(bob, 1 ether)), 0));
    }

    function test_Gas_ProcessExit() public {
        skip(MFP);
        queue.processExits(address(0), false, 1);
    }

    function test_Gas_StartInFlightExit_OfASwap() public {
        startInFlight(abi.decode(_swap, (Signed)));
    }

    function test_Gas_PiggybackInput() public {
        piggybackInput(abi.decode(_started, (Signed)), 0, bob);
    }

    function test_Gas_PiggybackOutput() public {
        piggybackOutput(abi.decode(_started, (Signed)), 0);
    }
}
