// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { HeaderFields } from "../foundation/Network.sol";
import { SlashingNetwork } from "../slashing/SlashingNetwork.sol";

/// @notice Proofs against one of four validators, and downtime over a window of sixty-four checkpoints.
contract SlashingGasTest is SlashingNetwork {
    ISlashing.Equivocation private _equivocation;
    ISlashing.DoubleVote private _doubleVote;

    function setUp() public override {
        super.setUp();
        uint256[] memory others = new uint256[](3);
        (others[0], others[1], others[2]) = (keys[1], keys[2], keys[3]);
        HeaderFields memory header;
        for (uint256 i; i < slashing.downtimeWindow(); ++i) {
            header = nextHeader();
            rootChain.submitCheckpoint(encode(header), signatures(header, others));
            vm.roll(vm.getBlockNumber() + 1);
        }
        _equivocation = equivocation(keys[0]);
        _doubleVote = doubleVote(keys[0], header);
        commitTo(_equivocation, prover);
        commitTo(_doubleVote, prover);
    }

    function test_Gas_Commit() public {
        slashing.commit(keccak256("commitment"));
    }

    function test_Gas_ProveEquivocation() public {
        ISlashing.Equivocation memory evidence = _equivocation;
        slashing.proveEquivocation(evidence, ISlashing.Prover(prover, SALT));
    }

    function test_Gas_ProveDoubleVote() public {
        ISlashing.DoubleVote memory evidence = _doubleVote;
        slashing.proveDoubleVote(evidence, ISlashing.Prover(prover, SALT));
    }

    function test_Gas_ReportDowntime() public {
        slashing.reportDowntime(first, 1);
    }
}
