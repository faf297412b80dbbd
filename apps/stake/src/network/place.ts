import { PlaceFile } from '@omg/ui/place'

/** Where the page finds what it shows, from `place.json` beside it. What is not there is undefined. */
export interface Place {
  /** WebSocket address of a node: the deployment and the fees. */
  readonly node: string
  /** HTTP address of an Ethereum endpoint: everything about stake. */
  readonly ethereum: string
  /** Where test money is asked for, on a test network. */
  readonly faucet: string | undefined
  readonly exchange: string | undefined
  readonly explorer: string | undefined
}

/** `value` as a place; without Ethereum there is nothing to show. Errors (thrown): as PlaceFile. */
export function placeFrom(value: unknown, file: URL): Place {
  const place = new PlaceFile(value)
  return {
    node: place.node(),
    ethereum: place.required('ethereum'),
    faucet: place.faucet(file),
    exchange: place.optional('exchange'),
    explorer: place.optional('explorer'),
  }
}
