// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import { IInsuranceVault } from "./interfaces/IInsuranceVault.sol";
import { IFungibleVault } from "./interfaces/IVault.sol";

/// @title Insurance vault
/// @notice See IInsuranceVault.
/// @dev It counts nothing itself. A credit is what the vault owes, a balance is what it holds, and every token stands alone: one that lies about balances
/// empties its own part at most.
contract InsuranceVault is IInsuranceVault {
    using SafeERC20 for IERC20;

    /// @inheritdoc IInsuranceVault
    IFungibleVault public immutable erc20Vault;

    /// @param erc20Vault_ May be deployed later, at an address that the deployer's nonce determines: contracts/DEPLOYMENT.md.
    constructor(IFungibleVault erc20Vault_) {
        if (address(erc20Vault_) == address(0)) revert AddressIsZero();
        erc20Vault = erc20Vault_;
    }

    /// Fees in ETH.
    receive() external payable { }

    /// @inheritdoc IInsuranceVault
    function cover(address token, address owner) external returns (uint256 amount) {
        amount = lacking(token, owner);
        if (amount == 0) revert NothingLacking(token, owner);
        uint256 held = IERC20(token).balanceOf(address(this));
        if (held < amount) revert NotEnough(token, held, amount);
        emit Covered(token, owner, amount);
        IERC20(token).safeTransfer(address(erc20Vault), amount);
        // At once, and under the vault's guard: else whoever is called in the middle of her own deposit could have this arrive as a part of it.
        erc20Vault.withdraw(token, owner);
    }

    /// @inheritdoc IInsuranceVault
    function lacking(address token, address owner) public view returns (uint256) {
        uint256 credit = erc20Vault.creditOf(owner, token);
        // ETH is never credited there.
        if (credit == 0) return 0;
        uint256 balance = IERC20(token).balanceOf(address(erc20Vault));
        return balance < credit ? credit - balance : 0;
    }
}
