import type { Hash } from '@omg/protocol'
import {
  createEventReader,
  type Deployment,
  decodeEventCursor,
  type EventReader,
  encodeEventCursor,
  type RootChainEvent as ReadEvent,
} from '@omg/rootchain'
import type { Logger } from 'pino'
import type { AlarmBook } from '../alarm/book.ts'
import { EXIT_EVENT_NAMES } from '../guard/docket.ts'
import type { StoredOrigin } from '../store/facts.ts'
import type { Store } from '../store/store.ts'
import { Crosscheck, keyOfLog } from './crosscheck.ts'
import type { Records, RootChainEvent } from './records.ts'

export interface EthereumFollowerOptions {
  readonly deployment: Deployment
  readonly urls: readonly string[]
  readonly confirmations: number
  readonly store: Store
  readonly records: Records
  readonly alarms: AlarmBook
  readonly log: Logger
  /** Age of the head in seconds from which on it counts as stale; 0 = never. */
  readonly headAgeSeconds: number
  /** Wall clock in milliseconds. */
  readonly now: () => number
}

export type EthereumRound = 'progress' | 'idle' | 'failed'

/** Reads Ethereum into the records, judges its providers, and never believes one alone where there are two. */
export class EthereumFollower {
  readonly #options: EthereumFollowerOptions
  readonly #reader: EventReader
  readonly #crosscheck: Crosscheck
  /** Exit events of the blocks that are still compared. */
  readonly #seen = new Set<string>()
  #caughtUp = false

  private constructor(options: EthereumFollowerOptions, reader: EventReader, from: bigint) {
    this.#options = options
    this.#reader = reader
    this.#crosscheck = new Crosscheck(options.urls, options.deployment, from)
  }

  /** Errors (thrown): `ethereum.unavailable`, `ethereum.wrong_chain`, on the very first start only. */
  static async open(options: EthereumFollowerOptions): Promise<EthereumFollower> {
    const { deployment, urls, confirmations, store } = options
    const kept = store.ethereumCursor()
    const cursor = kept === undefined ? undefined : decodeEventCursor(kept)
    const common = { deployment, urls, confirmations }
    const reader = await createEventReader(cursor === undefined ? common : { ...common, cursor })
    const from = cursor?.recent.at(-1)?.block.number ?? deployment.deployedAtBlock - 1n
    return new EthereumFollower(options, reader, from)
  }

  sources() {
    return this.#reader.sources()
  }

  /** Whether the last rounds have read everything that Ethereum has. Until then nothing follows from what is not there. */
  get caughtUp(): boolean {
    return this.#caughtUp
  }

  async round(): Promise<EthereumRound> {
    const { records } = this.#options
    const step = await this.#reader.poll()
    if (step.kind === 'idle' || step.kind === 'failed') this.#caughtUp = step.kind === 'idle'
    this.#judgeSources(step.kind === 'failed' ? step.error.message : undefined)
    this.#judgeHead(step.kind === 'idle')
    if (step.kind === 'failed') return 'failed'
    const cursor = encodeEventCursor(step.cursor)
    if (step.kind === 'reorganised') {
      this.#options.log.warn(
        { ancestor: step.ancestor.number.toString(), dropped: step.dropped.length },
        'Ethereum reorganised',
      )
      await records.rollBack(step.ancestor.number, cursor)
      this.#crosscheck.rollBack(step.ancestor.number)
      return 'progress'
    }
    if (step.kind === 'advanced') {
      const blocks = step.blocks.map(({ number, hash, timestamp }) => ({
        number,
        hash: hash as Hash,
        timestamp,
      }))
      await this.#advance(blocks, step.events, cursor)
      return 'progress'
    }
    await this.#compareProviders()
    return 'idle'
  }

  async #advance(
    blocks: readonly StoredOrigin[],
    events: readonly ReadEvent[],
    cursor: string,
  ): Promise<void> {
    for (const event of events) {
      if (event.kind === 'contract')
        this.#seen.add(keyOfLog({ blockHash: event.block.hash, logIndex: event.logIndex }))
    }
    await this.#options.records.advance(blocks, events as readonly RootChainEvent[], cursor)
    await this.#compareProviders()
  }

  async #compareProviders(): Promise<void> {
    const { records, store, alarms, log, urls } = this.#options
    const head = store.lastOrigin()
    if (head === undefined || urls.length < 2) return
    for (const { url, transactionHash, event } of await this.#crosscheck.check(head, key =>
      this.#seen.has(key),
    )) {
      const liar = event === undefined ? url : urls[0]!
      const reason =
        event === undefined ? 'shows an event that no other provider confirms' : 'leaves out an event'
      alarms.see('provider.wrong', `${liar} ${transactionHash}`, { provider: liar, reason, transactionHash })
      log.error({ provider: liar, transactionHash }, reason)
      if (event !== undefined && EXIT_EVENT_NAMES.has(event.eventName)) await records.insert(event)
    }
  }

  #judgeSources(failure: string | undefined): void {
    const { alarms } = this.#options
    for (const { url, state, reason } of this.#reader.sources()) {
      if (state === 'healthy') alarms.clear('provider.wrong', url)
      else alarms.see('provider.wrong', url, { provider: url, state, reason: reason ?? '' })
    }
    if (failure === undefined) alarms.clear('provider.wrong', 'all')
    else alarms.see('provider.wrong', 'all', { reason: failure })
  }

  /** A provider whose newest block is old is dead. The newest block read says nothing of it while there are newer ones. */
  #judgeHead(newest: boolean): void {
    const { alarms, records, headAgeSeconds, now } = this.#options
    const age = Math.floor(now() / 1000) - Number(records.time())
    const stale = headAgeSeconds > 0 && records.head() > 0n && age > headAgeSeconds
    const reason = `the newest Ethereum block is ${age} s old`
    if (stale && newest) alarms.see('provider.wrong', 'head', { reason })
    else if (!stale) alarms.clear('provider.wrong', 'head')
  }
}
