import { type CandleInterval, candleStart } from '@omg/exchange'
import type { Address, Hash } from '@omg/protocol'
import { toJson } from '../api/json.ts'
import { indexerError } from '../errors.ts'
import { getBlock } from '../query/chain.ts'
import { getMarket, getTicker, listCandles, listTrades } from '../query/markets.ts'
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
 * Tells subscribers what blocks did, once the blocks are durable. The sequence of a message is the height of its block: it means
 * the same after a restart. Each event is put into words once, however many hear it.
 */
export class Hub {
  readonly #store: Pick<Store, 'reader' | 'snapshot'>
  readonly #levels: Levels
  readonly #ring: Ring
  readonly #channels = new Map<string, Map<Subscriber, Subscription>>()
  /** The last event of each channel that somebody listens to, or that the ring has. */
  readonly #last = new Map<string, bigint>()
  #height: bigint

  constructor(store: Pick<Store, 'reader' | 'snapshot'>, levels: Levels, ring: Ring) {
    this.#store = store
    this.#levels = levels
    this.#ring = ring
    this.#height = ring.floor
  }

  static async open(store: Store, height: bigint): Promise<Hub> {
    return new Hub(
      store,
      new Levels(await store.reader.selectFrom('book').selectAll().execute()),
      new Ring(height),
    )
  }

  /** Channels that somebody listens to. */
  get channels(): number {
    return this.#channels.size
  }

  /** Tells of blocks that were written together, in order. */
  async publish(blocks: readonly ExecutedBlock[]): Promise<void> {
    const markets = new Set<Hash>()
    const traded = new Map<Hash, bigint>()
    for (const executed of blocks) {
      const news = newsOf(executed, this.#levels)
      this.#tell(executed.execution.block.height, news)
      for (const { market } of executed.orders.levels) markets.add(market)
      for (const { market } of executed.fills) traded.set(market, executed.execution.block.time)
    }
    for (const market of new Set([...markets, ...traded.keys()])) await this.#tellTicker(market)
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
    if (channel.kind === 'ticker' || channel.kind === 'candles') return undefined
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

  async #tellTicker(market: Hash): Promise<void> {
    const channel = `ticker:${market}`
    if (!this.#channels.has(channel)) return
    const ticker = await getTicker(this.#store.reader, market)
    if (ticker) this.#deliver(this.#event(channel, this.#height, ticker))
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
    // The book in memory is that of the last block told, so there is nothing to wait for.
    if (channel.kind === 'book')
      return { sequence: this.#height, data: this.#levels.snapshot(channel.market) }
    return this.#store.snapshot(async database => {
      const tip = await database.selectFrom('ledgerState').select('height').executeTakeFirst()
      const sequence = tip?.height ?? 0n
      return { sequence, data: await read(database, channel, sequence) }
    })
  }
}

async function read(database: Database, channel: Exclude<Channel, { kind: 'book' }>, height: bigint) {
  const page = { limit: SNAPSHOT_ROWS }
  switch (channel.kind) {
    case 'blocks':
      return (await getBlock(database, height)) ?? null
    case 'trades':
      return (await listTrades(database, channel.market, page)).items
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
