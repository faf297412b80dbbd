// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { MerkleProof } from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import { SignatureChecker } from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import { BitMaps } from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import { IAirdrop } from "./interfaces/IAirdrop.sol";
import { IBonding } from "./interfaces/IBonding.sol";

/// @title Airdrop
/// @notice See IAirdrop.
contract Airdrop is IAirdrop, EIP712 {
    using BitMaps for BitMaps.BitMap;
    using SafeERC20 for IERC20;

    bytes32 private constant CLAIM_TYPEHASH = keccak256("Claim(uint256 line,address validator,uint64 validUntil)");

    IERC20 public immutable token;
    IBonding public immutable bonding;
    bytes32 public immutable root;
    uint256 public immutable total;
    uint64 public immutable endsAt;
    address public immutable giver;

    /// One bit a line.
    BitMaps.BitMap private _claimed;

    constructor(IERC20 token_, IBonding bonding_, bytes32 root_, uint256 total_, uint64 endsAt_, address giver_)
        EIP712("OMG Airdrop", "1")
    {
        if (root_ == 0 || total_ == 0 || endsAt_ <= block.timestamp || giver_ == address(0)) revert InvalidAirdrop();
        (token, bonding, root, total, endsAt, giver) = (token_, bonding_, root_, total_, endsAt_, giver_);
    }

    /// @inheritdoc IAirdrop
    function claim(Allocation calldata allocation, address validator, bytes32[] calldata proof) external {
        if (msg.sender != allocation.account) revert OrderNotSigned(allocation.account);
        _claim(allocation, validator, proof);
    }

    /// @inheritdoc IAirdrop
    function claimFor(
        Allocation calldata allocation,
        address validator,
        bytes32[] calldata proof,
        uint64 validUntil,
        bytes calldata signature
    ) external {
        bytes32 order =
            _hashTypedDataV4(keccak256(abi.encode(CLAIM_TYPEHASH, allocation.line, validator, validUntil)));
        bool signed = SignatureChecker.isValidSignatureNowCalldata(allocation.account, order, signature);
        if (!signed || block.timestamp > validUntil) revert OrderNotSigned(allocation.account);
        _claim(allocation, validator, proof);
    }

    function _claim(Allocation calldata allocation, address validator, bytes32[] calldata proof) private {
        if (block.timestamp >= endsAt) revert ClaimsEnded(endsAt);
        (uint256 line, address account, uint96 amount) = (allocation.line, allocation.account, allocation.amount);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(line, account, uint256(amount)))));
        if (!MerkleProof.verifyCalldata(proof, root, leaf)) revert NotInTable(line, account, amount);
        if (_claimed.get(line)) revert AlreadyClaimed(line);
        _claimed.set(line);
        emit Claimed(line, account, amount, validator);
        if (validator == address(0)) {
            token.safeTransfer(account, amount);
        } else {
            token.forceApprove(address(bonding), amount);
            bonding.delegateFor(account, validator, amount);
        }
    }

    /// @inheritdoc IAirdrop
    function reclaim() external {
        if (block.timestamp < endsAt) revert ClaimsNotEnded(endsAt);
        uint256 left = token.balanceOf(address(this));
        emit Reclaimed(left);
        token.safeTransfer(giver, left);
    }

    /// @inheritdoc IAirdrop
    function isClaimed(uint256 line) external view returns (bool) {
        return _claimed.get(line);
    }
}
