import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  ENTRY_BYTES,
  Ledger,
  type LedgerParameters,
  loadUnspent,
  type MapPool,
  saveUnspent,
  UnspentSet,
} from '@omg/ledger'
import { unwrap } from '@omg/protocol'
import type { Store } from '../store/store.ts'
import { decodeChange } from './replica.ts'

/** Changes of the unspent set that are replayed on start rather than written anew as a snapshot. */
const MIN_CHANGES_PER_SNAPSHOT = 100_000
const READ_BYTES = 4 * 1024 * 1024
const NAME = /^unspent-(\d+)\.snapshot$/

/**
 * The unspent set on disk: a snapshot file and the changes stored since. A snapshot is written when the changes have
 * outgrown half of the set, so writing costs a constant amount per change and loading is proportional to the set.
 */
export class Snapshots {
  readonly #directory: string
  readonly #store: Store
  #changes = 0

  constructor(directory: string, store: Store) {
    this.#directory = directory
    this.#store = store
  }

  /** The ledger as it was after the last block stored; the genesis if there is none. `pool` helps it to clear markets. */
  async restore(parameters: LedgerParameters, pool?: MapPool): Promise<Ledger> {
    await mkdir(this.#directory, { recursive: true })
    const state = this.#store.tip()
    const options = pool ? { pool } : {}
    if (state === undefined) return new Ledger(parameters, options)
    const newest = (await this.#heights()).at(-1)
    const unspent = newest === undefined ? new UnspentSet() : await this.#load(newest)
    for (const { change } of this.#store.changesAfter(BigInt(newest ?? 0))) {
      const { spent, created } = decodeChange(change)
      for (let at = 0; at < spent.length; at += 32) unspent.removeAt(spent, at)
      for (let at = 0; at < created.length; at += ENTRY_BYTES) unspent.addAt(created, at)
      this.count(spent, created)
    }
    return new Ledger(parameters, { ...options, unspent, state, orders: this.#store.orders() })
  }

  /** Notes what a block changed. */
  count(spent: Uint8Array, created: Uint8Array): void {
    this.#changes += spent.length / 32 + created.length / ENTRY_BYTES
  }

  /** Writes a snapshot if one is due. The ledger must stand where the store does, and not move meanwhile. */
  async saveIfDue(ledger: Ledger): Promise<boolean> {
    if (this.#changes < MIN_CHANGES_PER_SNAPSHOT || this.#changes < ledger.unspent.size / 2) return false
    await this.save(ledger)
    return true
  }

  async save(ledger: Ledger): Promise<void> {
    const { height } = ledger.tip
    const path = join(this.#directory, `unspent-${height}.snapshot`)
    const file = await open(`${path}.part`, 'w')
    try {
      for (const chunk of saveUnspent(ledger.unspent)) await file.write(chunk)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${path}.part`, path)
    this.#changes = 0
    // Only now, with the new one in place, is anything forgotten: a kill in between leaves both.
    await this.#store.pruneChanges(height)
    for (const older of await this.#heights()) if (older < Number(height)) await rm(this.#path(older))
  }

  async #load(height: number): Promise<UnspentSet> {
    const chunks: Uint8Array[] = []
    for await (const chunk of createReadStream(this.#path(height), { highWaterMark: READ_BYTES }))
      chunks.push(chunk)
    return unwrap(loadUnspent(chunks, new UnspentSet()))
  }

  async #heights(): Promise<number[]> {
    const names = await readdir(this.#directory)
    return names
      .flatMap(name => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
  }

  #path(height: number): string {
    return join(this.#directory, `unspent-${height}.snapshot`)
  }
}
