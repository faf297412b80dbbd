// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Witnesses
/// @notice Signatures, terms and witnesses, read strictly (docs/encoding.md, Witness). A signature has exactly one encoding, or a transaction
/// would have several witness hashes.
library Witnesses {
    uint256 internal constant SIGNATURE_BYTES = 65;
    uint256 internal constant ORDER_TERMS_BYTES = 237;
    uint256 internal constant SWAP_TERMS_BYTES = 80;
    uint256 internal constant MAX_SIGNATURES = 16;
    uint256 internal constant MAX_ORDER_TERMS = 16;

    /// Order of secp256k1, and half of it: a signature with a larger `s` has a smaller twin.
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 private constant MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    error MalformedWitness();
    error MalformedSignature();
    error MalformedTerms();

    /// @notice How much of each part a witness holds.
    struct Counts {
        uint256 signatures;
        uint256 orderTerms;
        uint256 swapTerms;
        uint256 preimages;
    }

    /// @notice Reads a witness: every part, to the last byte.
    function read(bytes calldata witness) internal pure returns (Counts memory counts) {
        counts = readUnsigned(witness);
        for (uint256 i; i < counts.signatures; ++i) {
            requireSignature(signature(witness, i));
        }
    }

    /// @notice Reads a witness except for the form of its signatures, which `recover` looks at.
    function readUnsigned(bytes calldata witness) internal pure returns (Counts memory counts) {
        uint256 at;
        (counts.signatures, at) = _part(witness, 0, MAX_SIGNATURES, SIGNATURE_BYTES);
        uint256 termsAt = at + 1;
        (counts.orderTerms, at) = _part(witness, at, MAX_ORDER_TERMS, ORDER_TERMS_BYTES);
        for (uint256 i; i < counts.orderTerms; ++i) {
            requireOrderTerms(witness[termsAt + i * ORDER_TERMS_BYTES:termsAt + (i + 1) * ORDER_TERMS_BYTES]);
        }
        (counts.swapTerms, at) = _part(witness, at, 1, SWAP_TERMS_BYTES);
        (counts.preimages, at) = _part(witness, at, 1, 32);
        if (at != witness.length) revert MalformedWitness();
    }

    /// @notice Signature `i` of a witness.
    function signature(bytes calldata witness, uint256 i) internal pure returns (bytes calldata) {
        unchecked {
            return witness[1 + i * SIGNATURE_BYTES:1 + (i + 1) * SIGNATURE_BYTES];
        }
    }

    /// @notice Who signed `digest`. Reverts on any malformed signature, so the signer is never zero.
    function recover(bytes32 digest, bytes calldata signature_) internal pure returns (address signer) {
        requireSignature(signature_);
        (bytes32 r, bytes32 s, uint8 v) = _split(signature_);
        signer = ecrecover(digest, v, r, s);
        if (signer == address(0)) revert MalformedSignature();
    }

    function requireSignature(bytes calldata signature_) internal pure {
        if (signature_.length != SIGNATURE_BYTES) revert MalformedSignature();
        (bytes32 r, bytes32 s, uint8 v) = _split(signature_);
        bool valid = r != 0 && uint256(r) < ORDER && s != 0 && uint256(s) <= MAX_S && (v == 27 || v == 28);
        if (!valid) revert MalformedSignature();
    }

    /// @notice Reads order terms (237 bytes): known kinds, no fee above 100 %, and unused fields are zero.
    function requireOrderTerms(bytes calldata terms) internal pure {
        if (terms.length != ORDER_TERMS_BYTES) revert MalformedTerms();
        uint8 proceeds = uint8(terms[60]);
        uint8 expiryKind = uint8(terms[134]);
        uint8 trigger = uint8(terms[154]);
        bool kinds = proceeds <= 2 && uint8(terms[125]) <= 1 && expiryKind <= 2 && uint8(terms[151]) <= 2
            && uint8(terms[152]) <= 1 && uint8(terms[153]) <= 3 && trigger <= 4;
        bool used = (proceeds == 2 || bytes32(terms[61:93]) == 0) && (expiryKind != 0 || bytes8(terms[135:143]) == 0)
            && (trigger != 0 || bytes8(terms[155:163]) == 0) && (trigger >= 3 || bytes8(terms[163:171]) == 0);
        if (!kinds || !used || uint16(bytes2(terms[171:173])) > 10_000) revert MalformedTerms();
    }

    /// @notice Reads swap terms (80 bytes), of which all values are valid.
    function requireSwapTerms(bytes calldata terms) internal pure {
        if (terms.length != SWAP_TERMS_BYTES) revert MalformedTerms();
    }

    /// Counts are bytes, so no sum overflows.
    /// @return count How many items of `size` bytes stand at `at`, and `end` where they end.
    function _part(bytes calldata witness, uint256 at, uint256 most, uint256 size)
        private
        pure
        returns (uint256 count, uint256 end)
    {
        unchecked {
            if (at >= witness.length) revert MalformedWitness();
            count = uint8(witness[at]);
            end = at + 1 + count * size;
            if (count > most || end > witness.length) revert MalformedWitness();
        }
    }

    function _split(bytes calldata signature_) private pure returns (bytes32 r, bytes32 s, uint8 v) {
        assembly ("memory-safe") {
            r := calldataload(signature_.offset)
            s := calldataload(add(signature_.offset, 32))
            v := byte(0, calldataload(add(signature_.offset, 64)))
        }
    }
}
