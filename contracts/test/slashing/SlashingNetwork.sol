// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Slashing } from "../../src/Slashing.sol";
import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { Vote, VoteSlot } from "../../src/libraries/ConsensusVotes.sol";
import { VoteReader } from "../doubles/VoteReader.sol";
import { HeaderFields, Network } from "../foundation/Network.sol";

/// @notice A network with its court. Checkpoint `n` holds the block of height `n`, so it decides who votes at height `n + 2`.
abstract contract SlashingNetwork is Network {
    bytes32 internal constant SALT = keccak256("salt");

    Slashing internal slashing;
    VoteReader internal votes = new VoteReader();
    address internal prover = actor("prover");
    address internal first;

    function setUp() public virtual override {
        super.setUp();
        slashing = new Slashing(rootChain, bonding);
        vm.assertEq(bonding.slashing(), address(slashing));
        first = vm.addr(keys[0]);
    }

    function slashingAt(uint256 firstNonce) internal view override returns (address) {
        return vm.computeCreateAddress(address(this), firstNonce + 6);
    }

    // ──────────────────────────────────────────────── headers ────────────────────────────────────────────────

    /// Two headers of the next checkpoint.
    function equivocation(uint256 key) internal returns (ISlashing.Equivocation memory) {
        HeaderFields memory header = nextHeader();
        HeaderFields memory other = nextHeader();
        other.txRoot = keccak256("mint");
        return evidenceOf(header, key, other, key);
    }

    function evidenceOf(HeaderFields memory a, uint256 keyA, HeaderFields memory b, uint256 keyB)
        internal
        view
        returns (ISlashing.Equivocation memory)
    {
        return
            ISlashing.Equivocation(encode(a), signed(keyA, digestOf(a)), encode(b), signed(keyB, digestOf(b)));
    }

    function commitTo(ISlashing.Equivocation memory evidence, address who) internal {
        _commit(keccak256(abi.encode(evidence)), who);
    }

    function prove(ISlashing.Equivocation memory evidence) internal returns (uint256) {
        commitTo(evidence, prover);
        return slashing.proveEquivocation(evidence, ISlashing.Prover(prover, SALT));
    }

    function expectRefused(ISlashing.Equivocation memory evidence, bytes memory reason) internal {
        commitTo(evidence, prover);
        vm.expectRevert(reason);
        slashing.proveEquivocation(evidence, ISlashing.Prover(prover, SALT));
    }

    // ───────────────────────────────────────────────── votes ─────────────────────────────────────────────────

    /// Two precommits at the height whose voters checkpoint `number` decided, one for no block.
    function doubleVote(uint256 key, HeaderFields memory header)
        internal
        view
        returns (ISlashing.DoubleVote memory evidence)
    {
        VoteSlot memory slot = VoteSlot({ voteType: 2, height: header.checkpoint + 2, round: 1 });
        evidence.slot = slot;
        evidence.a = vote(key, slot, keccak256("block"), 1_800_000_000);
        evidence.b = vote(key, slot, 0, 1_800_000_001);
        evidence.header = encode(header);
    }

    /// A signed vote for a block, or for none if the hash is zero.
    function vote(uint256 key, VoteSlot memory slot, bytes32 blockHash, int64 time) internal view returns (Vote memory made) {
        made = Vote(blockHash, blockHash == 0 ? 0 : 1, blockHash == 0 ? bytes32(0) : ~blockHash, time, 7, "");
        made.signature = _signed(key, slot, made, slashing.consensusChainId());
    }

    function _signed(uint256 key, VoteSlot memory slot, Vote memory made, string memory chainId)
        internal
        view
        returns (bytes memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(votes.signBytes(slot, made, chainId)));
        return abi.encodePacked(r, s, v - 27);
    }

    function commitTo(ISlashing.DoubleVote memory evidence, address who) internal {
        _commit(keccak256(abi.encode(evidence)), who);
    }

    function prove(ISlashing.DoubleVote memory evidence) internal returns (uint256) {
        commitTo(evidence, prover);
        return slashing.proveDoubleVote(evidence, ISlashing.Prover(prover, SALT));
    }

    function expectRefused(ISlashing.DoubleVote memory evidence, bytes memory reason) internal {
        commitTo(evidence, prover);
        vm.expectRevert(reason);
        slashing.proveDoubleVote(evidence, ISlashing.Prover(prover, SALT));
    }

    // ──────────────────────────────────────────────── network ────────────────────────────────────────────────

    /// Submits the next checkpoint under the signatures of all, and returns its header.
    function checkpoint() internal returns (HeaderFields memory header) {
        header = nextHeader();
        submit(header);
        vm.roll(vm.getBlockNumber() + 1);
    }

    /// Publishes the next set, an epoch later: alice's stake changes, so there is a difference.
    function nextSet() internal {
        (, uint256 key) = account("alice");
        if (bonding.validator(alice).signer == address(0)) {
            bondWith(key, BOND);
        } else {
            fund(alice, 1);
            vm.prank(alice);
            bonding.bond(1, alice, "");
        }
        skip(1 days);
        bonding.publishValidatorSet();
    }

    function stake(address validator) internal view returns (uint256 tokens) {
        (tokens,,,,) = bonding.pool(validator);
    }

    function jailedUntil(address validator) internal view returns (uint64 until) {
        (,,,, until) = bonding.pool(validator);
    }

    function _commit(bytes32 evidence, address who) internal {
        slashing.commit(keccak256(abi.encode(evidence, who, SALT)));
        vm.roll(vm.getBlockNumber() + 5);
    }
}
