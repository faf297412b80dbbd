import { PlaceFile } from '@omg/ui/place'

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

/** `value` as a place; a faucet's path is taken from where the file is. Errors (thrown): as PlaceFile. */
export function placeFrom(value: unknown, file: URL): Place {
  const place = new PlaceFile(value)
  return {
    node: place.node(),
    indexer: place.optional('indexer'),
    ethereum: place.optional('ethereum'),
    faucet: place.faucet(file),
    explorer: place.optional('explorer'),
  }
}
