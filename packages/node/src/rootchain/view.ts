import type { LockedOutputs } from '@omg/ledger'
import { type Deposit, decodeTransaction, encodeTransaction, type Hash, unwrap } from '@omg/protocol'
import { nodeError } from '../errors.ts'
import type { Tables } from '../store/tables.ts'
import { StoredLocks } from './locks.ts'
import type { OriginBlock, SourceStep } from './seam.ts'

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
  readonly #locks: StoredLocks
  #origins: OriginBlock[] = []
  #inboxCount = 0
  #cursor: string | undefined

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
    this.#locks = new StoredLocks(tables.locks)
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

  /** Exits locked or released something after `origin`: the chain should move its origin soon (R6). */
  hasLockAfter(origin: bigint): boolean {
    return this.#locks.newest > origin
  }

  /** R6: what exits on Ethereum forbid to spend, as of `origin`. */
  locked(origin: bigint): LockedOutputs {
    return this.#locks.at(origin)
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
    await this.#tables.root.batch(() => {
      for (const { index, output, position, block } of step.deposits) {
        const deposit: Deposit = { kind: 'deposit', inboxIndex: index, output, position }
        this.#tables.inbox.put(Number(index), encodeDeposit(deposit, block))
      }
      this.#locks.put(step.locks)
      this.#putState(step.cursor, origins)
    })
    await this.#tables.root.flushed
    this.#origins = origins
    this.#cursor = step.cursor
    this.#inboxCount = next
    this.#locks.add(step.locks)
  }

  /** Forgets everything after `ancestor`. Only for blocks that the chain has not used as an origin. */
  async rollBack(ancestor: OriginBlock, cursor: string): Promise<void> {
    const origins = this.#origins.filter(({ number }) => number <= ancestor.number)
    let count = this.#inboxCount
    while (count > 0 && this.#deposit(count - 1).block > ancestor.number) count--
    await this.#tables.root.batch(() => {
      for (let index = count; index < this.#inboxCount; index++) this.#tables.inbox.remove(index)
      this.#locks.remove(ancestor.number)
      this.#putState(cursor, origins)
    })
    await this.#tables.root.flushed
    this.#locks.reload()
    this.#origins = origins
    this.#inboxCount = count
    this.#cursor = cursor
  }

  #deposit(index: number): { deposit: Deposit; block: bigint } {
    const bytes = this.#tables.inbox.get(index)
    if (!bytes) throw nodeError('store.corrupt', `Inbox item ${index} is missing.`)
    const deposit = unwrap(decodeTransaction(bytes.subarray(8))) as Deposit
    return { deposit, block: bytes.readBigUInt64BE(0) }
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
