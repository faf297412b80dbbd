// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { SSTORE2 } from "solady/utils/SSTORE2.sol";

/// @title Validator sets
/// @notice A set is the code of a contract: one word per validator, `signer address ‖ power u96`, ascending. Reading a hundred
/// validators costs little more than reading four, and a set cannot change after it was published.
library ValidatorSets {
    /// Order of secp256k1 divided by two: a signature with a larger `s` has a smaller twin, and only one of them is valid here.
    uint256 private constant MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    uint256 private constant SIGNATURE_BYTES = 65;

    /// @notice Signatures are not 65 bytes each.
    error SignaturesLength(uint256 length);
    /// @notice Signature `index` is malformed, is not of a validator of the set, or is not in ascending order of signers.
    error InvalidSignature(uint256 index);

    function pack(address signer, uint96 power) internal pure returns (uint256) {
        return (uint256(uint160(signer)) << 96) | power;
    }

    function unpack(uint256 word) internal pure returns (address signer, uint96 power) {
        return (address(uint160(word >> 96)), uint96(word));
    }

    /// @notice Stores a set.
    /// @param words Packed validators in strictly ascending order.
    function write(uint256[] memory words) internal returns (address data) {
        return SSTORE2.write(abi.encodePacked(words));
    }

    /// @notice Reads a set back.
    function read(address data) internal view returns (uint256[] memory words) {
        bytes memory raw = SSTORE2.read(data);
        // A `bytes` of whole words becomes a `uint256[]` by counting its length in words.
        assembly ("memory-safe") {
            mstore(raw, shr(5, mload(raw)))
            words := raw
        }
    }

    /// @notice Whether `signer` is in a set, and at which index. A set that does not exist has no members.
    function find(address data, address signer) internal view returns (bool found, uint256 index) {
        if (data == address(0)) return (false, 0);
        uint256[] memory words = read(data);
        while (index < words.length) {
            (address member,) = unpack(words[index]);
            if (member == signer) return (true, index);
            ++index;
        }
    }

    /// @notice Who of a set signed `digest`, and with how much power.
    /// @param signatures 65 bytes each, in ascending order of signer. Both lists ascend, so one pass over the set finds every
    /// signer, and a duplicate or an unsorted one is never found.
    /// @return signers Bit `i` is set if the validator at index `i` signed.
    /// @return signed Power of the signers.
    /// @return total Power of the whole set.
    function verify(address data, bytes32 digest, bytes calldata signatures)
        internal
        view
        returns (uint256 signers, uint256 signed, uint256 total)
    {
        uint256 count = signatures.length / SIGNATURE_BYTES;
        if (count * SIGNATURE_BYTES != signatures.length) revert SignaturesLength(signatures.length);
        uint256[] memory words = read(data);
        uint256 next;
        // Sums of at most 128 powers of 96 bits, and indices below the lengths.
        unchecked {
            for (uint256 i; i < count; ++i) {
                address expected = _recover(digest, signatures, i * SIGNATURE_BYTES);
                address signer;
                uint96 power;
                do {
                    if (next == words.length) revert InvalidSignature(i);
                    (signer, power) = unpack(words[next++]);
                    total += power;
                } while (signer != expected);
                signed += power;
                signers |= 1 << (next - 1);
            }
            while (next < words.length) total += uint96(words[next++]);
        }
    }

    /// @return signer Zero, which is in no set, if the signature is malformed.
    function _recover(bytes32 digest, bytes calldata signatures, uint256 offset) private view returns (address signer) {
        assembly ("memory-safe") {
            let signature := add(signatures.offset, offset)
            let s := calldataload(add(signature, 0x20))
            if iszero(gt(s, MAX_S)) {
                let input := mload(0x40)
                mstore(input, digest)
                mstore(add(input, 0x20), byte(0, calldataload(add(signature, 0x40))))
                mstore(add(input, 0x40), calldataload(signature))
                mstore(add(input, 0x60), s)
                mstore(0x00, 0)
                // The precompile returns nothing for a signature that is none, and then the zero stays.
                pop(staticcall(gas(), 1, input, 0x80, 0x00, 0x20))
                signer := mload(0x00)
            }
        }
    }
}
