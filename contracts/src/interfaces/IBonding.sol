// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Bonding
/// @notice OMG bonded by validators, and the validator sets that follow from it. A set, once published, never changes; it can be
/// read for ever, so whatever its members signed stays provable against them. RootChain keeps the sets, because checkpoints read them.
/// A signing key stands for one account for ever, and only after it has signed that it does: the EIP-712 message
/// SigningKey(validator, signer) in the domain of RootChain. Nobody can bond the key of another, and what a key signed can be charged to
/// whoever bonded it, also after it was changed. The message names the account, so a copy is worth nothing to anyone else, and the
/// contract and the chain, so it is worth nothing elsewhere; it has no time limit, because the claim has none. It names the key as well:
/// without that, any signature would prove *some* key, namely the one that recovers from it and that nobody holds.
interface IBonding {
    event Bonded(address indexed validator, address indexed signer, uint96 amount, uint96 bond);
    event UnbondingStarted(
        address indexed validator, uint256 indexed unbondingId, uint96 amount, uint64 validatorSetId
    );
    event Withdrawn(address indexed validator, uint256 indexed unbondingId, uint96 amount, address recipient);
    event SignerChanged(address indexed validator, address indexed signer);
    event ValidatorSetMade(uint64 indexed id, uint256 validators, uint256 power);

    error BondTooSmall(uint256 bond, uint256 minimum);
    /// @notice The set is full and the bond does not exceed the smallest one in it.
    error ValidatorSetFull(uint256 smallestBond);
    error NotAValidator(address account);
    /// @notice The key stands for another account, now or formerly.
    error SignerInUse(address signer);
    /// @notice The proof is a signature by `actual`: of another key, or of another message (account, contract, chain).
    error SignerNotProven(address signer, address actual);
    error AmountIsZero();
    error AmountExceedsBond(uint256 amount, uint256 bond);
    error NothingChanged();
    error EpochNotOver(uint256 nextAt);
    error UnknownUnbonding(uint256 unbondingId);
    /// @notice The bond may still have to answer for what its owner signed (A26). `withdrawableAt` is 0 until a set without it
    /// is published.
    error StillSlashable(uint256 withdrawableAt);

    struct Validator {
        /// Key that signs checkpoints; its address names the validator in every set.
        address signer;
        /// Bond in OMG wei, which is the power.
        uint96 bond;
    }

    struct Unbonding {
        address validator;
        uint96 amount;
        /// The set that was current when it started; `unbondingDelay` runs from the publication of the next one.
        uint64 validatorSetId;
    }

    /// @notice Bonds `amount` OMG of the caller, as a new validator or on top of its bond.
    /// @param signer Key for checkpoints. Ignored, like the proof, unless the caller is new.
    /// @param proof Signature by `signer` of SigningKey(caller, signer), `r ‖ s ‖ v`.
    function bond(uint96 amount, address signer, bytes calldata proof) external;

    /// @notice As `bond`, with an EIP-2612 permit instead of an allowance.
    function bondWithPermit(
        uint96 amount,
        address signer,
        bytes calldata proof,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Starts to take `amount` out of the caller's bond. What is left must be nothing or at least the minimum.
    function unbond(uint96 amount) external returns (uint256 unbondingId);

    /// @notice Pays out an unbonding that has ended.
    function withdraw(uint256 unbondingId, address recipient) external;

    /// @notice Changes the caller's signing key, from the next set on. The sets that name the old key stay as they are, so it goes on
    /// signing until they have ended, and it stays the caller's: she may return to it, and nobody else can have it.
    /// @param proof Signature by `signer` of SigningKey(caller, signer), `r ‖ s ‖ v`.
    function setSigner(address signer, bytes calldata proof) external;

    /// @notice Publishes the set that follows from the bonds as they are now to the root chain. Anyone, once per epoch at most.
    /// If nobody is bonded any more the set is empty: it accepts no checkpoint, and the last bonds become free in time.
    function publishValidatorSet() external returns (uint64 id);

    /// @notice The members of a published set, in ascending order of signer.
    function validatorsOf(uint64 id) external view returns (Validator[] memory);

    /// @notice Whom a signature by a key is charged to: who first bonded it, for ever. Zero if nobody has.
    function validatorOfSigner(address signer) external view returns (address account);

    /// @notice A validator's key and bond as they are now.
    function validator(address account) external view returns (Validator memory);

    /// @notice The accounts that the next set will consist of, in no order.
    function validators() external view returns (address[] memory);

    function unbonding(uint256 unbondingId) external view returns (Unbonding memory);

    /// @notice When an unbonding can be withdrawn; 0 while that is not known.
    function withdrawableAt(uint256 unbondingId) external view returns (uint256);
}
