// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import { IRootChain } from "../interfaces/IRootChain.sol";
import { IVault } from "../interfaces/IVault.sol";

/// @title Vault
/// @notice What all vaults share: they report deposits to the root chain, and only its exit games may credit.
abstract contract Vault is IVault, ReentrancyGuardTransient {
    IRootChain public immutable rootChain;

    constructor(IRootChain rootChain_) {
        rootChain = rootChain_;
    }

    modifier onlyExitGame() {
        if (!rootChain.isExitGame(msg.sender)) revert NotAnExitGame(msg.sender);
        _;
    }

    function _record(uint8 outputType, address owner, address token, uint128 amount)
        internal
        returns (bytes32 outputId)
    {
        if (owner == address(0)) revert OwnerIsZero();
        return rootChain.recordDeposit(outputType, bytes32(uint256(uint160(owner))), token, amount);
    }
}
