// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import { Erc20Vault } from "../../src/vaults/Erc20Vault.sol";

/// @notice An ERC-20 that anybody may mint.
contract Coin is ERC20("Coin", "COIN") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice Keeps one percent of every transfer.
contract FeeOnTransferToken is Coin {
    function _update(address from, address to, uint256 value) internal override {
        bool taxed = from != address(0) && to != address(0);
        super._update(from, to, taxed ? value - value / 100 : value);
        if (taxed) super._update(from, address(0), value / 100);
    }
}

/// @notice Returns nothing from transfers, like the first stablecoins.
contract NoReturnToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @notice Says no instead of reverting.
contract FalseToken is Coin {
    bool public refuses;

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return refuses ? false : super.transfer(to, value);
    }
}

/// @notice Can stop all transfers, as a token with a black list can.
contract PausableToken is Coin {
    bool public paused;

    error Paused();

    function setPaused(bool paused_) external {
        paused = paused_;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (paused) revert Paused();
        super._update(from, to, value);
    }
}

/// @notice Its issuer takes tokens back from whomever it likes, as that of a stablecoin can.
contract SeizableToken is Coin {
    function seize(address from, uint256 amount) external {
        _burn(from, amount);
    }
}

/// @notice Whoever wants to be asked before her tokens move.
interface ISender {
    function beforeSending() external;
}

/// @notice Asks one sender before her tokens move, as ERC-777 does.
contract AskingToken is SeizableToken {
    address private _asked;

    function ask(address sender) external {
        _asked = sender;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0) && from == _asked) ISender(from).beforeSending();
        super._update(from, to, value);
    }
}

/// @notice Enters the vault again in the middle of a transfer, to have one arrival counted twice.
contract ReentrantToken is Coin {
    Erc20Vault public vault;
    bool public withdrawing;

    function attack(Erc20Vault vault_, bool withdrawing_) external {
        vault = vault_;
        withdrawing = withdrawing_;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        Erc20Vault target = vault;
        if (address(target) == address(0)) return;
        vault = Erc20Vault(address(0));
        if (withdrawing) {
            target.withdraw(address(this), to);
        } else {
            this.mint(address(this), value);
            this.approveVault(target, value);
            target.deposit(address(this), value, from);
        }
    }

    function approveVault(Erc20Vault target, uint256 value) external {
        _approve(address(this), address(target), value);
    }
}
