// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { LibSort } from "solady/utils/LibSort.sol";

import { IBonding } from "./interfaces/IBonding.sol";
import { IRootChain, Parameters } from "./interfaces/IRootChain.sol";
import { Digests } from "./libraries/Digests.sol";
import { ValidatorSets } from "./libraries/ValidatorSets.sol";
import { Witnesses } from "./libraries/Witnesses.sol";

/// @title Bonding
/// @notice See IBonding.
/// @dev Power is the bond in OMG wei. A signing key names one validator for ever, so that a signature found later can be charged
/// to whoever bonded for it, also after the key was changed or the bond is on its way out. One account has one key at a time and no
/// two accounts have the same, so no key stands in a set twice.
contract Bonding is IBonding {
    using SafeERC20 for IERC20;

    IRootChain public immutable rootChain;
    IERC20 public immutable omg;

    uint256 private immutable _minBond;
    uint256 private immutable _maxValidators;
    uint256 private immutable _epoch;
    uint256 private immutable _unbondingDelay;
    bytes32 private immutable _separator;

    mapping(address account => Validator) private _validatorOf;
    address[] private _validators;
    /// Place in `_validators`, from 1.
    mapping(address account => uint256) private _placeOf;
    /// @inheritdoc IBonding
    mapping(address signer => address account) public validatorOfSigner;

    /// Whether the next set would differ from the current one.
    bool private _changed;
    uint256 private _unbondings;
    mapping(uint256 id => Unbonding) private _unbondingOf;

    constructor(IRootChain rootChain_, IERC20 omg_) {
        Parameters memory p = rootChain_.parameters();
        rootChain = rootChain_;
        omg = omg_;
        _minBond = p.minBond;
        _maxValidators = p.maxValidators;
        _epoch = p.epoch;
        _unbondingDelay = p.unbondingDelay;
        _separator = rootChain_.domainSeparator();
    }

    // ───────────────────────────────────────────────── bonds ─────────────────────────────────────────────────

    /// @inheritdoc IBonding
    function bond(uint96 amount, address signer, bytes calldata proof) public {
        if (amount == 0) revert AmountIsZero();
        Validator storage validator_ = _validatorOf[msg.sender];
        uint96 newBond = validator_.bond + amount;
        if (newBond < _minBond) revert BondTooSmall(newBond, _minBond);
        if (_placeOf[msg.sender] == 0) _join(msg.sender, signer, proof, newBond);
        validator_.bond = newBond;
        _changed = true;
        emit Bonded(msg.sender, validator_.signer, amount, newBond);
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
        uint96 bonded = _validatorOf[msg.sender].bond;
        if (amount > bonded) revert AmountExceedsBond(amount, bonded);
        uint96 left = bonded - amount;
        if (left != 0 && left < _minBond) revert BondTooSmall(left, _minBond);
        return _startUnbonding(msg.sender, amount);
    }

    /// @inheritdoc IBonding
    function withdraw(uint256 unbondingId, address recipient) external {
        Unbonding memory entry = _unbondingOf[unbondingId];
        if (entry.validator == address(0) || entry.validator != msg.sender) revert UnknownUnbonding(unbondingId);
        uint256 freeAt = withdrawableAt(unbondingId);
        if (freeAt == 0 || block.timestamp < freeAt) revert StillSlashable(freeAt);
        delete _unbondingOf[unbondingId];
        emit Withdrawn(msg.sender, unbondingId, entry.amount, recipient);
        omg.safeTransfer(recipient, entry.amount);
    }

    /// @inheritdoc IBonding
    function setSigner(address signer, bytes calldata proof) external {
        _requireValidator(msg.sender);
        _takeSigner(msg.sender, signer, proof);
        _changed = true;
        emit SignerChanged(msg.sender, signer);
    }

    function _join(address account, address signer, bytes calldata proof, uint96 newBond) private {
        if (_validators.length == _maxValidators) _evictSmallerThan(newBond);
        _validators.push(account);
        _placeOf[account] = _validators.length;
        _takeSigner(account, signer, proof);
    }

    function _takeSigner(address account, address signer, bytes calldata proof) private {
        address owner = validatorOfSigner[signer];
        if (owner != address(0) && owner != account) revert SignerInUse(signer);
        // No signature recovers to zero, so zero is never proven.
        address actual = Witnesses.recover(Digests.signingKey(account, signer, _separator), proof);
        if (actual != signer) revert SignerNotProven(signer, actual);
        validatorOfSigner[signer] = account;
        _validatorOf[account].signer = signer;
    }

    /// A full set makes room for a larger bond: the smallest one starts to unbond.
    function _evictSmallerThan(uint96 newBond) private {
        address smallest = _validators[0];
        for (uint256 i = 1; i < _validators.length; ++i) {
            if (_validatorOf[_validators[i]].bond < _validatorOf[smallest].bond) smallest = _validators[i];
        }
        uint96 smallestBond = _validatorOf[smallest].bond;
        if (newBond <= smallestBond) revert ValidatorSetFull(smallestBond);
        _startUnbonding(smallest, smallestBond);
    }

    function _startUnbonding(address account, uint96 amount) private returns (uint256 unbondingId) {
        Validator storage validator_ = _validatorOf[account];
        validator_.bond -= amount;
        if (validator_.bond == 0) _leave(account);
        _changed = true;
        uint64 current = rootChain.currentValidatorSetId();
        unbondingId = ++_unbondings;
        _unbondingOf[unbondingId] = Unbonding(account, amount, current);
        emit UnbondingStarted(account, unbondingId, amount, current);
    }

    function _leave(address account) private {
        uint256 place = _placeOf[account];
        address last = _validators[_validators.length - 1];
        _validators[place - 1] = last;
        _placeOf[last] = place;
        delete _placeOf[account];
        _validators.pop();
    }

    function _requireValidator(address account) private view {
        if (_placeOf[account] == 0) revert NotAValidator(account);
    }

    // ──────────────────────────────────────────────── sets ───────────────────────────────────────────────────

    /// @inheritdoc IBonding
    function publishValidatorSet() external returns (uint64 id) {
        if (!_changed) revert NothingChanged();
        uint64 current = rootChain.currentValidatorSetId();
        uint256 nextAt = current == 0 ? 0 : rootChain.validatorSet(current).publishedAt + _epoch;
        if (block.timestamp < nextAt) revert EpochNotOver(nextAt);

        (uint256[] memory words, uint256 power) = _packed();
        _changed = false;
        id = rootChain.publishValidatorSet(ValidatorSets.write(words));
        emit ValidatorSetMade(id, words.length, power);
    }

    function _packed() private view returns (uint256[] memory words, uint256 power) {
        words = new uint256[](_validators.length);
        for (uint256 i; i < words.length; ++i) {
            Validator memory found = _validatorOf[_validators[i]];
            words[i] = ValidatorSets.pack(found.signer, found.bond);
            power += found.bond;
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
        return _validatorOf[account];
    }

    /// @inheritdoc IBonding
    function validators() external view returns (address[] memory) {
        return _validators;
    }

    /// @inheritdoc IBonding
    function unbonding(uint256 unbondingId) external view returns (Unbonding memory) {
        return _unbondingOf[unbondingId];
    }

    /// @inheritdoc IBonding
    function withdrawableAt(uint256 unbondingId) public view returns (uint256) {
        Unbonding memory entry = _unbondingOf[unbondingId];
        if (entry.validator == address(0)) return 0;
        uint256 leftAt = rootChain.validatorSet(entry.validatorSetId + 1).publishedAt;
        return leftAt == 0 ? 0 : leftAt + _unbondingDelay;
    }
}
