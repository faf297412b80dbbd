import { type Hash, OmgError } from '@omg/protocol'
import { Fields, type Units, unitsOf } from '@omg/sdk'
import { explorerError } from '../error.ts'
import type { Token } from './read.ts'

/** What the explorer asks an indexer for: markets and their auctions. Prices in ticks, sizes in lots. */

/** Bytes of an answer that are read. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024
const TIMEOUT_MS = 10_000

/** Asks an indexer. Errors (thrown): its own refusals by their code, `indexer.unreachable`, and answers that are not as promised. */
async function ask(indexer: string, path: string): Promise<unknown> {
  let status: number
  let text: string
  try {
    const response = await fetch(new URL(path, indexer), { signal: AbortSignal.timeout(TIMEOUT_MS) })
    status = response.status
    text = await response.text()
  } catch (cause) {
    throw explorerError('indexer.unreachable', 'The indexer does not answer.', cause)
  }
  if (text.length > MAX_ANSWER_BYTES) throw new Error(`the indexer's answer has ${text.length} characters`)
  const value: unknown = JSON.parse(text)
  if (status === 200) return value
  const problem = new Fields(value, 'problem')
  throw new OmgError(problem.text('code'), problem.text('title'), problem.text('action'))
}

export interface Market extends Units {
  readonly id: Hash
  readonly symbol: string
  readonly base: Token
  readonly quote: Token
  readonly state: string
  readonly tier: string
}

/** Markets of the chain, with the units in which people count. */
export async function readMarkets(indexer: string, tokens: readonly Token[]): Promise<Market[]> {
  const page = new Fields(await ask(indexer, 'markets?limit=100'), 'markets')
  return page.list('items', value => {
    const fields = new Fields(value, 'market')
    const [base, quote] = [tokenIn(fields, 'base', tokens), tokenIn(fields, 'quote', tokens)]
    const tier = fields.oneOf('tier', ['bonded', 'guarded', 'safe'] as const)
    const terms = {
      ...{ base: base.address, quote: quote.address, tier },
      tick: fields.amount('tick'),
      lot: fields.amount('lot'),
      minimumSize: fields.integer('minimumSize'),
    }
    return {
      ...{ id: fields.hash('id'), symbol: `${base.symbol}/${quote.symbol}`, base, quote, tier },
      state: fields.text('state'),
      ...separated(unitsOf(terms, base, quote)),
    }
  })
}

/** Prices and sizes are written with their thousands apart. */
function separated(units: Units): Units {
  const apart = (text: string) => {
    const [whole = '', ...part] = text.split('.')
    return [whole.replaceAll(/\B(?=(\d{3})+$)/g, ','), ...part].join('.')
  }
  return {
    ...units,
    priceText: ticks => apart(units.priceText(ticks)),
    sizeText: lots => apart(units.sizeText(lots)),
  }
}

function tokenIn(fields: Fields, name: string, tokens: readonly Token[]): Token {
  const address = fields.address(name)
  const known = tokens.find(token => token.address.toLowerCase() === address)
  return known ?? { address, symbol: `${address.slice(0, 8)}…`, decimals: 0 }
}

const batchFrom = (fields: Fields) => ({
  height: fields.integer('height'),
  time: fields.integer('time'),
  price: optionalInteger(fields, 'price'),
  volume: fields.integer('volume'),
  low: optionalInteger(fields, 'low'),
  high: optionalInteger(fields, 'high'),
  demand: fields.integer('demand'),
  supply: fields.integer('supply'),
  buys: fields.count('buys'),
  sells: fields.count('sells'),
  settlements: fields.count('settlements'),
  releases: countsIn(fields, 'releases'),
  leftOut: countsIn(fields, 'leftOut'),
  rationing: fields.has('rationing') ? rationingFrom(fields.object('rationing')) : undefined,
})
export type Batch = ReturnType<typeof batchFrom>

const rationingFrom = (fields: Fields) => ({
  side: fields.oneOf('side', ['buy', 'sell'] as const),
  tick: BigInt(fields.count('tick')),
  height: fields.integer('height'),
  lots: BigInt(fields.count('lots')),
  of: BigInt(fields.count('of')),
})

const optionalInteger = (fields: Fields, name: string) =>
  fields.has(name) ? fields.integer(name) : undefined

/** Orders by reason. */
function countsIn(fields: Fields, name: string): { readonly reason: string; readonly orders: number }[] {
  const counts = fields.raw(name)
  const reasons = typeof counts === 'object' && counts !== null ? Object.keys(counts) : []
  const read = fields.object(name)
  return reasons.map(reason => ({ reason, orders: read.count(reason) }))
}

/** The last auctions of a market in which something happened, the newest first. */
export async function readBatches(indexer: string, market: Hash): Promise<Batch[]> {
  const page = new Fields(await ask(indexer, `markets/${market}/batches?limit=50`), 'batches')
  return page.list('items', value => batchFrom(new Fields(value, 'batch')))
}

/** What was wanted at one price. */
export interface Level {
  readonly side: 'buy' | 'sell'
  readonly tick: bigint
  readonly lots: bigint
  readonly orders: bigint
}

/** One auction with what was wanted at each price, the lowest first; `exact`: the levels lead to its demand and supply. */
export async function readClearing(
  indexer: string,
  market: Hash,
  height: bigint,
): Promise<Batch & { readonly levels: readonly Level[]; readonly exact: boolean }> {
  const fields = new Fields(await ask(indexer, `markets/${market}/batches/${height}`), 'batch')
  const levels = fields.list('levels', value => {
    const level = new Fields(value, 'level')
    return {
      side: level.oneOf('side', ['buy', 'sell'] as const),
      tick: level.integer('tick'),
      lots: level.integer('lots'),
      orders: level.integer('orders'),
    }
  })
  return { ...batchFrom(fields), levels, exact: fields.flag('exact') }
}
