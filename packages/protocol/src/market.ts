import { type OmgError, protocolError, type Result } from './error.ts'
import type { Address, Hash } from './hex.ts'
import { Reader } from './reader.ts'
import { taggedHash } from './tag.ts'
import { Writer } from './writer.ts'

const TIERS = ['bonded', 'guarded', 'safe'] as const

/** The immutable parameters of a market. `lots` at `price` cost exactly `lots × price × tick` quote units. */
export interface MarketTerms {
  readonly base: Address
  readonly quote: Address
  /** Quote units that one lot costs for each step of the price; at least 1. */
  readonly tick: bigint
  /** Base units in one lot; at least 1. */
  readonly lot: bigint
  /** The seasoning tier: which of the chain's times `D` protects its orders (R9). */
  readonly tier: (typeof TIERS)[number]
  /** The smallest order, in lots; at least 1. */
  readonly minimumSize: bigint
}

/** `keccak(0x0a ‖ terms)`. */
export function marketId(terms: MarketTerms): Hash {
  return taggedHash('market', encodeMarketTerms(terms))
}

/** Market terms as 81 bytes. Throws where they are not valid. */
export function encodeMarketTerms(terms: MarketTerms): Uint8Array {
  const problem = marketProblem(terms)
  if (problem) throw problem
  return new Writer(81)
    .address(terms.base)
    .address(terms.quote)
    .u128(terms.tick)
    .u128(terms.lot)
    .name(TIERS, terms.tier, 'tier')
    .u64(terms.minimumSize)
    .finish()
}

/** 81 bytes to market terms. Errors: `encoding.truncated`, `.trailing`, `.kind`, `.range`. */
export function decodeMarketTerms(bytes: Uint8Array): Result<MarketTerms> {
  const reader = new Reader(bytes)
  const terms: MarketTerms = {
    base: reader.address(),
    quote: reader.address(),
    tick: reader.u128(),
    lot: reader.u128(),
    tier: reader.name(TIERS, 'tier'),
    minimumSize: reader.u64(),
  }
  if (!reader.failed) reader.refuse(marketProblem(terms))
  return reader.finish(terms)
}

function marketProblem(terms: MarketTerms): OmgError | undefined {
  if (terms.base === terms.quote) return protocolError('encoding.range', 'a token traded against itself')
  if (terms.tick !== 0n && terms.lot !== 0n && terms.minimumSize !== 0n) return undefined
  return protocolError('encoding.range', 'tick, lot and minimum size are at least 1')
}
