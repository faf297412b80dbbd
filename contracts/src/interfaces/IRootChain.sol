// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Every number of the protocol that Ethereum enforces (PROTOCOL.md section 6). Times are seconds unless the name says
/// blocks. A devnet is the same contracts with a smaller struct; the constructor of RootChain asserts the inequalities.
struct Parameters {
    /// MFP: the shortest time from the start of an exit to its payment.
    uint32 minFinalizationPeriod;
    /// Largest seasoning time `D` that a market may choose.
    uint32 maxSeasoning;
    /// `Dk` in blob mode: how long the lock of an order outlives a settlement that was published as a blob.
    uint32 blobSeasoning;
    /// CW: after `t(S) + D`, how long a settlement may still be revealed to convert an exit.
    uint32 conversionWindow;
    /// Time an accused party has to answer.
    uint32 responseWindow;
    /// W_f: how long after acceptance a checkpoint can be voided by a fraud proof.
    uint32 fraudWindow;
    /// U: from leaving the validator set to withdrawing the bond.
    uint32 unbondingDelay;
    /// How long a replaced validator set may still sign, so that a change of set never stops the chain.
    uint32 validatorSetOverlap;
    /// Shortest time between two validator sets.
    uint32 epoch;
    /// Time from the registration of a module to its first use (A40).
    uint32 quarantine;
    /// M: how old, in blocks, the origin of a checkpoint may be when it is submitted.
    uint32 maxOriginAgeBlocks;
    /// Upper estimate of the time between two Ethereum blocks, to weigh blocks against seconds.
    uint32 secondsPerBlock;
    /// Blocks between the commitment to a fraud proof and its reveal.
    uint32 revealDelayBlocks;
    /// Largest number of validators in a set; at most 128, the width of the signer bitmap.
    uint16 maxValidators;
    /// Smallest bond of a validator, in OMG wei.
    uint96 minBond;
    /// Gas that the bond of a standard exit, of an in-flight exit and of a piggyback pays for: bond = gas * max(base fee, floor).
    uint32 standardExitBondGas;
    uint32 inFlightExitBondGas;
    uint32 piggybackBondGas;
    /// Base fee, in wei, below which bonds do not fall.
    uint64 bondBaseFeeFloor;
}

/// @notice An accepted fee token. Its lane is its index; a lane counts in units of `unit` token wei.
struct FeeToken {
    address token;
    uint64 unit;
}

/// @notice What a contract may do here. Each kind starts its rights `quarantine` seconds after registration.
enum ModuleKind {
    None,
    /// Reports deposits.
    Vault,
    /// Credits the payment of exits in vaults.
    ExitGame
}

struct Module {
    ModuleKind kind;
    /// Ethereum time from which the module may act.
    uint64 activeFrom;
}

/// @notice What Ethereum remembers of an accepted checkpoint: two storage slots, and one for each origin behind a long pause.
struct CheckpointRecord {
    /// keccak(0x08 ‖ header); zero if there is no such checkpoint.
    bytes32 headerHash;
    /// t: Ethereum time of acceptance, in seconds.
    uint64 acceptedAt;
    /// o: number of the Ethereum block that the checkpoint has seen.
    uint64 origin;
    /// The last checkpoint up to and including this one whose data was not published as blobs; 0 if there is none.
    uint64 lastNonDA;
    /// The set that signed it.
    uint64 validatorSetId;
    /// Bit 0: blob mode. Bit 1: its origin is the first behind a pause, see `timelyFrom`.
    uint8 flags;
    /// Bit `i`: the validator at index `i` of that set has signed.
    uint128 signers;
    /// R7: what was valid at this time could still be in the checkpoint. `acceptedAt`; but where Ethereum had taken no checkpoint for longer
    /// than an origin may be old, so that what waited got a later origin, the time at which it took the last one before that.
    uint64 timelyFrom;
}

/// @notice What Ethereum remembers of a deposit: one storage slot.
struct DepositRecord {
    /// Position in the inbox, from 0. A checkpoint with `inboxCursor > index` has consumed it.
    uint64 index;
    /// Upper 64 bits of the output's position: `last checkpoint << 32 | sequence`. Never zero for a deposit.
    uint64 number;
    /// Ethereum block and time of the deposit.
    uint64 blockNumber;
    uint64 time;
}

/// @notice A set of validators that may sign, or might have signed, checkpoints.
struct ValidatorSet {
    /// Contract whose code is 0x00 and then, in ascending order of signer, `signer address ‖ power u96` of each validator.
    address data;
    uint64 publishedAt;
    /// Until when (inclusive) it may sign checkpoints; 2^48 - 1 while it is the current one, 0 if it does not exist.
    uint64 validUntil;
}

/// @title Root chain
/// @notice The network's anchor on Ethereum: the inbox of deposits, the checkpoints that the validators sign, and the registry of
/// modules. It holds no money and nothing in it can be upgraded. Its address is the `verifyingContract` of every signature.
interface IRootChain {
    /// @notice A deposit entered the inbox. `number` is the upper part of the position; shard, index and output are 0.
    event Deposited(
        bytes32 indexed outputId,
        bytes32 indexed guard,
        uint64 index,
        uint64 number,
        uint8 outputType,
        address token,
        uint128 amount
    );
    /// @notice A checkpoint was accepted. The header itself is in the calldata of the transaction. `lastNonDA` is the last checkpoint up
    /// to this one whose data was not published: this one itself, unless its data came as blobs (R9).
    event CheckpointAccepted(
        uint64 indexed number,
        bytes32 indexed headerHash,
        uint64 origin,
        uint64 inboxCursor,
        uint64 validatorSetId,
        uint128 signers,
        uint64 lastNonDA
    );
    /// @notice A validator set may sign from now on; the one before it for the overlap only.
    event ValidatorSetPublished(uint64 indexed id, address data);
    /// @notice A module was registered and may act from `activeFrom`.
    event ModuleRegistered(address indexed module, ModuleKind indexed kind, uint64 activeFrom);

    /// @notice The caller is not an active vault.
    error NotAVault(address caller);
    /// @notice The output is not one that a deposit can make (docs/encoding.md, Output).
    error InvalidOutput();
    /// @notice The header does not have the length that its count of data commitments implies.
    error HeaderLength(uint256 expected, uint256 actual);
    error HeaderVersion(uint8 version);
    error WrongChain(uint64 chainId, address rootChain);
    error WrongNumber(uint64 expected, uint64 actual);
    error WrongParent(bytes32 expected, bytes32 actual);
    /// @notice The origin is older than the origin of the previous checkpoint, than `maxOriginAgeBlocks`, or not in the past.
    error OriginOutOfRange(uint64 lowest, uint64 highest, uint64 actual);
    /// @notice The origin is a block of another fork (A19).
    error WrongOriginHash(bytes32 expected, bytes32 actual);
    /// @notice The cursor went back, or beyond the inbox.
    error InboxCursorOutOfRange(uint64 lowest, uint64 highest, uint64 actual);
    error UnknownDataMode(uint8 daMode);
    /// @notice Blob `index` of the transaction is not the one the header commits to, or plasma mode carries commitments.
    error WrongDataCommitment(uint256 index);
    /// @notice The set may no longer (or not yet) sign checkpoints.
    error ValidatorSetNotValid(uint64 validatorSetId);
    /// @notice Not more than two thirds of the bonded power signed.
    error NotEnoughPower(uint256 signed, uint256 total);
    error NotBonding(address caller);
    error NotGovernor(address caller);
    error ModuleAlreadyRegistered(address module);
    error InvalidModule();
    /// @notice More than four fee tokens, a token twice, or a unit of zero.
    error InvalidFeeTokens();
    /// @notice A parameter breaks an inequality of the protocol; `rule` names it.
    error InvalidParameters(string rule);

    /// @notice Records a deposit of the calling vault: a COIN or an ITEM of `guard`.
    /// @param outputType 1 (COIN) or 6 (ITEM).
    /// @param guard The owner's address, left-padded.
    /// @param token The token, zero for ETH.
    /// @param amount The amount, at least 1; for an ITEM the token id.
    /// @return outputId The id of the output: keccak(0x03 ‖ Output ‖ Position).
    function recordDeposit(uint8 outputType, bytes32 guard, address token, uint128 amount)
        external
        returns (bytes32 outputId);

    /// @notice Accepts the next checkpoint (R4). Anyone may submit it.
    /// @param header The encoded header (docs/encoding.md).
    /// @param signatures The signatures of the EIP-712 digest `Checkpoint(headerHash)`, 65 bytes each (`r ‖ s ‖ v`), one after the
    /// other in ascending order of signer address, of more than two thirds of the bonded power of the set that the header names.
    function submitCheckpoint(bytes calldata header, bytes calldata signatures) external;

    /// @notice Registers a module. It may act after the quarantine, so that whoever disagrees can leave before (A40).
    function registerModule(address module, ModuleKind kind) external;

    /// @notice The record of a checkpoint; all zero if it does not exist.
    function checkpoint(uint64 number) external view returns (CheckpointRecord memory);

    /// @notice The number of the last accepted checkpoint, 0 before the first.
    function lastCheckpoint() external view returns (uint64);

    /// @notice The record of a deposit; all zero (`number == 0`) if `outputId` is not a deposit.
    function depositRecord(bytes32 outputId) external view returns (DepositRecord memory);

    /// @notice How many items the inbox holds, and how many the last checkpoint has consumed.
    function inbox() external view returns (uint64 count, uint64 cursor);

    function parameters() external view returns (Parameters memory);

    /// @notice The accepted fee tokens in the order of their lanes.
    function feeTokens() external view returns (FeeToken[] memory);

    /// @notice The EIP-712 domain separator of everything that is signed on this network.
    function domainSeparator() external view returns (bytes32);

    /// @notice The contract that holds the bonds; it alone publishes validator sets.
    function bonding() external view returns (address);

    /// @notice Makes the set with the code of `data` the current one. Only the bonding contract.
    function publishValidatorSet(address data) external returns (uint64 id);

    /// @notice The id of the current validator set; 0 before the first.
    function currentValidatorSetId() external view returns (uint64);

    /// @notice A published set; all zero if it does not exist.
    function validatorSet(uint64 id) external view returns (ValidatorSet memory);

    /// @notice Who may register modules, and nothing else.
    function governor() external view returns (address);

    function module(address account) external view returns (Module memory);

    /// @notice Whether `account` is a registered exit game past its quarantine.
    function isExitGame(address account) external view returns (bool);

    /// @notice Whether `account` is a registered vault past its quarantine.
    function isVault(address account) external view returns (bool);
}
