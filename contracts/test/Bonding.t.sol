// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IBonding } from "../src/interfaces/IBonding.sol";
import { IRootChain } from "../src/interfaces/IRootChain.sol";
import { Digests } from "../src/libraries/Digests.sol";
import { Witnesses } from "../src/libraries/Witnesses.sol";
import { HeaderFields, Network } from "./foundation/Network.sol";

contract BondingTest is Network {
    /// Order of secp256k1.
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    address private _first;
    uint256 private _aliceKey;
    uint256 private _bobKey;

    function setUp() public override {
        super.setUp();
        _first = vm.addr(keys[0]);
        (, _aliceKey) = account("alice");
        (, _bobKey) = account("bob");
    }

    // ─────────────────────────────────────────────────── bond ──────────────────────────────────────────────────

    function test_Bond_JoinsNextSet() public {
        _bond(alice, 5000 ether, _bobKey);
        vm.assertEq(omg.balanceOf(address(bonding)), 4 * uint256(BOND) + 5000 ether);
        vm.assertEq(bonding.validator(alice).signer, bob);
        vm.assertEq(bonding.validator(alice).bond, 5000 ether);
        vm.assertEq(bonding.validatorsOf(1).length, 4);
        _publishNext();
        vm.assertEq(bonding.validatorsOf(2).length, 5);
    }

    function test_Bond_AddsToBond() public {
        fund(_first, 1);
        vm.prank(_first);
        bonding.bond(1, alice, "");
        vm.assertEq(bonding.validator(_first).bond, uint256(BOND) + 1);
        vm.assertEq(bonding.validator(_first).signer, _first);
        vm.assertEq(bonding.validators().length, 4);
    }

    function test_BondWithPermit_NeedsNoAllowance() public {
        omg.transfer(alice, 1000 ether);
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, alice, address(bonding), 1000 ether, 0, START));
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(_aliceKey, keccak256(abi.encodePacked("\x19\x01", omg.DOMAIN_SEPARATOR(), structHash)));
        // A39: somebody else spends the permit first.
        omg.permit(alice, address(bonding), 1000 ether, START, v, r, s);
        bytes memory ownProof = proof(_aliceKey, alice);
        vm.prank(alice);
        bonding.bondWithPermit(1000 ether, alice, ownProof, START, v, r, s);
        vm.assertEq(bonding.validator(alice).bond, 1000 ether);
    }

    function test_Bond_RevertWhen_BelowMinimum() public {
        fund(alice, 1000 ether);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IBonding.BondTooSmall.selector, 1000 ether - 1, 1000 ether));
        bonding.bond(1000 ether - 1, alice, "");
    }

    function test_Bond_RevertWhen_AmountIsZero() public {
        vm.expectRevert(IBonding.AmountIsZero.selector);
        bonding.bond(0, alice, "");
    }

    function test_Bond_InFullSet_EvictsSmallest() public {
        bondWith(_aliceKey, 1000 ether);
        bondWith(_bobKey, 1001 ether);
        vm.assertEq(bonding.validators().length, 5);
        (bool found,) = _placeOf(alice);
        vm.assertFalse(found);
        // Her stake stays where it is: she may add to it, take it out, or wait for a place.
        vm.assertEq(bonding.validator(alice).bond, 1000 ether);
    }

    function test_Bond_RevertWhen_SetIsFullOfLarger() public {
        bondWith(_aliceKey, 1000 ether);
        fund(bob, 1000 ether);
        bytes memory ownProof = proof(_bobKey, bob);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IBonding.ValidatorSetFull.selector, 1000 ether));
        bonding.bond(1000 ether, bob, ownProof);
    }

    // ───────────────────────────────────────────────── signer ──────────────────────────────────────────────────

    function test_SetSigner_FromNextSet() public {
        _setSigner(_first, _aliceKey);
        vm.assertFalse(_isIn(1, alice));
        _publishNext();
        vm.assertTrue(_isIn(2, alice));
        vm.assertFalse(_isIn(2, _first));
    }

    /// What an old key signed must stay chargeable to who bonded for it.
    function test_SetSigner_OldKeyStaysTaken() public {
        _setSigner(_first, _aliceKey);
        vm.assertEq(bonding.validatorOfSigner(_first), _first);
        vm.assertEq(bonding.validatorOfSigner(alice), _first);
        address second = vm.addr(keys[1]);
        bytes memory colluding = proof(keys[0], second);
        vm.prank(second);
        vm.expectRevert(abi.encodeWithSelector(IBonding.SignerInUse.selector, _first));
        bonding.setSigner(_first, colluding);
        _setSigner(_first, keys[0]);
        vm.assertEq(bonding.validator(_first).signer, _first);
    }

    /// The key of who left altogether and took her bond stays hers: she may come back with it, and nobody else can have it.
    function test_Bond_RevertWhen_SignerIsOfAFormerValidator() public {
        vm.prank(_first);
        uint256 id = bonding.unbond(BOND);
        _publishNext();
        skip(21 days);
        vm.prank(_first);
        bonding.withdraw(id, _first);
        _expectNoBond(
            alice, _first, proof(keys[0], alice), abi.encodeWithSelector(IBonding.SignerInUse.selector, _first)
        );
        bondWith(keys[0], BOND);
        vm.assertEq(bonding.validator(_first).signer, _first);
    }

    /// The same proof does for coming back, because it says no more than it said the first time.
    function test_SetSigner_TakesTheSameProofAgain() public {
        bytes memory old = proof(keys[0], _first);
        _setSigner(_first, _aliceKey);
        vm.prank(_first);
        bonding.setSigner(_first, old);
        vm.assertEq(bonding.validator(_first).signer, _first);
    }

    // ────────────────────────────────────────── proof of the signing key ───────────────────────────────────────

    /// Nobody bonds the key of another: neither to keep her out, nor to be charged less for what it signs.
    function test_Bond_RevertWhen_AnotherKeySignedTheProof() public {
        bytes memory reason = abi.encodeWithSelector(IBonding.SignerNotProven.selector, bob, alice);
        bytes memory ownSignature = proofFor(_aliceKey, alice, bob, rootChain.domainSeparator());
        _expectNoBond(alice, bob, ownSignature, reason);
        _expectNoBond(alice, address(0), proof(_aliceKey, alice));
        bondWith(_bobKey, 1000 ether);
        vm.assertEq(bonding.validatorOfSigner(bob), bob);
    }

    /// A39: a proof copied from the mempool names the account that it was made for.
    function test_Bond_RevertWhen_ProofIsForAnotherAccount() public {
        _expectNoBond(alice, bob, proof(_bobKey, bob));
        vm.assertEq(bonding.validatorOfSigner(bob), address(0));
        bondWith(_bobKey, 1000 ether);
    }

    /// A proof made for another chain, for another deployment, or for its Bonding instead of its RootChain.
    function test_Bond_RevertWhen_ProofIsForAnotherDomain() public {
        bytes32[3] memory others = [
            Digests.domainSeparator(block.chainid + 1, address(rootChain)),
            Digests.domainSeparator(block.chainid, address(usd)),
            Digests.domainSeparator(block.chainid, address(bonding))
        ];
        for (uint256 i; i < others.length; ++i) {
            _expectNoBond(alice, alice, proofFor(_aliceKey, alice, alice, others[i]));
        }
        deploy(mainnet());
        bytes memory elsewhere = proof(_aliceKey, alice);
        deploy(mainnet());
        _expectNoBond(alice, alice, elsewhere);
        bondWith(_aliceKey, 1000 ether);
    }

    /// What a key signed for another purpose, such as a checkpoint, proves nothing.
    function test_Bond_RevertWhen_ProofIsACheckpointSignature() public {
        bytes memory vote =
            signed(_aliceKey, Digests.checkpoint(bytes32(uint256(uint160(alice))), rootChain.domainSeparator()));
        _expectNoBond(alice, alice, vote);
    }

    function test_Bond_RevertWhen_ProofIsMalformed() public {
        bytes memory malformed = abi.encodeWithSelector(Witnesses.MalformedSignature.selector);
        bytes memory good = proof(_aliceKey, alice);
        _expectNoBond(alice, alice, "", malformed);
        _expectNoBond(alice, alice, bytes.concat(good, hex"00"), malformed);
        _expectNoBond(alice, alice, _twinOf(good), malformed);
        good[64] = 0x00;
        _expectNoBond(alice, alice, good, malformed);
    }

    function test_SetSigner_RevertWhen_ProofIsNotOfTheKey() public {
        bytes memory own = proofFor(keys[0], _first, alice, rootChain.domainSeparator());
        vm.prank(_first);
        vm.expectRevert(abi.encodeWithSelector(IBonding.SignerNotProven.selector, alice, _first));
        bonding.setSigner(alice, own);
        vm.prank(_first);
        vm.expectRevert(Witnesses.MalformedSignature.selector);
        bonding.setSigner(alice, "");
        vm.assertEq(bonding.validator(_first).signer, _first);
    }

    /// A signature recovers to some key whatever it signs. Naming the key in the message keeps that key from being "proven".
    function testFuzz_Bond_RevertWhen_ProofWasNotMadeByAKey(bytes32 r, uint256 s, bool odd) public {
        s = bound(s, 1, ORDER / 2);
        uint8 v = odd ? 28 : 27;
        bytes32 separator = rootChain.domainSeparator();
        address guess = ecrecover(Digests.signingKey(alice, alice, separator), v, r, bytes32(s));
        vm.assume(guess != address(0) && uint256(r) < ORDER);
        _expectNoBond(alice, guess, abi.encodePacked(r, s, v));
    }

    /// Only the key itself, for this account, in this domain: whatever else is signed by whomever is refused.
    function testFuzz_Bond_TakesOnlyTheProofOfThisKeyForThisAccount(uint256 signing, uint256 bonded, address validator)
        public
    {
        signing = bound(signing, 1, ORDER - 1);
        bonded = bound(bonded, 1, ORDER - 1);
        address signer = vm.addr(bonded);
        bool right = signing == bonded && validator == alice;
        vm.assume(!right && bonding.validatorOfSigner(signer) == address(0));
        _expectNoBond(alice, signer, proofFor(signing, validator, signer, rootChain.domainSeparator()));
        _bond(alice, 1000 ether, bonded);
        vm.assertEq(bonding.validatorOfSigner(signer), alice);
    }

    /// Whatever four validators do with six keys, a key has one account for ever and stands in a set at most once.
    function testFuzz_SetSigner_KeyHasOneAccountForEver(uint8[24] memory choices) public {
        uint256[6] memory pool = [keys[0], keys[1], keys[2], keys[3], _aliceKey, _bobKey];
        address[6] memory owners;
        for (uint256 i; i < 6; ++i) {
            owners[i] = bonding.validatorOfSigner(vm.addr(pool[i]));
        }
        for (uint256 i; i < choices.length; ++i) {
            address validator = vm.addr(keys[choices[i] % 4]);
            uint256 at = (choices[i] / 4) % 6;
            bool free = owners[at] == address(0) || owners[at] == validator;
            bytes memory keyProof = proof(pool[at], validator);
            vm.prank(validator);
            if (!free) vm.expectRevert(abi.encodeWithSelector(IBonding.SignerInUse.selector, vm.addr(pool[at])));
            bonding.setSigner(vm.addr(pool[at]), keyProof);
            if (free) owners[at] = validator;
            for (uint256 j; j < 6; ++j) {
                vm.assertEq(bonding.validatorOfSigner(vm.addr(pool[j])), owners[j]);
            }
        }
        _publishNext();
        IBonding.Validator[] memory members = bonding.validatorsOf(2);
        vm.assertEq(members.length, 4);
        for (uint256 i = 1; i < 4; ++i) {
            vm.assertTrue(members[i - 1].signer < members[i].signer);
        }
    }

    /// The key that is on its way out signs for the old set while the new one signs for the new: nothing is lost in between.
    function test_SetSigner_BothKeysSignDuringTheOverlap() public {
        _setSigner(_first, _aliceKey);
        _publishNext();
        HeaderFields memory header = nextHeader();
        header.validatorSetId = 1;
        submit(header);
        keys[0] = _aliceKey;
        sortByAddress(keys);
        submit(nextHeader());
        vm.assertEq(rootChain.lastCheckpoint(), 2);
        vm.assertEq(bonding.validatorOfSigner(_first), bonding.validatorOfSigner(alice));
    }

    function test_SetSigner_RevertWhen_CallerIsNoValidator() public {
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotAValidator.selector, address(this)));
        bonding.setSigner(alice, "");
    }

    // ──────────────────────────────────────────────── unbond ───────────────────────────────────────────────────

    function test_Unbond_PaysAfterDelay() public {
        vm.prank(_first);
        uint256 id = bonding.unbond(BOND);
        vm.assertEq(bonding.validators().length, 3);
        _publishNext();
        uint256 leftAt = vm.getBlockTimestamp();
        vm.assertEq(bonding.withdrawableAt(id), leftAt + 21 days);

        vm.warp(leftAt + 21 days);
        vm.prank(_first);
        bonding.withdraw(id, alice);
        vm.assertEq(omg.balanceOf(alice), BOND);
        vm.prank(_first);
        vm.expectRevert(abi.encodeWithSelector(IBonding.UnknownUnbonding.selector, id));
        bonding.withdraw(id, alice);
    }

    /// A26: the delay runs from the set without the bond, not from the request, so nobody signs with a bond that is gone.
    function test_Withdraw_RevertWhen_SetStillHasBond() public {
        vm.prank(_first);
        uint256 id = bonding.unbond(BOND);
        skip(365 days);
        vm.prank(_first);
        vm.expectRevert(abi.encodeWithSelector(IBonding.StillSlashable.selector, 0));
        bonding.withdraw(id, _first);
    }

    function test_Withdraw_RevertWhen_DelayIsNotOver() public {
        vm.prank(_first);
        uint256 id = bonding.unbond(BOND);
        _publishNext();
        uint256 freeAt = vm.getBlockTimestamp() + 21 days;
        vm.warp(freeAt - 1);
        vm.prank(_first);
        vm.expectRevert(abi.encodeWithSelector(IBonding.StillSlashable.selector, freeAt));
        bonding.withdraw(id, _first);
    }

    function test_Withdraw_RevertWhen_CallerIsAnother() public {
        vm.prank(_first);
        uint256 id = bonding.unbond(BOND);
        vm.expectRevert(abi.encodeWithSelector(IBonding.UnknownUnbonding.selector, id));
        bonding.withdraw(id, address(this));
    }

    function test_Unbond_InPart() public {
        vm.startPrank(_first);
        bonding.unbond(BOND - 1000 ether);
        vm.assertEq(bonding.validator(_first).bond, 1000 ether);
        vm.expectRevert(abi.encodeWithSelector(IBonding.BondTooSmall.selector, 1000 ether - 1, 1000 ether));
        bonding.unbond(1);
        vm.expectRevert(IBonding.AmountIsZero.selector);
        bonding.unbond(0);
        vm.expectRevert(abi.encodeWithSelector(IBonding.AmountExceedsBond.selector, 1000 ether + 1, 1000 ether));
        bonding.unbond(1000 ether + 1);
        vm.stopPrank();
    }

    function test_Unbond_RevertWhen_CallerIsNoValidator() public {
        vm.expectRevert(abi.encodeWithSelector(IBonding.NotAValidator.selector, address(this)));
        bonding.unbond(1);
    }

    /// What is in the contract is always what is bonded and what is unbonding.
    function testFuzz_Bond_AccountsForEveryToken(uint96[8] memory amounts) public {
        uint256 expected = 4 * uint256(BOND);
        for (uint256 i; i < amounts.length; ++i) {
            address validator = vm.addr(keys[i % 4]);
            uint96 amount = uint96(bound(amounts[i], 1, BOND));
            if (i % 2 == 0) {
                bondWith(keys[i % 4], amount);
                expected += amount;
            } else if (bonding.validator(validator).bond >= uint256(amount) + 1000 ether) {
                vm.prank(validator);
                bonding.unbond(amount);
            }
        }
        uint256 bonded;
        for (uint256 i; i < 4; ++i) {
            bonded += bonding.validator(vm.addr(keys[i])).bond;
        }
        uint256 unbonding;
        for (uint256 id = 1; bonding.unbonding(id).delegator != address(0); ++id) {
            unbonding += bonding.unbonding(id).amount;
        }
        vm.assertEq(bonded + unbonding, expected);
        vm.assertEq(omg.balanceOf(address(bonding)), expected);
    }

    // ───────────────────────────────────────────────── sets ────────────────────────────────────────────────────

    function test_PublishValidatorSet_IsSortedAndComplete() public view {
        IBonding.Validator[] memory members = bonding.validatorsOf(1);
        vm.assertEq(members.length, 4);
        for (uint256 i; i < 4; ++i) {
            vm.assertEq(members[i].signer, vm.addr(keys[i]));
            vm.assertEq(members[i].bond, BOND);
        }
    }

    function test_PublishValidatorSet_EndsThePreviousOne() public {
        vm.assertEq(rootChain.validatorSet(1).publishedAt, START);
        vm.assertEq(rootChain.validatorSet(1).validUntil, type(uint48).max);
        bondWith(_aliceKey, 1000 ether);
        _publishNext();
        vm.assertEq(rootChain.currentValidatorSetId(), 2);
        vm.assertEq(rootChain.validatorSet(1).validUntil, START + 1 days + 2 days);
        vm.assertEq(rootChain.validatorSet(2).validUntil, type(uint48).max);
        vm.assertEq(bonding.validatorsOf(1).length, 4);
        vm.assertEq(bonding.validatorsOf(3).length, 0);
    }

    function test_PublishValidatorSet_RevertWhen_NothingChanged() public {
        skip(1 days);
        vm.expectRevert(IBonding.NothingChanged.selector);
        bonding.publishValidatorSet();
    }

    function test_PublishValidatorSet_RevertWhen_EpochIsNotOver() public {
        bondWith(_aliceKey, 1000 ether);
        skip(1 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IBonding.EpochNotOver.selector, START + 1 days));
        bonding.publishValidatorSet();
    }

    /// When everybody leaves, the chain stops, and the bonds are not locked for ever.
    function test_PublishValidatorSet_WhenNobodyIsBonded_AcceptsNoCheckpoint() public {
        for (uint256 i; i < 4; ++i) {
            vm.prank(vm.addr(keys[i]));
            bonding.unbond(BOND);
        }
        _publishNext();
        vm.assertEq(bonding.validatorsOf(2).length, 0);
        HeaderFields memory header = nextHeader();
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotEnoughPower.selector, 0, 0));
        rootChain.submitCheckpoint(encode(header), "");

        skip(21 days);
        vm.prank(_first);
        bonding.withdraw(1, _first);
        vm.assertEq(omg.balanceOf(_first), BOND);
    }

    function test_PublishValidatorSet_OnRootChain_RevertWhen_CallerIsNotBonding() public {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotBonding.selector, address(this)));
        rootChain.publishValidatorSet(address(this));
    }

    function _bond(address validator, uint96 amount, uint256 signingKey) private {
        fund(validator, amount);
        bytes memory keyProof = proof(signingKey, validator);
        vm.prank(validator);
        bonding.bond(amount, vm.addr(signingKey), keyProof);
    }

    function _setSigner(address validator, uint256 signingKey) private {
        bytes memory keyProof = proof(signingKey, validator);
        vm.prank(validator);
        bonding.setSigner(vm.addr(signingKey), keyProof);
    }

    function _expectNoBond(address validator, address signer, bytes memory keyProof) private {
        _expectNoBond(validator, signer, keyProof, "");
    }

    /// @param reason The error; if empty, `SignerNotProven` by a key that nobody can foretell.
    function _expectNoBond(address validator, address signer, bytes memory keyProof, bytes memory reason) private {
        fund(validator, 1000 ether);
        vm.prank(validator);
        try bonding.bond(1000 ether, signer, keyProof) {
            vm.assertTrue(false, "bonded");
        } catch (bytes memory actual) {
            if (reason.length != 0) vm.assertEq(actual, reason);
            else vm.assertEq(bytes32(bytes4(actual)), bytes32(IBonding.SignerNotProven.selector));
        }
    }

    /// The other signature of the same message by the same key, which has a large `s`.
    function _twinOf(bytes memory signature) private pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        return abi.encodePacked(r, ORDER - uint256(s), signature[64] == bytes1(uint8(27)) ? uint8(28) : uint8(27));
    }

    function _placeOf(address validator) private view returns (bool found, uint256 place) {
        address[] memory all = bonding.validators();
        for (uint256 i; i < all.length; ++i) {
            if (all[i] == validator) return (true, i);
        }
    }

    function _publishNext() private {
        skip(1 days);
        bonding.publishValidatorSet();
    }

    function _isIn(uint64 id, address signer) private view returns (bool) {
        IBonding.Validator[] memory members = bonding.validatorsOf(id);
        for (uint256 i; i < members.length; ++i) {
            if (members[i].signer == signer) return true;
        }
        return false;
    }
}
