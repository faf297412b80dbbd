// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ConsensusVotes, Vote, VoteSlot } from "../../src/libraries/ConsensusVotes.sol";
import { VoteReader } from "../doubles/VoteReader.sol";
import { Test } from "../foundation/Test.sol";

/// @notice Against vectors that CometBFT v0.40 made itself (tools/votes).
contract ConsensusVotesTest is Test {
    VoteReader private _reader = new VoteReader();
    string private _json;
    string private _chainId;

    function setUp() public {
        _json = vm.readFile(string.concat(vm.projectRoot(), "/packages/protocol/vectors/votes.vectors.json"));
        _chainId = vm.parseJsonString(_json, ".chainId");
    }

    function test_SignBytes_AreThoseOfCometBft() public view {
        uint256 count;
        for (; vm.keyExistsJson(_json, _key(count, "")); ++count) {
            (VoteSlot memory slot, Vote memory vote) = _vector(count);
            string memory name = vm.parseJsonString(_json, _key(count, ".name"));
            bytes memory actual = _reader.signBytes(slot, vote, _chainId);
            vm.assertEq(actual, vm.parseJsonBytes(_json, _key(count, ".signBytes")), name);
            vm.assertEq(_reader.voter(slot, vote, _chainId), vm.parseJsonAddress(_json, ".signer"), name);
        }
        vm.assertEq(count, 14);
    }

    function test_Conflict_OverBlocksOnly() public view {
        (, Vote memory one) = _vector(2);
        (, Vote memory otherParts) = _vector(3);
        (, Vote memory nothing) = _vector(5);
        vm.assertTrue(_reader.conflict(one, otherParts));
        vm.assertTrue(_reader.conflict(one, nothing));
        Vote memory later = _copy(one);
        later.time += 1;
        later.nanos += 1;
        later.signature = "";
        vm.assertFalse(_reader.conflict(one, later));
        Vote memory otherRoot = _copy(one);
        otherRoot.partsHash = ~otherRoot.partsHash;
        vm.assertTrue(_reader.conflict(one, otherRoot));
        Vote memory otherBlock = _copy(one);
        otherBlock.blockHash = ~otherBlock.blockHash;
        vm.assertTrue(_reader.conflict(one, otherBlock));
    }

    /// Whatever else is signed is another message: nothing that is not in the vote can be added to it, and nothing left out.
    function testFuzz_SignBytes_DifferWhereVotesDo(
        VoteSlot memory slot,
        VoteSlot memory otherSlot,
        Vote memory vote,
        Vote memory other
    ) public view {
        _makeValid(slot, vote);
        _makeValid(otherSlot, other);
        bytes memory left = _reader.signBytes(slot, vote, _chainId);
        bytes memory right = _reader.signBytes(otherSlot, other, _chainId);
        bool same = keccak256(abi.encode(slot)) == keccak256(abi.encode(otherSlot)) && !_reader.conflict(vote, other)
            && vote.time == other.time && vote.nanos == other.nanos;
        vm.assertEq(keccak256(left) == keccak256(right), same);
        // Never the start of EIP-712.
        uint256 typeAt = uint8(left[0]) > 0x7f ? 2 : 1;
        vm.assertEq(uint8(left[typeAt]), 0x08);
    }

    function test_SignBytes_RevertWhen_NoValidatorCouldMakeIt() public {
        for (uint256 i; i < 10; ++i) {
            (VoteSlot memory slot, Vote memory vote) = _vector(2);
            if (i == 0) slot.voteType = 0;
            if (i == 1) slot.voteType = 3;
            if (i == 2) slot.voteType = 32;
            if (i == 3) slot.height = 0;
            if (i == 4) slot.height = 1 << 63;
            if (i == 5) slot.round = 1 << 31;
            if (i == 6) vote.partsTotal = 0;
            if (i == 7) vote.nanos = 1e9;
            if (i == 8) vote.time = -62_135_596_801;
            if (i == 9) vote.time = 253_402_300_800;
            vm.expectRevert(ConsensusVotes.MalformedVote.selector);
            _reader.signBytes(slot, vote, _chainId);
        }
    }

    function test_SignBytes_RevertWhen_AVoteForNothingNamesParts() public {
        (VoteSlot memory slot, Vote memory vote) = _vector(5);
        vote.partsHash = bytes32(uint256(1));
        vm.expectRevert(ConsensusVotes.MalformedVote.selector);
        _reader.signBytes(slot, vote, _chainId);
        (vote.partsHash, vote.blockHash) = (0, bytes32(uint256(1)));
        vm.expectRevert(ConsensusVotes.MalformedVote.selector);
        _reader.signBytes(slot, vote, _chainId);
    }

    function test_Voter_RevertWhen_SignatureIsMalformed() public {
        (VoteSlot memory slot, Vote memory vote) = _vector(0);
        bytes memory valid = vote.signature;
        for (uint256 i; i < 5; ++i) {
            bytes memory wrong = bytes.concat(valid);
            if (i == 0) wrong = bytes.concat(valid, hex"00");
            if (i == 1) wrong[64] = bytes1(uint8(wrong[64]) + 27);
            // The twin: s' = n - s, and the other parity.
            if (i == 2) wrong = _twin(valid);
            if (i == 3) wrong = new bytes(65);
            if (i == 4) wrong = "";
            vote.signature = wrong;
            vm.expectRevert(ConsensusVotes.MalformedVoteSignature.selector);
            _reader.voter(slot, vote, _chainId);
        }
    }

    function testFuzz_Voter_OfAnotherChainIsAnother(bytes20 separator) public view {
        (VoteSlot memory slot, Vote memory vote) = _vector(0);
        string memory other = string.concat("omg-", string(abi.encodePacked(separator)));
        vm.assertNotEq(_reader.voter(slot, vote, other), vm.parseJsonAddress(_json, ".signer"));
    }

    function _key(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".votes[", vm.toString(i), "]", field);
    }

    function _vector(uint256 i) private view returns (VoteSlot memory slot, Vote memory vote) {
        slot.voteType = uint8(vm.parseJsonUint(_json, _key(i, ".type")));
        slot.height = uint64(vm.parseUint(vm.parseJsonString(_json, _key(i, ".height"))));
        slot.round = uint32(vm.parseJsonUint(_json, _key(i, ".round")));
        vote.time = int64(vm.parseInt(vm.parseJsonString(_json, _key(i, ".seconds"))));
        vote.nanos = uint32(vm.parseJsonUint(_json, _key(i, ".nanos")));
        vote.signature = vm.parseJsonBytes(_json, _key(i, ".signature"));
        if (!vm.keyExistsJson(_json, _key(i, ".block.hash"))) return (slot, vote);
        vote.blockHash = vm.parseJsonBytes32(_json, _key(i, ".block.hash"));
        vote.partsTotal = uint32(vm.parseJsonUint(_json, _key(i, ".block.partsTotal")));
        vote.partsHash = vm.parseJsonBytes32(_json, _key(i, ".block.partsHash"));
    }

    function _makeValid(VoteSlot memory slot, Vote memory vote) private pure {
        slot.voteType = uint8(bound(slot.voteType, 1, 2));
        slot.height = uint64(bound(slot.height, 1, uint64(type(int64).max)));
        slot.round = uint32(bound(slot.round, 0, uint32(type(int32).max)));
        vote.time = int64(vote.time % 62_135_596_800);
        vote.nanos %= 1e9;
        if (vote.partsTotal == 0) (vote.blockHash, vote.partsHash) = (0, 0);
    }

    function _copy(Vote memory vote) private pure returns (Vote memory) {
        return abi.decode(abi.encode(vote), (Vote));
    }

    function _twin(bytes memory signature) private pure returns (bytes memory) {
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        (bytes32 r, bytes32 s) = (0, 0);
        assembly ("memory-safe") {
            r := mload(add(signature, 32))
            s := mload(add(signature, 64))
        }
        return abi.encodePacked(r, order - uint256(s), uint8(signature[64]) ^ 1);
    }
}
