// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { Airdrop } from "../src/Airdrop.sol";
import { IAirdrop } from "../src/interfaces/IAirdrop.sol";
import { IBonding } from "../src/interfaces/IBonding.sol";
import { SignerWallet } from "./doubles/SignerWallet.sol";
import { Network } from "./foundation/Network.sol";

/// @notice Five people share 251,020.3 OMG. The table and its proofs were made by OpenZeppelin's own tree.
contract AirdropTest is Network {
    uint64 private constant ENDS = uint64(START + 90 days);

    string private _json;
    Airdrop private _airdrop;
    address private _giver = actor("giver");
    IAirdrop.Allocation[] private _table;
    bytes32[][] private _proofs;
    address private _validator;

    function setUp() public override {
        super.setUp();
        _json = vm.readFile(string.concat(vm.projectRoot(), "/packages/protocol/vectors/airdrop.vectors.json"));
        uint256 total = vm.parseUint(vm.parseJsonString(_json, ".table.total"));
        bytes32 root = vm.parseJsonBytes32(_json, ".table.root");
        _airdrop = new Airdrop(IERC20(address(omg)), bonding, root, total, ENDS, _giver);
        omg.transfer(address(_airdrop), total);
        for (uint256 i; i < 5; ++i) {
            string memory at = vm.toString(i);
            string memory line = string.concat(".table.allocations[", at, "]");
            _table.push(
                IAirdrop.Allocation({
                    line: i,
                    account: vm.parseJsonAddress(_json, string.concat(line, "[0]")),
                    amount: uint96(vm.parseUint(vm.parseJsonString(_json, string.concat(line, "[1]"))))
                })
            );
            _proofs.push(vm.parseJsonBytes32Array(_json, string.concat(".proofs[", at, "]")));
        }
        _validator = vm.addr(keys[0]);
    }

    function test_Claim_PaysEveryLineOnce_AndAllOfIt() public {
        for (uint256 i; i < _table.length; ++i) {
            address account = _table[i].account;
            vm.assertFalse(_airdrop.isClaimed(i));
            vm.expectEmit(address(_airdrop));
            emit IAirdrop.Claimed(i, account, _table[i].amount, address(0));
            vm.prank(account);
            _airdrop.claim(_table[i], address(0), _proofs[i]);
            vm.assertEq(omg.balanceOf(account), _table[i].amount);
            vm.assertTrue(_airdrop.isClaimed(i));
            vm.prank(account);
            vm.expectRevert(abi.encodeWithSelector(IAirdrop.AlreadyClaimed.selector, i));
            _airdrop.claim(_table[i], _validator, _proofs[i]);
        }
        vm.assertEq(omg.balanceOf(address(_airdrop)), 0);
    }

    /// The account owns the stake as if it had delegated itself, and nothing stays allowed.
    function test_Claim_Delegates() public {
        vm.prank(alice);
        _airdrop.claim(_table[0], _validator, _proofs[0]);
        vm.assertEq(omg.balanceOf(alice), 0);
        vm.assertEq(bonding.stakeOf(_validator, alice), _table[0].amount);
        vm.assertEq(bonding.sharesOf(_validator, address(_airdrop)), 0);
        vm.assertEq(omg.allowance(address(_airdrop), address(bonding)), 0);
    }

    /// A delegation that is refused claims nothing.
    function test_Claim_RevertWhen_TheValidatorIsNone() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotAValidator.selector, bob));
        _airdrop.claim(_table[0], bob, _proofs[0]);
        vm.assertFalse(_airdrop.isClaimed(0));
    }

    function test_Claim_RevertWhen_CallerIsAnother() public {
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IAirdrop.OrderNotSigned.selector, alice));
        _airdrop.claim(_table[0], address(0), _proofs[0]);
    }

    function testFuzz_Claim_RevertWhen_AnythingIsAnother(uint8 which, uint256 difference) public {
        IAirdrop.Allocation memory wrong = _table[0];
        bytes32[] memory path = _proofs[0];
        difference = bound(difference, 1, type(uint96).max);
        if (which % 4 == 0) wrong.line ^= difference;
        if (which % 4 == 1) wrong.account = address(uint160(wrong.account) ^ uint160(difference));
        if (which % 4 == 2) wrong.amount ^= uint96(difference);
        if (which % 4 == 3) path[difference % path.length] ^= bytes32(difference);
        vm.prank(wrong.account);
        vm.expectRevert(
            abi.encodeWithSelector(IAirdrop.NotInTable.selector, wrong.line, wrong.account, wrong.amount)
        );
        _airdrop.claim(wrong, address(0), path);
    }

    /// Second preimages: no inner node passes for a leaf, whatever it is read as, and no leaf for a node.
    function testFuzz_Claim_RevertWhen_TheProofIsOfAnotherLength(uint256 cut, bytes32 more) public {
        bytes32[] memory path = _proofs[0];
        bytes32[] memory shorter = new bytes32[](cut % path.length);
        for (uint256 i; i < shorter.length; ++i) {
            shorter[i] = path[path.length - shorter.length + i];
        }
        bytes32[] memory longer = new bytes32[](path.length + 1);
        for (uint256 i; i < path.length; ++i) {
            longer[i + 1] = path[i];
        }
        longer[0] = more;
        bytes memory reason = abi.encodeWithSelector(IAirdrop.NotInTable.selector, 0, alice, _table[0].amount);
        vm.startPrank(alice);
        vm.expectRevert(reason);
        _airdrop.claim(_table[0], address(0), shorter);
        vm.expectRevert(reason);
        _airdrop.claim(_table[0], address(0), longer);
    }

    function test_ClaimFor_ByAnybodyWithTheSignature() public {
        bytes memory signature = _order("alice", 0, _validator, ENDS);
        vm.prank(bob);
        _airdrop.claimFor(_table[0], _validator, _proofs[0], ENDS, signature);
        vm.assertEq(bonding.stakeOf(_validator, alice), _table[0].amount);
        // A copy does nothing more.
        vm.expectRevert(abi.encodeWithSelector(IAirdrop.AlreadyClaimed.selector, 0));
        _airdrop.claimFor(_table[0], _validator, _proofs[0], ENDS, signature);
    }

    /// What the account asked for cannot be changed by who sends it.
    function test_ClaimFor_RevertWhen_TheOrderIsForSomethingElse() public {
        bytes memory signature = _order("alice", 0, _validator, ENDS);
        _expectNotSigned(0, address(0), ENDS, signature);
        _expectNotSigned(0, vm.addr(keys[1]), ENDS, signature);
        _expectNotSigned(0, _validator, ENDS + 1, signature);
        _expectNotSigned(1, _validator, ENDS, signature);
        _expectNotSigned(0, _validator, ENDS, _order("bob", 0, _validator, ENDS));
        _expectNotSigned(0, _validator, ENDS, "");
    }

    function test_ClaimFor_RevertWhen_TheOrderIsTooOld() public {
        uint64 until = uint64(START + 1);
        bytes memory signature = _order("alice", 0, address(0), until);
        skip(2);
        _expectNotSigned(0, address(0), until, signature);
        vm.warp(until);
        _airdrop.claimFor(_table[0], address(0), _proofs[0], until, signature);
    }

    /// An order for one airdrop is none for another with the same table.
    function test_ClaimFor_RevertWhen_TheOrderIsOfAnotherAirdrop() public {
        Airdrop other = new Airdrop(IERC20(address(omg)), bonding, _airdrop.root(), 1, ENDS, _giver);
        bytes memory signature = _order("alice", 0, address(0), ENDS);
        vm.expectRevert(abi.encodeWithSelector(IAirdrop.OrderNotSigned.selector, alice));
        other.claimFor(_table[0], address(0), _proofs[0], ENDS, signature);
    }

    /// A contract account signs by EIP-1271.
    function test_ClaimFor_OfAContract() public {
        bytes memory code = address(new SignerWallet(bob)).code;
        vm.etch(alice, code);
        bytes memory signature = _order("bob", 0, address(0), ENDS);
        _airdrop.claimFor(_table[0], address(0), _proofs[0], ENDS, signature);
        vm.assertEq(omg.balanceOf(alice), _table[0].amount);
    }

    function test_Claim_RevertWhen_ItEnded() public {
        vm.warp(ENDS);
        bytes memory reason = abi.encodeWithSelector(IAirdrop.ClaimsEnded.selector, ENDS);
        vm.prank(alice);
        vm.expectRevert(reason);
        _airdrop.claim(_table[0], address(0), _proofs[0]);
        bytes memory signature = _order("alice", 0, address(0), ENDS);
        vm.expectRevert(reason);
        _airdrop.claimFor(_table[0], address(0), _proofs[0], ENDS, signature);
    }

    function test_Reclaim_PaysTheRestToTheGiver() public {
        vm.prank(alice);
        _airdrop.claim(_table[0], address(0), _proofs[0]);
        uint256 rest = _airdrop.total() - _table[0].amount;
        vm.warp(ENDS - 1);
        vm.expectRevert(abi.encodeWithSelector(IAirdrop.ClaimsNotEnded.selector, ENDS));
        _airdrop.reclaim();
        vm.warp(ENDS);
        vm.expectEmit(address(_airdrop));
        emit IAirdrop.Reclaimed(rest);
        vm.prank(bob);
        _airdrop.reclaim();
        vm.assertEq(omg.balanceOf(_giver), rest);
        vm.assertEq(omg.balanceOf(address(_airdrop)), 0);
    }

    function test_Constructor_RevertWhen_SomethingIsNone() public {
        IERC20 token = IERC20(address(omg));
        bytes32 root = _airdrop.root();
        vm.expectRevert(IAirdrop.InvalidAirdrop.selector);
        new Airdrop(token, bonding, 0, 1, ENDS, _giver);
        vm.expectRevert(IAirdrop.InvalidAirdrop.selector);
        new Airdrop(token, bonding, root, 0, ENDS, _giver);
        vm.expectRevert(IAirdrop.InvalidAirdrop.selector);
        new Airdrop(token, bonding, root, 1, uint64(START), _giver);
        vm.expectRevert(IAirdrop.InvalidAirdrop.selector);
        new Airdrop(token, bonding, root, 1, ENDS, address(0));
    }

    /// In any order of claims, some delegated, and a reclaim: nothing is paid twice and nothing is left over.
    function testFuzz_PaidAndReturned_AreTheTotal(uint256 seed) public {
        uint256 paid;
        for (uint256 step; step < 12; ++step) {
            uint256 random = uint256(keccak256(abi.encode(seed, step)));
            uint256 line = random % 5;
            bool claimed = _airdrop.isClaimed(line);
            vm.prank(_table[line].account);
            try _airdrop.claim(_table[line], random >> 8 & 1 == 0 ? address(0) : _validator, _proofs[line]) {
                vm.assertFalse(claimed);
                paid += _table[line].amount;
            } catch {
                vm.assertTrue(claimed);
            }
            vm.assertEq(omg.balanceOf(address(_airdrop)) + paid, _airdrop.total());
        }
        vm.warp(ENDS);
        _airdrop.reclaim();
        vm.assertEq(omg.balanceOf(_giver) + paid, _airdrop.total());
    }

    function _expectNotSigned(uint256 line, address validator, uint64 validUntil, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(IAirdrop.OrderNotSigned.selector, _table[line].account));
        _airdrop.claimFor(_table[line], validator, _proofs[line], validUntil, signature);
    }

    function _order(string memory who, uint256 line, address validator, uint64 validUntil)
        private
        returns (bytes memory)
    {
        (, uint256 key) = account(who);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("OMG Airdrop"),
                keccak256("1"),
                block.chainid,
                address(_airdrop)
            )
        );
        bytes32 claim =
            keccak256(abi.encode(keccak256("Claim(uint256 line,address validator,uint64 validUntil)"), line, validator, validUntil));
        return signed(key, keccak256(abi.encodePacked("\x19\x01", domain, claim)));
    }
}
