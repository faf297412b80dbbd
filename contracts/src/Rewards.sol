// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { Address } from "@openzeppelin/contracts/utils/Address.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import { IBonding } from "./interfaces/IBonding.sol";
import { Creator, Delegation, Inclusion } from "./interfaces/IExitGame.sol";
import { Exit, ExitState, IExitQueue } from "./interfaces/IExitQueue.sol";
import { CheckpointRecord, IRootChain, ValidatorSet } from "./interfaces/IRootChain.sol";
import { IRewards } from "./interfaces/IRewards.sol";
import { IStandardExits } from "./interfaces/IStandardExits.sol";
import { IFungibleVault } from "./interfaces/IVault.sol";
import { Headers } from "./libraries/Headers.sol";
import { Tallies } from "./libraries/Tallies.sol";
import { ValidatorSets } from "./libraries/ValidatorSets.sol";

/// @title Rewards
/// @notice See IRewards.
/// @dev A set's income is divided once, and sets in order, so a claim needs no list of what was paid, only how far. Who has which share of a set
/// is Bonding's history, so nothing has to be told here when stake moves.
contract Rewards is IRewards, ReentrancyGuardTransient {
    using Headers for bytes;
    using SafeERC20 for IERC20;
    using Tallies for mapping(uint256 pair => uint256);
    using Tallies for uint256[];

    struct Tally {
        uint64 counted;
        /// The next checkpoint to look through; 0 before the first.
        uint64 next;
        mapping(uint256 pair => uint256) planes;
    }

    address private constant BURNT = 0x000000000000000000000000000000000000dEaD;
    uint256 private constant BPS = 10_000;
    uint256 private constant INSURANCE_BPS = 1000;
    uint256 private constant BURNT_BPS = 1000;

    IRootChain public immutable rootChain;
    IBonding public immutable bonding;
    IStandardExits public immutable standardExits;
    IExitQueue public immutable queue;
    IFungibleVault public immutable ethVault;
    IFungibleVault public immutable erc20Vault;
    IERC20 public immutable omg;
    /// @notice Where the insurance's part goes.
    address public immutable insurance;

    /// After a set has ended, how long its coins may still be collected for it. Later ones are income of a later set.
    uint256 private immutable _grace;

    mapping(bytes32 exitId => Collection) private _collections;
    /// @inheritdoc IRewards
    mapping(address token => mapping(uint64 validatorSetId => uint256)) public pending;
    /// @inheritdoc IRewards
    mapping(address token => mapping(uint64 validatorSetId => uint256)) public incomeOf;
    /// @inheritdoc IRewards
    mapping(address token => mapping(uint64 validatorSetId => mapping(address validator => uint256))) public allotted;
    /// @inheritdoc IRewards
    mapping(address token => uint64) public dividedUpTo;
    /// @inheritdoc IRewards
    mapping(address token => uint256) public carried;
    /// @inheritdoc IRewards
    mapping(address token => uint256) public insured;
    /// @inheritdoc IRewards
    mapping(address payer => uint256) public bondsOf;

    mapping(uint64 validatorSetId => Tally) private _tallies;
    mapping(address token => mapping(address validator => mapping(address delegator => uint64))) private _claimed;
    /// What of a token's balance is known: all of it after every fetch.
    mapping(address token => uint256) private _held;
    /// What of that has arrived and is no set's income yet.
    mapping(address token => uint256) private _unassigned;
    /// ETH that is bonds, in one slot because the exit game pays with little gas: all that came back, and what of it is not `bondsOf` anybody yet.
    uint128 private _bonds;
    uint128 private _strayBonds;

    constructor(
        IRootChain rootChain_,
        IBonding bonding_,
        IStandardExits standardExits_,
        IFungibleVault ethVault_,
        IFungibleVault erc20Vault_,
        IERC20 omg_,
        address insurance_
    ) {
        if (insurance_ == address(0)) revert AddressIsZero();
        rootChain = rootChain_;
        bonding = bonding_;
        standardExits = standardExits_;
        queue = standardExits_.queue();
        ethVault = ethVault_;
        erc20Vault = erc20Vault_;
        omg = omg_;
        insurance = insurance_;
        _grace = rootChain_.parameters().epoch;
    }

    // ──────────────────────────────────────────────── income ─────────────────────────────────────────────────

    /// @inheritdoc IRewards
    function collect(Creator calldata creator, Inclusion calldata inclusion)
        external
        payable
        nonReentrant
        returns (bytes32 exitId)
    {
        Delegation memory own;
        exitId = standardExits.startExit{ value: msg.value }(creator, inclusion, own);
        if (_collections[exitId].payer != address(0)) revert NotSwept(exitId);
        Exit memory started = queue.exit(exitId);
        if (started.item) revert NotACoin(exitId);
        // The exit game has checked that the header is the one of an accepted checkpoint; a deposit has none.
        uint64 setId = inclusion.header.length < Headers.MIN_LENGTH
            ? rootChain.currentValidatorSetId()
            : inclusion.header.validatorSetId();
        setId = _undivided(started.token, setId);
        ++pending[started.token][setId];
        _collections[exitId] = Collection(msg.sender, uint96(msg.value), setId);
        emit Collected(exitId, setId, started.token, started.amount, msg.sender);
    }

    /// Coins that are collected too late for their own set are income of the first one that is still open.
    function _undivided(address token, uint64 setId) private view returns (uint64) {
        uint64 current = rootChain.currentValidatorSetId();
        uint64 first = dividedUpTo[token] + 1;
        if (setId < first) setId = first;
        while (setId < current && block.timestamp > _divisibleAt(setId)) ++setId;
        return setId;
    }

    /// @inheritdoc IRewards
    function sweep(bytes32 exitId) external nonReentrant returns (uint256 amount) {
        Collection memory found = _collections[exitId];
        if (found.payer == address(0)) revert NotCollected(exitId);
        Exit memory over = queue.exit(exitId);
        if (over.state == ExitState.Open) revert ExitStillOpen(exitId);
        delete _collections[exitId];
        --pending[over.token][found.validatorSetId];
        if (over.state == ExitState.Paid) {
            _fetch(over.token);
            uint256 arrived = _unassigned[over.token];
            // Less, if the token takes a fee on its way.
            amount = over.amount < arrived ? over.amount : arrived;
            _unassigned[over.token] = arrived - amount;
            incomeOf[over.token][found.validatorSetId] += amount;
        }
        _returnBond(exitId, found, over);
        emit Swept(exitId, found.validatorSetId, over.token, amount);
    }

    /// Takes the whole credit out of the vault, unless somebody has done it for us.
    function _fetch(address token) private {
        IFungibleVault vault = token == address(0) ? ethVault : erc20Vault;
        if (vault.creditOf(address(this), token) != 0) vault.withdraw(token, address(this));
        uint256 balance =
            token == address(0) ? address(this).balance - _bonds : IERC20(token).balanceOf(address(this));
        _unassigned[token] += balance - _held[token];
        _held[token] = balance;
    }

    function _returnBond(bytes32 exitId, Collection memory found, Exit memory over) private {
        if (over.bond != 0) {
            bytes32[] memory ids = new bytes32[](1);
            ids[0] = exitId;
            // Half of a lost bond is burnt and half the challenger's; then nothing comes back.
            standardExits.withdrawBonds(ids);
        } else if (over.state != ExitState.Paid) {
            // Somebody else has fetched it. Only of an exit that was paid it is certain that the bond came here.
            return;
        }
        uint128 back = _strayBonds < found.bond ? _strayBonds : found.bond;
        if (back == 0) return;
        _strayBonds -= back;
        bondsOf[found.payer] += back;
        emit BondReturned(found.payer, back);
    }

    receive() external payable {
        if (msg.sender == address(ethVault)) return;
        if (msg.sender != address(standardExits)) revert UnexpectedPayment(msg.sender);
        _bonds += uint128(msg.value);
        _strayBonds += uint128(msg.value);
    }

    // ───────────────────────────────────────────── participation ─────────────────────────────────────────────

    /// @inheritdoc IRewards
    function tally(uint64 validatorSetId, uint64 from, uint64 to) external {
        ValidatorSet memory set = _requireSet(validatorSetId);
        Tally storage found = _tallies[validatorSetId];
        bool begins = found.next == 0 ? _isBefore(from, set.publishedAt) : from == found.next;
        if (!begins || from > to || to > rootChain.lastCheckpoint()) revert WrongRange(from, to);

        uint64 counted = found.counted;
        uint256[] memory planes = found.planes.load(counted);
        for (uint64 number = from; number <= to; ++number) {
            CheckpointRecord memory record = rootChain.checkpoint(number);
            if (record.validatorSetId != validatorSetId) continue;
            planes.add(record.signers);
            ++counted;
        }
        found.planes.store(planes, counted);
        (found.counted, found.next) = (counted, to + 1);
        emit Tallied(validatorSetId, from, to, counted);
    }

    /// No checkpoint before this one is of a set that was published then.
    function _isBefore(uint64 number, uint64 publishedAt) private view returns (bool) {
        if (number <= 1) return number == 1;
        return rootChain.checkpoint(number - 1).acceptedAt < publishedAt;
    }

    /// Every checkpoint that the set may have signed was looked through.
    function _isTallied(uint64 validatorSetId, ValidatorSet memory set) private view returns (bool) {
        uint64 last = rootChain.lastCheckpoint();
        uint64 next = _tallies[validatorSetId].next;
        // None was accepted since it was published.
        if (next == 0) return rootChain.checkpoint(last).acceptedAt < set.publishedAt;
        return next > last || rootChain.checkpoint(next).acceptedAt > set.validUntil;
    }

    // ──────────────────────────────────────────────── division ───────────────────────────────────────────────

    /// @inheritdoc IRewards
    function divide(address token, uint64 upTo) external nonReentrant {
        uint64 setId = dividedUpTo[token];
        if (upTo <= setId) revert AlreadyDivided(upTo);
        for (++setId; setId <= upTo; ++setId) {
            _divide(token, setId);
        }
        dividedUpTo[token] = upTo;
    }

    function _divide(address token, uint64 setId) private {
        ValidatorSet memory set = _requireSet(setId);
        uint256 divisibleAt = _divisibleAt(setId);
        if (block.timestamp <= divisibleAt) revert TooEarly(divisibleAt);
        if (pending[token][setId] != 0) revert ExitsPending(setId, pending[token][setId]);
        uint256 income = incomeOf[token][setId];
        // What is carried waits for the next income.
        if (income == 0) return;
        uint256 before = carried[token];
        if (!_isTallied(setId, set)) revert NotTallied(setId);

        // What was carried has paid its tenths already.
        uint256 safe = income * INSURANCE_BPS / BPS;
        uint256 burnt = income * BURNT_BPS / BPS;
        uint256 stakers = income + before - safe - burnt;
        uint256 left = stakers - _allot(token, setId, set.data, stakers);
        delete incomeOf[token][setId];
        carried[token] = left;
        if (token != address(omg)) (safe, burnt) = (safe + burnt, 0);
        insured[token] += safe;
        emit Divided(token, setId, stakers - left, safe, burnt, left);
        if (burnt != 0) _pay(token, BURNT, burnt);
    }

    /// @return given The sum of what was given, each part rounded down.
    function _allot(address token, uint64 setId, address data, uint256 amount) private returns (uint256 given) {
        uint256[] memory words = ValidatorSets.read(data);
        (uint256[] memory weights, uint256 total) = _weights(setId, words);
        for (uint256 i; i < words.length; ++i) {
            uint256 part = amount * weights[i] / total;
            if (part == 0) continue;
            (address signer,) = ValidatorSets.unpack(words[i]);
            address validator = bonding.validatorOfSigner(signer);
            allotted[token][setId][validator] = part;
            given += part;
            emit Allotted(token, setId, validator, part);
        }
    }

    /// Power times checkpoints signed; power alone if there was none to sign.
    function _weights(uint64 setId, uint256[] memory words)
        private
        view
        returns (uint256[] memory weights, uint256 total)
    {
        uint256 counted = _tallies[setId].counted;
        uint256[] memory planes = _tallies[setId].planes.load(counted);
        weights = new uint256[](words.length);
        for (uint256 i; i < words.length; ++i) {
            weights[i] = uint96(words[i]) * (counted == 0 ? 1 : planes.countOf(i));
            total += weights[i];
        }
    }

    // ─────────────────────────────────────────────── payments ────────────────────────────────────────────────

    /// @inheritdoc IRewards
    function claim(address validator, address token, uint64 upTo, address recipient)
        external
        nonReentrant
        returns (uint256 amount)
    {
        if (recipient == address(0)) revert AddressIsZero();
        uint64 last;
        (amount, last) = _earned(validator, msg.sender, token, upTo);
        if (amount == 0) revert NothingToClaim();
        _claimed[token][validator][msg.sender] = last;
        emit Claimed(validator, msg.sender, token, last, amount);
        _pay(token, recipient, amount);
    }

    /// @inheritdoc IRewards
    function payInsurance(address token) external nonReentrant returns (uint256 amount) {
        amount = insured[token];
        if (amount == 0) revert NothingToClaim();
        delete insured[token];
        emit InsurancePaid(token, amount);
        _pay(token, insurance, amount);
    }

    /// @inheritdoc IRewards
    function withdrawBond(address recipient) external nonReentrant returns (uint256 amount) {
        amount = bondsOf[msg.sender];
        if (amount == 0) revert NothingToClaim();
        delete bondsOf[msg.sender];
        _bonds -= uint128(amount);
        Address.sendValue(payable(recipient), amount);
    }

    function _pay(address token, address recipient, uint256 amount) private {
        _held[token] -= amount;
        if (token == address(0)) Address.sendValue(payable(recipient), amount);
        else IERC20(token).safeTransfer(recipient, amount);
    }

    function _earned(address validator, address delegator, address token, uint64 upTo)
        private
        view
        returns (uint256 amount, uint64 last)
    {
        last = dividedUpTo[token];
        if (upTo < last) last = upTo;
        uint64 setId = _claimed[token][validator][delegator] + 1;
        uint64 first = bonding.firstSetOf(validator, delegator);
        if (setId < first) setId = first;
        if (first == 0) return (0, last);
        for (; setId <= last; ++setId) {
            uint256 all = allotted[token][setId][validator];
            if (all == 0) continue;
            (uint256 shares, uint16 commissionBps) = bonding.poolAt(validator, setId);
            uint256 commission = all * commissionBps / BPS;
            amount += (all - commission) * bonding.sharesAt(validator, delegator, setId) / shares;
            if (delegator == validator) amount += commission;
        }
    }

    // ───────────────────────────────────────────────── reads ─────────────────────────────────────────────────

    function _requireSet(uint64 validatorSetId) private view returns (ValidatorSet memory set) {
        set = rootChain.validatorSet(validatorSetId);
        if (set.publishedAt == 0) revert UnknownSet(validatorSetId);
    }

    function _divisibleAt(uint64 setId) private view returns (uint256) {
        return rootChain.validatorSet(setId).validUntil + _grace;
    }

    /// @inheritdoc IRewards
    function earned(address validator, address delegator, address token, uint64 upTo)
        external
        view
        returns (uint256 amount)
    {
        (amount,) = _earned(validator, delegator, token, upTo);
    }

    /// @inheritdoc IRewards
    function claimedUpTo(address validator, address delegator, address token) external view returns (uint64) {
        return _claimed[token][validator][delegator];
    }

    /// @inheritdoc IRewards
    function tallied(uint64 validatorSetId) external view returns (uint64 counted, uint64 next) {
        Tally storage found = _tallies[validatorSetId];
        return (found.counted, found.next);
    }

    /// @inheritdoc IRewards
    function participation(uint64 validatorSetId) external view returns (uint256[] memory signed) {
        Tally storage found = _tallies[validatorSetId];
        uint256[] memory planes = found.planes.load(found.counted);
        address data = _requireSet(validatorSetId).data;
        signed = new uint256[](ValidatorSets.read(data).length);
        for (uint256 i; i < signed.length; ++i) {
            signed[i] = planes.countOf(i);
        }
    }

    /// @inheritdoc IRewards
    function collection(bytes32 exitId) external view returns (Collection memory) {
        return _collections[exitId];
    }
}
