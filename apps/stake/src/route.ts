import { type Address, parseAddress } from '@omg/protocol'
import { useSyncExternalStore } from 'react'

/** Views without an argument, by their place in the fragment of the address. */
const VIEWS = { '': 'validators', own: 'own', fees: 'fees', history: 'history' } as const

export type Route =
  | { readonly view: (typeof VIEWS)[keyof typeof VIEWS] | 'unknown' }
  | { readonly view: 'validator'; readonly validator: Address }

/** What a fragment of the address names; what is not well formed names nothing. */
export function routeOf(fragment: string): Route {
  const [name = '', id, ...rest] = fragment.replace(/^#?\/?/, '').split('/')
  if (name === 'validator' && id !== undefined && rest.length === 0) {
    const validator = parseAddress(id.toLowerCase())
    return validator.ok ? { view: 'validator', validator: validator.value } : { view: 'unknown' }
  }
  if (id !== undefined || !Object.hasOwn(VIEWS, name)) return { view: 'unknown' }
  return { view: VIEWS[name as keyof typeof VIEWS] }
}

export const validatorHref = (validator: Address): string => `#/validator/${validator}`

const listen = (heard: () => void) => {
  addEventListener('hashchange', heard)
  return () => removeEventListener('hashchange', heard)
}

export function useRoute(): Route {
  const fragment = useSyncExternalStore(listen, () => location.hash)
  return routeOf(fragment)
}
