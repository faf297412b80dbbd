// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBonding } from "./interfaces/IBonding.sol";
import { IFeeVotes, Preference } from "./interfaces/IFeeVotes.sol";

/// @title FeeVotes
/// @notice See IFeeVotes.
/// @dev The ranges are those of packages/stake/src/schedule.ts. Values live in events alone; the hash lets a contract or a light
/// client check what it is told.
contract FeeVotes is IFeeVotes {
    /// 16 signatures at the highest congestion stay far below the 64 bits of a lane.
    uint64 private constant MAX_FEE = (1 << 40) - 1;
    uint16 private constant MAX_BPS = 100;
    uint32 private constant MAX_STEPS = 65_536;
    /// Whoever has an order can take it back, whatever is voted.
    uint32 private constant MIN_CANCELS = 16;
    uint64 private constant MAX_UNITS_PER_STEP = (1 << 63) - 1;
    uint8 private constant ALL_LANES = 15;

    IBonding public immutable bonding;
    /// @inheritdoc IFeeVotes
    mapping(address account => bytes32) public preferenceHash;

    constructor(IBonding bonding_) {
        bonding = bonding_;
    }

    /// @inheritdoc IFeeVotes
    function setPreference(Preference calldata preference) external {
        for (uint256 lane; lane < 4; ++lane) {
            // A30: a flood is never free.
            _require("payment", lane, preference.payment[lane], 1, MAX_FEE);
            _require("item", lane, preference.item[lane], 1, MAX_FEE);
        }
        for (uint256 tier; tier < 3; ++tier) {
            _require("makerBps", tier, preference.makerBps[tier], 0, MAX_BPS);
            _require("takerBps", tier, preference.takerBps[tier], 0, MAX_BPS);
        }
        _require("unitsPerStep", 0, preference.unitsPerStep, 1, MAX_UNITS_PER_STEP);
        _require("steps", 0, preference.steps, 1, MAX_STEPS);
        _require("cancels", 0, preference.cancels, MIN_CANCELS, MAX_STEPS);
        _require("accepted", 0, preference.accepted, 1, ALL_LANES);
        preferenceHash[msg.sender] = keccak256(abi.encode(preference));
        emit PreferenceSet(msg.sender, preference);
    }

    /// @inheritdoc IFeeVotes
    function clearPreference() external {
        if (preferenceHash[msg.sender] == 0) revert NoPreference(msg.sender);
        delete preferenceHash[msg.sender];
        emit PreferenceCleared(msg.sender);
    }

    function _require(string memory field, uint256 index, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert PreferenceOutOfRange(field, index);
    }
}
