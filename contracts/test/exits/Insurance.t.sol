// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Inclusion } from "../../src/interfaces/IExitGame.sol";
import { ExitState } from "../../src/interfaces/IExitQueue.sol";
import { IInsuranceVault } from "../../src/interfaces/IInsuranceVault.sol";
import { ExitNetwork, Signed } from "./ExitNetwork.sol";
import { Ledger } from "./Ledger.sol";

/// @notice I11 against a validator who can sign whatever she likes. Others delegated so much to her that two thirds of the power are hers alone; she has
/// herself slashed, so that nearly half of what *they* lose is in the insurance, and tries to have it.
contract InsuranceAttacksTest is ExitNetwork {
    address private _val;

    function setUp() public override {
        super.setUp();
        _val = vm.addr(keys[0]);
        fund(carol, 99 * uint256(BOND));
        vm.prank(carol);
        bonding.delegate(_val, 99 * BOND);
        skip(1 days);
        bonding.publishValidatorSet();
        vm.prank(actor("slashing"));
        bonding.slash(_val, 2, 500, _val);
        vm.assertEq(bonding.payOwed(insurance), 22_500 ether);
        vm.assertEq(bonding.payOwed(_val), 250 ether);
    }

    /// She mints exactly what the insurance holds, and a little, and a lot: none of it is ever a credit.
    function test_I11_AMintedClaim_IsNotInsured() public {
        uint128[3] memory amounts = [uint128(22_500 ether), 1, type(uint128).max];
        for (uint256 i; i < 3; ++i) {
            bytes32 loot = _exitMinted(amounts[i]);
            assertState(loot, ExitState.Unpaid);
            _expectNothing();
        }
        _assertSheLost(0);
    }

    /// What she deposits pays what she mints, and is then missing for her own deposit.
    function test_I11_AMintedClaimThatEmptiedTheVault_IsNotInsuredEither() public {
        omg.approve(address(erc20Vault), 300 ether);
        erc20Vault.deposit(address(omg), 300 ether, mallory);
        assertState(_exitMinted(300 ether), ExitState.Paid);
        assertState(_exitMinted(300 ether), ExitState.Unpaid);
        _expectNothing();
        vm.assertEq(erc20Vault.withdraw(address(omg), mallory), 300 ether);
        _expectNothing();
        _assertSheLost(300 ether);
    }

    function _exitMinted(uint128 amount) private returns (bytes32 exitId) {
        Signed memory minted = mint(Ledger.coin(mallory, address(omg), amount));
        Inclusion memory inclusion = include(minted);
        exitId = startExit(outputOf(minted, 0, inclusion));
        skip(2 * MFP);
        vm.assertEq(queue.processExits(address(omg), false, 10), 1);
    }

    function _expectNothing() private {
        address[3] memory askers = [mallory, _val, address(bonding)];
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IInsuranceVault.NothingLacking.selector, address(omg), askers[i]));
            vm.prank(askers[i]);
            insuranceVault.cover(address(omg), askers[i]);
        }
        vm.assertEq(omg.balanceOf(insurance), 22_500 ether);
    }

    /// @param deposited What her other account had, and has again.
    function _assertSheLost(uint256 deposited) private view {
        uint256 wealth = bonding.stakeOf(_val, _val) + omg.balanceOf(_val) + omg.balanceOf(mallory);
        vm.assertEq(wealth, BOND - 250 ether + deposited);
    }
}
