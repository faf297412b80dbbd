/** @omg/rootchain/deploy: puts a network on Ethereum. Needs a file system, unlike the rest of the package. */
export { ARTIFACTS, type Artifact, readArtifact } from './artifacts.ts'
export { type DeployAirdropParameters, deployAirdrop } from './deployAirdrop.ts'
export { type DeployContractsParameters, deployContracts, type FirstValidator } from './deployContracts.ts'
