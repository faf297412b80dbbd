import { MAX_TICK } from '@omg/exchange'
import { type Address, type Guard, type Hash, orderGuard, tradingTerms, ZERO_ADDRESS } from '@omg/protocol'
import { getBook, type MarketBook } from '../actions/getBook.ts'
import { marketOf } from '../actions/getMarkets.ts'
import { getTradingBalances, type TradingBalance } from '../actions/getTradingBalances.ts'
import type { Client } from '../client.ts'
import { sdkError } from '../error.ts'
import type { Market } from '../market/market.ts'
import { amountOf, type OrderConditions, type OrderParties, type TermsChain, termsOf } from './terms.ts'

/**
 * The price of an order.
 *
 * - `limit` (default): the worst price, in ticks.
 * - `market`: takes what the book has now, at prices up to `slippageBps` hundredths of a percent worse than the best one, and waits for
 *   nothing: the rest is given back after its first batch.
 */
export type PriceRequest =
  | { readonly type?: 'limit'; readonly price: bigint }
  | { readonly type: 'market'; readonly slippageBps: number }

/** What an order is paid from: COIN of the account (a PAY), or a trading balance (an instruction, without a fee). */
export type Source = 'coins' | 'trading' | TradingBalance | Guard

/** A new order. */
export type OrderRequest = Omit<OrderConditions, 'price'> &
  PriceRequest & {
    readonly market: Market | Hash
    readonly lots: bigint
    /** Default `coins`; of an agent `trading`: the balance that the owner opened for her, with the owner as receiver. */
    readonly from?: Source
    /** Who gets what it trades. Default: the owner. Of an order from a trading balance it is the balance's. */
    readonly receiver?: Address
    /** Of an order from coins: a key that may cancel and amend it. */
    readonly agent?: Address
  }

/** An order that is ready to be signed. */
export interface PreparedOrder {
  readonly market: Market
  readonly chain: TermsChain
  /** What it holds, in token units. */
  readonly units: bigint
  /** Undefined: coins. */
  readonly balance: Guard | undefined
}

/** @throws SdkError `order.*`, `market.unknown`, `trading.unknown`, `agent.owner_only` */
export async function prepareOrder(client: Client, request: OrderRequest): Promise<PreparedOrder> {
  const { lots, from = isAgent(client) ? 'trading' : 'coins' } = request
  const market = await marketOf(client, request.market)
  const conditions = await priced(client, market, request)
  const { parties, balance } = await partiesOf(client, from, request)
  const chain = termsOf(market, conditions, parties)
  return { market, chain, units: amountOf(market, chain.terms, lots), balance }
}

/** Whether a client signs for somebody else. */
export function isAgent(client: Client): boolean {
  return client.owner() !== client.address()
}

async function priced(client: Client, market: Market, request: OrderRequest): Promise<OrderConditions> {
  if (request.type !== 'market') return request
  const { timeInForce = 'immediateOrCancel', postOnly } = request
  if (timeInForce === 'goodTillCancel' || postOnly) {
    throw sdkError('order.invalid', 'a market order takes what is there, and stays in no book')
  }
  const book = await getBook(client, { market: market.id, depth: 1 })
  return { ...request, timeInForce, price: worstPrice(book, request.side, request.slippageBps) }
}

/** A whole, in hundredths of a percent. */
const WHOLE_BPS = 10_000n

/**
 * The worst price that an order may take: so much worse than the best one of the other side, and no fraction of a tick more.
 *
 * @throws SdkError `order.no_price`, `order.invalid`
 */
export function worstPrice(
  { bids, asks }: Pick<MarketBook, 'bids' | 'asks'>,
  side: OrderConditions['side'],
  slippageBps: number,
): bigint {
  const isBps = Number.isInteger(slippageBps) && slippageBps >= 0 && BigInt(slippageBps) < WHOLE_BPS
  if (!isBps) throw sdkError('order.invalid', `a slippage of ${slippageBps}, where 0 to 9999 are possible`)
  const best = (side === 'buy' ? asks : bids)[0]
  if (!best) throw sdkError('order.no_price', `nobody ${side === 'buy' ? 'sells' : 'buys'} at the moment`)
  const bps = BigInt(slippageBps)
  if (side === 'buy') {
    const highest = (best.price * (WHOLE_BPS + bps)) / WHOLE_BPS
    return highest < BigInt(MAX_TICK) ? highest : BigInt(MAX_TICK)
  }
  return (best.price * (WHOLE_BPS - bps) + WHOLE_BPS - 1n) / WHOLE_BPS
}

async function partiesOf(
  client: Client,
  from: Source,
  { receiver, agent = ZERO_ADDRESS }: Pick<OrderRequest, 'receiver' | 'agent'>,
): Promise<{ parties: OrderParties; balance: Guard | undefined }> {
  if (from === 'coins') {
    if (isAgent(client))
      throw sdkError('agent.owner_only', 'an agent has no coins of the owner to order with')
    const owner = client.owner()
    return {
      parties: { owner, agent, receiver: receiver ?? owner, proceeds: 'coin' },
      balance: undefined,
    }
  }
  const { guard, terms } = await balanceOf(client, from)
  if (receiver !== undefined && receiver.toLowerCase() !== terms.receiver) {
    throw sdkError('order.invalid', `the trading balance pays ${terms.receiver}, and no other receiver`)
  }
  return {
    parties: { owner: terms.owner, agent: terms.agent, receiver: terms.receiver, proceeds: 'trading' },
    balance: guard,
  }
}

/** The trading balance that a verb means. @throws SdkError `trading.unknown` */
export async function balanceOf(
  client: Client,
  from: Exclude<Source, 'coins'>,
): Promise<Pick<TradingBalance, 'guard' | 'terms'>> {
  if (typeof from === 'object') return from
  const { guard, terms } = ownScope(client)
  if (from === 'trading' || from === guard) return { guard, terms }
  const found = (await getTradingBalances(client)).find(balance => balance.guard === from)
  if (!found) throw sdkError('trading.unknown', `${client.owner()} has no trading balance ${from}`)
  return found
}

function ownScope(client: Client) {
  const agent = isAgent(client) ? client.address() : ZERO_ADDRESS
  const terms = tradingTerms(client.owner(), agent, client.owner())
  return { guard: orderGuard(terms), terms }
}
