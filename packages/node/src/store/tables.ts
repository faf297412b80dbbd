import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'

/** Format of the tables; a directory of another version is refused. */
export const STORE_VERSION = 8

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
  /** Height -> entries of the COINs that settlements and instructions of the block made: nothing lists them. */
  derived: Database<Buffer, number>
  /** Number -> closed checkpoint: see checkpoints.ts. */
  checkpoints: Database<string, number>
  /** Inbox index -> deposit as read from Ethereum, finalised. */
  inbox: Database<Buffer, number>
  /** Ethereum block and number in it -> what locks or releases outputs (R6). */
  locks: Database<string, [number, number]>
  /** Number -> under which header Ethereum has accepted it, and where: see checkpoints.ts. Whoever is behind has these before the checkpoints. */
  accepted: Database<string, number>
  /** Ethereum block and number in it -> what became of markets and checkpoints there. */
  listings: Database<string, [number, number]>
  /** Ethereum block and number in it -> validator sets, and the keys behind their addresses. */
  validators: Database<string, [number, number]>
  /** The records of the order state beside the unspent set, in runs: see orders.ts. */
  orders: Database<Buffer, [number, number]>
  /** Pruned mode: `checkpoint u64 ‖ path u32` -> everything an exit proof of that transaction needs. */
  kept: Database<string, [number, number]>
  /** Height -> who voted for that block: see application/participation.ts. */
  commits: Database<Buffer, number>
  /** Id -> a dead-man switch with its instructions: see dead-man/switches.ts. Nothing else has them. */
  switches: Database<string, string>
  close(): Promise<void>
}

export function openTables(directory: string, mapBytes = 256 * 1024 ** 3): Tables {
  mkdirSync(directory, { recursive: true })
  const root = open({ path: join(directory, 'tables'), maxDbs: 24, mapSize: mapBytes, compression: false })
  const binary = { encoding: 'binary' } as const
  return {
    root,
    meta: root.openDB({ name: 'meta', ...binary }),
    unspent: root.openDB({ name: 'unspent', ...binary }),
    runs: root.openDB({ name: 'runs', ...binary }),
    blocks: root.openDB({ name: 'blocks', ...binary }),
    leaves: root.openDB({ name: 'leaves', ...binary }),
    derived: root.openDB({ name: 'derived', ...binary }),
    checkpoints: root.openDB({ name: 'checkpoints', encoding: 'string' }),
    accepted: root.openDB({ name: 'accepted', encoding: 'string' }),
    inbox: root.openDB({ name: 'inbox', ...binary }),
    locks: root.openDB({ name: 'locks', encoding: 'string' }),
    listings: root.openDB({ name: 'listings', encoding: 'string' }),
    validators: root.openDB({ name: 'validators', encoding: 'string' }),
    orders: root.openDB({ name: 'orders', ...binary }),
    kept: root.openDB({ name: 'kept', encoding: 'string' }),
    commits: root.openDB({ name: 'commits', ...binary }),
    switches: root.openDB({ name: 'switches', encoding: 'string' }),
    close: () => root.close(),
  }
}
