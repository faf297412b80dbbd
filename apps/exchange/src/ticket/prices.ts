import type { Market } from '@omg/sdk'
import type { Reading } from '../data/channel.ts'
import { useChannel } from '../data/channel.ts'
import { type Ticker, tickerFrom } from '../data/read.ts'

const TICKER: Reading<Ticker> = { snapshot: tickerFrom, update: (_, data) => tickerFrom(data) }

/** The prices that a ticket goes by, in ticks. */
export interface Prices {
  readonly bid: bigint | undefined
  readonly ask: bigint | undefined
  readonly last: bigint | undefined
}

/** The prices of now: from the indexer with each block, from the node every few seconds where there is none. */
export function usePrices(market: Market): Prices {
  const ticker = useChannel(`ticker:${market.id}`, TICKER)
  const { bid, ask, last } = ticker ?? { bid: market.bestBid, ask: market.bestAsk, last: market.lastPrice }
  return { bid, ask, last: last ?? market.lastPrice }
}
