import type { Guard, Hash } from '@omg/protocol'
import type {
  Instruction,
  Market as ListedMarket,
  Order as LiveOrder,
  OmgClient,
  OrderChanges,
} from '@omg/sdk'
import {
  ArgumentsRequired,
  type Dict,
  InsufficientFunds,
  InvalidOrder,
  type Num,
  type Order,
  OrderNotFound,
  type OrderRequest,
  type OrderSide,
  type OrderType,
  RequestTimeout,
  type Str,
} from 'ccxt'
import { AccountExchange } from './account.ts'
import { ccxtError } from './errors.ts'
import { addedUp, fund, lackOf, type Need, needOf } from './funding.ts'
import { countIn } from './grid.ts'
import { type OrderArguments, type Surroundings, type WantedOrder, wantedOrder } from './orderRequest.ts'
import { type LoadedMarket, POLL_MS } from './rest.ts'
import { integerIn } from './rows.ts'

/** Steps of one signature. */
const MAX_STEPS = 16
/** How often a cancel is tried again that met a fill. */
const MAX_CANCEL_ROUNDS = 5
/** What no guard means where an order is placed from a balance. */
const NOTHING_TO_PLACE_FROM = {
  'move.unknown_guard': InsufficientFunds,
  'move.stale_guard': InsufficientFunds,
} as const

/** Orders: signed here, by the owner's key or by that of her agent. */
export abstract class TradingExchange extends AccountExchange {
  readonly #listed = new Map<string, ListedMarket>()
  /** Units of tokens that instructions on their way take from the trading balance. */
  readonly #reserved = new Map<string, bigint>()
  /** Orders choose their money one after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  override async createOrder(
    symbol: string,
    type: OrderType,
    side: OrderSide,
    amount: number,
    price?: Num,
    params: Dict = {},
  ): Promise<Order> {
    const [order] = await this.createOrders([{ symbol, type, side, amount, price, params }])
    return order!
  }

  /** Up to 16 orders under one signature, all or nothing, where the trading balance has an output for each; one after the other else. */
  override async createOrders(orders: OrderRequest[], params: Dict = {}): Promise<Order[]> {
    await this.loadMarkets()
    if (orders.length === 0) throw new ArgumentsRequired(`${this.id} createOrders() takes at least one order`)
    const client = this.signer()
    try {
      const wanted: WantedOrder[] = []
      for (const order of orders) wanted.push(await this.#wanted(client, order, params))
      const placed: Order[] = []
      for (let i = 0; i < wanted.length; i += MAX_STEPS) {
        placed.push(...(await this.#place(client, wanted.slice(i, i + MAX_STEPS))))
      }
      return placed
    } catch (error) {
      throw ccxtError(error, NOTHING_TO_PLACE_FROM)
    }
  }

  /** `amount` is what is to be open from now on. A smaller amount alone keeps the order's place and id; anything else gives it a new one. */
  override async editOrder(
    id: string,
    symbol: string,
    type: OrderType,
    side: OrderSide,
    amount?: Num,
    price?: Num,
    params: Dict = {},
  ): Promise<Order> {
    await this.loadMarkets()
    const market = this.market(symbol)
    const client = this.signer()
    if (type !== 'limit') throw new InvalidOrder(`${this.id} a market order stays in no book to be edited`)
    try {
      const guard = (await this.guardOf(id, params)) as Guard
      const live = await client.getOrder({ guard })
      if (!live) throw new OrderNotFound(`${this.id} no live order has the id ${id}`)
      if (live.market !== market.id) throw new InvalidOrder(`${this.id} order ${id} is not one of ${symbol}`)
      if (side !== undefined && side !== live.terms.side)
        throw new InvalidOrder(`${this.id} order ${id} is no ${side}`)
      const wanted = await this.#edited(client, market, live, { amount, price, params })
      const { market: listed, side: _, isMarket, lots, price: ticks, ...rest } = wanted
      const changes: OrderChanges = { ...rest, ...(ticks !== live.terms.limit && { price: ticks }) }
      const need = needOf(wanted)
      const { guard: now, instruction } = await this.#inTurn(async () => {
        // Where the new order needs more than the old one holds, its money goes through the trading balance.
        if (need.units > live.amount) await this.#ensure(client, need)
        return client.amendOrder({ order: live, lots, ...changes })
      })
      return await this.#orderSince(now, await this.#included(client, instruction))
    } catch (error) {
      throw ccxtError(error)
    }
  }

  async #edited(
    client: OmgClient,
    market: LoadedMarket,
    { terms, lots }: LiveOrder,
    { amount, price, params }: { amount: Num; price: Num; params: Dict },
  ): Promise<WantedOrder> {
    const listed = await this.#listing(client, market, params.triggerPrice !== undefined)
    const given: OrderArguments = {
      market: listed,
      type: 'limit',
      side: terms.side,
      lots: amount === undefined ? lots : this.lotsIn(market, amount),
      price: price === undefined ? terms.limit : this.ticksIn(market, price),
    }
    // The name that the client gave it finds the order; it is not given anew.
    const named = this.omit(params, 'clientOrderId')
    const wanted = wantedOrder(given, named, this.#around(market, listed, params))
    this.#checkSize(market, wanted)
    return wanted
  }

  override async cancelOrder(id: string, symbol?: Str, params: Dict = {}): Promise<Order> {
    await this.loadMarkets()
    if (symbol !== undefined) this.market(symbol)
    const client = this.signer()
    try {
      const guard = (await this.guardOf(id, params)) as Guard
      const height = await this.#included(client, await client.cancelOrder({ order: guard }))
      return await this.#orderSince(guard, height)
    } catch (error) {
      throw ccxtError(error)
    }
  }

  /** What was filled meanwhile is given as it ended. @throws OrderNotFound of an id that never was an order. */
  override async cancelOrders(ids: string[], symbol?: Str): Promise<Order[]> {
    await this.loadMarkets()
    if (symbol !== undefined) this.market(symbol)
    const orders: Order[] = []
    for (let i = 0; i < ids.length; i += MAX_STEPS) {
      orders.push(...(await this.#cancelTogether(ids.slice(i, i + MAX_STEPS))))
    }
    return orders
  }

  override async cancelAllOrders(symbol?: Str): Promise<Order[]> {
    await this.loadMarkets()
    const market = symbol === undefined ? undefined : this.market(symbol)
    const client = this.signer()
    const given = market && { market: market.id as Hash }
    const canceled = new Map<Guard, bigint>()
    for (let round = 0; ; round++) {
      try {
        const { instructions, orders } = await client.cancelAll(given)
        if (orders.length === 0) break
        const heights: bigint[] = []
        for (const instruction of instructions) heights.push(await this.#included(client, instruction))
        for (const [i, { guard }] of orders.entries())
          canceled.set(guard, heights[Math.floor(i / MAX_STEPS)]!)
      } catch (error) {
        const known = ccxtError(error)
        // A fill was faster: what is left is asked for anew.
        if (!(known instanceof OrderNotFound) || round >= MAX_CANCEL_ROUNDS) throw known
      }
    }
    return Promise.all([...canceled].map(([guard, height]) => this.#orderSince(guard, height)))
  }

  async #cancelTogether(ids: readonly string[]): Promise<Order[]> {
    const client = this.signer()
    const guards = await Promise.all(ids.map(id => this.guardOf(id, {})))
    try {
      const steps = guards.map(guard => ({ cancel: { order: guard as Guard } }))
      const { instruction } = await client.batch({ steps })
      const height = await this.#included(client, instruction)
      return await Promise.all(guards.map(guard => this.#orderSince(guard, height)))
    } catch (error) {
      const known = ccxtError(error)
      if (!(known instanceof OrderNotFound)) throw known
    }
    return Promise.all(guards.map(guard => this.#cancelIfLive(guard)))
  }

  async #cancelIfLive(guard: Hash): Promise<Order> {
    try {
      return await this.cancelOrder(guard)
    } catch (error) {
      if (!(error instanceof OrderNotFound)) throw error
      return this.fetchOrder(guard)
    }
  }

  async #wanted(client: OmgClient, request: OrderRequest, shared: Dict): Promise<WantedOrder> {
    const params = { ...shared, ...request.params }
    const market = this.market(request.symbol)
    const side = String(request.side)
    if (side !== 'buy' && side !== 'sell')
      throw new InvalidOrder(`${this.id} an order buys or sells, not ${side}`)
    if (request.amount === undefined) throw new InvalidOrder(`${this.id} an order has an amount`)
    const lots = this.lotsIn(market, request.amount)
    // A worst price is never rounded to something worse.
    const rounding = request.type === 'market' ? (side === 'buy' ? 'down' : 'up') : 'nearest'
    const price = request.price === undefined ? undefined : this.ticksIn(market, request.price, rounding)
    const isFresh =
      request.type === 'market' || params.triggerPrice !== undefined || params.stopPrice !== undefined
    const listed = await this.#listing(client, market, isFresh)
    const given: OrderArguments = { market: listed, type: String(request.type), side, lots, price }
    const wanted = wantedOrder(given, params, this.#around(market, listed, params))
    this.#checkSize(market, wanted)
    return wanted
  }

  #checkSize(market: LoadedMarket, { lots }: WantedOrder): void {
    const { terms, sizeText } = this.unitsOf(market)
    if (lots >= terms.minimumSize) return
    throw new InvalidOrder(
      `${this.id} amount of ${market.symbol} is ${sizeText(lots)}, where it must be at least ${sizeText(terms.minimumSize)}`,
    )
  }

  #around(market: LoadedMarket, listed: ListedMarket, params: Dict): Surroundings {
    const { bestBid, bestAsk, lastPrice } = listed
    return {
      ticks: price => this.ticksIn(market, price),
      lots: amount => this.lotsIn(market, amount),
      prices: {
        ...(bestBid !== undefined && { bid: bestBid }),
        ...(bestAsk !== undefined && { ask: bestAsk }),
        ...(lastPrice !== undefined && { last: lastPrice }),
      },
      slippageBps: this.#slippageBps(params),
    }
  }

  /** A fraction, like CCXT has it: 0.01 is one percent. */
  #slippageBps(params: Dict): bigint {
    const slippage = params.slippage ?? this.options.defaultSlippage
    const bps = countIn(this.decimal(slippage), '0.0001', 'down')
    if (bps < 10_000n) return bps
    throw new InvalidOrder(`${this.id} a slippage of ${slippage}, where less than 1 is possible`)
  }

  /** The market as the SDK knows it, with its prices of now if they are needed. */
  async #listing(client: OmgClient, market: LoadedMarket, isFresh = false): Promise<ListedMarket> {
    if (isFresh || !this.#listed.has(market.id)) {
      for (const listed of await client.getMarkets()) this.#listed.set(listed.id, listed)
    }
    const listed = this.#listed.get(market.id)
    if (!listed) throw new InvalidOrder(`${this.id} the node lists no market ${market.symbol}`)
    return listed
  }

  async #place(client: OmgClient, wanted: readonly WantedOrder[]): Promise<Order[]> {
    const needs = addedUp(wanted.map(needOf))
    const sent = await this.#inTurn(async () => {
      for (const need of needs) await this.#ensure(client, need)
      const sent = await this.#send(client, wanted)
      for (const { token, units } of needs) this.#reserve(token, units)
      return sent
    })
    try {
      const placed: Order[] = []
      for (const { instruction, guards } of sent) {
        const height = await this.#included(client, instruction)
        for (const guard of guards) placed.push(await this.#orderSince(guard, height))
      }
      return placed
    } finally {
      for (const { token, units } of needs) this.#reserve(token, -units)
    }
  }

  /** Under one signature; or under one each, where no two steps may take from one output. */
  async #send(client: OmgClient, wanted: readonly WantedOrder[]) {
    const steps = wanted.map(({ isMarket, ...place }) => ({ place }))
    const remember = (guards: readonly (Guard | undefined)[], orders: readonly WantedOrder[]) => {
      for (const [i, guard] of guards.entries()) if (orders[i]!.isMarket) this.rememberMarketOrder(guard!)
      return guards as Guard[]
    }
    try {
      const { instruction, orders } = await client.batch({ steps })
      return [{ instruction, guards: remember(orders, wanted) }]
    } catch (error) {
      const known = ccxtError(error)
      if (!(known instanceof InsufficientFunds) || steps.length === 1) throw error
    }
    const sent: { instruction: Instruction; guards: Guard[] }[] = []
    for (const [i, step] of steps.entries()) {
      const { instruction, orders } = await client.batch({ steps: [step] })
      sent.push({ instruction, guards: remember(orders, [wanted[i]!]) })
    }
    return sent
  }

  /** Makes sure that the trading balance has what orders need, with coins of the owner if there are. */
  async #ensure(client: OmgClient, need: Need): Promise<void> {
    const reserved = () => this.#reserved.get(need.token) ?? 0n
    const end = this.milliseconds() + this.timeout
    let lack = await lackOf(client, need, reserved())
    // What is reserved may be in a block already and be counted twice: with all of it settled it is clear what there is.
    while (lack > 0n && reserved() > 0n && this.milliseconds() < end) {
      await this.sleep(POLL_MS)
      lack = await lackOf(client, need, reserved())
    }
    if (lack === 0n) return
    const code = this.currencies_by_id?.[need.token]?.code as string
    const text = `${this.amountText(code, lack)} ${code}`
    const options = { isAllowed: this.options.fund !== false, timeout: this.timeout, text }
    await fund(client, { token: need.token, units: lack }, options)
  }

  #reserve(token: string, units: bigint): void {
    this.#reserved.set(token, (this.#reserved.get(token) ?? 0n) + units)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }

  async #included(client: OmgClient, { hash }: Instruction): Promise<bigint> {
    const receipt = await client.waitForInstruction({ hash, timeout: this.timeout, interval: POLL_MS })
    return receipt.height
  }

  /** An order as the indexer has it, once it knows the block that did something to it. @throws RequestTimeout */
  async #orderSince(guard: string, height: bigint): Promise<Order> {
    const end = this.milliseconds() + this.timeout
    for (;;) {
      const row = await this.#row(guard)
      if (row && integerIn(row, 'updatedHeight') >= height) {
        return integerIn(row, 'filled') > 0n ? this.fetchOrder(guard) : this.parseOrder(row)
      }
      if (this.milliseconds() > end) {
        throw new RequestTimeout(
          `${this.id} order ${guard} is in block ${height}, which the indexer does not have yet`,
        )
      }
      await this.sleep(POLL_MS)
    }
  }

  async #row(guard: string): Promise<Dict | undefined> {
    try {
      return await this.get('orders/{guard}', { guard })
    } catch (error) {
      if (error instanceof OrderNotFound) return undefined
      throw error
    }
  }
}
