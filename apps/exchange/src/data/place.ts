import { Fields } from '@omg/sdk'

/** Where the page finds what it talks to, from `place.json` beside it. What is not there is undefined. */
export interface Place {
  /** WebSocket address of a node. */
  readonly node: string
  /** HTTP address of an indexer: history and market data. */
  readonly indexer: string | undefined
  /** JSON-RPC address of Ethereum, for deposits and withdrawals. */
  readonly ethereum: string | undefined
  /** Path of a faucet; on test networks only. */
  readonly faucet: string | undefined
  readonly explorer: string | undefined
}

/** Reads `place.json`. Errors (thrown): the file is not there, or names an address of another kind. */
export async function readPlace(file: string): Promise<Place> {
  const response = await fetch(file, { cache: 'no-store' })
  if (!response.ok) throw new Error(`${file}: ${response.status}`)
  return placeFrom(await response.json(), new URL(file, location.href))
}

/** `value` as a place; a faucet's path is taken from where the file is. */
export function placeFrom(value: unknown, file: URL): Place {
  const fields = new Fields(value, 'place')
  const web = ['http:', 'https:']
  const optional = (name: string) => (fields.has(name) ? urlOf(fields.text(name), name, web) : undefined)
  return {
    node: urlOf(fields.text('node'), 'node', ['ws:', 'wss:']),
    indexer: optional('indexer'),
    ethereum: optional('ethereum'),
    faucet: fields.has('faucet') ? new URL(fields.text('faucet'), file).href : undefined,
    explorer: optional('explorer'),
  }
}

function urlOf(text: string, name: string, protocols: readonly string[]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !protocols.includes(url.protocol)) throw new Error(`place.json names no address of the ${name}`)
  return url.href
}
