import { isDeepStrictEqual } from 'node:util'
import {
  type Batch,
  type BatchLeaf,
  type BookOrder,
  explainFill,
  type FillExplanation,
  referenceAuction,
} from '@omg/exchange'
import { createNodes, followerError, type Nodes } from '@omg/follower'
import {
  createMapPool,
  type ExchangeView,
  type Execution,
  fastKeccak256,
  Ledger,
  lastNonDAOf,
  publishedTo,
  seasoningOf,
  settlesWhole,
  tradingFees,
} from '@omg/ledger'
import {
  decodeHeader,
  fail,
  fromHex,
  type Guard,
  type Hash,
  type Hex,
  headerHash,
  installKeccak256,
  type OmgError,
  ok,
  type Result,
} from '@omg/protocol'
import { z } from 'zod'
import { createEthereumSource } from '../chain/ethereum.ts'
import { askParameters } from '../chain/parameters.ts'
import { Replica } from '../chain/replica.ts'
import { indexerError } from '../errors.ts'
import { preparedBlocks } from './chain.ts'
import { levelsOf, type ReplayLevel } from './levels.ts'
import { type FillProof, proveFill } from './proof.ts'

export interface ReplayOptions {
  /** Nodes of the chain; none of them is believed. */
  readonly node: readonly string[]
  readonly market: Hash
  /** The block that held the auction. */
  readonly height: bigint
  /** An order to explain. */
  readonly order?: Guard | undefined
  /** Threads that recover signatures. Default 1. */
  readonly workers?: number
  /** Told of every block that was executed, and of the last one that is needed at most. */
  readonly onProgress?: (height: bigint, last: bigint) => void
}

/** The checkpoint that commits to the auction. */
export interface ReplayedCheckpoint {
  readonly number: bigint
  /** Worked out here. */
  readonly batchRoot: Hash
  /** What the node's header says, and the hash by which Ethereum knows that header. */
  readonly header: { readonly hash: Hash; readonly batchRoot: Hash }
}

/** A past auction, worked out from the transactions of the chain alone. */
export interface Replay {
  readonly batch: Batch<Guard>
  readonly time: bigint
  /** Of the block before: it shuffles the block that shares a rationed level. */
  readonly previousAppHash: Hash
  /** The clearing price of the last auction with a volume before this one. */
  readonly lastPrice: number | undefined
  /** What took part, by price, the highest first. */
  readonly levels: readonly ReplayLevel[]
  /** Whether the plain auction, which shares no code with the engine, comes to the same. */
  readonly referenceAgrees: boolean
  /** Undefined while the checkpoint is open: then nothing but the block's app hash commits to the auction. */
  readonly checkpoint: ReplayedCheckpoint | undefined
  readonly isConfirmed: boolean
  readonly explanation: FillExplanation | undefined
  /** Undefined while the checkpoint is open. */
  readonly proof: FillProof | undefined
}

/**
 * Executes the chain from its first block with a ledger of its own, up to the end of the checkpoint of an auction. Nothing a node says
 * about a price, a volume or a fill is looked at: they follow from the orders. Errors: `node.*`; `replay.unknown` where there was no such
 * auction; `replay.order` where the order did not stand in it; `replay.mismatch` where a block is not what the rules make of it.
 */
export async function replayBatch(options: ReplayOptions): Promise<Result<Replay, OmgError>> {
  installKeccak256(fastKeccak256)
  const nodes = createNodes(options.node, { head: 'first', maxJsonBytes: MAX_JSON_BYTES })
  const [asked, head] = [await askParameters(nodes), await nodes.head()]
  if (!asked.ok) return asked
  if (!head.ok) return head
  if (options.height > head.value || options.height < 1n) {
    return fail(indexerError('replay.unknown', `there is no block ${options.height} yet`))
  }
  const { ledger: parameters, seasoning } = asked.value
  const pool = createMapPool({ domain: parameters.domain, workers: options.workers ?? 1 })
  try {
    const replica = new Replica(new Ledger(parameters), pool)
    const ethereum = createEthereumSource(nodes, seasoningOf(seasoning))
    return await executeAll(options, { nodes, replica, ethereum, last: head.value })
  } finally {
    await pool.close()
  }
}

/** As the indexer: a page of listings is the longest. */
const MAX_JSON_BYTES = 16 * 1024 * 1024

interface Chain {
  readonly nodes: Nodes
  readonly replica: Replica
  readonly ethereum: ReturnType<typeof createEthereumSource>
  readonly last: bigint
}

/** What the auction saw, and what it came to. */
interface Auction {
  readonly batch: Batch<Guard>
  readonly book: readonly BookOrder[]
  readonly lastPrice: number | undefined
  readonly execution: Execution
  readonly exchange: ExchangeView
  /** As of the block. */
  readonly lastNonDA: bigint
}

async function executeAll(options: ReplayOptions, chain: Chain): Promise<Result<Replay, OmgError>> {
  const { market, height, onProgress } = options
  const { replica, ethereum, nodes, last } = chain
  const { ledger } = replica
  let auction: Auction | undefined
  for await (const prepared of preparedBlocks(nodes, replica, 1n, last)) {
    if (!prepared.ok) return prepared
    const view = await ethereum.at(prepared.value.block)
    if (!view.ok) return view
    const isIt = prepared.value.block.height === height
    const before = isIt && {
      book: [...(ledger.orders.book(market)?.orders() ?? [])],
      lastPrice: ledger.orders.lastPrice(market),
      lastNonDA: lastNonDAOf(ledger.tip, prepared.value.block.daMode),
    }
    const earlier = ledger.orders.openBatches
    const executed = await replica.execute(prepared.value, view.value)
    if (!executed.ok) {
      const { height: at } = prepared.value.block
      const { code, message } = executed.error
      const words = `block ${at} is not what the rules make of it: ${message} [${code}]`
      return fail(indexerError('replay.mismatch', words, executed.error))
    }
    const { execution, closed } = executed.value
    onProgress?.(execution.block.height, last)
    if (before) {
      const batch = execution.batches.find(each => each.market === market)
      if (batch === undefined) {
        return fail(indexerError('replay.unknown', `market ${market} held no auction in block ${height}`))
      }
      auction = { ...before, batch, execution, exchange: view.value.exchange }
    }
    if (auction === undefined || closed === undefined) continue
    const leaves = [...earlier, ...execution.orders.batches]
    const header = await headerOf(nodes, closed.checkpoint)
    if (!header.ok) return header
    const checkpoint = { number: closed.checkpoint, batchRoot: closed.batchRoot, header: header.value }
    return describe(auction, options, { checkpoint, leaves })
  }
  return describe(auction!, options)
}

function describe(
  auction: Auction,
  { market, order }: ReplayOptions,
  committed?: { readonly checkpoint: ReplayedCheckpoint; readonly leaves: readonly BatchLeaf[] },
): Result<Replay, OmgError> {
  const { batch, book, lastPrice, execution, lastNonDA } = auction
  const exchange = publishedTo(auction.exchange, lastNonDA)
  const { block } = execution
  if (order !== undefined && !book.some(({ guard }) => guard === order)) {
    return fail(
      indexerError('replay.order', `order ${order} did not stand in the book before block ${block.height}`),
    )
  }
  const listed = exchange.markets.get(market)!
  const { makerBps, takerBps } = tradingFees(execution.inForce.exchange, listed.terms.tier)
  const unspendable = new Set(
    batch.leftOut.flatMap(({ order: guard, reason }) => (reason === 'unspendable' ? [guard] : [])),
  )
  const context = { height: block.height, originTime: block.originTime, lastPrice, makerBps, takerBps }
  const { previousAppHash } = block
  const whole = settlesWhole({ exchange, checkpoint: block.checkpoint }, listed.terms.tier)
  const reference = referenceAuction(listed, book, { ...context, previousAppHash, unspendable, whole })
  const checkpoint = committed?.checkpoint
  return ok({
    ...{ batch, lastPrice, checkpoint, previousAppHash, time: block.time },
    levels: levelsOf(book, batch),
    referenceAgrees: isDeepStrictEqual(reference, batch),
    isConfirmed: checkpoint !== undefined && checkpoint.batchRoot === checkpoint.header.batchRoot,
    explanation: order && explainFill(batch, book, previousAppHash, order),
    proof:
      order &&
      committed &&
      proveFill({ market, height: block.height, order, book, leaves: committed.leaves }),
  })
}

const headerSchema = z.object({ header: z.string().regex(/^0x([0-9a-f]{2})+$/) })

async function headerOf(
  nodes: Nodes,
  number: bigint,
): Promise<Result<ReplayedCheckpoint['header'], OmgError>> {
  const asked = await nodes.call('omg_getCheckpoint', { number: String(number) })
  if (!asked.ok) return asked
  const parsed = headerSchema.safeParse(asked.value)
  if (!parsed.success) {
    return fail(followerError('node.malformed', `omg_getCheckpoint: ${z.prettifyError(parsed.error)}`))
  }
  const header = decodeHeader(fromHex(parsed.data.header as Hex))
  return header.ok ? ok({ hash: headerHash(header.value), batchRoot: header.value.batchRoot }) : header
}
