import { type OmgError, protocolError, type Result } from './error.ts'
import { type Address, type Guard, type Hash, ZERO_ADDRESS, ZERO_HASH } from './hex.ts'
import { MAX_CHAIN_LINKS, MAX_FEE_BPS, ORDER_TERMS_BYTES } from './limits.ts'
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

const NO_TERMS: OrderTerms = {
  owner: ZERO_ADDRESS,
  agent: ZERO_ADDRESS,
  receiver: ZERO_ADDRESS,
  proceedsKind: 'coin',
  proceedsGuard: ZERO_HASH as Guard,
  market: ZERO_HASH,
  side: 'buy',
  limit: 0n,
  expiryKind: 'never',
  expiry: 0n,
  minFill: 0n,
  timeInForce: 'goodTillCancel',
  postOnly: false,
  selfTradePrevention: 'expireMaker',
  triggerKind: 'none',
  triggerPrice: 0n,
  triggerLimit: 0n,
  maxFeeBps: 0,
  clientId: ZERO_HASH,
  nonce: ZERO_HASH,
}

/** Lets private fields be put on an object that exists already. */
class Existing {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is how a subclass gets at it.
    return object
  }
}

/**
 * What terms come to, kept on them where nobody sees it: a chain asks for the same ones again and again. A table beside hundreds of
 * thousands of terms would be walked at every turn of the collector.
 */
class Known extends Existing {
  #guard: Guard | undefined
  #encoding: Uint8Array | undefined

  static guard(terms: object): Guard | undefined {
    return #guard in terms ? terms.#guard : undefined
  }

  static encoding(terms: object): Uint8Array | undefined {
    return #guard in terms ? terms.#encoding : undefined
  }

  static keepGuard(terms: object, guard: Guard): void {
    if (!(#guard in terms)) new Known(terms)
    ;(terms as Known).#guard = guard
  }

  static keepEncoding(terms: object, encoding: Uint8Array): void {
    if (!(#guard in terms)) new Known(terms)
    ;(terms as Known).#encoding = encoding
  }
}

/** The guard of an ORDER: `keccak(0x06 ‖ terms)`. A live order is named by it. */
export function orderGuard(terms: OrderTerms): Guard {
  const known = Known.guard(terms)
  if (known !== undefined) return known
  const guard = taggedHash('orderGuard', encodingOf(terms)) as Guard
  Known.keepGuard(terms, guard)
  return guard
}

/** Tells {@link orderGuard} the guard of terms whose hash was compared with it before. Returns the terms. */
export function withGuard(terms: OrderTerms, guard: Guard): OrderTerms {
  Known.keepGuard(terms, guard)
  return terms
}

/** The terms of a trading balance: all but its three addresses is zero, so that there is one guard for each triple. */
export function tradingTerms(owner: Address, agent: Address, receiver: Address): OrderTerms {
  return { ...NO_TERMS, owner, agent, receiver }
}

/** Whether terms are those of a trading balance: `market` is zero, and so is everything that has no meaning there. */
export function isTradingBalance(terms: OrderTerms): boolean {
  if (terms.market !== ZERO_HASH) return false
  for (const field of MEANINGLESS) if (terms[field] !== NO_TERMS[field]) return false
  return true
}

/** The fields that are zero in the terms of a trading balance. */
const MEANINGLESS = Object.keys(NO_TERMS).filter(
  field => field !== 'owner' && field !== 'agent' && field !== 'receiver',
) as (keyof OrderTerms)[]

/**
 * What is wrong with the terms in a witness, if anything: first the terms of each of `guards`, in their order; then every other that
 * a chained order refers to, in order of first reference. No chain has more than four links.
 */
export function orderTermsProblem(
  guards: readonly Guard[],
  terms: readonly OrderTerms[],
): OmgError | undefined {
  const own = terms.map(orderGuard)
  if (guards.some((guard, i) => own[i] !== guard)) return protocolError('encoding.witness', 'other terms')
  let listed = guards.length
  for (let i = 0; i < listed; i++) {
    const { proceedsKind, proceedsGuard } = terms[i]!
    if (proceedsKind !== 'chained' || own.slice(0, listed).includes(proceedsGuard)) continue
    if (own[listed] !== proceedsGuard) return protocolError('encoding.witness', 'not the chained terms')
    listed++
  }
  if (listed < terms.length) return protocolError('encoding.witness', 'terms that nothing refers to')
  const tooLong = terms.some((_, i) => linksFrom(i, terms, own) > MAX_CHAIN_LINKS)
  return tooLong ? protocolError('encoding.witness', 'a chain of more than four links') : undefined
}

/** Links of the chain that starts at terms `i`. It ends: no terms can name a guard that depends on their own. */
function linksFrom(i: number, terms: readonly OrderTerms[], own: readonly Guard[]): number {
  const { proceedsKind, proceedsGuard } = terms[i]!
  return proceedsKind === 'chained' ? 1 + linksFrom(own.indexOf(proceedsGuard), terms, own) : 0
}

/** Order terms as 237 bytes. Throws where they are not valid. */
export function encodeOrderTerms(terms: OrderTerms): Uint8Array {
  return encodingOf(terms).slice()
}

/** 237 bytes to order terms. Errors: `encoding.truncated`, `.trailing`, `.kind`, `.range`, `.unused`. */
export function decodeOrderTerms(bytes: Uint8Array): Result<OrderTerms> {
  const reader = new Reader(bytes)
  return reader.finish(readOrderTerms(reader))
}

export function writeOrderTerms(writer: Writer, terms: OrderTerms): void {
  writer.raw(encodingOf(terms))
}

/** The one encoding of terms, not to be changed. */
function encodingOf(terms: OrderTerms): Uint8Array {
  const known = Known.encoding(terms)
  if (known !== undefined) return known
  const problem = termsProblem(terms)
  if (problem) throw problem
  const writer = new Writer(ORDER_TERMS_BYTES)
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
  const bytes = writer.finish()
  Known.keepEncoding(terms, bytes)
  return bytes
}

/** The names of the values of each enumeration in order terms, in the order of their codes. */
export const TERMS_NAMES = {
  proceedsKind: PROCEEDS,
  side: SIDES,
  expiryKind: EXPIRIES,
  timeInForce: TIMES_IN_FORCE,
  selfTradePrevention: SELF_TRADE,
  triggerKind: TRIGGERS,
} as const

export function readOrderTerms(reader: Reader): OrderTerms {
  const bytes = reader.peek(ORDER_TERMS_BYTES)
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
  // One encoding each: these bytes are what the terms encode to.
  if (!reader.failed && bytes) Known.keepEncoding(terms, bytes.slice())
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
