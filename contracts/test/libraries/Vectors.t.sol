// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Codec, Layout, Output } from "../../src/libraries/Codec.sol";
import { Digests } from "../../src/libraries/Digests.sol";
import { Headers } from "../../src/libraries/Headers.sol";
import { Lanes } from "../../src/libraries/Lanes.sol";
import { Position } from "../../src/libraries/Positions.sol";
import { Tree } from "../../src/libraries/Tree.sol";
import { Witnesses } from "../../src/libraries/Witnesses.sol";
import { Test } from "../foundation/Test.sol";

/// @notice The libraries as external functions, because they read calldata.
contract Reader {
    using Headers for bytes;

    function transaction(bytes calldata encoded) external pure returns (Layout memory) {
        return Codec.transaction(encoded);
    }

    function inputs(bytes calldata encoded) external pure returns (bytes32[] memory) {
        return Codec.inputs(encoded, Codec.transaction(encoded));
    }

    function hash(bytes calldata encoded, bytes32 separator) external pure returns (bytes32) {
        return Digests.transaction(encoded, Codec.transaction(encoded), separator);
    }

    function instruction(bytes calldata encoded, bytes32 separator) external pure returns (bytes32) {
        return Digests.instruction(encoded, separator);
    }

    function output(bytes calldata encoded) external pure returns (Output memory) {
        return Codec.output(encoded);
    }

    function position(bytes calldata encoded) external pure returns (Position) {
        return Codec.position(encoded);
    }

    function depositId(bytes calldata encodedOutput, bytes calldata encodedPosition) external pure returns (bytes32) {
        return Digests.depositId(Codec.output(encodedOutput), Codec.position(encodedPosition));
    }

    function witness(bytes calldata encoded) external pure returns (Witnesses.Counts memory) {
        return Witnesses.read(encoded);
    }

    function orderTerms(bytes calldata encoded) external pure returns (bytes32) {
        Witnesses.requireOrderTerms(encoded);
        return Digests.orderGuard(encoded);
    }

    function swapTerms(bytes calldata encoded) external pure returns (bytes32) {
        Witnesses.requireSwapTerms(encoded);
        return Digests.swapGuard(encoded);
    }

    function recover(bytes32 digest, bytes calldata signature) external pure returns (address) {
        return Witnesses.recover(digest, signature);
    }

    function leaf(bytes32 transactionHash, bytes32 witnessHash, bytes calldata positions, Lanes lanes)
        external
        pure
        returns (bytes32)
    {
        return Tree.leaf(transactionHash, witnessHash, positions, lanes);
    }

    function root(bytes32 leafHash, Lanes lanes, uint24 path, bytes calldata proof) external pure returns (bytes32, Lanes) {
        return Tree.root(leafHash, lanes, path, proof);
    }

    function add(Lanes left, Lanes right) external pure returns (Lanes) {
        return left.add(right);
    }

    function header(bytes calldata encoded) external pure returns (bytes32) {
        require(encoded.length == encoded.lengthOf(), "length");
        require(encoded.version() == Headers.VERSION && encoded.dataMode() <= Headers.BLOB, "kind");
        return encoded.hash();
    }

    function isRenewal(bytes calldata a, bytes calldata b, uint256 maxOriginAgeBlocks) external pure returns (bool) {
        return a.isRenewal(b, maxOriginAgeBlocks);
    }
}

/// @notice Runs packages/protocol/vectors/protocol.vectors.json, which the TypeScript implementation runs as well.
contract VectorsTest is Test {
    string private constant PATH = "/packages/protocol/vectors/protocol.vectors.json";

    Reader private _reader = new Reader();
    string private _json;
    bytes32 private _separator;

    function setUp() public {
        _json = vm.readFile(string.concat(vm.projectRoot(), PATH));
        _separator = vm.parseJsonBytes32(_json, ".domains[0].separator");
    }

    function test_Vectors_Domains() public view {
        for (uint256 i; _exists("domains", i); ++i) {
            uint256 chainId = _number("domains", i, "chainId");
            address contract_ = vm.parseJsonAddress(_json, _key("domains", i, "verifyingContract"));
            vm.assertEq(Digests.domainSeparator(chainId, contract_), _word("domains", i, "separator"));
        }
    }

    function test_Vectors_Outputs() public view {
        for (uint256 i; _exists("outputs", i); ++i) {
            Output memory output = _reader.output(_bytes("outputs", i, "bytes"));
            vm.assertEq(output.outputType, _number("outputs", i, "outputType"));
            vm.assertEq(output.guard, _word("outputs", i, "guard"));
            vm.assertEq(output.token, vm.parseJsonAddress(_json, _key("outputs", i, "token")));
            vm.assertEq(output.amount, _number("outputs", i, "amount"));
        }
    }

    function test_Vectors_Positions() public view {
        for (uint256 i; _exists("positions", i); ++i) {
            Position position = _reader.position(_bytes("positions", i, "bytes"));
            vm.assertEq(Position.unwrap(position), _number("positions", i, "value"));
            vm.assertEq(position.checkpoint(), _number("positions", i, "checkpoint"));
            vm.assertEq(position.sequence(), _number("positions", i, "sequence"));
            vm.assertEq(position.shard(), _number("positions", i, "shard"));
            vm.assertEq(position.index(), _number("positions", i, "index"));
            vm.assertEq(position.output(), _number("positions", i, "output"));
        }
    }

    function test_Vectors_Transactions() public view {
        bytes32 other = vm.parseJsonBytes32(_json, ".domains[1].separator");
        for (uint256 i; _exists("transactions", i); ++i) {
            bytes memory encoded = _bytes("transactions", i, "bytes");
            vm.assertEq(_reader.transaction(encoded).kind, uint8(_bytes("transactions", i, "kind")[0]));
            vm.assertEq(_reader.hash(encoded, _separator), _word("transactions", i, "hash"));
            vm.assertEq(_reader.hash(encoded, other), _word("transactions", i, "otherHash"));
            if (uint8(encoded[0]) != Codec.MOVE) {
                vm.assertEq(abi.encodePacked(_reader.inputs(encoded)), _bytes("transactions", i, "inputs"));
            }
        }
    }

    function test_Vectors_Moves() public view {
        for (uint256 i; _exists("moves", i); ++i) {
            bytes memory encoded = _bytes("moves", i, "bytes");
            vm.assertEq(_reader.instruction(encoded, _separator), _word("moves", i, "instructionHash"));
            vm.assertEq(_reader.hash(encoded, _separator), _word("moves", i, "hash"));
        }
    }

    function test_Vectors_Witnesses() public view {
        for (uint256 i; _exists("witnesses", i); ++i) {
            bytes memory encoded = _bytes("witnesses", i, "bytes");
            Witnesses.Counts memory counts = _reader.witness(encoded);
            vm.assertEq(keccak256(encoded), _word("witnesses", i, "hash"));
            vm.assertEq(counts.signatures, _number("witnesses", i, "signatures"));
            vm.assertEq(counts.orderTerms, _number("witnesses", i, "orderTerms"));
            vm.assertEq(counts.swapTerms, _number("witnesses", i, "swapTerms"));
            vm.assertEq(counts.preimages, _number("witnesses", i, "preimages"));
        }
    }

    function test_Vectors_Terms() public view {
        for (uint256 i; _exists("orderTerms", i); ++i) {
            vm.assertEq(_reader.orderTerms(_bytes("orderTerms", i, "bytes")), _word("orderTerms", i, "guard"));
        }
        for (uint256 i; _exists("swapTerms", i); ++i) {
            vm.assertEq(_reader.swapTerms(_bytes("swapTerms", i, "bytes")), _word("swapTerms", i, "guard"));
        }
    }

    function test_Vectors_Ids() public view {
        for (uint256 i; _exists("outputIds", i); ++i) {
            bytes32 id = Digests.outputId(_word("outputIds", i, "txHash"), uint8(_number("outputIds", i, "index")));
            vm.assertEq(id, _word("outputIds", i, "id"));
        }
        for (uint256 i; _exists("depositIds", i); ++i) {
            bytes32 id = _reader.depositId(_bytes("depositIds", i, "output"), _bytes("depositIds", i, "position"));
            vm.assertEq(id, _word("depositIds", i, "id"));
        }
    }

    function test_Vectors_LeavesAndNodes() public view {
        for (uint256 i; _exists("leaves", i); ++i) {
            Lanes lanes = Lanes.wrap(uint256(_word("leaves", i, "lanes")));
            bytes32 transactionHash = _word("leaves", i, "txHash");
            bytes32 witnessHash = _word("leaves", i, "witnessHash");
            bytes memory positions = _bytes("leaves", i, "positions");
            vm.assertEq(_reader.leaf(transactionHash, witnessHash, positions, lanes), _word("leaves", i, "hash"));
        }
        for (uint256 i; _exists("nodes", i); ++i) {
            Lanes left = Lanes.wrap(uint256(_word("nodes", i, "leftLanes")));
            Lanes right = Lanes.wrap(uint256(_word("nodes", i, "rightLanes")));
            bytes32 hash = Tree.node(_word("nodes", i, "left"), left, _word("nodes", i, "right"), right);
            vm.assertEq(hash, _word("nodes", i, "hash"));
            vm.assertEq(Lanes.unwrap(left.add(right)), uint256(_word("nodes", i, "lanes")));
        }
    }

    function test_Vectors_EmptySubtrees() public view {
        bytes32[] memory empty = vm.parseJsonBytes32Array(_json, ".empty");
        vm.assertEq(empty.length, Tree.DEPTH + 1);
        for (uint256 height; height < Tree.DEPTH; ++height) {
            vm.assertEq(Tree.emptyRoot(height), empty[height]);
            bytes32 above = Tree.node(empty[height], Lanes.wrap(0), empty[height], Lanes.wrap(0));
            vm.assertEq(above, empty[height + 1]);
        }
    }

    function test_Vectors_LaneSums() public view {
        for (uint256 i; _exists("laneSums", i); ++i) {
            Lanes a = Lanes.wrap(uint256(_word("laneSums", i, "a")));
            Lanes b = Lanes.wrap(uint256(_word("laneSums", i, "b")));
            bool expected = vm.parseJsonBool(_json, _key("laneSums", i, "ok"));
            try _reader.add(a, b) returns (Lanes sum) {
                vm.assertTrue(expected);
                vm.assertEq(bytes32(Lanes.unwrap(sum)), _word("laneSums", i, "sum"));
            } catch {
                vm.assertFalse(expected);
            }
        }
    }

    function test_Vectors_Proofs() public {
        vm.pauseGasMetering();
        for (uint256 i; _exists("proofs", i); ++i) {
            vm.assertEq(_verifies(i), vm.parseJsonBool(_json, _key("proofs", i, "valid")));
        }
    }

    function test_Vectors_Headers() public view {
        for (uint256 i; _exists("headers", i); ++i) {
            bytes32 hash = _reader.header(_bytes("headers", i, "bytes"));
            vm.assertEq(hash, _word("headers", i, "hash"));
            vm.assertEq(Digests.checkpoint(hash, _separator), _word("headers", i, "digest"));
        }
    }

    function test_Vectors_Renewals() public view {
        for (uint256 i; _exists("renewals", i); ++i) {
            (bytes memory a, bytes memory b) = (_bytes("renewals", i, "header"), _bytes("renewals", i, "next"));
            uint256 age = _number("renewals", i, "maxOriginAgeBlocks");
            bool renews = vm.parseJsonBool(_json, _key("renewals", i, "renews"));
            vm.assertEq(_reader.isRenewal(a, b, age), renews);
            vm.assertEq(_reader.isRenewal(b, a, age), renews);
        }
    }

    function test_Vectors_Signatures() public view {
        for (uint256 i; _exists("signatures", i); ++i) {
            address signer = _reader.recover(_word("signatures", i, "digest"), _bytes("signatures", i, "signature"));
            vm.assertEq(signer, vm.parseJsonAddress(_json, _key("signatures", i, "signer")));
        }
        for (uint256 i; _exists("exitDelegates", i); ++i) {
            address owner = vm.parseJsonAddress(_json, _key("exitDelegates", i, "owner"));
            address delegate = vm.parseJsonAddress(_json, _key("exitDelegates", i, "delegate"));
            uint64 validUntil = uint64(_number("exitDelegates", i, "validUntil"));
            bytes32 digest = Digests.exitDelegate(owner, delegate, validUntil, _separator);
            vm.assertEq(digest, _word("exitDelegates", i, "digest"));
            vm.assertEq(_reader.recover(digest, _bytes("exitDelegates", i, "signature")), owner);
        }
        for (uint256 i; _exists("signingKeys", i); ++i) {
            address validator = vm.parseJsonAddress(_json, _key("signingKeys", i, "validator"));
            address signer = vm.parseJsonAddress(_json, _key("signingKeys", i, "signer"));
            bytes32 digest = Digests.signingKey(validator, signer, _separator);
            vm.assertEq(digest, _word("signingKeys", i, "digest"));
            vm.assertEq(_reader.recover(digest, _bytes("signingKeys", i, "signature")), signer);
        }
    }

    /// Whatever the TypeScript decoder refuses, this refuses.
    function test_Vectors_Invalid() public {
        vm.pauseGasMetering();
        uint256 refused;
        for (uint256 i; _exists("invalid", i); ++i) {
            string memory decoder = vm.parseJsonString(_json, _key("invalid", i, "decoder"));
            (bool known, bytes memory call) = _decoder(decoder, _bytes("invalid", i, "bytes"));
            if (!known) continue;
            (bool accepted,) = address(_reader).staticcall(call);
            vm.assertFalse(accepted, vm.parseJsonString(_json, _key("invalid", i, "name")));
            ++refused;
        }
        vm.assertGt(refused, 100);
    }

    /// @return known False for what no contract reads: the terms of markets, and transaction and witness in one.
    function _decoder(string memory decoder, bytes memory encoded) private pure returns (bool known, bytes memory call) {
        bytes32 name = keccak256(bytes(decoder));
        if (name == keccak256("transaction")) return (true, abi.encodeCall(Reader.transaction, (encoded)));
        if (name == keccak256("output")) return (true, abi.encodeCall(Reader.output, (encoded)));
        if (name == keccak256("position")) return (true, abi.encodeCall(Reader.position, (encoded)));
        if (name == keccak256("orderTerms")) return (true, abi.encodeCall(Reader.orderTerms, (encoded)));
        if (name == keccak256("swapTerms")) return (true, abi.encodeCall(Reader.swapTerms, (encoded)));
        if (name == keccak256("witness")) return (true, abi.encodeCall(Reader.witness, (encoded)));
        if (name == keccak256("header")) return (true, abi.encodeCall(Reader.header, (encoded)));
        if (name == keccak256("proof")) {
            return (true, abi.encodeCall(Reader.root, (bytes32(uint256(1)), Lanes.wrap(0), 0, encoded)));
        }
        return (false, "");
    }

    function _verifies(uint256 i) private view returns (bool) {
        Lanes lanes = Lanes.wrap(uint256(_word("proofs", i, "leafLanes")));
        uint24 path = uint24(_number("proofs", i, "path"));
        try _reader.root(_word("proofs", i, "leaf"), lanes, path, _bytes("proofs", i, "proof")) returns (
            bytes32 root, Lanes sums
        ) {
            return root == _word("proofs", i, "root") && bytes32(Lanes.unwrap(sums)) == _word("proofs", i, "rootLanes");
        } catch {
            return false;
        }
    }

    // ───────────────────────────────────────────────── JSON ──────────────────────────────────────────────────

    function _key(string memory list, uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(i), "].", field);
    }

    function _exists(string memory list, uint256 i) private view returns (bool) {
        return vm.keyExistsJson(_json, string.concat(".", list, "[", vm.toString(i), "]"));
    }

    function _bytes(string memory list, uint256 i, string memory field) private view returns (bytes memory) {
        return vm.parseJsonBytes(_json, _key(list, i, field));
    }

    function _word(string memory list, uint256 i, string memory field) private view returns (bytes32) {
        return vm.parseJsonBytes32(_json, _key(list, i, field));
    }

    function _number(string memory list, uint256 i, string memory field) private view returns (uint256) {
        return vm.parseJsonUint(_json, _key(list, i, field));
    }
}
