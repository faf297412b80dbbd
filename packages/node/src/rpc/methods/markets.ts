import { type ExchangeParameters, type ExchangeView, tradingFees } from '@omg/ledger'
import type { Hash, MarketTerms } from '@omg/protocol'
import { z } from 'zod'
import { nodeError } from '../../errors.ts'
import type { NodeServices } from '../../services.ts'
import { address, decimal, hash, hashParam, method } from '../method.ts'

/** Most levels of each side of a book. */
export const MAX_BOOK_DEPTH = 500

export const termsFields = {
  ...{ base: address, quote: address, tick: decimal, lot: decimal },
  tier: z.enum(['bonded', 'guarded', 'safe']),
  minimumSize: decimal,
}
export const marketState = z.enum(['active', 'postOnly', 'cancelOnly', 'closed'])

const marketShape = z.object({
  id: hash,
  ...termsFields,
  state: marketState,
  lastPrice: decimal.nullable(),
  bestBid: decimal.nullable(),
  bestAsk: decimal.nullable(),
  orders: z.int(),
  makerBps: z.int().describe('Trading fee of orders that stood through an earlier batch'),
  takerBps: z.int(),
})

export const getMarkets = method({
  name: 'omg_getMarkets',
  summary:
    'Every listed market with its state, last clearing price and best limits, in ticks; and the trading fees in hundredths of a percent of the quote amount, the highest of which stand beside the list.',
  params: z.strictObject({}),
  result: z.object({ markets: z.array(marketShape), makerBps: z.int(), takerBps: z.int() }),
  handler(services) {
    const { ledger } = services
    const { exchange } = ledger.inForce
    const { makerBps, takerBps } = exchange
    const markets = exchangeOf(services)
      .markets.list()
      .map(({ id, terms, state }) => {
        const book = ledger.orders.book(id)
        return {
          id,
          ...describeTerms(terms),
          state,
          lastPrice: decimalOf(ledger.orders.lastPrice(id)),
          bestBid: decimalOf(book?.best('buy')?.tick),
          bestAsk: decimalOf(book?.best('sell')?.tick),
          orders: book?.size ?? 0,
          ...feesOf(exchange, terms.tier),
        }
      })
    return { markets, makerBps, takerBps }
  },
})

const levelShape = z.object({ price: decimal, lots: decimal, orders: z.int() })

export const getBook = method({
  name: 'omg_getBook',
  summary:
    'The price levels of a market after a block, the best first: prices in ticks, sizes in lots. Orders whose trigger no price has crossed are not in it.',
  params: z.strictObject({
    market: hashParam,
    depth: z.int().min(1).max(MAX_BOOK_DEPTH).default(50),
  }),
  result: z.object({
    market: hash,
    height: decimal,
    lastPrice: decimal.nullable(),
    bids: z.array(levelShape),
    asks: z.array(levelShape),
  }),
  handler(services, { market, depth }) {
    const { ledger } = services
    const id = market as Hash
    if (!exchangeOf(services).markets.get(id)) {
      throw nodeError('request.not_found', `No market ${id} is listed.`)
    }
    const book = ledger.orders.book(id)
    const levels = (side: 'buy' | 'sell') =>
      (book?.levels(side, depth) ?? []).map(({ tick, lots, orders }) => {
        return { price: String(tick), lots: String(lots), orders }
      })
    return {
      market: id,
      height: String(ledger.tip.height),
      lastPrice: decimalOf(ledger.orders.lastPrice(id)),
      bids: levels('buy'),
      asks: levels('sell'),
    }
  },
})

function feesOf(exchange: ExchangeParameters, tier: MarketTerms['tier']) {
  const { makerBps, takerBps } = tradingFees(exchange, tier)
  return { makerBps, takerBps }
}

/** Markets as the next block will see them. */
function exchangeOf({ view, schedule, ledger }: NodeServices): ExchangeView {
  const { origin, originTime } = schedule.origin(ledger.tip)
  return view.exchange(origin, originTime)
}

export function describeTerms(terms: MarketTerms) {
  const { base, quote, tick, lot, tier, minimumSize } = terms
  return { base, quote, tick: String(tick), lot: String(lot), tier, minimumSize: String(minimumSize) }
}

function decimalOf(value: number | undefined): string | null {
  return value === undefined ? null : String(value)
}
