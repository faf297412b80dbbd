// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC721 } from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import { IRootChain } from "../interfaces/IRootChain.sol";
import { IItemVault, IVault } from "../interfaces/IVault.sol";
import { Codec } from "../libraries/Codec.sol";
import { Vault } from "./Vault.sol";

/// @title ERC-721 vault
/// @notice Holds items. It is no ERC-721 receiver on purpose: an item that is sent to it without `deposit` is refused by the
/// token instead of being lost.
contract Erc721Vault is IItemVault, Vault {
    struct Holding {
        address creditedTo;
        bool held;
    }

    mapping(address token => mapping(uint128 tokenId => Holding)) private _holdings;

    /// @notice The token did not hand the item over, or reports one that is here already.
    error NotReceived(address token, uint256 tokenId);

    constructor(IRootChain rootChain_) Vault(rootChain_) { }

    /// @notice Deposits an item, which the caller owns and the vault is approved for, as an ITEM of `owner`.
    /// @return outputId The id of the new output.
    function deposit(address token, uint256 tokenId, address owner) external nonReentrant returns (bytes32 outputId) {
        if (tokenId > type(uint128).max) revert AmountTooLarge(tokenId);
        Holding storage holding = _holdings[token][uint128(tokenId)];
        if (holding.held) revert NotReceived(token, tokenId);
        holding.held = true;
        IERC721(token).transferFrom(msg.sender, address(this), tokenId);
        if (IERC721(token).ownerOf(tokenId) != address(this)) revert NotReceived(token, tokenId);
        return _record(Codec.TYPE_ITEM, owner, token, uint128(tokenId));
    }

    /// @inheritdoc IVault
    function credit(address owner, address token, uint128 tokenId) external onlyExitGame {
        if (owner == address(0)) revert OwnerIsZero();
        if (!deposited(token, tokenId)) revert CreditExceedsDeposits(token, 0, tokenId);
        _holdings[token][tokenId].creditedTo = owner;
        emit Credited(owner, token, tokenId, msg.sender);
    }

    /// @inheritdoc IItemVault
    function withdraw(address token, uint128 tokenId) external {
        _withdraw(token, tokenId, creditOf(token, tokenId));
    }

    /// @inheritdoc IItemVault
    function withdrawTo(address token, uint128 tokenId, address recipient) external {
        if (recipient == address(0)) revert RecipientIsZero();
        if (creditOf(token, tokenId) != msg.sender) revert NothingToWithdraw();
        _withdraw(token, tokenId, recipient);
    }

    function _withdraw(address token, uint128 tokenId, address recipient) private nonReentrant {
        address owner = creditOf(token, tokenId);
        if (owner == address(0)) revert NothingToWithdraw();
        delete _holdings[token][tokenId];
        emit Withdrawn(owner, token, tokenId, recipient);
        // Safe: a contract that cannot hold items keeps its credit and can name another recipient.
        IERC721(token).safeTransferFrom(address(this), recipient, tokenId);
    }

    /// @inheritdoc IItemVault
    function creditOf(address token, uint128 tokenId) public view returns (address owner) {
        return _holdings[token][tokenId].creditedTo;
    }

    /// @inheritdoc IItemVault
    function deposited(address token, uint128 tokenId) public view returns (bool) {
        Holding memory holding = _holdings[token][tokenId];
        return holding.held && holding.creditedTo == address(0);
    }
}
