import { type OmgError, protocolError, type Result } from './error.ts'
import { type Address, type Guard, type Hash, ZERO_HASH } from './hex.ts'
import { MAX_FEE_BPS, ORDER_TERMS_BYTES } from './limits.ts'
import { Reader } from './reader.ts'
import { taggedHash } from './tag.ts'
import { Writer } from './writer.ts'

const PROCEEDS = ['coin', 'trading', 'chained'] as const
const SIDES = ['buy', 'sell'] as const
const EXPIRIES = ['never', 'height', 'time'] as const
const TIMES_IN_FORCE = ['goodTillCancel', 'immediateOrCancel', 'fillOrKill'] as const
const POST_ONLY = ['no', 'yes'] as const
const SELF_TRADE = ['expireMaker', 'expireTaker', 'expireBoth', 'decrement'] as const
const TRIGGERS = ['none', 'wakeAbove', 'wakeBelow', 'turnAbove', 'turnBelow'] as const

/** The terms of an ORDER: its price tag. The guard of the output is their hash. */
export interface OrderTerms {
  readonly owner: Address
  /** A key that may trade but never withdraw; zero for none. */
  readonly agent: Address
  /** Who gets the proceeds. */
  readonly receiver: Address
  /** Where the proceeds go: a coin, the trading balance, or the chained terms named by `proceedsGuard`. */
  readonly proceedsKind: (typeof PROCEEDS)[number]
  /** The guard of the chained terms; zero otherwise. */
  readonly proceedsGuard: Guard
  /** The market's id; zero makes a trading balance, which never matches and waits for instructions. */
  readonly market: Hash
  readonly side: (typeof SIDES)[number]
  /** The worst price, in ticks. */
  readonly limit: bigint
  readonly expiryKind: (typeof EXPIRIES)[number]
  /** A block height or a time in seconds; zero for `never`. */
  readonly expiry: bigint
  /** The smallest fill, in lots. */
  readonly minFill: bigint
  readonly timeInForce: (typeof TIMES_IN_FORCE)[number]
  readonly postOnly: boolean
  readonly selfTradePrevention: (typeof SELF_TRADE)[number]
  /**
   * `wake...`: the order sleeps until the clearing price is at or beyond `triggerPrice`. `turn...` is
   * one-cancels-other in one coin: it stands at `limit`, and at `triggerLimit` once the price is crossed.
   */
  readonly triggerKind: (typeof TRIGGERS)[number]
  /** In ticks; zero without a trigger. */
  readonly triggerPrice: bigint
  /** In ticks; zero unless the trigger turns the order. */
  readonly triggerLimit: bigint
  /** The highest trading fee the owner accepts, in hundredths of a percent. */
  readonly maxFeeBps: number
  /** Free for the client's own use. */
  readonly clientId: Hash
  /** Makes equal orders differ. */
  readonly nonce: Hash
}

/** The guard of an ORDER: `keccak(0x06 ‖ terms)`. A live order is named by it. */
export function orderGuard(terms: OrderTerms): Guard {
  return taggedHash('orderGuard', encodeOrderTerms(terms)) as Guard
}

/** Order terms as 237 bytes. Throws where they are not valid. */
export function encodeOrderTerms(terms: OrderTerms): Uint8Array {
  const writer = new Writer(ORDER_TERMS_BYTES)
  writeOrderTerms(writer, terms)
  return writer.finish()
}

/** 237 bytes to order terms. Errors: `encoding.truncated`, `.trailing`, `.kind`, `.range`, `.unused`. */
export function decodeOrderTerms(bytes: Uint8Array): Result<OrderTerms> {
  const reader = new Reader(bytes)
  return reader.finish(readOrderTerms(reader))
}

export function writeOrderTerms(writer: Writer, terms: OrderTerms): void {
  const problem = termsProblem(terms)
  if (problem) throw problem
  writer
    .address(terms.owner)
    .address(terms.agent)
    .address(terms.receiver)
    .name(PROCEEDS, terms.proceedsKind, 'proceeds')
    .hash(terms.proceedsGuard)
    .hash(terms.market)
    .name(SIDES, terms.side, 'side')
    .u64(terms.limit)
    .name(EXPIRIES, terms.expiryKind, 'expiry')
    .u64(terms.expiry)
    .u64(terms.minFill)
    .name(TIMES_IN_FORCE, terms.timeInForce, 'time in force')
    .u8(terms.postOnly ? 1 : 0)
    .name(SELF_TRADE, terms.selfTradePrevention, 'self-trade prevention')
    .name(TRIGGERS, terms.triggerKind, 'trigger')
    .u64(terms.triggerPrice)
    .u64(terms.triggerLimit)
    .u16(terms.maxFeeBps)
    .hash(terms.clientId)
    .hash(terms.nonce)
}

export function readOrderTerms(reader: Reader): OrderTerms {
  const terms: OrderTerms = {
    owner: reader.address(),
    agent: reader.address(),
    receiver: reader.address(),
    proceedsKind: reader.name(PROCEEDS, 'proceeds'),
    proceedsGuard: reader.hash<Guard>(),
    market: reader.hash(),
    side: reader.name(SIDES, 'side'),
    limit: reader.u64(),
    expiryKind: reader.name(EXPIRIES, 'expiry'),
    expiry: reader.u64(),
    minFill: reader.u64(),
    timeInForce: reader.name(TIMES_IN_FORCE, 'time in force'),
    postOnly: reader.name(POST_ONLY, 'post-only') === 'yes',
    selfTradePrevention: reader.name(SELF_TRADE, 'self-trade prevention'),
    triggerKind: reader.name(TRIGGERS, 'trigger'),
    triggerPrice: reader.u64(),
    triggerLimit: reader.u64(),
    maxFeeBps: reader.u16(),
    clientId: reader.hash(),
    nonce: reader.hash(),
  }
  if (!reader.failed) reader.refuse(termsProblem(terms))
  return terms
}

/** Unused fields are zero: otherwise the same order would have many names. */
function termsProblem(terms: OrderTerms): OmgError | undefined {
  const turns = terms.triggerKind === 'turnAbove' || terms.triggerKind === 'turnBelow'
  if (terms.maxFeeBps > MAX_FEE_BPS) return protocolError('encoding.range', 'a fee above 100 %')
  if (terms.proceedsKind !== 'chained' && terms.proceedsGuard !== ZERO_HASH) return unused('proceedsGuard')
  if (terms.expiryKind === 'never' && terms.expiry !== 0n) return unused('expiry')
  if (terms.triggerKind === 'none' && terms.triggerPrice !== 0n) return unused('triggerPrice')
  if (!turns && terms.triggerLimit !== 0n) return unused('triggerLimit')
  return undefined
}

function unused(field: string): OmgError {
  return protocolError('encoding.unused', `${field} is set but not used`)
}
