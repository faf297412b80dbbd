// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { LibString } from "solady/utils/LibString.sol";

import { IBonding } from "./interfaces/IBonding.sol";
import { CheckpointRecord, IRootChain, Parameters } from "./interfaces/IRootChain.sol";
import { ISlashing } from "./interfaces/ISlashing.sol";
import { ConsensusVotes } from "./libraries/ConsensusVotes.sol";
import { Digests } from "./libraries/Digests.sol";
import { Headers } from "./libraries/Headers.sol";
import { ValidatorSets } from "./libraries/ValidatorSets.sol";
import { Witnesses } from "./libraries/Witnesses.sol";

/// @title Slashing
/// @notice See ISlashing.
contract Slashing is ISlashing {
    using Headers for bytes;

    /// An open report of downtime: one slot.
    struct Report {
        uint64 from;
        uint64 answerBy;
        /// The first checkpoint that the next report may be about.
        uint64 nextFrom;
    }

    /// Two headers under one number are an attempt to steal, for which there is no honest cause: everything.
    uint16 private constant EQUIVOCATION_BPS = 10_000;
    /// Two votes stop or split the consensus for a moment, and a careless restore from backup does it as well: enough to hurt.
    uint16 private constant DOUBLE_VOTE_BPS = 500;
    /// Who signed twice under one number does not come back.
    uint64 private constant FOREVER = type(uint64).max;
    /// CometBFT lets the validators that a block decides on vote from the second height after it.
    uint64 private constant ENGINE_DELAY = 2;

    /// @inheritdoc ISlashing
    uint64 public constant downtimeWindow = 64;
    /// @inheritdoc ISlashing
    /// @dev Submitters need two thirds of the power and may leave out the rest, so a slow validator can be missing often.
    uint256 public constant downtimeMinimum = 4;

    /// @inheritdoc ISlashing
    IRootChain public immutable rootChain;
    /// @inheritdoc ISlashing
    IBonding public immutable bonding;

    bytes32 private immutable _separator;
    uint64 private immutable _chainId = uint64(block.chainid);
    uint256 private immutable _revealDelay;
    /// Time to find out why a key votes twice, before it may vote again.
    uint256 private immutable _doubleVoteJail;
    /// One set without her.
    uint256 private immutable _downtimeJail;
    uint256 private immutable _responseWindow;
    uint256 private immutable _maxOriginAgeBlocks;

    /// @inheritdoc ISlashing
    mapping(bytes32 commitment => uint256) public committedAt;
    mapping(address validator => mapping(uint64 validatorSetId => mapping(Offence => bool))) private _punished;
    mapping(address signer => Report) private _reports;
    /// Members of a checkpoint's set whose signatures were shown later, as the signers in its record.
    mapping(uint64 checkpoint => uint256) private _lateSigners;

    constructor(IRootChain rootChain_, IBonding bonding_) {
        Parameters memory p = rootChain_.parameters();
        rootChain = rootChain_;
        bonding = bonding_;
        _separator = rootChain_.domainSeparator();
        // In the block of the commitment itself a copy could still come first.
        _revealDelay = p.revealDelayBlocks == 0 ? 1 : p.revealDelayBlocks;
        _doubleVoteJail = p.minFinalizationPeriod;
        _downtimeJail = p.epoch;
        _responseWindow = p.responseWindow;
        _maxOriginAgeBlocks = p.maxOriginAgeBlocks;
    }

    // ──────────────────────────────────────────────── proofs ─────────────────────────────────────────────────

    /// @inheritdoc ISlashing
    function commit(bytes32 commitment) external {
        // A39: a copy that comes first commits for the same prover.
        if (committedAt[commitment] != 0) return;
        committedAt[commitment] = block.number;
        emit Committed(commitment);
    }

    /// @inheritdoc ISlashing
    function proveEquivocation(Equivocation calldata evidence, Prover calldata prover) external returns (uint256 slashed) {
        _requireCommitted(keccak256(abi.encode(evidence)), prover);
        (bytes calldata a, bytes calldata b) = (evidence.headerA, evidence.headerB);
        bytes32 hashA = _requireHeader(a);
        bytes32 hashB = _requireHeader(b);
        if (a.checkpoint() != b.checkpoint() || hashA == hashB) revert NoEquivocation();
        if (a.isRenewal(b, _maxOriginAgeBlocks)) revert Renewed();
        address signer = Witnesses.recover(Digests.checkpoint(hashA, _separator), evidence.signatureA);
        address other = Witnesses.recover(Digests.checkpoint(hashB, _separator), evidence.signatureB);
        if (signer != other) revert SignersDiffer(signer, other);

        (uint64 setA, uint64 setB) = (a.validatorSetId(), b.validatorSetId());
        if (!_isIn(setA, signer)) revert NotInSet(signer, setA);
        if (!_isIn(setB, signer)) revert NotInSet(signer, setB);
        return _punish(Offence.Equivocation, signer, setA < setB ? setA : setB, prover.account);
    }

    /// @inheritdoc ISlashing
    function proveDoubleVote(DoubleVote calldata evidence, Prover calldata prover) external returns (uint256 slashed) {
        _requireCommitted(keccak256(abi.encode(evidence)), prover);
        if (!ConsensusVotes.conflict(evidence.a, evidence.b)) revert NoDoubleVote();
        string memory chainId = consensusChainId();
        address signer = ConsensusVotes.voter(evidence.slot, evidence.a, chainId);
        address other = ConsensusVotes.voter(evidence.slot, evidence.b, chainId);
        if (signer != other) revert SignersDiffer(signer, other);

        uint64 setId = _setOf(evidence.header, evidence.slot.height);
        // The engine may still, or already, have been with the neighbouring set.
        if (!_isIn(setId, signer) && !_isIn(setId + 1, signer)) revert NotInSet(signer, setId);
        return _punish(Offence.DoubleVote, signer, setId, prover.account);
    }

    /// The set that the chain had when it decided who votes at `height`, from the accepted checkpoint with that block.
    function _setOf(bytes calldata header, uint64 height) private view returns (uint64) {
        bytes32 hash = _requireHeader(header);
        uint64 number = header.checkpoint();
        if (rootChain.checkpoint(number).headerHash != hash) revert CheckpointNotAccepted(number);
        uint64 deciding = height > ENGINE_DELAY ? height - ENGINE_DELAY : 1;
        (uint64 first, uint64 last) = (header.firstHeight(), header.lastHeight());
        if (deciding < first || deciding > last) revert WrongCheckpoint(first, last, deciding);
        return header.validatorSetId();
    }

    function _punish(Offence offence, address signer, uint64 setId, address prover) private returns (uint256 slashed) {
        address validator = _validatorOf(signer);
        if (_punished[validator][setId][offence]) revert AlreadyPunished(validator, offence, setId);
        _punished[validator][setId][offence] = true;
        bool all = offence == Offence.Equivocation;
        slashed = bonding.slash(validator, setId, all ? EQUIVOCATION_BPS : DOUBLE_VOTE_BPS, prover);
        bonding.jail(validator, all ? FOREVER : uint64(block.timestamp + _doubleVoteJail));
        emit Punished(validator, offence, setId, signer, slashed, prover);
    }

    function _requireCommitted(bytes32 evidence, Prover calldata prover) private view {
        bytes32 commitment = keccak256(abi.encode(evidence, prover.account, prover.salt));
        uint256 committed = committedAt[commitment];
        if (committed == 0 || block.number < committed + _revealDelay) revert NotCommitted(commitment);
    }

    function _requireHeader(bytes calldata header) private view returns (bytes32) {
        bool valid = header.length >= Headers.MIN_LENGTH && header.length == header.lengthOf()
            && header.version() == Headers.VERSION && header.chainId() == _chainId
            && header.rootChain() == address(rootChain);
        if (!valid) revert MalformedHeader();
        return header.hash();
    }

    function _validatorOf(address signer) private view returns (address validator) {
        validator = bonding.validatorOfSigner(signer);
        if (validator == address(0)) revert NotAKey(signer);
    }

    function _isIn(uint64 setId, address signer) private view returns (bool found) {
        (found,) = ValidatorSets.find(rootChain.validatorSet(setId).data, signer);
    }

    // ─────────────────────────────────────────────── downtime ────────────────────────────────────────────────

    /// @inheritdoc ISlashing
    function reportDowntime(address signer, uint64 from) external {
        address validator = _validatorOf(signer);
        Report memory open = _reports[signer];
        if (open.answerBy != 0) revert AlreadyReported(signer);
        uint64 last = rootChain.lastCheckpoint();
        uint64 end = from + downtimeWindow;
        if (from == 0 || from < open.nextFrom || end > last + 1 || end + downtimeWindow <= last + 1) revert WrongWindow(from);
        uint256 missed = _missed(signer, from);
        if (!_isDown(missed)) revert NotDown(missed);
        uint64 answerBy = uint64(block.timestamp + _responseWindow);
        _reports[signer] = Report(from, answerBy, end);
        emit DowntimeReported(validator, signer, from, answerBy);
    }

    /// @inheritdoc ISlashing
    function showSignatures(uint64[] calldata checkpoints, bytes[] calldata signatures) external {
        for (uint256 i; i < checkpoints.length; ++i) {
            uint64 number = checkpoints[i];
            CheckpointRecord memory record = rootChain.checkpoint(number);
            if (record.headerHash == 0) revert CheckpointNotAccepted(number);
            address signer = Witnesses.recover(Digests.checkpoint(record.headerHash, _separator), signatures[i]);
            (bool found, uint256 index) =
                ValidatorSets.find(rootChain.validatorSet(record.validatorSetId).data, signer);
            if (!found) revert NotInSet(signer, record.validatorSetId);
            _lateSigners[number] |= 1 << index;
            emit SignatureShown(number, signer);
        }
    }

    /// @inheritdoc ISlashing
    function concludeDowntime(address signer) external returns (bool jailed) {
        Report memory open = _reports[signer];
        if (open.answerBy == 0) revert NotReported(signer);
        if (block.timestamp <= open.answerBy) revert TimeToAnswer(open.answerBy);
        _reports[signer].answerBy = 0;
        address validator = bonding.validatorOfSigner(signer);
        jailed = _isDown(_missed(signer, open.from));
        if (jailed) bonding.jail(validator, uint64(block.timestamp + _downtimeJail));
        emit DowntimeConcluded(validator, signer, open.from, jailed);
    }

    /// How many checkpoints of a window a key should have signed and did not.
    function _missed(address signer, uint64 from) private view returns (uint256 missed) {
        uint64 setId;
        (bool found, uint256 index) = (false, 0);
        for (uint64 number = from; number < from + downtimeWindow; ++number) {
            CheckpointRecord memory record = rootChain.checkpoint(number);
            if (record.validatorSetId != setId) {
                setId = record.validatorSetId;
                (found, index) = ValidatorSets.find(rootChain.validatorSet(setId).data, signer);
            }
            if (!found || record.signers >> index & 1 == 1) continue;
            if (_lateSigners[number] >> index & 1 == 0) ++missed;
        }
    }

    function _isDown(uint256 missed) private pure returns (bool) {
        return missed + downtimeMinimum > downtimeWindow;
    }

    // ───────────────────────────────────────────────── reads ─────────────────────────────────────────────────

    /// @inheritdoc ISlashing
    function consensusChainId() public view returns (string memory) {
        return string.concat("omg-", LibString.toHexStringNoPrefix(uint160(bytes20(_separator)), 20));
    }

    /// @inheritdoc ISlashing
    function isPunished(address validator, Offence offence, uint64 validatorSetId) external view returns (bool) {
        return _punished[validator][validatorSetId][offence];
    }

    /// @inheritdoc ISlashing
    function report(address signer) external view returns (uint64 from, uint64 answerBy) {
        Report memory open = _reports[signer];
        return open.answerBy == 0 ? (uint64(0), uint64(0)) : (open.from, open.answerBy);
    }
}
