// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBonding } from "../src/interfaces/IBonding.sol";
import { IRootChain } from "../src/interfaces/IRootChain.sol";
import { HeaderFields, Network } from "./foundation/Network.sol";

contract BondingTest is Network {
    address private _first;

    function setUp() public override {
        super.setUp();
        _first = vm.addr(keys[0]);
    }

    // ─────────────────────────────────────────────────── bond ──────────────────────────────────────────────────

    function test_Bond_JoinsNextSet() public {
        _bond(alice, 5000 ether, bob);
        vm.assertEq(omg.balanceOf(address(bonding)), 4 * uint256(BOND) + 5000 ether);
        vm.assertEq(bonding.validator(alice).signer, bob);
        vm.assertEq(bonding.validator(alice).bond, 5000 ether);
        vm.assertEq(bonding.validatorsOf(1).length, 4);
        _publishNext();
        vm.assertEq(bonding.validatorsOf(2).length, 5);
    }

    function test_Bond_AddsToBond() public {
        _bond(_first, 1, alice);
        vm.assertEq(bonding.validator(_first).bond, uint256(BOND) + 1);
        vm.assertEq(bonding.validator(_first).signer, _first);
        vm.assertEq(bonding.validators().length, 4);
    }

    function test_BondWithPermit_NeedsNoAllowance() public {
        (, uint256 key) = account("alice");
        omg.transfer(alice, 1000 ether);
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, alice, address(bonding), 1000 ether, 0, START));
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked("\x19\x01", omg.DOMAIN_SEPARATOR(), structHash)));
        // A39: somebody else spends the permit first.
        omg.permit(alice, address(bonding), 1000 ether, START, v, r, s);
        vm.prank(alice);
        bonding.bondWithPermit(1000 ether, alice, START, v, r, s);
        vm.assertEq(bonding.validator(alice).bond, 1000 ether);
    }

    function test_Bond_RevertWhen_BelowMinimum() public {
        fund(alice, 1000 ether);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IBonding.BondTooSmall.selector, 1000 ether - 1, 1000 ether));
        bonding.bond(1000 ether - 1, alice);
    }

    function test_Bond_RevertWhen_AmountIsZero() public {
        vm.expectRevert(IBonding.AmountIsZero.selector);
        bonding.bond(0, alice);
    }

    function test_Bond_RevertWhen_SignerIsInvalid() public {
        fund(alice, 1000 ether);
        vm.startPrank(alice);
        vm.expectRevert(IBonding.SignerIsZero.selector);
        bonding.bond(1000 ether, address(0));
        vm.expectRevert(abi.encodeWithSelector(IBonding.SignerInUse.selector, _first));
        bonding.bond(1000 ether, _first);
        vm.stopPrank();
    }

    function test_Bond_InFullSet_EvictsSmallest() public {
        _bond(alice, 1000 ether, alice);
        _bond(bob, 1001 ether, bob);
        vm.assertEq(bonding.validators().length, 5);
        vm.assertEq(bonding.validator(alice).bond, 0);
        vm.assertEq(bonding.unbonding(1).validator, alice);
        vm.assertEq(bonding.unbonding(1).amount, 1000 ether);
    }

    function test_Bond_RevertWhen_SetIsFullOfLarger() public {
        _bond(alice, 1000 ether, alice);
        fund(bob, 1000 ether);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IBonding.ValidatorSetFull.selector, 1000 ether));
        bonding.bond(1000 ether, bob);
    }

    // ───────────────────────────────────────────────── signer ──────────────────────────────────────────────────

    function test_SetSigner_FromNextSet() public {
        vm.prank(_first);
        bonding.setSigner(alice);
        vm.assertFalse(_isIn(1, alice));
        _publishNext();
        vm.assertTrue(_isIn(2, alice));
        vm.assertFalse(_isIn(2, _first));
    }

    /// What an old key signed must stay chargeable to who bonded for it.
    function test_SetSigner_OldKeyStaysTaken() public {
        vm.prank(_first);
        bonding.setSigner(alice);
        vm.assertEq(bonding.validatorOfSigner(_first), _first);
        vm.prank(vm.addr(keys[1]));
        vm.expectRevert(abi.encodeWithSelector(IBonding.SignerInUse.selector, _first));
        bonding.setSigner(_first);
        vm.prank(_first);
        bonding.setSigner(_first);
        vm.assertEq(bonding.validator(_first).signer, _first);
    }

    function test_SetSigner_RevertWhen_CallerIsNoValidator() public {
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotAValidator.selector, address(this)));
        bonding.setSigner(alice);
    }

    // ──────────────────────────────────────────────── unbond ───────────────────────────────────────────────────

    function test_Unbond_PaysAfterDelay() public {
        vm.prank(_first);
        uint256 id = bonding.unbond(BOND);
        vm.assertEq(bonding.validators().length, 3);
        _publishNext();
        uint256 leftAt = vm.getBlockTimestamp();
        vm.assertEq(bonding.withdrawableAt(id), leftAt + 21 days);

        vm.warp(leftAt + 21 days);
        vm.prank(_first);
        bonding.withdraw(id, alice);
        vm.assertEq(omg.balanceOf(alice), BOND);
        vm.prank(_first);
        vm.expectRevert(abi.encodeWithSelector(IBonding.UnknownUnbonding.selector, id));
        bonding.withdraw(id, alice);
    }

    /// A26: the delay runs from the set without the bond, not from the request, so nobody signs with a bond that is gone.
    function test_Withdraw_RevertWhen_SetStillHasBond() public {
        vm.prank(_first);
        uint256 id = bonding.unbond(BOND);
        skip(365 days);
        vm.prank(_first);
        vm.expectRevert(abi.encodeWithSelector(IBonding.StillSlashable.selector, 0));
        bonding.withdraw(id, _first);
    }

    function test_Withdraw_RevertWhen_DelayIsNotOver() public {
        vm.prank(_first);
        uint256 id = bonding.unbond(BOND);
        _publishNext();
        uint256 freeAt = vm.getBlockTimestamp() + 21 days;
        vm.warp(freeAt - 1);
        vm.prank(_first);
        vm.expectRevert(abi.encodeWithSelector(IBonding.StillSlashable.selector, freeAt));
        bonding.withdraw(id, _first);
    }

    function test_Withdraw_RevertWhen_CallerIsAnother() public {
        vm.prank(_first);
        uint256 id = bonding.unbond(BOND);
        vm.expectRevert(abi.encodeWithSelector(IBonding.UnknownUnbonding.selector, id));
        bonding.withdraw(id, address(this));
    }

    function test_Unbond_InPart() public {
        vm.startPrank(_first);
        bonding.unbond(BOND - 1000 ether);
        vm.assertEq(bonding.validator(_first).bond, 1000 ether);
        vm.expectRevert(abi.encodeWithSelector(IBonding.BondTooSmall.selector, 1000 ether - 1, 1000 ether));
        bonding.unbond(1);
        vm.expectRevert(IBonding.AmountIsZero.selector);
        bonding.unbond(0);
        vm.expectRevert(abi.encodeWithSelector(IBonding.AmountExceedsBond.selector, 1000 ether + 1, 1000 ether));
        bonding.unbond(1000 ether + 1);
        vm.stopPrank();
    }

    function test_Unbond_RevertWhen_CallerIsNoValidator() public {
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotAValidator.selector, address(this)));
        bonding.unbond(1);
    }

    /// What is in the contract is always what is bonded and what is unbonding.
    function testFuzz_Bond_AccountsForEveryToken(uint96[8] memory amounts) public {
        uint256 expected = 4 * uint256(BOND);
        for (uint256 i; i < amounts.length; ++i) {
            address validator = vm.addr(keys[i % 4]);
            uint96 amount = uint96(bound(amounts[i], 1, BOND));
            if (i % 2 == 0) {
                _bond(validator, amount, validator);
                expected += amount;
            } else if (bonding.validator(validator).bond >= uint256(amount) + 1000 ether) {
                vm.prank(validator);
                bonding.unbond(amount);
            }
        }
        uint256 bonded;
        for (uint256 i; i < 4; ++i) {
            bonded += bonding.validator(vm.addr(keys[i])).bond;
        }
        uint256 unbonding;
        for (uint256 id = 1; bonding.unbonding(id).validator != address(0); ++id) {
            unbonding += bonding.unbonding(id).amount;
        }
        vm.assertEq(bonded + unbonding, expected);
        vm.assertEq(omg.balanceOf(address(bonding)), expected);
    }

    // ───────────────────────────────────────────────── sets ────────────────────────────────────────────────────

    function test_PublishValidatorSet_IsSortedAndComplete() public view {
        IBonding.Validator[] memory members = bonding.validatorsOf(1);
        vm.assertEq(members.length, 4);
        for (uint256 i; i < 4; ++i) {
            vm.assertEq(members[i].signer, vm.addr(keys[i]));
            vm.assertEq(members[i].bond, BOND);
        }
    }

    function test_PublishValidatorSet_EndsThePreviousOne() public {
        vm.assertEq(rootChain.validatorSet(1).publishedAt, START);
        vm.assertEq(rootChain.validatorSet(1).validUntil, type(uint48).max);
        _bond(alice, 1000 ether, alice);
        _publishNext();
        vm.assertEq(rootChain.currentValidatorSetId(), 2);
        vm.assertEq(rootChain.validatorSet(1).validUntil, START + 1 days + 2 days);
        vm.assertEq(rootChain.validatorSet(2).validUntil, type(uint48).max);
        vm.assertEq(bonding.validatorsOf(1).length, 4);
        vm.assertEq(bonding.validatorsOf(3).length, 0);
    }

    function test_PublishValidatorSet_RevertWhen_NothingChanged() public {
        skip(1 days);
        vm.expectRevert(IBonding.NothingChanged.selector);
        bonding.publishValidatorSet();
    }

    function test_PublishValidatorSet_RevertWhen_EpochIsNotOver() public {
        _bond(alice, 1000 ether, alice);
        skip(1 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IBonding.EpochNotOver.selector, START + 1 days));
        bonding.publishValidatorSet();
    }

    /// When everybody leaves, the chain stops, and the bonds are not locked for ever.
    function test_PublishValidatorSet_WhenNobodyIsBonded_AcceptsNoCheckpoint() public {
        for (uint256 i; i < 4; ++i) {
            vm.prank(vm.addr(keys[i]));
            bonding.unbond(BOND);
        }
        _publishNext();
        vm.assertEq(bonding.validatorsOf(2).length, 0);
        HeaderFields memory header = nextHeader();
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotEnoughPower.selector, 0, 0));
        rootChain.submitCheckpoint(encode(header), "");

        skip(21 days);
        vm.prank(_first);
        bonding.withdraw(1, _first);
        vm.assertEq(omg.balanceOf(_first), BOND);
    }

    function test_PublishValidatorSet_OnRootChain_RevertWhen_CallerIsNotBonding() public {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotBonding.selector, address(this)));
        rootChain.publishValidatorSet(address(this));
    }

    function _bond(address validator, uint96 amount, address signer) private {
        fund(validator, amount);
        vm.prank(validator);
        bonding.bond(amount, signer);
    }

    function _publishNext() private {
        skip(1 days);
        bonding.publishValidatorSet();
    }

    function _isIn(uint64 id, address signer) private view returns (bool) {
        IBonding.Validator[] memory members = bonding.validatorsOf(id);
        for (uint256 i; i < members.length; ++i) {
            if (members[i].signer == signer) return true;
        }
        return false;
    }
}
