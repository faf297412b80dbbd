// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { HeaderFields } from "../foundation/Network.sol";
import { SlashingNetwork } from "./SlashingNetwork.sol";

/// @notice Sixty-four checkpoints are a window, of which a key signs four at least. `first` signs the first `_signs` ones.
contract DowntimeTest is SlashingNetwork {
    uint64 private constant WINDOW = 64;

    function setUp() public override {
        super.setUp();
        vm.assertEq(slashing.downtimeWindow(), WINDOW);
        vm.assertEq(slashing.downtimeMinimum(), 4);
    }

    function test_ReportDowntime_JailsAndTakesNothing() public {
        _checkpoints(WINDOW, 3);
        vm.expectEmit(address(slashing));
        emit ISlashing.DowntimeReported(first, first, 1, uint64(START + 2 days));
        slashing.reportDowntime(first, 1);
        (uint64 from, uint64 answerBy) = slashing.report(first);
        vm.assertEq(from, 1);
        vm.assertEq(answerBy, START + 2 days);

        skip(2 days + 1);
        vm.expectEmit(address(slashing));
        emit ISlashing.DowntimeConcluded(first, first, 1, true);
        vm.assertTrue(slashing.concludeDowntime(first));
        vm.assertEq(stake(first), BOND);
        vm.assertEq(jailedUntil(first), START + 2 days + 1 + 1 days);
        bonding.publishValidatorSet();
        vm.assertEq(bonding.validatorsOf(2).length, 3);
        (from, answerBy) = slashing.report(first);
        vm.assertEq(from, 0);
        vm.assertEq(answerBy, 0);
    }

    function test_ReportDowntime_RevertWhen_EnoughWereSigned() public {
        _checkpoints(WINDOW, 4);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.NotDown.selector, WINDOW - 4));
        slashing.reportDowntime(first, 1);
    }

    /// Submitters may leave signatures out. Whoever signed shows them, and nothing happens to her.
    function test_ShowSignatures_ThatWereLeftOut_EndTheReport() public {
        _checkpoints(WINDOW, 3);
        slashing.reportDowntime(first, 1);
        _show(keys[0], 10);
        skip(2 days + 1);
        vm.expectEmit(address(slashing));
        emit ISlashing.DowntimeConcluded(first, first, 1, false);
        vm.assertFalse(slashing.concludeDowntime(first));
        vm.assertEq(jailedUntil(first), 0);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.NotReported.selector, first));
        slashing.concludeDowntime(first);
    }

    function test_ShowSignatures_BeforeAReport_PreventIt() public {
        _checkpoints(WINDOW, 3);
        // Shown twice it counts once, and one that was in the record counts nothing.
        _show(keys[0], 1);
        _show(keys[0], 10);
        _show(keys[0], 10);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.NotDown.selector, WINDOW - 4));
        slashing.reportDowntime(first, 1);
    }

    function test_ShowSignatures_RevertWhen_NotOfAMemberOrNotAccepted() public {
        _checkpoints(1, 1);
        (, uint256 bobKey) = account("bob");
        (uint64[] memory numbers, bytes[] memory shown) = _signature(bobKey, 1);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.NotInSet.selector, bob, 1));
        slashing.showSignatures(numbers, shown);
        numbers[0] = 2;
        vm.expectRevert(abi.encodeWithSelector(ISlashing.CheckpointNotAccepted.selector, 2));
        slashing.showSignatures(numbers, shown);
    }

    function test_ReportDowntime_RevertWhen_WindowIsNotOverOrTooOldOrZero() public {
        _checkpoints(WINDOW - 1, 0);
        _expectWrongWindow(1);
        _checkpoints(1, 0);
        _expectWrongWindow(0);
        _checkpoints(WINDOW, 0);
        // The last one that ends within the last sixty-four checkpoints begins with 2.
        _expectWrongWindow(1);
        slashing.reportDowntime(first, 2);
    }

    /// One report a window: the time that was reported is over, whatever came of it.
    function test_ReportDowntime_RevertWhen_ReportedAlready() public {
        _checkpoints(WINDOW, 0);
        slashing.reportDowntime(first, 1);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.AlreadyReported.selector, first));
        slashing.reportDowntime(first, 1);
        skip(2 days + 1);
        slashing.concludeDowntime(first);
        _expectWrongWindow(1);
        _checkpoints(WINDOW, 0);
        _expectWrongWindow(WINDOW);
        slashing.reportDowntime(first, WINDOW + 1);
    }

    function test_ConcludeDowntime_RevertWhen_ThereIsTimeToAnswer() public {
        _checkpoints(WINDOW, 0);
        slashing.reportDowntime(first, 1);
        skip(2 days);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.TimeToAnswer.selector, START + 2 days));
        slashing.concludeDowntime(first);
    }

    function test_ReportDowntime_RevertWhen_NobodyBondedTheKey() public {
        vm.expectRevert(abi.encodeWithSelector(ISlashing.NotAKey.selector, bob));
        slashing.reportDowntime(bob, 1);
    }

    /// Whose key is in no set need not sign.
    function test_ReportDowntime_CountsOnlySetsWithTheKey() public {
        _checkpoints(WINDOW / 2, 0);
        vm.prank(first);
        bonding.unbond(BOND);
        nextSet();
        _checkpoints(WINDOW / 2, 0);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.NotDown.selector, WINDOW / 2));
        slashing.reportDowntime(first, 1);
        // Alice joined meanwhile.
        vm.expectRevert(abi.encodeWithSelector(ISlashing.NotDown.selector, WINDOW / 2));
        slashing.reportDowntime(alice, 1);
    }

    /// The index of a key changes from set to set; who signs throughout has missed nothing.
    function test_ReportDowntime_FollowsTheKeyThroughSets() public {
        _checkpoints(WINDOW / 2, 0);
        (, uint256 aliceKey) = account("alice");
        bondWith(aliceKey, BOND / 10);
        skip(1 days);
        bonding.publishValidatorSet();
        _checkpoints(WINDOW / 2, 0);
        for (uint256 i = 1; i < keys.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ISlashing.NotDown.selector, 0));
            slashing.reportDowntime(vm.addr(keys[i]), 1);
        }
        slashing.reportDowntime(first, 1);
    }

    function _expectWrongWindow(uint64 from) private {
        vm.expectRevert(abi.encodeWithSelector(ISlashing.WrongWindow.selector, from));
        slashing.reportDowntime(first, from);
    }

    /// Checkpoints that all of the first validators but the very first sign; she signs the first `signs` of them.
    function _checkpoints(uint256 count, uint256 signs) private {
        uint256[] memory others = new uint256[](keys.length - 1);
        for (uint256 i; i < others.length; ++i) {
            others[i] = keys[i + 1];
        }
        for (uint256 i; i < count; ++i) {
            HeaderFields memory header = nextHeader();
            bytes memory all = i < signs ? signatures(header, keys) : signatures(header, others);
            rootChain.submitCheckpoint(encode(header), all);
            vm.roll(vm.getBlockNumber() + 1);
        }
    }

    function _show(uint256 key, uint64 number) private {
        (uint64[] memory numbers, bytes[] memory shown) = _signature(key, number);
        vm.expectEmit(address(slashing));
        emit ISlashing.SignatureShown(number, vm.addr(key));
        slashing.showSignatures(numbers, shown);
    }

    function _signature(uint256 key, uint64 number)
        private
        view
        returns (uint64[] memory numbers, bytes[] memory shown)
    {
        bytes32 structHash = keccak256(abi.encode(CHECKPOINT_TYPEHASH, rootChain.checkpoint(number).headerHash));
        (numbers, shown) = (new uint64[](1), new bytes[](1));
        numbers[0] = number;
        shown[0] = signed(key, keccak256(abi.encodePacked("\x19\x01", rootChain.domainSeparator(), structHash)));
    }
}
