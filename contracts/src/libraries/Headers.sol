// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Headers
/// @notice Reads the fields of an encoded checkpoint header in place (docs/encoding.md, Header). Callers check the length first,
/// with `lengthOf`; the accessors do not.
library Headers {
    uint8 internal constant VERSION = 3;
    uint8 internal constant PLASMA = 0;
    uint8 internal constant BLOB = 1;

    /// Bytes of a header without data commitments.
    uint256 internal constant MIN_LENGTH = 275;
    bytes1 private constant HEADER_TAG = 0x08;

    /// @notice The length that `header` must have, given its count of data commitments.
    function lengthOf(bytes calldata header) internal pure returns (uint256) {
        return header.length < MIN_LENGTH ? MIN_LENGTH : MIN_LENGTH + 32 * dataCommitmentCount(header);
    }

    /// @notice keccak(0x08 ‖ header).
    function hash(bytes calldata header) internal pure returns (bytes32 hash_) {
        bytes1 tag = HEADER_TAG;
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, tag)
            calldatacopy(add(at, 1), header.offset, header.length)
            hash_ := keccak256(at, add(1, header.length))
        }
    }

    /// @notice Whether one of two headers renews the other (F1): they hold the same, and their origins are so far apart that Ethereum takes
    /// the older one in no block in which it takes the younger one (R4).
    /// @dev A renewal has another parent, origin and validator set, and nothing else.
    function isRenewal(bytes calldata a, bytes calldata b, uint256 maxOriginAgeBlocks) internal pure returns (bool) {
        (uint256 originA, uint256 originB) = (origin(a), origin(b));
        uint256 distance = originA < originB ? originB - originA : originA - originB;
        return distance > maxOriginAgeBlocks && _content(a) == _content(b);
    }

    /// All but parent, origin and validator set.
    function _content(bytes calldata header) private pure returns (bytes32) {
        return keccak256(bytes.concat(header[:37], header[69:201], header[241:249], header[257:]));
    }

    function version(bytes calldata header) internal pure returns (uint8) {
        return uint8(bytes1(_word(header, 0)));
    }

    function chainId(bytes calldata header) internal pure returns (uint64) {
        return _u64(header, 1);
    }

    function rootChain(bytes calldata header) internal pure returns (address) {
        return address(bytes20(_word(header, 9)));
    }

    function checkpoint(bytes calldata header) internal pure returns (uint64) {
        return _u64(header, 29);
    }

    function parentHash(bytes calldata header) internal pure returns (bytes32) {
        return _word(header, 37);
    }

    function txRoot(bytes calldata header) internal pure returns (bytes32) {
        return _word(header, 69);
    }

    function feeLanes(bytes calldata header) internal pure returns (uint256) {
        return uint256(_word(header, 101));
    }

    function txCount(bytes calldata header) internal pure returns (uint32) {
        return uint32(bytes4(_word(header, 133)));
    }

    function origin(bytes calldata header) internal pure returns (uint64) {
        return _u64(header, 201);
    }

    function originHash(bytes calldata header) internal pure returns (bytes32) {
        return _word(header, 209);
    }

    function inboxCursor(bytes calldata header) internal pure returns (uint64) {
        return _u64(header, 241);
    }

    function validatorSetId(bytes calldata header) internal pure returns (uint64) {
        return _u64(header, 249);
    }

    function dataMode(bytes calldata header) internal pure returns (uint8) {
        return uint8(bytes1(_word(header, 257)));
    }

    function dataCommitmentCount(bytes calldata header) internal pure returns (uint256) {
        return uint8(bytes1(_word(header, 258)));
    }

    function dataCommitment(bytes calldata header, uint256 i) internal pure returns (bytes32) {
        return _word(header, 259 + 32 * i);
    }

    /// @notice The first block of the checkpoint, and with `lastHeight` the last one.
    function firstHeight(bytes calldata header) internal pure returns (uint64) {
        return _u64(header, header.length - 16);
    }

    function lastHeight(bytes calldata header) internal pure returns (uint64) {
        return _u64(header, header.length - 8);
    }

    function _u64(bytes calldata header, uint256 offset) private pure returns (uint64) {
        return uint64(bytes8(_word(header, offset)));
    }

    function _word(bytes calldata header, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(header.offset, offset))
        }
    }
}
