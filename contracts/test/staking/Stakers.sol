// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBonding } from "../../src/interfaces/IBonding.sol";
import { Network } from "../foundation/Network.sol";

/// @notice A network with people who delegate, and a judge whose word the test gives.
abstract contract Stakers is Network {
    address internal constant BURNT = 0x000000000000000000000000000000000000dEaD;
    uint96 internal constant MIN = 1000 ether;

    address internal carol = actor("carol");
    address internal dave = actor("dave");
    address internal judge = actor("slashing");
    address internal prover = actor("prover");
    /// Two of the four validators.
    address internal val;
    address internal other;

    function setUp() public virtual override {
        super.setUp();
        val = vm.addr(keys[0]);
        other = vm.addr(keys[1]);
    }

    function delegate(address delegator, address validator, uint96 amount) internal returns (uint256 shares) {
        uint256 before = bonding.sharesOf(validator, delegator);
        fund(delegator, amount);
        vm.prank(delegator);
        bonding.delegate(validator, amount);
        return bonding.sharesOf(validator, delegator) - before;
    }

    function undelegate(address delegator, address validator, uint256 shares) internal returns (uint256) {
        vm.prank(delegator);
        return bonding.undelegate(validator, shares);
    }

    function redelegate(address delegator, address from, address to, uint256 shares) internal {
        vm.prank(delegator);
        bonding.redelegate(from, to, shares);
    }

    function withdraw(address delegator, uint256 id) internal returns (uint256 amount) {
        uint256 before = omg.balanceOf(delegator);
        vm.prank(delegator);
        bonding.withdraw(id, delegator);
        return omg.balanceOf(delegator) - before;
    }

    function slash(address validator, uint64 setId, uint16 bps) internal returns (uint256) {
        vm.prank(judge);
        return bonding.slash(validator, setId, bps, prover);
    }

    function jail(address validator, uint256 until) internal {
        vm.prank(judge);
        bonding.jail(validator, uint64(until));
    }

    function publishNext() internal returns (uint64) {
        skip(1 days);
        return bonding.publishValidatorSet();
    }

    function tokensOf(address validator) internal view returns (uint96 tokens) {
        (tokens,,,,) = bonding.pool(validator);
    }

    function ownOf(address validator) internal view returns (uint96 own) {
        (,, own,,) = bonding.pool(validator);
    }

    function isValidator(address account) internal view returns (bool) {
        address[] memory all = bonding.validators();
        for (uint256 i; i < all.length; ++i) {
            if (all[i] == account) return true;
        }
        return false;
    }

    function powerIn(uint64 setId, address signer) internal view returns (uint96) {
        IBonding.Validator[] memory members = bonding.validatorsOf(setId);
        for (uint256 i; i < members.length; ++i) {
            if (members[i].signer == signer) return members[i].bond;
        }
        return 0;
    }
}
