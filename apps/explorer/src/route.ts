import { parseAddress, parseHash } from '@omg/protocol'
import { useSyncExternalStore } from 'react'

/** Longest height or number of a checkpoint in an address, in digits. */
const HEIGHT = /^\d{1,15}$/

const PAGES = ['block', 'checkpoint', 'tx', 'output', 'owner', 'search'] as const

export type Route =
  | { readonly page: 'home' | 'validators' | 'unknown' }
  | { readonly page: (typeof PAGES)[number]; readonly id: string }

/** What a fragment of the address names; what is not well formed names nothing. */
export function routeOf(fragment: string): Route {
  const [page = '', id = '', ...rest] = fragment.replace(/^#?\/?/, '').split('/')
  if (rest.length > 0) return { page: 'unknown' }
  if (page === '') return { page: 'home' }
  if (page === 'validators' && id === '') return { page: 'validators' }
  const known = PAGES.find(name => name === page)
  return known && isId(known, id) ? { page: known, id: id.toLowerCase() } : { page: 'unknown' }
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
  const digits = wanted.replaceAll(',', '').replace(/^#/, '')
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
