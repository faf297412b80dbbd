import type { Market } from '@omg/sdk'

/** What a market that does not trade as usual is called. */
export const STATES = {
  active: 'open',
  postOnly: 'post-only',
  cancelOnly: 'cancel-only',
  closed: 'closed',
} as const satisfies Record<Market['state'], string>

export const toneOf = (sign: -1 | 0 | 1 | undefined) =>
  sign === 1 ? 'text-up' : sign === -1 ? 'text-down' : 'text-quiet'

/** Markets whose symbol, tokens or id have the text in them. */
export function matching(markets: readonly Market[], text: string): Market[] {
  const wanted = text
    .trim()
    .toLowerCase()
    .replace(/[-\s]+/, '/')
  return markets.filter(({ id, symbol, terms }) =>
    [symbol.toLowerCase(), id, terms.base, terms.quote].some(name => name.includes(wanted)),
  )
}
