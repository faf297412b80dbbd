// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Creator, Delegation, IExitGame, Inclusion, Spend } from "../interfaces/IExitGame.sol";
import { Exit, IExitQueue } from "../interfaces/IExitQueue.sol";
import { CheckpointRecord, IRootChain, Parameters } from "../interfaces/IRootChain.sol";
import { Bonds } from "../libraries/Bonds.sol";
import { Codec, Output } from "../libraries/Codec.sol";
import { Creators, Origin } from "../libraries/Creators.sol";
import { Digests } from "../libraries/Digests.sol";
import { Headers } from "../libraries/Headers.sol";
import { Lanes } from "../libraries/Lanes.sol";
import { Payment, Payments } from "../libraries/Payments.sol";
import { Position, Positions } from "../libraries/Positions.sol";
import { Tree } from "../libraries/Tree.sol";
import { Witnesses } from "../libraries/Witnesses.sol";
import { ChallengeRewards } from "./ChallengeRewards.sol";

/// @title Exit game
/// @notice What all exit games need to judge evidence. They hold the bonds; the queue holds the exits.
abstract contract ExitGame is IExitGame, ChallengeRewards {
    using Headers for bytes;

    /// Where an included transaction stands.
    struct Place {
        uint32 checkpoint;
        uint24 path;
        /// t(checkpoint).
        uint64 acceptedAt;
        /// See CheckpointRecord.
        uint64 timelyFrom;
    }

    /// The window for announced challengers is this part of the response window: one hour on mainnet.
    uint64 private constant CLAIM_WINDOW_PARTS = 48;

    /// @inheritdoc IExitGame
    IRootChain public immutable rootChain;
    /// @inheritdoc IExitGame
    IExitQueue public immutable queue;

    bytes32 internal immutable _separator;
    uint256 internal immutable _minFinalizationPeriod;
    /// How long before its checkpoint was accepted a transaction may have been included, in seconds.
    uint256 private immutable _maxOriginAge;
    uint256 private immutable _bondBaseFeeFloor;

    constructor(IRootChain rootChain_, IExitQueue queue_)
        ChallengeRewards(_claimWindow(rootChain_.parameters().responseWindow))
    {
        Parameters memory parameters = rootChain_.parameters();
        rootChain = rootChain_;
        queue = queue_;
        _separator = rootChain_.domainSeparator();
        _minFinalizationPeriod = parameters.minFinalizationPeriod;
        _maxOriginAge = uint256(parameters.maxOriginAgeBlocks) * parameters.secondsPerBlock;
        _bondBaseFeeFloor = parameters.bondBaseFeeFloor;
    }

    function _claimWindow(uint32 responseWindow) private pure returns (uint64) {
        return responseWindow < CLAIM_WINDOW_PARTS ? 1 : responseWindow / CLAIM_WINDOW_PARTS;
    }

    // ─────────────────────────────────────────────── inclusion ───────────────────────────────────────────────

    /// Checks that a transaction is a leaf of an accepted checkpoint.
    function _requireIncluded(bytes32 transactionHash, uint256 inputCount, Inclusion calldata inclusion)
        internal
        view
        returns (Place memory place)
    {
        bytes calldata header = inclusion.header;
        if (header.length != header.lengthOf()) revert UnknownCheckpoint(0);
        uint64 number = header.checkpoint();
        CheckpointRecord memory record = rootChain.checkpoint(number);
        if (record.headerHash == 0 || record.headerHash != header.hash()) revert UnknownCheckpoint(number);

        Lanes lanes = Lanes.wrap(inclusion.lanes);
        bytes32 leaf = Tree.leaf(transactionHash, inclusion.witnessHash, inclusion.inputPositions, lanes);
        bool counted = inclusion.inputPositions.length == inputCount * Positions.LENGTH;
        (bytes32 root, Lanes sums) = Tree.root(leaf, lanes, inclusion.path, inclusion.proof);
        bool found = root == header.txRoot() && Lanes.unwrap(sums) == header.feeLanes();
        if (!counted || !found) revert NotIncluded(leaf);
        return Place(uint32(number), inclusion.path, record.acceptedAt, record.timelyFrom);
    }

    /// R7: a PAY in a checkpoint whose origin was certainly too late is dead there. Ethereum knows the origin's block and not its time, so
    /// this allows for the greatest age an origin may have, and for a pause in which Ethereum took no checkpoint.
    function _requireInTime(uint64 validUntil, Place memory place) internal view {
        if (validUntil + _maxOriginAge < place.timelyFrom) revert TransactionExpired(validUntil);
    }

    /// R7: whether a PAY may still be included. The next origin may be as old as the last one, and that is not younger than the
    /// acceptance of the last checkpoint; so what counts as alive here has not been given up by anybody (A17).
    function _isAlive(uint64 validUntil) internal view returns (bool) {
        if (validUntil >= block.timestamp) return true;
        return validUntil >= rootChain.checkpoint(rootChain.lastCheckpoint()).acceptedAt;
    }

    function _leafOf(Place memory place) internal pure returns (uint56) {
        return (uint56(place.checkpoint) << 24) | place.path;
    }

    /// `t(checkpoint) + 2 MFP`.
    function _seasonedAt(Place memory place) internal view returns (uint64) {
        return uint64(place.acceptedAt + 2 * _minFinalizationPeriod);
    }

    /// Checks that a deposit is in the inbox.
    function _requireDeposited(Origin memory origin) internal view {
        uint64 number = rootChain.depositRecord(origin.outputId).number;
        if (number == 0 || number != origin.depositPosition.number()) revert UnknownDeposit(origin.outputId);
    }

    // ──────────────────────────────────────────────── spends ─────────────────────────────────────────────────

    /// Checks a valid spend of an output that Ethereum knows, included or still alive.
    function _requireSpend(Spend calldata spend, bytes32 outputId, Output memory output)
        internal
        view
        returns (bytes32 spenderHash)
    {
        Payment memory payment =
            Payments.verify(spend.transaction, spend.witness, spend.creators, _separator, spend.inputIndex, output);
        if (spend.inputIndex >= payment.inputs.length) revert NoSuchIndex(spend.inputIndex);
        if (payment.inputs[spend.inputIndex] != outputId) revert DoesNotSpend(outputId);
        _placeOf(payment, spend.inclusion);
        return payment.transactionHash;
    }

    /// @return place Where a PAY is included; all zero if it is not, but may still be.
    function _placeOf(Payment memory payment, Inclusion calldata inclusion) internal view returns (Place memory place) {
        if (inclusion.header.length == 0) {
            if (!_isAlive(payment.validUntil)) revert TransactionExpired(payment.validUntil);
            return place;
        }
        place = _requireIncluded(payment.transactionHash, payment.inputs.length, inclusion);
        _requireInTime(payment.validUntil, place);
    }

    /// The output behind an open exit.
    function _outputOf(Exit memory running) internal pure returns (Output memory) {
        return Output({
            outputType: running.item ? Codec.TYPE_ITEM : Codec.TYPE_COIN,
            guard: bytes32(uint256(uint160(running.owner))),
            token: running.token,
            amount: running.amount
        });
    }

    // ───────────────────────────────────────── authority and bonds ───────────────────────────────────────────

    /// The caller is the owner, or holds her delegation.
    function _requireAuthority(address owner, Delegation calldata delegation) internal view {
        if (delegation.signature.length == 0) {
            if (msg.sender != owner) revert NotTheOwner(owner, msg.sender);
            return;
        }
        if (block.timestamp > delegation.validUntil) revert TooLate(delegation.validUntil);
        bytes32 digest = Digests.exitDelegate(owner, msg.sender, delegation.validUntil, _separator);
        address signer = Witnesses.recover(digest, delegation.signature);
        if (signer != owner) revert WrongSigner(owner, signer);
    }

    function _requireBond(uint256 gas) internal view returns (uint16 units) {
        // The base fee moves between looking and inclusion: more than is needed is taken, too, and comes back like the rest.
        uint256 least = _bondSize(gas);
        if (msg.value < least || msg.value % Bonds.UNIT != 0) revert WrongBond(least, msg.value);
        if (msg.value > Bonds.inWei(type(uint16).max)) revert WrongBond(least, msg.value);
        units = uint16(msg.value / Bonds.UNIT);
    }

    function _bondSize(uint256 gas) internal view returns (uint256) {
        return Bonds.inWei(Bonds.size(gas, _bondBaseFeeFloor));
    }

    /// Evidence against an exit counts until it is exitable, so that its owner always has the time for another exit.
    function _requireChallengeable(Exit memory running) internal view {
        if (block.timestamp >= running.exitableAt) revert TooLate(running.exitableAt);
    }
}
