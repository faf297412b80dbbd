// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFungibleVault, IVault } from "../interfaces/IVault.sol";
import { Codec } from "../libraries/Codec.sol";
import { Vault } from "./Vault.sol";

/// @title Fungible vault
/// @notice Accounting of coins. Every unit is either deposited, and then nobody's in particular, or credited to one owner (I1).
abstract contract FungibleVault is IFungibleVault, Vault {
    /// @inheritdoc IFungibleVault
    mapping(address token => uint256) public deposited;
    /// @inheritdoc IFungibleVault
    mapping(address owner => mapping(address token => uint256)) public creditOf;

    /// @inheritdoc IVault
    function credit(address owner, address token, uint128 amount) external onlyExitGame {
        if (owner == address(0)) revert OwnerIsZero();
        uint256 available = deposited[token];
        if (amount > available) revert CreditExceedsDeposits(token, available, amount);
        unchecked {
            deposited[token] = available - amount;
        }
        creditOf[owner][token] += amount;
        emit Credited(owner, token, amount, msg.sender);
    }

    /// @inheritdoc IFungibleVault
    function withdraw(address token, address owner) external returns (uint256 amount) {
        return _withdraw(token, owner, owner);
    }

    /// @inheritdoc IFungibleVault
    function withdrawTo(address token, address recipient) external returns (uint256 amount) {
        if (recipient == address(0)) revert RecipientIsZero();
        return _withdraw(token, msg.sender, recipient);
    }

    function _withdraw(address token, address owner, address recipient) private nonReentrant returns (uint256 amount) {
        amount = creditOf[owner][token];
        if (amount == 0) revert NothingToWithdraw();
        delete creditOf[owner][token];
        emit Withdrawn(owner, token, amount, recipient);
        _pay(token, recipient, amount);
    }

    /// Moves `amount` out of the vault, or reverts.
    function _pay(address token, address recipient, uint256 amount) internal virtual;

    /// @param arrived What the vault holds more than before.
    function _deposit(address token, address owner, uint256 arrived) internal returns (bytes32 outputId) {
        if (arrived == 0) revert AmountIsZero();
        if (arrived > type(uint128).max) revert AmountTooLarge(arrived);
        deposited[token] += arrived;
        return _record(Codec.TYPE_COIN, owner, token, uint128(arrived));
    }
}
