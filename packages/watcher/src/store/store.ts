import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ClosedCheckpoint, OrderRecord } from '@omg/ledger'
import type { Hex, OutputId } from '@omg/protocol'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { Alarm } from '../alarm/book.ts'
import { watcherError } from '../error.ts'
import type {
  CustomerOutput,
  EthereumStep,
  Place,
  StoredBlock,
  StoredCheckpoint,
  StoredDeposit,
  StoredOrigin,
} from './facts.ts'
import { decodeRecord, encodeRecord } from './record.ts'
import { claimVersion } from './version.ts'

/** Address space reserved for the map, in bytes; the file itself grows only as it is filled. */
export const MAP_BYTES = 2 ** 40
/** Uncommitted payments kept as evidence. One of them spends at most 16 outputs. */
export const MAX_EVIDENCE = 1_000_000
const PLACE_BYTES = 10

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
  readonly #orders: Database<Buffer, Buffer>
  readonly #evidence: Database<Buffer, Buffer>
  readonly #closed: Database<Buffer, number>
  readonly #origins: Database<Buffer, number>
  readonly #inbox: Database<Buffer, number>
  readonly #accepted: Database<Buffer, number>
  readonly #listings: Database<Buffer, number>
  readonly #exits: Database<Buffer, number>
  readonly #alarms: Database<Buffer, string>
  readonly #disputes: Database<Buffer, string>
  readonly #customers: Database<Buffer, string>
  #evidenceCount: number

  /** Errors (thrown): `watcher.store`, `watcher.version`. */
  constructor(directory: string) {
    try {
      mkdirSync(directory, { recursive: true })
      this.#root = open({
        path: join(directory, 'watcher.lmdb'),
        mapSize: MAP_BYTES,
        maxDbs: 32,
        noSubdir: true,
      })
    } catch (error) {
      throw watcherError('watcher.store', `${directory} cannot be opened`, error)
    }
    const binary = { encoding: 'binary' } as const
    this.#meta = this.#root.openDB('meta', binary)
    try {
      claimVersion(this.#meta, directory)
    } catch (error) {
      void this.#root.close()
      throw error
    }
    this.#blocks = this.#root.openDB('blocks', { ...binary, keyEncoding: 'uint32' })
    this.#changes = this.#root.openDB('changes', { ...binary, keyEncoding: 'uint32' })
    this.#leaves = this.#root.openDB('leaves', { ...binary, keyEncoding: 'uint32' })
    this.#spends = this.#root.openDB('spends', { ...binary, keyEncoding: 'binary' })
    this.#orders = this.#root.openDB('orders', { ...binary, keyEncoding: 'binary' })
    this.#evidence = this.#root.openDB('evidence', { ...binary, keyEncoding: 'binary' })
    this.#closed = this.#root.openDB('closed', { ...binary, keyEncoding: 'uint32' })
    this.#origins = this.#root.openDB('origins', { ...binary, keyEncoding: 'uint32' })
    this.#inbox = this.#root.openDB('inbox', { ...binary, keyEncoding: 'uint32' })
    this.#accepted = this.#root.openDB('accepted', { ...binary, keyEncoding: 'uint32' })
    this.#listings = this.#root.openDB('listings', { ...binary, keyEncoding: 'uint32' })
    this.#exits = this.#root.openDB('exits', { ...binary, keyEncoding: 'uint32' })
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

  /** The ledger's saved state after the last block. */
  tip(): Uint8Array | undefined {
    return this.#meta.get('tip')
  }

  /** Writes re-executed blocks and the state after them in one transaction. Resolves when they are durable. */
  async addBlocks(blocks: readonly StoredBlock[], tip: Uint8Array): Promise<void> {
    await this.#root.batch(() => {
      for (const block of blocks) {
        const height = Number(block.height)
        this.#blocks.put(height, asBuffer(block.block))
        this.#changes.put(height, asBuffer(block.change))
        this.#leaves.put(height, asBuffer(block.leaves))
        for (const { key, value } of block.orders) {
          if (value) this.#orders.put(asBuffer(key), asBuffer(value))
          else this.#orders.remove(asBuffer(key))
        }
        if (block.closed) this.#closed.put(Number(block.closed.checkpoint), encodeRecord(block.closed))
        for (const output of block.gained)
          this.#customers.put(customerKey(output.outputId), encodeRecord(output))
        for (const outputId of block.lost) {
          this.#customers.remove(customerKey(outputId))
          this.#customers.remove(proofKey(outputId))
        }
      }
      this.#addSpends(blocks)
      this.#meta.put('tip', asBuffer(tip))
    })
  }

  /** The order state after the last block. */
  *orders(): Iterable<OrderRecord> {
    for (const { key, value } of this.#orders.getRange()) yield { key, value }
  }

  /** A checkpoint as it follows from the blocks. */
  closed(checkpoint: bigint): ClosedCheckpoint | undefined {
    return decodeMaybe(this.#closed.get(Number(checkpoint)))
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

  // Ethereum.

  async addEthereum(step: EthereumStep): Promise<void> {
    await this.#root.batch(() => {
      for (const { number, hash, timestamp } of step.origins) {
        this.#origins.put(Number(number), encodeRecord({ hash, timestamp }))
      }
      for (const deposit of step.deposits) this.#inbox.put(inboxKey(deposit.index), encodeRecord(deposit))
      for (const checkpoint of step.checkpoints) {
        this.#accepted.put(Number(checkpoint.number), encodeRecord(checkpoint))
      }
      for (const [number, facts] of step.listings) this.#listings.put(Number(number), encodeRecord(facts))
      for (const [number, events] of step.events) this.#exits.put(Number(number), encodeRecord(events))
      this.#meta.put('ethereum cursor', encodeRecord(step.cursor))
    })
  }

  async addExitEvent(block: bigint, event: unknown): Promise<void> {
    const events = decodeMaybe<unknown[]>(this.#exits.get(Number(block))) ?? []
    await this.#exits.put(Number(block), encodeRecord([...events, event]))
  }

  /** A19: forgets what a reorganisation dropped. */
  async dropEthereumAfter(ancestor: bigint, cursor: string): Promise<void> {
    await this.#root.batch(() => {
      const start = Number(ancestor) + 1
      for (const key of this.#origins.getKeys({ start })) this.#origins.remove(key)
      for (const table of [this.#exits, this.#listings]) {
        for (const key of table.getKeys({ start })) table.remove(key)
      }
      for (const table of [this.#inbox, this.#accepted]) {
        for (const { key, value } of table.getRange({ reverse: true })) {
          if (decodeRecord<{ block: bigint }>(value).block <= ancestor) break
          table.remove(key)
        }
      }
      this.#meta.put('ethereum cursor', encodeRecord(cursor))
    })
  }

  ethereumCursor(): string | undefined {
    return this.read('ethereum cursor')
  }

  origin(number: bigint): StoredOrigin | undefined {
    const origin = decodeMaybe<Omit<StoredOrigin, 'number'>>(this.#origins.get(Number(number)))
    return origin && { number, ...origin }
  }

  /** The newest Ethereum block read. */
  lastOrigin(): StoredOrigin | undefined {
    for (const key of this.#origins.getKeys({ reverse: true, limit: 1 })) return this.origin(BigInt(key))
    return undefined
  }

  deposit(index: bigint): StoredDeposit | undefined {
    return decodeMaybe(this.#inbox.get(inboxKey(index)))
  }

  /** How many deposits Ethereum has recorded. */
  depositCount(): bigint {
    for (const key of this.#inbox.getKeys({ reverse: true, limit: 1 })) return BigInt(key)
    return 0n
  }

  checkpoint(number: bigint): StoredCheckpoint | undefined {
    return decodeMaybe(this.#accepted.get(Number(number)))
  }

  lastCheckpoint(): StoredCheckpoint | undefined {
    for (const { value } of this.#accepted.getRange({ reverse: true, limit: 1 })) return decodeRecord(value)
    return undefined
  }

  /** Every checkpoint that Ethereum accepted, oldest first. */
  *checkpoints(): Iterable<StoredCheckpoint> {
    for (const { value } of this.#accepted.getRange()) yield decodeRecord(value)
  }

  /** What became of markets, oldest first. */
  *listings<T>(): Iterable<T> {
    for (const { value } of this.#listings.getRange()) yield* decodeRecord<T[]>(value)
  }

  /** Events of the exit games, oldest first. */
  *exitEvents<T>(): Iterable<T> {
    for (const { value } of this.#exits.getRange()) yield* decodeRecord<T[]>(value)
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

  /** All live outputs of customers. */
  customerOutputs(): CustomerOutput[] {
    const range = { start: customerKey(''), end: customerKey('\uffff') }
    return [...this.#customers.getRange(range)].map(({ value }) => decodeRecord<CustomerOutput>(value))
  }

  /** Outputs of somebody who has just become a customer. */
  async addCustomerOutputs(outputs: readonly CustomerOutput[]): Promise<void> {
    await this.#root.batch(() => {
      for (const output of outputs) this.#customers.put(customerKey(output.outputId), encodeRecord(output))
    })
  }

  /** Finished exit data; it never changes. */
  async keepExitData(outputId: OutputId, data: unknown): Promise<void> {
    await this.#customers.put(proofKey(outputId), encodeRecord(data))
  }

  exitData<T>(outputId: OutputId): T | undefined {
    return decodeMaybe(this.#customers.get(proofKey(outputId)))
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

function decodeMaybe<T>(bytes: Uint8Array | undefined): T | undefined {
  return bytes === undefined ? undefined : decodeRecord<T>(bytes)
}

function proofKey(outputId: string): string {
  return `proof ${outputId}`
}

function customerKey(outputId: string): string {
  return `output ${outputId}`
}

/** LMDB's reverse iteration leaves out key 0, so keys count from 1. */
function inboxKey(index: bigint): number {
  return Number(index) + 1
}
