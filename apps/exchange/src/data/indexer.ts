import type { CandleInterval } from '@omg/exchange'
import { type Address, type Hash, OmgError } from '@omg/protocol'
import { Fields } from '@omg/sdk'
import { pageError } from '../error.ts'
import {
  type Candle,
  candleFrom,
  type Page,
  pageFrom,
  type Ticker,
  type Trade,
  tickerFrom,
  tradeFrom,
} from './read.ts'
import { openStream, type Stream, type StreamOptions } from './stream.ts'

/** Milliseconds until a request counts as lost. */
const REQUEST_TIMEOUT_MS = 10_000

export interface PageRequest {
  readonly limit?: number
  /** `next` of the page before. */
  readonly cursor?: string | undefined
}

export interface CandleRequest extends PageRequest {
  readonly interval: CandleInterval
  /** First and last second that a candle may start at. */
  readonly from?: bigint
  readonly to?: bigint
}

/** History and market data: one page at a time over REST, and what happens over the stream. */
export interface IndexerClient {
  readonly url: string
  readonly stream: Stream
  ticker(market: Hash): Promise<Ticker>
  trades(market: Hash, page?: PageRequest): Promise<Page<Trade>>
  candles(market: Hash, request: CandleRequest): Promise<Page<Candle>>
  /** Rows of an owner: `balances`, `orders`, `fills`, `activity`, `outputs`. */
  owner<T>(
    address: Address,
    list: OwnerList,
    read: (item: unknown) => T,
    query?: PageRequest & { readonly state?: string; readonly market?: Hash },
  ): Promise<Page<T>>
  /** Any other path, unread. */
  get(path: string, query?: Readonly<Record<string, string | number | bigint | undefined>>): Promise<unknown>
  close(): void
}

export type OwnerList = 'balances' | 'orders' | 'fills' | 'activity' | 'outputs'

/**
 * Connects to an indexer. Requests throw OmgError with the indexer's own code, or `indexer.unreachable`, and what to do.
 */
export function openIndexer(url: string, options: StreamOptions = {}): IndexerClient {
  const base = new URL(url)
  const stream = openStream(new URL('/stream', base).href.replace(/^http/, 'ws'), options)

  async function get(path: string, query: Parameters<IndexerClient['get']>[1] = {}): Promise<unknown> {
    const target = new URL(path, base)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(name, String(value))
    }
    let response: Response
    let answer: unknown
    try {
      response = await fetch(target, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
      answer = await response.json()
    } catch (cause) {
      throw pageError('indexer.unreachable', `no answer from ${base.host}`, cause)
    }
    if (!response.ok) throw problemFrom(answer, response.status)
    return answer
  }

  return {
    url,
    stream,
    get,
    ticker: async market => tickerFrom(await get(`/markets/${market}/ticker`)),
    trades: async (market, page) => pageFrom(await get(`/markets/${market}/trades`, { ...page }), tradeFrom),
    candles: async (market, request) =>
      pageFrom(await get(`/markets/${market}/candles`, { ...request }), candleFrom),
    owner: async (address, list, read, query) =>
      pageFrom(await get(`/owners/${address}/${list}`, { ...query }), read),
    close: () => stream.close(),
  }
}

/** RFC 9457 problem details. */
function problemFrom(answer: unknown, status: number): OmgError {
  try {
    const problem = new Fields(answer, 'problem')
    return new OmgError(problem.text('code'), problem.text('title'), problem.text('action'))
  } catch {
    return pageError('indexer.answer', `the indexer answered ${status}`)
  }
}
