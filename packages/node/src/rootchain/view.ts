import {
  type ExchangeView,
  type ListingFact,
  Listings,
  type LockedOutputs,
  type LockFact,
  Locks,
  type Seasoning,
} from '@omg/ledger'
import {
  type Deposit,
  decodeTransaction,
  encodeTransaction,
  fail,
  type Hash,
  type OmgError,
  ok,
  type Result,
  unwrap,
} from '@omg/protocol'
import type { StakeView } from '@omg/stake'
import { nodeError } from '../errors.ts'
import { decodeAcceptance, encodeAcceptance } from '../store/checkpoints.ts'
import type { Tables } from '../store/tables.ts'
import { type StoredFact, StoredFacts } from './facts.ts'
import type { OriginBlock, SourceStep } from './seam.ts'
import { type ValidatorFact, type ValidatorSet, ValidatorSets } from './validator-sets.ts'

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
  readonly #locks: StoredFacts<LockFact, Locks>
  readonly #listings: StoredFacts<ListingFact, Listings>
  readonly #validators: StoredFacts<ValidatorFact, ValidatorSets>
  /** Who waits until this view has read an Ethereum block. */
  readonly #awaited = new Set<{ number: bigint; done: () => void; failed: (error: OmgError) => void }>()
  /** What the registry of markets has said, so that an endpoint that leaves something out is noticed. */
  #listingCount = 0
  /** Admission asks as of one origin again and again: the same answers, so that nothing is worked out anew. */
  #asked: { origin: bigint; locked: LockedOutputs; exchange: ExchangeView | undefined } | undefined
  #origins: OriginBlock[] = []
  #inboxCount = 0
  #cursor: string | undefined

  /** @param first The validator set that rules before any origin has seen one. */
  constructor(tables: Tables, seasoning: Seasoning, first: ValidatorSet) {
    this.#tables = tables
    const bytes = tables.meta.get('ethereum')
    if (bytes) {
      const persisted = JSON.parse(bytes.toString()) as Persisted
      this.#cursor = persisted.cursor
      this.#origins = persisted.origins.map(({ number, hash, timestamp }) => {
        return { number: BigInt(number), hash, timestamp: BigInt(timestamp) }
      })
    }
    this.#locks = new StoredFacts(tables.locks, facts => new Locks(facts))
    this.#listings = new StoredFacts(tables.listings, facts => new Listings(seasoning, facts))
    this.#validators = new StoredFacts(tables.validators, facts => new ValidatorSets(first, facts))
    this.#listingCount = this.#countListings()
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
    return this.#locks.memory.newest > origin
  }

  /** Exits locked or released something in an Ethereum block behind `after`, up to `by` (R6). */
  hasLockWithin(after: bigint, by: bigint): boolean {
    if (after >= by) return false
    for (const { fact } of this.#locks.after([Number(after), Number.MAX_SAFE_INTEGER]))
      return fact.block <= by
    return false
  }

  /** A market was listed, or changed its state, after `origin`: the chain should move its origin soon. */
  hasListingAfter(origin: bigint): boolean {
    return this.#listings.memory.newest > origin
  }

  /** A validator set was published after `origin`: the chain should move its origin soon, because the old one may not sign for long. */
  hasSetAfter(origin: bigint): boolean {
    return this.#validators.memory.newest > origin
  }

  /** Who validates: ask for the set as of an origin. */
  get validators(): ValidatorSets {
    return this.#validators.memory
  }

  /**
   * Waits until an Ethereum block is final here too, for so many milliseconds. Errors: ethereum.unavailable (it is not, in time),
   * node.stopped.
   */
  async reached(number: bigint, patienceMilliseconds: number): Promise<Result<true, OmgError>> {
    if (this.newest && this.newest.number >= number) return ok(true)
    const { promise, resolve } = Promise.withResolvers<Result<true, OmgError>>()
    const waiting = {
      number,
      done: () => resolve(ok(true)),
      failed: (error: OmgError) => resolve(fail(error)),
    }
    this.#awaited.add(waiting)
    const late = nodeError('ethereum.unavailable', `Ethereum block ${number} is not final here.`)
    const timer = Number.isFinite(patienceMilliseconds)
      ? setTimeout(() => resolve(fail(late)), patienceMilliseconds)
      : undefined
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#awaited.delete(waiting)
    }
  }

  /** The node stops: nobody waits any longer. */
  abandon(): void {
    const error = nodeError('node.stopped', 'The node is stopping.')
    for (const { failed } of this.#awaited) failed(error)
  }

  /** R6: what exits on Ethereum forbid to spend, as of `origin`. */
  locked(origin: bigint): LockedOutputs {
    return this.#as(origin).locked
  }

  /** Markets and seasoning (R9) as of `origin`, whose time is in seconds. */
  exchange(origin: bigint, originTime: bigint): ExchangeView {
    const asked = this.#as(origin)
    asked.exchange ??= this.#listings.memory.at(origin, originTime)
    return asked.exchange
  }

  /** The newest checkpoint that Ethereum had accepted as of `origin`; 0 if none was. */
  lastAccepted(origin: bigint): bigint {
    return this.#listings.memory.lastAccepted(origin)
  }

  /** When Ethereum accepted a checkpoint that it has, in seconds; 0 for none. */
  acceptedAt(number: bigint): bigint {
    const bytes = this.#tables.accepted.get(Number(number))
    return bytes === undefined ? 0n : decodeAcceptance(bytes).time
  }

  /** Stake and votes on fees as of `origin`. */
  stakes(origin: bigint): StakeView {
    return this.#listings.memory.stakesAt(origin)
  }

  /** What Ethereum said about exits, in its order, after a key. */
  locks(after?: readonly [number, number]): Iterable<StoredFact<LockFact>> {
    return this.#locks.after(after)
  }

  /** What Ethereum said about markets, stake, votes on fees and accepted checkpoints, in its order, after a key. */
  listings(after?: readonly [number, number]): Iterable<StoredFact<ListingFact>> {
    return this.#listings.after(after)
  }

  /** Takes final blocks in. Durable when it returns. */
  async advance(step: Extract<SourceStep, { kind: 'advanced' }>): Promise<void> {
    let next = this.#inboxCount
    for (const { index } of step.deposits) {
      if (Number(index) !== next++) {
        throw nodeError('ethereum.inconsistent', `The endpoint left out deposits before number ${index}.`)
      }
    }
    const listings = this.#listingFacts(step)
    const origins = [...this.#origins, ...step.blocks].slice(-REMEMBERED_ORIGINS)
    await this.#tables.root.batch(() => {
      for (const { index, output, position, block } of step.deposits) {
        const deposit: Deposit = { kind: 'deposit', inboxIndex: index, output, position }
        this.#tables.inbox.put(Number(index), encodeDeposit(deposit, block))
      }
      this.#locks.put(step.locks)
      this.#listings.put(listings)
      this.#validators.put(step.validators)
      for (const seen of step.checkpoints)
        this.#tables.accepted.put(Number(seen.number), encodeAcceptance(seen))
      this.#putState(step.cursor, origins)
    })
    await this.#tables.root.flushed
    this.#origins = origins
    this.#cursor = step.cursor
    this.#inboxCount = next
    this.#locks.add(step.locks)
    this.#listings.add(listings)
    this.#validators.add(step.validators)
    this.#listingCount += step.listings.length
    this.#asked = undefined
    for (const { number, done } of this.#awaited) if (this.newest && this.newest.number >= number) done()
  }

  /** Forgets everything after `ancestor`. Only for blocks that the chain has not used as an origin. */
  async rollBack(ancestor: OriginBlock, cursor: string): Promise<void> {
    const origins = this.#origins.filter(({ number }) => number <= ancestor.number)
    let count = this.#inboxCount
    while (count > 0 && this.#deposit(count - 1).block > ancestor.number) count--
    await this.#tables.root.batch(() => {
      for (let index = count; index < this.#inboxCount; index++) this.#tables.inbox.remove(index)
      this.#locks.remove(ancestor.number)
      this.#listings.remove(ancestor.number)
      this.#validators.remove(ancestor.number)
      for (const number of this.#acceptedAfter(ancestor.number)) this.#tables.accepted.remove(number)
      this.#putState(cursor, origins)
    })
    await this.#tables.root.flushed
    this.#locks.reload()
    this.#listings.reload()
    this.#validators.reload()
    this.#listingCount = this.#countListings()
    this.#asked = undefined
    this.#origins = origins
    this.#inboxCount = count
    this.#cursor = cursor
  }

  #as(origin: bigint) {
    if (this.#asked?.origin === origin) return this.#asked
    this.#asked = { origin, locked: this.#locks.memory.at(origin), exchange: undefined }
    return this.#asked
  }

  /** Listings, stake and accepted checkpoints of a step, in the order of their blocks. */
  #listingFacts({ listings, stakes, checkpoints }: Extract<SourceStep, { kind: 'advanced' }>): ListingFact[] {
    for (const [i, { index }] of listings.entries()) {
      if (Number(index) === this.#listingCount + i) continue
      throw nodeError(
        'ethereum.inconsistent',
        `The endpoint left out changes of markets before number ${index}.`,
      )
    }
    const accepted = checkpoints.map(({ number, block, time, lastNonDA }): ListingFact => {
      const published = lastNonDA === number ? {} : { lastNonDA }
      return { kind: 'accepted', block, checkpoint: number, time, ...published }
    })
    const facts: ListingFact[] = [...listings.map(({ fact }) => fact), ...stakes, ...accepted]
    return facts.sort((a, b) => Number(a.block - b.block))
  }

  /** Ethereum takes checkpoints in order, so those that it took last have the highest numbers. */
  #acceptedAfter(block: bigint): number[] {
    const numbers: number[] = []
    for (const { key, value } of this.#tables.accepted.getRange({ reverse: true })) {
      if (decodeAcceptance(value).block <= block) break
      numbers.push(key)
    }
    return numbers
  }

  #countListings(): number {
    let count = 0
    for (const { fact } of this.#listings.after()) {
      if (fact.kind === 'listed' || fact.kind === 'state') count++
    }
    return count
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
