import { type Address, type Hash, ZERO_ADDRESS } from '@omg/protocol'
import { createClient, http, type OmgClient } from '@omg/sdk'
import {
  ArgumentsRequired,
  AuthenticationError,
  type Balances,
  type Dict,
  type Int,
  type Market,
  type MarketInterface,
  type Order,
  OrderNotFound,
  type Str,
  type Trade,
  type TradingFeeInterface,
  type TradingFees,
} from 'ccxt'
import { ccxtError } from './errors.ts'
import { clientIdText, type Identity, identityOf } from './identity.ts'
import { CANCELED, statusOf, timeInForceOf } from './orderStatus.ts'
import { PublicDataExchange } from './publicData.ts'
import { PAGE_ROWS } from './rest.ts'
import { integerIn, textIn, timestampIn } from './rows.ts'

/** Token, and units of it that are free and used. */
type Part = [token: string, free: bigint, used: bigint]

/** Orders placed by this instance whose type the chain does not know are remembered, the last so many. */
const MAX_REMEMBERED = 10_000

/** Balances, orders and fills of one account. Whoever knows its address can read them: everything on the chain is public. */
export abstract class AccountExchange extends PublicDataExchange {
  #client: { readonly key: string; readonly client: OmgClient } | undefined
  /** Orders that were placed as market orders: to the chain they are immediate-or-cancel with a limit. */
  readonly #marketOrders = new Set<string>()

  override checkRequiredCredentials(error = true): boolean {
    try {
      return identityOf(this as never) !== undefined
    } catch (cause) {
      if (error) throw cause
      return false
    }
  }

  protected identity(): Identity {
    return identityOf(this as never)
  }

  /** Whose orders this is about. @throws AuthenticationError */
  protected owner(): Address {
    return this.identity().owner
  }

  /** A client of the node that signs. @throws AuthenticationError */
  protected signer(): OmgClient {
    const { owner, account } = this.identity()
    if (!account)
      throw new AuthenticationError(`${this.id} requires "privateKey" credential to place and cancel orders`)
    const { node, ethereum } = this.urls.api
    const key = `${node} ${owner} ${account.address}`
    if (this.#client?.key !== key) {
      const transport = http(node, { timeout: this.timeout, retries: 0 })
      const options = { node: transport, account, owner, ...(ethereum && { ethereum }) }
      this.#client = { key, client: createClient(options) }
    }
    return this.#client!.client
  }

  /** Whether the key is that of an agent of the owner. */
  protected isAgent(): boolean {
    const { owner, account } = this.identity()
    return account !== undefined && account.address.toLowerCase() !== owner
  }

  override async fetchBalance(): Promise<Balances> {
    await this.loadMarkets()
    const owner = this.owner()
    const rows = await this.pages('owners/{address}/balances', { address: owner }, () => true)
    return this.balancesFrom(rows)
  }

  /**
   * What rows of the indexer say. Free is what this key can order with: coins and the trading balance of the owner, or of an agent
   * her own trading balance only. Used is locked in orders. An agent sees what she was given, nothing else.
   */
  protected async balancesFrom(rows: readonly Dict[]): Promise<Balances> {
    const owner = this.owner()
    const agent = this.isAgent() ? this.identity().account!.address.toLowerCase() : undefined
    const sums = new Map<string, { free: bigint; used: bigint }>()
    const add = (token: string, kind: 'free' | 'used', units: bigint) => {
      const code = this.currencies_by_id?.[token]?.code as string | undefined
      if (code === undefined) return
      const sum = sums.get(code) ?? { free: 0n, used: 0n }
      sums.set(code, { ...sum, [kind]: sum[kind] + units })
    }
    const parts = agent ? await this.#ofAgent(owner, agent) : [...ofOwner(rows), ...(await this.#lent(rows))]
    for (const [token, free, used] of parts) {
      add(token, 'free', free)
      add(token, 'used', used)
    }
    const times = rows.length > 0 ? await this.fetchTime() : undefined
    const balances: Dict = { info: rows, timestamp: times, datetime: this.iso8601(times) }
    for (const [code, { free, used }] of sums) {
      balances[code] = { free: this.amountText(code, free), used: this.amountText(code, used) }
    }
    return this.safeBalance(balances)
  }

  /** What is in trading balances of agents is the owner's, and not free while it is there. */
  async #lent(rows: readonly Dict[]): Promise<Part[]> {
    if (!rows.some(({ heldAs }) => heldAs === 'trading')) return []
    try {
      const balances = await this.reader().getTradingBalances({ owner: this.owner() })
      const lent = balances.filter(({ terms }) => terms.agent !== ZERO_ADDRESS)
      return lent.map(({ token, amount }): Part => [token, -amount, amount])
    } catch (error) {
      throw ccxtError(error)
    }
  }

  async #ofAgent(owner: Address, agent: string): Promise<Part[]> {
    try {
      const client = this.reader()
      const [balances, orders] = await Promise.all([
        client.getTradingBalances({ owner }),
        this.#liveOrders(client, owner),
      ])
      const mine = <T extends { terms: { agent: string } }>(list: readonly T[]) =>
        list.filter(({ terms }) => terms.agent === agent)
      return [
        ...mine(balances).map(({ token, amount }): Part => [token, amount, 0n]),
        ...mine(orders).map(({ token, amount }): Part => [token, 0n, amount]),
      ]
    } catch (error) {
      throw ccxtError(error)
    }
  }

  async #liveOrders(client: OmgClient, owner: Address) {
    const { orders, cursor } = await client.getOrders({ owner })
    const all = [...orders]
    for (let next = cursor; next !== undefined && all.length < MAX_REMEMBERED; ) {
      const page = await client.getOrders({ owner, cursor: next })
      all.push(...page.orders)
      next = page.cursor
    }
    return all
  }

  override async fetchTradingFees(): Promise<TradingFees> {
    await this.loadMarkets()
    return Object.fromEntries(this.symbols.map(symbol => [symbol, this.#feeOf(this.market(symbol))]))
  }

  override async fetchTradingFee(symbol: string): Promise<TradingFeeInterface> {
    await this.loadMarkets()
    return this.#feeOf(this.market(symbol))
  }

  #feeOf({ symbol, maker, taker, info }: MarketInterface): TradingFeeInterface {
    return { info, symbol, maker, taker, percentage: true, tierBased: false }
  }

  override async fetchOrder(id: Str, symbol?: Str, params: Dict = {}): Promise<Order> {
    await this.loadMarkets()
    const market = symbol === undefined ? undefined : this.market(symbol)
    const guard = await this.guardOf(id, params)
    const row = await this.get('orders/{guard}', { guard })
    const order = this.parseOrder(row, market)
    const trades = integerIn(row, 'filled') > 0n ? await this.#tradesOf(row) : []
    return { ...order, trades, lastTradeTimestamp: trades.at(-1)?.timestamp }
  }

  /** The name of an order on the chain, by itself or by the name that its client gave it. */
  protected async guardOf(id: Str, params: Dict): Promise<Hash> {
    const clientOrderId = this.safeString(params, 'clientOrderId')
    if (id !== undefined && /^0x[0-9a-fA-F]{64}$/.test(id)) return id.toLowerCase() as Hash
    if (id !== undefined && clientOrderId === undefined)
      throw new OrderNotFound(`${this.id} no order has the id ${id}`)
    if (clientOrderId === undefined)
      throw new ArgumentsRequired(`${this.id} an order is named by its id or clientOrderId`)
    const path = 'owners/{address}/orders'
    const names = (row: Dict) => clientIdText(textIn(row.terms, 'clientId')) === clientOrderId
    const rows = await this.pages(path, { address: this.owner(), state: 'all' }, rows => !rows.some(names))
    const found = rows.find(names)
    if (!found) throw new OrderNotFound(`${this.id} no order has the clientOrderId ${clientOrderId}`)
    return textIn(found, 'guard') as Hash
  }

  override async fetchOrders(symbol?: Str, since?: Int, limit?: Int, params: Dict = {}): Promise<Order[]> {
    return this.#orders('all', symbol, since, limit, params)
  }

  override async fetchOpenOrders(
    symbol?: Str,
    since?: Int,
    limit?: Int,
    params: Dict = {},
  ): Promise<Order[]> {
    return this.#orders('open', symbol, since, limit, params, ['open'])
  }

  override async fetchClosedOrders(
    symbol?: Str,
    since?: Int,
    limit?: Int,
    params: Dict = {},
  ): Promise<Order[]> {
    return this.#orders('all', symbol, since, limit, params, ['closed'])
  }

  override async fetchCanceledOrders(
    symbol?: Str,
    since?: Int,
    limit?: Int,
    params: Dict = {},
  ): Promise<Order[]> {
    return this.#orders('all', symbol, since, limit, params, CANCELED)
  }

  override async fetchCanceledAndClosedOrders(
    symbol?: Str,
    since?: Int,
    limit?: Int,
    params: Dict = {},
  ): Promise<Order[]> {
    return this.#orders('all', symbol, since, limit, params, ['closed', ...CANCELED])
  }

  async #orders(
    state: 'open' | 'all',
    symbol: Str,
    since: Int,
    limit: Int,
    params: Dict,
    statuses: readonly string[] = ['open', 'closed', ...CANCELED],
  ): Promise<Order[]> {
    await this.loadMarkets()
    const market = symbol === undefined ? undefined : this.market(symbol)
    const query = { address: this.owner(), state, ...(market && { market: market.id }) }
    const goesOn = this.goesOn(since, limit ?? PAGE_ROWS)
    const isWanted = (row: Dict) => statuses.includes(statusOf(row)) && this.marketOfRow(row) !== undefined
    // Enough of those that are wanted; how far back it goes is said by all.
    const enough = (rows: Dict[]) => goesOn(since === undefined ? rows.filter(isWanted) : rows)
    const rows = await this.pages('owners/{address}/orders', query, enough)
    const orders = rows.filter(isWanted).map(row => this.parseOrder(row, this.marketOfRow(row)))
    const timed = this.filterUntil(await this.#withTradeTimes(orders, symbol), params)
    return this.filterBySinceLimit(this.ascending(timed), since, limit)
  }

  /** An order's row has sums; when it traded last is in the fills. */
  async #withTradeTimes(orders: Order[], symbol: Str): Promise<Order[]> {
    const filled = orders.filter(order => order.filled! > 0)
    if (filled.length === 0) return orders
    const trades = await this.fetchMyTrades(symbol, Math.min(...filled.map(({ timestamp }) => timestamp!)))
    const last = new Map(trades.map(trade => [trade.order, trade.timestamp]))
    return orders.map(order => ({ ...order, lastTradeTimestamp: last.get(order.id) }))
  }

  override async fetchMyTrades(symbol?: Str, since?: Int, limit?: Int, params: Dict = {}): Promise<Trade[]> {
    await this.loadMarkets()
    const market = symbol === undefined ? undefined : this.market(symbol)
    const query = { address: this.owner(), ...(market && { market: market.id }) }
    const rows = await this.pages('owners/{address}/fills', query, this.goesOn(since, limit ?? PAGE_ROWS))
    const trades = rows
      .filter(row => this.marketOfRow(row) !== undefined)
      .map(row => this.parseTrade(row, this.marketOfRow(row)))
    return this.filterBySinceLimit(this.filterUntil(this.ascending(trades), params), since, limit)
  }

  override async fetchOrderTrades(
    id: string,
    symbol?: Str,
    since?: Int,
    limit?: Int,
    params: Dict = {},
  ): Promise<Trade[]> {
    const { trades } = await this.fetchOrder(id, symbol, params)
    return this.filterBySinceLimit(trades, since, limit)
  }

  async #tradesOf(order: Dict): Promise<Trade[]> {
    const guard = textIn(order, 'guard')
    const from = integerIn(order, 'height')
    const query = { address: textIn(order, 'owner'), market: textIn(order, 'market') }
    const rows = await this.pages(
      'owners/{address}/fills',
      query,
      rows => integerIn(rows.at(-1)!, 'height') > from,
    )
    const market = this.marketOfRow(order)
    const own = rows.filter(row => row.guard === guard && integerIn(row, 'height') >= from)
    return this.ascending(own.map(row => this.parseTrade(row, market)))
  }

  protected override parseFill(row: Dict, market: MarketInterface): Trade {
    const { priceText, sizeText } = this.unitsOf(market)
    const timestamp = timestampIn(row)
    const guard = textIn(row, 'guard')
    return this.safeTrade(
      {
        // An order trades at most once in a block.
        id: `${integerIn(row, 'height')}-${guard}`,
        order: guard,
        info: row,
        timestamp,
        datetime: this.iso8601(timestamp),
        symbol: market.symbol,
        type: this.typeOf(guard),
        side: textIn(row, 'side'),
        takerOrMaker: row.maker === true ? 'maker' : 'taker',
        price: priceText(integerIn(row, 'price')),
        amount: sizeText(integerIn(row, 'lots')),
        cost: this.amountText(market.quote, integerIn(row, 'value')),
        fee: { cost: this.amountText(market.quote, integerIn(row, 'fee')), currency: market.quote },
      },
      market,
    )
  }

  protected typeOf(guard: string): 'limit' | 'market' {
    return this.#marketOrders.has(guard) ? 'market' : 'limit'
  }

  protected rememberMarketOrder(guard: string): void {
    const [oldest] = this.#marketOrders
    if (this.#marketOrders.size >= MAX_REMEMBERED && oldest !== undefined) this.#marketOrders.delete(oldest)
    this.#marketOrders.add(guard)
  }

  override parseOrder(row: Dict, market?: Market): Order {
    const known = this.safeMarket(row.market, market)
    const { priceText, sizeText } = this.unitsOf(known)
    const { terms } = row
    const guard = textIn(row, 'guard')
    const timestamp = timestampIn(row)
    const [filled, remaining] = [integerIn(row, 'filled'), integerIn(row, 'remaining')]
    const type = this.typeOf(guard)
    const trigger = integerIn(terms, 'triggerPrice')
    const order = {
      id: guard,
      clientOrderId: clientIdText(textIn(terms, 'clientId')),
      info: row,
      timestamp,
      datetime: this.iso8601(timestamp),
      lastTradeTimestamp: undefined,
      symbol: known.symbol,
      type,
      timeInForce: timeInForceOf(terms),
      postOnly: terms.postOnly === true,
      reduceOnly: undefined,
      side: textIn(row, 'side'),
      price: type === 'market' && filled > 0n ? undefined : priceText(integerIn(row, 'limitPrice')),
      triggerPrice: trigger > 0n ? priceText(trigger) : undefined,
      // What a reduction or self-trade prevention took is no part of the order any more.
      amount: sizeText(filled + remaining),
      filled: sizeText(filled),
      remaining: sizeText(remaining),
      cost: this.amountText(known.quote, integerIn(row, 'value')),
      // A number already: CCXT turns texts of `fees` into numbers, and leaves `fee` as it is.
      fee: {
        cost: this.parseNumber(this.amountText(known.quote, integerIn(row, 'fee'))),
        currency: known.quote,
      },
      status: statusOf(row),
      trades: [],
    }
    return this.safeOrder(order, known)
  }
}

function ofOwner(rows: readonly Dict[]): Part[] {
  return rows.flatMap((row): Part[] => {
    const [token, units] = [textIn(row, 'token'), integerIn(row, 'amount')]
    switch (row.heldAs) {
      case 'coin':
      case 'trading':
        return [[token, units, 0n]]
      case 'order':
        return [[token, 0n, units]]
      default:
        return []
    }
  })
}
