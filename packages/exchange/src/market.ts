import { type MarketTerms, marketId } from '@omg/protocol'
import { MAX_LOTS } from './limits.ts'
import type { Market } from './types.ts'

/** A market of these terms. Throws `encoding.range` where they are not valid. */
export function market(terms: MarketTerms): Market {
  const minimum = terms.minimumSize > BigInt(MAX_LOTS) ? MAX_LOTS + 1 : Number(terms.minimumSize)
  return { id: marketId(terms), terms, minimumLots: minimum }
}
