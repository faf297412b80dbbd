import { amountFor, highestLimit, lotsOf, MAX_LOTS, tradingFee } from '@omg/exchange'
import { type Address, OmgError, parseAddress } from '@omg/protocol'
import { type Expiry, type Market, type OrderRequest, type Trigger, worstPrice } from '@omg/sdk'
import type { Book } from '../market/book.ts'
import { shortly, typed, unitsIn } from './amount.ts'
import { type Expectation, expectationOf } from './expectation.ts'

export const KINDS = ['limit', 'market', 'stop', 'takeProfit', 'oneCancelsOther'] as const
export type Kind = (typeof KINDS)[number]
export type Lasts = 'untilCancelled' | 'once' | 'allOrNothing' | 'minutes' | 'block'
export type Unit = 'base' | 'quote'

/** What somebody has typed and chosen so far. */
export interface Draft {
  readonly side: 'buy' | 'sell'
  readonly kind: Kind
  readonly price: string
  /** The price that wakes or turns the order. */
  readonly trigger: string
  /** The limit after the turn. */
  readonly second: string
  readonly amount: string
  readonly unit: Unit
  /** How much worse than the best price a market order may get, in hundredths of a percent. */
  readonly slippageBps: number
  readonly lasts: Lasts
  readonly minutes: string
  readonly block: string
  readonly postOnly: boolean
  /** The smallest fill, in base. */
  readonly minimum: string
  readonly selfTrade: NonNullable<OrderRequest['selfTradePrevention']>
  readonly source: 'trading' | 'coins'
  readonly receiver: string
}

export const EMPTY_DRAFT: Draft = {
  side: 'buy',
  kind: 'limit',
  price: '',
  trigger: '',
  second: '',
  amount: '',
  unit: 'base',
  slippageBps: 50,
  lasts: 'untilCancelled',
  minutes: '60',
  block: '',
  postOnly: false,
  minimum: '',
  selfTrade: 'expireTaker',
  source: 'trading',
  receiver: '',
}

/** What is known of the market and the account at the moment. Prices in ticks, money in token units. */
export interface Facts {
  readonly market: Market
  readonly bid: bigint | undefined
  readonly ask: bigint | undefined
  readonly last: bigint | undefined
  /** All levels; undefined while nobody knows them. */
  readonly book: Pick<Book, 'bids' | 'asks'> | undefined
  /** What can be spent; undefined while nobody knows. */
  readonly base: bigint | undefined
  readonly quote: bigint | undefined
  readonly height: bigint
  /** Seconds. */
  readonly time: bigint
}

export type FieldName =
  | 'price'
  | 'trigger'
  | 'second'
  | 'amount'
  | 'minutes'
  | 'block'
  | 'minimum'
  | 'receiver'

/** What an order would do. */
export interface Preview {
  readonly lots: bigint
  /** The worst price that it takes, in ticks. */
  readonly worst: bigint
  /** What is set aside: quote to buy, base to sell. */
  readonly locks: bigint
  /** The price at which it would trade, and whether it would trade in its first batch at all. */
  readonly expected: bigint
  readonly tradesNow: boolean
  /** Lots of it that trade in its first batch; undefined while the book is not known. */
  readonly fills: bigint | undefined
  /** Quote at the expected price, and the fees of maker and taker on it: of all of it, or of what trades where the rest comes back at once. */
  readonly value: bigint
  readonly makerFee: bigint
  readonly takerFee: bigint
  /** To buy: base. To sell: quote at the expected price, less the fee. */
  readonly gets: bigint
  /** To sell: the least quote that all of it gives. To buy: the most that it costs, with the highest fee. */
  readonly bound: bigint
}

export interface Reading {
  /** What is wrong, field by field; fields that are still empty are not wrong. */
  readonly problems: Partial<Record<FieldName, string>>
  /** True of an order that does what it says, and perhaps not what is meant. */
  readonly warnings: readonly string[]
  readonly preview: Preview | undefined
  /** Undefined until everything that is needed is there and right. */
  readonly order: OrderRequest | undefined
}

/** What a draft means. */
export function readDraft(draft: Draft, facts: Facts): Reading {
  const problems: Partial<Record<FieldName, string>> = {}
  const note = (field: FieldName, problem: string | undefined) => {
    if (problem !== undefined) problems[field] ??= problem
  }
  const prices = readPrices(draft, facts, note)
  const { lots, minFill } = readSizes(draft, facts, prices, note)
  const expiry = readExpiry(draft, facts, note)
  const receiver = readReceiver(draft, note)
  const preview = prices && lots !== undefined ? previewOf(draft, facts, prices, lots) : undefined
  if (preview) note('amount', tooDear(draft, facts, preview))
  const isRight = Object.keys(problems).length === 0 && !isOpen(draft)
  const order =
    preview && prices && isRight
      ? orderOf(draft, facts, { prices, preview, minFill, expiry, receiver })
      : undefined
  return { problems, warnings: warningsOf(draft, facts, prices), preview, order }
}

type Note = (field: FieldName, problem: string | undefined) => void

interface Prices {
  /** In ticks: the worst price. */
  readonly limit: bigint
  readonly trigger: bigint | undefined
  readonly second: bigint | undefined
}

/** Whether something that the draft needs is still to be typed. */
function isOpen({ lasts, minutes, block, kind }: Draft): boolean {
  if (kind === 'market') return false
  return (lasts === 'minutes' && minutes.trim() === '') || (lasts === 'block' && block.trim() === '')
}

function readPrices(draft: Draft, facts: Facts, note: Note): Prices | undefined {
  const { market, bid, ask } = facts
  if (draft.kind === 'market') {
    const levels = (price: bigint | undefined) =>
      price === undefined ? [] : [{ price, lots: 1n, orders: 1 }]
    try {
      const limit = worstPrice({ bids: levels(bid), asks: levels(ask) }, draft.side, draft.slippageBps)
      return { limit, trigger: undefined, second: undefined }
    } catch {
      note('price', `Nobody ${draft.side === 'buy' ? 'sells' : 'buys'} at the moment. Use a limit order.`)
      return undefined
    }
  }
  const limit = priceIn(draft.price, market, 'price', note)
  const trigger = draft.kind === 'limit' ? undefined : priceIn(draft.trigger, market, 'trigger', note)
  const second = draft.kind === 'oneCancelsOther' ? priceIn(draft.second, market, 'second', note) : undefined
  if (limit === undefined || (draft.kind !== 'limit' && trigger === undefined)) return undefined
  if (draft.kind === 'oneCancelsOther' && second === undefined) return undefined
  return { limit, trigger, second }
}

/** Ticks of a price that somebody typed; undefined where it is empty or wrong. */
function priceIn(text: string, market: Market, field: FieldName, note: Note): bigint | undefined {
  if (text.trim() === '') return undefined
  try {
    return market.priceOf(typed(text))
  } catch (error) {
    note(field, gridProblem(error, 'price'))
    return undefined
  }
}

/** What the market says about a number that is not on its grid, with the nearest ones that are. */
export function gridProblem(error: unknown, what: 'price' | 'amount'): string {
  const nearest = error instanceof OmgError ? /the nearest: (.*)$/.exec(error.message)?.[1] : undefined
  if (nearest === undefined) return 'Type a number, as in 1,234.5: a point before decimals'
  return `No ${what} of this market. Nearest: ${nearest}`
}

function readSizes(draft: Draft, { market }: Facts, prices: Prices | undefined, note: Note) {
  const lots = lotsIn(draft, market, prices, note)
  if (lots !== undefined) note('amount', sizeProblem(lots, market))
  let minFill: bigint | undefined
  if (draft.minimum.trim() !== '' && draft.lasts !== 'allOrNothing') {
    try {
      minFill = market.lotsOf(typed(draft.minimum))
      if (lots !== undefined && minFill > lots) note('minimum', 'More than the order itself')
    } catch (error) {
      note('minimum', gridProblem(error, 'amount'))
    }
  }
  return { lots: lots !== undefined && sizeProblem(lots, market) === undefined ? lots : undefined, minFill }
}

function lotsIn(draft: Draft, market: Market, prices: Prices | undefined, note: Note): bigint | undefined {
  if (draft.amount.trim() === '') return undefined
  if (draft.unit === 'base') {
    try {
      return market.lotsOf(typed(draft.amount))
    } catch (error) {
      note('amount', gridProblem(error, 'amount'))
      return undefined
    }
  }
  const units = unitsIn(typed(draft.amount), market.quote.decimals)
  if (units === undefined) {
    note('amount', `Type a number with at most ${market.quote.decimals} digits behind the point`)
    return undefined
  }
  return prices && lotsFor(units, draft.side, market, prices)
}

/** As many lots as an amount of quote buys with the fee, or must be sold to give it without one. */
function lotsFor(units: bigint, side: Draft['side'], market: Market, prices: Prices): bigint {
  if (side === 'buy') return lotsOf(market.terms, sizing('buy', market, prices), units)
  return units / (prices.limit * market.terms.tick)
}

const sizing = (side: Draft['side'], market: Market, { limit, second }: Prices) => {
  const maxFeeBps = Math.max(market.makerBps, market.takerBps)
  return { side, limit, triggerLimit: second ?? 0n, maxFeeBps }
}

function sizeProblem(lots: bigint, market: Market): string | undefined {
  const least = market.terms.minimumSize
  if (lots < least) return `The smallest order is ${market.sizeText(least)} ${market.base.symbol}`
  if (lots > BigInt(MAX_LOTS))
    return `The largest order is ${market.sizeText(BigInt(MAX_LOTS))} ${market.base.symbol}`
  return undefined
}

/** The largest order that the money is enough for, in lots; undefined where price or money is not known. */
export function mostLots(draft: Draft, facts: Facts): bigint | undefined {
  const { market, base, quote } = facts
  if (draft.side === 'sell') return base === undefined ? undefined : base / market.terms.lot
  const prices = readPrices(draft, facts, () => {})
  if (!prices || quote === undefined) return undefined
  return lotsOf(market.terms, sizing('buy', market, prices), quote)
}

/** Most minutes that an order may be good for: a year. */
const MAX_MINUTES = 525_600n

function readExpiry(draft: Draft, { height, time }: Facts, note: Note): Expiry | undefined {
  if (draft.kind === 'market') return undefined
  if (draft.lasts === 'minutes' && draft.minutes.trim() !== '') {
    const minutes = unitsIn(draft.minutes, 0)
    if (minutes === undefined || minutes < 1n || minutes > MAX_MINUTES)
      note('minutes', `1 to ${MAX_MINUTES} minutes`)
    else return { time: time + minutes * 60n }
  }
  if (draft.lasts === 'block' && draft.block.trim() !== '') {
    const block = unitsIn(typed(draft.block), 0)
    if (block === undefined || block <= height + 1n) note('block', `A block after ${height + 1n}`)
    else return { height: block }
  }
  return undefined
}

function readReceiver({ source, receiver }: Draft, note: Note): Address | undefined {
  if (source !== 'coins' || receiver.trim() === '') return undefined
  const parsed = parseAddress(receiver.trim())
  if (parsed.ok) return parsed.value
  note('receiver', 'An address is 0x and 40 digits')
  return undefined
}

function previewOf(draft: Draft, facts: Facts, prices: Prices, lots: bigint): Preview {
  const { market } = facts
  const isBuy = draft.side === 'buy'
  const terms = sizing(draft.side, market, prices)
  const highest = highestLimit(terms)
  const first = firstBatch(draft, facts, prices, lots)
  const tradesNow = first !== undefined
  const expected = first?.price ?? prices.limit
  const counted = first && timeInForceOf(draft) === 'immediateOrCancel' ? first.fills : lots
  const value = market.costOf(counted, expected)
  const makerFee = tradingFee(value, market.makerBps, market.feeUnit)
  const takerFee = tradingFee(value, market.takerBps, market.feeUnit)
  const locks = amountFor(market.terms, terms, lots)
  const lowest = prices.second !== undefined && prices.second < prices.limit ? prices.second : prices.limit
  const least = market.costOf(lots, lowest)
  return {
    ...{ lots, locks, expected, tradesNow, value, makerFee, takerFee },
    fills: facts.book && (first?.fills ?? 0n),
    worst: isBuy ? highest : lowest,
    gets: isBuy ? market.baseOf(counted) : value - (tradesNow ? takerFee : makerFee),
    bound: isBuy ? locks : least - tradingFee(least, terms.maxFeeBps, 1n),
  }
}

/** What an order does in its first batch; undefined where nothing trades. Without a book, the best price is all that is known. */
function firstBatch(draft: Draft, facts: Facts, prices: Prices, lots: bigint): Expectation | undefined {
  if (prices.trigger !== undefined && prices.second === undefined) return undefined
  const { side } = draft
  const { book, last } = facts
  if (book === undefined) {
    const best = side === 'buy' ? facts.ask : facts.bid
    const reaches = best !== undefined && (side === 'buy' ? best <= prices.limit : best >= prices.limit)
    return reaches ? { price: best, fills: lots } : undefined
  }
  const first = expectationOf(book, last, { side, limit: prices.limit, lots })
  return first && timeInForceOf(draft) === 'fillOrKill' && first.fills < lots ? undefined : first
}

function tooDear(draft: Draft, { market, base, quote }: Facts, { locks }: Preview): string | undefined {
  const [token, free] = draft.side === 'buy' ? [market.quote, quote] : [market.base, base]
  if (free === undefined || locks <= free) return undefined
  const text = (units: bigint) => `${shortly(units, token.decimals)} ${token.symbol}`
  return `This needs ${text(locks)}; you have ${text(free)}`
}

interface Parts {
  readonly prices: Prices
  readonly preview: Preview
  readonly minFill: bigint | undefined
  readonly expiry: Expiry | undefined
  readonly receiver: Address | undefined
}

function orderOf(
  draft: Draft,
  { market }: Facts,
  { prices, preview, minFill, expiry, receiver }: Parts,
): OrderRequest {
  const timeInForce = timeInForceOf(draft)
  const trigger = triggerOf(draft.kind, prices)
  return {
    ...{ market, side: draft.side, price: prices.limit, lots: preview.lots, timeInForce },
    postOnly: draft.postOnly && timeInForce === 'goodTillCancel' && draft.kind !== 'market',
    selfTradePrevention: draft.selfTrade,
    from: draft.source,
    ...(minFill !== undefined && { minFill }),
    ...(trigger && { trigger }),
    ...(expiry && { expiry }),
    ...(receiver && { receiver }),
  }
}

function timeInForceOf({ kind, lasts }: Draft): NonNullable<OrderRequest['timeInForce']> {
  if (lasts === 'allOrNothing') return 'fillOrKill'
  return lasts === 'once' || kind === 'market' ? 'immediateOrCancel' : 'goodTillCancel'
}

function triggerOf(kind: Kind, { trigger, second }: Prices): Trigger | undefined {
  if (trigger === undefined) return undefined
  if (kind === 'oneCancelsOther' && second !== undefined) return { type: kind, at: trigger, limit: second }
  return kind === 'stop' || kind === 'takeProfit' ? { type: kind, at: trigger } : undefined
}

/** A tenth: a price that much worse than the best one is more often a slip than a wish. */
const FAR_TENTHS = 1n

function warningsOf(draft: Draft, facts: Facts, prices: Prices | undefined): string[] {
  if (!prices) return []
  const { market, bid, ask, last } = facts
  const isBuy = draft.side === 'buy'
  const best = isBuy ? ask : bid
  const warnings: string[] = []
  const reaches = best !== undefined && (isBuy ? prices.limit >= best : prices.limit <= best)
  if (draft.postOnly && draft.kind === 'limit' && reaches) {
    warnings.push(
      `It would trade with the best ${isBuy ? 'offer' : 'bid'} of ${market.priceText(best)}, so a post-only order is given back.`,
    )
  }
  const isFar =
    best !== undefined &&
    (isBuy ? prices.limit * 10n > best * (10n + FAR_TENTHS) : prices.limit * 10n < best * (10n - FAR_TENTHS))
  if (draft.kind === 'limit' && isFar) {
    warnings.push(`Your limit is more than 10 % worse than the best price, ${market.priceText(best)}.`)
  }
  if (prices.trigger !== undefined && last !== undefined) {
    const isAbove = (draft.kind === 'takeProfit') !== isBuy
    const isThere = isAbove ? last >= prices.trigger : last <= prices.trigger
    if (isThere) {
      warnings.push(
        `The last price, ${market.priceText(last)}, is there already: it acts with the next trade.`,
      )
    }
  }
  return warnings
}
