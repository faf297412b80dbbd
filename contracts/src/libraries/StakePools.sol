// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Checkpoints } from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title Stake pools
/// @notice The stake behind one validator, held in shares, with its history by validator set: whose stake stood in a set, and at which
/// commission, can be told for ever, so the rewards of a set go to exactly those.
/// @dev Every rounding is against whoever moves: shares are minted and paid out rounded down, losses rounded up. A pool starts at one
/// share a token and nothing but a delegation adds tokens to it (what is sent to the contract adds nothing), so a share is never worth more than
/// one token wei: `tokens <= shares`. That is why a first depositor has no price to inflate, and why no delegation is ever rounded to nothing.
/// A loss that leaves next to nothing empties the pool: its shares are void, and a new era of shares starts at one to one again.
library StakePools {
    using Checkpoints for Checkpoints.Trace208;

    uint256 internal constant BPS = 10_000;
    /// What is left of a pool after a loss is void if there are more shares than this per token: so shares always fit 128 bits.
    uint256 internal constant MAX_SHARES_PER_TOKEN = 1e9;

    struct Pool {
        uint96 tokens;
        /// `era u32 | commission u16 | shares u128` from the set on that is the key.
        Checkpoints.Trace208 history;
        /// Shares from the set on that is the key.
        mapping(uint256 era => mapping(address delegator => Checkpoints.Trace208)) shares;
    }

    /// @notice What a pool is divided into.
    struct Totals {
        uint32 era;
        uint16 commissionBps;
        uint128 shares;
    }

    // ──────────────────────────────────────────────── reads ──────────────────────────────────────────────────

    function totals(Pool storage self) internal view returns (Totals memory) {
        return _unpack(self.history.latest());
    }

    /// @notice The totals that count in a set.
    function totalsAt(Pool storage self, uint64 setId) internal view returns (Totals memory) {
        return _unpack(self.history.upperLookupRecent(uint48(setId)));
    }

    function sharesOf(Pool storage self, address delegator) internal view returns (uint256) {
        return self.shares[totals(self).era][delegator].latest();
    }

    /// @notice The shares of a delegator that count in a set.
    function sharesAt(Pool storage self, address delegator, uint64 setId) internal view returns (uint256) {
        return self.shares[totalsAt(self, setId).era][delegator].upperLookupRecent(uint48(setId));
    }

    /// @notice The first set in which a delegator's shares may count; 0 if there is none.
    function firstSetOf(Pool storage self, address delegator) internal view returns (uint64) {
        uint256 last = totals(self).era;
        for (uint256 era; era <= last; ++era) {
            Checkpoints.Trace208 storage trace = self.shares[era][delegator];
            if (trace.length() != 0) return trace.at(0)._key;
        }
        return 0;
    }

    /// @notice What shares are worth, rounded down.
    function toTokens(Pool storage self, uint256 shares) internal view returns (uint96) {
        return _toTokens(shares, self.tokens, totals(self).shares);
    }

    /// @notice How many shares make at least `amount` tokens: rounded up.
    function sharesFor(Pool storage self, uint256 amount) internal view returns (uint256) {
        uint256 tokens = self.tokens;
        if (tokens == 0) return 0;
        return (amount * totals(self).shares + tokens - 1) / tokens;
    }

    // ──────────────────────────────────────────────── changes ────────────────────────────────────────────────

    /// @param setId The first set in which the change counts.
    function mint(Pool storage self, address delegator, uint96 amount, uint64 setId) internal returns (uint256 minted) {
        Totals memory before = totals(self);
        minted = before.shares == 0 ? amount : uint256(amount) * before.shares / self.tokens;
        self.tokens += amount;
        _write(self, before.era, before.commissionBps, before.shares + minted, setId);
        Checkpoints.Trace208 storage trace = self.shares[before.era][delegator];
        trace.push(uint48(setId), uint208(trace.latest() + minted));
    }

    /// @dev The caller has checked that the delegator has so many.
    function burn(Pool storage self, address delegator, uint256 shares, uint64 setId) internal returns (uint96 amount) {
        Totals memory before = totals(self);
        amount = _toTokens(shares, self.tokens, before.shares);
        self.tokens -= amount;
        _write(self, before.era, before.commissionBps, before.shares - shares, setId);
        Checkpoints.Trace208 storage trace = self.shares[before.era][delegator];
        trace.push(uint48(setId), uint208(trace.latest() - shares));
    }

    /// @return loss What the pool loses: its part, rounded up, and the rest as well if next to nothing would be left.
    /// @return emptied Whether its shares are void now.
    function lose(Pool storage self, uint16 bps, uint64 setId) internal returns (uint96 loss, bool emptied) {
        Totals memory before = totals(self);
        uint96 tokens = self.tokens;
        if (tokens == 0) return (0, false);
        loss = uint96(partOf(tokens, bps));
        emptied = before.shares > (tokens - loss) * MAX_SHARES_PER_TOKEN;
        if (emptied) {
            loss = tokens;
            _write(self, before.era + 1, before.commissionBps, 0, setId);
        }
        self.tokens = tokens - loss;
    }

    function setCommission(Pool storage self, uint16 bps, uint64 setId) internal {
        Totals memory before = totals(self);
        _write(self, before.era, bps, before.shares, setId);
    }

    /// @notice A part of an amount, rounded up and so never nothing of something.
    function partOf(uint128 amount, uint16 bps) internal pure returns (uint128) {
        return uint128((uint256(amount) * bps + BPS - 1) / BPS);
    }

    function _toTokens(uint256 shares, uint256 tokens, uint256 total) private pure returns (uint96) {
        return shares == 0 ? 0 : uint96(shares * tokens / total);
    }

    function _write(Pool storage self, uint32 era, uint16 commissionBps, uint256 shares, uint64 setId) private {
        uint256 word = (uint256(era) << 144) | (uint256(commissionBps) << 128) | shares;
        self.history.push(uint48(setId), uint208(word));
    }

    function _unpack(uint256 word) private pure returns (Totals memory) {
        return Totals({ era: uint32(word >> 144), commissionBps: uint16(word >> 128), shares: uint128(word) });
    }
}
