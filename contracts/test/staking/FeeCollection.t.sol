// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { Rewards } from "../../src/Rewards.sol";
import { IExitGame, Inclusion } from "../../src/interfaces/IExitGame.sol";
import { IRewards } from "../../src/interfaces/IRewards.sol";
import { Coin, Signed } from "../exits/ExitNetwork.sol";
import { Ledger } from "../exits/Ledger.sol";
import { FeeNetwork } from "./FeeNetwork.sol";

/// @notice Fee coins on their way to Ethereum, and the bonds of who collects them.
contract FeeCollectionTest is FeeNetwork {
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

    receive() external payable { }
}
