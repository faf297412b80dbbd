// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import { IRootChain } from "../interfaces/IRootChain.sol";
import { ISignatureTransfer } from "../interfaces/ISignatureTransfer.sol";
import { FungibleVault } from "./FungibleVault.sol";
import { Vault } from "./Vault.sol";

/// @title ERC-20 vault
/// @notice Holds any ERC-20 token. A deposit is what arrived, so tokens that take a fee on transfer are counted right. Tokens
/// whose balances change by themselves do not belong here: a loss would be shared by whoever withdraws last.
contract Erc20Vault is FungibleVault {
    using SafeERC20 for IERC20;

    /// @notice The Permit2 contract; zero on a chain without one.
    ISignatureTransfer public immutable permit2;

    constructor(IRootChain rootChain_, ISignatureTransfer permit2_) Vault(rootChain_) {
        permit2 = permit2_;
    }

    /// @notice Deposits `amount` of `token`, of which the vault has an allowance, as a COIN of `owner`.
    /// @return outputId The id of the new output.
    function deposit(address token, uint256 amount, address owner) external nonReentrant returns (bytes32 outputId) {
        return _pull(token, amount, owner);
    }

    /// @notice As `deposit`, with an EIP-2612 permit of the caller instead of an allowance.
    function depositWithPermit(
        address token,
        uint256 amount,
        address owner,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (bytes32 outputId) {
        // A39: whoever copies the permit from the mempool and spends it first leaves an allowance that does as well.
        try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) { } catch { }
        return _pull(token, amount, owner);
    }

    /// @notice As `deposit`, with a Permit2 signature of the caller for exactly this transfer.
    function depositWithPermit2(
        ISignatureTransfer.PermitTransferFrom calldata permit,
        uint256 amount,
        address owner,
        bytes calldata signature
    ) external nonReentrant returns (bytes32 outputId) {
        address token = permit.permitted.token;
        uint256 before = IERC20(token).balanceOf(address(this));
        permit2.permitTransferFrom(
            permit, ISignatureTransfer.SignatureTransferDetails(address(this), amount), msg.sender, signature
        );
        return _deposit(token, owner, IERC20(token).balanceOf(address(this)) - before);
    }

    /// The guard against reentrance keeps one arrival from being counted by two deposits.
    function _pull(address token, uint256 amount, address owner) private returns (bytes32 outputId) {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        return _deposit(token, owner, IERC20(token).balanceOf(address(this)) - before);
    }

    function _pay(address token, address recipient, uint256 amount) internal override {
        IERC20(token).safeTransfer(recipient, amount);
    }
}
