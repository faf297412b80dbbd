import { z } from 'zod'
import {
  getBlock,
  getOutput,
  getTransaction,
  listBlocks,
  listCheckpoints,
  listTransactions,
} from '../query/chain.ts'
import { getClearing } from '../query/clearing.ts'
import {
  getBook,
  getMarket,
  getTicker,
  listBatches,
  listCandles,
  listMarkets,
  listTickers,
  listTrades,
} from '../query/markets.ts'
import { getOrder, listActivity, listBalances, listFills, listOrders, listOutputs } from '../query/owners.ts'
import { listFees, listTokens } from '../query/tokens.ts'
import type { Database } from '../store/database.ts'
import type { MarketRow } from '../store/tables.ts'
import { found, type Route, route } from './route.ts'
import * as schema from './schemas.ts'
import { exportTape } from './tape.ts'

const { pageQuery: query, pageShape } = schema
const height = z.strictObject({ height: schema.heightParam })
const owner = z.strictObject({ address: schema.addressParam })

export const CHAIN_ROUTES: readonly Route[] = [
  route('/status', 'How far the indexer is', { response: schema.statusShape }, view => view.status()),
  route(
    '/blocks',
    'Blocks, the newest first',
    { query, response: pageShape(schema.blockShape) },
    ({ reader }, { query }) => listBlocks(reader, query),
  ),
  route(
    '/blocks/{height}',
    'One block',
    { params: height, response: schema.blockShape },
    async ({ reader }, { params }) => found(await getBlock(reader, params.height), `block ${params.height}`),
  ),
  route(
    '/blocks/{height}/transactions',
    'Transactions of a block, in its order',
    { params: height, query, response: pageShape(schema.transactionRowShape) },
    ({ reader }, { params, query }) => listTransactions(reader, params.height, query),
  ),
  route(
    '/checkpoints',
    'Closed checkpoints, the newest first, with what Ethereum says of them',
    { query, response: pageShape(schema.checkpointShape) },
    ({ reader }, { query }) => listCheckpoints(reader, query),
  ),
  route(
    '/transactions/{hash}',
    'One transaction with the outputs it spent and made',
    { params: z.strictObject({ hash: schema.hashParam }), response: schema.transactionShape },
    async ({ reader }, { params }) =>
      found(await getTransaction(reader, params.hash), `transaction ${params.hash}`),
  ),
  route(
    '/outputs/{id}',
    'One output, live or spent',
    { params: z.strictObject({ id: schema.hashParam }), response: schema.outputShape },
    async ({ reader }, { params }) => found(await getOutput(reader, params.id), `output ${params.id}`),
  ),
  route(
    '/owners/{address}/outputs',
    'Outputs of an owner, the newest first',
    { params: owner, query: schema.outputsQuery, response: pageShape(schema.outputShape) },
    ({ reader }, { params, query }) => listOutputs(reader, params.address, query),
  ),
  route(
    '/owners/{address}/balances',
    'Balances of an owner by token and by what they are held as',
    { params: owner, query, response: pageShape(schema.balanceShape) },
    ({ reader }, { params, query }) => listBalances(reader, params.address, query),
  ),
  route(
    '/owners/{address}/activity',
    'What happened to an owner, the newest first: one row for each transaction and token',
    { params: owner, query, response: pageShape(schema.activityShape) },
    ({ reader }, { params, query }) => listActivity(reader, params.address, query),
  ),
  route(
    '/tokens',
    'Tokens with their supply on the chain and the fees paid in them',
    { query, response: pageShape(schema.tokenShape) },
    ({ reader }, { query }) => listTokens(reader, query),
  ),
  route(
    '/tokens/{address}/fees',
    'Fees of a token by block, the newest first',
    { params: owner, query, response: pageShape(schema.feeShape) },
    ({ reader }, { params, query }) => listFees(reader, params.address, query),
  ),
]

const market = z.strictObject({ market: schema.hashParam })
const batch = market.extend({ height: schema.heightParam })

/** Throws `request.not_found` where no market has this id: a list of nothing would look like a quiet one. */
export async function knownMarket(
  reader: Database,
  { market: id }: z.output<typeof market>,
): Promise<MarketRow> {
  return found(await getMarket(reader, id), `market ${id}`)
}

export const EXCHANGE_ROUTES: readonly Route[] = [
  route(
    '/owners/{address}/orders',
    'Orders of an owner, the newest first',
    { params: owner, query: schema.ordersQuery, response: pageShape(schema.orderShape) },
    ({ reader }, { params, query }) => listOrders(reader, params.address, query),
  ),
  route(
    '/owners/{address}/fills',
    'Fills of the orders of an owner, the newest first',
    { params: owner, query: schema.fillsQuery, response: pageShape(schema.fillShape) },
    ({ reader }, { params, query }) => listFills(reader, params.address, query),
  ),
  route(
    '/orders/{guard}',
    'One order by its guard',
    { params: z.strictObject({ guard: schema.hashParam }), response: schema.orderShape },
    async ({ reader }, { params }) => found(await getOrder(reader, params.guard), `order ${params.guard}`),
  ),
  route(
    '/markets',
    'Markets with their terms and state',
    { query, response: pageShape(schema.marketShape) },
    ({ reader }, { query }) => listMarkets(reader, query),
  ),
  route(
    '/markets/{market}',
    'One market',
    { params: market, response: schema.marketShape },
    ({ reader }, { params }) => knownMarket(reader, params),
  ),
  route(
    '/tickers',
    'The last 24 hours of the chain, and the best prices, of all markets',
    { query, response: pageShape(schema.tickerShape) },
    ({ reader }, { query }) => listTickers(reader, query),
  ),
  route(
    '/markets/{market}/ticker',
    'The last 24 hours of the chain, and the best prices',
    { params: market, response: schema.tickerShape },
    async ({ reader }, { params }) => {
      await knownMarket(reader, params)
      return getTicker(reader, params.market)
    },
  ),
  route(
    '/markets/{market}/book',
    'Price levels after the last block, the best first',
    { params: market, query: schema.bookQuery, response: schema.bookShape },
    async ({ reader }, { params, query }) => {
      await knownMarket(reader, params)
      return getBook(reader, params.market, query.levels)
    },
  ),
  route(
    '/markets/{market}/trades',
    'The tape, the newest first: one trade for each batch, because all of it trades at one price',
    { params: market, query, response: pageShape(schema.tradeShape) },
    async ({ reader }, { params, query }) => {
      await knownMarket(reader, params)
      return listTrades(reader, params.market, query)
    },
  ),
  route(
    '/markets/{market}/candles',
    'Candles of one length, the newest first; times without a trade have none',
    { params: market, query: schema.candlesQuery, response: pageShape(schema.candleShape) },
    async ({ reader }, { params, query }) => {
      await knownMarket(reader, params)
      return listCandles(reader, params.market, query)
    },
  ),
  route(
    '/markets/{market}/batches',
    'Auctions in which something traded or went back, the newest first',
    { params: market, query, response: pageShape(schema.batchShape) },
    async ({ reader }, { params, query }) => {
      await knownMarket(reader, params)
      return listBatches(reader, params.market, query)
    },
  ),
  route(
    '/markets/{market}/batches/{height}',
    'One auction, with what was wanted at each price',
    { params: batch, response: schema.clearingShape },
    async ({ reader, snapshot }, { params }) => {
      await knownMarket(reader, params)
      const clearing = await snapshot(database => getClearing(database, params.market, params.height))
      return found(clearing, `an auction in block ${params.height} in which something happened`)
    },
  ),
  route(
    '/markets/{market}/trades.csv',
    'The tape as CSV, the oldest first, as a stream',
    { params: market, query: schema.tapeQuery, response: z.string(), media: 'text/csv' },
    async (view, { params, query }) => {
      await knownMarket(view.reader, params)
      return exportTape(view, params.market, { ...query, format: 'csv' })
    },
  ),
  route(
    '/markets/{market}/trades.parquet',
    'The tape as Parquet, the oldest first, as a stream',
    {
      ...{ params: market, query: schema.tapeQuery },
      response: z.string().meta({ format: 'binary' }),
      media: 'application/vnd.apache.parquet',
    },
    async (view, { params, query }) => {
      await knownMarket(view.reader, params)
      return exportTape(view, params.market, { ...query, format: 'parquet' })
    },
  ),
]
