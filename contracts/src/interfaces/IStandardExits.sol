// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IChallengeRewards } from "./IChallengeRewards.sol";
import { Creator, Delegation, IExitGame, Inclusion, Spend } from "./IExitGame.sol";

/// @title Standard exits
/// @notice Exits of COINs and ITEMs that were deposited, or made by an included transaction. The id of the exit is the id of the output.
interface IStandardExits is IExitGame, IChallengeRewards {
    /// @notice An exit started. It is paid from `exitableAt` on unless a spend of the output is shown before.
    /// @param position Position of the output: `number << 32 | shard << 24 | index << 8 | output`.
    /// @param creator Hash of the transaction that made the output; zero for a deposit.
    event ExitStarted(
        bytes32 indexed exitId,
        address indexed owner,
        address indexed token,
        bool item,
        uint128 amount,
        uint96 position,
        bytes32 creator,
        uint64 exitableAt,
        uint256 bond,
        address starter
    );
    /// @notice An exit was removed: the output is spent by `spender`, or (`spender` made the output) was never made.
    event ExitChallenged(bytes32 indexed exitId, bytes32 indexed spender, address indexed challenger);

    /// @notice The spender is void, so the output is unspent.
    error SpenderVoid(bytes32 transactionHash);
    /// @notice The transaction did not make the output of the exit.
    error NotTheCreator(bytes32 transactionHash);
    error CreatorNotVoid(bytes32 transactionHash);

    /// @notice Starts the exit of an output. The caller pays `bondSize()` and gets it back when the exit is paid.
    /// @param creator Who made the output.
    /// @param inclusion Proof that the creator is in a checkpoint; ignored for a DEPOSIT, which Ethereum knows.
    /// @param delegation Empty if the caller is the owner.
    function startExit(Creator calldata creator, Inclusion calldata inclusion, Delegation calldata delegation)
        external
        payable
        returns (bytes32 exitId);

    /// @notice Removes the exit of an output that its owner has spent. The bond goes to the caller (A20).
    /// Until the exit is exitable, so that nobody is challenged when it is too late to go on with an in-flight exit.
    function challengeExit(bytes32 exitId, Spend calldata spend) external;

    /// @notice Removes the exit of an output whose transaction is void: it lost an input to another exit or transaction (A15).
    /// @param creator Hash of the transaction that made the output.
    function challengeVoidExit(bytes32 exitId, bytes32 creator, uint8 outputIndex) external;

    /// @notice Removes the exit of an output whose transaction was included, where the exit shows it, later than another spender of one
    /// of its inputs, which `proveInclusion` has shown (A5).
    function challengeLosingExit(bytes32 exitId, Creator calldata creator, uint8 inputIndex) external;

    /// @notice What `startExit` costs now, in wei. It follows the base fee.
    function bondSize() external view returns (uint256);
}
