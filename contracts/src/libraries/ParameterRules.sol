// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRootChain, Parameters } from "../interfaces/IRootChain.sol";
import { BlockHashes } from "./BlockHashes.sol";

/// @title Parameter rules
/// @notice The inequalities between the parameters on which the safety arguments of PROTOCOL.md rest.
library ParameterRules {
    /// Width of the signer bitmap in a checkpoint's record.
    uint256 internal constant MAX_VALIDATORS = 128;
    uint256 internal constant MAX_FINALIZATION_PERIOD = 365 days;

    /// @notice Reverts with the broken rule.
    function check(Parameters memory p) internal pure {
        uint256 originAge = uint256(p.maxOriginAgeBlocks) * p.secondsPerBlock;
        uint256 revealDelay = uint256(p.revealDelayBlocks) * p.secondsPerBlock;
        uint256 mfp = p.minFinalizationPeriod;

        _require(p.secondsPerBlock > 0, "secondsPerBlock > 0");
        // Times are kept in 32 bits, and an exit may wait for two periods.
        _require(mfp <= MAX_FINALIZATION_PERIOD, "minFinalizationPeriod <= 365 days");
        _require(p.epoch > 0, "epoch > 0");
        _require(p.maxOriginAgeBlocks > 0, "maxOriginAgeBlocks > 0");
        _require(p.maxOriginAgeBlocks <= BlockHashes.HISTORY_BLOCKS, "maxOriginAgeBlocks <= 8191 (EIP-2935)");
        // A7: an exit that a late settlement converts is still senior to whatever the settlement was signed against.
        _require(
            uint256(p.maxSeasoning) + p.conversionWindow + p.responseWindow + originAge <= mfp,
            "maxSeasoning + conversionWindow + responseWindow + maxOriginAge <= minFinalizationPeriod"
        );
        // A15: what the chain included before it saw an in-flight exit is answered in the first half of it.
        _require(2 * originAge < mfp, "2 * maxOriginAge < minFinalizationPeriod");
        _require(2 * uint256(p.responseWindow) < mfp, "2 * responseWindow < minFinalizationPeriod");
        _require(p.blobSeasoning <= p.maxSeasoning, "blobSeasoning <= maxSeasoning");
        // I10: nothing of a checkpoint is undone after an exit from it was paid.
        _require(p.fraudWindow < mfp, "fraudWindow < minFinalizationPeriod");
        _require(revealDelay < p.fraudWindow, "revealDelay < fraudWindow");
        // A26: whoever signed can be slashed until the last proof about it was possible.
        _require(
            p.unbondingDelay >= 2 * mfp + p.fraudWindow, "unbondingDelay >= 2 * minFinalizationPeriod + fraudWindow"
        );
        _require(p.validatorSetOverlap <= mfp, "validatorSetOverlap <= minFinalizationPeriod");
        // A40: everybody can leave before a new module acts.
        _require(p.quarantine >= 3 * mfp, "quarantine >= 3 * minFinalizationPeriod");
        _require(p.maxValidators > 0 && p.maxValidators <= MAX_VALIDATORS, "0 < maxValidators <= 128");
        _require(p.minBond > 0, "minBond > 0");
        _require(
            p.standardExitBondGas > 0 && p.inFlightExitBondGas > 0 && p.piggybackBondGas > 0 && p.bondBaseFeeFloor > 0,
            "bonds > 0"
        );
    }

    function _require(bool holds, string memory rule) private pure {
        if (!holds) revert IRootChain.InvalidParameters(rule);
    }
}
