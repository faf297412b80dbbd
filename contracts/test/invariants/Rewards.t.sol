// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ExitState } from "../../src/interfaces/IExitQueue.sol";
import { IBonding } from "../../src/interfaces/IBonding.sol";
import { Coin } from "../exits/ExitNetwork.sol";
import { Ledger } from "../exits/Ledger.sol";
import { Campaign } from "../foundation/Campaign.sol";
import { HeaderFields } from "../foundation/Network.sol";
import { FeeNetwork } from "../staking/FeeNetwork.sol";

/// @notice Fees in ETH, dollars and OMG; four validators who sign or do not; people who stake, leave and are slashed; and everybody who collects, counts,
/// divides and claims: in any order. One delegator holds in one account what another holds in two.
contract RewardsInvariants is FeeNetwork, Campaign {
    uint256 private constant MAX_SLASHES = 4;

    address private _dave = actor("dave");
    /// Has what the two halves have together.
    address private _whole = actor("whole");
    address[2] private _halves = [actor("half"), actor("other half")];
    address[] private _people;
    address[3] private _tokens;

    bytes32[] private _exits;
    uint256 private _slashes;
    /// Income that came in, by set, and all of it.
    mapping(address token => mapping(uint64 setId => uint256)) private _income;
    mapping(address token => uint256) private _in;
    /// What was paid to stakers and to the insurance, and burnt.
    mapping(address token => uint256) private _out;
    /// What the whole and the halves were paid.
    mapping(address token => uint256) private _paidWhole;
    mapping(address token => uint256) private _paidHalves;
    /// Checkpoints that a validator has signed of a set.
    mapping(uint64 setId => uint256[4]) private _signed;
    mapping(uint64 setId => uint256) private _checkpoints;
    /// A claim was paid twice.
    bool private _twice;

    function setUp() public override {
        super.setUp();
        for (uint256 i; i < 4; ++i) {
            _people.push(vm.addr(keys[i]));
        }
        _people.push(carol);
        _people.push(_dave);
        _people.push(_whole);
        _people.push(_halves[0]);
        _people.push(_halves[1]);
        _tokens = [ETH, address(usd), address(omg)];
        vm.prank(val);
        bonding.setCommission(1000);
        actTwinsDelegate(5000 ether);
        publishNext();
        // A run begins with something to divide.
        actFee(0, 1 ether);
        actFee(1, 7);
        actFee(2, 3 ether);
    }

    function acts() internal view override returns (bytes memory) {
        return bytes.concat(
            this.actFee.selector,
            this.actCheckpoint.selector,
            this.actPublish.selector,
            this.actDelegate.selector,
            this.actUndelegate.selector,
            this.actTwinsDelegate.selector,
            this.actTwinsLeave.selector,
            this.actSlash.selector,
            this.actSweep.selector,
            this.actTally.selector,
            this.actDivide.selector,
            this.actClaim.selector,
            this.actInsure.selector
        );
    }

    // ────────────────────────────────────────────────── chain ──────────────────────────────────────────────────

    /// A fee coin in a checkpoint that all sign, whose exit starts at once.
    function actFee(uint256 which, uint256 amount) public {
        address token = _tokens[which % 3];
        uint128 fee = uint128(bound(amount, 1, 10 ether));
        if (token == address(omg)) {
            omg.approve(address(erc20Vault), fee);
            erc20Vault.deposit(token, fee, alice);
        }
        Coin memory coin = feeCoin(Ledger.coin(address(rewards), token, fee));
        _noteCheckpoint(15);
        _exits.push(collect(coin));
    }

    /// An empty checkpoint, which one of the four has not signed.
    function actCheckpoint(uint256 without) external {
        HeaderFields memory header = emptyCheckpoint();
        uint256[] memory some = new uint256[](3);
        for (uint256 i; i < 3; ++i) {
            some[i] = keys[i < without % 4 ? i : i + 1];
        }
        try rootChain.submitCheckpoint(encode(header), signatures(header, some)) {
            _noteCheckpoint(15 ^ (1 << (without % 4)));
        } catch { }
    }

    function _noteCheckpoint(uint256 signers) private {
        uint64 setId = rootChain.checkpoint(rootChain.lastCheckpoint()).validatorSetId;
        ++_checkpoints[setId];
        for (uint256 i; i < 4; ++i) {
            _signed[setId][i] += (signers >> i) & 1;
        }
    }

    function actPublish(uint256 time) external {
        skip(bound(time, 1 days, 8 days));
        try bonding.publishValidatorSet() { } catch { }
    }

    // ────────────────────────────────────────────────── stake ──────────────────────────────────────────────────

    function actDelegate(uint256 who, uint256 to, uint96 amount) external {
        delegate(_people[who % 6], _people[to % 4], uint96(bound(amount, 1, 3 * BOND)));
    }

    function actUndelegate(uint256 who, uint256 from, uint256 part) external {
        address delegator = who % 2 == 0 ? carol : _dave;
        address validator = _people[from % 4];
        uint256 shares = bonding.sharesOf(validator, delegator) * (part % 1001) / 1000;
        vm.prank(delegator);
        try bonding.undelegate(validator, shares) { } catch { }
    }

    function actTwinsDelegate(uint96 amount) public {
        amount = uint96(bound(amount, 1, BOND));
        delegate(_whole, val, 2 * amount);
        delegate(_halves[0], val, amount);
        delegate(_halves[1], val, amount);
    }

    function actTwinsLeave(uint256 part) external {
        uint256 shares = bonding.sharesOf(val, _halves[0]) * (part % 1001) / 1000;
        if (shares == 0 || bonding.sharesOf(val, _halves[1]) < shares) return;
        _leave(_whole, 2 * shares);
        _leave(_halves[0], shares);
        _leave(_halves[1], shares);
    }

    function _leave(address delegator, uint256 shares) private {
        vm.prank(delegator);
        bonding.undelegate(val, shares);
    }

    /// So little, and so seldom, that the validator keeps her place.
    function actSlash(uint256 who, uint256 bps) external {
        if (++_slashes > MAX_SLASHES) return;
        uint64 setId = rootChain.currentValidatorSetId();
        vm.prank(actor("slashing"));
        bonding.slash(_people[who % 4], setId, uint16(bound(bps, 1, 3000)), address(0));
    }

    // ───────────────────────────────────────────────── rewards ─────────────────────────────────────────────────

    function actSweep(uint256 which, bool due) public {
        if (_exits.length == 0) return;
        if (due) {
            skip(2 * MFP);
            for (uint256 i; i < 3; ++i) {
                queue.processExits(_tokens[i], false, 100);
            }
        }
        bytes32 exitId = _exits[which % _exits.length];
        uint64 setId = rewards.collection(exitId).validatorSetId;
        address token = queue.exit(exitId).token;
        try rewards.sweep(exitId) returns (uint256 amount) {
            _in[token] += amount;
            _income[token][setId] += amount;
        } catch { }
    }

    function actTally(uint256 set, uint256 count) external {
        uint64 setId = uint64(1 + set % rootChain.currentValidatorSetId());
        _tally(setId, uint64(count % 5));
    }

    function _tally(uint64 setId, uint64 more) private {
        (, uint64 next) = rewards.tallied(setId);
        uint64 from = next == 0 ? 1 : next;
        uint64 last = rootChain.lastCheckpoint();
        try rewards.tally(setId, from, from + more < last ? from + more : last) { } catch { }
    }

    /// What is divided is what power and signatures say, worked out here from what was really signed, however it was counted.
    function actDivide(uint256 which, uint256 sets) external {
        _divide(_tokens[which % 3], sets);
    }

    function _divide(address token, uint256 sets) private {
        uint64 first = rewards.dividedUpTo(token) + 1;
        uint64 upTo = first + uint64(sets % 4);
        uint256 carried = rewards.carried(token);
        uint256 burnt = omg.balanceOf(BURNT);
        try rewards.divide(token, upTo) {
            for (uint64 setId = first; setId <= upTo; ++setId) {
                carried = _checkDivision(token, setId, carried);
            }
            vm.assertEq(rewards.carried(token), carried, "something else was carried");
            if (token == address(omg)) _out[token] += omg.balanceOf(BURNT) - burnt;
        } catch { }
    }

    function _checkDivision(address token, uint64 setId, uint256 carried) private view returns (uint256) {
        uint256 income = _income[token][setId];
        if (income == 0) return carried;
        uint256 stakers = income + carried - 2 * (income / 10);
        uint256[4] memory weights;
        uint256 total;
        IBonding.Validator[] memory members = bonding.validatorsOf(setId);
        vm.assertEq(members.length, 4);
        for (uint256 i; i < 4; ++i) {
            weights[i] = members[i].bond * (_checkpoints[setId] == 0 ? 1 : _signed[setId][i]);
            total += weights[i];
        }
        carried = stakers;
        for (uint256 i; i < 4; ++i) {
            uint256 part = stakers * weights[i] / total;
            vm.assertEq(rewards.allotted(token, setId, _people[i]), part, "not by power and signatures");
            carried -= part;
        }
        return carried;
    }

    /// Who claims twice has the second time nothing.
    function actClaim(uint256 who, uint256 at, uint256 which, uint64 upTo) external {
        _claim(_people[who % 9], _people[at % 4], _tokens[which % 3], 1 + upTo % 8);
    }

    function _claim(address who, address validator, address token, uint64 upTo) private {
        uint256 due = rewards.earned(validator, who, token, upTo);
        vm.prank(who);
        try rewards.claim(validator, token, upTo, who) returns (uint256 amount) {
            if (amount != due) _twice = true;
            _out[token] += amount;
            if (who == _whole) _paidWhole[token] += amount;
            if (who == _halves[0] || who == _halves[1]) _paidHalves[token] += amount;
        } catch { }
        if (rewards.earned(validator, who, token, upTo) != 0) _twice = true;
        vm.prank(who);
        try rewards.claim(validator, token, upTo, who) {
            _twice = true;
        } catch { }
    }

    function actInsure(uint256 which) public {
        address token = _tokens[which % 3];
        try rewards.payInsurance(token) returns (uint256 amount) {
            _out[token] += amount;
        } catch { }
    }

    // ──────────────────────────────────────────────── invariants ───────────────────────────────────────────────

    /// Short runs: every step looks at everybody.
    /// forge-config: default.invariant.runs = 6
    /// forge-config: default.invariant.depth = 48
    function invariant_Rewards() public view {
        vm.assertFalse(_twice, "a claim was paid twice");
        for (uint256 i; i < 3; ++i) {
            _checkToken(_tokens[i]);
        }
    }

    function _checkToken(address token) private view {
        vm.assertLe(_out[token], _in[token], "more was paid than fees came in");
        uint256 due = rewards.insured(token) + rewards.carried(token) + _undivided(token);
        uint256 twins = _paidHalves[token];
        for (uint256 j; j < _people.length; ++j) {
            uint256 hers;
            for (uint256 i; i < 4; ++i) {
                hers += rewards.earned(_people[i], _people[j], token, type(uint64).max);
            }
            due += hers;
            if (_people[j] == _halves[0] || _people[j] == _halves[1]) twins += hers;
        }
        uint256 kept = _balance(token);
        vm.assertLe(due, _in[token] - _out[token], "more is due than is left of the fees");
        vm.assertGe(kept, _in[token] - _out[token], "something is missing");
        vm.assertLe(kept, _in[token] - _out[token] + _onTheirWay(token), "something came from nowhere");
        uint256 whole = _paidWhole[token] + rewards.earned(val, _whole, token, type(uint64).max);
        vm.assertLe(twins, whole, "two accounts earn more than one");
    }

    /// Everything comes in, is counted, divided and claimed: nothing is left but what rounding leaves.
    function afterInvariant() public {
        skip(8 days);
        bonding.publishValidatorSet();
        skip(30 days);
        for (uint256 i; i < _exits.length; ++i) {
            actSweep(i, i == 0);
        }
        uint64 ended = rootChain.currentValidatorSetId() - 1;
        for (uint64 setId = 1; setId <= ended; ++setId) {
            // In two parts, the first as short as can be.
            _tally(setId, 0);
            _tally(setId, type(uint32).max);
        }
        for (uint256 i; i < 3; ++i) {
            _settle(_tokens[i], ended);
        }
    }

    function _settle(address token, uint64 ended) private {
        while (rewards.dividedUpTo(token) < ended) {
            uint64 before = rewards.dividedUpTo(token);
            _divide(token, 0);
            vm.assertEq(rewards.dividedUpTo(token), before + 1, "a set that is over cannot be divided");
        }
        for (uint256 j; j < _people.length; ++j) {
            for (uint256 i; i < 4; ++i) {
                _claim(_people[j], _people[i], token, type(uint64).max);
            }
        }
        if (rewards.insured(token) != 0) rewards.payInsurance(token);
        uint256 left = _balance(token) - rewards.carried(token) - rewards.incomeOf(token, ended + 1);
        // Less than a wei of each who has part in a set.
        vm.assertLe(left, uint256(ended) * 4 * _people.length, "something stays behind");
        vm.assertFalse(_twice, "a claim was paid twice");
    }

    function _undivided(address token) private view returns (uint256 sum) {
        uint64 last = rootChain.currentValidatorSetId();
        for (uint64 setId = 1; setId <= last; ++setId) {
            sum += rewards.incomeOf(token, setId);
        }
    }

    /// What has been collected and is nobody's income yet.
    function _onTheirWay(address token) private view returns (uint256 sum) {
        for (uint256 i; i < _exits.length; ++i) {
            if (rewards.collection(_exits[i]).payer == address(0) || queue.exit(_exits[i]).token != token) continue;
            if (queue.exit(_exits[i]).state == ExitState.Paid) sum += queue.exit(_exits[i]).amount;
        }
    }

    /// Without the bonds that came back.
    function _balance(address token) private view returns (uint256) {
        if (token == address(omg)) return omg.balanceOf(address(rewards));
        if (token == address(usd)) return usd.balanceOf(address(rewards));
        return address(rewards).balance - rewards.bondsOf(payer);
    }
}
