import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex } from '@omg/protocol'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { Alarm } from '../alarm/book.ts'
import { watcherError } from '../error.ts'
import { decodeRecord, encodeRecord } from './record.ts'

/** Address space reserved for the map, in bytes; the file itself grows only as it is filled. */
export const MAP_BYTES = 2 ** 40
/** Uncommitted payments kept as evidence. One of them spends at most 16 outputs. */
export const MAX_EVIDENCE = 1_000_000
const PLACE_BYTES = 10

/** Where a transaction stands: the block and its index there. */
export interface Place {
  readonly height: bigint
  readonly index: number
}

/** What a re-executed block leaves behind; written in one transaction with everything else of its batch. */
export interface StoredBlock {
  readonly height: bigint
  /** The block record as the node served it. */
  readonly block: Uint8Array
  /** `spent count u32 ‖ spent ids ‖ created entries`: what the block does to the unspent set. */
  readonly change: Uint8Array
  /** Leaf hashes and lanes, 64 bytes each, to prove inclusion later. */
  readonly leaves: Uint8Array
  /** All inputs (32 bytes each) in the order of the transactions, and for each the index of its transaction. */
  readonly inputs: Uint8Array
  readonly inputIndices: Uint32Array
  readonly tip: Uint8Array
}

/**
 * Everything the watcher knows, in one LMDB environment, so that whatever belongs together is written together: a
 * kill at any moment leaves either all of a batch or nothing of it.
 */
export class Store {
  readonly #root: RootDatabase
  readonly #meta: Database<Buffer, string>
  readonly #blocks: Database<Buffer, number>
  readonly #changes: Database<Buffer, number>
  readonly #leaves: Database<Buffer, number>
  readonly #spends: Database<Buffer, Buffer>
  readonly #evidence: Database<Buffer, Buffer>
  readonly #ethereum: Database<Buffer, number>
  readonly #alarms: Database<Buffer, string>
  readonly #disputes: Database<Buffer, string>
  readonly #customers: Database<Buffer, string>
  #evidenceCount: number

  constructor(directory: string) {
    try {
      mkdirSync(directory, { recursive: true })
      this.#root = open({
        path: join(directory, 'watcher.lmdb'),
        mapSize: MAP_BYTES,
        maxDbs: 16,
        noSubdir: true,
      })
    } catch (error) {
      throw watcherError('watcher.store', `${directory} cannot be opened`, error)
    }
    const binary = { encoding: 'binary' } as const
    this.#meta = this.#root.openDB('meta', binary)
    this.#blocks = this.#root.openDB('blocks', { ...binary, keyEncoding: 'uint32' })
    this.#changes = this.#root.openDB('changes', { ...binary, keyEncoding: 'uint32' })
    this.#leaves = this.#root.openDB('leaves', { ...binary, keyEncoding: 'uint32' })
    this.#spends = this.#root.openDB('spends', { ...binary, keyEncoding: 'binary' })
    this.#evidence = this.#root.openDB('evidence', { ...binary, keyEncoding: 'binary' })
    this.#ethereum = this.#root.openDB('ethereum', { ...binary, keyEncoding: 'uint32' })
    this.#alarms = this.#root.openDB('alarms', binary)
    this.#disputes = this.#root.openDB('disputes', binary)
    this.#customers = this.#root.openDB('customers', binary)
    this.#evidenceCount = this.#evidence.getCount()
  }

  // Facts by name.

  read<T>(name: string): T | undefined {
    const bytes = this.#meta.get(name)
    return bytes === undefined ? undefined : decodeRecord<T>(bytes)
  }

  async write(name: string, value: unknown): Promise<void> {
    await this.#meta.put(name, encodeRecord(value))
  }

  // Blocks.

  tip(): Uint8Array | undefined {
    return this.#meta.get('tip')
  }

  /** Writes re-executed blocks and the new tip in one transaction. Resolves when they are durable. */
  async addBlocks(blocks: readonly StoredBlock[]): Promise<void> {
    const last = blocks.at(-1)
    if (last === undefined) return
    const done = this.#root.batch(() => {
      for (const block of blocks) {
        const height = Number(block.height)
        this.#blocks.put(height, asBuffer(block.block))
        this.#changes.put(height, asBuffer(block.change))
        this.#leaves.put(height, asBuffer(block.leaves))
      }
      this.#addSpends(blocks)
      this.#meta.put('tip', asBuffer(last.tip))
    })
    await done
  }

  block(height: bigint): Uint8Array | undefined {
    return this.#blocks.get(Number(height))
  }

  leaves(height: bigint): Uint8Array | undefined {
    return this.#leaves.get(Number(height))
  }

  /** Changes to the unspent set of the blocks after `height`, in order. */
  *changesAfter(height: bigint): Iterable<{ height: bigint; change: Uint8Array }> {
    for (const { key, value } of this.#changes.getRange({ start: Number(height) + 1 })) {
      yield { height: BigInt(key), change: value }
    }
  }

  /** Forgets the changes that a snapshot contains. */
  async pruneChanges(upTo: bigint): Promise<void> {
    await this.#root.batch(() => {
      for (const key of this.#changes.getKeys({ end: Number(upTo) + 1 })) this.#changes.remove(key)
    })
  }

  // Spends.

  /** The included transaction that spends an output, if it was seen. */
  spendOf(outputId: Uint8Array): Place | undefined {
    const place = this.#spends.get(asBuffer(outputId))
    if (place === undefined) return undefined
    return { height: BigInt(place.readUIntBE(0, 6)), index: place.readUInt32BE(6) }
  }

  /** Sorted by id, because LMDB takes a sorted batch at several times the speed of a random one. */
  #addSpends(blocks: readonly StoredBlock[]): void {
    const order: [Buffer, Buffer][] = []
    for (const { height, inputs, inputIndices } of blocks) {
      const bytes = asBuffer(inputs)
      for (let i = 0; i < inputIndices.length; i++) {
        const place = Buffer.allocUnsafe(PLACE_BYTES)
        place.writeUIntBE(Number(height), 0, 6)
        place.writeUInt32BE(inputIndices[i]!, 6)
        order.push([bytes.subarray(i * 32, i * 32 + 32), place])
      }
    }
    order.sort((a, b) => Buffer.compare(a[0], b[0]))
    for (const [id, place] of order) this.#spends.put(id, place)
  }

  // Evidence: signed payments that are not in a block (yet). They prove a spend on Ethereum all the same.

  get evidenceCount(): number {
    return this.#evidenceCount
  }

  /** Keeps a signed transaction under each of its inputs. Known ones cost nothing. */
  async addEvidence(txHash: Hex, inputs: readonly Uint8Array[], signed: Uint8Array): Promise<void> {
    const hash = Buffer.from(txHash.slice(2), 'hex')
    const fresh = inputs
      .map(input => Buffer.concat([input, hash]))
      .filter(key => !this.#evidence.doesExist(key))
    if (fresh.length === 0) return
    if (this.#evidenceCount + fresh.length > MAX_EVIDENCE) {
      throw watcherError('evidence.full', `the store holds ${MAX_EVIDENCE} pieces of uncommitted evidence`)
    }
    this.#evidenceCount += fresh.length
    await this.#root.batch(() => {
      for (const key of fresh) this.#evidence.put(key, asBuffer(signed))
    })
  }

  /** Every uncommitted payment seen that spends an output. */
  evidenceFor(outputId: Uint8Array): Uint8Array[] {
    const start = asBuffer(outputId)
    const end = Buffer.concat([start, Buffer.alloc(33, 0xff)])
    return [...this.#evidence.getRange({ start, end })].map(({ value }) => value)
  }

  // Ethereum, by block.

  async addEthereum(
    cursor: unknown,
    blocks: readonly { number: bigint; events: readonly unknown[] }[],
  ): Promise<void> {
    await this.#root.batch(() => {
      for (const { number, events } of blocks) {
        if (events.length > 0) this.#ethereum.put(Number(number), encodeRecord(events))
      }
      this.#meta.put('ethereum cursor', encodeRecord(cursor))
    })
  }

  /** A19: forgets what a reorganisation dropped. */
  async dropEthereumAfter(cursor: unknown, ancestor: bigint): Promise<void> {
    await this.#root.batch(() => {
      for (const key of this.#ethereum.getKeys({ start: Number(ancestor) + 1 })) this.#ethereum.remove(key)
      this.#meta.put('ethereum cursor', encodeRecord(cursor))
    })
  }

  *ethereumEvents<T>(): Iterable<T> {
    for (const { value } of this.#ethereum.getRange()) yield* decodeRecord<T[]>(value)
  }

  // Alarms, disputes, customers.

  keepAlarm(alarm: Alarm): void {
    void this.#alarms.put(`${alarm.since} ${alarm.code} ${alarm.subject}`, encodeRecord(alarm))
  }

  /** All standing alarms, and of the others the latest. */
  alarms(limit: number): Alarm[] {
    const all = [...this.#alarms.getRange()].map(({ value }) => decodeRecord<Alarm>(value))
    const resolved = all.filter(alarm => alarm.resolvedAt !== null).slice(-limit)
    return [...resolved, ...all.filter(alarm => alarm.resolvedAt === null)]
  }

  async keepDispute(key: string, dispute: unknown): Promise<void> {
    await this.#disputes.put(key, encodeRecord(dispute))
  }

  disputes<T>(): T[] {
    return [...this.#disputes.getRange()].map(({ value }) => decodeRecord<T>(value))
  }

  async keepCustomer(key: string, value: unknown): Promise<void> {
    await this.#customers.put(key, encodeRecord(value))
  }

  async dropCustomer(key: string): Promise<void> {
    await this.#customers.remove(key)
  }

  *customerRecords<T>(prefix: string): Iterable<{ key: string; value: T }> {
    for (const { key, value } of this.#customers.getRange({ start: prefix, end: `${prefix}\uffff` })) {
      yield { key, value: decodeRecord<T>(value) }
    }
  }

  /** Resolves when everything written so far is on disk. */
  async flushed(): Promise<void> {
    await this.#root.flushed
  }

  async close(): Promise<void> {
    await this.#root.flushed
    await this.#root.close()
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
