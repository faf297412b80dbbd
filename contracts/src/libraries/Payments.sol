// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Creator, IExitGame } from "../interfaces/IExitGame.sol";
import { Codec, Layout, Output } from "./Codec.sol";
import { Creators, Origin } from "./Creators.sol";
import { Digests } from "./Digests.sol";
import { Witnesses } from "./Witnesses.sol";

/// @notice A PAY that was found valid.
struct Payment {
    bytes32 transactionHash;
    Layout layout;
    uint64 validUntil;
    bytes32[] inputs;
    Output[] outputs;
    /// Where each input comes from. Of an input that Ethereum knew already only `output` is filled.
    Origin[] origins;
}

/// @title Payments
/// @notice The rules that make a PAY valid by itself: R1 (every owner signed the whole), and conservation of each token and item.
library Payments {
    /// No input is known to Ethereum beforehand.
    uint256 internal constant NONE_KNOWN = type(uint256).max;

    /// @notice Checks a PAY and everything it depends on, except that its inputs exist.
    /// @param known Index of the input that is `knownOutput`, whose creator is not looked at; or NONE_KNOWN.
    function verify(
        bytes calldata transaction,
        bytes calldata witness,
        Creator[] calldata creators,
        bytes32 separator,
        uint256 known,
        Output memory knownOutput
    ) internal pure returns (Payment memory payment) {
        Layout memory layout = Codec.pay(transaction);
        payment.layout = layout;
        payment.validUntil = Codec.validUntil(transaction, layout);
        payment.transactionHash = Digests.pay(transaction, layout, separator);
        payment.inputs = Codec.inputs(transaction, layout);
        payment.outputs = Codec.outputs(transaction, layout);
        payment.origins = new Origin[](layout.inputCount);

        bool alone = layout.inputCount == 1 && known == 0;
        if (creators.length != layout.inputCount && !(alone && creators.length == 0)) {
            revert IExitGame.WrongCreatorCount(layout.inputCount, creators.length);
        }
        for (uint256 i; i < layout.inputCount; ++i) {
            if (i == known) {
                payment.origins[i].output = knownOutput;
                continue;
            }
            payment.origins[i] = Creators.origin(creators[i], separator);
            if (payment.origins[i].outputId != payment.inputs[i]) revert IExitGame.DoesNotSpend(payment.origins[i].outputId);
        }
        _requireSigned(witness, payment);
        _requireConserved(payment.outputs, payment.origins);
    }

    /// R1: one signature for each distinct owner, in the order in which the owners first appear. No more, no fewer.
    function _requireSigned(bytes calldata witness, Payment memory payment) private pure {
        Witnesses.Counts memory counts = Witnesses.readUnsigned(witness);
        address[] memory owners = new address[](payment.origins.length);
        uint256 distinct;
        for (uint256 i; i < payment.origins.length; ++i) {
            address owner = Creators.ownerOf(payment.origins[i].output);
            if (_contains(owners, distinct, owner)) continue;
            if (distinct == counts.signatures) revert IExitGame.WrongWitness();
            address signer = Witnesses.recover(payment.transactionHash, Witnesses.signature(witness, distinct));
            if (signer != owner) revert IExitGame.WrongSigner(owner, signer);
            owners[distinct++] = owner;
        }
        bool fits = counts.signatures == distinct && counts.orderTerms == _orders(payment.outputs) && counts.swapTerms == 0
            && counts.preimages == 0;
        if (!fits) revert IExitGame.WrongWitness();
    }

    /// No token grows, and every item that is made is one that is spent. At most 16 x 32 comparisons.
    function _requireConserved(Output[] memory outputs, Origin[] memory origins) private pure {
        for (uint256 i; i < outputs.length; ++i) {
            if (outputs[i].outputType == Codec.TYPE_ITEM) _requireItem(outputs, i, origins);
            else if (_isFirstOfToken(outputs, i)) _requireSum(outputs, outputs[i].token, origins);
        }
    }

    function _orders(Output[] memory outputs) private pure returns (uint256 count) {
        for (uint256 i; i < outputs.length; ++i) {
            if (outputs[i].outputType == Codec.TYPE_ORDER) ++count;
        }
    }

    function _requireItem(Output[] memory outputs, uint256 index, Origin[] memory origins) private pure {
        Output memory item = outputs[index];
        for (uint256 i; i < index; ++i) {
            if (_isSameItem(outputs[i], item)) revert IExitGame.NotConserved(item.token);
        }
        for (uint256 i; i < origins.length; ++i) {
            if (_isSameItem(origins[i].output, item)) return;
        }
        revert IExitGame.NotConserved(item.token);
    }

    function _requireSum(Output[] memory outputs, address token, Origin[] memory origins) private pure {
        uint256 spent;
        uint256 made;
        for (uint256 i; i < origins.length; ++i) {
            // Sixteen amounts of 128 bits.
            unchecked {
                spent += _coins(origins[i].output, token);
            }
        }
        for (uint256 i; i < outputs.length; ++i) {
            unchecked {
                made += _coins(outputs[i], token);
            }
        }
        if (made > spent) revert IExitGame.NotConserved(token);
    }

    function _isFirstOfToken(Output[] memory outputs, uint256 index) private pure returns (bool) {
        for (uint256 i; i < index; ++i) {
            if (outputs[i].token == outputs[index].token && outputs[i].outputType != Codec.TYPE_ITEM) return false;
        }
        return true;
    }

    function _coins(Output memory output, address token) private pure returns (uint256) {
        return output.token == token && output.outputType != Codec.TYPE_ITEM ? output.amount : 0;
    }

    function _isSameItem(Output memory a, Output memory b) private pure returns (bool) {
        return a.outputType == Codec.TYPE_ITEM && b.outputType == Codec.TYPE_ITEM && a.token == b.token && a.amount == b.amount;
    }

    function _contains(address[] memory list, uint256 length, address account) private pure returns (bool) {
        for (uint256 i; i < length; ++i) {
            if (list[i] == account) return true;
        }
        return false;
    }
}
