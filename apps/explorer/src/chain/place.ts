import { Fields } from '@omg/sdk'

/** Where the page finds what it shows, from `place.json` beside it. What is not there is undefined. */
export interface Place {
  /** WebSocket address of a node. */
  readonly node: string
  /** HTTP address of an indexer: markets and their auctions. */
  readonly indexer: string | undefined
  /** The page to trade on. */
  readonly exchange: string | undefined
  /** The page to stake on. */
  readonly stake: string | undefined
}

/** Reads `place.json`. Errors (thrown): the file is not there, or names an address of another kind. */
export async function readPlace(file: string): Promise<Place> {
  const response = await fetch(file, { cache: 'no-store' })
  if (!response.ok) throw new Error(`${file}: ${response.status}`)
  return placeFrom(await response.json())
}

export function placeFrom(value: unknown): Place {
  const fields = new Fields(value, 'place')
  const optional = (name: string) =>
    fields.has(name) ? urlOf(fields.text(name), name, ['http:', 'https:']) : undefined
  return {
    node: urlOf(fields.text('node'), 'node', ['ws:', 'wss:']),
    indexer: optional('indexer'),
    exchange: optional('exchange'),
    stake: optional('stake'),
  }
}

function urlOf(text: string, name: string, protocols: readonly string[]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !protocols.includes(url.protocol)) throw new Error(`place.json names no address of the ${name}`)
  return url.href
}
