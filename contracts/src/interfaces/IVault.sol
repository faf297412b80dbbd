// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Vault
/// @notice Holds the deposits of one kind of asset. Exit games only ever credit; owners pull. So no token and no receiver can
/// block anybody else's exit (A29), and the credits of a token never exceed what was deposited of it (I1).
interface IVault {
    /// @notice An exit game paid an exit. For an ITEM, `amount` is the token id.
    event Credited(address indexed owner, address indexed token, uint128 amount, address indexed exitGame);
    /// @notice A credit left the vault.
    event Withdrawn(address indexed owner, address indexed token, uint256 amount, address recipient);

    /// @notice The caller is not an exit game past its quarantine.
    error NotAnExitGame(address caller);
    /// @notice More would be credited than was ever deposited: an exit game is broken, and this stops the damage (I1).
    error CreditExceedsDeposits(address token, uint256 available, uint256 amount);
    error AmountIsZero();
    error AmountTooLarge(uint256 amount);
    error OwnerIsZero();
    error RecipientIsZero();
    error NothingToWithdraw();

    /// @notice Credits `owner`. Only an accepted exit game. Calls no token and no receiver.
    /// @param token The token, zero in the ETH vault.
    /// @param amount The amount; in the ERC-721 vault the token id.
    function credit(address owner, address token, uint128 amount) external;
}

/// @notice A vault of fungible assets: ETH or ERC-20.
interface IFungibleVault is IVault {
    /// @notice Pays out the whole credit of `owner` in `token`, to `owner`. Anyone may call it.
    /// @return amount What left the vault.
    function withdraw(address token, address owner) external returns (uint256 amount);

    /// @notice Pays out the caller's whole credit in `token` to `recipient`.
    function withdrawTo(address token, address recipient) external returns (uint256 amount);

    /// @notice What `owner` can withdraw.
    function creditOf(address owner, address token) external view returns (uint256);

    /// @notice What was deposited of `token` and not credited to anyone yet.
    function deposited(address token) external view returns (uint256);
}

/// @notice The vault of items (ERC-721). A credit is the right to one token id.
interface IItemVault is IVault {
    /// @notice Sends the item to the owner whom it was credited to. Anyone may call it.
    function withdraw(address token, uint128 tokenId) external;

    /// @notice Sends an item that was credited to the caller to `recipient`.
    function withdrawTo(address token, uint128 tokenId, address recipient) external;

    /// @notice Whom an item was credited to; zero if to nobody.
    function creditOf(address token, uint128 tokenId) external view returns (address owner);

    /// @notice Whether the item was deposited and not credited to anyone yet.
    function deposited(address token, uint128 tokenId) external view returns (bool);
}
