// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IFungibleVault } from "./IVault.sol";

/// @title Insurance vault
/// @notice Holds the insurance's part of fees and of slashed stake. It has no owner and no key, and one way out: where an exit was processed and its
/// owner has a credit, but the ERC-20 vault no longer holds enough of the token to pay it (an issuer took tokens back, or balances shrank), anybody has the
/// difference paid to that vault.
///
/// It pays nothing for an exit that ended `Unpaid`. Those claims are late or minted, because whoever exits in time is paid before anything minted (I3), and
/// without fraud proofs Ethereum cannot tell one from the other. An insurance for them would be the prize of whoever signs with two thirds of the power:
/// have a validator slashed whose stake is other people's, mint, and exit (I11).
///
/// So it never pays ETH or OMG in this version: the vaults cannot lose them. docs/staking.md, *The insurance*.
interface IInsuranceVault {
    /// @notice `amount` went to the ERC-20 vault, which has paid the credit of `owner`.
    event Covered(address indexed token, address indexed owner, uint256 amount);

    error AddressIsZero();
    /// @notice The vault can pay the credit of `owner` itself, or there is none.
    error NothingLacking(address token, address owner);
    /// @notice A credit is paid whole or not at all, as in the vault.
    error NotEnough(address token, uint256 held, uint256 needed);

    /// @notice Pays the vault what it lacks to pay the credit of `owner` in `token`, and has it pay. Anyone.
    /// @return amount What went to the vault, in wei of the token.
    function cover(address token, address owner) external returns (uint256 amount);

    /// @notice What the vault lacks to pay the credit of `owner`, in wei of the token; 0 if it can pay.
    function lacking(address token, address owner) external view returns (uint256);

    /// @notice The vault that is covered.
    function erc20Vault() external view returns (IFungibleVault);
}
