import type { Balances, Dict, Int, Order, Str, Trade } from 'ccxt'
import { ItemCache } from './cache.ts'
import { integerIn, listIn, textIn, timestampIn } from './rows.ts'
import type { News, StreamClient } from './stream.ts'
import { MarketStreamExchange } from './watchMarkets.ts'

interface KnownOrder extends Order {
  id: string
  symbol: string
}
interface KnownTrade extends Trade {
  id: string
  symbol: string
}

/** Closed orders whose rows are kept, so that a late word about one adds up. */
const MAX_ROWS = 10_000

/** Balances, orders and fills of the account as they change. All come on one channel of the stream. */
export abstract class AccountStreamExchange extends MarketStreamExchange {
  /** Rows of orders, as of the last block that was taken in. */
  readonly #rows = new Map<string, Dict>()
  readonly #traded = new Map<string, number>()

  override async watchBalance(): Promise<Balances> {
    return (await this.#watchOwner('balance')) as Balances
  }

  override async watchOrders(symbol?: Str, since?: Int, limit?: Int): Promise<Order[]> {
    await this.loadMarkets()
    const market = symbol === undefined ? undefined : this.market(symbol)
    const topic = market ? `orders:${market.symbol}` : 'orders'
    const orders = (await this.#watchOwner(topic)) as ItemCache<KnownOrder>
    const count = this.newUpdates ? orders.getLimit(market?.symbol, limit) : limit
    return this.filterBySymbolSinceLimit(orders, market?.symbol, since, count, true)
  }

  override async watchMyTrades(symbol?: Str, since?: Int, limit?: Int): Promise<Trade[]> {
    await this.loadMarkets()
    const market = symbol === undefined ? undefined : this.market(symbol)
    const topic = market ? `myTrades:${market.symbol}` : 'myTrades'
    const trades = (await this.#watchOwner(topic)) as ItemCache<KnownTrade>
    const count = this.newUpdates ? trades.getLimit(market?.symbol, limit) : limit
    return this.filterBySymbolSinceLimit(trades, market?.symbol, since, count, true)
  }

  override async unWatchOrders(symbol?: Str): Promise<boolean> {
    return this.#unwatchOwner(symbol === undefined ? 'orders' : `orders:${this.market(symbol).symbol}`)
  }

  override async unWatchMyTrades(symbol?: Str): Promise<boolean> {
    return this.#unwatchOwner(symbol === undefined ? 'myTrades' : `myTrades:${this.market(symbol).symbol}`)
  }

  #watchOwner(topic: string): Promise<unknown> {
    return this.loadMarkets().then(() => {
      const name = `owner:${this.owner()}`
      return this.watchChannel(name, `${name}:${topic}`, (client, news) => this.#onOwner(client, news))
    })
  }

  #unwatchOwner(topic: string): Promise<boolean> {
    const name = `owner:${this.owner()}`
    return this.unwatchChannel(name, `${name}:${topic}`)
  }

  async #onOwner(client: StreamClient, { type, sequence, before, data }: News): Promise<void> {
    this.orders ??= new ItemCache<KnownOrder>() as never
    this.myTrades ??= new ItemCache<KnownTrade>() as never
    if (type === 'update') {
      for (const row of listIn(data, 'entered')) this.#enter(row)
      for (const row of listIn(data, 'fills')) this.#fill(row)
      for (const change of listIn(data, 'changed')) await this.#change(change, sequence)
      this.#tell(client, listIn(data, 'entered').concat(listIn(data, 'changed')), listIn(data, 'fills'))
    } else if (before === undefined) {
      // The start: what is open is known from now on, and no news.
      for (const row of listIn(data, 'orders')) this.#rows.set(textIn(row, 'guard'), row)
    } else {
      await this.#catchUp(client, before)
    }
    await this.#tellBalance(client, sequence)
  }

  /** The stream has forgotten what came since: it is read from the indexer's lists. */
  async #catchUp(client: StreamClient, before: bigint): Promise<void> {
    const since = (key: string) => (row: Dict) => integerIn(row, key) > before
    const address = this.owner()
    const fills = await this.pages('owners/{address}/fills', { address }, rows =>
      since('height')(rows.at(-1)!),
    )
    const missed = fills.filter(since('height')).reverse()
    for (const row of missed) this.#fill(row)
    const orders = await this.pages('owners/{address}/orders', { address, state: 'all' }, () => true)
    const changed = orders.filter(since('updatedHeight')).reverse()
    for (const row of changed) this.#enter(row)
    this.#tell(client, changed, missed)
  }

  #enter(row: Dict): void {
    const guard = textIn(row, 'guard')
    const known = this.#rows.get(guard)
    if (known && integerIn(known, 'updatedHeight') > integerIn(row, 'updatedHeight')) return
    this.#keep(guard, row)
  }

  /** Sums of a change are those of its block; a row that was read later has them already. */
  async #change(change: Dict, sequence: bigint): Promise<void> {
    const guard = textIn(change, 'guard')
    const known = this.#rows.get(guard)
    if (!known) {
      await this.untilIndexed(sequence)
      this.#keep(guard, await this.get('orders/{guard}', { guard }))
      return
    }
    if (integerIn(known, 'updatedHeight') >= integerIn(change, 'updatedHeight')) return
    const sum = (key: string) => String(integerIn(known, key) + integerIn(change, key))
    const sums = { filled: sum('filled'), value: sum('value'), fee: sum('fee') }
    this.#keep(guard, { ...known, ...change, ...sums })
  }

  #keep(guard: string, row: Dict): void {
    this.#rows.delete(guard)
    this.#rows.set(guard, row)
    const market = this.marketOfRow(row)
    if (!market) return
    const order = { ...this.parseOrder(row, market), lastTradeTimestamp: this.#traded.get(guard) }
    this.orders?.append(order)
    if (this.#rows.size <= MAX_ROWS) return
    const [oldest] = [...this.#rows].find(([, { closedHeight }]) => closedHeight !== null) ?? []
    if (oldest !== undefined) this.#rows.delete(oldest)
  }

  #fill(row: Dict): void {
    const market = this.marketOfRow(row)
    this.#traded.set(textIn(row, 'guard'), timestampIn(row))
    const [oldest] = this.#traded.keys()
    if (this.#traded.size > MAX_ROWS && oldest !== undefined) this.#traded.delete(oldest)
    if (market) this.myTrades?.append(this.parseTrade(row, market))
  }

  #tell(client: StreamClient, orders: readonly Dict[], fills: readonly Dict[]): void {
    const name = `owner:${this.owner()}`
    const tell = (topic: string, rows: readonly Dict[], cache: unknown) => {
      const symbols = new Set(rows.map(row => this.marketOfRow(row)?.symbol))
      if (rows.length > 0) client.resolve(cache, `${name}:${topic}`)
      for (const symbol of symbols) client.resolve(cache, `${name}:${topic}:${symbol}`)
    }
    tell('orders', orders, this.orders)
    tell('myTrades', fills, this.myTrades)
  }

  async #tellBalance(client: StreamClient, sequence: bigint): Promise<void> {
    const hash = `owner:${this.owner()}:balance`
    if (!(hash in client.futures)) return
    try {
      await this.untilIndexed(sequence)
      this.balance = await this.fetchBalance()
      client.resolve(this.balance, hash)
    } catch (error) {
      // Orders and fills of the channel are taken in all the same.
      client.reject(error, hash)
    }
  }
}
