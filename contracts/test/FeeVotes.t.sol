// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FeeVotes } from "../src/FeeVotes.sol";
import { IBonding } from "../src/interfaces/IBonding.sol";
import { IFeeVotes, Preference } from "../src/interfaces/IFeeVotes.sol";
import { Test } from "./foundation/Test.sol";

contract FeeVotesTest is Test {
    address private constant ALICE = address(0xA11CE);
    address private constant BOB = address(0xB0B);
    uint64 private constant MAX_FEE = (1 << 40) - 1;

    FeeVotes private _votes = new FeeVotes(IBonding(address(0xB0D)));

    function test_Constructor_KnowsTheStake() public {
        vm.assertEq(address(_votes.bonding()), address(0xB0D));
    }

    function test_SetPreference_SaysAndKeepsIt() public {
        Preference memory preference = _usual();
        vm.expectEmit(address(_votes));
        emit IFeeVotes.PreferenceSet(ALICE, preference);
        vm.prank(ALICE);
        _votes.setPreference(preference);
        vm.assertEq(_votes.preferenceHash(ALICE), keccak256(abi.encode(preference)));
        vm.assertEq(_votes.preferenceHash(BOB), bytes32(0));
    }

    function test_SetPreference_ReplacesIt() public {
        Preference memory preference = _usual();
        vm.startPrank(ALICE);
        _votes.setPreference(preference);
        preference.steps = 7;
        _votes.setPreference(preference);
        vm.stopPrank();
        vm.assertEq(_votes.preferenceHash(ALICE), keccak256(abi.encode(preference)));
    }

    function test_ClearPreference() public {
        vm.prank(ALICE);
        _votes.setPreference(_usual());
        vm.expectEmit(address(_votes));
        emit IFeeVotes.PreferenceCleared(ALICE);
        vm.prank(ALICE);
        _votes.clearPreference();
        vm.assertEq(_votes.preferenceHash(ALICE), bytes32(0));
    }

    function test_ClearPreference_RevertWhen_None() public {
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IFeeVotes.NoPreference.selector, BOB));
        _votes.clearPreference();
    }

    /// Every number at each end of its range, and one beyond.
    function test_SetPreference_Edges() public {
        for (uint256 lane; lane < 4; ++lane) {
            Preference memory preference = _usual();
            preference.payment[lane] = 1;
            preference.item[lane] = MAX_FEE;
            _taken(preference);
            preference.payment[lane] = 0;
            _refused(preference, "payment", lane);
            preference.payment[lane] = MAX_FEE + 1;
            _refused(preference, "payment", lane);
            preference.payment[lane] = MAX_FEE;
            preference.item[lane] = 0;
            _refused(preference, "item", lane);
            preference.item[lane] = MAX_FEE + 1;
            _refused(preference, "item", lane);
        }
        for (uint256 tier; tier < 3; ++tier) {
            Preference memory preference = _usual();
            preference.makerBps[tier] = 0;
            preference.takerBps[tier] = 100;
            _taken(preference);
            preference.takerBps[tier] = 101;
            _refused(preference, "takerBps", tier);
            preference.takerBps[tier] = 0;
            preference.makerBps[tier] = 101;
            _refused(preference, "makerBps", tier);
        }
    }

    function test_SetPreference_EdgesOfBudgets() public {
        Preference memory preference = _usual();
        preference.unitsPerStep = 1;
        preference.steps = 65_536;
        preference.cancels = 16;
        _taken(preference);
        preference.cancels = 15;
        _refused(preference, "cancels", 0);
        preference.cancels = 65_537;
        _refused(preference, "cancels", 0);
        preference.cancels = 65_536;
        preference.steps = 65_537;
        _refused(preference, "steps", 0);
        preference.steps = 0;
        _refused(preference, "steps", 0);
        preference.steps = 1;
        preference.unitsPerStep = 0;
        _refused(preference, "unitsPerStep", 0);
        preference.unitsPerStep = 1 << 63;
        _refused(preference, "unitsPerStep", 0);
        preference.unitsPerStep = (1 << 63) - 1;
        _taken(preference);
    }

    function test_SetPreference_EdgesOfLanes() public {
        Preference memory preference = _usual();
        preference.accepted = 15;
        _taken(preference);
        preference.accepted = 0;
        _refused(preference, "accepted", 0);
        preference.accepted = 16;
        _refused(preference, "accepted", 0);
    }

    function testFuzz_SetPreference_TakesWhatIsInRange(Preference memory preference) public {
        bool fits = preference.unitsPerStep > 0 && preference.unitsPerStep < 1 << 63 && preference.steps > 0
            && preference.steps <= 65_536 && preference.cancels >= 16 && preference.cancels <= 65_536
            && preference.accepted > 0 && preference.accepted < 16;
        for (uint256 i; i < 4; ++i) {
            fits = fits && preference.payment[i] > 0 && preference.payment[i] <= MAX_FEE;
            fits = fits && preference.item[i] > 0 && preference.item[i] <= MAX_FEE;
        }
        for (uint256 i; i < 3; ++i) {
            fits = fits && preference.makerBps[i] <= 100 && preference.takerBps[i] <= 100;
        }
        vm.prank(ALICE);
        (bool taken,) = address(_votes).call(abi.encodeCall(IFeeVotes.setPreference, (preference)));
        vm.assertEq(taken, fits);
    }

    /// The fuzzer seldom hits every range at once; here it always does.
    function testFuzz_SetPreference_InRange(Preference memory preference) public {
        for (uint256 i; i < 4; ++i) {
            preference.payment[i] = 1 + preference.payment[i] % MAX_FEE;
            preference.item[i] = 1 + preference.item[i] % MAX_FEE;
        }
        for (uint256 i; i < 3; ++i) {
            preference.makerBps[i] %= 101;
            preference.takerBps[i] %= 101;
        }
        preference.unitsPerStep = 1 + preference.unitsPerStep % ((1 << 63) - 1);
        preference.steps = 1 + preference.steps % 65_536;
        preference.cancels = 16 + preference.cancels % (65_536 - 15);
        preference.accepted = 1 + preference.accepted % 15;
        _taken(preference);
    }

    function _usual() private pure returns (Preference memory) {
        return Preference({
            payment: [uint64(1000), 1000, 1000, 1000],
            item: [uint64(2000), 2000, 2000, 2000],
            makerBps: [uint16(2), 2, 2],
            takerBps: [uint16(5), 5, 5],
            unitsPerStep: 1_000_000_000,
            steps: 32,
            cancels: 256,
            accepted: 3
        });
    }

    function _taken(Preference memory preference) private {
        vm.prank(ALICE);
        _votes.setPreference(preference);
        vm.assertEq(_votes.preferenceHash(ALICE), keccak256(abi.encode(preference)));
    }

    function _refused(Preference memory preference, string memory field, uint256 index) private {
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IFeeVotes.PreferenceOutOfRange.selector, field, index));
        _votes.setPreference(preference);
    }
}
