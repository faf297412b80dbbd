// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import { IBonding } from "../interfaces/IBonding.sol";
import { IRootChain, Parameters } from "../interfaces/IRootChain.sol";
import { StakePools } from "../libraries/StakePools.sol";
import { UnbondingPools } from "../libraries/UnbondingPools.sol";

/// @title Delegations
/// @notice The stake of everybody: who has which shares of which validator's pool, what is on its way out, what has moved, and what
/// it all loses when a validator is slashed. See IBonding.
abstract contract Delegations is IBonding {
    using SafeERC20 for IERC20;
    using StakePools for StakePools.Pool;
    using UnbondingPools for UnbondingPools.Pool;
    using UnbondingPools for UnbondingPools.Pool[];

    struct Slash {
        uint64 setId;
        uint16 bps;
        address prover;
    }

    struct Record {
        address signer;
        /// Until when she is jailed; 0 if she is not.
        uint64 jailedUntil;
        /// Place in `_validators`, from 1; 0 if she is not among them.
        uint16 place;
        /// When the commission was last raised.
        uint40 commissionRaisedAt;
        StakePools.Pool pool;
        UnbondingPools.Pool[] unbonding;
        /// For stake that moved elsewhere, which learns of a slash when it is looked at.
        Slash[] slashes;
    }

    /// One person's part of an unbonding pool.
    struct Entry {
        address delegator;
        uint96 shares;
        address validator;
        uint64 index;
    }

    struct Moved {
        address from;
        uint64 setId;
        /// How many slashes of the former validator are accounted for.
        uint32 seen;
        uint32 era;
        uint128 shares;
    }

    address private constant BURNT = 0x000000000000000000000000000000000000dEaD;
    uint256 private constant PROVER_BPS = 500;
    uint256 private constant INSURANCE_BPS = 4500;

    IRootChain public immutable rootChain;
    IERC20 public immutable omg;
    /// @notice Where the insurance's part of slashed stake goes.
    address public immutable insurance;

    uint256 internal immutable _minBond;
    uint256 private immutable _unbondingDelay;

    mapping(address account => Record) internal _records;
    /// Whether the next set may differ from the current one.
    bool internal _changed;
    uint256 private _unbondings;
    mapping(uint256 id => Entry) private _entries;
    mapping(address validator => mapping(address delegator => Moved)) private _moved;
    /// @inheritdoc IBonding
    mapping(address receiver => uint256) public owed;

    constructor(IRootChain rootChain_, IERC20 omg_, address insurance_, Parameters memory p) {
        if (insurance_ == address(0)) revert AddressIsZero();
        rootChain = rootChain_;
        omg = omg_;
        insurance = insurance_;
        _minBond = p.minBond;
        _unbondingDelay = p.unbondingDelay;
    }

    // ─────────────────────────────────────────────── delegators ──────────────────────────────────────────────

    /// @inheritdoc IBonding
    function delegate(address validator_, uint96 amount) external {
        _delegate(msg.sender, validator_, amount);
    }

    /// @inheritdoc IBonding
    function delegateFor(address delegator, address validator_, uint96 amount) external {
        if (delegator == address(0)) revert AddressIsZero();
        _delegate(delegator, validator_, amount);
    }

    function _delegate(address delegator, address validator_, uint96 amount) private {
        _requireOpen(validator_);
        _stake(validator_, delegator, amount);
        omg.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IBonding
    function undelegate(address validator_, uint256 shares) external returns (uint256 unbondingId) {
        return _startUnbonding(validator_, msg.sender, shares);
    }

    /// @inheritdoc IBonding
    function redelegate(address from, address to, uint256 shares) external {
        if (from == to) revert SameValidator();
        _requireOpen(to);
        settleRedelegation(to, msg.sender);
        Moved storage moved = _moved[to][msg.sender];
        if (moved.from != address(0)) revert StillLiable(_freeAt(moved.setId));

        uint96 amount = _unstake(from, msg.sender, shares);
        (uint64 current, uint64 next) = _sets();
        StakePools.Pool storage pool_ = _records[to].pool;
        uint256 minted = pool_.mint(msg.sender, amount, next);
        uint32 seen = uint32(_records[from].slashes.length);
        _moved[to][msg.sender] = Moved(from, current, seen, pool_.totals().era, uint128(minted));
        emit Redelegated(from, to, msg.sender, amount, shares, minted);
    }

    /// @inheritdoc IBonding
    function withdraw(uint256 unbondingId, address recipient) external {
        Entry memory entry = _entries[unbondingId];
        if (entry.delegator == address(0) || entry.delegator != msg.sender) revert UnknownUnbonding(unbondingId);
        UnbondingPools.Pool storage pool_ = _records[entry.validator].unbonding[entry.index];
        uint256 freeAt = _freeAt(pool_.setId);
        if (freeAt == 0 || block.timestamp < freeAt) revert StillSlashable(freeAt);
        delete _entries[unbondingId];
        uint96 amount = pool_.leave(entry.shares);
        emit Withdrawn(msg.sender, unbondingId, amount, recipient);
        omg.safeTransfer(recipient, amount);
    }

    /// @inheritdoc IBonding
    /// @dev Whether a proof came before or after somebody looked makes no difference: every slash of a set at or before the move finds it, and until
    /// the last such proof was possible the stake stays in this pool.
    function settleRedelegation(address validator_, address delegator) public {
        Moved memory moved = _moved[validator_][delegator];
        if (moved.from == address(0)) return;
        StakePools.Pool storage pool_ = _records[validator_].pool;
        if (pool_.totals().era != moved.era) moved.shares = 0;
        Slash[] storage slashes = _records[moved.from].slashes;
        uint256 count = slashes.length;
        for (uint256 i = moved.seen; i < count && moved.shares != 0; ++i) {
            Slash memory found = slashes[i];
            if (found.setId > moved.setId) continue;
            moved.shares -= _loseMoved(validator_, delegator, moved, found);
        }
        moved.seen = uint32(count);
        uint256 freeAt = _freeAt(moved.setId);
        bool over = moved.shares == 0 || (freeAt != 0 && block.timestamp >= freeAt);
        if (over) delete _moved[validator_][delegator];
        else _moved[validator_][delegator] = moved;
    }

    function _loseMoved(address validator_, address delegator, Moved memory moved, Slash memory found)
        private
        returns (uint128 shares)
    {
        shares = StakePools.partOf(moved.shares, found.bps);
        (, uint64 next) = _sets();
        uint96 loss = _records[validator_].pool.burn(delegator, shares, next);
        _changed = true;
        emit RedelegationSlashed(moved.from, validator_, delegator, loss, shares);
        // I11: as in `slash`, only what the offender herself loses pays for the proof.
        _divideLoss(loss, delegator == moved.from ? loss : 0, found.prover);
        _afterLoss(validator_);
    }

    // ──────────────────────────────────────────────── changes ────────────────────────────────────────────────

    /// Adds to a pool what the caller of this still has to bring.
    function _stake(address validator_, address delegator, uint96 amount) internal {
        if (amount == 0) revert AmountIsZero();
        (, uint64 next) = _sets();
        uint256 shares = _records[validator_].pool.mint(delegator, amount, next);
        _changed = true;
        emit Delegated(validator_, delegator, amount, shares);
    }

    /// Takes out of a pool what may leave it.
    function _unstake(address validator_, address delegator, uint256 shares) private returns (uint96 amount) {
        settleRedelegation(validator_, delegator);
        StakePools.Pool storage pool_ = _records[validator_].pool;
        Moved storage moved = _moved[validator_][delegator];
        uint256 has = pool_.sharesOf(delegator);
        if (shares > has) revert SharesExceeded(shares, has);
        if (shares > has - moved.shares) revert StillLiable(_freeAt(moved.setId));
        (, uint64 next) = _sets();
        amount = pool_.burn(delegator, shares, next);
        if (amount == 0) revert AmountIsZero();
        _changed = true;
        if (delegator == validator_) _afterUnbonding(validator_);
    }

    function _startUnbonding(address validator_, address delegator, uint256 shares)
        internal
        returns (uint256 unbondingId)
    {
        uint96 amount = _unstake(validator_, delegator, shares);
        (uint64 current,) = _sets();
        uint256 index = _records[validator_].unbonding.enter(current, amount, delegator == validator_);
        unbondingId = ++_unbondings;
        _entries[unbondingId] = Entry(delegator, amount, validator_, uint64(index));
        emit Undelegated(validator_, delegator, unbondingId, amount, shares);
    }

    /// What is left of a validator's own bond must be nothing or at least the minimum.
    function _afterUnbonding(address validator_) private {
        uint96 left = _ownBond(validator_);
        if (left != 0 && left < _minBond) revert BondTooSmall(left, _minBond);
        _afterLoss(validator_);
    }

    /// A validator whose own bond is below the minimum stands in no further set.
    function _afterLoss(address validator_) internal {
        if (_records[validator_].place != 0 && _ownBond(validator_) < _minBond) _leave(validator_);
    }

    function _leave(address validator_) internal virtual;

    // ──────────────────────────────────────────────── slashing ───────────────────────────────────────────────

    /// Takes a part of everything that answers for what a validator signed in a set.
    function _slash(address validator_, uint64 setId, uint16 bps, address prover) internal returns (uint256 slashed) {
        uint256 freeAt = _freeAt(setId);
        bool over = freeAt != 0 && block.timestamp >= freeAt;
        if (setId == 0 || setId > rootChain.currentValidatorSetId() || over) revert NotSlashable(setId);

        _records[validator_].slashes.push(Slash(setId, bps, prover));
        (uint256 fromPool, uint256 ownLoss) = _slashPool(validator_, bps);
        emit Slashed(validator_, setId, bps, fromPool, prover);
        (uint256 fromUnbonding, uint256 ownUnbonding) = _slashUnbonding(validator_, setId, bps);
        slashed = fromPool + fromUnbonding;
        _changed = true;
        _divideLoss(slashed, ownLoss + ownUnbonding, prover);
        _afterLoss(validator_);
    }

    function _slashPool(address validator_, uint16 bps) private returns (uint256 loss, uint256 ownLoss) {
        StakePools.Pool storage pool_ = _records[validator_].pool;
        (uint256 own, uint256 all) = (pool_.sharesOf(validator_), pool_.totals().shares);
        (, uint64 next) = _sets();
        bool emptied;
        (loss, emptied) = pool_.lose(bps, next);
        if (all != 0) ownLoss = loss * own / all;
        if (emptied) emit PoolEmptied(validator_);
    }

    /// From the newest pool back to the set.
    function _slashUnbonding(address validator_, uint64 setId, uint16 bps)
        private
        returns (uint256 slashed, uint256 ownLoss)
    {
        UnbondingPools.Pool[] storage pools = _records[validator_].unbonding;
        for (uint256 i = pools.length; i != 0 && pools[i - 1].setId >= setId; --i) {
            (uint96 loss, uint256 own) = pools[i - 1].lose(bps);
            if (loss == 0) continue;
            slashed += loss;
            ownLoss += own;
            emit UnbondingSlashed(validator_, pools[i - 1].setId, loss);
        }
    }

    /// @param ownLoss What of it the validator herself has lost.
    function _divideLoss(uint256 loss, uint256 ownLoss, address prover) private {
        uint256 reward = loss * PROVER_BPS / StakePools.BPS;
        if (reward > ownLoss / 2) reward = ownLoss / 2;
        if (prover == address(0)) reward = 0;
        uint256 insured = loss * INSURANCE_BPS / StakePools.BPS;
        _owe(prover, reward);
        _owe(insurance, insured);
        if (loss != 0) omg.safeTransfer(BURNT, loss - reward - insured);
    }

    function _owe(address receiver, uint256 amount) private {
        if (amount == 0) return;
        owed[receiver] += amount;
        emit Owed(receiver, amount);
    }

    /// @inheritdoc IBonding
    function payOwed(address receiver) external returns (uint256 amount) {
        amount = owed[receiver];
        if (amount == 0) revert NothingOwed(receiver);
        delete owed[receiver];
        emit OwedPaid(receiver, amount);
        omg.safeTransfer(receiver, amount);
    }

    // ───────────────────────────────────────────────── reads ─────────────────────────────────────────────────

    /// The set that is current, and the one in which a change made now counts.
    function _sets() internal view returns (uint64 current, uint64 next) {
        current = rootChain.currentValidatorSetId();
        next = current + 1;
    }

    /// When stake that left during a set is free: its validator signs with it until the next set is published, and can be proven guilty
    /// for the unbonding delay after that (A26). 0 while that is not known.
    function _freeAt(uint64 setId) internal view returns (uint256) {
        uint256 leftAt = rootChain.validatorSet(setId + 1).publishedAt;
        return leftAt == 0 ? 0 : leftAt + _unbondingDelay;
    }

    function _ownBond(address validator_) internal view returns (uint96) {
        StakePools.Pool storage pool_ = _records[validator_].pool;
        return pool_.toTokens(pool_.sharesOf(validator_));
    }

    /// There is such a validator, and she is not jailed.
    function _requireOpen(address validator_) private view {
        Record storage record = _records[validator_];
        if (record.signer == address(0)) revert NotAValidator(validator_);
        if (record.jailedUntil != 0) revert IsJailed(validator_, record.jailedUntil);
    }

    /// @inheritdoc IBonding
    function pool(address validator_)
        external
        view
        returns (uint96 tokens, uint256 shares, uint96 own, uint16 commissionBps, uint64 jailedUntil)
    {
        Record storage record = _records[validator_];
        StakePools.Totals memory totals = record.pool.totals();
        (tokens, shares, commissionBps) = (record.pool.tokens, totals.shares, totals.commissionBps);
        (own, jailedUntil) = (_ownBond(validator_), record.jailedUntil);
    }

    /// @inheritdoc IBonding
    function sharesOf(address validator_, address delegator) external view returns (uint256) {
        return _records[validator_].pool.sharesOf(delegator);
    }

    /// @inheritdoc IBonding
    function stakeOf(address validator_, address delegator) external view returns (uint96) {
        StakePools.Pool storage pool_ = _records[validator_].pool;
        return pool_.toTokens(pool_.sharesOf(delegator));
    }

    /// @inheritdoc IBonding
    function poolAt(address validator_, uint64 setId) external view returns (uint256 shares, uint16 commissionBps) {
        StakePools.Totals memory totals = _records[validator_].pool.totalsAt(setId);
        return (totals.shares, totals.commissionBps);
    }

    /// @inheritdoc IBonding
    function sharesAt(address validator_, address delegator, uint64 setId) external view returns (uint256) {
        return _records[validator_].pool.sharesAt(delegator, setId);
    }

    /// @inheritdoc IBonding
    function firstSetOf(address validator_, address delegator) external view returns (uint64) {
        return _records[validator_].pool.firstSetOf(delegator);
    }

    /// @inheritdoc IBonding
    function unbonding(uint256 unbondingId) external view returns (Unbonding memory) {
        Entry memory entry = _entries[unbondingId];
        if (entry.delegator == address(0)) return Unbonding(address(0), address(0), 0, 0);
        UnbondingPools.Pool storage pool_ = _records[entry.validator].unbonding[entry.index];
        return Unbonding(entry.delegator, entry.validator, pool_.valueOf(entry.shares), pool_.setId);
    }

    /// @inheritdoc IBonding
    function withdrawableAt(uint256 unbondingId) external view returns (uint256) {
        Entry memory entry = _entries[unbondingId];
        if (entry.delegator == address(0)) return 0;
        return _freeAt(_records[entry.validator].unbonding[entry.index].setId);
    }

    /// @inheritdoc IBonding
    function redelegation(address validator_, address delegator) external view returns (Redelegation memory) {
        Moved memory moved = _moved[validator_][delegator];
        if (moved.from == address(0)) return Redelegation(address(0), 0, 0, 0);
        return Redelegation(moved.from, moved.setId, moved.shares, _freeAt(moved.setId));
    }
}
