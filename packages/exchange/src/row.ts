import { MAX_U32, writeHex } from '@omg/protocol'
import type { BookOrder } from './types.ts'

/** Kinds in the order of their codes on the wire (docs/encoding.md). */
const EXPIRIES: readonly BookOrder['expiryKind'][] = ['never', 'height', 'time']
const TIMES_IN_FORCE: readonly BookOrder['timeInForce'][] = [
  'goodTillCancel',
  'immediateOrCancel',
  'fillOrKill',
]
const SELF_TRADE: readonly BookOrder['selfTradePrevention'][] = [
  'expireMaker',
  'expireTaker',
  'expireBoth',
  'decrement',
]
const TRIGGERS: readonly BookOrder['triggerKind'][] = [
  'none',
  'wakeAbove',
  'wakeBelow',
  'turnAbove',
  'turnBelow',
]

/** Everything about an order that fits few bits, packed in 16. */
export const FLAG = {
  sell: 1,
  postOnly: 1 << 1,
  triggered: 1 << 2,
  acted: 1 << 3,
  expiryShift: 4,
  timeInForceShift: 6,
  selfTradeShift: 8,
  triggerShift: 10,
} as const

export const EXPIRY = { never: 0, height: 1, time: 2 } as const
export const TIME_IN_FORCE = { goodTillCancel: 0, immediateOrCancel: 1, fillOrKill: 2 } as const
export const SELF_TRADE_MODE = { expireMaker: 0, expireTaker: 1, expireBoth: 2, decrement: 3 } as const
export const TRIGGER = { none: 0, wakeAbove: 1, wakeBelow: 2, turnAbove: 3, turnBelow: 4 } as const

/** An order as the columns of a book hold it: the way in for callers that have bytes already. */
export interface OrderRow {
  /** Bytes in which the guard starts at `guardAt`. */
  readonly guard: Uint8Array
  readonly guardAt: number
  /** Bytes in which the owner starts at `ownerAt`. */
  readonly owner: Uint8Array
  readonly ownerAt: number
  /** {@link FLAG}. */
  readonly flags: number
  readonly limit: number
  readonly lots: number
  readonly height: number
  /** The position: its checkpoint, and its last 32 bits. Orders come from transactions, so the sequence is 0. */
  readonly checkpoint: number
  readonly path: number
  readonly maxFeeBps: number
  readonly minFill: number
  /** Saturated at 2^53 - 1, which no height and no time reaches. */
  readonly expiry: number
  readonly triggerPrice: number
  readonly triggerLimit: number
}

/** Guard and owner. */
const NAME_BYTES = 52

/** The low half of a position, and its words in the byte order of the machine: path and sequence. */
const low = new BigUint64Array(1)
const words = new Uint32Array(low.buffer)

/**
 * An order as a row, with its names in the first 52 of `names`. Throws where a number does not fit: the order was not made by
 * {@link bookOrder}.
 */
export function rowOf(order: BookOrder, names: Uint8Array = new Uint8Array(NAME_BYTES)): OrderRow {
  const { limit, lots, maxFeeBps, minFill, triggerPrice, triggerLimit } = order
  low[0] = order.position
  if (words[1] !== 0) throw new Error('a deposit makes no order')
  writeHex(order.guard, names, 0)
  writeHex(order.owner, names, 32)
  return {
    guard: names,
    guardAt: 0,
    owner: names,
    ownerAt: 32,
    flags: flagsOf(order),
    limit,
    lots,
    height: u32(order.height),
    checkpoint: u32(order.position >> 64n),
    path: words[0]!,
    maxFeeBps,
    minFill,
    expiry: Number(order.expiry > MAX_EXPIRY ? MAX_EXPIRY : order.expiry),
    triggerPrice,
    triggerLimit,
  }
}

function flagsOf(order: BookOrder): number {
  return (
    (order.side === 'sell' ? FLAG.sell : 0) |
    (order.postOnly ? FLAG.postOnly : 0) |
    (order.triggered ? FLAG.triggered : 0) |
    (order.acted ? FLAG.acted : 0) |
    (EXPIRIES.indexOf(order.expiryKind) << FLAG.expiryShift) |
    (TIMES_IN_FORCE.indexOf(order.timeInForce) << FLAG.timeInForceShift) |
    (SELF_TRADE.indexOf(order.selfTradePrevention) << FLAG.selfTradeShift) |
    (TRIGGERS.indexOf(order.triggerKind) << FLAG.triggerShift)
  )
}

const FLAG_BITS = 13

/** What flags say, in words; undefined where a kind or a flag does not exist. */
export function readFlags(flags: number) {
  const expiryKind = EXPIRIES[(flags >> FLAG.expiryShift) & 3]
  const timeInForce = TIMES_IN_FORCE[(flags >> FLAG.timeInForceShift) & 3]
  const selfTradePrevention = SELF_TRADE[(flags >> FLAG.selfTradeShift) & 3]
  const triggerKind = TRIGGERS[(flags >> FLAG.triggerShift) & 7]
  if (flags >> FLAG_BITS !== 0 || !expiryKind || !timeInForce || !selfTradePrevention || !triggerKind)
    return undefined
  return {
    side: flags & FLAG.sell ? ('sell' as const) : ('buy' as const),
    postOnly: (flags & FLAG.postOnly) !== 0,
    triggered: (flags & FLAG.triggered) !== 0,
    acted: (flags & FLAG.acted) !== 0,
    expiryKind,
    timeInForce,
    selfTradePrevention,
    triggerKind,
  }
}

const MAX_EXPIRY = BigInt(Number.MAX_SAFE_INTEGER)

const LARGEST_U32 = BigInt(MAX_U32)

function u32(value: bigint): number {
  if (value < 0n || value > LARGEST_U32) throw new Error(`${value} does not fit 32 bits`)
  return Number(value)
}
