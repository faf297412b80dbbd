// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { Rewards } from "../../src/Rewards.sol";
import { Output } from "../../src/libraries/Codec.sol";
import { Coin, ExitNetwork, Signed } from "../exits/ExitNetwork.sol";
import { Ledger } from "../exits/Ledger.sol";
import { HeaderFields } from "../foundation/Network.sol";

/// @notice The whole way of a fee: from the coin on the chain to whoever staked.
abstract contract FeeNetwork is ExitNetwork {
    address internal constant BURNT = 0x000000000000000000000000000000000000dEaD;
    address internal constant ETH = address(0);

    Rewards internal rewards;
    address internal payer = actor("payer");
    address internal val;
    address internal other;

    function setUp() public virtual override {
        super.setUp();
        rewards = new Rewards(
            rootChain, bonding, standardExits, ethVault, erc20Vault, IERC20(address(omg)), insurance
        );
        (val, other) = (vm.addr(keys[0]), vm.addr(keys[1]));
        vm.deal(payer, 1000 ether);
        // What the vaults pay the fees from.
        depositEth(alice, 1_000_000 ether);
        depositUsd(alice, 1e15);
    }

    /// A fee distribution in the next checkpoint: a coin of the contract.
    function feeCoin(address token, uint128 amount) internal returns (Coin memory) {
        return feeCoin(Ledger.coin(address(rewards), token, amount));
    }

    function feeCoin(Output memory output) internal returns (Coin memory) {
        Signed memory made = mint(output);
        return outputOf(made, 0, include(made));
    }

    function collect(Coin memory coin) internal returns (bytes32) {
        uint256 bond = standardExits.bondSize();
        vm.prank(payer);
        return rewards.collect{ value: bond }(coin.creator, coin.inclusion);
    }

    /// Pays what is due, and takes it.
    function sweep(bytes32 exitId, address token) internal returns (uint256) {
        skip(2 * MFP);
        queue.processExits(token, false, 100);
        return rewards.sweep(exitId);
    }

    function delegate(address delegator, address validator, uint96 amount) internal {
        fund(delegator, amount);
        vm.prank(delegator);
        bonding.delegate(validator, amount);
    }

    function publishNext() internal returns (uint64) {
        skip(7 days);
        return bonding.publishValidatorSet();
    }

    /// From one coin to a divided set: set `setId` ends, everything is counted.
    function divideIncome(address token, uint128 amount) internal returns (uint64 setId) {
        setId = rootChain.currentValidatorSetId();
        uint64 first = rootChain.lastCheckpoint() + 1;
        bytes32 exitId = collect(feeCoin(token, amount));
        publishNext();
        sweep(exitId, token);
        rewards.tally(setId, first, rootChain.lastCheckpoint());
        rewards.divide(token, setId);
    }

    function claim(address delegator, address validator, address token) internal returns (uint256) {
        vm.prank(delegator);
        return rewards.claim(validator, token, type(uint64).max, delegator);
    }

    function emptyCheckpoint() internal returns (HeaderFields memory header) {
        vm.roll(vm.getBlockNumber() + 1);
        skip(12);
        return nextHeader();
    }

    function submitEmpty() internal {
        submit(emptyCheckpoint());
    }
}
