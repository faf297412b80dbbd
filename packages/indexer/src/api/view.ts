import type { Hash, OmgError } from '@omg/protocol'
import type { Database } from '../store/database.ts'

/** Where an indexer stands. */
export interface Status {
  /** Last block written. */
  readonly height: bigint
  /** Highest block that a node is known to have. */
  readonly headHeight: bigint
  /** Of the last block written, in seconds. */
  readonly time: bigint
  readonly appHash: Hash
  readonly problem: OmgError | null
}

/** What the API shows of an indexer. */
export interface IndexerView {
  readonly reader: Database
  /** Several queries that see the same block. */
  snapshot<T>(read: (database: Database) => Promise<T>): Promise<T>
  status(): Status
  /** False if it is behind and has stood still for too long. */
  alive(): boolean
  metrics(): Promise<string>
}
