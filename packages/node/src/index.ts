/** @omg/node: the chain. `startNode` runs one in this process; README.md has the map of the package. */
export {
  describeConfig,
  effectiveConfig,
  environmentName,
  type Setting,
  settings,
} from './configuration/configuration.ts'
export type { Configuration, ConfigurationInput } from './configuration/schema.ts'
export { genesisText } from './engines/cometbft/cometbft.ts'
export { genesisFile, readGenesis } from './engines/cometbft/genesis.ts'
export { nodeId, nodeSeed, publicKeyOf, validatorOf } from './engines/cometbft/keys.ts'
export { findCometBft } from './engines/cometbft/program.ts'
export { askTrustedBlock, readTrustedBlock, writeTrustedBlock } from './engines/cometbft/state-sync.ts'
export type * from './engines/engine.ts'
export { SoloEngine, type SoloOptions } from './engines/solo.ts'
export { NODE_ERRORS, type NodeErrorCode, nodeError } from './errors.ts'
export { NODE_FLAGS, setNodeFlags } from './flags.ts'
export { encodeBundle, readBundle } from './mempool/bundle.ts'
export { type RunningNode, type StartNodeOptions, startNode } from './node.ts'
export { ledgerParameters } from './parameters.ts'
export { findSignatureProgram } from './process/programs.ts'
export type { CheckpointSink, RootChainSource, SourceStep } from './rootchain/seam.ts'
export { decodeResults } from './rpc/bundle.ts'
export { SignerService } from './signer/service.ts'
