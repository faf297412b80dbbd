// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Challenge rewards
/// @notice Half of the bond of a challenged exit goes to whoever challenged it, and half is burnt. A challenge can be copied from the mempool (A39). That never hurts the
/// safety of the network, for the copy removes the exit as well, but it takes the reward from the one who found out. So a
/// challenger may announce a challenge by a hash that hides it, and make it a block later: within `claimWindow` the earliest
/// announcement of the evidence takes the reward over, if it was made in the ten minutes before the challenge.
interface IChallengeRewards {
    event ChallengeAnnounced(bytes32 indexed announcement, address indexed challenger);
    /// @notice `challenger` may withdraw the bond of the exit from `payableAt` on, unless an older announcement is shown before.
    event RewardAssigned(bytes32 indexed exitId, address indexed challenger, bytes32 evidence, uint64 payableAt);
    /// @notice A bond was paid back to who put it up, or half of it to the challenger; where that failed it is `owed`.
    event BondPaid(bytes32 indexed exitId, address indexed recipient, uint256 amount);

    error AlreadyAnnounced(bytes32 announcement);
    /// @notice The caller did not announce this evidence before the present holder of the reward did, or the window is over.
    error RewardNotYours(bytes32 exitId);
    error RewardNotPayableYet(uint256 payableAt);
    error NothingToWithdraw(bytes32 exitId);
    error PaymentFailed(address recipient);

    /// @notice Announces a challenge.
    /// @param announcement keccak256(abi.encode(exitId, evidence, caller, salt)), where `evidence` is the hash of the transaction that the
    /// challenge shows, and `salt` 32 random bytes.
    function announceChallenge(bytes32 announcement) external;

    /// @notice Takes over the reward of a challenge that was made after the caller had announced it.
    function claimReward(bytes32 exitId, bytes32 evidence, bytes32 salt) external;

    /// @notice How long after a challenge its reward can be taken over, in seconds.
    function claimWindow() external view returns (uint64);

    /// @notice Pays out the bonds of exits that are over: to who put them up, to the challenger of a challenged exit. Anyone may call it.
    function withdrawBonds(bytes32[] calldata exitIds) external;

    /// @notice What could not be paid to `recipient`, in wei.
    function owed(address recipient) external view returns (uint256);

    /// @notice Pays what the caller is owed to `recipient`.
    function withdrawOwed(address recipient) external;
}
