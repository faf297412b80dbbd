import type { Guard, Hash } from '@omg/protocol'
import { tickOf } from './order.ts'
import { compareKeys, rationingKey, share } from './rationing.ts'
import type { Batch, BookOrder, LeftOutReason, Side } from './types.ts'

/** Everything about an order that its fill depends on, besides what is public about the batch. */
export interface FillClaim {
  readonly side: Side
  /** Where the order stood. */
  readonly tick: number
  readonly height: bigint
  /** What it brought to the batch. */
  readonly lots: number
  /** The one prefix sum: lots of the orders that come before it in the rationed block; 0 for all others. */
  readonly before: number
  /** Of what it was allotted, the lots that are not traded: `Batch.unsettled`. */
  readonly unsettled: number
}

/** Why an order got what it got, or was allotted it: `FillClaim.unsettled` is what it then lost. */
export type FillCause =
  /** It did not take part. */
  | { readonly kind: 'leftOut'; readonly reason: LeftOutReason }
  /** Nothing traded. */
  | { readonly kind: 'noTrade' }
  /** Its limit does not reach the clearing price. */
  | { readonly kind: 'price' }
  /** Everything: its price level is not rationed. */
  | { readonly kind: 'whole' }
  /** Everything: in the rationed level, it is older than the block that shares. */
  | { readonly kind: 'older' }
  /** Nothing: in the rationed level, it is younger than the block that shares. */
  | { readonly kind: 'younger' }
  /** A share of what is left for its block. */
  | { readonly kind: 'share' }

/** What an order got in a batch, and why; `verifyFill` checks it without the book. */
export interface FillExplanation {
  readonly order: Guard
  readonly filled: number
  readonly cause: FillCause
  /** Undefined for an order that was left out. */
  readonly claim: FillClaim | undefined
}

/** What the batch gives to an order, from a few public numbers and one prefix sum. */
export function fillOfClaim(
  { price, rationing }: Pick<Batch, 'price' | 'rationing'>,
  claim: FillClaim,
): { readonly filled: number; readonly cause: FillCause } {
  const { allotted, cause } = allotmentOf({ price, rationing }, claim)
  return { filled: allotted - claim.unsettled, cause }
}

function allotmentOf(
  { price, rationing }: Pick<Batch, 'price' | 'rationing'>,
  { side, tick, height, lots, before }: FillClaim,
): { readonly allotted: number; readonly cause: FillCause } {
  if (price === undefined) return { allotted: 0, cause: { kind: 'noTrade' } }
  if (side === 'buy' ? tick < price : tick > price) return { allotted: 0, cause: { kind: 'price' } }
  if (rationing?.side !== side || rationing.tick !== tick) return { allotted: lots, cause: { kind: 'whole' } }
  if (height < rationing.height) return { allotted: lots, cause: { kind: 'older' } }
  if (height > rationing.height) return { allotted: 0, cause: { kind: 'younger' } }
  return { allotted: share(rationing.lots, rationing.of, before, lots), cause: { kind: 'share' } }
}

/** Whether a claim leads to this fill. What it says is unsettled stands in the batch itself. */
export function verifyFill(
  batch: Pick<Batch, 'price' | 'rationing'>,
  claim: FillClaim,
  filled: number,
): boolean {
  return fillOfClaim(batch, claim).filled === filled
}

/**
 * Why an order got what it got. Throws where the order is not among those of the book.
 *
 * @param book The live orders before the batch.
 */
export function explainFill(
  batch: Batch<Guard>,
  book: Iterable<BookOrder>,
  previousAppHash: Hash,
  guard: Guard,
): FillExplanation {
  const orders = [...book]
  const order = orders.find(candidate => candidate.guard === guard)
  if (!order) throw new Error(`the order ${guard} was not in the book`)
  const absent = new Map(batch.leftOut.map(({ order, reason }) => [order, reason]))
  const reason = absent.get(guard)
  if (reason) return { order: guard, filled: 0, cause: { kind: 'leftOut', reason }, claim: undefined }

  // Self-trade prevention takes lots before the clearing.
  const taken = new Map<Guard, number>()
  for (const { order, reason, lots } of batch.releases) if (reason === 'selfTrade') taken.set(order, lots)
  const broughtBy = (order: BookOrder) => order.lots - (taken.get(order.guard) ?? 0)

  const { side, height } = order
  const tick = tickOf(order)
  const key = rationingKey(guard, previousAppHash)
  const before = orders
    .filter(other => !absent.has(other.guard))
    .filter(other => other.side === side && tickOf(other) === tick && other.height === height)
    .filter(other => compareKeys(rationingKey(other.guard, previousAppHash), key) < 0)
    .reduce((sum, other) => sum + broughtBy(other), 0)
  const unsettled = batch.unsettled.find(({ order }) => order === guard)?.lots ?? 0
  const whole = { side, tick, height, lots: broughtBy(order), before: 0, unsettled }
  const result = fillOfClaim(batch, { ...whole, before })
  const claim = result.cause.kind === 'share' ? { ...whole, before } : whole
  return { order: guard, claim, ...result }
}
