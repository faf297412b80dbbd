// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IVotes } from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import { Votes } from "@openzeppelin/contracts/governance/utils/Votes.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

import { Stakers } from "../staking/Stakers.sol";

/// @notice The votes of OMG: whose they are, when, and what staking and slashing do to them.
contract OmgTokenTest is Stakers {
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    bytes32 private constant DELEGATION_TYPEHASH =
        keccak256("Delegation(address delegatee,uint256 nonce,uint256 expiry)");

    function setUp() public override {
        super.setUp();
        omg.transfer(alice, 100 ether);
        omg.transfer(bob, 10 ether);
    }

    // ───────────────────────────────────────────────── votes ─────────────────────────────────────────────────

    /// Tokens vote for nobody until their owner says for whom, herself included.
    function test_Delegate_GivesAllVotesToOne() public {
        vm.assertEq(omg.delegates(alice), address(0));
        vm.assertEq(omg.getVotes(alice), 0);
        vm.expectEmit(address(omg));
        emit IVotes.DelegateChanged(alice, address(0), carol);
        vm.expectEmit(address(omg));
        emit IVotes.DelegateVotesChanged(carol, 0, 100 ether);
        vm.prank(alice);
        omg.delegate(carol);
        vm.assertEq(omg.delegates(alice), carol);
        _assertVotes({ ofAlice: 0, ofBob: 0, ofCarol: 100 ether });

        vm.prank(bob);
        omg.delegate(carol);
        _assertVotes({ ofAlice: 0, ofBob: 0, ofCarol: 110 ether });
        vm.prank(alice);
        omg.delegate(alice);
        _assertVotes({ ofAlice: 100 ether, ofBob: 0, ofCarol: 10 ether });
        vm.prank(bob);
        omg.delegate(address(0));
        _assertVotes({ ofAlice: 100 ether, ofBob: 0, ofCarol: 0 });
        vm.assertEq(omg.balanceOf(alice), 100 ether);
    }

    /// Votes follow the tokens, at once and to whomever the new owner has named.
    function testFuzz_Transfer_MovesVotes(uint256 amount, bool named) public {
        amount = bound(amount, 0, 100 ether);
        vm.prank(alice);
        omg.delegate(alice);
        if (named) {
            vm.prank(bob);
            omg.delegate(carol);
        }
        vm.prank(alice);
        omg.transfer(bob, amount);
        _assertVotes({ ofAlice: 100 ether - amount, ofBob: 0, ofCarol: named ? 10 ether + amount : 0 });
        // There and back again costs nothing.
        vm.prank(bob);
        omg.transfer(alice, amount);
        _assertVotes({ ofAlice: 100 ether, ofBob: 0, ofCarol: named ? 10 ether : 0 });
    }

    function test_TransferToOneself_MakesNoVotes() public {
        vm.startPrank(alice);
        omg.delegate(alice);
        omg.transfer(alice, 100 ether);
        vm.stopPrank();
        _assertVotes({ ofAlice: 100 ether, ofBob: 0, ofCarol: 0 });
    }

    // ──────────────────────────────────────────────── history ────────────────────────────────────────────────

    /// What counted at the end of a block counts for that block for ever.
    function test_GetPastVotes_AtEachBlock() public {
        uint256 first = vm.getBlockNumber();
        vm.prank(alice);
        omg.delegate(alice);
        vm.roll(first + 5);
        vm.prank(alice);
        omg.transfer(bob, 40 ether);
        // The last one of a block is the one that counts.
        vm.prank(alice);
        omg.transfer(bob, 1 ether);
        vm.roll(first + 9);
        vm.prank(alice);
        omg.delegate(bob);
        vm.roll(first + 20);

        vm.assertEq(omg.getPastVotes(alice, first - 1), 0);
        vm.assertEq(omg.getPastVotes(alice, first), 100 ether);
        vm.assertEq(omg.getPastVotes(alice, first + 4), 100 ether);
        vm.assertEq(omg.getPastVotes(alice, first + 5), 59 ether);
        vm.assertEq(omg.getPastVotes(alice, first + 8), 59 ether);
        vm.assertEq(omg.getPastVotes(alice, first + 9), 0);
        vm.assertEq(omg.getPastVotes(bob, first + 8), 0);
        vm.assertEq(omg.getPastVotes(bob, first + 19), 59 ether);
        vm.assertEq(omg.numCheckpoints(alice), 3);
        vm.assertEq(omg.checkpoints(alice, 1)._value, 59 ether);
        vm.assertEq(omg.getPastTotalSupply(first + 19), type(uint96).max);
    }

    /// A block that is not over has no past: a vote could still be bought in it.
    function test_GetPastVotes_RevertWhen_TheBlockIsNotOver() public {
        uint256 current = vm.getBlockNumber();
        for (uint256 block_ = current; block_ < current + 2; ++block_) {
            bytes memory reason = abi.encodeWithSelector(Votes.ERC5805FutureLookup.selector, block_, current);
            vm.expectRevert(reason);
            omg.getPastVotes(alice, block_);
            vm.expectRevert(reason);
            omg.getPastTotalSupply(block_);
        }
        vm.assertEq(omg.clock(), current);
        vm.assertEq(omg.CLOCK_MODE(), "mode=blocknumber&from=default");
    }

    // ──────────────────────────────────────────────── staking ────────────────────────────────────────────────

    /// OMG that is staked is held by Bonding, which votes for nobody: it has power on the chain instead.
    function test_Stake_HasNoVotes() public {
        vm.startPrank(alice);
        omg.delegate(alice);
        omg.approve(address(bonding), 60 ether);
        bonding.delegate(val, 60 ether);
        vm.assertEq(omg.getVotes(alice), 40 ether);
        uint256 id = bonding.undelegate(val, 60 ether);
        vm.stopPrank();
        publishNext();
        skip(21 days);
        withdraw(alice, id);
        vm.assertEq(omg.getVotes(alice), 100 ether);
        vm.assertEq(omg.delegates(address(bonding)), address(0));
    }

    /// What is slashed goes to an address without a key. Nobody votes with it, and no one's votes change.
    function test_Slash_BurnsWithoutMovingVotes() public {
        vm.prank(alice);
        omg.delegate(alice);
        vm.prank(val);
        omg.delegate(val);
        delegate(carol, val, 1000 ether);
        slash(val, 1, 10_000);
        bonding.payOwed(insurance);
        vm.assertGt(omg.balanceOf(BURNT), 0);
        vm.assertEq(omg.delegates(BURNT), address(0));
        vm.assertEq(omg.delegates(insurance), address(0));
        vm.assertEq(omg.getVotes(BURNT) + omg.getVotes(insurance) + omg.getVotes(val), 0);
        vm.assertEq(omg.getVotes(alice), 100 ether);
        vm.assertEq(omg.totalSupply(), type(uint96).max);
        // The prover's part is hers, and votes as she likes.
        vm.prank(prover);
        omg.delegate(prover);
        vm.assertEq(omg.getVotes(prover), 0);
        uint256 reward = bonding.payOwed(prover);
        vm.assertEq(omg.getVotes(prover), reward);
    }

    // ─────────────────────────────────────────────── signatures ──────────────────────────────────────────────

    function test_Permit_IsAnAllowance_Once() public {
        (, uint256 key) = account("alice");
        uint256 deadline = vm.getBlockTimestamp();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _permitDigest(7 ether, 0, deadline));
        omg.permit(alice, bob, 7 ether, deadline, v, r, s);
        vm.assertEq(omg.allowance(alice, bob), 7 ether);
        vm.assertEq(omg.nonces(alice), 1);
        // The same signature again stands for another nonce, so for another signer.
        vm.expectRevert();
        omg.permit(alice, bob, 7 ether, deadline, v, r, s);
        vm.prank(bob);
        omg.transferFrom(alice, bob, 7 ether);
        vm.assertEq(omg.balanceOf(bob), 17 ether);
    }

    function test_Permit_RevertWhen_LateOrChanged() public {
        (, uint256 key) = account("alice");
        uint256 deadline = vm.getBlockTimestamp();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _permitDigest(7 ether, 0, deadline));
        vm.expectRevert();
        omg.permit(alice, bob, 8 ether, deadline, v, r, s);
        vm.expectRevert();
        omg.permit(alice, carol, 7 ether, deadline, v, r, s);
        skip(1);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, deadline));
        omg.permit(alice, bob, 7 ether, deadline, v, r, s);
        vm.assertEq(omg.allowance(alice, bob), 0);
    }

    /// Permits and delegations count the same nonces: one signature of a kind makes the older one of the other void.
    function test_DelegateBySig_SharesItsNoncesWithPermits() public {
        (, uint256 key) = account("alice");
        uint256 expiry = vm.getBlockTimestamp();
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, _digest(keccak256(abi.encode(DELEGATION_TYPEHASH, carol, 0, expiry))));
        omg.delegateBySig(carol, 0, expiry, v, r, s);
        vm.assertEq(omg.getVotes(carol), 100 ether);
        vm.assertEq(omg.nonces(alice), 1);
        vm.expectRevert();
        omg.delegateBySig(carol, 0, expiry, v, r, s);
        (v, r, s) = vm.sign(key, _permitDigest(7 ether, 0, expiry));
        vm.expectRevert();
        omg.permit(alice, bob, 7 ether, expiry, v, r, s);
        skip(1);
        vm.expectRevert(abi.encodeWithSelector(IVotes.VotesExpiredSignature.selector, expiry));
        omg.delegateBySig(carol, 1, expiry, v, r, s);
    }

    // ───────────────────────────────────────────────── small ─────────────────────────────────────────────────

    function _permitDigest(uint256 value, uint256 nonce, uint256 deadline) private view returns (bytes32) {
        return _digest(keccak256(abi.encode(PERMIT_TYPEHASH, alice, bob, value, nonce, deadline)));
    }

    function _digest(bytes32 structHash) private view returns (bytes32) {
        return keccak256(abi.encodePacked("\x19\x01", omg.DOMAIN_SEPARATOR(), structHash));
    }

    function _assertVotes(uint256 ofAlice, uint256 ofBob, uint256 ofCarol) private view {
        vm.assertEq(omg.getVotes(alice), ofAlice);
        vm.assertEq(omg.getVotes(bob), ofBob);
        vm.assertEq(omg.getVotes(carol), ofCarol);
    }
}
