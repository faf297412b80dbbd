// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Address } from "@openzeppelin/contracts/utils/Address.sol";

import { IRootChain } from "../interfaces/IRootChain.sol";
import { FungibleVault } from "./FungibleVault.sol";
import { Vault } from "./Vault.sol";

/// @title ETH vault
/// @notice Holds ETH; its token is the zero address. ETH that is sent without `deposit` is refused.
contract EthVault is FungibleVault {
    constructor(IRootChain rootChain_) Vault(rootChain_) { }

    /// @notice Deposits the value of the call as a COIN of `owner`.
    /// @return outputId The id of the new output.
    function deposit(address owner) external payable returns (bytes32 outputId) {
        return _deposit(address(0), owner, msg.value);
    }

    function _pay(address, address recipient, uint256 amount) internal override {
        // A29: a receiver may burn all the gas it gets; it pays for it, or waits for somebody who does.
        Address.sendValue(payable(recipient), amount);
    }
}
