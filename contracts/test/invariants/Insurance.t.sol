// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Coin, SeizableToken } from "../doubles/Tokens.sol";
import { Campaign } from "../foundation/Campaign.sol";
import { Network } from "../foundation/Network.sol";

/// @notice Deposits, exits that are credited, issuers who take tokens back, owners who withdraw; fees and slashed stake that come to the insurance, and
/// whoever has it pay: in any order. Two tokens whose issuers do that, and OMG, with which nobody can.
contract InsuranceInvariants is Network, Campaign {
    uint256 private constant OMG = 2;

    address[3] private _tokens;
    address[3] private _owners;

    // By token: what came to the vault and to the insurance, what was taken back, what went to owners, and what the insurance says it has paid.
    uint256[3] private _deposited;
    uint256[3] private _insured;
    uint256[3] private _seized;
    uint256[3] private _paid;
    uint256[3] private _covered;
    uint256 private _ether;
    /// Somebody else than the owner was paid, or something else than her credit.
    bool private _astray;

    function setUp() public override {
        super.setUp();
        _tokens = [address(new SeizableToken()), address(new SeizableToken()), address(omg)];
        _owners = [alice, bob, actor("carol")];
        // A run begins with a credit that the vault cannot pay and the insurance can.
        actDeposit(0, 1000);
        actCredit(0, 0, 1000);
        actSeize(0, 400);
        actInsure(0, 700);
    }

    function acts() internal view override returns (bytes memory) {
        return bytes.concat(
            this.actDeposit.selector,
            this.actCredit.selector,
            this.actSeize.selector,
            this.actWithdraw.selector,
            this.actInsure.selector,
            this.actSlash.selector,
            this.actCover.selector,
            this.actCover.selector
        );
    }

    // ─────────────────────────────────────────────────── acts ──────────────────────────────────────────────────

    function actDeposit(uint256 which, uint256 amount) public {
        uint256 i = which % 3;
        amount = bound(amount, 1, 1e24);
        _bring(i, address(this), amount);
        Coin(_tokens[i]).approve(address(erc20Vault), amount);
        erc20Vault.deposit(_tokens[i], amount, alice);
        _deposited[i] += amount;
    }

    /// An exit is processed.
    function actCredit(uint256 which, uint256 who, uint256 amount) public {
        uint256 i = which % 3;
        uint256 available = erc20Vault.deposited(_tokens[i]);
        if (available != 0) erc20Vault.credit(_owners[who % 3], _tokens[i], uint128(bound(amount, 1, available)));
    }

    function actSeize(uint256 which, uint256 amount) public {
        uint256 i = which % 2;
        uint256 held = Coin(_tokens[i]).balanceOf(address(erc20Vault));
        amount = bound(amount, 0, held);
        SeizableToken(_tokens[i]).seize(address(erc20Vault), amount);
        _seized[i] += amount;
    }

    function actWithdraw(uint256 which, uint256 who) external {
        uint256 i = which % 3;
        try erc20Vault.withdraw(_tokens[i], _owners[who % 3]) returns (uint256 amount) {
            _paid[i] += amount;
        } catch { }
    }

    /// Fees, in a token and in ETH.
    function actInsure(uint256 which, uint256 amount) public {
        uint256 i = which % 3;
        amount = bound(amount, 1, 1e24);
        _bring(i, insurance, amount);
        _insured[i] += amount;
        vm.deal(address(this), 1);
        (bool taken,) = insurance.call{ value: 1 }("");
        if (taken) ++_ether;
    }

    function actSlash(uint256 who, uint256 bps) external {
        address offender = vm.addr(keys[who % 4]);
        vm.prank(actor("slashing"));
        bonding.slash(offender, 1, uint16(bound(bps, 1, 5000)), offender);
        try bonding.payOwed(insurance) returns (uint256 amount) {
            _insured[OMG] += amount;
        } catch { }
    }

    function actCover(uint256 which, uint256 who, address caller) external {
        uint256 i = which % 3;
        address owner = _owners[who % 3];
        uint256 credit = erc20Vault.creditOf(owner, _tokens[i]);
        uint256 before = Coin(_tokens[i]).balanceOf(owner);
        vm.prank(caller);
        try insuranceVault.cover(_tokens[i], owner) returns (uint256 amount) {
            _covered[i] += amount;
            _paid[i] += credit;
            if (Coin(_tokens[i]).balanceOf(owner) - before != credit || amount > credit) _astray = true;
        } catch { }
    }

    // ──────────────────────────────────────────────── invariants ───────────────────────────────────────────────

    function invariant_I11_NothingLeavesTheInsuranceButToTheVault() public view {
        for (uint256 i; i < 3; ++i) {
            Coin token = Coin(_tokens[i]);
            vm.assertEq(token.balanceOf(insurance), _insured[i] - _covered[i], "something else left the insurance");
            uint256 inVault = _deposited[i] + _covered[i] - _seized[i] - _paid[i];
            vm.assertEq(token.balanceOf(address(erc20Vault)), inVault, "what was covered went elsewhere");
            vm.assertLe(_covered[i], _seized[i], "more was covered than the vault has lost");
            vm.assertLe(_paid[i], _deposited[i], "I1: more was paid than deposited");
        }
        vm.assertEq(_covered[OMG], 0, "I11: slashed stake left the insurance");
        vm.assertEq(insurance.balance, _ether, "ETH left the insurance");
        vm.assertFalse(_astray, "somebody was paid what is not her credit");
    }

    function _bring(uint256 i, address to, uint256 amount) private {
        if (i == OMG) omg.transfer(to, amount);
        else Coin(_tokens[i]).mint(to, amount);
    }
}
