import { MAX_TICK } from '@omg/exchange'
import type { Hash, OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import type { Market } from '../market/market.ts'
import { Fields } from '../node/decode.ts'

export interface GetBookParameters {
  readonly market: Market | Hash
  /** Price levels of each side, 1 to 500, default 50. */
  readonly depth?: number
}

/** All awake orders of one side at one price. */
export interface BookLevel {
  /** In ticks. */
  readonly price: bigint
  readonly lots: bigint
  readonly orders: number
}

export interface MarketBook {
  readonly market: Hash
  /** The block after which it stood so. */
  readonly height: bigint
  readonly lastPrice: bigint | undefined
  /** The highest first. */
  readonly bids: readonly BookLevel[]
  /** The lowest first. */
  readonly asks: readonly BookLevel[]
}

export type GetBookReturnType = MarketBook

export type GetBookErrorType = SdkError | OmgError

/** The price levels of a market, best first. */
export async function getBook(client: Client, parameters: GetBookParameters): Promise<GetBookReturnType> {
  const { market, depth } = parameters
  const id = typeof market === 'string' ? market : market.id
  const answer = new Fields(
    await client.node.request('omg_getBook', { market: id, ...(depth !== undefined && { depth }) }),
    'book',
  )
  if (answer.hash('market') !== id) throw sdkError('node.answer', 'the book of another market')
  const book = {
    market: id,
    height: answer.integer('height'),
    lastPrice: answer.has('lastPrice') ? answer.integer('lastPrice') : undefined,
    bids: answer.list('bids', levelFrom),
    asks: answer.list('asks', levelFrom),
  }
  // Whoever walks the book for a price relies on its order.
  const isSorted =
    book.bids.every(({ price }, i) => i === 0 || price < book.bids[i - 1]!.price) &&
    book.asks.every(({ price }, i) => i === 0 || price > book.asks[i - 1]!.price)
  if (!isSorted) throw sdkError('node.answer', 'the levels of the book are not in order')
  return book
}

function levelFrom(value: unknown): BookLevel {
  const fields = new Fields(value, 'level')
  const level = {
    price: fields.integer('price'),
    lots: fields.integer('lots'),
    orders: fields.count('orders'),
  }
  const isPrice = level.price >= 1n && level.price <= BigInt(MAX_TICK)
  if (!isPrice || level.lots < 1n)
    throw sdkError('node.answer', 'a level of the book without a price or lots')
  return level
}
