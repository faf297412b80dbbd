// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a vote of the consensus engine is about: everything that two conflicting votes have in common.
struct VoteSlot {
    /// 1 prevote, 2 precommit.
    uint8 voteType;
    uint64 height;
    uint32 round;
}

/// @notice One signed vote of a slot.
struct Vote {
    /// Hash of the block, and how many parts it was gossiped in under which root. All zero: a vote for no block.
    bytes32 blockHash;
    uint32 partsTotal;
    bytes32 partsHash;
    /// The voter's time: seconds since 1970, before it negative, and nanoseconds.
    int64 time;
    uint32 nanos;
    /// `r ‖ s ‖ v`, v 0 or 1.
    bytes signature;
}

/// @title Consensus votes
/// @notice The bytes that a validator signs when it votes in CometBFT (v0.40: types/canonical.go), and who signed them. The message is
/// `CanonicalVote` in protobuf, behind its length; a key of type `secp256k1eth` signs the keccak of it. One slot, block and time have
/// exactly one encoding, because it is made here and not read. It starts with its length and 0x08, so it is never an EIP-712 message
/// (0x19 0x01), which the same key signs for checkpoints; a proposal has type 32 and a vote extension another first field.
library ConsensusVotes {
    uint8 internal constant PREVOTE = 1;
    uint8 internal constant PRECOMMIT = 2;

    uint256 private constant SIGNATURE_BYTES = 65;
    /// Half of the order of secp256k1: a signature with a larger `s` has a smaller twin, which CometBFT alone takes.
    uint256 private constant MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    /// The first second of the year 1 and the last of 9999, outside of which CometBFT encodes no time.
    int64 private constant FIRST_SECOND = -62_135_596_800;
    int64 private constant LAST_SECOND = 253_402_300_799;
    uint32 private constant NANOS = 1_000_000_000;

    /// @notice No validator could have made such a vote.
    error MalformedVote();
    error MalformedVoteSignature();

    /// @notice Who signed a vote of the chain `chainId`. Never zero.
    function voter(VoteSlot calldata slot, Vote calldata vote, string memory chainId) internal pure returns (address) {
        return _recover(keccak256(signBytes(slot, vote, chainId)), vote.signature);
    }

    /// @notice Whether two votes are for different blocks, or one is for none. Their times may differ: a validator that starts again
    /// repeats its vote.
    function conflict(Vote calldata a, Vote calldata b) internal pure returns (bool) {
        return a.blockHash != b.blockHash || a.partsTotal != b.partsTotal || a.partsHash != b.partsHash;
    }

    /// @param chainId At most 50 characters, which is CometBFT's limit.
    function signBytes(VoteSlot calldata slot, Vote calldata vote, string memory chainId)
        internal
        pure
        returns (bytes memory)
    {
        _require(slot.voteType == PREVOTE || slot.voteType == PRECOMMIT);
        _require(slot.height != 0 && slot.height <= uint64(type(int64).max));
        _require(slot.round <= uint32(type(int32).max));
        bytes memory message = abi.encodePacked(
            bytes1(0x08),
            slot.voteType,
            bytes1(0x11),
            _littleEndian(slot.height),
            // proto3 writes no zeroes.
            slot.round == 0 ? bytes("") : abi.encodePacked(bytes1(0x19), _littleEndian(slot.round)),
            _block(vote),
            _time(vote),
            bytes1(0x32),
            uint8(bytes(chainId).length),
            chainId
        );
        return abi.encodePacked(_varint(message.length), message);
    }

    function _block(Vote calldata vote) private pure returns (bytes memory) {
        if (vote.partsTotal == 0) {
            _require(vote.blockHash == 0 && vote.partsHash == 0);
            return "";
        }
        bytes memory parts = abi.encodePacked(bytes1(0x08), _varint(vote.partsTotal), bytes2(0x1220), vote.partsHash);
        // A hash and at most 40 bytes of parts: one byte of length each.
        bytes memory id = abi.encodePacked(bytes2(0x0a20), vote.blockHash, bytes1(0x12), uint8(parts.length), parts);
        return abi.encodePacked(bytes1(0x22), uint8(id.length), id);
    }

    function _time(Vote calldata vote) private pure returns (bytes memory) {
        _require(vote.time >= FIRST_SECOND && vote.time <= LAST_SECOND && vote.nanos < NANOS);
        // A negative number is a varint of its two's complement.
        bytes memory time = abi.encodePacked(
            vote.time == 0 ? bytes("") : abi.encodePacked(bytes1(0x08), _varint(uint64(vote.time))),
            vote.nanos == 0 ? bytes("") : abi.encodePacked(bytes1(0x10), _varint(vote.nanos))
        );
        return abi.encodePacked(bytes1(0x2a), uint8(time.length), time);
    }

    /// Seven bits a byte, the lowest first; all but the last have the highest bit.
    function _varint(uint256 value) private pure returns (bytes memory encoded) {
        while (value > 0x7f) {
            encoded = abi.encodePacked(encoded, uint8(value) | 0x80);
            value >>= 7;
        }
        encoded = abi.encodePacked(encoded, uint8(value));
    }

    function _littleEndian(uint64 value) private pure returns (bytes8) {
        uint64 reversed;
        for (uint256 i; i < 8; ++i) {
            reversed = (reversed << 8) | uint8(value >> (8 * i));
        }
        return bytes8(reversed);
    }

    function _recover(bytes32 digest, bytes calldata signature) private pure returns (address signer) {
        if (signature.length != SIGNATURE_BYTES) revert MalformedVoteSignature();
        uint8 v = uint8(signature[64]);
        bytes32 s = bytes32(signature[32:64]);
        if (v > 1 || uint256(s) > MAX_S) revert MalformedVoteSignature();
        signer = ecrecover(digest, v + 27, bytes32(signature[:32]), s);
        if (signer == address(0)) revert MalformedVoteSignature();
    }

    function _require(bool holds) private pure {
        if (!holds) revert MalformedVote();
    }
}
