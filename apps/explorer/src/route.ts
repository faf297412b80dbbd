import { parseAddress, parseHash } from '@omg/protocol'
import { ungrouped } from '@omg/sdk'
import { useSyncExternalStore } from 'react'

/** Longest height or number of a checkpoint in an address, in digits. */
const HEIGHT = /^\d{1,15}$/

const PAGES = ['block', 'checkpoint', 'tx', 'output', 'owner', 'search', 'market'] as const
const LISTS = ['validators', 'markets'] as const

export type Route =
  | { readonly page: 'home' | (typeof LISTS)[number] | 'unknown' }
  | { readonly page: (typeof PAGES)[number]; readonly id: string }
  | { readonly page: 'batch'; readonly id: string; readonly height: bigint }

/** What a fragment of the address names; what is not well formed names nothing. */
export function routeOf(fragment: string): Route {
  const [page = '', id = '', ...rest] = fragment.replace(/^#?\/?/, '').split('/')
  if (page === 'batch') return batchRoute(id, rest)
  if (rest.length > 0) return { page: 'unknown' }
  if (page === '') return { page: 'home' }
  const list = LISTS.find(name => name === page)
  if (list && id === '') return { page: list }
  const known = PAGES.find(name => name === page)
  return known && isId(known, id) ? { page: known, id: id.toLowerCase() } : { page: 'unknown' }
}

/** `#/batch/<market>/<height>` */
function batchRoute(market: string, [height = '', ...rest]: readonly string[]): Route {
  const isBatch = parseHash(market.toLowerCase()).ok && HEIGHT.test(height) && rest.length === 0
  return isBatch ? { page: 'batch', id: market.toLowerCase(), height: BigInt(height) } : { page: 'unknown' }
}

function isId(page: (typeof PAGES)[number], id: string): boolean {
  if (page === 'block') return HEIGHT.test(id)
  if (page === 'checkpoint') return HEIGHT.test(id)
  if (page === 'owner') return parseAddress(id.toLowerCase()).ok
  return parseHash(id.toLowerCase()).ok
}

/** The page that a search text means; a hash is looked up first, as a transaction and as an output. */
export function searchRoute(text: string): string | undefined {
  const wanted = text.trim().toLowerCase()
  const digits = ungrouped(wanted.replace(/^#/, '')) ?? ''
  if (HEIGHT.test(digits)) return `#/block/${digits}`
  if (parseAddress(wanted).ok) return `#/owner/${wanted}`
  if (parseHash(wanted).ok) return `#/search/${wanted}`
  return undefined
}

const listen = (heard: () => void) => {
  addEventListener('hashchange', heard)
  return () => removeEventListener('hashchange', heard)
}

export function useRoute(): Route {
  return routeOf(useSyncExternalStore(listen, () => location.hash))
}
