// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { LibSort } from "solady/utils/LibSort.sol";

import { IBonding } from "./interfaces/IBonding.sol";
import { IRootChain } from "./interfaces/IRootChain.sol";
import { Digests } from "./libraries/Digests.sol";
import { StakePools } from "./libraries/StakePools.sol";
import { ValidatorSets } from "./libraries/ValidatorSets.sol";
import { Witnesses } from "./libraries/Witnesses.sol";
import { Delegations } from "./staking/Delegations.sol";

/// @title Bonding
/// @notice See IBonding.
/// @dev Power is the stake in OMG wei. A signing key names one validator for ever, so that a signature found later can be charged
/// to whoever bonded for it, also after the key was changed or the bond is on its way out. One account has one key at a time and no
/// two accounts have the same, so no key stands in a set twice.
contract Bonding is Delegations {
    using SafeERC20 for IERC20;
    using StakePools for StakePools.Pool;

    uint16 public constant MAX_COMMISSION_BPS = 5000;
    /// By how much the commission may rise in an epoch, once anybody else has delegated.
    uint16 public constant MAX_COMMISSION_RISE_BPS = 100;
    uint256 public constant MAX_DESCRIPTION_BYTES = 512;
    /// Epochs after which a set is published again though nothing changed.
    uint256 public constant RENEWAL_EPOCHS = 7;

    /// @notice The contract that judges offences.
    address public immutable slashing;

    uint256 private immutable _maxValidators;
    uint256 private immutable _epoch;
    bytes32 private immutable _separator;

    address[] private _validators;
    /// @inheritdoc IBonding
    mapping(address signer => address account) public validatorOfSigner;

    /// @param slashing_ May be deployed later, at an address that the deployer's nonce determines: contracts/DEPLOYMENT.md.
    constructor(IRootChain rootChain_, IERC20 omg_, address slashing_, address insurance_)
        Delegations(rootChain_, omg_, insurance_, rootChain_.parameters())
    {
        slashing = slashing_;
        _maxValidators = rootChain_.parameters().maxValidators;
        _epoch = rootChain_.parameters().epoch;
        _separator = rootChain_.domainSeparator();
    }

    // ─────────────────────────────────────────────── own bonds ───────────────────────────────────────────────

    /// @inheritdoc IBonding
    function bond(uint96 amount, address signer, bytes calldata proof) public {
        Record storage record = _records[msg.sender];
        _stake(msg.sender, msg.sender, amount);
        uint96 newBond = _ownBond(msg.sender);
        if (newBond < _minBond) revert BondTooSmall(newBond, _minBond);
        if (record.place == 0 && record.jailedUntil == 0) {
            _join(msg.sender);
            _takeSigner(msg.sender, signer, proof);
        }
        emit Bonded(msg.sender, record.signer, amount, record.pool.tokens);
        omg.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IBonding
    function bondWithPermit(
        uint96 amount,
        address signer,
        bytes calldata proof,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        // A39: whoever copies the permit from the mempool and spends it first leaves an allowance that does as well.
        try IERC20Permit(address(omg)).permit(msg.sender, address(this), amount, deadline, v, r, s) { } catch { }
        bond(amount, signer, proof);
    }

    /// @inheritdoc IBonding
    function unbond(uint96 amount) external returns (uint256 unbondingId) {
        if (amount == 0) revert AmountIsZero();
        _requireValidator(msg.sender);
        StakePools.Pool storage pool_ = _records[msg.sender].pool;
        uint256 shares = pool_.sharesOf(msg.sender);
        uint96 bonded = pool_.toTokens(shares);
        if (amount > bonded) revert AmountExceedsBond(amount, bonded);
        // All of it is all shares, whatever they round to.
        return _startUnbonding(msg.sender, msg.sender, amount == bonded ? shares : pool_.sharesFor(amount));
    }

    // ─────────────────────────────────────────────── validators ──────────────────────────────────────────────

    /// @inheritdoc IBonding
    function join(address validator_) external {
        Record storage record = _records[validator_];
        _requireValidator(validator_);
        if (record.place != 0) revert AlreadyJoined(validator_);
        if (record.jailedUntil != 0) revert IsJailed(validator_, record.jailedUntil);
        uint96 own = _ownBond(validator_);
        if (own < _minBond) revert BondTooSmall(own, _minBond);
        _join(validator_);
    }

    /// @inheritdoc IBonding
    function setSigner(address signer, bytes calldata proof) external {
        _requireValidator(msg.sender);
        _takeSigner(msg.sender, signer, proof);
        _changed = true;
        emit SignerChanged(msg.sender, signer);
    }

    /// @inheritdoc IBonding
    function setCommission(uint16 bps) external {
        _requireValidator(msg.sender);
        Record storage record = _records[msg.sender];
        StakePools.Totals memory totals = record.pool.totals();
        uint16 highest = MAX_COMMISSION_BPS;
        bool delegated = totals.shares != record.pool.sharesOf(msg.sender);
        if (delegated && bps > totals.commissionBps) {
            if (totals.commissionBps + MAX_COMMISSION_RISE_BPS < highest) {
                highest = totals.commissionBps + MAX_COMMISSION_RISE_BPS;
            }
            uint256 nextAt = record.commissionRaisedAt + _epoch;
            if (block.timestamp < nextAt) revert CommissionRaisedAt(nextAt);
        }
        if (bps > highest) revert CommissionTooHigh(bps, highest);
        if (bps > totals.commissionBps) record.commissionRaisedAt = uint40(block.timestamp);
        (, uint64 next) = _sets();
        record.pool.setCommission(bps, next);
        _changed = true;
        emit CommissionSet(msg.sender, bps);
    }

    /// @inheritdoc IBonding
    function describe(string calldata description) external {
        _requireValidator(msg.sender);
        uint256 length = bytes(description).length;
        if (length > MAX_DESCRIPTION_BYTES) revert DescriptionTooLong(length, MAX_DESCRIPTION_BYTES);
        emit Described(msg.sender, description);
    }

    /// @inheritdoc IBonding
    function unjail() external {
        Record storage record = _records[msg.sender];
        uint64 until = record.jailedUntil;
        if (until == 0) revert NotJailed(msg.sender);
        if (block.timestamp < until) revert IsJailed(msg.sender, until);
        record.jailedUntil = 0;
        emit Unjailed(msg.sender);
        if (_ownBond(msg.sender) < _minBond) return;
        (bool full, address smallest) = _fullOf();
        if (!full || _stakeOf(msg.sender) > _stakeOf(smallest)) _join(msg.sender);
    }

    /// A full set makes room for a larger one: the smallest leaves it.
    function _join(address account) private {
        (bool full, address smallest) = _fullOf();
        if (full) {
            uint96 least = _stakeOf(smallest);
            if (_stakeOf(account) <= least) revert ValidatorSetFull(least);
            _leave(smallest);
        }
        _validators.push(account);
        _records[account].place = uint16(_validators.length);
        _changed = true;
        emit Joined(account);
    }

    function _leave(address account) internal override {
        uint16 place = _records[account].place;
        address last = _validators[_validators.length - 1];
        _validators[place - 1] = last;
        _records[last].place = place;
        _records[account].place = 0;
        _validators.pop();
        _changed = true;
        emit Left(account);
    }

    /// @return full Whether there is no place left, and then who has the smallest stake.
    function _fullOf() private view returns (bool full, address smallest) {
        full = _validators.length == _maxValidators;
        if (!full) return (full, smallest);
        smallest = _validators[0];
        for (uint256 i = 1; i < _validators.length; ++i) {
            if (_stakeOf(_validators[i]) < _stakeOf(smallest)) smallest = _validators[i];
        }
    }

    function _takeSigner(address account, address signer, bytes calldata proof) private {
        address owner = validatorOfSigner[signer];
        if (owner != address(0) && owner != account) revert SignerInUse(signer);
        // No signature recovers to zero, so zero is never proven.
        address actual = Witnesses.recover(Digests.signingKey(account, signer, _separator), proof);
        if (actual != signer) revert SignerNotProven(signer, actual);
        validatorOfSigner[signer] = account;
        _records[account].signer = signer;
        emit SignerProven(account, signer, proof);
    }

    function _stakeOf(address account) private view returns (uint96) {
        return _records[account].pool.tokens;
    }

    function _requireValidator(address account) private view {
        if (_records[account].signer == address(0)) revert NotAValidator(account);
    }

    // ──────────────────────────────────────────────── slashing ───────────────────────────────────────────────

    modifier onlySlashing() {
        if (msg.sender != slashing) revert NotSlashing(msg.sender);
        _;
    }

    /// @inheritdoc IBonding
    function slash(address validator_, uint64 validatorSetId, uint16 bps, address prover)
        external
        onlySlashing
        returns (uint256 slashed)
    {
        _requireValidator(validator_);
        if (bps == 0 || bps > StakePools.BPS) revert InvalidFraction(bps);
        return _slash(validator_, validatorSetId, bps, prover);
    }

    /// @inheritdoc IBonding
    function jail(address validator_, uint64 until) external onlySlashing {
        _requireValidator(validator_);
        if (until <= block.timestamp) revert InvalidTerm(until);
        Record storage record = _records[validator_];
        // A term in course is never made shorter.
        if (until > record.jailedUntil) record.jailedUntil = until;
        if (record.place != 0) _leave(validator_);
        emit Jailed(validator_, record.jailedUntil);
    }

    // ────────────────────────────────────────────────── sets ─────────────────────────────────────────────────

    /// @inheritdoc IBonding
    function publishValidatorSet() external returns (uint64 id) {
        uint64 current = rootChain.currentValidatorSetId();
        uint256 publishedAt = rootChain.validatorSet(current).publishedAt;
        if (!_changed && (current == 0 || block.timestamp < publishedAt + RENEWAL_EPOCHS * _epoch)) {
            revert NothingChanged();
        }
        uint256 nextAt = current == 0 ? 0 : publishedAt + _epoch;
        if (block.timestamp < nextAt) revert EpochNotOver(nextAt);

        (uint256[] memory words, uint256 power) = _packed();
        _changed = false;
        id = rootChain.publishValidatorSet(ValidatorSets.write(words));
        emit ValidatorSetMade(id, words.length, power);
    }

    function _packed() private view returns (uint256[] memory words, uint256 power) {
        words = new uint256[](_validators.length);
        for (uint256 i; i < words.length; ++i) {
            Record storage found = _records[_validators[i]];
            uint96 stake = found.pool.tokens;
            words[i] = ValidatorSets.pack(found.signer, stake);
            power += stake;
        }
        LibSort.sort(words);
    }

    /// @inheritdoc IBonding
    function validatorsOf(uint64 id) external view returns (Validator[] memory members) {
        address data = rootChain.validatorSet(id).data;
        if (data == address(0)) return members;
        uint256[] memory words = ValidatorSets.read(data);
        members = new Validator[](words.length);
        for (uint256 i; i < words.length; ++i) {
            (members[i].signer, members[i].bond) = ValidatorSets.unpack(words[i]);
        }
    }

    /// @inheritdoc IBonding
    function validator(address account) external view returns (Validator memory) {
        return Validator(_records[account].signer, _stakeOf(account));
    }

    /// @inheritdoc IBonding
    function validators() external view returns (address[] memory) {
        return _validators;
    }
}
