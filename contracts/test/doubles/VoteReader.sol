// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ConsensusVotes, Vote, VoteSlot } from "../../src/libraries/ConsensusVotes.sol";

/// @notice The library as external functions, because it reads calldata.
contract VoteReader {
    function signBytes(VoteSlot calldata slot, Vote calldata vote, string calldata chainId)
        external
        pure
        returns (bytes memory)
    {
        return ConsensusVotes.signBytes(slot, vote, chainId);
    }

    function voter(VoteSlot calldata slot, Vote calldata vote, string calldata chainId) external pure returns (address) {
        return ConsensusVotes.voter(slot, vote, chainId);
    }

    function conflict(Vote calldata a, Vote calldata b) external pure returns (bool) {
        return ConsensusVotes.conflict(a, b);
    }
}
