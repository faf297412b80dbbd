// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { Markets } from "../src/Markets.sol";
import { IMarkets, MarketState, MarketTerms, Tier } from "../src/interfaces/IMarkets.sol";
import { Network } from "./foundation/Network.sol";

contract MarketsTest is Network {
    uint96 private constant LISTING_FEE = 100 ether;
    address private constant BURNT = 0x000000000000000000000000000000000000dEaD;

    Markets private _markets;

    function setUp() public override {
        super.setUp();
        _markets = new Markets(rootChain, IERC20(address(omg)), LISTING_FEE);
        omg.transfer(alice, 10 * uint256(LISTING_FEE));
        vm.prank(alice);
        omg.approve(address(_markets), type(uint256).max);
    }

    // ─────────────────────────────────────────────────── list ──────────────────────────────────────────────────

    function test_List_BurnsFee() public {
        MarketTerms memory terms = _ether();
        bytes32 id = _markets.marketId(terms);
        vm.expectEmit(address(_markets));
        emit IMarkets.MarketListed(
            id, terms.base, terms.quote, terms.tick, terms.lot, terms.tier, terms.minimumSize, alice, 0
        );
        vm.prank(alice);
        vm.assertEq(_markets.list(terms), id);
        vm.assertEq(uint256(_markets.stateOf(id)), uint256(MarketState.Active));
        vm.assertEq(omg.balanceOf(BURNT), LISTING_FEE);
        vm.assertEq(omg.balanceOf(alice), 9 * uint256(LISTING_FEE));
    }

    function test_List_RevertWhen_Listed() public {
        bytes32 id = _list(_ether());
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarkets.AlreadyListed.selector, id));
        _markets.list(_ether());
    }

    function test_List_RevertWhen_FeeIsNotPaid() public {
        vm.prank(bob);
        vm.expectRevert();
        _markets.list(_ether());
        vm.assertEq(uint256(_markets.stateOf(_markets.marketId(_ether()))), uint256(MarketState.None));
    }

    function test_List_RevertWhen_SameToken() public {
        MarketTerms memory terms = _ether();
        terms.base = terms.quote;
        _refused(terms, abi.encodeWithSelector(IMarkets.SameToken.selector));
    }

    function test_List_RevertWhen_QuoteIsNoFeeToken() public {
        MarketTerms memory terms = _ether();
        terms.quote = address(omg);
        _refused(terms, abi.encodeWithSelector(IMarkets.QuoteNotAccepted.selector, address(omg)));
    }

    function test_List_RevertWhen_SizeIsOutOfRange() public {
        bytes memory reason = abi.encodeWithSelector(IMarkets.SizeOutOfRange.selector);
        uint128[3] memory ticks = [uint128(0), uint128(type(uint64).max) + 1, type(uint128).max];
        uint128[3] memory lots = [uint128(0), uint128(type(uint96).max) + 1, type(uint128).max];
        uint64[3] memory sizes = [uint64(0), uint64(type(uint32).max) + 1, type(uint64).max];
        for (uint256 i; i < 3; ++i) {
            MarketTerms memory terms = _ether();
            terms.tick = ticks[i];
            _refused(terms, reason);
            terms = _ether();
            terms.lot = lots[i];
            _refused(terms, reason);
            terms = _ether();
            terms.minimumSize = sizes[i];
            _refused(terms, reason);
        }
    }

    /// Whatever may be listed: the cost of the largest order at the highest price is an amount.
    function testFuzz_List_CostsStayAmounts(uint128 tick, uint128 lot, uint64 size) public {
        MarketTerms memory terms = _ether();
        (terms.tick, terms.lot, terms.minimumSize) = (tick, lot, size);
        vm.prank(alice);
        try _markets.list(terms) {
            uint256 most = type(uint32).max;
            vm.assertTrue(most * most * tick <= type(uint128).max);
            vm.assertTrue(most * lot <= type(uint128).max);
            vm.assertTrue(size >= 1 && size <= most);
        } catch (bytes memory reason) {
            vm.assertEq(reason, abi.encodeWithSelector(IMarkets.SizeOutOfRange.selector));
        }
    }

    // ────────────────────────────────────────────────── state ──────────────────────────────────────────────────

    function test_SetState_HaltsAndResumes() public {
        bytes32 id = _list(_ether());
        MarketState[3] memory states = [MarketState.PostOnly, MarketState.CancelOnly, MarketState.Active];
        for (uint256 i; i < 3; ++i) {
            vm.expectEmit(address(_markets));
            emit IMarkets.MarketStateChanged(id, states[i], uint64(i + 1));
            vm.prank(governor);
            _markets.setState(id, states[i]);
            vm.assertEq(uint256(_markets.stateOf(id)), uint256(states[i]));
        }
        vm.assertEq(_markets.changes(), 4);
    }

    function test_SetState_RevertWhen_Closed() public {
        bytes32 id = _list(_ether());
        vm.startPrank(governor);
        _markets.setState(id, MarketState.Closed);
        vm.expectRevert(abi.encodeWithSelector(IMarkets.MarketIsClosed.selector, id));
        _markets.setState(id, MarketState.Active);
        vm.stopPrank();
        // The terms of a closed market stay taken: its id must never name a second life.
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarkets.AlreadyListed.selector, id));
        _markets.list(_ether());
    }

    function test_SetState_RevertWhen_NotGovernor() public {
        bytes32 id = _list(_ether());
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarkets.NotGovernor.selector, alice));
        _markets.setState(id, MarketState.CancelOnly);
    }

    function test_SetState_RevertWhen_Unlisted() public {
        vm.prank(governor);
        vm.expectRevert(abi.encodeWithSelector(IMarkets.UnknownMarket.selector, bytes32(uint256(1))));
        _markets.setState(bytes32(uint256(1)), MarketState.Closed);
    }

    function test_SetState_RevertWhen_None() public {
        bytes32 id = _list(_ether());
        vm.prank(governor);
        vm.expectRevert(IMarkets.InvalidState.selector);
        _markets.setState(id, MarketState.None);
    }

    // ─────────────────────────────────────────────────── id ────────────────────────────────────────────────────

    /// The chain names a market by the same hash: the vectors that TypeScript runs.
    function test_MarketId_IsThatOfTheVectors() public view {
        string memory json =
            vm.readFile(string.concat(vm.projectRoot(), "/packages/protocol/vectors/protocol.vectors.json"));
        uint256 count;
        for (; vm.keyExistsJson(json, _key(count, "id")); ++count) {
            MarketTerms memory terms = this.decode(vm.parseJsonBytes(json, _key(count, "bytes")));
            vm.assertEq(_markets.marketId(terms), vm.parseJsonBytes32(json, _key(count, "id")));
        }
        vm.assertEq(count, 3);
    }

    /// @dev External, so that the bytes are calldata and can be sliced.
    function decode(bytes calldata encoded) external pure returns (MarketTerms memory) {
        return MarketTerms({
            base: address(bytes20(encoded[:20])),
            quote: address(bytes20(encoded[20:40])),
            tick: uint128(bytes16(encoded[40:56])),
            lot: uint128(bytes16(encoded[56:72])),
            tier: Tier(uint8(encoded[72])),
            minimumSize: uint64(bytes8(encoded[73:81]))
        });
    }

    function _key(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".markets[", vm.toString(i), "].", field);
    }

    /// One lot is a hundredth of an ether, one tick a cent for a whole one.
    function _ether() private view returns (MarketTerms memory) {
        return MarketTerms({
            base: address(0), quote: address(usd), tick: 100, lot: 0.01 ether, tier: Tier.Bonded, minimumSize: 1
        });
    }

    function _list(MarketTerms memory terms) private returns (bytes32) {
        vm.prank(alice);
        return _markets.list(terms);
    }

    function _refused(MarketTerms memory terms, bytes memory reason) private {
        vm.prank(alice);
        vm.expectRevert(reason);
        _markets.list(terms);
    }
}
