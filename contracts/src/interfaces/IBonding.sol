// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Bonding
/// @notice OMG bonded by validators and their delegators, and the validator sets that follow from it. A set, once published, never changes; it can
/// be read for ever, so whatever its members signed stays provable against them. RootChain keeps the sets, because checkpoints read them.
///
/// The stake of a validator is one pool: her own bond and what others delegated, in shares. Its tokens are her power. Who leaves waits in
/// a pool of those who left during the same set, and answers meanwhile for what the validator signed until then. Who moves to another
/// validator counts there at once, and answers for the former one as long.
///
/// A signing key stands for one account for ever, and only after it has signed that it does: the EIP-712 message
/// SigningKey(validator, signer) in the domain of RootChain. Nobody can bond the key of another, and what a key signed can be charged to
/// whoever bonded it, also after it was changed. The message names the account, so a copy is worth nothing to anyone else, and the
/// contract and the chain, so it is worth nothing elsewhere; it has no time limit, because the claim has none. It names the key as well:
/// without that, any signature would prove *some* key, namely the one that recovers from it and that nobody holds.
interface IBonding {
    /// @notice A validator bonded OMG of her own; `bond` is the whole stake of her pool now. `Delegated` to herself goes with it.
    event Bonded(address indexed validator, address indexed signer, uint96 amount, uint96 bond);
    /// @notice Stake entered the pool of a validator for `shares` of it.
    event Delegated(address indexed validator, address indexed delegator, uint96 amount, uint256 shares);
    /// @notice Stake left a pool and waits under `unbondingId`.
    event Undelegated(
        address indexed validator, address indexed delegator, uint256 indexed unbondingId, uint96 amount, uint256 shares
    );
    /// @notice Stake moved to another validator.
    event Redelegated(
        address indexed from,
        address indexed to,
        address indexed delegator,
        uint96 amount,
        uint256 sharesFrom,
        uint256 sharesTo
    );
    event Withdrawn(address indexed delegator, uint256 indexed unbondingId, uint96 amount, address recipient);
    event SignerChanged(address indexed validator, address indexed signer);
    /// @notice The public key of `signer` recovers from `proof`, which nodes need to know her among themselves.
    event SignerProven(address indexed validator, address indexed signer, bytes proof);
    event CommissionSet(address indexed validator, uint16 bps);
    /// @notice What a validator says about herself: name, address, contact. Nothing here reads it.
    event Described(address indexed validator, string description);
    /// @notice The validator is among those of whom the next set is made.
    event Joined(address indexed validator);
    /// @notice She is not any more: displaced by a larger one, jailed, or without the smallest bond. The stake stays in her pool.
    event Left(address indexed validator);
    /// @notice A validator's stake lost `bps` of each of its parts; `amount` is the loss of her pool.
    event Slashed(
        address indexed validator, uint64 indexed validatorSetId, uint16 bps, uint256 amount, address indexed prover
    );
    /// @notice With `Slashed`: what lost who had left the pool while `unbondingSetId` was current.
    event UnbondingSlashed(address indexed validator, uint64 indexed unbondingSetId, uint256 amount);
    /// @notice Stake that had moved from a slashed validator to another one lost `amount`, with these shares of the other one's pool.
    event RedelegationSlashed(
        address indexed from, address indexed to, address indexed delegator, uint96 amount, uint256 shares
    );
    /// @notice A slash left nothing of a pool. All its shares are void; whoever delegates from now on starts at one share a token again.
    event PoolEmptied(address indexed validator);
    event Jailed(address indexed validator, uint64 until);
    event Unjailed(address indexed validator);
    event Owed(address indexed receiver, uint256 amount);
    event OwedPaid(address indexed receiver, uint256 amount);
    event ValidatorSetMade(uint64 indexed id, uint256 validators, uint256 power);

    error BondTooSmall(uint256 bond, uint256 minimum);
    /// @notice The set is full and the stake does not exceed the smallest one in it.
    error ValidatorSetFull(uint256 smallestStake);
    error NotAValidator(address account);
    error AlreadyJoined(address validator);
    /// @notice The key stands for another account, now or formerly.
    error SignerInUse(address signer);
    /// @notice The proof is a signature by `actual`: of another key, or of another message (account, contract, chain).
    error SignerNotProven(address signer, address actual);
    error AmountIsZero();
    error AddressIsZero();
    error AmountExceedsBond(uint256 amount, uint256 bond);
    /// @notice More shares than the delegator has, or than may move: see `StillLiable`.
    error SharesExceeded(uint256 shares, uint256 available);
    error SameValidator();
    error NothingChanged();
    error EpochNotOver(uint256 nextAt);
    error UnknownUnbonding(uint256 unbondingId);
    /// @notice The stake may still have to answer for what its validator signed (A26). `withdrawableAt` is 0 until a set without it
    /// is published.
    error StillSlashable(uint256 withdrawableAt);
    /// @notice The stake came from another validator and still answers for what that one signed, so it moves no further. `freeAt` is 0 until it
    /// is known.
    error StillLiable(uint256 freeAt);
    error CommissionTooHigh(uint16 bps, uint16 highest);
    /// @notice The commission was raised in this epoch already.
    error CommissionRaisedAt(uint256 nextAt);
    error DescriptionTooLong(uint256 bytes_, uint256 most);
    error NotSlashing(address caller);
    error InvalidFraction(uint16 bps);
    /// @notice There is no such set, or all that was staked in it is free by now.
    error NotSlashable(uint64 validatorSetId);
    error IsJailed(address validator, uint64 until);
    error NotJailed(address validator);
    /// @notice A jail term has to end in the future.
    error InvalidTerm(uint64 until);
    error NothingOwed(address receiver);

    struct Validator {
        /// Key that signs checkpoints; its address names the validator in every set.
        address signer;
        /// Stake of the pool in OMG wei, which is the power.
        uint96 bond;
    }

    struct Unbonding {
        address delegator;
        address validator;
        /// What it is worth now: less than at the start if the validator was slashed since.
        uint96 amount;
        /// The set that was current when it started; `unbondingDelay` runs from the publication of the next one.
        uint64 validatorSetId;
    }

    /// @notice Stake that came from another validator and answers for what that one signed.
    struct Redelegation {
        address from;
        /// The set that was current when it moved.
        uint64 validatorSetId;
        /// Shares in the pool it is in now.
        uint256 shares;
        /// When it is free; 0 until that is known.
        uint256 freeAt;
    }

    // ─────────────────────────────────────────────── validators ──────────────────────────────────────────────

    /// @notice Bonds `amount` OMG of the caller, as a validator who joins or on top of her bond. The bond is shares of her own pool.
    /// @param signer Key for checkpoints. Ignored, like the proof, unless the caller joins (again).
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

    /// @notice Starts to take `amount` out of the caller's own bond. What is left must be nothing or at least the minimum. Without a bond of
    /// her own a validator stands in no set, whatever was delegated to her.
    function unbond(uint96 amount) external returns (uint256 unbondingId);

    /// @notice Puts a validator among those of whom the next set is made: one who was displaced, or fell below the minimum, and is large enough
    /// (again). Anyone may call it.
    function join(address validator) external;

    /// @notice Changes the caller's signing key, from the next set on. The sets that name the old key stay as they are, so it goes on
    /// signing until they have ended, and it stays the caller's: she may return to it, and nobody else can have it.
    /// @param proof Signature by `signer` of SigningKey(caller, signer), `r ‖ s ‖ v`.
    function setSigner(address signer, bytes calldata proof) external;

    /// @notice Sets the caller's part of her delegators' rewards, from the next set on: at most half, up by at most one percent an epoch, down and
    /// before anybody delegated at will.
    function setCommission(uint16 bps) external;

    /// @notice Says who the caller is: an event, of at most 512 bytes.
    function describe(string calldata description) external;

    /// @notice Ends the caller's jail after its term, and lets her join if she is large enough.
    function unjail() external;

    // ─────────────────────────────────────────────── delegators ──────────────────────────────────────────────

    /// @notice Delegates `amount` OMG of the caller to a validator. It counts from the next set on, and takes over a share of all the validator may
    /// still be slashed for.
    function delegate(address validator, uint96 amount) external;

    /// @notice As `delegate`, for somebody else: the OMG is the caller's, the stake the delegator's.
    function delegateFor(address delegator, address validator, uint96 amount) external;

    /// @notice Starts to take `shares` of the caller out of a validator's pool.
    function undelegate(address validator, uint256 shares) external returns (uint256 unbondingId);

    /// @notice Moves stake of the caller to another validator, where it counts from the next set on. Until it would have been withdrawable it answers
    /// for both, and moves no further.
    function redelegate(address from, address to, uint256 shares) external;

    /// @notice Pays out an unbonding of the caller that has ended.
    function withdraw(uint256 unbondingId, address recipient) external;

    /// @notice Charges stake that has moved from one validator to another for slashes of the former. Anyone; also done before it moves again.
    function settleRedelegation(address validator, address delegator) external;

    // ──────────────────────────────────────────────── slashing ───────────────────────────────────────────────

    /// @notice Takes `bps` ten-thousandths of the stake that answers for what a validator signed in a set. Of it the prover gets 5 %, but at most
    /// half of what the validator herself lost, so that nobody gains by proving her own offence with the stake of others (I11); the
    /// insurance gets 45 %, and the rest is burnt. Only the slashing contract.
    function slash(address validator, uint64 validatorSetId, uint16 bps, address prover)
        external
        returns (uint256 slashed);

    /// @notice Keeps a validator out of new sets until she asks to be let in after `until`. Only the slashing contract.
    function jail(address validator, uint64 until) external;

    /// @notice Pays what a prover or the insurance has coming, to herself. Anyone.
    function payOwed(address receiver) external returns (uint256 amount);

    // ────────────────────────────────────────────────── sets ─────────────────────────────────────────────────

    /// @notice Publishes the set that follows from the stake as it is now to the root chain. Anyone, once per epoch at most; if nothing
    /// changed, once in seven epochs, so that rewards do not wait for a change.
    /// If nobody is bonded any more the set is empty: it accepts no checkpoint, and the last bonds become free in time.
    function publishValidatorSet() external returns (uint64 id);

    /// @notice The members of a published set, in ascending order of signer.
    function validatorsOf(uint64 id) external view returns (Validator[] memory);

    // ────────────────────────────────────────────────── reads ────────────────────────────────────────────────

    /// @notice Whom a signature by a key is charged to: who first bonded it, for ever. Zero if nobody has.
    function validatorOfSigner(address signer) external view returns (address account);

    /// @notice A validator's key and the stake of her pool as they are now.
    function validator(address account) external view returns (Validator memory);

    /// @notice The accounts that the next set will consist of, in no order.
    function validators() external view returns (address[] memory);

    /// @notice A validator's pool as it is now.
    /// @return tokens All stake in it, own bond and delegations: her power.
    /// @return shares What it is divided into.
    /// @return own What the validator's own shares are worth.
    /// @return commissionBps Her part of her delegators' rewards, from the next set on.
    /// @return jailedUntil 0 if she is not jailed.
    function pool(address validator_)
        external
        view
        returns (uint96 tokens, uint256 shares, uint96 own, uint16 commissionBps, uint64 jailedUntil);

    function sharesOf(address validator_, address delegator) external view returns (uint256);

    /// @notice What a delegator's shares are worth, rounded down.
    function stakeOf(address validator_, address delegator) external view returns (uint96);

    /// @notice What counted in a set: all shares of a pool, and its commission.
    function poolAt(address validator_, uint64 setId) external view returns (uint256 shares, uint16 commissionBps);

    /// @notice A delegator's shares that counted in a set.
    function sharesAt(address validator_, address delegator, uint64 setId) external view returns (uint256);

    /// @notice The first set in which shares of a delegator may have counted; 0 if there is none.
    function firstSetOf(address validator_, address delegator) external view returns (uint64);

    function unbonding(uint256 unbondingId) external view returns (Unbonding memory);

    /// @notice When an unbonding can be withdrawn; 0 while that is not known.
    function withdrawableAt(uint256 unbondingId) external view returns (uint256);

    /// @notice What of a delegator's stake came from another validator and is not free yet; all zero if nothing.
    function redelegation(address validator_, address delegator) external view returns (Redelegation memory);

    /// @notice OMG that a prover or the insurance has coming.
    function owed(address receiver) external view returns (uint256);
}
