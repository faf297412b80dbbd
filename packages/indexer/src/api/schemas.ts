import { CANDLE_INTERVALS, type CandleInterval } from '@omg/exchange'
import type { Address, Hash } from '@omg/protocol'
import { z } from 'zod'
import { DEFAULT_PAGE_ROWS, MAX_CURSOR_CHARACTERS, MAX_PAGE_ROWS } from '../query/cursor.ts'
import { DEFAULT_BOOK_LEVELS, MAX_BOOK_LEVELS } from '../query/markets.ts'

// Requests.

const hexOf = (bytes: number, name: string) =>
  z.string().regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`), `is not ${name} (0x and ${2 * bytes} digits)`)

export const addressParam = hexOf(20, 'an address').transform(text => text.toLowerCase() as Address)
export const hashParam = hexOf(32, 'a hash').transform(text => text.toLowerCase() as Hash)
export const heightParam = z
  .string()
  .regex(/^(0|[1-9]\d{0,14})$/, 'is not a height')
  .transform(BigInt)

export const pageQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE_ROWS)
    .default(DEFAULT_PAGE_ROWS)
    .describe('rows of the page'),
  cursor: z.string().max(MAX_CURSOR_CHARACTERS).optional().describe('`next` of the page before'),
})
export const outputsQuery = pageQuery.extend({
  state: z.enum(['live', 'spent', 'all']).default('live'),
  token: addressParam.optional(),
})
export const ordersQuery = pageQuery.extend({
  state: z.enum(['open', 'closed', 'all']).default('open'),
  market: hashParam.optional(),
})
export const fillsQuery = pageQuery.extend({ market: hashParam.optional() })
const seconds = z
  .string()
  .regex(/^\d{1,19}$/, 'is not a time in seconds')
  .transform(BigInt)
export const INTERVALS = Object.keys(CANDLE_INTERVALS) as [CandleInterval, ...CandleInterval[]]
export const candlesQuery = pageQuery.extend({
  interval: z.enum(INTERVALS).default('1m'),
  from: seconds.optional().describe('first second that a candle may start at'),
  to: seconds.optional().describe('last second that a candle may start at'),
})
export const bookQuery = z.strictObject({
  levels: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_BOOK_LEVELS)
    .default(DEFAULT_BOOK_LEVELS)
    .describe('levels of each side'),
})
export const tapeQuery = z.strictObject({
  from: heightParam.default(0n).describe('first block'),
  to: heightParam.optional().describe('last block'),
})

// Answers.

/** Integers of any size travel as decimal strings: amounts in token units, heights, positions, times in seconds. */
export const decimal = z
  .string()
  .regex(/^-?\d+$/)
  .meta({ title: 'Decimal' })
export const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .meta({ title: 'Hash' })
export const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/)
  .meta({ title: 'Address' })
const kind = z.enum(['pay', 'move', 'settle', 'claim', 'refund', 'fee', 'deposit'])
const heldAs = z.enum(['coin', 'trading', 'order', 'item', 'unknown', 'other'])

export const pageShape = <T extends z.ZodType>(items: T) =>
  z.object({ items: z.array(items), next: z.string().nullable().describe('cursor of the next page') })

export const blockShape = z.object({
  height: decimal,
  time: decimal,
  appHash: hash,
  previousAppHash: hash,
  checkpoint: decimal,
  origin: decimal,
  originHash: hash,
  originTime: decimal,
  inboxCursor: decimal,
  closes: z.boolean(),
  transactions: z.int(),
  deposits: z.int(),
  bytes: z.int(),
})

export const checkpointShape = z.object({
  number: decimal,
  daMode: z.enum(['plasma', 'blob']),
  txRoot: hash,
  txCount: z.int(),
  origin: decimal,
  originHash: hash,
  inboxCursor: decimal,
  firstHeight: decimal,
  lastHeight: decimal,
  commitment: z
    .object({
      headerHash: hash,
      ethereumBlock: decimal,
      ethereumTime: decimal,
      ethereumTransaction: hash.nullable(),
    })
    .nullable(),
})

export const transactionRowShape = z.object({
  hash,
  height: decimal,
  place: z.int(),
  path: decimal,
  kind,
  signers: z.array(address),
  validUntil: decimal.nullable(),
  memo: hash.nullable(),
  market: hash.nullable(),
  price: decimal.nullable(),
  feeLanes: decimal,
  bytes: z.int(),
})

export const outputShape = z.object({
  id: hash,
  type: z.enum(['coin', 'order', 'fee', 'swap', 'chain', 'item']),
  guard: hash,
  owner: address.nullable(),
  token: address,
  amount: decimal,
  heldAs,
  position: decimal,
  height: decimal,
  txHash: hash.nullable(),
  outputIndex: z.int(),
  spentHeight: decimal.nullable(),
  spentBy: hash.nullable(),
})

export const transactionShape = transactionRowShape.extend({
  time: decimal,
  checkpoint: decimal,
  inputs: z.array(outputShape),
  outputs: z.array(outputShape),
})

export const balanceShape = z.object({
  owner: address,
  token: address,
  heldAs,
  amount: decimal,
  outputs: decimal,
})

export const activityShape = z.object({
  owner: address,
  height: decimal,
  ordinal: z.int(),
  time: decimal,
  kind,
  txHash: hash.nullable(),
  outputId: hash.nullable(),
  token: address,
  item: decimal.nullable(),
  received: decimal,
  sent: decimal,
})

export const tokenShape = z.object({
  token: address,
  supply: decimal,
  outputs: decimal,
  items: decimal,
  deposited: decimal,
  fees: decimal,
})

export const feeShape = z.object({ token: address, height: decimal, amount: decimal })

export const marketShape = z.object({
  id: hash,
  base: address,
  quote: address,
  tick: decimal,
  lot: decimal,
  tier: z.enum(['bonded', 'guarded', 'safe']),
  minimumSize: decimal,
  state: z.enum(['active', 'postOnly', 'cancelOnly', 'closed']),
  listedHeight: decimal,
  stateHeight: decimal,
})

const side = z.enum(['buy', 'sell'])
const timed = { market: hash, height: decimal, time: decimal }

export const tickerShape = z.object({
  ...timed,
  last: decimal.nullable(),
  open: decimal.nullable(),
  high: decimal.nullable(),
  low: decimal.nullable(),
  lots: decimal,
  value: decimal,
  trades: decimal,
  bid: decimal.nullable(),
  bidLots: decimal.nullable(),
  ask: decimal.nullable(),
  askLots: decimal.nullable(),
})

const level = z.object({ tick: decimal, lots: decimal, orders: decimal })
export const bookShape = z.object({
  market: hash,
  height: decimal,
  bids: z.array(level),
  asks: z.array(level),
})

export const tradeShape = z.object({
  ...timed,
  price: decimal,
  lots: decimal,
  value: decimal,
  takerBuyLots: decimal,
  takerSellLots: decimal,
})

export const candleShape = z.object({
  market: hash,
  interval: z.enum(INTERVALS),
  start: decimal,
  open: decimal,
  high: decimal,
  low: decimal,
  close: decimal,
  lots: decimal,
  value: decimal,
  trades: decimal,
})

const counts = z.record(z.string(), z.int())
export const batchShape = z.object({
  ...timed,
  price: decimal.nullable(),
  volume: decimal,
  low: decimal.nullable(),
  high: decimal.nullable(),
  demand: decimal,
  supply: decimal,
  rationing: z.object({ side, tick: z.int(), height: decimal, lots: z.int(), of: z.int() }).nullable(),
  buys: z.int(),
  sells: z.int(),
  releases: counts,
  leftOut: counts,
  settlements: z.int(),
})

export const clearingShape = batchShape.extend({
  levels: z.array(z.object({ side, tick: decimal, lots: decimal, orders: decimal })),
  exact: z.boolean(),
})

export const orderShape = z.object({
  guard: hash,
  height: decimal,
  position: decimal,
  time: decimal,
  market: hash,
  owner: address,
  side,
  limitPrice: decimal,
  lots: decimal,
  remaining: decimal,
  tick: decimal,
  asleep: z.boolean(),
  status: z.enum(['open', 'filled', 'cancelled', 'amended', 'spent', 'released']),
  release: z.string().nullable(),
  closedHeight: decimal.nullable(),
  filled: decimal,
  value: decimal,
  fee: decimal,
  updatedHeight: decimal,
  terms: z.looseObject({ agent: address, receiver: address, clientId: hash, nonce: hash }),
})

export const fillShape = z.object({
  ...timed,
  guard: hash,
  orderHeight: decimal,
  owner: address,
  side,
  price: decimal,
  lots: decimal,
  value: decimal,
  fee: decimal,
  maker: z.boolean(),
  txHash: hash,
})

export const statusShape = z.object({
  height: decimal,
  headHeight: decimal,
  time: decimal,
  appHash: hash,
  problem: z.object({ code: z.string(), message: z.string(), action: z.string() }).nullable(),
})

export const problemShape = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  action: z.string(),
})
