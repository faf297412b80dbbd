import {
  type Address,
  type Guard,
  type Hash,
  type Hex,
  ORDER_TERMS_BYTES,
  type OrderTerms,
  TERMS_NAMES,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { textAt } from '../text.ts'
import { readU64, writeU64 } from '../u64.ts'

/** Where the fields of order terms stand in their 237 bytes (docs/encoding.md, "Order terms"). */
export const TERMS = {
  owner: 0,
  agent: 20,
  receiver: 40,
  proceedsKind: 60,
  proceedsGuard: 61,
  market: 93,
  side: 125,
  limit: 126,
  expiryKind: 134,
  expiry: 135,
  minFill: 143,
  timeInForce: 151,
  postOnly: 152,
  selfTradePrevention: 153,
  triggerKind: 154,
  triggerPrice: 155,
  triggerLimit: 163,
  maxFeeBps: 171,
  clientId: 173,
  nonce: 205,
} as const

const NAMES = TERMS_NAMES

/** Terms from bytes of the ledger's own: what decodeOrderTerms gives, without asking whether they are valid. */
export function termsIn(bytes: Buffer, at: number): OrderTerms {
  return {
    owner: owners.textOf(bytes, at + TERMS.owner) as Address,
    agent: owners.textOf(bytes, at + TERMS.agent) as Address,
    receiver: owners.textOf(bytes, at + TERMS.receiver) as Address,
    proceedsKind: NAMES.proceedsKind[bytes[at + TERMS.proceedsKind]!]!,
    proceedsGuard: hashIn(bytes, at + TERMS.proceedsGuard) as Guard,
    market: markets.textOf(bytes, at + TERMS.market) as Hash,
    side: NAMES.side[bytes[at + TERMS.side]!]!,
    limit: readU64(bytes, at + TERMS.limit),
    expiryKind: NAMES.expiryKind[bytes[at + TERMS.expiryKind]!]!,
    expiry: u64In(bytes, at + TERMS.expiry),
    minFill: u64In(bytes, at + TERMS.minFill),
    timeInForce: NAMES.timeInForce[bytes[at + TERMS.timeInForce]!]!,
    postOnly: bytes[at + TERMS.postOnly] === 1,
    selfTradePrevention: NAMES.selfTradePrevention[bytes[at + TERMS.selfTradePrevention]!]!,
    triggerKind: NAMES.triggerKind[bytes[at + TERMS.triggerKind]!]!,
    triggerPrice: u64In(bytes, at + TERMS.triggerPrice),
    triggerLimit: u64In(bytes, at + TERMS.triggerLimit),
    maxFeeBps: (bytes[at + TERMS.maxFeeBps]! << 8) | bytes[at + TERMS.maxFeeBps + 1]!,
    clientId: hashIn(bytes, at + TERMS.clientId),
    nonce: hashIn(bytes, at + TERMS.nonce),
  }
}

/** Writes terms of the ledger's own as their 237 bytes: what encodeOrderTerms gives, without asking whether they are valid. */
export function writeTermsTo(terms: OrderTerms, target: Buffer, at: number): void {
  target.fill(0, at, at + ORDER_TERMS_BYTES)
  target.write(terms.owner.slice(2), at + TERMS.owner, 'hex')
  if (terms.agent !== ZERO_ADDRESS) target.write(terms.agent.slice(2), at + TERMS.agent, 'hex')
  target.write(terms.receiver.slice(2), at + TERMS.receiver, 'hex')
  target[at + TERMS.proceedsKind] = NAMES.proceedsKind.indexOf(terms.proceedsKind)
  writeHash(terms.proceedsGuard, target, at + TERMS.proceedsGuard)
  writeHash(terms.market, target, at + TERMS.market)
  target[at + TERMS.side] = NAMES.side.indexOf(terms.side)
  writeU64(terms.limit, target, at + TERMS.limit)
  target[at + TERMS.expiryKind] = NAMES.expiryKind.indexOf(terms.expiryKind)
  if (terms.expiry !== 0n) writeU64(terms.expiry, target, at + TERMS.expiry)
  if (terms.minFill !== 0n) writeU64(terms.minFill, target, at + TERMS.minFill)
  target[at + TERMS.timeInForce] = NAMES.timeInForce.indexOf(terms.timeInForce)
  target[at + TERMS.postOnly] = terms.postOnly ? 1 : 0
  target[at + TERMS.selfTradePrevention] = NAMES.selfTradePrevention.indexOf(terms.selfTradePrevention)
  target[at + TERMS.triggerKind] = NAMES.triggerKind.indexOf(terms.triggerKind)
  if (terms.triggerPrice !== 0n) writeU64(terms.triggerPrice, target, at + TERMS.triggerPrice)
  if (terms.triggerLimit !== 0n) writeU64(terms.triggerLimit, target, at + TERMS.triggerLimit)
  target.writeUInt16BE(terms.maxFeeBps, at + TERMS.maxFeeBps)
  writeHash(terms.clientId, target, at + TERMS.clientId)
  writeHash(terms.nonce, target, at + TERMS.nonce)
}

/** 32 bytes as text. Zero, which most optional fields are, is one string. */
export function hashIn(bytes: Buffer, at: number): Hash {
  return isZero(bytes, at, 32) ? ZERO_HASH : (textAt(bytes, at, 32) as Hash)
}

function writeHash(hash: Hash, target: Buffer, at: number): void {
  if (hash !== ZERO_HASH) target.write(hash.slice(2), at, 'hex')
}

function u64In(bytes: Buffer, at: number): bigint {
  return isZero(bytes, at, 8) ? 0n : readU64(bytes, at)
}

function isZero(bytes: Uint8Array, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (bytes[i] !== 0) return false
  return true
}

/**
 * Texts of names that come again and again, so that each is one string. Remembers one name for each value of its last bytes: what it
 * forgets costs time, never an answer.
 */
class Texts {
  readonly #width: number
  readonly #mask: number
  readonly #bytes: Uint8Array
  readonly #texts: Hex[]

  /** `size` names of `width` bytes at most; `size` is a power of two up to 65536. */
  constructor(width: number, size: number) {
    this.#width = width
    this.#mask = size - 1
    this.#bytes = new Uint8Array(width * size)
    this.#texts = Array.from({ length: size }, () => `0x${'00'.repeat(width)}` as Hex)
  }

  textOf(bytes: Buffer, at: number): Hex {
    const width = this.#width
    const end = at + width
    const slot = ((bytes[end - 2]! << 8) | bytes[end - 1]!) & this.#mask
    const known = this.#bytes
    const from = slot * width
    let i = 0
    while (i < width && known[from + i] === bytes[at + i]) i++
    if (i === width) return this.#texts[slot]!
    const text = textAt(bytes, at, width)
    for (i = 0; i < width; i++) known[from + i] = bytes[at + i]!
    this.#texts[slot] = text
    return text
  }
}

const owners = new Texts(20, 16_384)
const markets = new Texts(32, 256)
