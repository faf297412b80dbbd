// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Creator, Delegation, Inclusion, Spend } from "../interfaces/IExitGame.sol";
import { Exit, ExitKind, IExitQueue, NewExit } from "../interfaces/IExitQueue.sol";
import { IInFlightExits, Side } from "../interfaces/IInFlightExits.sol";
import { IRootChain, Parameters } from "../interfaces/IRootChain.sol";
import { ISpendRegistry, InFlight, Verdict } from "../interfaces/ISpendRegistry.sol";
import { Bonds } from "../libraries/Bonds.sol";
import { Codec, Layout, Output } from "../libraries/Codec.sol";
import { Creators, Origin } from "../libraries/Creators.sol";
import { Digests } from "../libraries/Digests.sol";
import { Payment, Payments } from "../libraries/Payments.sol";
import { Position, Positions } from "../libraries/Positions.sol";
import { ExitGame } from "./ExitGame.sol";

/// @title In-flight exits
/// @notice See IInFlightExits. Whether a transaction is canonical is not decided here but in the spend registry, for all games alike.
contract InFlightExits is IInFlightExits, ExitGame {
    /// What is kept of a started exit: one slot.
    struct Started {
        address starter;
        uint16 bondUnits;
        /// Checkpoint of the youngest input that is no deposit, and when an exit of that age is seasoned.
        uint32 checkpoint;
        uint40 seasonedAt;
        bool expired;
    }

    bytes1 private constant PIGGYBACK_TAG = 0x10;

    uint256 private immutable _bondGas;
    uint256 private immutable _piggybackBondGas;

    mapping(bytes32 transactionHash => Started) private _started;

    constructor(IRootChain rootChain_, IExitQueue queue_) ExitGame(rootChain_, queue_) {
        Parameters memory parameters = rootChain_.parameters();
        _bondGas = parameters.inFlightExitBondGas;
        _piggybackBondGas = parameters.piggybackBondGas;
    }

    // ───────────────────────────────────────────────── start ─────────────────────────────────────────────────

    /// @inheritdoc IInFlightExits
    function startInFlightExit(
        bytes calldata transaction,
        bytes calldata witness,
        Creator[] calldata creators,
        Inclusion[] calldata inclusions
    ) external payable returns (bytes32 transactionHash) {
        Started memory started;
        started.starter = msg.sender;
        started.bondUnits = _requireBond(_bondGas);
        Payment memory payment = _verify(transaction, witness, creators);
        transactionHash = payment.transactionHash;
        Position youngest = _requireInputs(started, payment, creators, inclusions);
        started.expired = !_isAlive(payment.validUntil);
        _started[transactionHash] = started;
        _open(payment, started, youngest, transaction, witness);
    }

    function _open(
        Payment memory payment,
        Started memory started,
        Position youngest,
        bytes calldata transaction,
        bytes calldata witness
    ) private {
        uint64 exitableAt = uint64(block.timestamp + _minFinalizationPeriod);
        if (started.seasonedAt > exitableAt) exitableAt = started.seasonedAt;
        queue.startInFlight(payment.transactionHash, payment.inputs, exitableAt, !started.expired);
        emit InFlightExitStarted(
            payment.transactionHash,
            msg.sender,
            Position.unwrap(youngest),
            uint64(block.timestamp + _minFinalizationPeriod / 2),
            exitableAt,
            started.expired,
            msg.value,
            transaction,
            witness
        );
    }

    /// All inputs exist, and nothing contradicts it: an in-flight exit of uncommitted inputs would have no age (R5).
    function _requireInputs(
        Started memory started,
        Payment memory payment,
        Creator[] calldata creators,
        Inclusion[] calldata inclusions
    ) private view returns (Position youngest) {
        if (inclusions.length != creators.length) revert WrongInclusionCount(creators.length, inclusions.length);
        for (uint256 i; i < creators.length; ++i) {
            Origin memory origin = payment.origins[i];
            Position position = origin.depositPosition;
            if (origin.transactionHash == 0) {
                _requireDeposited(origin);
            } else {
                Place memory place = _requireIncluded(origin.transactionHash, origin.layout.inputCount, inclusions[i]);
                if (origin.layout.kind == Codec.PAY) {
                    _requireInTime(Codec.validUntil(creators[i].transaction, origin.layout), place);
                }
                queue.requireMade(
                    origin.transactionHash, Codec.encodedInputs(creators[i].transaction, origin.layout)
                );
                if (place.checkpoint > started.checkpoint) {
                    (started.checkpoint, started.seasonedAt) = (place.checkpoint, uint40(_seasonedAt(place)));
                }
                position = Positions.included(place.checkpoint, place.path, creators[i].outputIndex);
            }
            if (Position.unwrap(position) > Position.unwrap(youngest)) youngest = position;
        }
    }

    function _verify(bytes calldata transaction, bytes calldata witness, Creator[] calldata creators)
        private
        view
        returns (Payment memory)
    {
        Output memory none;
        return Payments.verify(transaction, witness, creators, _separator, Payments.NONE_KNOWN, none);
    }

    // ─────────────────────────────────────────────── piggybacks ──────────────────────────────────────────────

    /// @inheritdoc IInFlightExits
    function piggybackInput(
        bytes calldata transaction,
        uint8 inputIndex,
        Creator calldata creator,
        Delegation calldata delegation
    ) external payable returns (bytes32 exitId) {
        (bytes32 transactionHash, Layout memory layout) = _read(transaction);
        if (inputIndex >= layout.inputCount) revert NoSuchIndex(inputIndex);
        Origin memory origin = Creators.origin(creator, _separator);
        if (Codec.input(transaction, layout, inputIndex) != origin.outputId) revert DoesNotSpend(origin.outputId);
        NewExit memory newExit = _newExit(ExitKind.InFlightInput, origin.output);
        newExit.subject = origin.outputId;
        return _piggyback(transactionHash, Side.Input, inputIndex, newExit, origin.outputId, delegation);
    }

    /// @inheritdoc IInFlightExits
    function piggybackOutput(bytes calldata transaction, uint8 outputIndex, Delegation calldata delegation)
        external
        payable
        returns (bytes32 exitId)
    {
        (bytes32 transactionHash, Layout memory layout) = _read(transaction);
        if (outputIndex >= layout.outputCount) revert NoSuchIndex(outputIndex);
        NewExit memory newExit = _newExit(ExitKind.InFlightOutput, Codec.output(transaction, layout, outputIndex));
        newExit.subject = transactionHash;
        newExit.outputIndex = outputIndex;
        bytes32 outputId = Digests.outputId(transactionHash, outputIndex);
        return _piggyback(transactionHash, Side.Output, outputIndex, newExit, outputId, delegation);
    }

    function _newExit(ExitKind kind, Output memory output) private pure returns (NewExit memory newExit) {
        newExit.kind = kind;
        newExit.owner = Creators.ownerOf(output);
        newExit.item = output.outputType == Codec.TYPE_ITEM;
        (newExit.token, newExit.amount) = (output.token, output.amount);
    }

    function _piggyback(
        bytes32 transactionHash,
        Side side,
        uint8 index,
        NewExit memory newExit,
        bytes32 outputId,
        Delegation calldata delegation
    ) private returns (bytes32 exitId) {
        _requireAuthority(newExit.owner, delegation);
        _requireFirstHalf(transactionHash);
        Started memory started = _started[transactionHash];
        exitId = piggybackId(transactionHash, side, index);
        newExit.exitId = exitId;
        (newExit.checkpoint, newExit.seasonedAt) = (started.checkpoint, started.seasonedAt);
        newExit.bondUnits = _requireBond(_piggybackBondGas);
        _notePayer(exitId, newExit.owner);
        uint64 exitableAt = queue.piggyback(newExit);
        emit Piggybacked(
            exitId,
            transactionHash,
            newExit.owner,
            side,
            index,
            outputId,
            newExit.token,
            newExit.item,
            newExit.amount,
            exitableAt,
            msg.value,
            msg.sender
        );
    }

    // ─────────────────────────────────────────────── challenges ──────────────────────────────────────────────

    /// @inheritdoc IInFlightExits
    function challengeCanonicity(bytes32 transactionHash, Spend calldata rival) external {
        _requireFirstHalf(transactionHash);
        uint8 lost = _inFlight(transactionHash).lost;
        Payment memory payment = _verify(rival.transaction, rival.witness, rival.creators);
        if (payment.transactionHash == transactionHash) revert NotARival();
        if (rival.inputIndex >= payment.inputs.length) revert NoSuchIndex(rival.inputIndex);
        Place memory place = _placeOf(payment, rival.inclusion);
        if (place.checkpoint == 0) {
            queue.showRival(transactionHash, payment.inputs[rival.inputIndex], payment.transactionHash);
        } else {
            _show(payment, place);
        }
        if (_inFlight(transactionHash).lost <= lost) revert ISpendRegistry.EvidenceWithoutEffect();
        _assignReward(transactionHash, payment.transactionHash);
        emit CanonicityChallenged(transactionHash, payment.transactionHash, msg.sender);
    }

    /// @inheritdoc IInFlightExits
    function proveInclusion(
        bytes calldata transaction,
        bytes calldata witness,
        Creator[] calldata creators,
        Inclusion calldata inclusion
    ) external {
        Payment memory payment = _verify(transaction, witness, creators);
        Place memory place = _requireIncluded(payment.transactionHash, payment.inputs.length, inclusion);
        _requireInTime(payment.validUntil, place);
        _show(payment, place);
        bytes32 transactionHash = payment.transactionHash;
        // A13b: who starts the exit of a dead payment pays for the proof that it was included.
        if (_started[transactionHash].expired) _rewardInTime(transactionHash);
        // All rivals are answered.
        else if (_inFlight(transactionHash).lost == 0) _revokeReward(transactionHash);
    }

    /// @inheritdoc IInFlightExits
    function challengePiggyback(bytes32 transactionHash, Side side, uint8 index, Spend calldata spend) external {
        bytes32 exitId = piggybackId(transactionHash, side, index);
        Exit memory running = queue.exit(exitId);
        _requireChallengeable(running);
        bytes32 outputId = side == Side.Input ? running.subject : Digests.outputId(transactionHash, index);
        bytes32 spender = _requireSpend(spend, outputId, _outputOf(running));
        // The in-flight transaction itself is no reason not to give its inputs back when it is void.
        if (spender == transactionHash) revert NotARival();
        if (_inFlight(spender).verdict == Verdict.Void) revert SpenderVoid(spender);
        queue.removeExit(exitId);
        _assignReward(exitId, spender);
        emit PiggybackChallenged(exitId, spender, msg.sender);
    }

    /// @inheritdoc IInFlightExits
    function challengeVoidPiggyback(bytes32 transactionHash, uint8 inputIndex, bytes32 parent, uint8 outputIndex)
        external
    {
        bytes32 exitId = piggybackId(transactionHash, Side.Input, inputIndex);
        bytes32 made = Digests.outputId(parent, outputIndex);
        if (queue.exit(exitId).subject != made) revert DoesNotSpend(made);
        if (queue.verdictOf(parent) != Verdict.Void) revert ISpendRegistry.NotVoid(parent);
        queue.removeExit(exitId);
        _assignReward(exitId, parent);
        emit PiggybackChallenged(exitId, parent, msg.sender);
    }

    /// @inheritdoc IInFlightExits
    function voidTransaction(bytes calldata transaction, uint8 inputIndex) external {
        (bytes32 transactionHash, bytes32 inputId) = _readInput(transaction, inputIndex);
        queue.voidByInput(transactionHash, inputId);
        _rewardInTime(transactionHash);
    }

    /// @inheritdoc IInFlightExits
    function voidDescendant(bytes calldata transaction, uint8 inputIndex, bytes32 parent, uint8 outputIndex) external {
        (bytes32 transactionHash, bytes32 inputId) = _readInput(transaction, inputIndex);
        if (Digests.outputId(parent, outputIndex) != inputId) revert DoesNotSpend(Digests.outputId(parent, outputIndex));
        queue.voidByParent(transactionHash, parent);
        _rewardInTime(transactionHash);
    }

    /// A13b: an exit that ends undecided has said nothing wrong, so what is shown when it is over does not take its bond.
    function _rewardInTime(bytes32 transactionHash) private {
        if (block.timestamp < _inFlight(transactionHash).exitableAt) _assignReward(transactionHash, transactionHash);
    }

    function _show(Payment memory payment, Place memory place) private {
        queue.showInclusion(payment.transactionHash, payment.inputs, _leafOf(place));
        emit InclusionProven(
            payment.transactionHash, Position.unwrap(Positions.included(place.checkpoint, place.path, 0))
        );
    }

    /// One place for the call, because the contract is near the size limit.
    function _inFlight(bytes32 transactionHash) private view returns (InFlight memory) {
        return queue.inFlight(transactionHash);
    }

    function _requireFirstHalf(bytes32 transactionHash) private view {
        InFlight memory running = _inFlight(transactionHash);
        if (running.exitableAt == 0) revert ISpendRegistry.NotInFlight(transactionHash);
        uint256 end = running.startedAt + _minFinalizationPeriod / 2;
        if (block.timestamp >= end) revert TooLate(end);
    }

    function _read(bytes calldata transaction) private view returns (bytes32 transactionHash, Layout memory layout) {
        layout = Codec.pay(transaction);
        transactionHash = Digests.pay(transaction, layout, _separator);
    }

    function _readInput(bytes calldata transaction, uint8 inputIndex)
        private
        view
        returns (bytes32 transactionHash, bytes32 inputId)
    {
        Layout memory layout;
        (transactionHash, layout) = _read(transaction);
        if (inputIndex >= layout.inputCount) revert NoSuchIndex(inputIndex);
        inputId = Codec.input(transaction, layout, inputIndex);
    }

    // ────────────────────────────────────────────── ids and bonds ────────────────────────────────────────────

    /// @inheritdoc IInFlightExits
    function piggybackId(bytes32 transactionHash, Side side, uint8 index) public pure returns (bytes32 exitId) {
        return keccak256(abi.encodePacked(PIGGYBACK_TAG, transactionHash, uint8(side), index));
    }

    /// @inheritdoc IInFlightExits
    function bondSize() external view returns (uint256) {
        return _bondSize(_bondGas);
    }

    /// @inheritdoc IInFlightExits
    function piggybackBondSize() external view returns (uint256) {
        return _bondSize(_piggybackBondGas);
    }

    /// `exitId` is a piggyback, or the hash of an in-flight transaction.
    function _closeBond(bytes32 exitId) internal override returns (address owner, uint256 bond) {
        Started memory started = _started[exitId];
        if (started.starter == address(0)) {
            Exit memory piggyback = queue.exit(exitId);
            if (piggyback.kind == ExitKind.Standard) revert NothingToWithdraw(exitId);
            return (piggyback.owner, queue.takeBond(exitId));
        }
        InFlight memory running = _inFlight(exitId);
        bool over = running.verdict != Verdict.None || block.timestamp >= running.exitableAt;
        if (!over) revert NotDecidedYet(running.exitableAt);
        // Who was right gets it: the starter of a canonical transaction, however often it was challenged.
        if (running.verdict == Verdict.Canonical && !started.expired) _revokeReward(exitId);
        _started[exitId].bondUnits = 0;
        return (started.starter, Bonds.inWei(started.bondUnits));
    }
}
