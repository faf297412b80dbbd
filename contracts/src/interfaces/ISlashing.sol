// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Vote, VoteSlot } from "../libraries/ConsensusVotes.sol";
import { IBonding } from "./IBonding.sol";
import { IRootChain } from "./IRootChain.sol";

/// @title Slashing
/// @notice Judges what validators sign, and how seldom they do (PROTOCOL.md section 5). Two headers of one checkpoint number (F1) cost all
/// stake that answers for the signer; two votes of one height, round and type in the consensus engine cost 5 % of it; who signs
/// almost no checkpoint of a whole window is jailed and loses nothing. An offence is charged to the stake of the set in which it happened and
/// of every later one: also to what has left since, until it is free (A26). Every proof is one call on Ethereum, so nobody
/// on the chain can suppress it (A27).
///
/// A validator is punished at most once for each kind of offence in each set. She is jailed with the first, so what she did until then
/// counts as one.
///
/// Whoever proves gets a part of what is taken, so a proof that can be copied from the mempool is worth stealing (A39). It is therefore
/// committed to first, by a hash that names the evidence and who proves it, and shown `revealDelayBlocks` later. The proof names the prover
/// too, so a copy pays the one who is copied.
interface ISlashing {
    enum Offence {
        /// F1: two headers of one checkpoint number.
        Equivocation,
        /// Two votes of one height, round and type.
        DoubleVote
    }

    event Committed(bytes32 indexed commitment);
    /// @notice `slashed` OMG wei of stake that answered for `validatorSetId` are gone; the validator is jailed.
    event Punished(
        address indexed validator,
        Offence indexed offence,
        uint64 indexed validatorSetId,
        address signer,
        uint256 slashed,
        address prover
    );
    /// @notice Somebody says that the validator does not sign. Unless signatures of hers are shown until `answerBy`, she is jailed.
    event DowntimeReported(address indexed validator, address indexed signer, uint64 from, uint64 answerBy);
    /// @notice A signature that the submitter of a checkpoint had left out was shown.
    event SignatureShown(uint64 indexed checkpoint, address indexed signer);
    event DowntimeConcluded(address indexed validator, address indexed signer, uint64 from, bool jailed);

    /// @notice Nobody committed to this evidence for this prover, or less than `revealDelayBlocks` ago.
    error NotCommitted(bytes32 commitment);
    /// @notice It is not a header of this network: of another length, version, chain or contract.
    error MalformedHeader();
    /// @notice The headers are of two checkpoint numbers, or are one and the same.
    error NoEquivocation();
    /// @notice One header renews the other: they hold the same, and no block of Ethereum could have taken both.
    error Renewed();
    /// @notice The votes are for one and the same block.
    error NoDoubleVote();
    error SignersDiffer(address a, address b);
    /// @notice No validator ever bonded the key.
    error NotAKey(address signer);
    /// @notice The key was not in the set, so what it signed in its name has no weight, and no honest use of it is judged.
    error NotInSet(address signer, uint64 validatorSetId);
    error CheckpointNotAccepted(uint64 checkpoint);
    /// @notice The checkpoint does not hold the block that decided who votes at this height.
    error WrongCheckpoint(uint64 firstHeight, uint64 lastHeight, uint64 decidingHeight);
    error AlreadyPunished(address validator, Offence offence, uint64 validatorSetId);
    /// @notice The window is not over yet, has been reported before, or is too old.
    error WrongWindow(uint64 from);
    /// @notice The key has signed enough checkpoints of the window, or was not in their sets.
    error NotDown(uint256 missed);
    error AlreadyReported(address signer);
    error NotReported(address signer);
    error TimeToAnswer(uint64 answerBy);

    /// @notice F1: two headers of one checkpoint number, each with a signature (`r ‖ s ‖ v`) of the same key.
    struct Equivocation {
        bytes headerA;
        bytes signatureA;
        bytes headerB;
        bytes signatureB;
    }

    /// @notice Two votes of one slot for different blocks, with the same key.
    struct DoubleVote {
        VoteSlot slot;
        Vote a;
        Vote b;
        /// The header of the accepted checkpoint that holds the block two heights before: there it was decided which set votes.
        bytes header;
    }

    /// @notice Who is paid for a proof, as committed to.
    struct Prover {
        address account;
        /// 32 random bytes, which hide the evidence until it is shown.
        bytes32 salt;
    }

    /// @notice Announces a proof.
    /// @param commitment keccak256(abi.encode(keccak256(abi.encode(evidence)), prover, salt)), where `evidence` is the struct of the proof.
    /// Whoever copies it commits for the same prover.
    function commit(bytes32 commitment) external;

    /// @notice Proves F1, which a renewal is not (`Headers.isRenewal`). Takes all stake that answers for the older one of the sets that the headers name.
    function proveEquivocation(Equivocation calldata evidence, Prover calldata prover) external returns (uint256 slashed);

    /// @notice Proves a double vote. Takes 5 % of all stake that answers for the set.
    function proveDoubleVote(DoubleVote calldata evidence, Prover calldata prover) external returns (uint256 slashed);

    /// @notice Says that a key has signed fewer than `downtimeMinimum` of the `downtimeWindow` checkpoints that begin with `from`. Checkpoints of sets
    /// without the key do not count. The window must end within the last `downtimeWindow` checkpoints and begin after the last reported one.
    function reportDowntime(address signer, uint64 from) external;

    /// @notice Shows signatures of accepted checkpoints that their submitters left out. Anyone, at any time.
    /// @param checkpoints Numbers.
    /// @param signatures `r ‖ s ‖ v` of each, by a member of the set of the checkpoint.
    function showSignatures(uint64[] calldata checkpoints, bytes[] calldata signatures) external;

    /// @notice When the time to answer is over: jails the validator for one epoch, or drops the report if enough signatures were shown. Anyone.
    function concludeDowntime(address signer) external returns (bool jailed);

    /// @notice The chain id of the votes: "omg-" and the first 20 bytes of the domain separator in lower-case hex.
    function consensusChainId() external view returns (string memory);

    function rootChain() external view returns (IRootChain);

    function bonding() external view returns (IBonding);

    /// @notice The block of a commitment, 0 if there is none.
    function committedAt(bytes32 commitment) external view returns (uint256);

    function isPunished(address validator, Offence offence, uint64 validatorSetId) external view returns (bool);

    /// @notice An open report: the first checkpoint of its window, and until when it can be answered. Zero if there is none.
    function report(address signer) external view returns (uint64 from, uint64 answerBy);

    /// @notice How many checkpoints a report is about.
    function downtimeWindow() external view returns (uint64);

    /// @notice How many of them a validator has to sign.
    function downtimeMinimum() external view returns (uint256);
}
