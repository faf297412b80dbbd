import type { LockedOutputs } from '@omg/ledger'
import { type Deposit, decodeTransaction, encodeTransaction, type Hash, unwrap } from '@omg/protocol'
import { nodeError } from '../errors.ts'
import { type Key, keyOf, keyOfHex } from '../mempool/pending.ts'
import type { Tables } from '../store/tables.ts'
import type { OriginBlock, SeenExit, SourceStep } from './seam.ts'

/** Final blocks whose hashes are remembered: how far behind ours another validator's origin may be. */
export const REMEMBERED_ORIGINS = 1024

interface Persisted {
  cursor?: string
  origins: { number: string; hash: Hash; timestamp: string }[]
}

/**
 * What the chain has read of Ethereum: final blocks only, in its own tables, written before anything uses them. The
 * application asks here and never asks Ethereum itself, so proposing and checking a block cannot wait for a network.
 */
export class EthereumView {
  readonly #tables: Tables
  readonly #exits = new Map<Key, number>()
  #origins: OriginBlock[] = []
  #inboxCount = 0
  #cursor: string | undefined
  #lastExitBlock = 0

  constructor(tables: Tables) {
    this.#tables = tables
    const bytes = tables.meta.get('ethereum')
    if (bytes) {
      const persisted = JSON.parse(bytes.toString()) as Persisted
      this.#cursor = persisted.cursor
      this.#origins = persisted.origins.map(({ number, hash, timestamp }) => {
        return { number: BigInt(number), hash, timestamp: BigInt(timestamp) }
      })
    }
    for (const { key, value } of tables.exits.getRange({})) this.#addExit(keyOf(key), JSON.parse(value).block)
    for (const last of tables.inbox.getKeys({ reverse: true, limit: 1 })) this.#inboxCount = last + 1
  }

  /** Where the source goes on reading. */
  get cursor(): string | undefined {
    return this.#cursor
  }

  /** The newest final block. */
  get newest(): OriginBlock | undefined {
    return this.#origins.at(-1)
  }

  /** Items of the inbox up to the newest final block. */
  get inboxCount(): number {
    return this.#inboxCount
  }

  originAt(number: bigint): OriginBlock | undefined {
    const first = this.#origins[0]
    const found = first ? this.#origins[Number(number - first.number)] : undefined
    return found?.number === number ? found : this.#origins.find(origin => origin.number === number)
  }

  /** Deposits from `cursor` on that happened at or before `origin`, in inbox order. */
  deposits(cursor: bigint, origin: bigint, limit: number): Deposit[] {
    const found: Deposit[] = []
    for (let index = Number(cursor); found.length < limit && index < this.#inboxCount; index++) {
      const { deposit, block } = this.#deposit(index)
      if (block > origin) break
      found.push(deposit)
    }
    return found
  }

  deposit(index: bigint): Deposit | undefined {
    return Number(index) < this.#inboxCount ? this.#deposit(Number(index)).deposit : undefined
  }

  /** The Ethereum block of the next deposit that the chain has not taken. */
  nextDepositBlock(cursor: bigint): bigint | undefined {
    return Number(cursor) < this.#inboxCount ? this.#deposit(Number(cursor)).block : undefined
  }

  /** Exits started after `origin`: the chain should move its origin soon (R6). */
  hasExitAfter(origin: bigint): boolean {
    return this.#lastExitBlock > Number(origin)
  }

  /** R6: outputs whose exit started at or before `origin`. */
  locked(origin: bigint): LockedOutputs {
    const at = Number(origin)
    const exits = this.#exits
    return {
      size: exits.size,
      has: id => {
        if (exits.size === 0) return false
        const block = exits.get(keyOf(id))
        return block !== undefined && block <= at
      },
    }
  }

  exit(id: Hash): { time: bigint; block: bigint } | undefined {
    const text = this.#tables.exits.get(Buffer.from(keyOfHex(id), 'latin1'))
    if (text === undefined) return undefined
    const { time, block } = JSON.parse(text)
    return { time: BigInt(time), block: BigInt(block) }
  }

  /** Takes final blocks in. Durable when it returns. */
  async advance(step: Extract<SourceStep, { kind: 'advanced' }>): Promise<void> {
    let next = this.#inboxCount
    for (const { index } of step.deposits) {
      if (Number(index) !== next++) {
        throw nodeError('ethereum.inconsistent', `The endpoint left out deposits before number ${index}.`)
      }
    }
    const origins = [...this.#origins, ...step.blocks].slice(-REMEMBERED_ORIGINS)
    // Only the first start of an exit counts.
    const exits = [...new Map(step.exits.toReversed().map(exit => [exit.id, exit])).values()]
    await this.#tables.root.batch(() => {
      for (const { index, output, position, block } of step.deposits) {
        const deposit: Deposit = { kind: 'deposit', inboxIndex: index, output, position }
        this.#tables.inbox.put(Number(index), encodeDeposit(deposit, block))
      }
      for (const exit of exits) this.#putExit(exit)
      this.#putState(step.cursor, origins)
    })
    await this.#tables.root.flushed
    this.#origins = origins
    this.#cursor = step.cursor
    this.#inboxCount = next
    for (const { id, block } of step.exits) this.#addExit(keyOfHex(id), Number(block))
  }

  /** Forgets everything after `ancestor`. Only for blocks that the chain has not used as an origin. */
  async rollBack(ancestor: OriginBlock, cursor: string): Promise<void> {
    const origins = this.#origins.filter(({ number }) => number <= ancestor.number)
    const gone = [...this.#exits].filter(([, block]) => block > Number(ancestor.number))
    let count = this.#inboxCount
    while (count > 0 && this.#deposit(count - 1).block > ancestor.number) count--
    await this.#tables.root.batch(() => {
      for (let index = count; index < this.#inboxCount; index++) this.#tables.inbox.remove(index)
      for (const [key] of gone) this.#tables.exits.remove(Buffer.from(key, 'latin1'))
      this.#putState(cursor, origins)
    })
    await this.#tables.root.flushed
    for (const [key] of gone) this.#exits.delete(key)
    this.#origins = origins
    this.#inboxCount = count
    this.#cursor = cursor
    this.#lastExitBlock = Math.max(0, ...this.#exits.values())
  }

  #deposit(index: number): { deposit: Deposit; block: bigint } {
    const bytes = this.#tables.inbox.get(index)
    if (!bytes) throw nodeError('store.corrupt', `Inbox item ${index} is missing.`)
    const deposit = unwrap(decodeTransaction(bytes.subarray(8))) as Deposit
    return { deposit, block: bytes.readBigUInt64BE(0) }
  }

  #putExit({ id, time, block }: SeenExit): void {
    if (this.#exits.has(keyOfHex(id))) return
    const value = JSON.stringify({ time: String(time), block: Number(block) })
    this.#tables.exits.put(Buffer.from(keyOfHex(id), 'latin1'), value)
  }

  #addExit(key: Key, block: number): void {
    if (!this.#exits.has(key)) this.#exits.set(key, block)
    this.#lastExitBlock = Math.max(this.#lastExitBlock, block)
  }

  #putState(cursor: string, blocks: readonly OriginBlock[]): void {
    const origins = blocks.map(({ number, hash, timestamp }) => {
      return { number: String(number), hash, timestamp: String(timestamp) }
    })
    const persisted: Persisted = { cursor, origins }
    this.#tables.meta.put('ethereum', Buffer.from(JSON.stringify(persisted)))
  }
}

function encodeDeposit(deposit: Deposit, block: bigint): Buffer {
  const head = Buffer.alloc(8)
  head.writeBigUInt64BE(block)
  return Buffer.concat([head, encodeTransaction(deposit)])
}
