import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'

/** Format of the tables; a directory of another version is refused. */
export const STORE_VERSION = 3

/** The tables behind the block log. What is not read from Ethereum can be rebuilt from the log. */
export interface Tables {
  root: RootDatabase
  /** Facts about the whole store, by name. */
  meta: Database<Buffer, string>
  /** The unspent set in sorted runs by owner: see unspent.ts. */
  unspent: Database<Buffer, [number, number]>
  /** Sorted runs of hash -> place: see history.ts. */
  runs: Database<Buffer, [string, number, number]>
  /** Height -> where and what the block is: see places.ts. */
  blocks: Database<Buffer, number>
  /** Height -> the leaves of the block: `{hash 32 ‖ lanes 32} × n ‖ path u32 × n ‖ txHash 32 × n`. */
  leaves: Database<Buffer, number>
  /** Number -> closed checkpoint: see checkpoints.ts. */
  checkpoints: Database<string, number>
  /** Inbox index -> deposit as read from Ethereum, finalised. */
  inbox: Database<Buffer, number>
  /** Output id -> start of its exit on Ethereum. */
  exits: Database<string, Buffer>
  /** Transaction hash -> inputs of a payment whose in-flight exit started on Ethereum, and when. */
  flights: Database<string, Buffer>
  /** Transaction hash -> Ethereum block that declared it void. */
  voids: Database<string, Buffer>
  /** Transaction hash -> Ethereum block that first showed a rival of it in flight. */
  rivals: Database<string, Buffer>
  /** Pruned mode: `checkpoint u64 ‖ path u32` -> everything an exit proof of that transaction needs. */
  kept: Database<string, [number, number]>
  close(): Promise<void>
}

export function openTables(directory: string, mapBytes = 256 * 1024 ** 3): Tables {
  mkdirSync(directory, { recursive: true })
  const root = open({ path: join(directory, 'tables'), maxDbs: 16, mapSize: mapBytes, compression: false })
  const binary = { encoding: 'binary' } as const
  return {
    root,
    meta: root.openDB({ name: 'meta', ...binary }),
    unspent: root.openDB({ name: 'unspent', ...binary }),
    runs: root.openDB({ name: 'runs', ...binary }),
    blocks: root.openDB({ name: 'blocks', ...binary }),
    leaves: root.openDB({ name: 'leaves', ...binary }),
    checkpoints: root.openDB({ name: 'checkpoints', encoding: 'string' }),
    inbox: root.openDB({ name: 'inbox', ...binary }),
    exits: root.openDB({ name: 'exits', keyEncoding: 'binary', encoding: 'string' }),
    flights: root.openDB({ name: 'flights', keyEncoding: 'binary', encoding: 'string' }),
    voids: root.openDB({ name: 'voids', keyEncoding: 'binary', encoding: 'string' }),
    rivals: root.openDB({ name: 'rivals', keyEncoding: 'binary', encoding: 'string' }),
    kept: root.openDB({ name: 'kept', encoding: 'string' }),
    close: () => root.close(),
  }
}
