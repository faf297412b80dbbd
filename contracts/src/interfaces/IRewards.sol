// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Creator, Inclusion } from "./IExitGame.sol";

/// @title Rewards
/// @notice The fees of the network, divided among those whose stake secured it. The chain pays its fees to COINs of this contract; anyone brings them
/// here by the standard exit, in this contract's name, and everything else follows from what Ethereum knows:
///
/// 1. `collect` starts the exit of such a coin. It becomes income of the validator set that signed the checkpoint it is in.
/// 2. `sweep`, when the exit has been paid, fetches the money, and gives the bond back to who put it up.
/// 3. `tally` counts who signed which accepted checkpoint of a set that has ended.
/// 4. `divide` divides a set's income: a tenth to the insurance, a tenth burnt, the rest among the set's validators by power times
///    checkpoints signed. Fees in other tokens than OMG cannot be burnt to anybody's use, so there the insurance gets that tenth as well.
/// 5. `claim` pays: of what a validator's stake earned in a set she keeps her commission, and the rest is everybody's by the shares that
///    counted in that set. Who joins later has no part in it, and who left since still has.
///
/// Every step is anyone's, and none can be skipped. Payments are pulled. What rounding leaves of a division is income of the next set; what it
/// leaves of a claim, less than one wei for each delegator and set, stays here.
interface IRewards {
    /// @notice The exit of a fee coin has started, for the income of `validatorSetId`.
    event Collected(
        bytes32 indexed exitId, uint64 indexed validatorSetId, address indexed token, uint256 amount, address payer
    );
    /// @notice The exit is over; `amount` of it arrived, 0 if it was challenged or nothing was due.
    event Swept(bytes32 indexed exitId, uint64 indexed validatorSetId, address indexed token, uint256 amount);
    /// @notice Checkpoints `from` to `to` were looked through for signatures of a set.
    event Tallied(uint64 indexed validatorSetId, uint64 from, uint64 to, uint64 counted);
    /// @notice The income of a set was divided; `carried` is left for the next one.
    event Divided(
        address indexed token,
        uint64 indexed validatorSetId,
        uint256 stakers,
        uint256 insurance,
        uint256 burnt,
        uint256 carried
    );
    /// @notice What the stake of a validator has earned in a set, her delegators' part included.
    event Allotted(address indexed token, uint64 indexed validatorSetId, address indexed validator, uint256 amount);
    /// @notice Somebody's part of all sets up to one was paid.
    event Claimed(
        address indexed validator, address indexed delegator, address indexed token, uint64 upTo, uint256 amount
    );
    event InsurancePaid(address indexed token, uint256 amount);
    event BondReturned(address indexed payer, uint256 amount);

    error AddressIsZero();
    /// @notice Only COINs are income.
    error NotACoin(bytes32 exitId);
    /// @notice Sweep the last exit of this coin first.
    error NotSwept(bytes32 exitId);
    error NotCollected(bytes32 exitId);
    error ExitStillOpen(bytes32 exitId);
    /// @notice ETH comes from the vault and from the exit game, and from nowhere else.
    error UnexpectedPayment(address from);
    error UnknownSet(uint64 validatorSetId);
    /// @notice Checkpoints are looked through in order, without gaps: this one is next, or the range is none.
    error WrongRange(uint64 from, uint64 to);
    /// @notice The set may have signed a checkpoint that was not looked through.
    error NotTallied(uint64 validatorSetId);
    /// @notice The set may still sign, or its coins may still be collected.
    error TooEarly(uint256 divisibleAt);
    error ExitsPending(uint64 validatorSetId, uint256 count);
    /// @notice Sets are divided in order, and this one was.
    error AlreadyDivided(uint64 validatorSetId);
    error NothingToClaim();

    /// @notice A coin on its way.
    struct Collection {
        /// Who put up the bond.
        address payer;
        uint96 bond;
        /// Whose income it becomes.
        uint64 validatorSetId;
    }

    /// @notice Starts the standard exit of a COIN of this contract. The caller puts up the bond.
    function collect(Creator calldata creator, Inclusion calldata inclusion) external payable returns (bytes32 exitId);

    /// @notice Takes what an exit has brought, and the bond, which waits for the payer. Reverts while the exit is open.
    /// @return amount What became income.
    function sweep(bytes32 exitId) external returns (uint256 amount);

    /// @notice Counts the signatures of a set under the accepted checkpoints from `from` to `to`, those included. The first call for a set
    /// begins at or before its first checkpoint, every further one where the last one ended.
    function tally(uint64 validatorSetId, uint64 from, uint64 to) external;

    /// @notice Divides the income of all sets up to `upTo` that are not divided yet, in order.
    function divide(address token, uint64 upTo) external;

    /// @notice Pays the caller's part of what a validator's stake earned, from the set after her last claim to `upTo`.
    function claim(address validator, address token, uint64 upTo, address recipient) external returns (uint256 amount);

    /// @notice Pays the insurance. Anyone.
    function payInsurance(address token) external returns (uint256 amount);

    /// @notice Pays the bonds that came back for the caller.
    function withdrawBond(address recipient) external returns (uint256 amount);

    // ────────────────────────────────────────────────── reads ────────────────────────────────────────────────

    /// @notice What `claim` would pay.
    function earned(address validator, address delegator, address token, uint64 upTo) external view returns (uint256);

    /// @notice The last set whose income was divided.
    function dividedUpTo(address token) external view returns (uint64);

    /// @notice The last set up to which somebody has claimed.
    function claimedUpTo(address validator, address delegator, address token) external view returns (uint64);

    /// @notice What has come in for a set and is not divided yet.
    function incomeOf(address token, uint64 validatorSetId) external view returns (uint256);

    /// @notice What a validator's stake has earned in a divided set.
    function allotted(address token, uint64 validatorSetId, address validator) external view returns (uint256);

    /// @notice How many coins of a set are on their way.
    function pending(address token, uint64 validatorSetId) external view returns (uint256);

    /// @notice How many checkpoints of a set were counted, and which one is to be looked through next; 0 before the first call.
    function tallied(uint64 validatorSetId) external view returns (uint64 counted, uint64 next);

    /// @notice How many of the counted checkpoints each validator of a set has signed, in the set's order.
    function participation(uint64 validatorSetId) external view returns (uint256[] memory);

    function collection(bytes32 exitId) external view returns (Collection memory);

    /// @notice What waits for the insurance.
    function insured(address token) external view returns (uint256);

    /// @notice What rounding left of the last division, for the next one.
    function carried(address token) external view returns (uint256);

    /// @notice Bonds that came back for `payer`, in wei.
    function bondsOf(address payer) external view returns (uint256);
}
