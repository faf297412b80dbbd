// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Parameters } from "../../src/interfaces/IRootChain.sol";
import { HeaderFields, Network } from "../foundation/Network.sol";

/// @notice Gas of one call each, for the snapshot. `npm run bench:gas` measures whole transactions.
contract RootChainGasTest is Network {
    bytes private _proof;

    function setUp() public override {
        super.setUp();
        usd.mint(address(this), 100);
        usd.approve(address(erc20Vault), type(uint256).max);
        item.setApprovalForAll(address(erc721Vault), true);
        item.mint(address(this), 1);
        item.mint(address(this), 2);
        // Nobody pays for the first of all deposits again and again.
        ethVault.deposit{ value: 1 ether }(alice);
        erc20Vault.deposit(address(usd), 10, alice);
        erc721Vault.deposit(address(item), 1, alice);
        ethVault.credit(alice, address(0), 1);
        ethVault.credit(bob, address(0), 1);
        (, uint256 key) = account("alice");
        _proof = proof(key, bob);
        fund(bob, BOND);
    }

    function test_Gas_Bond() public {
        vm.pauseGasMetering();
        bytes memory keyProof = _proof;
        vm.prank(bob);
        vm.resumeGasMetering();
        bonding.bond(BOND, alice, keyProof);
    }

    function test_Gas_DepositEth() public {
        ethVault.deposit{ value: 1 ether }(alice);
    }

    function test_Gas_DepositErc20() public {
        erc20Vault.deposit(address(usd), 10, alice);
    }

    function test_Gas_DepositItem() public {
        erc721Vault.deposit(address(item), 2, alice);
    }

    function test_Gas_Credit() public {
        ethVault.credit(address(this), address(0), 1);
    }

    function test_Gas_Withdraw() public {
        ethVault.withdraw(address(0), alice);
    }
}

/// @notice Gas of a checkpoint by the size of the validator set, all of which signs.
abstract contract CheckpointGasTest is Network {
    bytes private _header;
    bytes private _signatures;

    function _prepare(uint256 validators) internal {
        vm.warp(START);
        vm.roll(START_BLOCK);
        Parameters memory p = mainnet();
        p.maxValidators = 128;
        deploy(p);
        for (uint256 i; i < validators; ++i) {
            keys.push(i + 1);
        }
        sortByAddress(keys);
        bondValidators();
        bonding.publishValidatorSet();
        submit(nextHeader());
        ethVault.deposit{ value: 1 ether }(alice);
        HeaderFields memory header = nextHeader();
        header.txRoot = keccak256("root");
        _header = encode(header);
        _signatures = signatures(header, keys);
    }

    function test_Gas_Checkpoint() public {
        vm.pauseGasMetering();
        (bytes memory header, bytes memory all) = (_header, _signatures);
        vm.resumeGasMetering();
        rootChain.submitCheckpoint(header, all);
    }
}

contract Checkpoint1GasTest is CheckpointGasTest {
    function setUp() public override {
        _prepare(1);
    }
}

contract Checkpoint4GasTest is CheckpointGasTest {
    function setUp() public override {
        _prepare(4);
    }
}

contract Checkpoint16GasTest is CheckpointGasTest {
    function setUp() public override {
        _prepare(16);
    }
}

contract Checkpoint64GasTest is CheckpointGasTest {
    function setUp() public override {
        _prepare(64);
    }
}

contract Checkpoint100GasTest is CheckpointGasTest {
    function setUp() public override {
        _prepare(100);
    }
}
