// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { EthVault } from "../../src/vaults/EthVault.sol";

/// @notice Burns all the gas it is given.
contract GasBurner {
    receive() external payable {
        while (true) { }
    }
}

/// @notice Takes no ETH, and can send its credit elsewhere.
contract Refuser {
    function withdrawTo(EthVault vault, address recipient) external {
        vault.withdrawTo(address(0), recipient);
    }
}

/// @notice Tries to withdraw again while it is being paid.
contract Reenterer {
    EthVault private immutable _vault;
    uint256 public attempts;
    bool public entered;

    constructor(EthVault vault) {
        _vault = vault;
    }

    receive() external payable {
        ++attempts;
        try _vault.withdraw(address(0), address(this)) {
            entered = true;
        } catch { }
    }
}
