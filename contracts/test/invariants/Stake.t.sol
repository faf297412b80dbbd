// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBonding } from "../../src/interfaces/IBonding.sol";
import { Campaign } from "../foundation/Campaign.sol";
import { Stakers } from "../staking/Stakers.sol";

/// @notice Four validators, three people who stake with any of them, and a judge: everything they may do, in any order. Whatever may be
/// refused is allowed to be.
contract StakeInvariants is Stakers, Campaign {
    address[] private _validators;
    address[] private _people;
    uint256 private _unbondings;
    /// OMG that came in, and that went out to whoever had it coming.
    uint256 private _in;
    uint256 private _out;
    /// An offender had more after a slash that she proved herself.
    bool private _gained;
    /// Somebody who did nothing had less after the move of another.
    bool private _robbed;

    function setUp() public override {
        super.setUp();
        for (uint256 i; i < 4; ++i) {
            _validators.push(vm.addr(keys[i]));
            _people.push(vm.addr(keys[i]));
        }
        _people.push(carol);
        _people.push(dave);
        _people.push(bob);
        _in = 4 * uint256(BOND);
    }

    function acts() internal view override returns (bytes memory) {
        return bytes.concat(
            this.actBond.selector,
            this.actDelegate.selector,
            this.actUndelegate.selector,
            this.actRedelegate.selector,
            this.actWithdraw.selector,
            this.actSlash.selector,
            this.actJail.selector,
            this.actPublish.selector,
            this.actSettle.selector,
            this.actPayOwed.selector,
            this.actCover.selector
        );
    }

    // ─────────────────────────────────────────────────── acts ──────────────────────────────────────────────────

    function actBond(uint256 who, uint96 amount) external {
        uint256 i = who % 4;
        address validator = _validators[i];
        amount = uint96(bound(amount, 1, 3 * BOND));
        fund(validator, amount);
        bytes memory keyProof = proof(keys[i], validator);
        vm.prank(validator);
        try bonding.bond(amount, validator, keyProof) {
            _in += amount;
        } catch { }
    }

    function actDelegate(uint256 who, uint256 to, uint96 amount) external watched {
        address delegator = _people[who % 7];
        amount = uint96(bound(amount, 1, 3 * BOND));
        fund(delegator, amount);
        vm.prank(delegator);
        try bonding.delegate(_validators[to % 4], amount) {
            _in += amount;
        } catch { }
    }

    function actUndelegate(uint256 who, uint256 from, uint256 part) external watched {
        address delegator = _people[who % 7];
        address validator = _validators[from % 4];
        uint256 shares = bonding.sharesOf(validator, delegator);
        vm.prank(delegator);
        try bonding.undelegate(validator, _partOf(shares, part)) {
            ++_unbondings;
        } catch { }
    }

    function actRedelegate(uint256 who, uint256 from, uint256 to, uint256 part) external watched {
        address delegator = _people[who % 7];
        address validator = _validators[from % 4];
        uint256 shares = bonding.sharesOf(validator, delegator);
        vm.prank(delegator);
        try bonding.redelegate(validator, _validators[to % 4], _partOf(shares, part)) { } catch { }
    }

    function actWithdraw(uint256 which) external watched {
        if (_unbondings == 0) return;
        uint256 id = 1 + which % _unbondings;
        IBonding.Unbonding memory entry = bonding.unbonding(id);
        vm.prank(entry.delegator);
        try bonding.withdraw(id, address(this)) {
            _out += entry.amount;
        } catch { }
    }

    /// The offender proves it herself.
    function actSlash(uint256 who, uint256 setId, uint256 bps, bool all) external {
        address validator = _validators[who % 4];
        uint64 current = rootChain.currentValidatorSetId();
        setId = bound(setId, current > 4 ? current - 4 : 1, current);
        _settleAll();
        uint256 before = _wealth()[who % 4];
        uint256 burnt = omg.balanceOf(BURNT);
        vm.prank(judge);
        try bonding.slash(validator, uint64(setId), all ? 10_000 : uint16(bound(bps, 1, 9999)), validator) {
            _out += omg.balanceOf(BURNT) - burnt;
            _settleAll();
            if (_wealth()[who % 4] > before) _gained = true;
        } catch { }
    }

    function actJail(uint256 who, bool free) external {
        address validator = _validators[who % 4];
        vm.prank(free ? validator : judge);
        if (free) try bonding.unjail() { }
            catch { } else bonding.jail(validator, uint64(vm.getBlockTimestamp() + 1 days));
    }

    function actPublish(uint256 time) external {
        skip(bound(time, 1 days, 8 days));
        try bonding.publishValidatorSet() { } catch { }
    }

    function actSettle(uint256 who, uint256 at) external {
        uint256 burnt = omg.balanceOf(BURNT);
        bonding.settleRedelegation(_validators[at % 4], _people[who % 7]);
        _out += omg.balanceOf(BURNT) - burnt;
    }

    function actPayOwed(uint256 who) external {
        address receiver = who % 5 == 4 ? insurance : _validators[who % 5];
        try bonding.payOwed(receiver) returns (uint256 amount) {
            _out += amount;
        } catch { }
    }

    /// I11: what the insurance was paid is nobody's, whoever asks for it.
    function actCover(uint256 who) external {
        try insuranceVault.cover(address(omg), _people[who % 7]) {
            _gained = true;
        } catch { }
    }

    /// Whoever moves, nobody else has less for it; what is burnt on the way is accounted for.
    modifier watched() {
        _settleAll();
        uint256 burnt = omg.balanceOf(BURNT);
        uint256[] memory before = _wealth();
        _;
        _out += omg.balanceOf(BURNT) - burnt;
        uint256[] memory afterwards = _wealth();
        uint256 fallen;
        for (uint256 i; i < 7; ++i) {
            if (afterwards[i] < before[i]) ++fallen;
        }
        // The mover herself may lose a wei to rounding, and has less here after a withdrawal.
        if (fallen > 1) _robbed = true;
    }

    // ──────────────────────────────────────────────── invariants ───────────────────────────────────────────────

    /// One campaign for all of them, and a short one: every step looks at everybody.
    /// forge-config: default.invariant.runs = 12
    function invariant_Stake() public view {
        _checkTokens();
        _checkShares();
        _checkValidators();
        vm.assertFalse(_gained, "I11: somebody profits from slashing herself");
        vm.assertFalse(_robbed, "somebody loses by the move of another");
    }

    /// Pools, what is on its way out, and what is owed: all the OMG there is, to the wei.
    function _checkTokens() private view {
        uint256 sum = bonding.owed(insurance);
        for (uint256 i; i < 4; ++i) {
            sum += tokensOf(_validators[i]) + bonding.owed(_validators[i]);
        }
        uint256 held = omg.balanceOf(address(bonding));
        uint256 leaving;
        for (uint256 id = 1; id <= _unbondings; ++id) {
            leaving += bonding.unbonding(id).amount;
        }
        // Each unbonding is rounded down by itself.
        vm.assertGe(held, sum + leaving);
        vm.assertLe(held, sum + leaving + _unbondings);
        vm.assertEq(held, _in - _out);
    }

    /// A share is never worth more than a token, and shares belong to somebody.
    function _checkShares() private view {
        for (uint256 i; i < 4; ++i) {
            (uint96 tokens, uint256 shares,,,) = bonding.pool(_validators[i]);
            vm.assertLe(tokens, shares);
            vm.assertEq(tokens == 0, shares == 0);
            uint256 sum;
            for (uint256 j; j < 7; ++j) {
                uint256 hers = bonding.sharesOf(_validators[i], _people[j]);
                sum += hers;
                vm.assertLe(
                    bonding.redelegation(_validators[i], _people[j]).shares, hers > 0 ? hers : type(uint256).max
                );
            }
            vm.assertEq(sum, shares);
        }
    }

    /// Who is among the validators is not jailed and has a bond of her own; and a set is never too large.
    function _checkValidators() private view {
        address[] memory all = bonding.validators();
        vm.assertLe(all.length, 5);
        for (uint256 i; i < all.length; ++i) {
            (,, uint96 own,, uint64 jailedUntil) = bonding.pool(all[i]);
            vm.assertGe(own, MIN);
            vm.assertEq(jailedUntil, 0);
        }
    }

    function _partOf(uint256 shares, uint256 part) private pure returns (uint256) {
        return part % 3 == 0 ? shares : shares * (part % 1000) / 1000;
    }

    /// Charges everything that moved for what it answers for.
    function _settleAll() private {
        uint256 burnt = omg.balanceOf(BURNT);
        for (uint256 i; i < 4; ++i) {
            for (uint256 j; j < 7; ++j) {
                bonding.settleRedelegation(_validators[i], _people[j]);
            }
        }
        _out += omg.balanceOf(BURNT) - burnt;
    }

    /// What each could take out in time.
    function _wealth() private view returns (uint256[] memory sums) {
        sums = new uint256[](7);
        for (uint256 j; j < 7; ++j) {
            sums[j] = bonding.owed(_people[j]);
            for (uint256 i; i < 4; ++i) {
                sums[j] += bonding.stakeOf(_validators[i], _people[j]);
            }
        }
        for (uint256 id = 1; id <= _unbondings; ++id) {
            IBonding.Unbonding memory entry = bonding.unbonding(id);
            for (uint256 j; j < 7; ++j) {
                if (_people[j] == entry.delegator) sums[j] += entry.amount;
            }
        }
    }
}
