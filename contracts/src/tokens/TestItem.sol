// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ERC721 } from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @title Test item
/// @notice A collection for development networks: anyone may mint.
contract TestItem is ERC721 {
    constructor() ERC721("Test Item", "TITEM") { }

    function mint(address to, uint256 tokenId) external {
        _mint(to, tokenId);
    }
}
