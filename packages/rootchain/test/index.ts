/** @omg/rootchain/testing: real Ethereum nodes and a deployed devnet for the tests of every package. */

export * from './endpoint.ts'
export * from './ethereum.ts'
export * from './network.ts'
export * from './staking.ts'
