import { type OrderRecord, OrderRecordLog } from '@omg/ledger'
import { encodeCheckpoint, type StoredCheckpoint } from './checkpoints.ts'
import type { History } from './history.ts'
import type { LogPlace } from './log.ts'
import type { OrderTable } from './orders.ts'
import { encodePlace } from './places.ts'
import type { Tables } from './tables.ts'
import type { Unflushed } from './unflushed.ts'
import type { LiveOutputs, UnspentTable } from './unspent.ts'

/** The tables that are written in runs, with all the others. */
export interface RunTables {
  readonly tables: Tables
  readonly transactions: History
  readonly spends: History
  readonly instructions: History
  readonly unspent: UnspentTable
  readonly orders: OrderTable
}

/** What belongs to a flush beside its changes. */
export interface FlushState {
  /** Where the log goes on after the last block of the flush. */
  next: LogPlace
  /** The ledger's saved state: tip and open tree. */
  state: Uint8Array
  total: number
  /** Entries that join the unspent table, side by side. */
  living: Uint8Array
}

/** A state that another node has saved: see `ChainStore.install`. */
export interface InstalledState {
  /** Of the block after which it stands. */
  readonly height: bigint
  /** Of the ledger's `save`. */
  readonly state: Uint8Array
  /** Transactions up to there. */
  readonly total: number
  /** Unspent entries, side by side. */
  readonly entries: Uint8Array
  readonly orders: readonly OrderRecord[]
  readonly checkpoints: readonly StoredCheckpoint[]
}

/** Writes a flush. One batch: all of it or nothing. */
export async function writeFlush(
  { tables, ...runs }: RunTables,
  batch: Unflushed,
  state: FlushState,
  live: LiveOutputs,
): Promise<void> {
  await tables.root.batch(() => {
    runs.unspent.write(state.living, Buffer.concat(batch.removed), live)
    runs.transactions.write(batch.transactions)
    runs.spends.write(batch.spends)
    runs.instructions.write(batch.instructions)
    for (const [height, place] of batch.blocks) tables.blocks.put(height, encodePlace(place))
    for (const [height, leaves] of batch.leaves) tables.leaves.put(height, leaves)
    for (const [height, coins] of batch.derived) tables.derived.put(height, coins)
    runs.orders.write(batch.orders.bytes)
    for (const [number, checkpoint] of batch.checkpoints) {
      tables.checkpoints.put(number, encodeCheckpoint(checkpoint))
    }
    tables.meta.put('state', Buffer.from(state.state))
    tables.meta.put('next', Buffer.from(JSON.stringify(state.next)))
    tables.meta.put('total', Buffer.from(String(state.total)))
  })
  await tables.root.flushed
}

/** Writes a state that came from elsewhere to empty tables. One batch: all of it or nothing. */
export async function writeInstalled(
  { tables, unspent, orders }: RunTables,
  installed: InstalledState,
  live: LiveOutputs,
): Promise<void> {
  const log = new OrderRecordLog()
  for (const record of installed.orders) log.add(record)
  await tables.root.batch(() => {
    unspent.write(installed.entries, new Uint8Array(0), live)
    orders.write(log.bytes)
    for (const checkpoint of installed.checkpoints) {
      tables.checkpoints.put(Number(checkpoint.number), encodeCheckpoint(checkpoint))
    }
    tables.meta.put('state', Buffer.from(installed.state))
    tables.meta.put('total', Buffer.from(String(installed.total)))
    tables.meta.put('first', Buffer.from(String(installed.height + 1n)))
    // Their blocks stay with others.
    tables.meta.put('pruned', Buffer.from(String(installed.checkpoints.at(-1)?.number ?? 0n)))
  })
  await tables.root.flushed
}
