// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { IRootChain } from "./IRootChain.sol";

/// @notice Which of the chain's seasoning times `D` protects the orders of a market (R9).
enum Tier {
    /// D = 0: by the validators' bonds only.
    Bonded,
    Guarded,
    Safe
}

/// @notice The immutable parameters of a market. `lots` at `price` cost exactly `lots * price * tick` units of the quote token.
struct MarketTerms {
    address base;
    /// An accepted fee token: trading fees are taken in it.
    address quote;
    /// Quote units that one lot costs for each step of the price.
    uint128 tick;
    /// Base units in one lot.
    uint128 lot;
    Tier tier;
    /// The smallest order, in lots.
    uint64 minimumSize;
}

/// @notice What the chain does with the orders of a market.
enum MarketState {
    /// Never listed.
    None,
    Active,
    /// New orders must be post-only.
    PostOnly,
    /// No batch and no new order; orders can be cancelled.
    CancelOnly,
    /// As CancelOnly, for ever: the chain gives every order back.
    Closed
}

/// @title Markets
/// @notice The registry of markets. Anybody lists one for a fee, which is burnt; what a market is can never change, because its id
/// is the hash of its terms. The chain reads the registry up to the origin of each checkpoint, so every validator and every watcher
/// sees the same markets. Nothing here can touch a coin: a market that is halted still lets everybody cancel and exit.
interface IMarkets {
    /// @notice `index` counts all changes of the registry from 0, so that a reader notices one that was left out.
    event MarketListed(
        bytes32 indexed market,
        address indexed base,
        address indexed quote,
        uint128 tick,
        uint128 lot,
        Tier tier,
        uint64 minimumSize,
        address lister,
        uint64 index
    );
    event MarketStateChanged(bytes32 indexed market, MarketState state, uint64 index);

    /// @notice The token is traded against itself.
    error SameToken();
    /// @notice Fees are taken in the quote token, so it must be one that the chain accepts for fees.
    error QuoteNotAccepted(address quote);
    /// @notice Tick, lot and minimum size must be at least 1 and at most what keeps every order's cost an amount.
    error SizeOutOfRange();
    error AlreadyListed(bytes32 market);
    error UnknownMarket(bytes32 market);
    error MarketIsClosed(bytes32 market);
    error NotGovernor(address caller);
    error InvalidState();

    /// @notice Lists a market and burns the fee of the caller, in OMG.
    /// @return market Its id: `keccak(0x0a ‖ terms)` (docs/encoding.md).
    function list(MarketTerms calldata terms) external returns (bytes32 market);

    /// @notice The governor halts, resumes or closes a market. Closed is final.
    function setState(bytes32 market, MarketState state) external;

    /// @notice The id that these terms have, listed or not.
    function marketId(MarketTerms calldata terms) external pure returns (bytes32);

    function stateOf(bytes32 market) external view returns (MarketState);
    /// @notice How many listings and changes of state there were.
    function changes() external view returns (uint64);
    /// @notice OMG wei that a listing costs.
    function listingFee() external view returns (uint96);
    function rootChain() external view returns (IRootChain);
    function omg() external view returns (IERC20);
}
