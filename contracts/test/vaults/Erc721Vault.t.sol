// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC721Errors } from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import { IVault } from "../../src/interfaces/IVault.sol";
import { Erc721Vault } from "../../src/vaults/Erc721Vault.sol";
import { GasBurner } from "../doubles/Receivers.sol";
import { Network } from "../foundation/Network.sol";

/// @notice Says that everybody owns everything and moves nothing.
contract LyingItem {
    address public owner;

    function setOwner(address owner_) external {
        owner = owner_;
    }

    function ownerOf(uint256) external view returns (address) {
        return owner;
    }

    function transferFrom(address, address, uint256) external { }
}

contract Erc721VaultTest is Network {
    // ───────────────────────────────────────────────── deposit ─────────────────────────────────────────────────

    function testFuzz_Deposit_MakesItemOfOwner(uint128 tokenId) public {
        item.mint(alice, tokenId);
        vm.startPrank(alice);
        item.approve(address(erc721Vault), tokenId);
        bytes32 outputId = erc721Vault.deposit(address(item), tokenId, bob);
        vm.stopPrank();
        bytes memory output = abi.encodePacked(uint8(6), bytes32(uint256(uint160(bob))), address(item), tokenId);
        vm.assertEq(outputId, keccak256(abi.encodePacked(uint8(3), output, uint64(1), uint32(0))));
        vm.assertTrue(erc721Vault.deposited(address(item), tokenId));
        vm.assertEq(item.ownerOf(tokenId), address(erc721Vault));
    }

    function test_Deposit_RevertWhen_TokenIdExceedsU128() public {
        uint256 tokenId = uint256(type(uint128).max) + 1;
        item.mint(address(this), tokenId);
        item.approve(address(erc721Vault), tokenId);
        vm.expectRevert(abi.encodeWithSelector(IVault.AmountTooLarge.selector, tokenId));
        erc721Vault.deposit(address(item), tokenId, alice);
    }

    function test_Deposit_RevertWhen_OwnerIsZero() public {
        item.mint(address(this), 1);
        item.approve(address(erc721Vault), 1);
        vm.expectRevert(IVault.OwnerIsZero.selector);
        erc721Vault.deposit(address(item), 1, address(0));
    }

    function test_Deposit_RevertWhen_CallerDoesNotOwnItem() public {
        item.mint(alice, 1);
        vm.prank(alice);
        item.approve(address(erc721Vault), 1);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721IncorrectOwner.selector, bob, 1, alice));
        erc721Vault.deposit(address(item), 1, bob);
    }

    function test_Deposit_RevertWhen_TokenDoesNotHandOver() public {
        LyingItem liar = new LyingItem();
        vm.expectRevert(abi.encodeWithSelector(Erc721Vault.NotReceived.selector, address(liar), 1));
        erc721Vault.deposit(address(liar), 1, alice);
    }

    function test_Deposit_RevertWhen_ItemIsHereAlready() public {
        LyingItem liar = new LyingItem();
        liar.setOwner(address(erc721Vault));
        erc721Vault.deposit(address(liar), 1, alice);
        vm.expectRevert(abi.encodeWithSelector(Erc721Vault.NotReceived.selector, address(liar), 1));
        erc721Vault.deposit(address(liar), 1, bob);
    }

    /// A fungible token is no item, though it has a function of the same name.
    function test_Deposit_RevertWhen_TokenIsErc20() public {
        usd.mint(address(this), 10);
        usd.approve(address(erc721Vault), 10);
        vm.expectRevert();
        erc721Vault.deposit(address(usd), 10, alice);
    }

    function test_SafeTransfer_RevertWhen_SentWithoutDeposit() public {
        item.mint(address(this), 1);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(erc721Vault)));
        item.safeTransferFrom(address(this), address(erc721Vault), 1);
    }

    // ─────────────────────────────────────────── credit and withdraw ───────────────────────────────────────────

    function test_Withdraw_ByAnyone_GoesToOwner() public {
        _deposit(5);
        vm.expectEmit(address(erc721Vault));
        emit IVault.Credited(bob, address(item), 5, address(this));
        erc721Vault.credit(bob, address(item), 5);
        vm.assertEq(erc721Vault.creditOf(address(item), 5), bob);
        vm.assertFalse(erc721Vault.deposited(address(item), 5));
        vm.prank(alice);
        erc721Vault.withdraw(address(item), 5);
        vm.assertEq(item.ownerOf(5), bob);
        vm.assertEq(erc721Vault.creditOf(address(item), 5), address(0));
    }

    function test_Withdraw_RevertWhen_NotCredited() public {
        _deposit(5);
        vm.expectRevert(IVault.NothingToWithdraw.selector);
        erc721Vault.withdraw(address(item), 5);
    }

    function test_WithdrawTo_PaysRecipient() public {
        _deposit(5);
        erc721Vault.credit(alice, address(item), 5);
        vm.prank(alice);
        erc721Vault.withdrawTo(address(item), 5, bob);
        vm.assertEq(item.ownerOf(5), bob);
    }

    function test_WithdrawTo_RevertWhen_CallerIsAnother() public {
        _deposit(5);
        erc721Vault.credit(alice, address(item), 5);
        vm.prank(bob);
        vm.expectRevert(IVault.NothingToWithdraw.selector);
        erc721Vault.withdrawTo(address(item), 5, bob);
        vm.prank(alice);
        vm.expectRevert(IVault.RecipientIsZero.selector);
        erc721Vault.withdrawTo(address(item), 5, address(0));
    }

    /// A29: an owner that cannot hold items keeps its credit.
    function test_Withdraw_WhenOwnerCannotReceive_KeepsCredit() public {
        GasBurner burner = new GasBurner();
        _deposit(5);
        erc721Vault.credit(address(burner), address(item), 5);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(burner)));
        erc721Vault.withdraw(address(item), 5);
        vm.assertEq(erc721Vault.creditOf(address(item), 5), address(burner));
    }

    /// I1: an item is credited to one owner at most.
    function test_Credit_RevertWhen_ItemIsNotHeld() public {
        vm.expectRevert(abi.encodeWithSelector(IVault.CreditExceedsDeposits.selector, address(item), 0, 5));
        erc721Vault.credit(alice, address(item), 5);
        _deposit(5);
        erc721Vault.credit(alice, address(item), 5);
        vm.expectRevert(abi.encodeWithSelector(IVault.CreditExceedsDeposits.selector, address(item), 0, 5));
        erc721Vault.credit(bob, address(item), 5);
    }

    function test_Credit_RevertWhen_CallerIsNoExitGame() public {
        _deposit(5);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVault.NotAnExitGame.selector, alice));
        erc721Vault.credit(alice, address(item), 5);
    }

    function test_Deposit_AfterWithdraw_IsNewItem() public {
        bytes32 first = _deposit(5);
        erc721Vault.credit(address(0xbeef), address(item), 5);
        erc721Vault.withdraw(address(item), 5);
        vm.startPrank(address(0xbeef));
        item.approve(address(erc721Vault), 5);
        bytes32 second = erc721Vault.deposit(address(item), 5, alice);
        vm.stopPrank();
        vm.assertNotEq(first, second);
        vm.assertTrue(erc721Vault.deposited(address(item), 5));
    }

    function _deposit(uint128 tokenId) private returns (bytes32) {
        item.mint(address(this), tokenId);
        item.approve(address(erc721Vault), tokenId);
        return erc721Vault.deposit(address(item), tokenId, alice);
    }
}
