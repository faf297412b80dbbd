// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import { ISignatureTransfer } from "../../src/interfaces/ISignatureTransfer.sol";
import { IVault } from "../../src/interfaces/IVault.sol";
import { Permit2 } from "../doubles/Permit2.sol";
import {
    Coin,
    FalseToken,
    FeeOnTransferToken,
    NoReturnToken,
    PausableToken,
    ReentrantToken
} from "../doubles/Tokens.sol";
import { Network } from "../foundation/Network.sol";

contract Erc20VaultTest is Network {
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    // ───────────────────────────────────────────────── deposit ─────────────────────────────────────────────────

    function testFuzz_Deposit_MakesCoinOfOwner(uint128 amount) public {
        amount = uint128(bound(amount, 1, type(uint128).max));
        usd.mint(alice, amount);
        vm.startPrank(alice);
        usd.approve(address(erc20Vault), amount);
        bytes32 outputId = erc20Vault.deposit(address(usd), amount, bob);
        vm.stopPrank();
        bytes memory output = abi.encodePacked(uint8(1), bytes32(uint256(uint160(bob))), address(usd), amount);
        vm.assertEq(outputId, keccak256(abi.encodePacked(uint8(3), output, uint64(1), uint32(0))));
        vm.assertEq(erc20Vault.deposited(address(usd)), amount);
        vm.assertEq(usd.balanceOf(address(erc20Vault)), amount);
    }

    function test_Deposit_OfFeeOnTransferToken_CountsWhatArrived() public {
        FeeOnTransferToken token = new FeeOnTransferToken();
        _depositAs(token, alice, 1000);
        vm.assertEq(erc20Vault.deposited(address(token)), 990);
        vm.assertEq(token.balanceOf(address(erc20Vault)), 990);
        _depositAs(token, alice, 1000);
        vm.assertEq(erc20Vault.deposited(address(token)), 1980);
    }

    function test_Deposit_OfTokenWithoutReturnValue() public {
        NoReturnToken token = new NoReturnToken();
        token.mint(alice, 7);
        vm.startPrank(alice);
        token.approve(address(erc20Vault), 7);
        erc20Vault.deposit(address(token), 7, alice);
        vm.stopPrank();
        erc20Vault.credit(alice, address(token), 7);
        erc20Vault.withdraw(address(token), alice);
        vm.assertEq(token.balanceOf(alice), 7);
    }

    /// What somebody sends to the vault without a deposit belongs to nobody, not to the next depositor.
    function test_Deposit_IgnoresDonations() public {
        usd.mint(address(erc20Vault), 100);
        _depositAs(Coin(address(usd)), alice, 5);
        vm.assertEq(erc20Vault.deposited(address(usd)), 5);
    }

    function test_Deposit_RevertWhen_AmountIsZero() public {
        vm.expectRevert(IVault.AmountIsZero.selector);
        erc20Vault.deposit(address(usd), 0, alice);
    }

    function test_Deposit_RevertWhen_AmountExceedsU128() public {
        Coin token = new Coin();
        uint256 amount = uint256(type(uint128).max) + 1;
        token.mint(address(this), amount);
        token.approve(address(erc20Vault), amount);
        vm.expectRevert(abi.encodeWithSelector(IVault.AmountTooLarge.selector, amount));
        erc20Vault.deposit(address(token), amount, alice);
    }

    function test_Deposit_RevertWhen_OwnerIsZero() public {
        usd.mint(address(this), 1);
        usd.approve(address(erc20Vault), 1);
        vm.expectRevert(IVault.OwnerIsZero.selector);
        erc20Vault.deposit(address(usd), 1, address(0));
    }

    function test_Deposit_RevertWhen_TokenIsNoContract() public {
        vm.expectRevert();
        erc20Vault.deposit(address(0), 1, alice);
        vm.expectRevert();
        erc20Vault.deposit(bob, 1, alice);
    }

    /// One arrival must not be counted twice.
    function test_Deposit_RevertWhen_TokenReentersDeposit() public {
        ReentrantToken token = new ReentrantToken();
        token.mint(alice, 10);
        vm.startPrank(alice);
        token.approve(address(erc20Vault), 10);
        token.attack(erc20Vault, false);
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        erc20Vault.deposit(address(token), 10, alice);
        vm.stopPrank();
    }

    // ───────────────────────────────────────────────── permits ─────────────────────────────────────────────────

    function test_DepositWithPermit_NeedsNoAllowance() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(500);
        vm.prank(alice);
        erc20Vault.depositWithPermit(address(usd), 500, alice, START, v, r, s);
        vm.assertEq(erc20Vault.deposited(address(usd)), 500);
    }

    /// A39: somebody copied the permit from the mempool and was first.
    function test_DepositWithPermit_WhenPermitIsSpentAlready() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(500);
        usd.permit(alice, address(erc20Vault), 500, START, v, r, s);
        vm.prank(alice);
        erc20Vault.depositWithPermit(address(usd), 500, alice, START, v, r, s);
        vm.assertEq(erc20Vault.deposited(address(usd)), 500);
    }

    /// The permit of one account is of no use to another.
    function test_DepositWithPermit_RevertWhen_CallerIsAnother() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(500);
        vm.prank(bob);
        vm.expectRevert();
        erc20Vault.depositWithPermit(address(usd), 500, bob, START, v, r, s);
    }

    function test_DepositWithPermit2_MakesCoin() public {
        (ISignatureTransfer.PermitTransferFrom memory permit, bytes memory signature) = _permit2(address(usd), 500);
        vm.prank(alice);
        erc20Vault.depositWithPermit2(permit, 400, bob, signature);
        vm.assertEq(erc20Vault.deposited(address(usd)), 400);
        vm.assertEq(usd.balanceOf(alice), 100);
    }

    function test_DepositWithPermit2_OfFeeOnTransferToken_CountsWhatArrived() public {
        FeeOnTransferToken token = new FeeOnTransferToken();
        (ISignatureTransfer.PermitTransferFrom memory permit, bytes memory signature) = _permit2(address(token), 500);
        vm.prank(alice);
        erc20Vault.depositWithPermit2(permit, 500, bob, signature);
        vm.assertEq(erc20Vault.deposited(address(token)), 495);
    }

    function test_DepositWithPermit2_RevertWhen_UsedTwice() public {
        (ISignatureTransfer.PermitTransferFrom memory permit, bytes memory signature) = _permit2(address(usd), 500);
        vm.startPrank(alice);
        erc20Vault.depositWithPermit2(permit, 200, alice, signature);
        vm.expectRevert(Permit2.InvalidNonce.selector);
        erc20Vault.depositWithPermit2(permit, 200, alice, signature);
        vm.stopPrank();
    }

    /// Whoever copies the signature cannot deposit another's tokens as its own.
    function test_DepositWithPermit2_RevertWhen_CallerIsAnother() public {
        (ISignatureTransfer.PermitTransferFrom memory permit, bytes memory signature) = _permit2(address(usd), 500);
        vm.prank(bob);
        vm.expectRevert(Permit2.InvalidSigner.selector);
        erc20Vault.depositWithPermit2(permit, 500, bob, signature);
    }

    // ──────────────────────────────────────────────── withdraw ─────────────────────────────────────────────────

    function test_Withdraw_PaysEachTokenApart() public {
        Coin token = new Coin();
        _depositAs(token, alice, 10);
        _depositAs(Coin(address(usd)), alice, 20);
        erc20Vault.credit(bob, address(token), 4);
        erc20Vault.credit(bob, address(usd), 5);
        vm.assertEq(erc20Vault.withdraw(address(token), bob), 4);
        vm.assertEq(token.balanceOf(bob), 4);
        vm.assertEq(usd.balanceOf(bob), 0);
        vm.assertEq(erc20Vault.creditOf(bob, address(usd)), 5);
    }

    function test_WithdrawTo_PaysRecipient() public {
        _depositAs(Coin(address(usd)), alice, 20);
        erc20Vault.credit(alice, address(usd), 20);
        vm.prank(alice);
        erc20Vault.withdrawTo(address(usd), bob);
        vm.assertEq(usd.balanceOf(bob), 20);
    }

    /// A29: a token that stops holds up only those who own it.
    function test_Withdraw_WhenTokenReverts_HurtsOnlyItsOwners() public {
        PausableToken token = new PausableToken();
        _depositAs(token, alice, 10);
        _depositAs(Coin(address(usd)), alice, 10);
        erc20Vault.credit(alice, address(token), 10);
        erc20Vault.credit(alice, address(usd), 10);
        token.setPaused(true);
        vm.expectRevert(PausableToken.Paused.selector);
        erc20Vault.withdraw(address(token), alice);
        erc20Vault.withdraw(address(usd), alice);
        vm.assertEq(usd.balanceOf(alice), 10);
        token.setPaused(false);
        erc20Vault.withdraw(address(token), alice);
        vm.assertEq(token.balanceOf(alice), 10);
    }

    function test_Withdraw_RevertWhen_TokenReturnsFalse() public {
        FalseToken token = new FalseToken();
        _depositAs(token, alice, 10);
        erc20Vault.credit(alice, address(token), 10);
        token.setRefuses(true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        erc20Vault.withdraw(address(token), alice);
        vm.assertEq(erc20Vault.creditOf(alice, address(token)), 10);
    }

    function test_Withdraw_RevertWhen_TokenReenters() public {
        ReentrantToken token = new ReentrantToken();
        _depositAs(token, alice, 10);
        erc20Vault.credit(alice, address(token), 10);
        token.attack(erc20Vault, true);
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        erc20Vault.withdraw(address(token), alice);
    }

    function test_Credit_RevertWhen_ItExceedsDepositsOfToken() public {
        _depositAs(Coin(address(usd)), alice, 10);
        usd.mint(address(erc20Vault), 100);
        vm.expectRevert(abi.encodeWithSelector(IVault.CreditExceedsDeposits.selector, address(usd), 10, 11));
        erc20Vault.credit(bob, address(usd), 11);
    }

    function _depositAs(Coin token, address owner, uint256 amount) private {
        token.mint(owner, amount);
        vm.startPrank(owner);
        token.approve(address(erc20Vault), amount);
        erc20Vault.deposit(address(token), amount, owner);
        vm.stopPrank();
    }

    function _permit(uint256 amount) private returns (uint8 v, bytes32 r, bytes32 s) {
        (, uint256 key) = account("alice");
        usd.mint(alice, amount);
        bytes32 structHash = keccak256(abi.encode(PERMIT_TYPEHASH, alice, address(erc20Vault), amount, 0, START));
        return vm.sign(key, keccak256(abi.encodePacked("\x19\x01", usd.DOMAIN_SEPARATOR(), structHash)));
    }

    function _permit2(address token, uint256 amount)
        private
        returns (ISignatureTransfer.PermitTransferFrom memory permit, bytes memory signature)
    {
        (, uint256 key) = account("alice");
        Coin(token).mint(alice, amount);
        vm.prank(alice);
        IERC20(token).approve(address(permit2), type(uint256).max);
        permit = ISignatureTransfer.PermitTransferFrom(ISignatureTransfer.TokenPermissions(token, amount), 7, START);
        signature = signed(key, permit2.digestOf(permit, address(erc20Vault)));
    }
}
