// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import { InsuranceVault } from "../src/InsuranceVault.sol";
import { IInsuranceVault } from "../src/interfaces/IInsuranceVault.sol";
import { IFungibleVault } from "../src/interfaces/IVault.sol";
import { Erc20Vault } from "../src/vaults/Erc20Vault.sol";
import { AskingToken, Coin, ISender, PausableToken, SeizableToken } from "./doubles/Tokens.sol";
import { Network } from "./foundation/Network.sol";

/// @notice Has the insurance pay the vault in the middle of its own deposit, to have that counted as deposited.
contract Diverter is ISender {
    AskingToken private _token;
    InsuranceVault private _insurance;
    address private _owner;

    function divert(AskingToken token, Erc20Vault vault, InsuranceVault insurance, address owner) external {
        (_token, _insurance, _owner) = (token, insurance, owner);
        token.ask(address(this));
        token.approve(address(vault), 1);
        vault.deposit(address(token), 1, address(this));
    }

    function beforeSending() external {
        _insurance.cover(address(_token), _owner);
    }
}

/// @notice Alice has a credit of 60 and Bob one of 30; of 100 that were deposited the issuer has taken 70 out of the vault. The insurance holds 100.
contract InsuranceVaultTest is Network {
    AskingToken private _token;

    function setUp() public override {
        super.setUp();
        _token = new AskingToken();
        _token.mint(insurance, 100);
        _deposit(_token, 100);
        erc20Vault.credit(alice, address(_token), 60);
        erc20Vault.credit(bob, address(_token), 30);
        _token.seize(address(erc20Vault), 70);
    }

    function test_Cover_PaysTheVault_WhichPaysTheOwner() public {
        vm.assertEq(insuranceVault.lacking(address(_token), alice), 30);
        vm.assertEq(insuranceVault.lacking(address(_token), bob), 0);
        vm.expectEmit(address(insuranceVault));
        emit IInsuranceVault.Covered(address(_token), alice, 30);
        vm.prank(bob);
        vm.assertEq(insuranceVault.cover(address(_token), alice), 30);
        _assertBalances({ insured: 70, inVault: 0, ofAlice: 60, ofBob: 0 });

        // Now the vault is empty, and Bob is paid by the insurance alone.
        vm.assertEq(insuranceVault.cover(address(_token), bob), 30);
        _assertBalances({ insured: 40, inVault: 0, ofAlice: 60, ofBob: 30 });
        _expectNothing(address(_token), alice);
        _expectNothing(address(_token), bob);
    }

    function testFuzz_Cover_PaysWhatLacksAndNoMore(uint128 deposited, uint128 credit, uint128 seized, uint128 held)
        public
    {
        deposited = uint128(bound(deposited, 1, type(uint128).max));
        credit = uint128(bound(credit, 1, deposited));
        seized = uint128(bound(seized, 0, deposited));
        SeizableToken token = new SeizableToken();
        token.mint(insurance, held);
        _deposit(token, deposited);
        erc20Vault.credit(alice, address(token), credit);
        token.seize(address(erc20Vault), seized);

        uint256 left = deposited - seized;
        uint256 lacking = credit > left ? credit - left : 0;
        vm.assertEq(insuranceVault.lacking(address(token), alice), lacking);
        if (lacking == 0) return _expectNothing(address(token), alice);
        if (lacking > held) {
            vm.expectRevert(abi.encodeWithSelector(IInsuranceVault.NotEnough.selector, address(token), held, lacking));
            insuranceVault.cover(address(token), alice);
            return;
        }
        insuranceVault.cover(address(token), alice);
        vm.assertEq(token.balanceOf(insurance), held - lacking);
        vm.assertEq(token.balanceOf(alice), credit);
        vm.assertEq(token.balanceOf(address(erc20Vault)), 0);
    }

    /// A credit is paid whole; who has a smaller one is not kept waiting by it.
    function test_Cover_RevertWhen_TheInsuranceHoldsTooLittle() public {
        _token.seize(insurance, 71);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceVault.NotEnough.selector, address(_token), 29, 30));
        insuranceVault.cover(address(_token), alice);
        erc20Vault.withdraw(address(_token), bob);
        _token.mint(insurance, 31);
        vm.assertEq(insuranceVault.cover(address(_token), alice), 60);
    }

    function test_Cover_RevertWhen_TheVaultCanPay() public {
        _expectNothing(address(_token), bob);
        _expectNothing(address(_token), insurance);
        _expectNothing(address(_token), address(erc20Vault));
        _expectNothing(alice, alice);
    }

    /// What is deposited and not yet credited to anybody is no exit that was processed.
    function test_Cover_RevertWhen_NoExitWasProcessed() public {
        SeizableToken token = new SeizableToken();
        token.mint(insurance, 100);
        _deposit(token, 100);
        token.seize(address(erc20Vault), 100);
        _expectNothing(address(token), alice);
        erc20Vault.credit(alice, address(token), 10);
        vm.assertEq(insuranceVault.cover(address(token), alice), 10);
    }

    /// Each token stands for itself.
    function test_Cover_PaysNoOtherToken() public {
        _token.seize(insurance, 100);
        usd.mint(insurance, 1000);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceVault.NotEnough.selector, address(_token), 0, 30));
        insuranceVault.cover(address(_token), alice);
        _expectNothing(address(usd), alice);
        vm.assertEq(usd.balanceOf(insurance), 1000);
    }

    /// ETH comes in; the vault of ETH cannot lose any, so none goes out.
    function test_Cover_RevertWhen_ItIsEth() public {
        (bool taken,) = insurance.call{ value: 1 ether }("");
        vm.assertTrue(taken);
        ethVault.deposit{ value: 3 ether }(alice);
        ethVault.credit(alice, address(0), 3 ether);
        _expectNothing(address(0), alice);
        ethVault.withdraw(address(0), alice);
        vm.assertEq(insurance.balance, 1 ether);
    }

    /// The token of a stopped issuer: nothing moves, and nothing is lost.
    function test_Cover_RevertWhen_TokenReverts() public {
        PausableToken token = new PausableToken();
        token.mint(insurance, 100);
        _deposit(token, 10);
        erc20Vault.credit(alice, address(token), 10);
        token.setPaused(true);
        vm.mockCall(address(token), abi.encodeCall(token.balanceOf, (address(erc20Vault))), abi.encode(0));
        vm.expectRevert(PausableToken.Paused.selector);
        insuranceVault.cover(address(token), alice);
        vm.assertEq(erc20Vault.creditOf(alice, address(token)), 10);
    }

    /// A deposit is what arrives during it. What the insurance pays must not be that.
    function test_Cover_RevertWhen_CalledDuringADeposit() public {
        Diverter diverter = new Diverter();
        _token.mint(address(diverter), 1);
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        diverter.divert(_token, erc20Vault, insuranceVault, alice);
        _assertBalances({ insured: 100, inVault: 30, ofAlice: 0, ofBob: 0 });
    }

    function test_Constructor_RevertWhen_VaultIsZero() public {
        vm.expectRevert(IInsuranceVault.AddressIsZero.selector);
        new InsuranceVault(IFungibleVault(address(0)));
    }

    // ───────────────────────────────────────────────── small ─────────────────────────────────────────────────

    function _deposit(Coin token, uint256 amount) private {
        token.mint(address(this), amount);
        token.approve(address(erc20Vault), amount);
        erc20Vault.deposit(address(token), amount, alice);
    }

    function _expectNothing(address token, address owner) private {
        vm.assertEq(insuranceVault.lacking(token, owner), 0);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceVault.NothingLacking.selector, token, owner));
        insuranceVault.cover(token, owner);
    }

    function _assertBalances(uint256 insured, uint256 inVault, uint256 ofAlice, uint256 ofBob) private view {
        vm.assertEq(_token.balanceOf(insurance), insured);
        vm.assertEq(_token.balanceOf(address(erc20Vault)), inVault);
        vm.assertEq(_token.balanceOf(alice), ofAlice);
        vm.assertEq(_token.balanceOf(bob), ofBob);
    }
}
