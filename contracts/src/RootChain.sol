// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    CheckpointRecord,
    DepositRecord,
    FeeToken,
    IRootChain,
    Module,
    ModuleKind,
    Parameters,
    ValidatorSet
} from "./interfaces/IRootChain.sol";
import { Anchor } from "./libraries/Anchor.sol";
import { BlockHashes } from "./libraries/BlockHashes.sol";
import { Codec, Output } from "./libraries/Codec.sol";
import { Digests } from "./libraries/Digests.sol";
import { Headers } from "./libraries/Headers.sol";
import { ParameterRules } from "./libraries/ParameterRules.sol";
import { Positions } from "./libraries/Positions.sol";
import { ValidatorSets } from "./libraries/ValidatorSets.sol";

/// @title Root chain
/// @notice See IRootChain.
contract RootChain is IRootChain {
    using Headers for bytes;

    uint8 private constant FLAG_BLOB = 1;
    uint8 private constant FLAG_PAUSE = 2;
    uint256 private constant PAUSE_BIT = uint256(FLAG_PAUSE) << 96;
    uint256 private constant MAX_LANES = 4;

    /// A checkpoint: two slots.
    struct StoredCheckpoint {
        bytes32 headerHash;
        /// `acceptedAt u32 | origin u32 | lastNonDA u32 | flags u2 | validatorSetId u30 | signers u128`, from the lowest bit: so it lasts until
        /// 2106, like the times of exits, and for 2^30 sets.
        uint256 facts;
    }

    /// A validator set: one slot, because every checkpoint reads it.
    struct StoredValidatorSet {
        address data;
        uint48 publishedAt;
        uint48 validUntil;
    }

    /// @inheritdoc IRootChain
    address public immutable bonding;
    /// @inheritdoc IRootChain
    address public immutable governor;
    /// @inheritdoc IRootChain
    bytes32 public immutable domainSeparator;

    uint64 private immutable _chainId = uint64(block.chainid);
    uint256 private immutable _maxOriginAgeBlocks;
    /// The same in seconds.
    uint256 private immutable _maxOriginAge;
    uint256 private immutable _quarantine;
    uint256 private immutable _validatorSetOverlap;

    Anchor private _anchor;
    Parameters private _parameters;
    FeeToken[] private _feeTokens;
    mapping(uint64 number => StoredCheckpoint) private _checkpoints;
    /// When Ethereum took the last checkpoint before a long pause, by the origin of those that came after it.
    mapping(uint64 origin => uint64 time) private _pausedSince;
    /// `index u64 | number u64 | block number u64 | time u64`, from the lowest bit.
    mapping(bytes32 outputId => uint256) private _deposits;
    mapping(uint64 id => StoredValidatorSet) private _validatorSets;
    /// @inheritdoc IRootChain
    uint64 public currentValidatorSetId;
    mapping(address account => Module) private _modules;

    /// @param bonding_ The contract of the validators' bonds. Like the modules it may be deployed after this one, at an address
    /// that the deployer's nonce determines: contracts/DEPLOYMENT.md.
    /// @param vaults Vaults that act at once.
    /// @param exitGames Exit games that act at once.
    constructor(
        Parameters memory parameters_,
        FeeToken[] memory feeTokens_,
        address bonding_,
        address governor_,
        address[] memory vaults,
        address[] memory exitGames
    ) {
        ParameterRules.check(parameters_);
        _parameters = parameters_;
        _maxOriginAgeBlocks = parameters_.maxOriginAgeBlocks;
        _maxOriginAge = uint256(parameters_.maxOriginAgeBlocks) * parameters_.secondsPerBlock;
        _quarantine = parameters_.quarantine;
        _validatorSetOverlap = parameters_.validatorSetOverlap;
        _setFeeTokens(feeTokens_);

        bonding = bonding_;
        governor = governor_;
        domainSeparator = Digests.domainSeparator(block.chainid, address(this));

        for (uint256 i; i < vaults.length; ++i) {
            _register(vaults[i], ModuleKind.Vault, uint64(block.timestamp));
        }
        for (uint256 i; i < exitGames.length; ++i) {
            _register(exitGames[i], ModuleKind.ExitGame, uint64(block.timestamp));
        }
    }

    // ───────────────────────────────────────────────── inbox ─────────────────────────────────────────────────

    /// @inheritdoc IRootChain
    function recordDeposit(uint8 outputType, bytes32 guard, address token, uint128 amount)
        external
        returns (bytes32 outputId)
    {
        if (!isVault(msg.sender)) revert NotAVault(msg.sender);
        _requireDepositOutput(outputType, guard, token, amount);

        Anchor anchor = _anchor;
        uint64 index = anchor.inboxCount();
        anchor = anchor.afterDeposit();
        _anchor = anchor;

        // The deposit sorts right after the last checkpoint, so it is older than anything a later one can mint (A1).
        uint64 number = anchor.depositNumber();
        outputId = Digests.depositId(Output(outputType, guard, token, amount), Positions.make(number, 0, 0));
        _deposits[outputId] = index | (uint256(number) << 64) | (block.number << 128) | (block.timestamp << 192);
        emit Deposited(outputId, guard, index, number, outputType, token, amount);
    }

    /// A COIN or an ITEM of an owner, as docs/encoding.md allows it.
    function _requireDepositOutput(uint8 outputType, bytes32 guard, address token, uint128 amount) private pure {
        bool valid = outputType == Codec.TYPE_COIN ? amount != 0 : outputType == Codec.TYPE_ITEM && token != address(0);
        if (!valid || guard == 0 || uint256(guard) > type(uint160).max) revert InvalidOutput();
    }

    // ────────────────────────────────────────────── checkpoints ──────────────────────────────────────────────

    /// @inheritdoc IRootChain
    function submitCheckpoint(bytes calldata header, bytes calldata signatures) external {
        Anchor anchor = _anchor;
        uint64 number = anchor.lastCheckpoint() + 1;
        _requireNext(header, number);
        _requireOrigin(header, anchor.lastOrigin());
        _requireCursor(header, anchor);
        uint64 lastNonDA = _requireData(header) ? anchor.lastNonDA() : number;
        bool paused = _notePause(anchor, header.origin());
        _anchor = anchor.afterCheckpoint(number, header.origin(), header.inboxCursor(), lastNonDA)
            .accepted(block.timestamp, paused);

        bytes32 headerHash = header.hash();
        uint128 signers = _requireSigned(header.validatorSetId(), headerHash, signatures);
        _checkpoints[number] = StoredCheckpoint(headerHash, _factsOf(header, lastNonDA, signers) | (paused ? PAUSE_BIT : 0));
        _announce(header, headerHash, signers, lastNonDA);
    }

    /// R7: while Ethereum takes no checkpoint nobody can know that a payment was given up (A17). So a pause kills nothing that was alive when it
    /// began, and what waited through it counts, with whatever later origin the validators have signed it again.
    /// @return Whether the origin is the first behind a pause.
    function _notePause(Anchor anchor, uint64 origin) private returns (bool) {
        if (origin == anchor.lastOrigin()) return anchor.paused();
        if (block.timestamp <= anchor.acceptedAt() + _maxOriginAge) return false;
        _pausedSince[origin] = uint64(anchor.acceptedAt());
        return true;
    }

    function _factsOf(bytes calldata header, uint64 lastNonDA, uint128 signers) private view returns (uint256) {
        uint256 flags = lastNonDA == header.checkpoint() ? 0 : FLAG_BLOB;
        return uint32(block.timestamp) | (uint256(header.origin()) << 32) | (uint256(lastNonDA) << 64) | (flags << 96)
            | (uint256(header.validatorSetId()) << 98) | (uint256(signers) << 128);
    }

    function _announce(bytes calldata header, bytes32 headerHash, uint128 signers, uint64 lastNonDA) private {
        emit CheckpointAccepted(
            header.checkpoint(),
            headerHash,
            header.origin(),
            header.inboxCursor(),
            header.validatorSetId(),
            signers,
            lastNonDA
        );
    }

    /// The header is one of this chain and extends the last checkpoint.
    function _requireNext(bytes calldata header, uint64 number) private view {
        if (header.length != header.lengthOf()) revert HeaderLength(header.lengthOf(), header.length);
        if (header.version() != Headers.VERSION) revert HeaderVersion(header.version());
        if (header.chainId() != _chainId || header.rootChain() != address(this)) {
            revert WrongChain(header.chainId(), header.rootChain());
        }
        if (header.checkpoint() != number) revert WrongNumber(number, header.checkpoint());
        bytes32 parent = _checkpoints[number - 1].headerHash;
        if (header.parentHash() != parent) revert WrongParent(parent, header.parentHash());
    }

    /// R4: the origin never goes back, is at most M blocks old, and is a block of this fork (A12, A19).
    function _requireOrigin(bytes calldata header, uint256 lastOrigin) private view {
        uint64 origin = header.origin();
        uint256 oldest = block.number > _maxOriginAgeBlocks ? block.number - _maxOriginAgeBlocks : 0;
        uint256 lowest = lastOrigin > oldest ? lastOrigin : oldest;
        if (origin < lowest || origin >= block.number) {
            revert OriginOutOfRange(uint64(lowest), uint64(block.number - 1), origin);
        }
        bytes32 blockHash = BlockHashes.hashOf(origin);
        if (blockHash == 0 || header.originHash() != blockHash) revert WrongOriginHash(blockHash, header.originHash());
    }

    function _requireCursor(bytes calldata header, Anchor anchor) private pure {
        uint64 cursor = header.inboxCursor();
        if (cursor < anchor.inboxCursor() || cursor > anchor.inboxCount()) {
            revert InboxCursorOutOfRange(anchor.inboxCursor(), anchor.inboxCount(), cursor);
        }
    }

    /// Blob mode: blob `i` of this transaction is the one that the header commits to. Its content is proven by F11.
    function _requireData(bytes calldata header) private view returns (bool blobs) {
        uint8 mode = header.dataMode();
        if (mode > Headers.BLOB) revert UnknownDataMode(mode);
        blobs = mode == Headers.BLOB;
        uint256 count = header.dataCommitmentCount();
        for (uint256 i; i < count; ++i) {
            if (!blobs || header.dataCommitment(i) != blobhash(i)) revert WrongDataCommitment(i);
        }
    }

    /// R4: more than two thirds of the power of a set that may sign now.
    function _requireSigned(uint64 setId, bytes32 headerHash, bytes calldata signatures)
        private
        view
        returns (uint128)
    {
        StoredValidatorSet storage set = _validatorSets[setId];
        if (block.timestamp > set.validUntil) revert ValidatorSetNotValid(setId);
        bytes32 digest = Digests.checkpoint(headerHash, domainSeparator);
        (uint256 signers, uint256 signed, uint256 total) = ValidatorSets.verify(set.data, digest, signatures);
        if (signed * 3 <= total * 2) revert NotEnoughPower(signed, total);
        return uint128(signers);
    }

    /// @inheritdoc IRootChain
    function publishValidatorSet(address data) external returns (uint64 id) {
        if (msg.sender != bonding) revert NotBonding(msg.sender);
        id = ++currentValidatorSetId;
        _validatorSets[id] = StoredValidatorSet(data, uint48(block.timestamp), type(uint48).max);
        if (id > 1) _validatorSets[id - 1].validUntil = uint48(block.timestamp + _validatorSetOverlap);
        emit ValidatorSetPublished(id, data);
    }

    /// @inheritdoc IRootChain
    function validatorSet(uint64 id) external view returns (ValidatorSet memory) {
        StoredValidatorSet memory stored = _validatorSets[id];
        return ValidatorSet(stored.data, stored.publishedAt, stored.validUntil);
    }

    /// @inheritdoc IRootChain
    function checkpoint(uint64 number) external view returns (CheckpointRecord memory) {
        StoredCheckpoint storage stored = _checkpoints[number];
        uint256 facts = stored.facts;
        return CheckpointRecord({
            headerHash: stored.headerHash,
            acceptedAt: uint32(facts),
            origin: uint32(facts >> 32),
            lastNonDA: uint32(facts >> 64),
            flags: uint8((facts >> 96) & (FLAG_BLOB | FLAG_PAUSE)),
            validatorSetId: uint32(facts >> 98) & type(uint32).max >> 2,
            signers: uint128(facts >> 128),
            timelyFrom: facts & PAUSE_BIT == 0 ? uint32(facts) : _pausedSince[uint32(facts >> 32)]
        });
    }

    /// @inheritdoc IRootChain
    function lastCheckpoint() external view returns (uint64) {
        return _anchor.lastCheckpoint();
    }

    /// @inheritdoc IRootChain
    function depositRecord(bytes32 outputId) external view returns (DepositRecord memory) {
        uint256 word = _deposits[outputId];
        return DepositRecord(uint64(word), uint64(word >> 64), uint64(word >> 128), uint64(word >> 192));
    }

    /// @inheritdoc IRootChain
    function inbox() external view returns (uint64 count, uint64 cursor) {
        return (_anchor.inboxCount(), _anchor.inboxCursor());
    }

    // ──────────────────────────────────────── parameters and modules ─────────────────────────────────────────

    /// @inheritdoc IRootChain
    function registerModule(address account, ModuleKind kind) external {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _register(account, kind, uint64(block.timestamp + _quarantine));
    }

    function _register(address account, ModuleKind kind, uint64 activeFrom) private {
        if (account == address(0) || kind == ModuleKind.None) revert InvalidModule();
        if (_modules[account].kind != ModuleKind.None) revert ModuleAlreadyRegistered(account);
        _modules[account] = Module(kind, activeFrom);
        emit ModuleRegistered(account, kind, activeFrom);
    }

    /// @inheritdoc IRootChain
    function module(address account) external view returns (Module memory) {
        return _modules[account];
    }

    /// @inheritdoc IRootChain
    function isExitGame(address account) public view returns (bool) {
        return _isActive(account, ModuleKind.ExitGame);
    }

    /// @inheritdoc IRootChain
    function isVault(address account) public view returns (bool) {
        return _isActive(account, ModuleKind.Vault);
    }

    function _isActive(address account, ModuleKind kind) private view returns (bool) {
        Module storage found = _modules[account];
        return found.kind == kind && found.activeFrom <= block.timestamp;
    }

    function _setFeeTokens(FeeToken[] memory tokens) private {
        if (tokens.length > MAX_LANES) revert InvalidFeeTokens();
        for (uint256 lane; lane < tokens.length; ++lane) {
            if (tokens[lane].unit == 0) revert InvalidFeeTokens();
            for (uint256 other; other < lane; ++other) {
                if (tokens[other].token == tokens[lane].token) revert InvalidFeeTokens();
            }
            _feeTokens.push(tokens[lane]);
        }
    }

    /// @inheritdoc IRootChain
    function feeTokens() external view returns (FeeToken[] memory) {
        return _feeTokens;
    }

    /// @inheritdoc IRootChain
    function parameters() external view returns (Parameters memory) {
        return _parameters;
    }
}
