import { MAX_TICK, type MarketState } from '@omg/exchange'
import { type Hash, type MarketTerms, marketId, type OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { type Market, unitsOf } from '../market/market.ts'
import { readToken } from '../market/token.ts'
import { Fields } from '../node/decode.ts'

const STATES = ['active', 'postOnly', 'cancelOnly', 'closed'] as const satisfies readonly MarketState[]
const TIERS = ['bonded', 'guarded', 'safe'] as const satisfies readonly MarketTerms['tier'][]

export type GetMarketsReturnType = Market[]

export type GetMarketsErrorType = SdkError | OmgError

/**
 * Every market that the registry on Ethereum lists, with its prices of now and the functions that convert what people write into
 * ticks and lots. The terms are checked against the id, which orders commit to.
 */
export async function getMarkets(client: Client): Promise<GetMarketsReturnType> {
  const answer = new Fields(await client.node.request('omg_getMarkets', {}), 'markets')
  const listed = answer.list('markets', value => new Fields(value, 'market'))
  const markets: Market[] = []
  for (const fields of listed) markets.push(await marketFrom(client, fields))
  return markets
}

async function marketFrom(client: Client, fields: Fields): Promise<Market> {
  const id = fields.hash('id')
  const terms: MarketTerms = {
    base: fields.address('base'),
    quote: fields.address('quote'),
    tick: fields.amount('tick'),
    lot: fields.amount('lot'),
    tier: fields.oneOf('tier', TIERS),
    minimumSize: fields.integer('minimumSize'),
  }
  if (idOf(terms) !== id) throw sdkError('node.answer', `these are not the terms of market ${id}`)
  const [base, quote] = [await readToken(client, terms.base), await readToken(client, terms.quote)]
  const { feeTokens } = await client.network()
  return {
    id,
    terms,
    base,
    quote,
    symbol: `${base.symbol}/${quote.symbol}`,
    state: fields.oneOf('state', STATES),
    lastPrice: tickIn(fields, 'lastPrice'),
    bestBid: tickIn(fields, 'bestBid'),
    bestAsk: tickIn(fields, 'bestAsk'),
    orders: fields.count('orders'),
    makerBps: fields.count('makerBps'),
    takerBps: fields.count('takerBps'),
    feeUnit: feeTokens.find(({ token }) => token === terms.quote)?.unit ?? 1n,
    ...unitsOf(terms, base, quote),
  }
}

function idOf(terms: MarketTerms): Hash | undefined {
  try {
    return marketId(terms)
  } catch {
    return undefined
  }
}

function tickIn(fields: Fields, name: string): bigint | undefined {
  if (!fields.has(name)) return undefined
  const tick = fields.integer(name)
  if (tick < 1n || tick > BigInt(MAX_TICK))
    throw sdkError('node.answer', `the node's answer has no valid ${name}`)
  return tick
}

/** A market by its id, or as it was read before. @throws SdkError `market.unknown` */
export async function marketOf(client: Client, market: Market | Hash): Promise<Market> {
  if (typeof market !== 'string') return market
  const found = (await getMarkets(client)).find(({ id }) => id === market.toLowerCase())
  if (!found) throw sdkError('market.unknown', `no market ${market} is listed`)
  return found
}
