// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBonding } from "../../src/interfaces/IBonding.sol";
import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { Vote, VoteSlot } from "../../src/libraries/ConsensusVotes.sol";
import { Witnesses } from "../../src/libraries/Witnesses.sol";
import { HeaderFields } from "../foundation/Network.sol";
import { SlashingNetwork } from "./SlashingNetwork.sol";

contract SlashingTest is SlashingNetwork {
    uint256 private _aliceKey;
    uint256 private _bobKey;

    function setUp() public override {
        super.setUp();
        (, _aliceKey) = account("alice");
        (, _bobKey) = account("bob");
    }

    // ─────────────────────────────────────────────── two headers ───────────────────────────────────────────────

    function test_ProveEquivocation_TakesEverything() public {
        ISlashing.Equivocation memory evidence = equivocation(keys[0]);
        commitTo(evidence, prover);
        vm.expectEmit(address(slashing));
        emit ISlashing.Punished(first, ISlashing.Offence.Equivocation, 1, first, BOND, prover);
        vm.assertEq(slashing.proveEquivocation(evidence, ISlashing.Prover(prover, SALT)), BOND);
        vm.assertEq(stake(first), 0);
        vm.assertEq(bonding.owed(prover), BOND / 20);
        vm.assertEq(bonding.owed(insurance), uint256(BOND) * 45 / 100);
        vm.assertEq(jailedUntil(first), type(uint64).max);
        vm.assertEq(bonding.validators().length, 3);
        vm.assertTrue(slashing.isPunished(first, ISlashing.Offence.Equivocation, 1));
        // The others did nothing.
        vm.assertEq(stake(vm.addr(keys[1])), BOND);
    }

    /// A25: three of four sign two roots. All of them lose all they have.
    function test_A25_TwoThirdsSignTwoRoots_AllAreSlashed() public {
        HeaderFields memory honest = nextHeader();
        HeaderFields memory theft = nextHeader();
        theft.txRoot = keccak256("mint");
        submit(honest);
        for (uint256 i; i < 3; ++i) {
            vm.assertEq(prove(evidenceOf(honest, keys[i], theft, keys[i])), BOND);
        }
        vm.assertEq(bonding.owed(prover), 3 * BOND / 20);
        vm.assertEq(stake(vm.addr(keys[3])), BOND);
    }

    /// A26: who unbonds and then attacks an old number answers with what is on its way out.
    function test_A26_UnbondThenAttackAnOldNumber_IsSlashed() public {
        HeaderFields memory old = checkpoint();
        vm.prank(first);
        uint256 id = bonding.unbond(BOND);
        nextSet();
        skip(21 days - 1);
        bytes memory honest = encode(old);
        bytes memory signature = signed(keys[0], digestOf(old));
        old.txRoot = keccak256("mint");
        vm.assertEq(prove(ISlashing.Equivocation(honest, signature, encode(old), signed(keys[0], digestOf(old)))), BOND);
        vm.assertEq(bonding.unbonding(id).amount, 0);
        vm.assertEq(stake(first), 0);
    }

    /// A26: after the delay her old signatures cost nobody anything: what is staked now did not answer for them.
    function test_ProveEquivocation_RevertWhen_TheSetIsFree() public {
        ISlashing.Equivocation memory evidence = equivocation(keys[0]);
        nextSet();
        skip(21 days);
        expectRefused(evidence, abi.encodeWithSelector(IBonding.NotSlashable.selector, 1));
    }

    /// A27: no validator is asked, and no checkpoint is needed: the chain may be theirs, and may stand still.
    function test_A27_ProofNeedsNobodyOnTheChain() public {
        vm.assertEq(rootChain.lastCheckpoint(), 0);
        vm.assertEq(prove(equivocation(keys[0])), BOND);
    }

    /// What left before the set that signed does not answer, what left since does.
    function test_ProveEquivocation_ChargesFromTheOlderSet() public {
        _delegate(bob, 100 ether);
        uint256 left = _undelegate(bob, 40 ether);
        nextSet();
        uint256 later = _undelegate(bob, 40 ether);
        HeaderFields memory old = nextHeader();
        nextSet();
        HeaderFields memory newer = nextHeader();
        vm.assertEq(newer.validatorSetId, 3);
        prove(evidenceOf(newer, keys[0], old, keys[0]));
        vm.assertEq(bonding.unbonding(left).amount, 40 ether);
        vm.assertEq(bonding.unbonding(later).amount, 0);
        vm.assertTrue(slashing.isPunished(first, ISlashing.Offence.Equivocation, 2));
    }

    /// A key that was changed stays its owner's to answer for, in the sets that it was in and in no other.
    function test_ProveEquivocation_OfAnOldKey() public {
        ISlashing.Equivocation memory evidence = equivocation(keys[0]);
        bytes memory ownProof = proof(_bobKey, first);
        vm.prank(first);
        bonding.setSigner(bob, ownProof);
        nextSet();
        expectRefused(equivocation(keys[0]), abi.encodeWithSelector(ISlashing.NotInSet.selector, first, 2));
        vm.assertEq(prove(evidence), BOND);
        vm.assertEq(stake(first), 0);
    }

    function test_ProveEquivocation_RevertWhen_EitherSetIsWithoutTheKey() public {
        HeaderFields memory a = nextHeader();
        HeaderFields memory b = nextHeader();
        b.validatorSetId = 2;
        bytes memory reason = abi.encodeWithSelector(ISlashing.NotInSet.selector, first, 2);
        expectRefused(evidenceOf(a, keys[0], b, keys[0]), reason);
        expectRefused(evidenceOf(b, keys[0], a, keys[0]), reason);
    }

    function test_ProveEquivocation_RevertWhen_NumbersDifferOrHeadersDoNot() public {
        HeaderFields memory a = nextHeader();
        HeaderFields memory b = nextHeader();
        bytes memory reason = abi.encodeWithSelector(ISlashing.NoEquivocation.selector);
        expectRefused(evidenceOf(a, keys[0], b, keys[0]), reason);
        b.checkpoint += 1;
        expectRefused(evidenceOf(a, keys[0], b, keys[0]), reason);
    }

    /// F1: a checkpoint that missed Ethereum is signed again with a later origin. No block could have taken both.
    function test_ProveEquivocation_RevertWhen_Renewed() public {
        vm.roll(10_000);
        HeaderFields memory a = nextHeader();
        HeaderFields memory b = _renewed(a, 301);
        bytes memory reason = abi.encodeWithSelector(ISlashing.Renewed.selector);
        expectRefused(evidenceOf(a, keys[0], b, keys[0]), reason);
        expectRefused(evidenceOf(b, keys[0], a, keys[0]), reason);
        // Not even a block in which Ethereum may just still have taken the first.
        vm.assertEq(prove(evidenceOf(a, keys[0], _renewed(a, 300), keys[0])), BOND);
    }

    /// A25: whatever the distance, a renewal holds the same. `field` is what the thief changes besides.
    function testFuzz_ProveEquivocation_OtherContentIsNoRenewal(uint256 seed, uint64 distance) public {
        HeaderFields memory a = nextHeader();
        HeaderFields memory b = _renewed(a, uint64(bound(distance, 0, 1e9)));
        uint256 field = seed % 5;
        if (field == 0) b.txRoot = keccak256(abi.encode(seed));
        if (field == 1) b.feeLanes = 1 + (seed >> 1);
        if (field == 2) b.txCount = uint32(1 + (seed >> 8) % 1e6);
        if (field == 3) b.inboxCursor += uint64(1 + (seed >> 8) % 1e6);
        if (field == 4) b.commitments = new bytes32[](1 + (seed >> 8) % 255);
        bool otherWay = seed >> 255 == 1;
        vm.assertEq(prove(otherWay ? evidenceOf(b, keys[0], a, keys[0]) : evidenceOf(a, keys[0], b, keys[0])), BOND);
    }

    /// F1: honest renewals, any number of them, make no evidence with each other.
    function testFuzz_ProveEquivocation_RenewalsAreNone(uint32 first_, uint32 second) public {
        HeaderFields memory a = nextHeader();
        HeaderFields memory b = _renewed(a, 301 + uint64(first_));
        HeaderFields memory c = _renewed(b, 301 + uint64(second));
        bytes memory reason = abi.encodeWithSelector(ISlashing.Renewed.selector);
        expectRefused(evidenceOf(a, keys[0], b, keys[0]), reason);
        expectRefused(evidenceOf(b, keys[0], c, keys[0]), reason);
        expectRefused(evidenceOf(c, keys[0], a, keys[0]), reason);
    }

    /// The header with an origin `distance` blocks later, and all that a renewal changes.
    function _renewed(HeaderFields memory header, uint64 distance) private pure returns (HeaderFields memory) {
        return HeaderFields({
            version: header.version,
            chainId: header.chainId,
            rootChain: header.rootChain,
            checkpoint: header.checkpoint,
            parentHash: keccak256("renewed parent"),
            txRoot: header.txRoot,
            feeLanes: header.feeLanes,
            txCount: header.txCount,
            origin: header.origin + distance,
            originHash: keccak256("renewed origin"),
            inboxCursor: header.inboxCursor,
            validatorSetId: header.validatorSetId,
            dataMode: header.dataMode,
            commitments: header.commitments
        });
    }

    function test_ProveEquivocation_RevertWhen_SignersDiffer() public {
        HeaderFields memory a = nextHeader();
        HeaderFields memory b = nextHeader();
        b.txRoot = keccak256("mint");
        bytes memory reason = abi.encodeWithSelector(ISlashing.SignersDiffer.selector, first, vm.addr(keys[1]));
        expectRefused(evidenceOf(a, keys[0], b, keys[1]), reason);
    }

    function test_ProveEquivocation_RevertWhen_NobodyBondedTheKey() public {
        // It is asked for its set first, and is in none.
        expectRefused(equivocation(_bobKey), abi.encodeWithSelector(ISlashing.NotInSet.selector, bob, 1));
    }

    function test_ProveEquivocation_RevertWhen_HeaderIsNotOfThisNetwork() public {
        bytes memory reason = abi.encodeWithSelector(ISlashing.MalformedHeader.selector);
        for (uint256 i; i < 6; ++i) {
            HeaderFields memory a = nextHeader();
            HeaderFields memory b = nextHeader();
            b.txRoot = keccak256("mint");
            if (i == 0) b.version = 2;
            if (i == 1) b.chainId += 1;
            if (i == 2) b.rootChain = alice;
            ISlashing.Equivocation memory evidence = evidenceOf(a, keys[0], b, keys[0]);
            if (i == 3) evidence.headerA = bytes.concat(evidence.headerA, hex"00");
            if (i == 4) evidence.headerA = hex"";
            if (i == 5) evidence.headerB = _cut(evidence.headerB, 100);
            expectRefused(evidence, reason);
        }
    }

    function test_ProveEquivocation_RevertWhen_SignatureIsMalformed() public {
        ISlashing.Equivocation memory evidence = equivocation(keys[0]);
        evidence.signatureB = bytes.concat(evidence.signatureB, hex"00");
        expectRefused(evidence, abi.encodeWithSelector(Witnesses.MalformedSignature.selector));
    }

    function test_ProveEquivocation_OncePerSet() public {
        prove(equivocation(keys[0]));
        checkpoint();
        HeaderFields memory a = nextHeader();
        HeaderFields memory b = nextHeader();
        b.txRoot = keccak256("mint again");
        bytes memory reason = abi.encodeWithSelector(
            ISlashing.AlreadyPunished.selector, first, ISlashing.Offence.Equivocation, 1
        );
        expectRefused(evidenceOf(a, keys[0], b, keys[0]), reason);
    }

    // ──────────────────────────────────────────────── provers ──────────────────────────────────────────────────

    /// A39: a copy of the proof pays the one who is copied, and a changed one is refused.
    function test_A39_CopiedProof_PaysTheProver() public {
        ISlashing.Equivocation memory evidence = equivocation(keys[0]);
        commitTo(evidence, prover);
        bytes32 changed = keccak256(abi.encode(keccak256(abi.encode(evidence)), alice, SALT));
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.NotCommitted.selector, changed));
        slashing.proveEquivocation(evidence, ISlashing.Prover(alice, SALT));
        slashing.proveEquivocation(evidence, ISlashing.Prover(prover, SALT));
        vm.stopPrank();
        vm.assertEq(bonding.owed(prover), BOND / 20);
        vm.assertEq(bonding.owed(alice), 0);
    }

    /// A39: who sees the proof and commits then is too late by the delay.
    function test_A39_CommitmentAfterTheProofIsShown_IsTooLate() public {
        ISlashing.Equivocation memory evidence = equivocation(keys[0]);
        bytes32 hash = keccak256(abi.encode(evidence));
        slashing.commit(keccak256(abi.encode(hash, prover, SALT)));
        vm.roll(vm.getBlockNumber() + 4);
        bytes32 own = keccak256(abi.encode(hash, prover, SALT));
        vm.expectRevert(abi.encodeWithSelector(ISlashing.NotCommitted.selector, own));
        slashing.proveEquivocation(evidence, ISlashing.Prover(prover, SALT));
        vm.roll(vm.getBlockNumber() + 1);
        bytes32 copied = keccak256(abi.encode(hash, alice, SALT));
        slashing.commit(copied);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.NotCommitted.selector, copied));
        slashing.proveEquivocation(evidence, ISlashing.Prover(alice, SALT));
        slashing.proveEquivocation(evidence, ISlashing.Prover(prover, SALT));
    }

    /// A39: a copied commitment neither delays the original nor names another.
    function test_Commit_Again_KeepsTheFirst() public {
        bytes32 commitment = keccak256("commitment");
        vm.expectEmit(address(slashing));
        emit ISlashing.Committed(commitment);
        slashing.commit(commitment);
        vm.roll(vm.getBlockNumber() + 1);
        vm.prank(alice);
        slashing.commit(commitment);
        vm.assertEq(slashing.committedAt(commitment), START_BLOCK);
    }

    /// I11: who proves her own offence loses more than she gets, whoever else has staked with her and whatever she delegated to herself.
    function testFuzz_I11_SlashingOneselfNeverPays(uint96 delegated, bool everything, bool ownDelegation) public {
        delegated = uint96(bound(delegated, 1, 1e9 ether));
        prover = first;
        _delegate(ownDelegation ? prover : bob, delegated);
        uint256 own = bonding.stakeOf(first, first);
        HeaderFields memory header = checkpoint();
        if (everything) prove(equivocation(keys[0]));
        else prove(doubleVote(keys[0], header));
        vm.assertLt(bonding.stakeOf(first, first) + bonding.owed(first), own);
    }

    // ─────────────────────────────────────────────── two votes ─────────────────────────────────────────────────

    function test_ProveDoubleVote_TakesOneTwentieth() public {
        HeaderFields memory header = checkpoint();
        ISlashing.DoubleVote memory evidence = doubleVote(keys[0], header);
        commitTo(evidence, prover);
        uint256 slashed = BOND / 20;
        vm.expectEmit(address(slashing));
        emit ISlashing.Punished(first, ISlashing.Offence.DoubleVote, 1, first, slashed, prover);
        vm.assertEq(slashing.proveDoubleVote(evidence, ISlashing.Prover(prover, SALT)), slashed);
        vm.assertEq(stake(first), BOND - slashed);
        vm.assertEq(bonding.owed(prover), slashed / 20);
        vm.assertEq(jailedUntil(first), START + 7 days);
        vm.assertEq(bonding.validators().length, 3);
    }

    /// Whatever she voted twice in one set is one offence; after the jail it is another.
    function test_ProveDoubleVote_OncePerSet() public {
        HeaderFields memory header = checkpoint();
        prove(doubleVote(keys[0], header));
        ISlashing.DoubleVote memory other = doubleVote(keys[0], checkpoint());
        bytes memory reason =
            abi.encodeWithSelector(ISlashing.AlreadyPunished.selector, first, ISlashing.Offence.DoubleVote, 1);
        expectRefused(other, reason);

        skip(7 days);
        vm.prank(first);
        bonding.unjail();
        bonding.publishValidatorSet();
        uint256 before = stake(first);
        vm.assertEq(prove(doubleVote(keys[0], checkpoint())), before / 20);
    }

    /// A later, worse offence of the same set is still punished.
    function test_ProveEquivocation_AfterADoubleVote() public {
        prove(doubleVote(keys[0], checkpoint()));
        vm.assertEq(prove(equivocation(keys[0])), BOND - BOND / 20);
        vm.assertEq(jailedUntil(first), type(uint64).max);
    }

    function test_ProveDoubleVote_JailsNoShorterThanBefore() public {
        HeaderFields memory header = checkpoint();
        prove(equivocation(keys[0]));
        prove(doubleVote(keys[0], header));
        vm.assertEq(jailedUntil(first), type(uint64).max);
    }

    /// A validator that starts again repeats its vote with another time. That is no offence.
    function test_ProveDoubleVote_RevertWhen_OnlyTheTimesDiffer() public {
        ISlashing.DoubleVote memory evidence = doubleVote(keys[0], checkpoint());
        evidence.b = vote(keys[0], evidence.slot, evidence.a.blockHash, evidence.a.time + 1);
        expectRefused(evidence, abi.encodeWithSelector(ISlashing.NoDoubleVote.selector));
    }

    function test_ProveDoubleVote_RevertWhen_SignersDiffer() public {
        ISlashing.DoubleVote memory evidence = doubleVote(keys[0], checkpoint());
        evidence.b = vote(keys[1], evidence.slot, 0, evidence.b.time);
        address second = vm.addr(keys[1]);
        expectRefused(evidence, abi.encodeWithSelector(ISlashing.SignersDiffer.selector, first, second));
    }

    /// A vote of another height, round or type is signed by somebody else here.
    function testFuzz_ProveDoubleVote_RevertWhen_SlotsDiffer(uint8 which) public {
        ISlashing.DoubleVote memory evidence = doubleVote(keys[0], checkpoint());
        VoteSlot memory slot = VoteSlot(evidence.slot.voteType, evidence.slot.height, evidence.slot.round);
        if (which % 3 == 0) slot.height += 1;
        if (which % 3 == 1) slot.round += 1;
        if (which % 3 == 2) slot.voteType = 1;
        evidence.b = vote(keys[0], slot, 0, evidence.b.time);
        _refusedForItsSigner(evidence);
    }

    /// A vote on a fork or a test network with the same keys says nothing here.
    function test_ProveDoubleVote_RevertWhen_TheChainIsAnother() public {
        ISlashing.DoubleVote memory evidence = doubleVote(keys[0], checkpoint());
        evidence.b.signature = _signed(keys[0], evidence.slot, evidence.b, "omg-0123456789012345678901234567890123456789");
        _refusedForItsSigner(evidence);
    }

    function test_ProveDoubleVote_RevertWhen_NobodyBondedTheKey() public {
        expectRefused(
            doubleVote(_bobKey, checkpoint()), abi.encodeWithSelector(ISlashing.NotInSet.selector, bob, 1)
        );
    }

    function test_ProveDoubleVote_RevertWhen_TheCheckpointIsAnother() public {
        HeaderFields memory header = checkpoint();
        checkpoint();
        ISlashing.DoubleVote memory evidence = doubleVote(keys[0], header);
        evidence.slot.height = 4;
        evidence.a = vote(keys[0], evidence.slot, keccak256("block"), 0);
        evidence.b = vote(keys[0], evidence.slot, 0, 0);
        expectRefused(evidence, abi.encodeWithSelector(ISlashing.WrongCheckpoint.selector, 1, 1, 2));
        evidence.slot.height = 1;
        evidence.a = vote(keys[0], evidence.slot, keccak256("block"), 0);
        evidence.b = vote(keys[0], evidence.slot, 0, 0);
        // Nothing decided about the first two heights but the first block.
        vm.assertEq(prove(evidence), BOND / 20);
    }

    function test_ProveDoubleVote_RevertWhen_TheCheckpointIsNotAccepted() public {
        bytes memory reason = abi.encodeWithSelector(ISlashing.CheckpointNotAccepted.selector, 1);
        expectRefused(doubleVote(keys[0], nextHeader()), reason);
        HeaderFields memory other = checkpoint();
        other.txRoot = keccak256("another");
        expectRefused(doubleVote(keys[0], other), reason);
        ISlashing.DoubleVote memory evidence = doubleVote(keys[0], other);
        evidence.header = bytes.concat(evidence.header, hex"00");
        expectRefused(evidence, abi.encodeWithSelector(ISlashing.MalformedHeader.selector));
    }

    /// The engine may be with the next set already; the one after that has nothing to do with the checkpoint.
    function test_ProveDoubleVote_OfAMemberOfTheNextSet() public {
        HeaderFields memory header = checkpoint();
        expectRefused(doubleVote(_aliceKey, header), abi.encodeWithSelector(ISlashing.NotInSet.selector, alice, 1));
        nextSet();
        bondWith(_bobKey, 2 * BOND);
        skip(1 days);
        bonding.publishValidatorSet();
        expectRefused(doubleVote(_bobKey, header), abi.encodeWithSelector(ISlashing.NotInSet.selector, bob, 1));
        vm.assertEq(prove(doubleVote(_aliceKey, header)), BOND / 20);
    }

    /// What left before the offence is not charged for it.
    function test_ProveDoubleVote_SparesWhoLeftBefore() public {
        _delegate(bob, 100 ether);
        uint256 before = _undelegate(bob, 40 ether);
        nextSet();
        HeaderFields memory header = nextHeader();
        rootChain.submitCheckpoint(encode(header), signatures(header, keys));
        uint256 after_ = _undelegate(bob, 40 ether);
        vm.assertEq(prove(doubleVote(keys[0], header)), (uint256(BOND) + 60 ether) / 20);
        vm.assertEq(bonding.unbonding(before).amount, 40 ether);
        vm.assertEq(bonding.unbonding(after_).amount, 38 ether);
    }

    function test_ConsensusChainId_IsTheDomainSeparatorInLowerCase() public view {
        string memory text = vm.toString(rootChain.domainSeparator());
        bytes memory expected = bytes.concat("omg-", _slice(bytes(text), 2, 42));
        vm.assertEq(slashing.consensusChainId(), string(expected));
    }

    // ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    function _refusedForItsSigner(ISlashing.DoubleVote memory evidence) private {
        address other = votes.voter(evidence.slot, evidence.b, slashing.consensusChainId());
        vm.assertNotEq(other, first);
        expectRefused(evidence, abi.encodeWithSelector(ISlashing.SignersDiffer.selector, first, other));
    }

    function _delegate(address delegator, uint96 amount) private {
        fund(delegator, amount);
        vm.prank(delegator);
        bonding.delegate(first, amount);
    }

    function _undelegate(address delegator, uint256 shares) private returns (uint256) {
        vm.prank(delegator);
        return bonding.undelegate(first, shares);
    }

    function _cut(bytes memory text, uint256 length) private pure returns (bytes memory) {
        return _slice(text, 0, length);
    }

    function _slice(bytes memory text, uint256 from, uint256 to) private pure returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i; i < part.length; ++i) {
            part[i] = text[from + i];
        }
    }
}
