// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { IBonding } from "./IBonding.sol";

/// @title Airdrop
/// @notice Gives tokens to the accounts of an allocation table, of which Ethereum knows the Merkle root. Each line is claimed once, by its
/// account or with its signature, as tokens or as a delegation to a validator. What nobody claimed in time goes back to who gave it.
/// A leaf is keccak(keccak(abi.encode(uint256 line, address account, uint256 amount))) and a node the keccak of its children, the smaller
/// first (OpenZeppelin's StandardMerkleTree): hashed twice, no leaf is a node and no node a leaf.
interface IAirdrop {
    event Claimed(uint256 indexed line, address indexed account, uint96 amount, address indexed validator);
    event Reclaimed(uint256 amount);

    /// @notice The root, the total, the giver, or the end of the time for claims is none.
    error InvalidAirdrop();
    /// @notice The table has no such line: another account, amount or line, or another table.
    error NotInTable(uint256 line, address account, uint96 amount);
    error AlreadyClaimed(uint256 line);
    /// @notice The time for claims is over.
    error ClaimsEnded(uint64 endedAt);
    error ClaimsNotEnded(uint64 endsAt);
    /// @notice The order to claim is not signed by the account, is for something else, or is too old.
    error OrderNotSigned(address account);

    /// @notice A line of the allocation table.
    struct Allocation {
        /// Its number, from 0.
        uint256 line;
        address account;
        /// Token wei.
        uint96 amount;
    }

    /// @notice Claims the caller's line.
    /// @param validator Whom to delegate the tokens to, in the account's name; zero pays them out.
    function claim(Allocation calldata allocation, address validator, bytes32[] calldata proof) external;

    /// @notice Claims the line of an account that asked for it: EIP-712 `Claim(uint256 line,address validator,uint64 validUntil)` in the domain
    /// `{name: "OMG Airdrop", version: "1", chainId, verifyingContract: this}`, or EIP-1271 of a contract account. The tokens are the
    /// account's in any case, so it is no matter who sends it.
    function claimFor(
        Allocation calldata allocation,
        address validator,
        bytes32[] calldata proof,
        uint64 validUntil,
        bytes calldata signature
    ) external;

    /// @notice After the end, pays what is left to the giver. Anyone.
    function reclaim() external;

    function token() external view returns (IERC20);

    function bonding() external view returns (IBonding);

    /// @notice The root of the allocation table.
    function root() external view returns (bytes32);

    /// @notice The sum of the table, in token wei: what this contract must hold before the first claim.
    function total() external view returns (uint256);

    /// @notice The first second in which nothing can be claimed any more.
    function endsAt() external view returns (uint64);

    /// @notice Who gave the tokens and gets back what is left.
    function giver() external view returns (address);

    function isClaimed(uint256 line) external view returns (bool);
}
