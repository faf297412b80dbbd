// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import { ERC20Votes } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import { Nonces } from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title OMG token
/// @notice The staking token: a fixed supply, permits (EIP-2612), and vote checkpoints (EIP-5805).
contract OmgToken is ERC20, ERC20Permit, ERC20Votes {
    /// @param supply Whole supply in wei of the token; it must fit a u96, the width of a validator's power.
    /// @param holder Whoever receives it.
    constructor(uint96 supply, address holder) ERC20("OMG Token", "OMG") ERC20Permit("OMG Token") {
        _mint(holder, supply);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }
}
