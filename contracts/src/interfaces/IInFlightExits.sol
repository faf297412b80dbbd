// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IChallengeRewards } from "./IChallengeRewards.sol";
import { Creator, Delegation, IExitGame, Inclusion, Spend } from "./IExitGame.sol";

/// @notice Which end of an in-flight transaction a piggyback is on.
enum Side {
    Input,
    Output
}

/// @title In-flight exits
/// @notice Exits of PAYs of which nobody knows whether they were included (MoreVP). Owners piggyback on inputs and outputs in the first
/// half; if the transaction turns out canonical its outputs are paid, else its inputs. All of it has the age of the youngest input.
interface IInFlightExits is IExitGame, IChallengeRewards {
    /// @notice The in-flight exit of a transaction started.
    /// @param youngestInput Position of the youngest input: the age of all its exits.
    /// @param piggybackUntil End of the first half: of piggybacks and of competitors.
    /// @param expired R7: it was dead already, so it is canonical only if its inclusion is proven, and the bond goes to who proves it.
    event InFlightExitStarted(
        bytes32 indexed transactionHash,
        address indexed starter,
        uint96 youngestInput,
        uint64 piggybackUntil,
        uint64 exitableAt,
        bool expired,
        uint256 bond,
        bytes transaction,
        bytes witness
    );
    /// @notice An owner piggybacked. `exitId` is `piggybackId(transactionHash, side, index)`.
    event Piggybacked(
        bytes32 indexed exitId,
        bytes32 indexed transactionHash,
        address indexed owner,
        Side side,
        uint8 index,
        bytes32 outputId,
        address token,
        bool item,
        uint128 amount,
        uint64 exitableAt,
        uint256 bond,
        address starter
    );
    /// @notice A rival of an in-flight transaction was shown; answer with `proveInclusion` if the transaction was included earlier.
    event CanonicityChallenged(bytes32 indexed transactionHash, bytes32 indexed rival, address indexed challenger);
    /// @notice The output behind a piggyback is spent by `spender`.
    event PiggybackChallenged(bytes32 indexed exitId, bytes32 indexed spender, address indexed challenger);
    /// @notice A transaction was proven to be included at `position` (of its leaf; the output index is 0).
    event InclusionProven(bytes32 indexed transactionHash, uint96 position);

    /// @notice One inclusion for each input is needed.
    error WrongInclusionCount(uint256 expected, uint256 actual);
    /// @notice A transaction is no rival of itself.
    error NotARival();
    /// @notice The other spender is void, so the output is unspent.
    error SpenderVoid(bytes32 transactionHash);
    /// @notice The bond of an in-flight exit is paid out when its transaction is decided.
    error NotDecidedYet(uint256 decidedAt);

    /// @notice Starts the in-flight exit of a PAY whose inputs are committed. Anyone who holds all signatures. The starter pays
    /// `bondSize()` and gets it back unless a rival or `voidTransaction` makes the transaction void, or the inclusion of one that
    /// was dead already is proven (A13b).
    /// @param transaction The encoded PAY. Its inputs are COINs and ITEMs.
    /// @param witness Its encoded witness: the signatures of all owners.
    /// @param creators Who made the inputs, in their order.
    /// @param inclusions Proofs that they are in checkpoints; ignored for a DEPOSIT.
    function startInFlightExit(
        bytes calldata transaction,
        bytes calldata witness,
        Creator[] calldata creators,
        Inclusion[] calldata inclusions
    ) external payable returns (bytes32 transactionHash);

    /// @notice Claims an input, for the case that the transaction is void. First half only; the owner or a delegate.
    /// @param creator Who made the input.
    function piggybackInput(
        bytes calldata transaction,
        uint8 inputIndex,
        Creator calldata creator,
        Delegation calldata delegation
    ) external payable returns (bytes32 exitId);

    /// @notice Claims an output, for the case that the transaction is canonical. First half only; the owner or a delegate.
    function piggybackOutput(bytes calldata transaction, uint8 outputIndex, Delegation calldata delegation)
        external
        payable
        returns (bytes32 exitId);

    /// @notice Shows a rival: another valid PAY that spends an input of an in-flight transaction. First half only.
    function challengeCanonicity(bytes32 transactionHash, Spend calldata rival) external;

    /// @notice Shows that a valid PAY is included. This answers a rival that is younger or not included, revives an expired
    /// transaction, for the bond of its start, and records the spends of its inputs for all games. Not after it is decided.
    function proveInclusion(
        bytes calldata transaction,
        bytes calldata witness,
        Creator[] calldata creators,
        Inclusion calldata inclusion
    ) external;

    /// @notice Removes a piggyback whose output is spent, on either side, in both halves. The bond of the piggyback goes to the caller.
    function challengePiggyback(bytes32 transactionHash, Side side, uint8 index, Spend calldata spend) external;

    /// @notice Removes a piggyback on an input that was never made, because the transaction `parent` that should have made it is void (I2): a
    /// transaction that spends it is void as well, and would give it back. Until it is paid. The bond of the piggyback goes to the caller.
    function challengeVoidPiggyback(bytes32 transactionHash, uint8 inputIndex, bytes32 parent, uint8 outputIndex) external;

    /// @notice Declares a PAY void because one of its inputs is final by another: a standard exit of it was paid or is due (I2), or another
    /// transaction that spends it is canonical (A15). If its in-flight exit is running, the bond of the start goes to the caller.
    function voidTransaction(bytes calldata transaction, uint8 inputIndex) external;

    /// @notice Declares a PAY void because the transaction that made one of its inputs is void. As above.
    function voidDescendant(bytes calldata transaction, uint8 inputIndex, bytes32 parent, uint8 outputIndex) external;

    /// @notice The id of a piggyback: keccak256(0x10 ‖ transactionHash ‖ side ‖ index).
    function piggybackId(bytes32 transactionHash, Side side, uint8 index) external pure returns (bytes32 exitId);

    /// @notice What `startInFlightExit` and a piggyback cost now, in wei. They follow the base fee.
    function bondSize() external view returns (uint256);
    function piggybackBondSize() external view returns (uint256);
}
