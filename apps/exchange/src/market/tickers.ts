import type { Hash } from '@omg/protocol'
import type { Market } from '@omg/sdk'
import { createContext, useContext, useEffect, useState } from 'react'
import { follow, type Reading } from '../data/channel.ts'
import { useNetwork } from '../data/network.ts'
import { type Ticker, tickerFrom } from '../data/read.ts'

/** Markets whose tickers are followed: a connection to the indexer has 64 channels, and the page needs some of them. */
const MAX_TICKERS = 40

const TICKER: Reading<Ticker> = { snapshot: tickerFrom, update: (_, data) => tickerFrom(data) }

export type Tickers = ReadonlyMap<Hash, Ticker>

export const TickersContext = createContext<Tickers>(new Map())

export const useTicker = (market: Market): Ticker | undefined => useContext(TickersContext).get(market.id)

/** The tickers of the first markets and of the one that is shown, as they change. */
export function useTickers(markets: readonly Market[], shown: Market | undefined): Tickers {
  const { indexer } = useNetwork()
  const [tickers, setTickers] = useState<Tickers>(new Map())
  const wanted = new Set(markets.slice(0, MAX_TICKERS).map(({ id }) => id))
  if (shown) wanted.add(shown.id)
  const names = [...wanted].join(' ')
  useEffect(() => {
    if (!indexer || names === '') return
    const ends = (names.split(' ') as Hash[]).map(id =>
      follow(indexer, `ticker:${id}`, TICKER, ticker => setTickers(known => new Map(known).set(id, ticker))),
    )
    return () => {
      for (const end of ends) end()
    }
  }, [indexer, names])
  return tickers
}

/** The last price of a market: of the indexer, or else of the node. */
export function lastPriceOf(market: Market, ticker: Ticker | undefined): bigint | undefined {
  return ticker?.last ?? market.lastPrice
}
