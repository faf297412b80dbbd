import { type Address, ZERO_ADDRESS } from '@omg/protocol'
import type { Market, Token } from '@omg/sdk'
import type { Dict } from 'ccxt'
import { integerIn } from './rows.ts'

/** A market of the node with its row of the indexer. */
export interface Listing {
  readonly market: Market
  readonly row: Dict
  readonly base: string
  readonly quote: string
}

/** Characters of an address that tell tokens of one name apart. */
const SUFFIX_DIGITS = 8

/**
 * A code for each token, each of another. Anybody can make a token called TUSD and list it, so ETH and the network's fee tokens have their
 * names for themselves, and tokens beside them that share a name with any other are told apart by their address.
 */
export function codesOf(tokens: readonly Token[], trusted: ReadonlySet<Address>): Map<Address, string> {
  const isTrusted = ({ address }: Token) => address === ZERO_ADDRESS || trusted.has(address)
  const nameOf = ({ symbol }: Token) => symbol.toUpperCase().replaceAll(/[^A-Z0-9.]/g, '') || 'TOKEN'
  const distinct = [...new Map(tokens.map(token => [token.address, token])).values()]
  const count = new Map<string, number>()
  for (const token of distinct) count.set(nameOf(token), (count.get(nameOf(token)) ?? 0) + 1)
  const taken = new Set<string>()
  const codes = new Map<Address, string>()
  for (const token of distinct.sort((a, b) => Number(isTrusted(b)) - Number(isTrusted(a)))) {
    const name = nameOf(token)
    const plain = isTrusted(token) ? !taken.has(name) : count.get(name) === 1
    const code = plain ? name : `${name}-${token.address.slice(2, 2 + SUFFIX_DIGITS).toUpperCase()}`
    taken.add(code)
    codes.set(token.address, code)
  }
  return codes
}

/**
 * One market for each symbol: the one that `chosen` names, or the first one listed that is not closed. Anybody can list another market
 * of a pair, and nobody's bot may end up there by it. A market whose tick is no decimal number has no precision that CCXT could say.
 */
export function onePerSymbol(listings: readonly Listing[], chosen: Readonly<Dict>): Listing[] {
  const age = ({ row }: Listing) => integerIn(row, 'listedHeight')
  const rank = ({ market }: Listing) => (market.state === 'closed' ? 1 : 0)
  const best = new Map<string, Listing>()
  const exact = listings.filter(({ market }) => !market.priceText(1n).startsWith('~'))
  for (const listing of exact) {
    const symbol = symbolOf(listing)
    const known = best.get(symbol)
    if (chosen[symbol] !== undefined && chosen[symbol] !== listing.market.id) continue
    if (!known || rank(listing) < rank(known)) best.set(symbol, listing)
    else if (rank(listing) === rank(known) && isBefore(listing, known, age)) best.set(symbol, listing)
  }
  return [...best.values()]
}

function isBefore(a: Listing, b: Listing, age: (listing: Listing) => bigint): boolean {
  if (age(a) !== age(b)) return age(a) < age(b)
  return a.market.id < b.market.id
}

export function symbolOf({ base, quote }: Pick<Listing, 'base' | 'quote'>): string {
  return `${base}/${quote}`
}
