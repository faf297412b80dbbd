// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Codec, Output } from "../../src/libraries/Codec.sol";
import { CheckpointSet } from "../../src/libraries/CheckpointSet.sol";
import { Lanes } from "../../src/libraries/Lanes.sol";
import { Position, Positions } from "../../src/libraries/Positions.sol";
import { Tree } from "../../src/libraries/Tree.sol";
import { Ledger } from "../exits/Ledger.sol";
import { Test } from "../foundation/Test.sol";
import { Reader } from "./Vectors.t.sol";

/// @notice I9: one encoding per transaction, one index per leaf. What the vectors show for some values, for any.
contract CodecTest is Test {
    bytes32 private constant SEPARATOR = keccak256("network");

    Reader private _reader = new Reader();

    function testFuzz_I9_AnotherByteIsAnotherTransaction(uint256 seed, uint256 at, uint8 change) public view {
        (bytes memory encoded, bytes32 hash) = _pay(seed);
        vm.assertEq(_reader.hash(encoded, SEPARATOR), hash);
        uint256 index = at % encoded.length;
        encoded[index] ^= bytes1(change == 0 ? 1 : change);
        try _reader.hash(encoded, SEPARATOR) returns (bytes32 other) {
            vm.assertNotEq(other, hash);
        } catch { }
    }

    function testFuzz_I9_NothingShorterOrLonger(uint256 seed, uint8 length) public {
        (bytes memory encoded,) = _pay(seed);
        bytes memory longer = bytes.concat(encoded, new bytes(1 + length % 64));
        vm.expectRevert();
        _reader.transaction(longer);
        uint256 shorter = encoded.length - 1 - length % 64;
        assembly {
            mstore(encoded, shorter)
        }
        vm.expectRevert();
        _reader.transaction(encoded);
    }

    function test_Codec_RevertIf_AnInputIsThereTwice() public {
        bytes32[] memory inputs = new bytes32[](3);
        (inputs[0], inputs[1], inputs[2]) = ("a", "b", "a");
        Output[] memory outputs = new Output[](1);
        outputs[0] = Ledger.coin(address(1), address(0), 1);
        bytes memory encoded = Ledger.encodePay(inputs, outputs, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(Codec.DuplicateInput.selector, bytes32("a")));
        _reader.transaction(encoded);
    }

    function testFuzz_Tree_AgreesWithThePlainOne(uint256 seed, uint8 size, uint8 which) public view {
        uint256 count = 1 + size % 40;
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i; i < count; ++i) {
            leaves[i] = keccak256(abi.encode(seed, i));
        }
        uint256 index = which % count;
        (bytes32 expected, bytes memory proof) = Ledger.tree(leaves, index);
        (bytes32 root, Lanes lanes) = _reader.root(leaves[index], Lanes.wrap(0), uint24(index), proof);
        vm.assertEq(root, expected);
        vm.assertEq(Lanes.unwrap(lanes), 0);
        // One index per leaf (A18).
        (root,) = _reader.root(leaves[index], Lanes.wrap(0), uint24(index ^ (1 << (seed % 24))), proof);
        vm.assertNotEq(root, expected);
    }

    function testFuzz_Tree_SumsTheLanes(uint64[4] memory a, uint64[4] memory b) public view {
        (Lanes left, Lanes right) = (_pack(a), _pack(b));
        bytes memory proof = abi.encodePacked(uint24(1), keccak256("sibling"), Lanes.unwrap(right));
        bool fits = true;
        for (uint256 i; i < 4; ++i) {
            if (uint256(a[i]) + b[i] > type(uint64).max) fits = false;
        }
        try _reader.root(keccak256("leaf"), left, 0, proof) returns (bytes32 root, Lanes lanes) {
            vm.assertTrue(fits);
            bytes32 expected = Ledger.nodeHash(keccak256("leaf"), Lanes.unwrap(left), keccak256("sibling"), Lanes.unwrap(right));
            for (uint256 height = 1; height < 24; ++height) {
                expected = Ledger.nodeHash(expected, Lanes.unwrap(lanes), Tree.emptyRoot(height), 0);
            }
            vm.assertEq(root, expected);
            for (uint256 i; i < 4; ++i) {
                vm.assertEq(uint64(Lanes.unwrap(lanes) >> (64 * (3 - i))), a[i] + b[i]);
            }
        } catch {
            vm.assertFalse(fits);
        }
    }

    function testFuzz_Positions(uint64 number, uint24 path, uint8 output) public pure {
        Position position = Positions.make(number, path, output);
        vm.assertEq(position.number(), number);
        vm.assertEq(position.checkpoint(), number >> 32);
        vm.assertEq(position.sequence(), uint32(number));
        vm.assertEq((uint256(position.shard()) << 16) | position.index(), path);
        vm.assertEq(position.output(), output);
        vm.assertEq(position.leaf(), (uint256(number >> 32) << 24) | path);
        bool deposit = uint32(number) != 0 && path == 0 && output == 0;
        vm.assertTrue(position.isDeposit() == deposit);
    }

    function _pack(uint64[4] memory lanes) private pure returns (Lanes) {
        return Lanes.wrap(
            (uint256(lanes[0]) << 192) | (uint256(lanes[1]) << 128) | (uint256(lanes[2]) << 64) | lanes[3]
        );
    }

    /// A PAY of any shape.
    function _pay(uint256 seed) private pure returns (bytes memory encoded, bytes32 hash) {
        bytes32[] memory inputs = new bytes32[](1 + seed % 16);
        for (uint256 i; i < inputs.length; ++i) {
            inputs[i] = keccak256(abi.encode(seed, "input", i));
        }
        Output[] memory outputs = new Output[](1 + (seed >> 8) % 16);
        for (uint256 i; i < outputs.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, "output", i)));
            address owner = address(uint160(random >> 96));
            address token = address(uint160(random % 3));
            outputs[i] = Ledger.coin(owner, token, uint128(random) | 1);
        }
        uint64 validUntil = uint64(seed >> 16);
        encoded = Ledger.encodePay(inputs, outputs, validUntil, bytes32(seed));
        hash = Ledger.payHash(inputs, outputs, validUntil, bytes32(seed), SEPARATOR);
    }
}

contract CheckpointSetTest is Test {
    using CheckpointSet for CheckpointSet.Set;

    CheckpointSet.Set private _set;

    function testFuzz_Set_FindsTheNext(uint32[12] memory members, uint32 from) public {
        uint256 expected = type(uint256).max;
        for (uint256 i; i < members.length; ++i) {
            _set.insert(members[i]);
        }
        for (uint256 i; i < members.length; i += 3) {
            _set.remove(members[i]);
        }
        for (uint256 i; i < members.length; ++i) {
            if (_isRemoved(members, i)) continue;
            uint256 start = from % (uint256(members[i]) + 1);
            vm.assertLe(_set.next(start), members[i]);
            vm.assertEq(_set.next(members[i]), members[i]);
            if (members[i] >= from && members[i] < expected) expected = members[i];
        }
        if (expected != type(uint256).max) vm.assertEq(_set.next(from), expected);
    }

    /// A value that was removed is gone, however often it was inserted before.
    function _isRemoved(uint32[12] memory members, uint256 index) private pure returns (bool) {
        for (uint256 i; i < members.length; i += 3) {
            if (members[i] == members[index]) return true;
        }
        return false;
    }
}
