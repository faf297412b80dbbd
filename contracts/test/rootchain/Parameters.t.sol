// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { RootChain } from "../../src/RootChain.sol";
import { FeeToken, IRootChain, Module, ModuleKind, Parameters } from "../../src/interfaces/IRootChain.sol";
import { Network } from "../foundation/Network.sol";

contract ParametersTest is Network {
    function test_Constructor_KeepsParameters() public view {
        vm.assertEq(keccak256(abi.encode(rootChain.parameters())), keccak256(abi.encode(mainnet())));
        vm.assertEq(rootChain.governor(), governor);
        vm.assertEq(rootChain.bonding(), address(bonding));
        FeeToken[] memory tokens = rootChain.feeTokens();
        vm.assertEq(tokens.length, 2);
        vm.assertEq(tokens[1].token, address(usd));
        vm.assertEq(tokens[1].unit, 1);
    }

    function test_DomainSeparator_IsOfThisContract() public view {
        bytes32 typeHash =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 expected = keccak256(
            abi.encode(typeHash, keccak256("OMG Network"), keccak256("3"), block.chainid, address(rootChain))
        );
        vm.assertEq(rootChain.domainSeparator(), expected);
    }

    function test_Constructor_RevertWhen_WindowsExceedMfp() public {
        Parameters memory p = mainnet();
        // 24 h + 36 h + 48 h + 2 h + 58 h = 168 h.
        p.conversionWindow += 58 hours;
        _accept(p);
        p.conversionWindow += 1;
        _refuse(p, "maxSeasoning + conversionWindow + responseWindow + maxOriginAge <= minFinalizationPeriod");
    }

    function test_Constructor_RevertWhen_FraudWindowReachesMfp() public {
        Parameters memory p = mainnet();
        p.fraudWindow = 7 days;
        _refuse(p, "fraudWindow < minFinalizationPeriod");
    }

    function test_Constructor_RevertWhen_UnbondingIsShort() public {
        Parameters memory p = mainnet();
        p.unbondingDelay = 20 days;
        _accept(p);
        p.unbondingDelay -= 1;
        _refuse(p, "unbondingDelay >= 2 * minFinalizationPeriod + fraudWindow");
    }

    function test_Constructor_RevertWhen_QuarantineIsShort() public {
        Parameters memory p = mainnet();
        p.quarantine -= 1;
        _refuse(p, "quarantine >= 3 * minFinalizationPeriod");
    }

    function test_Constructor_RevertWhen_OriginAgeIsOutOfRange() public {
        Parameters memory p = mainnet();
        p.maxOriginAgeBlocks = 0;
        _refuse(p, "maxOriginAgeBlocks > 0");
        p.secondsPerBlock = 1;
        p.maxOriginAgeBlocks = 8192;
        _refuse(p, "maxOriginAgeBlocks <= 8191 (EIP-2935)");
        p.secondsPerBlock = 0;
        _refuse(p, "secondsPerBlock > 0");
    }

    function test_Constructor_RevertWhen_HalfAPeriodIsTooShort() public {
        Parameters memory p = mainnet();
        p.conversionWindow = 1 hours;
        p.maxSeasoning = 15 minutes;
        p.maxOriginAgeBlocks = 1;
        p.secondsPerBlock = 3.5 days;
        _refuse(p, "2 * maxOriginAge < minFinalizationPeriod");
        p.secondsPerBlock -= 1;
        p.revealDelayBlocks = 1;
        _accept(p);
        p.secondsPerBlock = 24;
        p.responseWindow = 3.5 days;
        _refuse(p, "2 * responseWindow < minFinalizationPeriod");
        p.responseWindow -= 1;
        _accept(p);
    }

    function test_Constructor_RevertWhen_PeriodDoesNotFit() public {
        Parameters memory p = mainnet();
        p.minFinalizationPeriod = 365 days;
        p.unbondingDelay = 3 * 365 days;
        p.quarantine = 3 * 365 days;
        _accept(p);
        p.minFinalizationPeriod += 1;
        _refuse(p, "minFinalizationPeriod <= 365 days");
        p = mainnet();
        p.epoch = 0;
        _refuse(p, "epoch > 0");
    }

    function test_Constructor_RevertWhen_OtherRulesAreBroken() public {
        Parameters memory p = mainnet();
        p.blobSeasoning = p.maxSeasoning + 1;
        _refuse(p, "blobSeasoning <= maxSeasoning");
        p = mainnet();
        p.revealDelayBlocks = 6 days / 24;
        _refuse(p, "revealDelay < fraudWindow");
        p = mainnet();
        p.validatorSetOverlap = 7 days + 1;
        _refuse(p, "validatorSetOverlap <= minFinalizationPeriod");
        p = mainnet();
        p.maxValidators = 129;
        _refuse(p, "0 < maxValidators <= 128");
        p.maxValidators = 0;
        _refuse(p, "0 < maxValidators <= 128");
        p = mainnet();
        p.minBond = 0;
        _refuse(p, "minBond > 0");
        p = mainnet();
        p.piggybackBondGas = 0;
        _refuse(p, "bonds > 0");
    }

    /// A devnet is the same inequalities at another scale.
    function testFuzz_Constructor_AcceptsScaledParameters(uint32 scale) public {
        scale = uint32(bound(scale, 1, 1000));
        Parameters memory p = mainnet();
        p.minFinalizationPeriod /= scale;
        p.maxSeasoning /= scale;
        p.blobSeasoning /= scale;
        p.conversionWindow /= scale;
        p.responseWindow /= scale;
        p.fraudWindow /= scale;
        p.unbondingDelay = 3 * p.minFinalizationPeriod;
        p.validatorSetOverlap /= scale;
        p.quarantine = 3 * p.minFinalizationPeriod;
        p.secondsPerBlock = 1;
        p.maxOriginAgeBlocks = p.minFinalizationPeriod - p.maxSeasoning - p.conversionWindow - p.responseWindow;
        if (p.maxOriginAgeBlocks > 8191) p.maxOriginAgeBlocks = 8191;
        _accept(p);
    }

    // ─────────────────────────────────────────────── fee tokens ────────────────────────────────────────────────

    function test_Constructor_RevertWhen_FeeTokensAreInvalid() public {
        FeeToken[] memory tokens = new FeeToken[](5);
        for (uint160 i; i < 5; ++i) {
            tokens[i] = FeeToken(address(i), 1);
        }
        _refuseTokens(tokens);
        tokens = feeTokens();
        tokens[1].token = address(0);
        _refuseTokens(tokens);
        tokens = feeTokens();
        tokens[0].unit = 0;
        _refuseTokens(tokens);
    }

    // ───────────────────────────────────────────────── modules ─────────────────────────────────────────────────

    function test_Constructor_ModulesActAtOnce() public view {
        vm.assertTrue(rootChain.isVault(address(ethVault)));
        vm.assertTrue(rootChain.isVault(address(erc721Vault)));
        vm.assertFalse(rootChain.isExitGame(address(ethVault)));
        vm.assertTrue(rootChain.isExitGame(address(this)));
        vm.assertFalse(rootChain.isVault(address(this)));
    }

    /// A40: a malicious new exit game cannot act before everybody had time to leave.
    function test_RegisterModule_WaitsForQuarantine() public {
        vm.expectEmit(address(rootChain));
        emit IRootChain.ModuleRegistered(bob, ModuleKind.ExitGame, uint64(START + 21 days));
        vm.prank(governor);
        rootChain.registerModule(bob, ModuleKind.ExitGame);
        Module memory registered = rootChain.module(bob);
        vm.assertEq(registered.activeFrom, START + 21 days);

        skip(21 days - 1);
        vm.assertFalse(rootChain.isExitGame(bob));
        skip(1);
        vm.assertTrue(rootChain.isExitGame(bob));
        vm.assertFalse(rootChain.isVault(bob));
    }

    function test_RegisterModule_RevertWhen_CallerIsNotGovernor() public {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotGovernor.selector, address(this)));
        rootChain.registerModule(bob, ModuleKind.Vault);
    }

    function test_RegisterModule_RevertWhen_AlreadyRegistered() public {
        vm.prank(governor);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ModuleAlreadyRegistered.selector, address(ethVault)));
        rootChain.registerModule(address(ethVault), ModuleKind.ExitGame);
    }

    function test_RegisterModule_RevertWhen_ModuleIsInvalid() public {
        vm.startPrank(governor);
        vm.expectRevert(IRootChain.InvalidModule.selector);
        rootChain.registerModule(address(0), ModuleKind.Vault);
        vm.expectRevert(IRootChain.InvalidModule.selector);
        rootChain.registerModule(bob, ModuleKind.None);
        vm.stopPrank();
    }

    function _accept(Parameters memory p) private {
        _construct(p, feeTokens());
    }

    function _refuse(Parameters memory p, string memory rule) private {
        vm.expectRevert(abi.encodeWithSelector(IRootChain.InvalidParameters.selector, rule));
        _construct(p, feeTokens());
    }

    function _refuseTokens(FeeToken[] memory tokens) private {
        vm.expectRevert(IRootChain.InvalidFeeTokens.selector);
        _construct(mainnet(), tokens);
    }

    function _construct(Parameters memory p, FeeToken[] memory tokens) private returns (RootChain) {
        return new RootChain(p, tokens, address(bonding), governor, new address[](0), new address[](0));
    }
}
