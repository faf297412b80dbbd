// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FeeVotes } from "../../src/FeeVotes.sol";
import { IBonding } from "../../src/interfaces/IBonding.sol";
import { Preference } from "../../src/interfaces/IFeeVotes.sol";
import { Test } from "../foundation/Test.sol";

/// @notice Gas of a vote on fees.
contract FeeVotesGasTest is Test {
    FeeVotes private _votes = new FeeVotes(IBonding(address(0)));

    function test_Gas_SetPreference() public {
        _votes.setPreference(
            Preference({
                payment: [uint64(1000), 1000, 1000, 1000],
                item: [uint64(2000), 2000, 2000, 2000],
                makerBps: [uint16(2), 2, 2],
                takerBps: [uint16(5), 5, 5],
                unitsPerStep: 1_000_000_000,
                steps: 32,
                cancels: 256,
                accepted: 3
            })
        );
    }
}
