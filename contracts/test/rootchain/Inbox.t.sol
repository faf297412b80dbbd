// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { DepositRecord, IRootChain } from "../../src/interfaces/IRootChain.sol";
import { Anchor, AnchorLibrary } from "../../src/libraries/Anchor.sol";
import { Network } from "../foundation/Network.sol";

contract InboxTest is Network {
    bytes32 private _guard = bytes32(uint256(uint160(alice)));

    function test_RecordDeposit_StoresRecord() public {
        vm.prank(address(erc20Vault));
        bytes32 outputId = rootChain.recordDeposit(1, _guard, address(usd), 5);

        bytes memory output = abi.encodePacked(uint8(1), _guard, address(usd), uint128(5));
        vm.assertEq(outputId, keccak256(abi.encodePacked(uint8(3), output, uint64(1), uint32(0))));
        DepositRecord memory record = rootChain.depositRecord(outputId);
        vm.assertEq(record.index, 0);
        vm.assertEq(record.number, 1);
        vm.assertEq(record.blockNumber, START_BLOCK);
        vm.assertEq(record.time, START);
    }

    function test_RecordDeposit_EmitsDeposited() public {
        bytes memory output = abi.encodePacked(uint8(6), _guard, address(item), uint128(0));
        bytes32 outputId = keccak256(abi.encodePacked(uint8(3), output, uint64(1), uint32(0)));
        vm.expectEmit(address(rootChain));
        emit IRootChain.Deposited(outputId, _guard, 0, 1, 6, address(item), 0);
        vm.prank(address(erc721Vault));
        rootChain.recordDeposit(6, _guard, address(item), 0);
    }

    /// Deposits sort right after the last checkpoint accepted before them, and count on in the inbox.
    function test_RecordDeposit_PositionFollowsLastCheckpoint() public {
        _assertPlace(_deposit(), 0, 1);
        _assertPlace(_deposit(), 1, 2);
        submit(nextHeader());
        _assertPlace(_deposit(), 2, (1 << 32) | 1);
        submit(nextHeader());
        submit(nextHeader());
        _assertPlace(_deposit(), 3, (3 << 32) | 1);
        _assertPlace(_deposit(), 4, (3 << 32) | 2);
    }

    function test_DepositRecord_IsZeroForUnknownOutput() public view {
        vm.assertEq(rootChain.depositRecord(keccak256("nothing")).number, 0);
    }

    function test_RecordDeposit_RevertWhen_CallerIsNoVault() public {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotAVault.selector, address(this)));
        rootChain.recordDeposit(1, _guard, address(0), 1);
    }

    function test_RecordDeposit_RevertWhen_OutputIsInvalid() public {
        _expectInvalid(1, _guard, address(0), 0);
        _expectInvalid(1, 0, address(0), 1);
        _expectInvalid(1, bytes32(uint256(1 << 160)), address(0), 1);
        _expectInvalid(6, _guard, address(0), 1);
        for (uint8 outputType; outputType < 8; ++outputType) {
            if (outputType != 1 && outputType != 6) _expectInvalid(outputType, _guard, address(usd), 1);
        }
    }

    function testFuzz_RecordDeposit_IdIsUnique(uint128 amount, uint8 count) public {
        amount = uint128(bound(amount, 1, type(uint128).max));
        bytes32 last;
        for (uint256 i; i <= count % 8; ++i) {
            vm.prank(address(ethVault));
            bytes32 next = rootChain.recordDeposit(1, _guard, address(0), amount);
            vm.assertNotEq(next, last);
            last = next;
        }
    }

    // ─────────────────────────────────────────────── packed state ──────────────────────────────────────────────

    function testFuzz_Anchor_KeepsFieldsApart(
        uint32 number,
        uint32 origin,
        uint48 cursor,
        uint32 nonDA,
        uint48 count,
        uint32 time,
        bool paused
    ) public pure {
        Anchor anchor = Anchor.wrap(count).afterCheckpoint(number, origin, cursor, nonDA).accepted(time, paused);
        vm.assertEq(anchor.acceptedAt(), time);
        vm.assertEq(anchor.paused(), paused);
        vm.assertEq(anchor.inboxCount(), count);
        vm.assertEq(anchor.inboxCursor(), cursor);
        vm.assertEq(anchor.lastCheckpoint(), number);
        vm.assertEq(anchor.sequence(), 0);
        vm.assertEq(anchor.lastOrigin(), origin);
        vm.assertEq(anchor.lastNonDA(), nonDA);
        if (count == type(uint48).max) return;

        anchor = anchor.afterDeposit();
        vm.assertEq(anchor.inboxCount(), uint256(count) + 1);
        vm.assertEq(anchor.depositNumber(), (uint256(number) << 32) | 1);
        vm.assertEq(anchor.acceptedAt(), time);
        vm.assertEq(anchor.paused(), paused);
        vm.assertEq(anchor.inboxCursor(), cursor);
        vm.assertEq(anchor.lastOrigin(), origin);
        vm.assertEq(anchor.lastNonDA(), nonDA);
    }

    function test_Anchor_RevertWhen_InboxIsFull() public {
        vm.expectRevert(AnchorLibrary.CounterFull.selector);
        this.afterDeposit(Anchor.wrap(type(uint48).max));
    }

    function test_Anchor_RevertWhen_SequenceIsFull() public {
        vm.expectRevert(AnchorLibrary.CounterFull.selector);
        this.afterDeposit(Anchor.wrap(uint256(type(uint32).max >> 1) << 128));
    }

    function test_Anchor_RevertWhen_CheckpointsAreFull() public {
        vm.expectRevert(AnchorLibrary.CounterFull.selector);
        this.afterCheckpoint(Anchor.wrap(0), uint64(type(uint32).max) + 1);
    }

    function afterCheckpoint(Anchor anchor, uint64 number) external pure returns (Anchor) {
        return anchor.afterCheckpoint(number, 0, 0, 0);
    }

    function afterDeposit(Anchor anchor) external pure returns (Anchor) {
        return anchor.afterDeposit();
    }

    function _deposit() private returns (bytes32) {
        return ethVault.deposit{ value: 1 }(alice);
    }

    function _assertPlace(bytes32 outputId, uint64 index, uint64 number) private view {
        vm.assertEq(rootChain.depositRecord(outputId).index, index);
        vm.assertEq(rootChain.depositRecord(outputId).number, number);
    }

    function _expectInvalid(uint8 outputType, bytes32 guard, address token, uint128 amount) private {
        vm.expectRevert(IRootChain.InvalidOutput.selector);
        vm.prank(address(erc20Vault));
        rootChain.recordDeposit(outputType, guard, token, amount);
    }
}
