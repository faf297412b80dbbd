/** @omg/ledger: the state transition as MapReduce. README.md has the map of the package. */
export {
  BLOB_BYTES,
  decodeBlob,
  decodeBlobs,
  encodeBlob,
  encodeBlobs,
  type PublishedBlock,
  type ShardBody,
  shardBodies,
} from './blob.ts'
export { blockAppHash, decodeBlock, encodeBlock, inputPositionsOf, MAX_BLOCK_BYTES } from './block.ts'
export { copyRow, readEntry, writeEntry } from './entry.ts'
export { LEDGER_ERRORS, type LedgerErrorCode, ledgerError } from './errors.ts'
export { feesOf, highestMultiple, parametersInForce, tradingFees } from './fees.ts'
export { guessSigners } from './guesses.ts'
export { fastKeccak256 } from './keccak.ts'
export { ReferenceLedger } from './ledger.reference.ts'
export { Ledger, type LedgerOptions } from './ledger.ts'
export { lockedOutputsReference } from './locks.reference.ts'
export { type LockFact, Locks, lockFactOf, NO_LOCKED_OUTPUTS } from './locks.ts'
export { createMapPool, MAP_TASK_TRANSACTIONS, type MapPoolOptions } from './map.pool.ts'
export { type MappedTransaction, mapTransactionReference } from './map.reference.ts'
export { createMapper, type Mapper } from './map.ts'
export { MAX_RELEASES } from './order/batch.ts'
export { NO_EXCHANGE } from './order/block.ts'
export {
  type ListingFact,
  Listings,
  listingFactsOf,
  type MarketFact,
  marketFactOf,
  publishedTo,
  type Seasoning,
  type SeasoningParameters,
  seasoningOf,
} from './order/listings.ts'
export { MAX_INSTRUCTION_SECONDS } from './order/move.ts'
export {
  isRemoval,
  OrderRecordLog,
  orderRecordsIn,
  RECORD_KEY_AT,
  RECORD_KEY_BYTES,
  recordEnd,
} from './order/record-log.ts'
export { settlesWhole } from './order/rules.ts'
export { OrderState } from './order/state.ts'
export { logOrderRecords, orderRecords } from './order/store.ts'
export { DEFAULT_EXCHANGE, feeTransaction } from './parameters.ts'
export {
  describeRecord,
  inputAt,
  inputCount,
  inputPlaces,
  isDerivingRecord,
  isInstructionRecord,
  MAX_RECORD_INPUTS,
  mapError,
  outputCount,
  outputIdAt,
  recordAt,
  recordHash,
  recordInput,
  recordOutput,
  recordOutputId,
  recordSigned,
  recordSigners,
  recordValidUntil,
  signerAt,
  signerCount,
} from './record.ts'
export { loadUnspent, saveUnspent } from './snapshot.ts'
export { genesisTip, lastNonDAOf } from './tip.ts'
export { buildCheckpointTree, type CheckpointTree, NODE_BYTES } from './tree.ts'
export * from './types.ts'
export { ReferenceUnspentSet } from './unspent.reference.ts'
export { UnspentSet, type UnspentSetOptions } from './unspent.ts'
