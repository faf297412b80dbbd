// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { Bonding } from "../../src/Bonding.sol";
import { InsuranceVault } from "../../src/InsuranceVault.sol";
import { RootChain } from "../../src/RootChain.sol";
import { FeeToken, IRootChain, Parameters } from "../../src/interfaces/IRootChain.sol";
import { ISignatureTransfer } from "../../src/interfaces/ISignatureTransfer.sol";
import { OmgToken } from "../../src/tokens/OmgToken.sol";
import { TestItem } from "../../src/tokens/TestItem.sol";
import { TestUsd } from "../../src/tokens/TestUsd.sol";
import { Erc20Vault } from "../../src/vaults/Erc20Vault.sol";
import { Erc721Vault } from "../../src/vaults/Erc721Vault.sol";
import { EthVault } from "../../src/vaults/EthVault.sol";
import { Permit2 } from "../doubles/Permit2.sol";
import { Test } from "./Test.sol";

/// @notice A checkpoint header, field by field (docs/encoding.md).
struct HeaderFields {
    uint8 version;
    uint64 chainId;
    address rootChain;
    uint64 checkpoint;
    bytes32 parentHash;
    bytes32 txRoot;
    uint256 feeLanes;
    uint32 txCount;
    uint64 origin;
    bytes32 originHash;
    uint64 inboxCursor;
    uint64 validatorSetId;
    uint8 dataMode;
    bytes32[] commitments;
}

/// @notice A network with four validators of equal power and one exit game, which is the test itself.
abstract contract Network is Test {
    bytes32 internal constant CHECKPOINT_TYPEHASH = keccak256("Checkpoint(bytes32 header)");
    bytes32 internal constant SIGNING_KEY_TYPEHASH = keccak256("SigningKey(address validator,address signer)");
    address internal constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant START_BLOCK = 20_000;
    uint96 internal constant BOND = 10_000 ether;

    OmgToken internal omg;
    TestUsd internal usd;
    TestItem internal item;
    Permit2 internal permit2;
    RootChain internal rootChain;
    Bonding internal bonding;
    EthVault internal ethVault;
    Erc20Vault internal erc20Vault;
    Erc721Vault internal erc721Vault;
    InsuranceVault internal insuranceVault;

    address internal governor = actor("governor");
    address internal insurance;
    address internal alice = actor("alice");
    address internal bob = actor("bob");

    /// Keys of the validators of set 1, in ascending order of their addresses.
    uint256[] internal keys;

    function setUp() public virtual {
        vm.warp(START);
        vm.roll(START_BLOCK);
        // The history contract, byte by byte from EIP-2935.
        vm.etch(
            HISTORY,
            hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
        );
        for (uint256 i = 1; i <= 4; ++i) {
            (, uint256 key) = account(string.concat("validator ", vm.toString(i)));
            keys.push(key);
        }
        sortByAddress(keys);
        deploy(mainnet());
        bondValidators();
        bonding.publishValidatorSet();
    }

    /// The parameters of PROTOCOL.md section 6.
    function mainnet() internal pure returns (Parameters memory) {
        return Parameters({
            minFinalizationPeriod: 7 days,
            maxSeasoning: 24 hours,
            blobSeasoning: 15 minutes,
            conversionWindow: 36 hours,
            responseWindow: 48 hours,
            fraudWindow: 6 days,
            unbondingDelay: 21 days,
            validatorSetOverlap: 2 days,
            epoch: 1 days,
            quarantine: 21 days,
            maxOriginAgeBlocks: 300,
            secondsPerBlock: 24,
            revealDelayBlocks: 5,
            maxValidators: 5,
            minBond: 1000 ether,
            standardExitBondGas: 300_000,
            inFlightExitBondGas: 600_000,
            piggybackBondGas: 200_000,
            bondBaseFeeFloor: 1 gwei
        });
    }

    /// The order of contracts/DEPLOYMENT.md.
    function deploy(Parameters memory parameters) internal {
        omg = new OmgToken(type(uint96).max, address(this));
        usd = new TestUsd();
        item = new TestItem();
        permit2 = new Permit2();

        uint256 n = vm.getNonce(address(this));
        address[] memory vaults = new address[](3);
        for (uint256 i; i < 3; ++i) {
            vaults[i] = vm.computeCreateAddress(address(this), n + 2 + i);
        }
        rootChain = new RootChain(
            parameters, feeTokens(), vm.computeCreateAddress(address(this), n + 1), governor, vaults, exitGames(n + 6)
        );
        insurance = vm.computeCreateAddress(address(this), n + 5);
        bonding = new Bonding(rootChain, IERC20(address(omg)), slashingAt(n), insurance);
        ethVault = new EthVault(rootChain);
        erc20Vault = new Erc20Vault(rootChain, ISignatureTransfer(address(permit2)));
        erc721Vault = new Erc721Vault(rootChain);
        insuranceVault = new InsuranceVault(erc20Vault);
    }

    /// Who judges offences: an account that a test acts for, unless it deploys the contract.
    /// @param firstNonce The nonce of this contract at RootChain.
    function slashingAt(uint256 firstNonce) internal virtual returns (address) {
        firstNonce;
        return actor("slashing");
    }

    function feeTokens() internal view returns (FeeToken[] memory tokens) {
        tokens = new FeeToken[](2);
        tokens[0] = FeeToken(address(0), 1 gwei);
        tokens[1] = FeeToken(address(usd), 1);
    }

    /// @param firstNonce The nonce of this contract after the vaults were deployed.
    function exitGames(uint256 firstNonce) internal virtual returns (address[] memory games) {
        firstNonce;
        games = new address[](1);
        games[0] = address(this);
    }

    function bondValidators() internal {
        for (uint256 i; i < keys.length; ++i) {
            bondWith(keys[i], BOND);
        }
    }

    /// Bonds OMG for an account that signs checkpoints with its own key.
    function bondWith(uint256 key, uint96 amount) internal {
        address validator = vm.addr(key);
        fund(validator, amount);
        bytes memory ownProof = proof(key, validator);
        vm.prank(validator);
        bonding.bond(amount, validator, ownProof);
    }

    /// The signature by which a key says that it signs for `validator`.
    function proof(uint256 key, address validator) internal view returns (bytes memory) {
        return proofFor(key, validator, vm.addr(key), rootChain.domainSeparator());
    }

    function proofFor(uint256 key, address validator, address signer, bytes32 separator)
        internal
        pure
        returns (bytes memory)
    {
        bytes32 structHash = keccak256(abi.encode(SIGNING_KEY_TYPEHASH, validator, signer));
        return signed(key, keccak256(abi.encodePacked("\x19\x01", separator, structHash)));
    }

    /// Gives OMG to an account, with an allowance for bonding.
    function fund(address owner, uint256 amount) internal {
        omg.transfer(owner, amount);
        vm.prank(owner);
        omg.approve(address(bonding), amount);
    }

    // ─────────────────────────────────────────────── checkpoints ───────────────────────────────────────────────

    /// A valid header for the next checkpoint: no transactions, all of the inbox, and an origin ten blocks old.
    function nextHeader() internal returns (HeaderFields memory header) {
        uint64 last = rootChain.lastCheckpoint();
        header.version = 3;
        header.chainId = uint64(block.chainid);
        header.rootChain = address(rootChain);
        header.checkpoint = last + 1;
        header.parentHash = rootChain.checkpoint(last).headerHash;
        (header.inboxCursor,) = rootChain.inbox();
        header.validatorSetId = rootChain.currentValidatorSetId();
        setOrigin(header, uint64(vm.getBlockNumber() - 10));
    }

    function setOrigin(HeaderFields memory header, uint64 origin) internal {
        header.origin = origin;
        header.originHash = keccak256(abi.encode("block", origin));
        if (vm.getBlockNumber() - origin <= 256) vm.setBlockhash(origin, header.originHash);
        vm.store(HISTORY, bytes32(uint256(origin % 8191)), header.originHash);
    }

    function encode(HeaderFields memory header) internal pure returns (bytes memory) {
        bytes memory first = abi.encodePacked(
            header.version,
            header.chainId,
            header.rootChain,
            header.checkpoint,
            header.parentHash,
            header.txRoot,
            header.feeLanes
        );
        bytes memory second = abi.encodePacked(
            header.txCount,
            bytes32(0),
            bytes32(0),
            header.origin,
            header.originHash,
            header.inboxCursor,
            header.validatorSetId
        );
        bytes memory third = abi.encodePacked(
            header.dataMode, uint8(header.commitments.length), header.commitments, header.checkpoint, header.checkpoint
        );
        return bytes.concat(first, second, third);
    }

    function hashOf(HeaderFields memory header) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(8), encode(header)));
    }

    function digestOf(HeaderFields memory header) internal view returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(CHECKPOINT_TYPEHASH, hashOf(header)));
        return keccak256(abi.encodePacked("\x19\x01", rootChain.domainSeparator(), structHash));
    }

    /// Signatures of the given keys, in that order.
    function signatures(HeaderFields memory header, uint256[] memory signers) internal view returns (bytes memory all) {
        bytes32 digest = digestOf(header);
        for (uint256 i; i < signers.length; ++i) {
            all = bytes.concat(all, signed(signers[i], digest));
        }
    }

    /// Submits a header under the signatures of all validators.
    function submit(HeaderFields memory header) internal {
        rootChain.submitCheckpoint(encode(header), signatures(header, keys));
    }

    /// The first `count` validators.
    function firstKeys(uint256 count) internal view returns (uint256[] memory some) {
        some = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            some[i] = keys[i];
        }
    }

    function sortByAddress(uint256[] storage list) internal {
        for (uint256 i; i < list.length; ++i) {
            for (uint256 j = i; j > 0 && vm.addr(list[j - 1]) > vm.addr(list[j]); --j) {
                (list[j - 1], list[j]) = (list[j], list[j - 1]);
            }
        }
    }
}
