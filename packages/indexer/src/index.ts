/** @omg/indexer: history, balances and market data for people. README.md has the map of the package. */
export type { IndexerView, Status } from './api/view.ts'
export {
  type Configuration,
  configurationSchema,
  flagOf,
  loadConfiguration,
  redact,
  SETTINGS,
  variableOf,
} from './configuration/configuration.ts'
export { INDEXER_ERRORS, type IndexerErrorCode } from './errors.ts'
export { type RunningIndexer, type StartIndexerOptions, startIndexer } from './indexer.ts'
export type { ReplayLevel } from './replay/levels.ts'
export { type FillProof, verifyFillProof } from './replay/proof.ts'
export { type Replay, type ReplayedCheckpoint, type ReplayOptions, replayBatch } from './replay/replay.ts'
