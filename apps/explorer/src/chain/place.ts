import { PlaceFile } from '@omg/ui/place'

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

/** `value` as a place. Errors (thrown): as PlaceFile. */
export function placeFrom(value: unknown): Place {
  const place = new PlaceFile(value)
  return {
    node: place.node(),
    indexer: place.optional('indexer'),
    exchange: place.optional('exchange'),
    stake: place.optional('stake'),
  }
}
