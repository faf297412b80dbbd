// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ExitQueue } from "../../src/exits/ExitQueue.sol";
import { InFlightExits } from "../../src/exits/InFlightExits.sol";
import { StandardExits } from "../../src/exits/StandardExits.sol";
import { Creator, Delegation, Inclusion, Spend } from "../../src/interfaces/IExitGame.sol";
import { Exit, ExitState } from "../../src/interfaces/IExitQueue.sol";
import { Output } from "../../src/libraries/Codec.sol";
import { HeaderFields, Network } from "../foundation/Network.sol";
import { Ledger } from "./Ledger.sol";

/// @notice An output with everything its owner keeps to exit it.
struct Coin {
    bytes32 id;
    Output output;
    Creator creator;
    Inclusion inclusion;
}

/// @notice A signed transaction.
struct Signed {
    bytes32 hash;
    bytes encoded;
    bytes witness;
    bytes32[] inputs;
    Output[] outputs;
    Creator[] creators;
    Inclusion[] origins;
}

/// @notice A network with the exit games, accounts that can sign, and an operator who can put anything into a checkpoint.
abstract contract ExitNetwork is Network {
    uint64 internal constant FOREVER = type(uint64).max;
    uint256 internal constant MFP = 7 days;

    ExitQueue internal queue;
    StandardExits internal standardExits;
    InFlightExits internal inFlightExits;

    address internal carol = actor("carol");
    address internal mallory = actor("mallory");
    address internal watcher = actor("watcher");
    mapping(address owner => uint256 privateKey) internal keyOf;
    uint256 private _memo;

    function setUp() public virtual override {
        super.setUp();
        queue = new ExitQueue(rootChain, ethVault, erc20Vault, erc721Vault);
        standardExits = new StandardExits(rootChain, queue);
        inFlightExits = new InFlightExits(rootChain, queue);
        string[5] memory names = ["alice", "bob", "carol", "mallory", "watcher"];
        for (uint256 i; i < names.length; ++i) {
            (address owner, uint256 key) = account(names[i]);
            keyOf[owner] = key;
            vm.deal(owner, 100 ether);
        }
        vm.fee(1 gwei);
    }

    function exitGames(uint256 firstNonce) internal view override returns (address[] memory games) {
        games = new address[](3);
        for (uint256 i; i < 3; ++i) {
            games[i] = vm.computeCreateAddress(address(this), firstNonce + i);
        }
    }

    // ───────────────────────────────────────────────── coins ─────────────────────────────────────────────────

    function depositEth(address owner, uint128 amount) internal returns (Coin memory) {
        vm.deal(address(this), amount);
        return _deposited(ethVault.deposit{ value: amount }(owner), Ledger.coin(owner, address(0), amount));
    }

    function depositUsd(address owner, uint128 amount) internal returns (Coin memory) {
        usd.mint(address(this), amount);
        usd.approve(address(erc20Vault), amount);
        return _deposited(erc20Vault.deposit(address(usd), amount, owner), Ledger.coin(owner, address(usd), amount));
    }

    function depositItem(address owner, uint128 tokenId) internal returns (Coin memory) {
        item.mint(address(this), tokenId);
        item.approve(address(erc721Vault), tokenId);
        return _deposited(erc721Vault.deposit(address(item), tokenId, owner), Ledger.item(owner, address(item), tokenId));
    }

    function _deposited(bytes32 id, Output memory output) private view returns (Coin memory made) {
        made.id = id;
        made.output = output;
        uint64 number = rootChain.depositRecord(id).number;
        made.creator.transaction = Ledger.encodeDeposit(rootChain.depositRecord(id).index, number, output);
    }

    /// Output `index` of a transaction, without a proof that it is included.
    function outputOf(Signed memory made, uint8 index) internal pure returns (Coin memory found) {
        found.id = Ledger.outputId(made.hash, index);
        found.output = made.outputs[index];
        found.creator = Creator(made.encoded, index);
    }

    function outputOf(Signed memory made, uint8 index, Inclusion memory inclusion) internal pure returns (Coin memory found) {
        found = outputOf(made, index);
        found.inclusion = inclusion;
    }

    // ───────────────────────────────────────────── transactions ──────────────────────────────────────────────

    /// A PAY that its owners have signed.
    function pay(Coin[] memory coins, Output[] memory outputs, uint64 validUntil) internal returns (Signed memory made) {
        bytes32 memo = bytes32(++_memo);
        made.outputs = outputs;
        made.inputs = new bytes32[](coins.length);
        made.creators = new Creator[](coins.length);
        made.origins = new Inclusion[](coins.length);
        for (uint256 i; i < coins.length; ++i) {
            made.inputs[i] = coins[i].id;
            made.creators[i] = coins[i].creator;
            made.origins[i] = coins[i].inclusion;
        }
        made.encoded = Ledger.encodePay(made.inputs, outputs, validUntil, memo);
        made.hash = Ledger.payHash(made.inputs, outputs, validUntil, memo, rootChain.domainSeparator());
        made.witness = _sign(made.hash, coins);
    }

    function pay(Coin memory spent, Output memory output) internal returns (Signed memory) {
        return pay(coins(spent), outputs(output), FOREVER);
    }

    /// The owners of two coins give them to each other.
    function swapOf(Coin memory a, Coin memory b) internal returns (Signed memory) {
        Output memory toA = Ledger.coin(ownerOf(a), b.output.token, b.output.amount);
        Output memory toB = Ledger.coin(ownerOf(b), a.output.token, a.output.amount);
        return pay(coins(a, b), outputs(toB, toA), FOREVER);
    }

    function _sign(bytes32 hash, Coin[] memory spent) private view returns (bytes memory) {
        bytes memory signatures;
        uint8 count;
        for (uint256 i; i < spent.length; ++i) {
            bool seen;
            for (uint256 j; j < i; ++j) {
                if (spent[j].output.guard == spent[i].output.guard) seen = true;
            }
            if (seen) continue;
            signatures = bytes.concat(signatures, signed(keyOf[ownerOf(spent[i])], hash));
            ++count;
        }
        return abi.encodePacked(count, signatures, uint24(0));
    }

    /// What the operator makes out of nothing: a fee distribution of whatever she likes (A1, A21).
    function mint(Output memory output) internal returns (Signed memory made) {
        made.outputs = outputs(output);
        made.encoded = Ledger.encodeFee(uint64(++_memo), made.outputs);
        made.hash = Ledger.unsignedHash(made.encoded, rootChain.domainSeparator());
        made.witness = hex"00000000";
    }

    // ────────────────────────────────────────────── checkpoints ──────────────────────────────────────────────

    /// Puts transactions into the next checkpoint, in this order.
    function include(Signed[] memory transactions) internal returns (Inclusion[] memory) {
        vm.roll(vm.getBlockNumber() + 1);
        skip(12);
        return includeNow(transactions);
    }

    /// The same in the block of the last checkpoint.
    function includeNow(Signed[] memory transactions) internal returns (Inclusion[] memory inclusions) {
        bytes32[] memory leaves = new bytes32[](transactions.length);
        for (uint256 i; i < leaves.length; ++i) {
            leaves[i] = Ledger.leafHash(
                transactions[i].hash, keccak256(transactions[i].witness), _positions(transactions[i]), 0
            );
        }
        HeaderFields memory header = nextHeader();
        (header.txRoot,) = Ledger.tree(leaves, 0);
        header.txCount = uint32(leaves.length);
        submit(header);
        inclusions = new Inclusion[](leaves.length);
        for (uint256 i; i < leaves.length; ++i) {
            Inclusion memory inclusion = inclusions[i];
            inclusion.header = encode(header);
            inclusion.path = uint24(i);
            inclusion.witnessHash = keccak256(transactions[i].witness);
            inclusion.inputPositions = _positions(transactions[i]);
            (, inclusion.proof) = Ledger.tree(leaves, i);
        }
    }

    function include(Signed memory transaction) internal returns (Inclusion memory) {
        Signed[] memory all = new Signed[](1);
        all[0] = transaction;
        return include(all)[0];
    }

    function include(Signed memory first, Signed memory second) internal returns (Inclusion memory, Inclusion memory) {
        Signed[] memory all = new Signed[](2);
        (all[0], all[1]) = (first, second);
        Inclusion[] memory inclusions = include(all);
        return (inclusions[0], inclusions[1]);
    }

    /// The games do not look at the positions of inputs, only at their number.
    function _positions(Signed memory transaction) private pure returns (bytes memory) {
        return new bytes(12 * transaction.inputs.length);
    }

    // ───────────────────────────────────────────── standard exits ────────────────────────────────────────────

    function startExit(Coin memory owned) internal returns (bytes32) {
        Delegation memory none;
        uint256 bond = standardExits.bondSize();
        vm.prank(ownerOf(owned));
        return standardExits.startExit{ value: bond }(owned.creator, owned.inclusion, none);
    }

    function spendOf(Signed memory spender, uint8 inputIndex) internal pure returns (Spend memory spend) {
        spend.transaction = spender.encoded;
        spend.witness = spender.witness;
        spend.inputIndex = inputIndex;
        spend.creators = spender.creators;
    }

    function spendOf(Signed memory spender, uint8 inputIndex, Inclusion memory inclusion)
        internal
        pure
        returns (Spend memory spend)
    {
        spend = spendOf(spender, inputIndex);
        spend.inclusion = inclusion;
    }

    function challenge(bytes32 exitId, Spend memory spend) internal {
        vm.prank(watcher);
        standardExits.challengeExit(exitId, spend);
    }

    // ───────────────────────────────────────────── in-flight exits ───────────────────────────────────────────

    function startInFlight(Signed memory transaction) internal {
        uint256 bond = inFlightExits.bondSize();
        vm.prank(watcher);
        inFlightExits.startInFlightExit{ value: bond }(
            transaction.encoded, transaction.witness, transaction.creators, transaction.origins
        );
    }

    function piggybackInput(Signed memory transaction, uint8 index, address owner) internal returns (bytes32) {
        Delegation memory none;
        uint256 bond = inFlightExits.piggybackBondSize();
        vm.prank(owner);
        return inFlightExits.piggybackInput{ value: bond }(transaction.encoded, index, transaction.creators[index], none);
    }

    function piggybackOutput(Signed memory transaction, uint8 index) internal returns (bytes32) {
        Delegation memory none;
        uint256 bond = inFlightExits.piggybackBondSize();
        vm.prank(address(uint160(uint256(transaction.outputs[index].guard))));
        return inFlightExits.piggybackOutput{ value: bond }(transaction.encoded, index, none);
    }

    function proveInclusion(Signed memory transaction, Inclusion memory inclusion) internal {
        vm.prank(watcher);
        inFlightExits.proveInclusion(transaction.encoded, transaction.witness, transaction.creators, inclusion);
    }

    function challengeCanonicity(Signed memory transaction, Spend memory rival) internal {
        vm.prank(watcher);
        inFlightExits.challengeCanonicity(transaction.hash, rival);
    }

    // ───────────────────────────────────────────────── small ─────────────────────────────────────────────────

    function process() internal returns (uint256) {
        return queue.processExits(address(0), false, 100);
    }

    function stateOf(bytes32 exitId) internal view returns (ExitState) {
        return queue.exit(exitId).state;
    }

    function assertState(bytes32 exitId, ExitState expected) internal view {
        vm.assertEq(uint256(stateOf(exitId)), uint256(expected), "state of the exit");
    }

    function assertCredit(address owner, uint256 expected) internal view {
        vm.assertEq(ethVault.creditOf(owner, address(0)), expected, "credit in ETH");
    }

    function ownerOf(Coin memory owned) internal pure returns (address) {
        return address(uint160(uint256(owned.output.guard)));
    }

    function eth(address owner, uint128 amount) internal pure returns (Output memory) {
        return Ledger.coin(owner, address(0), amount);
    }

    function coins(Coin memory a) internal pure returns (Coin[] memory list) {
        list = new Coin[](1);
        list[0] = a;
    }

    function coins(Coin memory a, Coin memory b) internal pure returns (Coin[] memory list) {
        list = new Coin[](2);
        (list[0], list[1]) = (a, b);
    }

    function outputs(Output memory a) internal pure returns (Output[] memory list) {
        list = new Output[](1);
        list[0] = a;
    }

    function outputs(Output memory a, Output memory b) internal pure returns (Output[] memory list) {
        list = new Output[](2);
        (list[0], list[1]) = (a, b);
    }
}
