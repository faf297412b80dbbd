// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Creator, Delegation, Inclusion, Spend } from "../interfaces/IExitGame.sol";
import { Exit, ExitKind, IExitQueue, Maker, NewExit } from "../interfaces/IExitQueue.sol";
import { IRootChain } from "../interfaces/IRootChain.sol";
import { KnownSpend, Verdict } from "../interfaces/ISpendRegistry.sol";
import { IStandardExits } from "../interfaces/IStandardExits.sol";
import { Codec, Output } from "../libraries/Codec.sol";
import { Creators, Origin } from "../libraries/Creators.sol";
import { Digests } from "../libraries/Digests.sol";
import { Position, Positions } from "../libraries/Positions.sol";
import { ExitGame } from "./ExitGame.sol";

/// @title Standard exits
/// @notice See IStandardExits.
contract StandardExits is IStandardExits, ExitGame {
    uint256 private immutable _bondGas;

    constructor(IRootChain rootChain_, IExitQueue queue_) ExitGame(rootChain_, queue_) {
        _bondGas = rootChain_.parameters().standardExitBondGas;
    }

    /// @inheritdoc IStandardExits
    function startExit(Creator calldata creator, Inclusion calldata inclusion, Delegation calldata delegation)
        external
        payable
        returns (bytes32 exitId)
    {
        uint16 bondUnits = _requireBond(_bondGas);
        Origin memory origin = Creators.origin(creator, _separator);
        address owner = Creators.ownerOf(origin.output);
        _requireAuthority(owner, delegation);

        (NewExit memory newExit, Maker memory maker, Position position) = _prove(creator, inclusion, origin);
        exitId = newExit.exitId;
        newExit.owner = owner;
        newExit.bondUnits = bondUnits;
        _notePayer(exitId, owner);
        _start(newExit, maker, position);
    }

    function _start(NewExit memory newExit, Maker memory maker, Position position) private {
        uint64 exitableAt = queue.startExit(newExit, maker);
        emit ExitStarted(
            newExit.exitId,
            newExit.owner,
            newExit.token,
            newExit.item,
            newExit.amount,
            Position.unwrap(position),
            maker.transactionHash,
            exitableAt,
            msg.value,
            msg.sender
        );
    }

    /// The output exists: Ethereum has the deposit, or its maker is a leaf of a checkpoint.
    function _prove(Creator calldata creator, Inclusion calldata inclusion, Origin memory origin)
        private
        view
        returns (NewExit memory newExit, Maker memory maker, Position position)
    {
        Output memory output = origin.output;
        newExit.exitId = origin.outputId;
        newExit.kind = ExitKind.Standard;
        newExit.item = output.outputType == Codec.TYPE_ITEM;
        (newExit.token, newExit.amount) = (output.token, output.amount);
        if (origin.transactionHash == 0) {
            _requireDeposited(origin);
            return (newExit, maker, origin.depositPosition);
        }
        Place memory place = _requireIncluded(origin.transactionHash, origin.layout.inputCount, inclusion);
        if (origin.layout.kind == Codec.PAY) _requireInTime(Codec.validUntil(creator.transaction, origin.layout), place);
        (newExit.checkpoint, newExit.seasonedAt) = (place.checkpoint, _seasonedAt(place));
        maker = Maker(origin.transactionHash, _leafOf(place), Codec.inputs(creator.transaction, origin.layout));
        position = Positions.included(place.checkpoint, place.path, creator.outputIndex);
    }

    /// @inheritdoc IStandardExits
    function challengeExit(bytes32 exitId, Spend calldata spend) external {
        Exit memory running = queue.exit(exitId);
        if (running.kind != ExitKind.Standard) revert IExitQueue.ExitNotOpen(exitId);
        _requireChallengeable(running);
        bytes32 spender = _requireSpend(spend, exitId, _outputOf(running));
        // A void spender has not spent anything.
        if (queue.verdictOf(spender) == Verdict.Void) revert SpenderVoid(spender);
        _remove(exitId, spender);
    }

    /// @inheritdoc IStandardExits
    function challengeVoidExit(bytes32 exitId, bytes32 creator, uint8 outputIndex) external {
        if (Digests.outputId(creator, outputIndex) != exitId) revert NotTheCreator(creator);
        if (queue.verdictOf(creator) != Verdict.Void) revert CreatorNotVoid(creator);
        _remove(exitId, creator);
    }

    /// @inheritdoc IStandardExits
    function challengeLosingExit(bytes32 exitId, Creator calldata creator, uint8 inputIndex) external {
        Origin memory origin = Creators.origin(creator, _separator);
        if (origin.outputId != exitId) revert NotTheCreator(origin.transactionHash);
        if (inputIndex >= origin.layout.inputCount) revert NoSuchIndex(inputIndex);
        KnownSpend memory known = queue.knownSpend(Codec.input(creator.transaction, origin.layout, inputIndex));
        // A18: the leaf by which the exit was started counts, not one at which the same transaction was included again.
        bool beaten = known.transaction != 0 && known.transaction != bytes24(origin.transactionHash)
            && known.leaf < queue.exit(exitId).leaf;
        if (!beaten) revert CreatorNotVoid(origin.transactionHash);
        _remove(exitId, origin.transactionHash);
    }

    /// @inheritdoc IStandardExits
    function bondSize() external view returns (uint256) {
        return _bondSize(_bondGas);
    }

    function _remove(bytes32 exitId, bytes32 evidence) private {
        queue.removeExit(exitId);
        _assignReward(exitId, evidence);
        emit ExitChallenged(exitId, evidence, msg.sender);
    }

    function _closeBond(bytes32 exitId) internal override returns (address owner, uint256 bond) {
        Exit memory over = queue.exit(exitId);
        if (over.kind != ExitKind.Standard) revert NothingToWithdraw(exitId);
        return (over.owner, queue.takeBond(exitId));
    }
}
