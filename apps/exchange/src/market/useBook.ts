import { getBook, type Market, type MarketBook } from '@omg/sdk'
import { useEffect, useState } from 'react'
import { useChannel } from '../data/channel.ts'
import { useNetwork } from '../data/network.ts'
import { BOOK, type Book } from './book.ts'

/** Levels of each side that are asked of a node: more than a screen shows. */
const NODE_LEVELS = 200

/** The book of a market: as the indexer tells it, or where there is none, as the node has it each second. */
export function useBook(market: Market): Book | undefined {
  const { indexer, client, status } = useNetwork()
  const told = useChannel(`book:${market.id}`, BOOK)
  const [asked, setAsked] = useState<{ market: string; book: Book }>()
  const height = indexer ? undefined : status?.height
  useEffect(() => {
    if (height === undefined) return
    let over = false
    getBook(client, { market: market.id, depth: NODE_LEVELS }).then(
      book => over || setAsked({ market: market.id, book: bookOf(book) }),
      (error: Error) => console.warn(error.message),
    )
    return () => {
      over = true
    }
  }, [client, market.id, height])
  if (indexer) return told
  return asked?.market === market.id ? asked.book : undefined
}

function bookOf({ height, bids, asks }: MarketBook): Book {
  const level = ({ price, lots, orders }: MarketBook['bids'][number]) => {
    return { tick: Number(price), lots: Number(lots), orders }
  }
  return { height, bids: bids.map(level), asks: asks.map(level) }
}
