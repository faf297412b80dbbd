// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { Campaign } from "../foundation/Campaign.sol";
import { HeaderFields } from "../foundation/Network.sol";
import { SlashingNetwork } from "../slashing/SlashingNetwork.sol";

/// @notice Two honest validators, two who sign whatever pays, submitters who leave signatures out, sets that change, and provers of everything that
/// was ever signed: in any order. The honest ones answer a report before it is concluded, and lose nothing whatever happens.
contract SlashingInvariants is SlashingNetwork, Campaign {
    uint256 private constant HONEST = 2;

    HeaderFields[] private _accepted;
    /// Signatures of the honest validators: one for each accepted checkpoint.
    bytes[][HONEST] private _signatures;
    mapping(bytes32 punishment => uint256) private _punishments;
    bool private _twice;

    /// The first honest one was left out of a whole window before anything else happens: whoever reports her is answered.
    function setUp() public override {
        super.setUp();
        for (uint256 i; i < 4; ++i) {
            actCheckpoints(i, 0);
        }
        slashing.reportDowntime(first, 1);
        vm.assertEq(rootChain.lastCheckpoint(), 70);
    }

    function acts() internal view override returns (bytes memory) {
        return bytes.concat(
            this.actCheckpoints.selector,
            this.actPublish.selector,
            this.actEquivocate.selector,
            this.actDoubleVote.selector,
            this.actAccuseTheHonest.selector,
            this.actReport.selector,
            this.actReturn.selector
        );
    }

    // ─────────────────────────────────────────────────── acts ──────────────────────────────────────────────────

    /// Checkpoints of the current set, from whose signatures the submitter leaves one out: most often that of the first honest one.
    function actCheckpoints(uint256 count, uint256 leftOut) public {
        for (uint256 i; i < 16 + count % 17; ++i) {
            HeaderFields memory header = nextHeader();
            header.txRoot = keccak256(abi.encode(count, i));
            uint256[] memory some = _without(leftOut % 2 == 0 ? 0 : leftOut % 5);
            try rootChain.submitCheckpoint(encode(header), signatures(header, some)) {
                _accepted.push(header);
                for (uint256 j; j < HONEST; ++j) {
                    _signatures[j].push(signed(keys[j], digestOf(header)));
                }
            } catch { }
            vm.roll(vm.getBlockNumber() + 1);
        }
    }

    function actPublish(uint256 time) external {
        skip(1 days + time % 5 days);
        try bonding.publishValidatorSet() { } catch { }
    }

    function actEquivocate(uint256 who, uint256 seed) external {
        uint256 key = keys[HONEST + who % 2];
        HeaderFields memory a = nextHeader();
        HeaderFields memory b = nextHeader();
        a.txRoot = keccak256(abi.encode(seed));
        if (seed % 3 == 0 && b.validatorSetId > 1) b.validatorSetId -= 1;
        ISlashing.Equivocation memory evidence = evidenceOf(a, key, b, key);
        commitTo(evidence, vm.addr(key));
        try slashing.proveEquivocation(evidence, ISlashing.Prover(vm.addr(key), SALT)) {
            uint64 setId = a.validatorSetId < b.validatorSetId ? a.validatorSetId : b.validatorSetId;
            _note(vm.addr(key), ISlashing.Offence.Equivocation, setId);
        } catch { }
    }

    function actDoubleVote(uint256 who, uint256 which) external {
        if (_accepted.length == 0) return;
        uint256 key = keys[HONEST + who % 2];
        HeaderFields memory header = _accepted[which % _accepted.length];
        ISlashing.DoubleVote memory evidence = doubleVote(key, header);
        commitTo(evidence, vm.addr(key));
        try slashing.proveDoubleVote(evidence, ISlashing.Prover(vm.addr(key), SALT)) {
            _note(vm.addr(key), ISlashing.Offence.DoubleVote, header.validatorSetId);
        } catch { }
    }

    /// Any two things that an honest validator signed, and a header of her number that a thief made.
    function actAccuseTheHonest(uint256 who, uint256 first_, uint256 second, bool forge) external {
        if (_accepted.length == 0) return;
        bytes[] storage all = _signatures[who % HONEST];
        (uint256 i, uint256 j) = (first_ % _accepted.length, second % _accepted.length);
        HeaderFields memory other = _accepted[forge ? i : j];
        if (forge) other.txRoot = ~other.txRoot;
        ISlashing.Equivocation memory evidence =
            ISlashing.Equivocation(encode(_accepted[i]), all[i], encode(other), all[j]);
        commitTo(evidence, prover);
        try slashing.proveEquivocation(evidence, ISlashing.Prover(prover, SALT)) { } catch { }
    }

    /// Reports whoever was left out; an honest one answers with what she signed.
    function actReport(uint256 who, uint256 from) external {
        uint256 i = who % 4;
        address signer = vm.addr(keys[i]);
        uint64 last = rootChain.lastCheckpoint();
        if (last < 64) return;
        from = last - 63 - from % (last < 127 ? last - 63 : 64);
        try slashing.reportDowntime(signer, uint64(from)) { } catch { }
        (uint64 reported,) = slashing.report(signer);
        if (reported == 0) return;
        if (i < HONEST) _answer(i, reported);
        skip(2 days + 1);
        try slashing.concludeDowntime(signer) { } catch { }
    }

    /// Who was jailed comes back.
    function actReturn(uint256 who) external {
        vm.prank(vm.addr(keys[who % 4]));
        try bonding.unjail() { } catch { }
    }

    // ──────────────────────────────────────────────── invariants ───────────────────────────────────────────────

    /// forge-config: default.invariant.runs = 10
    /// forge-config: long.invariant.runs = 100
    function invariant_I11_I13_OnlyOffendersLose_AndOncePerSet() public view {
        for (uint256 i; i < HONEST; ++i) {
            vm.assertEq(stake(vm.addr(keys[i])), BOND, "an honest validator lost stake");
            vm.assertEq(jailedUntil(vm.addr(keys[i])), 0, "an honest validator was jailed");
        }
        for (uint256 i = HONEST; i < 4; ++i) {
            address offender = vm.addr(keys[i]);
            uint256 left = stake(offender) + bonding.owed(offender);
            vm.assertLe(left, BOND, "an offender gained");
            if (stake(offender) < BOND) vm.assertLt(left, BOND, "an offence paid");
        }
        vm.assertFalse(_twice, "an offence was punished twice in a set");
        vm.assertEq(bonding.owed(prover), 0, "somebody was paid for accusing the honest");
    }

    function _answer(uint256 i, uint64 from) private {
        (uint64[] memory numbers, bytes[] memory shown) = (new uint64[](64), new bytes[](64));
        for (uint64 k; k < 64; ++k) {
            numbers[k] = from + k;
            shown[k] = _signatures[i][from + k - 1];
        }
        slashing.showSignatures(numbers, shown);
    }

    function _note(address validator, ISlashing.Offence offence, uint64 setId) private {
        bytes32 punishment = keccak256(abi.encode(validator, offence, setId));
        if (++_punishments[punishment] > 1) _twice = true;
    }

    /// All keys but one; all of them for 4.
    function _without(uint256 index) private view returns (uint256[] memory some) {
        if (index >= keys.length) return keys;
        some = new uint256[](keys.length - 1);
        for (uint256 i; i < some.length; ++i) {
            some[i] = keys[i < index ? i : i + 1];
        }
    }
}
