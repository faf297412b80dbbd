// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import { IMarkets, MarketState, MarketTerms } from "./interfaces/IMarkets.sol";
import { FeeToken, IRootChain } from "./interfaces/IRootChain.sol";

/// @title Markets
/// @notice See IMarkets.
contract Markets is IMarkets {
    using SafeERC20 for IERC20;

    bytes1 private constant MARKET_TAG = 0x0a;
    /// Where burnt OMG goes: the token has no burn of its own.
    address private constant BURNT = 0x000000000000000000000000000000000000dEaD;
    /// Prices and sizes are below 2^32, so a cost `lots * price * tick` is below 2^128, and so is `lots * lot`.
    uint128 private constant MAX_TICK = type(uint64).max;
    uint128 private constant MAX_LOT = type(uint96).max;
    uint64 private constant MAX_SIZE = type(uint32).max;

    IRootChain public immutable rootChain;
    IERC20 public immutable omg;
    uint96 public immutable listingFee;
    uint64 public changes;
    mapping(bytes32 market => MarketState) public stateOf;

    constructor(IRootChain rootChain_, IERC20 omg_, uint96 listingFee_) {
        rootChain = rootChain_;
        omg = omg_;
        listingFee = listingFee_;
    }

    /// @inheritdoc IMarkets
    function list(MarketTerms calldata terms) external returns (bytes32 market) {
        if (terms.base == terms.quote) revert SameToken();
        if (!_isFeeToken(terms.quote)) revert QuoteNotAccepted(terms.quote);
        if (
            terms.tick == 0 || terms.tick > MAX_TICK || terms.lot == 0 || terms.lot > MAX_LOT || terms.minimumSize == 0
                || terms.minimumSize > MAX_SIZE
        ) revert SizeOutOfRange();

        market = marketId(terms);
        if (stateOf[market] != MarketState.None) revert AlreadyListed(market);
        stateOf[market] = MarketState.Active;
        emit MarketListed(
            market, terms.base, terms.quote, terms.tick, terms.lot, terms.tier, terms.minimumSize, msg.sender, changes++
        );
        omg.safeTransferFrom(msg.sender, BURNT, listingFee);
    }

    /// @inheritdoc IMarkets
    function setState(bytes32 market, MarketState state) external {
        if (msg.sender != rootChain.governor()) revert NotGovernor(msg.sender);
        if (state == MarketState.None) revert InvalidState();
        MarketState current = stateOf[market];
        if (current == MarketState.None) revert UnknownMarket(market);
        if (current == MarketState.Closed) revert MarketIsClosed(market);
        stateOf[market] = state;
        emit MarketStateChanged(market, state, changes++);
    }

    /// @inheritdoc IMarkets
    function marketId(MarketTerms calldata terms) public pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                MARKET_TAG, terms.base, terms.quote, terms.tick, terms.lot, uint8(terms.tier), terms.minimumSize
            )
        );
    }

    function _isFeeToken(address token) private view returns (bool) {
        FeeToken[] memory tokens = rootChain.feeTokens();
        for (uint256 lane; lane < tokens.length; ++lane) {
            if (tokens[lane].token == token) return true;
        }
        return false;
    }
}
