// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBonding } from "./IBonding.sol";

/// @notice What a staker wants the fees of the chain to be. Lanes are those of `RootChain.feeTokens`, a lane without a token has no
/// effect; market classes are `Tier` of IMarkets: bonded, guarded, safe.
struct Preference {
    /// Least fee of one signature of a payment, per lane, in lane units: 1 to 2^40 - 1.
    uint64[4] payment;
    /// The same where an item moves.
    uint64[4] item;
    /// Trading fee of orders that stood through an earlier batch, per market class, in hundredths of a percent: at most 100.
    uint16[3] makerBps;
    /// Of orders in their first batch.
    uint16[3] takerBps;
    /// Lane units of live orders that allow an owner one step of instructions more: 1 to 2^63 - 1.
    uint64 unitsPerStep;
    /// Steps of instructions that an owner has in a block for placing and amending: 1 to 65,536.
    uint32 steps;
    /// Steps that take orders back: 16 to 65,536.
    uint32 cancels;
    /// Bit `i`: the fee of a payment may be paid in the token of lane `i`. At least one, and no bit beyond the lanes.
    uint8 accepted;
}

/// @title FeeVotes
/// @notice Standing preferences of stakers about fees. Whoever has one votes with her stake in every epoch until she changes it: a
/// validator for all stake behind her, except that of delegators who have a preference of their own. The chain reads the events
/// up to the origin of a block, takes the stake-weighted median of each number, and moves a bounded step towards it in each epoch
/// (docs/fees.md). Nothing here weighs stake, so a preference without any is harmless; nothing here can touch a coin.
interface IFeeVotes {
    event PreferenceSet(address indexed account, Preference preference);
    event PreferenceCleared(address indexed account);

    /// @notice A number is outside its range. `field` names it, as in `Preference`; `index` is its place there, 0 for a single one.
    error PreferenceOutOfRange(string field, uint256 index);
    /// @notice There is none to clear.
    error NoPreference(address account);

    /// @notice Sets the preference of the caller, or replaces it.
    function setPreference(Preference calldata preference) external;

    /// @notice The caller says nothing any more: a delegator follows her validator again, a validator's stake votes for what is.
    function clearPreference() external;

    /// @notice keccak256 of the ABI encoding of the preference that an account has; zero without one.
    function preferenceHash(address account) external view returns (bytes32);

    /// @notice Where the stake is that preferences weigh.
    function bonding() external view returns (IBonding);
}
