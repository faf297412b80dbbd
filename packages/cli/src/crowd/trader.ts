import type { Address } from '@omg/protocol'
import type { Market, OmgClient, TradingBalance } from '@omg/sdk'
import type { TestMoney } from '../devnet/testMoney.ts'
import type { Means } from './decisions.ts'
import type { Grant, Treasury } from './treasury.ts'

/** A trading balance is opened in so many outputs: one step of an instruction takes whole ones. */
const PARTS = 12
/** With more outputs than this a trading balance is swept together. */
const MAX_OUTPUTS = 40
/** Outputs that one step may gather. */
const SWEPT = 8
const RECEIPT_INTERVAL_MS = 100
const WHOLE_BPS = 10_000n

export interface TraderOptions {
  readonly name: string
  /** Over the trader's own account: moves money. */
  readonly owner: OmgClient
  /** Over the key that trades for her; undefined of somebody who only pays. */
  readonly agent: OmgClient | undefined
  /** What she should have of each token. */
  readonly endowment: readonly TestMoney[]
  readonly treasury: Treasury
}

/** What a trader has of a token. */
interface Holding {
  readonly coins: bigint
  /** In the trading balance of her agent. */
  readonly free: bigint
  /** In live orders. */
  readonly locked: bigint
}

/** Somebody of the crowd with her money: coins of her own, and trading balances with which her agent trades. */
export class Trader {
  readonly name: string
  readonly #options: TraderOptions

  constructor(options: TraderOptions) {
    this.name = options.name
    this.#options = options
  }

  get address(): Address {
    return this.#options.owner.address()
  }

  get owner(): OmgClient {
    return this.#options.owner
  }

  /** @throws Error of somebody who does not trade */
  get agent(): OmgClient {
    if (!this.#options.agent) throw new Error(`${this.name} does not trade`)
    return this.#options.agent
  }

  /** What she lacks: of each token of which she has less than half of her endowment, the rest. */
  async lacks(): Promise<Grant[]> {
    const grants: Grant[] = []
    for (const { token, amount } of this.#options.endowment) {
      const { coins, free, locked } = await this.#holding(token)
      const total = coins + free + locked
      if (2n * total < amount) grants.push({ to: this.address, token, amount: amount - total })
    }
    return grants
  }

  /** Puts coins to work and gives back what is too much. Tokens in which no fees are paid come first: their fees are paid in the last. */
  async arrange(): Promise<void> {
    if (!this.#options.agent) return
    for (const { token, amount } of this.#options.endowment) {
      const { coins, free, locked } = await this.#holding(token)
      const wanted = least(amount - free - locked, (coins * 9n) / 10n)
      if (2n * (free + locked) < amount && wanted >= amount / 4n) await this.#open(token, wanted)
      if (free > 3n * amount) await this.#giveBack(token, free - 2n * amount)
    }
  }

  /** Everything that keeps her trading, for now and then. */
  async maintain(markets: readonly Market[]): Promise<void> {
    const lacking = await this.lacks()
    if (lacking.length > 0) await this.#options.treasury.grant(lacking)
    await this.arrange()
    if (this.#options.agent) await this.#sweep(markets)
  }

  /** What she could trade with in a market now, in lots; buying at `price`. */
  async means(market: Market, price: bigint): Promise<Means> {
    const [base, quote] = [
      await this.#balance(market.base.address),
      await this.#balance(market.quote.address),
    ]
    return {
      base: gathered(base) / market.terms.lot,
      quote: lotsFor(market, gathered(quote), price),
    }
  }

  async #holding(token: Address): Promise<Holding> {
    const { owner } = this.#options
    const coins = (await owner.getBalances()).find(balance => balance.token === token)?.amount ?? 0n
    if (!this.#options.agent) return { coins, free: 0n, locked: 0n }
    const { orders } = await this.agent.getOrders()
    const locked = orders.reduce((sum, order) => sum + (order.token === token ? order.amount : 0n), 0n)
    return { coins, free: (await this.#balance(token))?.amount ?? 0n, locked }
  }

  async #balance(token: Address): Promise<TradingBalance | undefined> {
    const agent = this.agent.address()
    const balances = await this.agent.getTradingBalances()
    return balances.find(balance => balance.token === token && balance.terms.agent === agent)
  }

  async #open(token: Address, amount: bigint): Promise<void> {
    const options = { token, amount, agent: this.agent.address(), parts: PARTS, finality: 'fast' } as const
    const { payment } = await this.owner.openTradingBalance(options)
    await this.owner.waitForReceipt({ hash: payment.hash, interval: RECEIPT_INTERVAL_MS })
  }

  async #giveBack(token: Address, amount: bigint): Promise<void> {
    const balance = await this.#balance(token)
    if (!balance) return
    const most = least(amount, gathered(balance) / 2n)
    const closed = await this.owner.closeTradingBalance({ token, balance, amount: most, finality: 'fast' })
    await this.owner.waitForReceipt({ hash: closed.payment.hash, interval: RECEIPT_INTERVAL_MS })
    const paid = await this.owner.pay({
      to: this.#options.treasury.address,
      token,
      amount: (closed.amount * 9n) / 10n,
      finality: 'fast',
    })
    await this.owner.waitForReceipt({ hash: paid.hash, interval: RECEIPT_INTERVAL_MS })
  }

  /**
   * Every fill adds an output to a trading balance. An order that takes many of them and trades nothing brings them back as one: far from
   * every price, given back after its first batch, and without a fee.
   */
  async #sweep(markets: readonly Market[]): Promise<void> {
    for (const { token } of this.#options.endowment) {
      const balance = await this.#balance(token)
      if (!balance || balance.outputs.length <= MAX_OUTPUTS) continue
      const order = sweepingOrder(markets, token, gathered(balance))
      if (order) await this.agent.placeOrder({ ...order, timeInForce: 'immediateOrCancel' })
    }
  }
}

/** An order that needs nearly all of an amount and that nobody will meet. */
function sweepingOrder(markets: readonly Market[], token: Address, amount: bigint) {
  for (const market of markets) {
    const { lastPrice, terms } = market
    if (lastPrice === undefined) continue
    if (market.base.address === token) {
      return { market, side: 'sell', price: lastPrice * 2n, lots: amount / terms.lot } as const
    }
    const price = lastPrice / 2n
    if (market.quote.address === token && price > 0n) {
      return { market, side: 'buy', price, lots: lotsFor(market, amount, price) } as const
    }
  }
  return undefined
}

/** What one step can gather: the largest outputs. */
function gathered(balance: TradingBalance | undefined): bigint {
  const amounts = (balance?.outputs ?? []).map(({ amount }) => amount).sort((a, b) => (a < b ? 1 : -1))
  return amounts.slice(0, SWEPT).reduce((sum, amount) => sum + amount, 0n)
}

/** Lots that an amount of the quote token buys, fee included, and a little less. */
function lotsFor(market: Market, amount: bigint, price: bigint): bigint {
  const feeBps = BigInt(Math.max(market.makerBps, market.takerBps))
  const cost = price * market.terms.tick * (WHOLE_BPS + feeBps)
  return (amount * (WHOLE_BPS - 1n)) / cost
}

const least = (a: bigint, b: bigint) => (a < b ? a : b)
