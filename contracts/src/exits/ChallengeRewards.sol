// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IChallengeRewards } from "../interfaces/IChallengeRewards.sol";

/// @title Challenge rewards
/// @notice See IChallengeRewards.
abstract contract ChallengeRewards is IChallengeRewards {
    struct Reward {
        address challenger;
        /// When the challenge was made.
        uint32 challengedAt;
        /// Since when the challenger has it: when he challenged, or announced to.
        uint32 since;
        /// First bits of the hash of what was shown. An announcement is made before anybody knows them, so 32 cannot be guessed.
        uint32 evidence;
    }

    /// How long before a challenge an announcement of it may have been made, in seconds: nobody announces a challenge of her own exit once
    /// and for ever (A28).
    uint256 private constant ANNOUNCEMENT_LIFE = 10 minutes;
    /// What a recipient may use. More, or a refusal, and the bond waits for her instead (A29).
    uint256 private constant PAYMENT_GAS = 50_000;

    /// @inheritdoc IChallengeRewards
    uint64 public immutable claimWindow;
    /// @inheritdoc IChallengeRewards
    mapping(address recipient => uint256) public owed;

    mapping(bytes32 exitId => Reward) private _rewards;
    mapping(bytes32 announcement => uint256) private _announcedAt;
    /// Who put up the bond, where it was not the owner.
    mapping(bytes32 exitId => address) private _payers;

    constructor(uint64 claimWindow_) {
        claimWindow = claimWindow_;
    }

    /// @inheritdoc IChallengeRewards
    function announceChallenge(bytes32 announcement) external {
        if (_announcedAt[announcement] != 0) revert AlreadyAnnounced(announcement);
        _announcedAt[announcement] = block.timestamp;
        emit ChallengeAnnounced(announcement, msg.sender);
    }

    /// @inheritdoc IChallengeRewards
    function claimReward(bytes32 exitId, bytes32 evidence, bytes32 salt) external {
        Reward memory reward = _rewards[exitId];
        uint256 announcedAt = _announcedAt[keccak256(abi.encode(exitId, evidence, msg.sender, salt))];
        bool earlier = announcedAt < reward.since && announcedAt + ANNOUNCEMENT_LIFE >= reward.challengedAt;
        bool open = block.timestamp < uint256(reward.challengedAt) + claimWindow;
        if (!earlier || !open || reward.evidence != _prefix(evidence)) revert RewardNotYours(exitId);
        (reward.challenger, reward.since) = (msg.sender, uint32(announcedAt));
        _rewards[exitId] = reward;
        emit RewardAssigned(exitId, msg.sender, evidence, reward.challengedAt + claimWindow);
    }

    /// @inheritdoc IChallengeRewards
    function withdrawBonds(bytes32[] calldata exitIds) external {
        for (uint256 i; i < exitIds.length; ++i) {
            bytes32 exitId = exitIds[i];
            (address owner, uint256 bond) = _closeBond(exitId);
            if (bond == 0) revert NothingToWithdraw(exitId);
            (address recipient, bool lost) = _recipientOf(exitId, owner);
            // A39: half of a lost bond is burnt, or whoever challenges herself would risk nothing.
            if (lost) _pay(address(0), bond / 2);
            if (lost) bond -= bond / 2;
            emit BondPaid(exitId, recipient, bond);
            _pay(recipient, bond);
        }
    }

    /// @inheritdoc IChallengeRewards
    function withdrawOwed(address recipient) external {
        uint256 amount = owed[msg.sender];
        owed[msg.sender] = 0;
        (bool paid,) = recipient.call{ value: amount }("");
        if (!paid) revert PaymentFailed(recipient);
    }

    /// Whoever cannot receive keeps nobody waiting.
    function _pay(address recipient, uint256 amount) private {
        (bool paid,) = recipient.call{ value: amount, gas: PAYMENT_GAS }("");
        if (!paid) owed[recipient] += amount;
    }

    /// Notes who shows that an exit is wrong: the first one.
    function _assignReward(bytes32 exitId, bytes32 evidence) internal {
        if (_rewards[exitId].challenger != address(0)) return;
        uint32 time = uint32(block.timestamp);
        _rewards[exitId] = Reward(msg.sender, time, time, _prefix(evidence));
        emit RewardAssigned(exitId, msg.sender, evidence, time + claimWindow);
    }

    /// The reward of an exit that turned out to be right.
    function _revokeReward(bytes32 exitId) internal {
        delete _rewards[exitId];
    }

    function _notePayer(bytes32 exitId, address owner) internal {
        if (msg.sender != owner) _payers[exitId] = msg.sender;
    }

    /// Takes the bond of an exit of this game that is over.
    /// @return owner Whose it is unless somebody else put it up or challenged.
    function _closeBond(bytes32 exitId) internal virtual returns (address owner, uint256 bond);

    function _recipientOf(bytes32 exitId, address owner) private returns (address recipient, bool lost) {
        Reward memory reward = _rewards[exitId];
        address payer = _payers[exitId];
        if (payer != address(0)) delete _payers[exitId];
        if (reward.challenger == address(0)) return (payer == address(0) ? owner : payer, false);
        uint256 payableAt = uint256(reward.challengedAt) + claimWindow;
        if (block.timestamp < payableAt) revert RewardNotPayableYet(payableAt);
        delete _rewards[exitId];
        return (reward.challenger, true);
    }

    function _prefix(bytes32 evidence) private pure returns (uint32) {
        return uint32(bytes4(evidence));
    }
}
