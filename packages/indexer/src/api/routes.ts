import { z } from 'zod'
import {
  getBlock,
  getOutput,
  getTransaction,
  listBlocks,
  listCheckpoints,
  listTransactions,
} from '../query/chain.ts'
import { listActivity, listBalances, listOutputs } from '../query/owners.ts'
import { listFees, listTokens } from '../query/tokens.ts'
import { found, type Route, route } from './route.ts'
import * as schema from './schemas.ts'

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
