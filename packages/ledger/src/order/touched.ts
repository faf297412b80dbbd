import { lotsOf } from '@omg/exchange'
import {
  type Amount,
  type Guard,
  type Hash,
  isDepositPosition,
  MAX_U32,
  type OrderTerms,
  type Output,
  type OutputId,
  type Position,
  ZERO_HASH,
} from '@omg/protocol'
import { OutputTable, type StateHolding } from './holding.ts'
import { takes } from './rules.ts'
import { type OrderMarks, type OrderPlace, StandingOrder } from './standing.ts'
import type { GivenBackReason, HeldOutput, Holding, HoldingChange, MarketView } from './types.ts'

/** An output by what makes it: a transaction by when the block took it, and the output's index there. */
export interface Origin {
  readonly transaction: number
  readonly index: number
}

/** Where an output of the block stands, once its transactions have their places. */
export type Placement = (transaction: number, index: number) => Position

/** An order while its block is made: it may have moved to another output, whose position is not known yet. */
export interface DraftOrder extends OrderMarks {
  readonly output: OutputId
  /** The order as it stood before the block, or the output of this block that made it. */
  readonly from: OrderPlace | Origin
}

/** An output of the block, whose place is known at its end. */
interface FreshOutput extends Origin {
  readonly token: Output['token']
  readonly amount: Amount
}

/** One guard while its block is made. Most lose or gain a single output, so nothing is made for what may never come. */
export class DraftHolding {
  readonly guard: Guard
  readonly base: StateHolding | undefined
  terms: OrderTerms | undefined
  references: number
  /** The output that holds its order. */
  liveOutput: OutputId | undefined
  /** The order as the block left it, where that is not as it was before. */
  order: DraftOrder | undefined
  removed: OutputTable<HeldOutput> = NO_OUTPUTS
  added: OutputTable<FreshOutput> = NO_OUTPUTS

  constructor(guard: Guard, base: StateHolding | undefined) {
    this.guard = guard
    this.base = base
    this.terms = base?.terms
    this.references = base?.references ?? 0
    this.liveOutput = base?.live?.output
    this.order = undefined
  }

  get live(): DraftOrder | undefined {
    if (this.liveOutput === undefined) return undefined
    this.order ??= draftOf(this.base!.live!)
    return this.order
  }

  set live(order: DraftOrder | undefined) {
    this.liveOutput = order?.output
    this.order = order
  }

  /** Live outputs by now. */
  get size(): number {
    return (this.base?.held.size ?? 0) - this.removed.size + this.added.size
  }

  add(id: OutputId, output: FreshOutput): void {
    if (this.added === NO_OUTPUTS) this.added = new OutputTable()
    this.added.set(id, output)
  }

  remove(id: OutputId): void {
    const held = this.base?.held.get(id)
    if (held === undefined) {
      this.added.delete(id)
      return
    }
    if (this.removed === NO_OUTPUTS) this.removed = new OutputTable()
    this.removed.set(id, held)
  }
}

/** Stays empty. */
const NO_OUTPUTS = new OutputTable<never>()

/** Whether no live output and no other terms need the terms of a guard. */
export function isUnreferenced({ terms, size, references }: DraftHolding): boolean {
  return terms !== undefined && size === 0 && references === 0
}

/** Puts the outputs that a guard gained where they stand. */
function placed({ added }: DraftHolding, positionOf: Placement, height: bigint): OutputTable<HeldOutput> {
  if (added.size === 0) return NO_OUTPUTS
  const outputs = new OutputTable<HeldOutput>()
  added.forEach((id, { transaction, index, token, amount }) => {
    outputs.set(id, { token, amount, height, position: positionOf(transaction, index) })
  })
  return outputs
}

export function draftOf(live: NonNullable<Holding['live']>): DraftOrder {
  const { output, lots, triggered, acted, release } = live
  return { output, lots, from: live, triggered, acted, release }
}

/** The order under a guard after the block, at the place of the output that made it. */
function liveAfter(
  { guard, base, terms, liveOutput, order }: DraftHolding,
  positionOf: Placement,
  height: bigint,
): Holding['live'] {
  if (liveOutput === undefined || terms === undefined) return undefined
  if (order === undefined) return base!.live
  const { from, lots } = order
  const place = 'transaction' in from ? { height, position: positionOf(from.transaction, from.index) } : from
  const marks = order.release === undefined && lots === 0 ? { ...order, release: FILLED } : order
  return new StandingOrder(guard, terms, liveOutput, marks, place)
}

const FILLED: GivenBackReason = 'filled'

/** Proceeds that become an order. */
function promoted(
  holding: DraftHolding,
  added: OutputTable<HeldOutput>,
  markets: MarketView,
): Holding['live'] {
  const { guard, base, terms, removed } = holding
  if (terms === undefined || terms.market === (ZERO_HASH as Hash) || holding.size === 0) return undefined
  const all = [...(base?.held ?? []), ...added].filter(([id]) => !removed.get(id))
  const waiting = all.filter(([, { position }]) => !isDepositPosition(position))
  const [first] = waiting.sort(([, a], [, b]) => (a.position < b.position ? -1 : 1))
  const market = markets.get(terms.market)
  if (first === undefined || market === undefined) return undefined
  const [output, { amount, height, position }] = first
  const lots = lotsOf(market.terms, terms, amount)
  // It is a new order, which the market may take none of now.
  const release = lots === 0n ? FILLED : takes(market, terms) ? undefined : 'closed'
  const most = lots > BigInt(MAX_U32) ? MAX_U32 : Number(lots)
  const marks = { lots: most, triggered: false, acted: false, release }
  return new StandingOrder(guard, terms, output, marks, { height, position })
}

/** What the block changes under a guard, once its transactions have their places. */
export function changeOf(
  holding: DraftHolding,
  positionOf: Placement,
  height: bigint,
  markets: MarketView,
): HoldingChange {
  const { guard, base, terms, references, removed } = holding
  const added = placed(holding, positionOf, height)
  const live = liveAfter(holding, positionOf, height) ?? promoted(holding, added, markets)
  return { guard, base, terms, references, live, removed, added }
}
