import { clearBatch, type OrderRef } from '@omg/exchange'
import { lastNonDAOf, publishedTo, type StateTransition, settlesWhole, tradingFees } from '@omg/ledger'
import type { Hash } from '@omg/protocol'
import type { EthereumView } from '../chain/ethereum.ts'

/** What the next batch of a market would be if no transaction touched the book before it. */
export interface Indicative {
  /** Of the block that would hold the batch. */
  readonly height: bigint
  /** In ticks; null where nothing would trade. */
  readonly price: bigint | null
  /** In lots. */
  readonly volume: bigint
  /** Lots of buys that reach the price, less those of sells. */
  readonly imbalance: bigint
}

/**
 * The batch that the ledger would hold over the book after its last block, by the same auction. Changes nothing. `ethereum` is
 * that of the last block: the next one sees the same, unless a new checkpoint begins.
 */
export function indicativeOf(
  { tip, orders, inForce }: StateTransition,
  { exchange, locked }: EthereumView,
  market: Hash,
): Indicative {
  const height = tip.height + 1n
  const listed = exchange.markets.get(market)
  const book = orders.book(market)
  const trades = listed?.state === 'active' || listed?.state === 'postOnly'
  const hasFees = inForce.feeTokens.some(({ token }) => token === listed?.terms.quote)
  if (!trades || !hasFees || book === undefined) return { height, price: null, volume: 0n, imbalance: 0n }
  const { makerBps, takerBps } = tradingFees(inForce.exchange, listed.terms.tier)
  const unspendable = new Set<OrderRef>()
  const published = publishedTo(exchange, lastNonDAOf(tip))
  // R9, R10: the usual case is that there is nothing to ask.
  if (listed.terms.tier !== 'bonded' || locked.size > 0) {
    const isLocked = orders.heirs.lockedForAll(locked)
    for (const { order, output, release } of orders.live(market)) {
      if (release !== undefined) continue
      const { position } = orders.holding(order.guard)!.outputs.get(output)!
      const acts = published.isSeasoned(position, listed.terms.tier) && !isLocked(output)
      if (!acts) unspendable.add(book.find(order.guard)!)
    }
  }
  const whole = settlesWhole({ exchange: published, checkpoint: tip.checkpoint }, listed.terms.tier)
  const batch = clearBatch(book, {
    ...{ height, originTime: tip.originTime, previousAppHash: tip.appHash },
    ...{ lastPrice: orders.lastPrice(market), makerBps, takerBps, unspendable, whole },
  })
  const price = batch.price === undefined ? null : BigInt(batch.price)
  return { height, price, volume: BigInt(batch.volume), imbalance: BigInt(batch.demand - batch.supply) }
}
