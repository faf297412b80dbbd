// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { ConsensusVotes, Vote, VoteSlot } from "../../src/libraries/ConsensusVotes.sol";
import { HeaderFields } from "../foundation/Network.sol";
import { SlashingNetwork } from "./SlashingNetwork.sol";

/// @notice I13 for stake: whatever an honest validator signs, nobody makes evidence of it. An honest validator votes once in each slot, though
/// she may repeat the vote with another time after a restart, and signs one header for each checkpoint number, in whatever set she is.
contract HonestValidatorsTest is SlashingNetwork {
    uint256 private constant SIGNED = 6;

    HeaderFields private _checkpoint;

    function setUp() public override {
        super.setUp();
        _checkpoint = checkpoint();
    }

    /// A thief combines any two of her votes under any slot of theirs.
    /// forge-config: default.fuzz.runs = 32
    /// forge-config: long.fuzz.runs = 1000
    function testFuzz_Votes_OfAnHonestValidatorAreNoEvidence(uint256 seed) public {
        VoteSlot[] memory slots = new VoteSlot[](SIGNED);
        Vote[] memory stream = new Vote[](SIGNED);
        for (uint256 i; i < SIGNED; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            // Few slots, so that many votes are of one: heights whose voters the checkpoint decided.
            slots[i] = VoteSlot(uint8(1 + random % 2), uint64(1 + (random >> 8) % 3), uint32((random >> 16) % 2));
            bytes32 choice = keccak256(abi.encode(seed, slots[i]));
            bytes32 block_ = uint256(choice) % 3 == 0 ? bytes32(0) : choice;
            stream[i] = vote(keys[0], slots[i], block_, int64(uint64(random >> 32) % 1000));
        }
        for (uint256 i; i < SIGNED; ++i) {
            for (uint256 j; j < SIGNED; ++j) {
                _tryVotes(slots[i], stream[i], stream[j]);
                // Or puts the signature of one below the block of the other.
                Vote memory mixed = stream[i];
                mixed = Vote(mixed.blockHash, mixed.partsTotal, mixed.partsHash, mixed.time, mixed.nanos, stream[j].signature);
                _tryVotes(slots[j], stream[j], mixed);
            }
        }
        _unharmed();
    }

    /// A thief combines any two of her headers, of all numbers and of sets that overlap.
    /// forge-config: default.fuzz.runs = 32
    /// forge-config: long.fuzz.runs = 1000
    function testFuzz_Headers_OfAnHonestValidatorAreNoEvidence(uint256 seed) public {
        nextSet();
        bytes[] memory headers = new bytes[](SIGNED);
        bytes[] memory signed_ = new bytes[](SIGNED);
        for (uint64 i; i < SIGNED; ++i) {
            HeaderFields memory header = nextHeader();
            header.checkpoint = 1 + i;
            header.validatorSetId = uint64(1 + (seed >> i) % 2);
            header.txRoot = keccak256(abi.encode(seed, i));
            headers[i] = encode(header);
            signed_[i] = signed(keys[0], digestOf(header));
        }
        for (uint256 i; i < SIGNED; ++i) {
            for (uint256 j; j < SIGNED; ++j) {
                _tryHeaders(ISlashing.Equivocation(headers[i], signed_[i], headers[j], signed_[j]));
                _tryHeaders(ISlashing.Equivocation(headers[i], signed_[i], headers[j], signed_[i]));
                // Or changes a byte of a header that she signed.
                bytes memory changed = bytes.concat(headers[i]);
                changed[seed % changed.length] ^= 0x01;
                _tryHeaders(ISlashing.Equivocation(headers[i], signed_[i], changed, signed_[j]));
            }
        }
        _unharmed();
    }

    /// What she signs for one purpose is nothing for another: the same key signs headers, votes, and that it is bonded.
    function testFuzz_Signatures_OfOneKindAreNoneOfAnother(uint256 seed) public {
        HeaderFields memory a = nextHeader();
        HeaderFields memory b = nextHeader();
        b.txRoot = keccak256(abi.encode(seed));
        bytes memory header = signed(keys[0], digestOf(a));
        VoteSlot memory slot = VoteSlot(2, 3, uint32(seed % 4));
        Vote memory honest = vote(keys[0], slot, keccak256("block"), int64(uint64(seed % 1e6)));
        bytes memory ethereumVote = bytes.concat(honest.signature);
        ethereumVote[64] = bytes1(uint8(ethereumVote[64]) + 27);
        _tryHeaders(ISlashing.Equivocation(encode(a), header, encode(b), ethereumVote));
        _tryHeaders(ISlashing.Equivocation(encode(a), header, encode(b), proof(keys[0], first)));

        Vote memory forged = Vote(0, 0, 0, honest.time, honest.nanos, bytes.concat(header));
        forged.signature[64] = bytes1(uint8(header[64]) - 27);
        _tryVotes(slot, honest, forged);
        _unharmed();
    }

    function _tryVotes(VoteSlot memory slot, Vote memory a, Vote memory b) private {
        ISlashing.DoubleVote memory evidence = ISlashing.DoubleVote(slot, a, b, encode(_checkpoint));
        slashing.commit(keccak256(abi.encode(keccak256(abi.encode(evidence)), prover, SALT)));
        vm.roll(vm.getBlockNumber() + 5);
        try slashing.proveDoubleVote(evidence, ISlashing.Prover(prover, SALT)) { } catch { }
    }

    function _tryHeaders(ISlashing.Equivocation memory evidence) private {
        slashing.commit(keccak256(abi.encode(keccak256(abi.encode(evidence)), prover, SALT)));
        vm.roll(vm.getBlockNumber() + 5);
        try slashing.proveEquivocation(evidence, ISlashing.Prover(prover, SALT)) { } catch { }
    }

    function _unharmed() private view {
        vm.assertEq(stake(first), BOND);
        vm.assertEq(jailedUntil(first), 0);
        vm.assertEq(bonding.owed(prover), 0);
    }
}
