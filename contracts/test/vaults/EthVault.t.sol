// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Errors } from "@openzeppelin/contracts/utils/Errors.sol";

import { IVault } from "../../src/interfaces/IVault.sol";
import { GasBurner, Reenterer, Refuser } from "../doubles/Receivers.sol";
import { Network } from "../foundation/Network.sol";

contract EthVaultTest is Network {
    address private constant ETH = address(0);

    // ───────────────────────────────────────────────── deposit ─────────────────────────────────────────────────

    function testFuzz_Deposit_MakesCoinOfOwner(uint128 amount, address owner) public {
        vm.assume(owner != address(0));
        amount = uint128(bound(amount, 1, type(uint128).max));
        vm.deal(address(this), amount);
        bytes32 outputId = ethVault.deposit{ value: amount }(owner);
        vm.assertEq(ethVault.deposited(ETH), amount);
        vm.assertEq(address(ethVault).balance, amount);
        bytes memory output = abi.encodePacked(uint8(1), bytes32(uint256(uint160(owner))), ETH, amount);
        vm.assertEq(outputId, keccak256(abi.encodePacked(uint8(3), output, uint64(1), uint32(0))));
    }

    function test_Deposit_RevertWhen_AmountIsZero() public {
        vm.expectRevert(IVault.AmountIsZero.selector);
        ethVault.deposit(alice);
    }

    function test_Deposit_RevertWhen_OwnerIsZero() public {
        vm.expectRevert(IVault.OwnerIsZero.selector);
        ethVault.deposit{ value: 1 }(address(0));
    }

    function test_Deposit_RevertWhen_AmountExceedsU128() public {
        uint256 amount = uint256(type(uint128).max) + 1;
        vm.deal(address(this), amount);
        vm.expectRevert(abi.encodeWithSelector(IVault.AmountTooLarge.selector, amount));
        ethVault.deposit{ value: amount }(alice);
    }

    function test_Receive_RevertWhen_SentWithoutDeposit() public {
        (bool ok,) = address(ethVault).call{ value: 1 }("");
        vm.assertFalse(ok);
    }

    // ───────────────────────────────────────────────── credit ──────────────────────────────────────────────────

    function test_Credit_MovesFromDepositsToOwner() public {
        ethVault.deposit{ value: 3 ether }(alice);
        vm.expectEmit(address(ethVault));
        emit IVault.Credited(bob, ETH, 1 ether, address(this));
        ethVault.credit(bob, ETH, 1 ether);
        vm.assertEq(ethVault.creditOf(bob, ETH), 1 ether);
        vm.assertEq(ethVault.deposited(ETH), 2 ether);
    }

    /// I1: a broken exit game cannot credit what is not there, however the ether came to be in the vault.
    function test_Credit_RevertWhen_ItExceedsDeposits() public {
        ethVault.deposit{ value: 1 ether }(alice);
        vm.deal(address(ethVault), 10 ether);
        vm.expectRevert(abi.encodeWithSelector(IVault.CreditExceedsDeposits.selector, ETH, 1 ether, 1 ether + 1));
        ethVault.credit(bob, ETH, 1 ether + 1);
        ethVault.credit(bob, ETH, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IVault.CreditExceedsDeposits.selector, ETH, 0, 1));
        ethVault.credit(bob, ETH, 1);
    }

    function test_Credit_RevertWhen_TokenIsNotEth() public {
        ethVault.deposit{ value: 1 ether }(alice);
        vm.expectRevert(abi.encodeWithSelector(IVault.CreditExceedsDeposits.selector, address(usd), 0, 1));
        ethVault.credit(bob, address(usd), 1);
    }

    function test_Credit_RevertWhen_CallerIsNoExitGame() public {
        ethVault.deposit{ value: 1 ether }(alice);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVault.NotAnExitGame.selector, alice));
        ethVault.credit(alice, ETH, 1);
    }

    function test_Credit_RevertWhen_OwnerIsZero() public {
        vm.expectRevert(IVault.OwnerIsZero.selector);
        ethVault.credit(address(0), ETH, 1);
    }

    // ──────────────────────────────────────────────── withdraw ─────────────────────────────────────────────────

    function test_Withdraw_ByAnyone_PaysOwner() public {
        _credit(alice, 2 ether);
        vm.expectEmit(address(ethVault));
        emit IVault.Withdrawn(alice, ETH, 2 ether, alice);
        vm.prank(bob);
        vm.assertEq(ethVault.withdraw(ETH, alice), 2 ether);
        vm.assertEq(alice.balance, 2 ether);
        vm.assertEq(ethVault.creditOf(alice, ETH), 0);
    }

    function test_Withdraw_RevertWhen_NothingIsCredited() public {
        vm.expectRevert(IVault.NothingToWithdraw.selector);
        ethVault.withdraw(ETH, alice);
    }

    function test_Withdraw_RevertWhen_RepeatedByOwner() public {
        _credit(alice, 1 ether);
        ethVault.withdraw(ETH, alice);
        vm.expectRevert(IVault.NothingToWithdraw.selector);
        ethVault.withdraw(ETH, alice);
    }

    function test_WithdrawTo_PaysRecipient() public {
        _credit(alice, 1 ether);
        vm.prank(alice);
        ethVault.withdrawTo(ETH, bob);
        vm.assertEq(bob.balance, 1 ether);
    }

    function test_WithdrawTo_RevertWhen_RecipientIsZero() public {
        _credit(alice, 1 ether);
        vm.prank(alice);
        vm.expectRevert(IVault.RecipientIsZero.selector);
        ethVault.withdrawTo(ETH, address(0));
    }

    /// A29: an owner that refuses ether keeps its credit, holds up nobody, and can name another recipient.
    function test_Withdraw_WhenOwnerRefuses_KeepsCredit() public {
        Refuser refuser = new Refuser();
        _credit(address(refuser), 1 ether);
        _credit(alice, 1 ether);
        vm.expectRevert(Errors.FailedCall.selector);
        ethVault.withdraw(ETH, address(refuser));
        ethVault.withdraw(ETH, alice);
        refuser.withdrawTo(ethVault, bob);
        vm.assertEq(bob.balance, 1 ether);
    }

    /// A29: an owner that burns gas burns that of whoever pays it.
    function test_Withdraw_WhenOwnerBurnsGas_HurtsOnlyItself() public {
        GasBurner burner = new GasBurner();
        _credit(address(burner), 1 ether);
        _credit(alice, 1 ether);
        (bool ok,) = address(ethVault).call{ gas: 300_000 }(abi.encodeCall(ethVault.withdraw, (ETH, address(burner))));
        vm.assertFalse(ok);
        vm.assertEq(ethVault.creditOf(address(burner), ETH), 1 ether);
        ethVault.withdraw(ETH, alice);
        vm.assertEq(alice.balance, 1 ether);
    }

    function test_Withdraw_WhenOwnerReenters_PaysOnce() public {
        Reenterer reenterer = new Reenterer(ethVault);
        _credit(address(reenterer), 1 ether);
        ethVault.deposit{ value: 5 ether }(alice);
        ethVault.withdraw(ETH, address(reenterer));
        vm.assertEq(reenterer.attempts(), 1);
        vm.assertFalse(reenterer.entered());
        vm.assertEq(address(reenterer).balance, 1 ether);
        vm.assertEq(address(ethVault).balance, 5 ether);
    }

    /// I1: deposits and credits together are what the vault holds, whatever is done in whatever order.
    function testFuzz_Vault_HoldsDepositsAndCredits(uint96[10] memory amounts, uint8[10] memory actions) public {
        uint256 credits;
        for (uint256 i; i < amounts.length; ++i) {
            uint256 amount = bound(amounts[i], 1, 1 ether);
            if (actions[i] % 3 == 0) {
                ethVault.deposit{ value: amount }(alice);
            } else if (actions[i] % 3 == 1 && amount <= ethVault.deposited(ETH)) {
                ethVault.credit(alice, ETH, uint128(amount));
                credits += amount;
            } else if (credits != 0) {
                vm.assertEq(ethVault.withdraw(ETH, alice), credits);
                credits = 0;
            }
            vm.assertEq(ethVault.creditOf(alice, ETH), credits);
            vm.assertEq(address(ethVault).balance, ethVault.deposited(ETH) + credits);
        }
    }

    function _credit(address owner, uint128 amount) private {
        ethVault.deposit{ value: amount }(owner);
        ethVault.credit(owner, ETH, amount);
    }
}
