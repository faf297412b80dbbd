import { type CandleInterval, candleStart } from '@omg/exchange'
import type { StateTransition } from '@omg/ledger'
import type { Address, Hash } from '@omg/protocol'
import { toJson } from '../api/json.ts'
import { type Indicative, indicativeOf } from '../block/indicative.ts'
import type { EthereumView } from '../chain/ethereum.ts'
import { indexerError } from '../errors.ts'
import { getBlock } from '../query/chain.ts'
import { getMarket, getTicker, listCandles, listTickers, listTrades, tickersOf } from '../query/markets.ts'
import { listBalances, listOrders } from '../query/owners.ts'
import type { Database, Store } from '../store/database.ts'
import type { ExecutedBlock } from '../store/pending.ts'
import { type Channel, channelName, parseChannel } from './channel.ts'
import { newsOf } from './events.ts'
import { Levels } from './levels.ts'
import { type Event, Ring } from './ring.ts'

/** Rows of a snapshot of trades, candles, balances and open orders. */
export const SNAPSHOT_ROWS = 200

/** One client of one channel. */
export interface Subscriber {
  send(text: string): void
}

interface Subscription {
  readonly subscriber: Subscriber
  /** Events up to this one are in the snapshot. */
  skip: bigint
  /** Events that came while the snapshot was read. */
  waiting: Event[] | undefined
}

/**
 * Tells subscribers what blocks did: what follows from the block itself before its rows are written, what is asked of the database
 * after that. The sequence of a message is the height of its block: it means the same after a restart. Each event is put into
 * words once, however many hear it.
 */
export class Hub {
  readonly #store: Pick<Store, 'reader' | 'snapshot'>
  readonly #ledger: StateTransition
  readonly #levels: Levels
  readonly #ring: Ring
  readonly #channels = new Map<string, Map<Subscriber, Subscription>>()
  /** The last event of each channel that somebody listens to, or that the ring has. */
  readonly #last = new Map<string, bigint>()
  #height: bigint
  /** What the last block told was executed with. */
  #newest: EthereumView | undefined
  /** Until the rows of what was told are written. */
  #written: PromiseWithResolvers<void> | undefined

  constructor(
    store: Pick<Store, 'reader' | 'snapshot'>,
    ledger: StateTransition,
    levels: Levels,
    ring = new Ring(ledger.tip.height),
  ) {
    this.#store = store
    this.#ledger = ledger
    this.#levels = levels
    this.#ring = ring
    this.#height = ring.floor
  }

  /** `ledger` stands where the database stands. */
  static async open(store: Store, ledger: StateTransition): Promise<Hub> {
    return new Hub(store, ledger, new Levels(await store.reader.selectFrom('book').selectAll().execute()))
  }

  /** Channels that somebody listens to. */
  get channels(): number {
    return this.#channels.size
  }

  /** Tells what follows from blocks alone, in order; the ledger stands after the last one. Those that were told are passed over. */
  tell(blocks: readonly ExecutedBlock[]): void {
    const fresh = blocks.filter(({ execution }) => execution.block.height > this.#height)
    if (fresh.length === 0) return
    this.#written ??= Promise.withResolvers()
    for (const executed of fresh) this.#tell(executed.execution.block.height, newsOf(executed, this.#levels))
    this.#newest = fresh.at(-1)!
    this.#tellIndicative()
  }

  /** Tells of blocks whose rows were written together, in order. */
  async publish(blocks: readonly ExecutedBlock[]): Promise<void> {
    this.tell(blocks)
    this.#written?.resolve()
    this.#written = undefined
    const markets = new Set<Hash>()
    const traded = new Map<Hash, bigint>()
    for (const executed of blocks) {
      for (const { market } of executed.orders.levels) markets.add(market)
      for (const { market } of executed.fills) traded.set(market, executed.execution.block.time)
    }
    await this.#tellTickers([...new Set([...markets, ...traded.keys()])])
    const times = blocks.map(({ execution }) => execution.block.time)
    for (const market of traded.keys()) await this.#tellCandles(market, times[0]!)
  }

  /**
   * Adds a subscriber: with `from`, it hears every event after that sequence; where those are gone, or without `from`, it gets a
   * snapshot first. Errors (thrown): `stream.channel`.
   */
  async subscribe(subscriber: Subscriber, name: string, from: bigint | undefined): Promise<string> {
    const channel = parseChannel(name)
    if (channel === undefined)
      throw indexerError('stream.channel', `there is no channel ${name.slice(0, 120)}`)
    if ('market' in channel && !(await getMarket(this.#store.reader, channel.market))) {
      throw indexerError('stream.channel', `there is no market ${channel.market}`)
    }
    const key = channelName(channel)
    const missed = from !== undefined && from <= this.#height ? this.#missed(channel, from) : undefined
    const subscription: Subscription = { subscriber, skip: from ?? 0n, waiting: [] }
    const members = this.#channels.get(key) ?? new Map<Subscriber, Subscription>()
    this.#channels.set(key, members.set(subscriber, subscription))
    if (!this.#last.has(key)) this.#last.set(key, this.#ring.floor)
    if (missed) {
      subscription.waiting = undefined
      subscriber.send(toJson({ type: 'resumed', channel: key, sequence: from }))
      for (const { text } of missed) subscriber.send(text)
      return key
    }
    try {
      const { sequence, data } = await this.#snapshot(channel)
      subscription.skip = sequence
      subscriber.send(toJson({ type: 'snapshot', channel: key, sequence, data }))
      for (const { sequence: at, text } of subscription.waiting ?? [])
        if (at > sequence) subscriber.send(text)
      subscription.waiting = undefined
    } catch (error) {
      this.unsubscribe(subscriber, key)
      throw error
    }
    return key
  }

  /** False if it was not subscribed. */
  unsubscribe(subscriber: Subscriber, key: string): boolean {
    const members = this.#channels.get(key)
    const had = members?.delete(subscriber) ?? false
    if (members?.size !== 0) return had
    this.#channels.delete(key)
    if (this.#last.get(key)! <= this.#ring.floor) this.#last.delete(key)
    return had
  }

  /** Absolute values are told anew; only what adds up can be missed. */
  #missed(channel: Channel, from: bigint): Event[] | undefined {
    if (['ticker', 'tickers', 'candles', 'indicative'].includes(channel.kind)) return undefined
    return this.#ring.after(channelName(channel), from)
  }

  #tell(height: bigint, news: ReadonlyMap<string, unknown>): void {
    const events = new Map<string, Event>()
    for (const [channel, data] of news) events.set(channel, this.#event(channel, height, data))
    this.#height = height
    this.#ring.add(height, events)
    for (const [channel, sequence] of this.#last) {
      if (sequence <= this.#ring.floor && !this.#channels.has(channel)) this.#last.delete(channel)
    }
    for (const event of events.values()) this.#deliver(event)
  }

  #event(channel: string, sequence: bigint, data: unknown): Event {
    const previous = this.#last.get(channel) ?? this.#ring.floor
    this.#last.set(channel, sequence)
    return { channel, sequence, text: toJson({ type: 'update', channel, sequence, previous, data }) }
  }

  #deliver(event: Event): void {
    for (const { subscriber, skip, waiting } of this.#channels.get(event.channel)?.values() ?? []) {
      if (waiting) waiting.push(event)
      else if (event.sequence > skip) subscriber.send(event.text)
    }
  }

  /** What the next batches would be, of the markets that somebody asks about. */
  #tellIndicative(): void {
    for (const channel of [...this.#channels.keys()].filter(name => name.startsWith('indicative:'))) {
      const { market } = parseChannel(channel) as { market: Hash }
      this.#deliver(this.#event(channel, this.#height, this.#indicative(market)))
    }
  }

  /** Null while the next block is executed already and not written yet, and before the first one since the start. */
  #indicative(market: Hash): Indicative | null {
    if (this.#newest === undefined || this.#ledger.tip.height !== this.#height) return null
    return indicativeOf(this.#ledger, this.#newest, market)
  }

  /** One query for all of them. */
  async #tellTickers(changed: readonly Hash[]): Promise<void> {
    const toAll = this.#channels.has('ticker')
    const heard = changed.filter(market => toAll || this.#channels.has(`ticker:${market}`))
    if (heard.length === 0) return
    const tickers = await tickersOf(this.#store.reader, heard)
    for (const ticker of tickers) {
      const channel = `ticker:${ticker.market}`
      if (this.#channels.has(channel)) this.#deliver(this.#event(channel, this.#height, ticker))
    }
    if (toAll) this.#deliver(this.#event('ticker', this.#height, tickers))
  }

  /** The candles that trades since a time fell into, the oldest first. */
  async #tellCandles(market: Hash, since: bigint): Promise<void> {
    for (const channel of [...this.#channels.keys()].filter(name => name.startsWith(`candles:${market}:`))) {
      const { interval } = parseChannel(channel) as { interval: CandleInterval }
      const filter = { interval, from: candleStart(interval, since), limit: SNAPSHOT_ROWS }
      const { items } = await listCandles(this.#store.reader, market, filter)
      this.#deliver(this.#event(channel, this.#height, [...items].reverse()))
    }
  }

  async #snapshot(channel: Channel): Promise<{ sequence: bigint; data: unknown }> {
    // What is in memory is that of the last block told, so there is nothing to wait for.
    const sequence = this.#height
    if (channel.kind === 'book') return { sequence, data: this.#levels.snapshot(channel.market) }
    if (channel.kind === 'bbo') return { sequence, data: this.#levels.best(channel.market) }
    if (channel.kind === 'indicative') return { sequence, data: this.#indicative(channel.market) }
    // Never older than what was told: the events between would be missing.
    await this.#written?.promise
    return this.#store.snapshot(async database => {
      const tip = await database.selectFrom('ledgerState').select('height').executeTakeFirst()
      const sequence = tip?.height ?? 0n
      return { sequence, data: await read(database, channel, sequence) }
    })
  }
}

/** Whose snapshot is in the database. */
type StoredChannel = Exclude<Channel, { kind: 'book' | 'bbo' | 'indicative' }>

async function read(database: Database, channel: StoredChannel, height: bigint) {
  const page = { limit: SNAPSHOT_ROWS }
  switch (channel.kind) {
    case 'blocks':
      return (await getBlock(database, height)) ?? null
    case 'trades':
      return (await listTrades(database, channel.market, page)).items
    case 'tickers':
      return (await listTickers(database, page)).items
    case 'ticker':
      return getTicker(database, channel.market)
    case 'candles':
      return (await listCandles(database, channel.market, { ...page, interval: channel.interval })).items
    case 'owner':
      return readOwner(database, channel.owner)
  }
}

async function readOwner(database: Database, owner: Address) {
  const page = { limit: SNAPSHOT_ROWS }
  const balances = await listBalances(database, owner, page)
  const orders = await listOrders(database, owner, { ...page, state: 'open' })
  return {
    balances: balances.items,
    orders: orders.items,
    more: orders.next !== null || balances.next !== null,
  }
}
