import { parseHash } from '@omg/protocol'
import type { Market } from '@omg/sdk'
import { useSyncExternalStore } from 'react'

/** What the fragment of the address names: a market by its id, or its symbol with a dash (`#/ETH-TUSD`). */
export function marketFrom(fragment: string, markets: readonly Market[]): Market | undefined {
  const name = fragment.replace(/^#?\/?/, '')
  const id = parseHash(name.toLowerCase())
  if (id.ok) return markets.find(market => market.id === id.value) ?? firstOf(markets)
  return markets.find(({ symbol }) => dashed(symbol) === name.toUpperCase()) ?? firstOf(markets)
}

/**
 * The fragment that names a market. Anybody can list a second market of the same symbols: only the one that was listed first has
 * the short name, the others go by their id.
 */
export function fragmentOf(market: Market, markets: readonly Market[]): string {
  const short = dashed(market.symbol)
  const first = markets.find(({ symbol }) => dashed(symbol) === short)
  return first?.id === market.id && /^[A-Z0-9]+-[A-Z0-9]+$/.test(short) ? `#/${short}` : `#/${market.id}`
}

const dashed = (symbol: string) => symbol.replace('/', '-').toUpperCase()

/** Where a visitor begins: a market that trades, one of ether if there is one. */
function firstOf(markets: readonly Market[]): Market | undefined {
  const open = markets.filter(({ state }) => state !== 'closed')
  return open.find(({ base }) => base.symbol === 'ETH') ?? open[0] ?? markets[0]
}

const listen = (heard: () => void) => {
  addEventListener('hashchange', heard)
  return () => removeEventListener('hashchange', heard)
}

/** The fragment of the address. */
export function useFragment(): string {
  return useSyncExternalStore(listen, () => location.hash)
}
