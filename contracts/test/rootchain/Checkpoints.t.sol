// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { CheckpointRecord, IRootChain } from "../../src/interfaces/IRootChain.sol";
import { ValidatorSets } from "../../src/libraries/ValidatorSets.sol";
import { HeaderFields, Network } from "../foundation/Network.sol";

contract CheckpointsTest is Network {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    // ─────────────────────────────────────────────── acceptance ────────────────────────────────────────────────

    function test_SubmitCheckpoint_StoresRecord() public {
        HeaderFields memory header = nextHeader();
        vm.expectEmit(address(rootChain));
        emit IRootChain.CheckpointAccepted(1, hashOf(header), header.origin, 0, 1, 0xf, 1);
        submit(header);

        CheckpointRecord memory record = rootChain.checkpoint(1);
        vm.assertEq(record.headerHash, hashOf(header));
        vm.assertEq(record.acceptedAt, START);
        vm.assertEq(record.origin, START_BLOCK - 10);
        vm.assertEq(record.lastNonDA, 1);
        vm.assertEq(record.validatorSetId, 1);
        // Ethereum had taken none before.
        vm.assertEq(record.flags, 2);
        vm.assertEq(record.signers, 0xf);
        vm.assertEq(rootChain.lastCheckpoint(), 1);
    }

    function test_SubmitCheckpoint_ExtendsChain() public {
        for (uint64 number = 1; number <= 3; ++number) {
            HeaderFields memory header = nextHeader();
            submit(header);
            vm.assertEq(rootChain.lastCheckpoint(), number);
            vm.roll(vm.getBlockNumber() + 20);
        }
        vm.assertEq(rootChain.checkpoint(4).headerHash, 0);
    }

    function test_SubmitCheckpoint_FromAnyone() public {
        HeaderFields memory header = nextHeader();
        bytes memory all = signatures(header, keys);
        vm.prank(alice);
        rootChain.submitCheckpoint(encode(header), all);
        vm.assertEq(rootChain.lastCheckpoint(), 1);
    }

    function test_SubmitCheckpoint_WithThreeOfFour_RecordsWhoSigned() public {
        HeaderFields memory header = nextHeader();
        uint256[] memory three = new uint256[](3);
        (three[0], three[1], three[2]) = (keys[0], keys[2], keys[3]);
        rootChain.submitCheckpoint(encode(header), signatures(header, three));
        vm.assertEq(rootChain.checkpoint(1).signers, 0xd);
    }

    function testFuzz_SubmitCheckpoint_AnySubsetAboveTwoThirds(uint256 mask) public {
        mask = bound(mask, 1, 15);
        uint256 count;
        for (uint256 i; i < 4; ++i) {
            if (mask >> i & 1 == 1) ++count;
        }
        uint256[] memory some = new uint256[](count);
        uint256 place;
        for (uint256 i; i < 4; ++i) {
            if (mask >> i & 1 == 1) some[place++] = keys[i];
        }
        HeaderFields memory header = nextHeader();
        bytes memory all = signatures(header, some);
        if (count < 3) {
            vm.expectRevert(abi.encodeWithSelector(IRootChain.NotEnoughPower.selector, count * BOND, 4 * BOND));
        }
        rootChain.submitCheckpoint(encode(header), all);
        vm.assertEq(rootChain.checkpoint(1).signers, count < 3 ? 0 : mask);
    }

    // ───────────────────────────────────────────────── pauses ──────────────────────────────────────────────────

    /// R7: in a checkpoint counts what was valid when Ethereum took it, or when a long pause before its origin began.
    function test_R7_TimelyFrom_IsTheBeginningOfALongPause_ForAllWithTheFirstOriginAfterIt() public {
        // Nothing was given up before the first.
        submit(nextHeader());
        _expectTimelyFrom(0);
        _after(300, 7200);
        _expectTimelyFrom(uint64(START + 7200));
        uint64 before = rootChain.checkpoint(2).acceptedAt;
        HeaderFields memory first = _after(301, 7201);
        _expectTimelyFrom(before);
        // Another one with the same origin, and the first with a later one.
        vm.roll(vm.getBlockNumber() + 5);
        skip(60);
        HeaderFields memory second = nextHeader();
        setOrigin(second, first.origin);
        submit(second);
        _expectTimelyFrom(before);
        _after(1, 12);
        _expectTimelyFrom(uint64(vm.getBlockTimestamp()));
        vm.assertEq(rootChain.checkpoint(9).timelyFrom, 0);
        vm.assertEq(rootChain.checkpoint(3).flags, 2);
        vm.assertEq(rootChain.checkpoint(5).flags, 0);
    }

    function testFuzz_R7_TimelyFrom_IsNeverLaterThanTheAcceptance_NorOlderThanThePause(uint16[6] memory pauses) public {
        for (uint256 i; i < pauses.length; ++i) {
            uint64 last = rootChain.lastCheckpoint();
            uint64 before = rootChain.checkpoint(last).acceptedAt;
            _after(uint256(pauses[i]) / 12 + 1, pauses[i]);
            CheckpointRecord memory record = rootChain.checkpoint(last + 1);
            bool isPause = record.acceptedAt > before + 7200;
            vm.assertEq(record.timelyFrom, isPause ? before : record.acceptedAt);
        }
    }

    /// The next checkpoint, so many blocks and seconds later.
    function _after(uint256 blocks, uint256 time) private returns (HeaderFields memory header) {
        vm.roll(vm.getBlockNumber() + blocks);
        skip(time);
        header = nextHeader();
        submit(header);
    }

    function _expectTimelyFrom(uint64 expected) private view {
        CheckpointRecord memory record = rootChain.checkpoint(rootChain.lastCheckpoint());
        vm.assertEq(record.timelyFrom, expected);
    }

    // ─────────────────────────────────────────────── signatures ────────────────────────────────────────────────

    /// R4: two thirds exactly are not enough.
    function test_SubmitCheckpoint_RevertWhen_ExactlyTwoThirdsSign() public {
        // Five validators with 1, 1, 1, 1 and 2 sixths of the power; four of them hold four or five sixths.
        (, uint256 key) = account("alice");
        bondWith(key, 2 * BOND);
        skip(1 days);
        bonding.publishValidatorSet();
        HeaderFields memory header = nextHeader();
        bytes memory four = signatures(header, keys);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotEnoughPower.selector, 4 * BOND, 6 * BOND));
        rootChain.submitCheckpoint(encode(header), four);

        keys.push(key);
        sortByAddress(keys);
        submit(header);
        vm.assertEq(rootChain.lastCheckpoint(), 1);
    }

    function test_SubmitCheckpoint_RevertWhen_NobodySigns() public {
        HeaderFields memory header = nextHeader();
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotEnoughPower.selector, 0, 4 * BOND));
        rootChain.submitCheckpoint(encode(header), "");
    }

    function test_SubmitCheckpoint_RevertWhen_SignerSignsTwice() public {
        HeaderFields memory header = nextHeader();
        uint256[] memory doubled = new uint256[](4);
        (doubled[0], doubled[1], doubled[2], doubled[3]) = (keys[0], keys[1], keys[1], keys[2]);
        _expectInvalidSignature(header, signatures(header, doubled), 2);
    }

    function test_SubmitCheckpoint_RevertWhen_SignersAreNotSorted() public {
        HeaderFields memory header = nextHeader();
        uint256[] memory swapped = firstKeys(3);
        (swapped[0], swapped[1]) = (swapped[1], swapped[0]);
        _expectInvalidSignature(header, signatures(header, swapped), 1);
    }

    function test_SubmitCheckpoint_RevertWhen_SignerIsNoValidator() public {
        HeaderFields memory header = nextHeader();
        (, uint256 stranger) = account("stranger");
        uint256[] memory signers = firstKeys(3);
        signers[2] = stranger;
        _expectInvalidSignature(header, signatures(header, signers), 2);
    }

    function test_SubmitCheckpoint_RevertWhen_SignatureIsOfAnotherHeader() public {
        HeaderFields memory header = nextHeader();
        bytes memory all = signatures(header, keys);
        header.txRoot = keccak256("another root");
        vm.expectRevert(abi.encodeWithSelector(ValidatorSets.InvalidSignature.selector, 0));
        rootChain.submitCheckpoint(encode(header), all);
    }

    /// One encoding per signature: the twin with the large `s` is refused (A18).
    function test_SubmitCheckpoint_RevertWhen_SignatureHasLargeS() public {
        HeaderFields memory header = nextHeader();
        bytes memory rest = signatures(header, keys);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[0], digestOf(header));
        bytes memory twin = abi.encodePacked(r, ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27));
        for (uint256 i; i < 65; ++i) {
            rest[i] = twin[i];
        }
        _expectInvalidSignature(header, rest, 0);
    }

    function test_SubmitCheckpoint_RevertWhen_SignatureIsZero() public {
        HeaderFields memory header = nextHeader();
        _expectInvalidSignature(header, bytes.concat(signatures(header, keys), new bytes(65)), 4);
    }

    function testFuzz_SubmitCheckpoint_RevertWhen_SignatureByteIsChanged(uint256 place, uint8 change) public {
        vm.assume(change != 0);
        HeaderFields memory header = nextHeader();
        bytes memory all = signatures(header, firstKeys(3));
        place = bound(place, 0, all.length - 1);
        all[place] ^= bytes1(change);
        vm.expectRevert(abi.encodeWithSelector(ValidatorSets.InvalidSignature.selector, place / 65));
        rootChain.submitCheckpoint(encode(header), all);
    }

    function testFuzz_SubmitCheckpoint_RevertWhen_SignaturesAreCut(uint256 length) public {
        HeaderFields memory header = nextHeader();
        bytes memory all = signatures(header, keys);
        length = bound(length, 0, all.length - 1);
        vm.assume(length % 65 != 0);
        assembly {
            mstore(all, length)
        }
        vm.expectRevert(abi.encodeWithSelector(ValidatorSets.SignaturesLength.selector, length));
        rootChain.submitCheckpoint(encode(header), all);
    }

    function _expectInvalidSignature(HeaderFields memory header, bytes memory all, uint256 index) private {
        vm.expectRevert(abi.encodeWithSelector(ValidatorSets.InvalidSignature.selector, index));
        rootChain.submitCheckpoint(encode(header), all);
    }

    // ──────────────────────────────────────────── validator sets ───────────────────────────────────────────────

    function test_SubmitCheckpoint_RevertWhen_SetDoesNotExist() public {
        HeaderFields memory header = nextHeader();
        header.validatorSetId = 2;
        _expectRevert(header, abi.encodeWithSelector(IRootChain.ValidatorSetNotValid.selector, 2));
        header.validatorSetId = 0;
        _expectRevert(header, abi.encodeWithSelector(IRootChain.ValidatorSetNotValid.selector, 0));
    }

    function test_SubmitCheckpoint_BySetInItsOverlap() public {
        _replaceSet();
        HeaderFields memory header = nextHeader();
        header.validatorSetId = 1;
        skip(2 days);
        submit(header);
        vm.assertEq(rootChain.lastCheckpoint(), 1);
    }

    /// The record has room for 31 bits of the id.
    function test_Checkpoint_NamesTheSetThatSigned() public {
        uint64 most = type(uint32).max >> 2;
        _publishAs(most - 1);
        HeaderFields memory header = nextHeader();
        submit(header);
        vm.assertEq(rootChain.checkpoint(1).validatorSetId, most - 1);
        _publishAs(most);
        vm.roll(vm.getBlockNumber() + 20);
        header = nextHeader();
        header.validatorSetId = most - 1;
        submit(header);
        vm.roll(vm.getBlockNumber() + 20);
        submit(nextHeader());
        vm.assertEq(rootChain.checkpoint(1).validatorSetId, most - 1);
        vm.assertEq(rootChain.checkpoint(2).validatorSetId, most - 1);
        vm.assertEq(rootChain.checkpoint(3).validatorSetId, most);
        vm.assertEq(rootChain.checkpoint(3).flags, 0);
        vm.assertEq(rootChain.checkpoint(3).signers, 15);
        vm.assertEq(rootChain.checkpoint(4).validatorSetId, 0);
    }

    /// Publishes the same set again, under the id `id`.
    function _publishAs(uint64 id) private {
        address data = rootChain.validatorSet(rootChain.currentValidatorSetId()).data;
        bytes32 current = bytes32(uint256(rootChain.currentValidatorSetId()));
        for (uint256 slot; rootChain.currentValidatorSetId() != id - 1; ++slot) {
            if (vm.load(address(rootChain), bytes32(slot)) != current) continue;
            vm.store(address(rootChain), bytes32(slot), bytes32(uint256(id - 1)));
            if (rootChain.currentValidatorSetId() != id - 1) vm.store(address(rootChain), bytes32(slot), current);
        }
        vm.prank(address(bonding));
        rootChain.publishValidatorSet(data);
    }

    /// A26: a set that may have withdrawn its bonds signs nothing any more.
    function test_SubmitCheckpoint_RevertWhen_SetIsPastItsOverlap() public {
        _replaceSet();
        HeaderFields memory header = nextHeader();
        header.validatorSetId = 1;
        skip(2 days + 1);
        _expectRevert(header, abi.encodeWithSelector(IRootChain.ValidatorSetNotValid.selector, 1));
    }

    function _replaceSet() private {
        (, uint256 key) = account("alice");
        bondWith(key, BOND);
        skip(1 days);
        bonding.publishValidatorSet();
    }

    // ───────────────────────────────────────────────── header ──────────────────────────────────────────────────

    function test_SubmitCheckpoint_RevertWhen_HeaderHasAnotherLength() public {
        bytes memory header = encode(nextHeader());
        vm.expectRevert(abi.encodeWithSelector(IRootChain.HeaderLength.selector, 275, 276));
        rootChain.submitCheckpoint(bytes.concat(header, hex"00"), "");
        vm.expectRevert(abi.encodeWithSelector(IRootChain.HeaderLength.selector, 275, 0));
        rootChain.submitCheckpoint("", "");
        header[258] = 0x02;
        vm.expectRevert(abi.encodeWithSelector(IRootChain.HeaderLength.selector, 339, 275));
        rootChain.submitCheckpoint(header, "");
    }

    function test_SubmitCheckpoint_RevertWhen_VersionIsUnknown() public {
        HeaderFields memory header = nextHeader();
        header.version = 2;
        _expectRevert(header, abi.encodeWithSelector(IRootChain.HeaderVersion.selector, 2));
    }

    function test_SubmitCheckpoint_RevertWhen_ChainIsAnother() public {
        HeaderFields memory header = nextHeader();
        header.chainId = 1;
        _expectRevert(header, abi.encodeWithSelector(IRootChain.WrongChain.selector, 1, address(rootChain)));
        header = nextHeader();
        header.rootChain = bob;
        _expectRevert(header, abi.encodeWithSelector(IRootChain.WrongChain.selector, block.chainid, bob));
    }

    function testFuzz_SubmitCheckpoint_RevertWhen_NumberIsNotNext(uint64 number) public {
        vm.assume(number != 1);
        HeaderFields memory header = nextHeader();
        header.checkpoint = number;
        _expectRevert(header, abi.encodeWithSelector(IRootChain.WrongNumber.selector, 1, number));
    }

    function test_SubmitCheckpoint_RevertWhen_SubmittedAgain() public {
        HeaderFields memory header = nextHeader();
        submit(header);
        _expectRevert(header, abi.encodeWithSelector(IRootChain.WrongNumber.selector, 2, 1));
    }

    function test_SubmitCheckpoint_RevertWhen_ParentIsAnother() public {
        HeaderFields memory header = nextHeader();
        header.parentHash = keccak256("a parent");
        _expectRevert(header, abi.encodeWithSelector(IRootChain.WrongParent.selector, bytes32(0), header.parentHash));
        submit(nextHeader());
        header = nextHeader();
        bytes32 parent = header.parentHash;
        header.parentHash = 0;
        _expectRevert(header, abi.encodeWithSelector(IRootChain.WrongParent.selector, parent, bytes32(0)));
    }

    // ───────────────────────────────────────────────── origin ──────────────────────────────────────────────────

    function test_SubmitCheckpoint_OriginAtTheAgeLimit() public {
        HeaderFields memory header = nextHeader();
        setOrigin(header, uint64(START_BLOCK - 300));
        submit(header);
        vm.assertEq(rootChain.checkpoint(1).origin, START_BLOCK - 300);
    }

    function test_SubmitCheckpoint_RevertWhen_OriginIsTooOld() public {
        HeaderFields memory header = nextHeader();
        setOrigin(header, uint64(START_BLOCK - 301));
        _expectOriginOutOfRange(header, START_BLOCK - 300);
    }

    function test_SubmitCheckpoint_RevertWhen_OriginIsNotInThePast() public {
        HeaderFields memory header = nextHeader();
        header.origin = uint64(START_BLOCK);
        _expectOriginOutOfRange(header, START_BLOCK - 300);
        header.origin = type(uint64).max;
        _expectOriginOutOfRange(header, START_BLOCK - 300);
    }

    function test_SubmitCheckpoint_OriginStays() public {
        submit(nextHeader());
        submit(nextHeader());
        vm.assertEq(rootChain.checkpoint(2).origin, START_BLOCK - 10);
    }

    /// A12: an older origin would un-see exits.
    function test_SubmitCheckpoint_RevertWhen_OriginGoesBack() public {
        submit(nextHeader());
        HeaderFields memory header = nextHeader();
        setOrigin(header, uint64(START_BLOCK - 11));
        _expectOriginOutOfRange(header, START_BLOCK - 10);
    }

    /// A19: the block was replaced by a reorganisation.
    function test_SubmitCheckpoint_RevertWhen_OriginHashIsOfAnotherFork() public {
        HeaderFields memory header = nextHeader();
        bytes32 onThisFork = header.originHash;
        header.originHash = keccak256("the other fork");
        _expectRevert(
            header, abi.encodeWithSelector(IRootChain.WrongOriginHash.selector, onThisFork, header.originHash)
        );
    }

    function test_SubmitCheckpoint_RevertWhen_OldOriginHashIsOfAnotherFork() public {
        HeaderFields memory header = nextHeader();
        setOrigin(header, uint64(START_BLOCK - 290));
        bytes32 onThisFork = header.originHash;
        header.originHash = keccak256("the other fork");
        _expectRevert(
            header, abi.encodeWithSelector(IRootChain.WrongOriginHash.selector, onThisFork, header.originHash)
        );
    }

    function test_SubmitCheckpoint_RevertWhen_HistoryDoesNotKnowTheOrigin() public {
        HeaderFields memory header = nextHeader();
        header.origin = uint64(START_BLOCK - 280);
        header.originHash = 0;
        _expectRevert(header, abi.encodeWithSelector(IRootChain.WrongOriginHash.selector, bytes32(0), bytes32(0)));
    }

    function _expectOriginOutOfRange(HeaderFields memory header, uint256 lowest) private {
        _expectRevert(
            header, abi.encodeWithSelector(IRootChain.OriginOutOfRange.selector, lowest, START_BLOCK - 1, header.origin)
        );
    }

    // ───────────────────────────────────────────── inbox and data ──────────────────────────────────────────────

    function test_SubmitCheckpoint_ConsumesInbox() public {
        ethVault.deposit{ value: 1 ether }(alice);
        ethVault.deposit{ value: 1 ether }(alice);
        HeaderFields memory header = nextHeader();
        header.inboxCursor = 1;
        submit(header);
        _assertInbox(2, 1);
        submit(nextHeader());
        _assertInbox(2, 2);
    }

    function test_SubmitCheckpoint_RevertWhen_CursorGoesBack() public {
        ethVault.deposit{ value: 1 ether }(alice);
        submit(nextHeader());
        HeaderFields memory header = nextHeader();
        header.inboxCursor = 0;
        _expectRevert(header, abi.encodeWithSelector(IRootChain.InboxCursorOutOfRange.selector, 1, 1, 0));
    }

    function test_SubmitCheckpoint_RevertWhen_CursorIsBeyondInbox() public {
        HeaderFields memory header = nextHeader();
        header.inboxCursor = 1;
        _expectRevert(header, abi.encodeWithSelector(IRootChain.InboxCursorOutOfRange.selector, 0, 0, 1));
    }

    function test_SubmitCheckpoint_InBlobMode_KeepsLastNonDA() public {
        submit(nextHeader());
        vm.roll(vm.getBlockNumber() + 1);
        HeaderFields memory header = _blobHeader();
        vm.blobhashes(header.commitments);
        submit(header);
        CheckpointRecord memory record = rootChain.checkpoint(2);
        vm.assertEq(record.flags, 1);
        vm.assertEq(record.lastNonDA, 1);

        submit(nextHeader());
        vm.assertEq(rootChain.checkpoint(3).flags, 0);
        vm.assertEq(rootChain.checkpoint(3).lastNonDA, 3);
    }

    function test_SubmitCheckpoint_RevertWhen_BlobIsNotTheCommittedOne() public {
        HeaderFields memory header = _blobHeader();
        _expectRevert(header, abi.encodeWithSelector(IRootChain.WrongDataCommitment.selector, 0));
        bytes32[] memory blobs = new bytes32[](2);
        (blobs[0], blobs[1]) = (header.commitments[0], keccak256("another blob"));
        vm.blobhashes(blobs);
        _expectRevert(header, abi.encodeWithSelector(IRootChain.WrongDataCommitment.selector, 1));
    }

    function test_SubmitCheckpoint_RevertWhen_PlasmaModeHasCommitments() public {
        HeaderFields memory header = _blobHeader();
        header.dataMode = 0;
        _expectRevert(header, abi.encodeWithSelector(IRootChain.WrongDataCommitment.selector, 0));
    }

    function test_SubmitCheckpoint_RevertWhen_DataModeIsUnknown() public {
        HeaderFields memory header = nextHeader();
        header.dataMode = 2;
        _expectRevert(header, abi.encodeWithSelector(IRootChain.UnknownDataMode.selector, 2));
    }

    function _blobHeader() private returns (HeaderFields memory header) {
        header = nextHeader();
        header.dataMode = 1;
        header.commitments = new bytes32[](2);
        (header.commitments[0], header.commitments[1]) = (keccak256("blob 0"), keccak256("blob 1"));
    }

    function _assertInbox(uint64 expectedCount, uint64 expectedCursor) private view {
        (uint64 count, uint64 cursor) = rootChain.inbox();
        vm.assertEq(count, expectedCount);
        vm.assertEq(cursor, expectedCursor);
    }

    function _expectRevert(HeaderFields memory header, bytes memory reason) private {
        bytes memory all = signatures(header, keys);
        vm.expectRevert(reason);
        rootChain.submitCheckpoint(encode(header), all);
    }
}
