// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { StakePools } from "./StakePools.sol";

/// @title Unbonding pools
/// @notice The stake on its way out of a validator, in one pool per set that was current when it left. It answers for what the validator signed
/// until then, so a proof about a set touches the pools of that set and of later ones: at most one a set and slash within the unbonding delay,
/// however many people are leaving.
/// @dev A share is a token that entered. A pool that has lost something takes no more, so it is never entered at another price.
library UnbondingPools {
    /// One slot and a bit.
    struct Pool {
        uint96 tokens;
        uint96 shares;
        /// The set that was current.
        uint64 setId;
        /// Shares of the validator itself.
        uint96 own;
    }

    /// @return index The pool that the amount entered.
    function enter(Pool[] storage self, uint64 setId, uint96 amount, bool own) internal returns (uint256 index) {
        uint256 length = self.length;
        if (length != 0) {
            Pool storage last = self[length - 1];
            if (last.setId == setId && last.tokens == last.shares) {
                last.tokens += amount;
                last.shares += amount;
                if (own) last.own += amount;
                return length - 1;
            }
        }
        self.push(Pool({ tokens: amount, shares: amount, setId: setId, own: own ? amount : 0 }));
        return length;
    }

    /// @notice What shares of a pool are worth now, rounded down.
    function valueOf(Pool storage self, uint96 shares) internal view returns (uint96) {
        return uint96(uint256(shares) * self.tokens / self.shares);
    }

    /// @dev When anything may leave, nothing of the pool is slashable any more, so whose it was does not matter.
    function leave(Pool storage self, uint96 shares) internal returns (uint96 amount) {
        amount = valueOf(self, shares);
        self.tokens -= amount;
        self.shares -= shares;
    }

    /// @return loss What the pool loses, rounded up.
    /// @return ownLoss The part of it that the validator itself loses, rounded down.
    function lose(Pool storage self, uint16 bps) internal returns (uint96 loss, uint256 ownLoss) {
        uint96 tokens = self.tokens;
        if (tokens == 0) return (0, 0);
        loss = uint96(StakePools.partOf(tokens, bps));
        ownLoss = uint256(loss) * self.own / self.shares;
        self.tokens = tokens - loss;
    }
}
