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
