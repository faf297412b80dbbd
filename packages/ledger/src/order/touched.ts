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

/** Where an output of the block stands, once its transactions have their places: a transaction by when the block took it. */
export type Placement = (transaction: number, index: number) => Position

/** What a block's outputs and orders need to join the state. */
export interface BlockPlace {
  readonly height: bigint
  readonly positionOf: Placement
  readonly markets: MarketView
}

/** What has no place yet: no output of the chain has this position. */
const NOWHERE = 0n as Position

/** An output of the block: it joins the state as it is, once it has its place. */
export class FreshOutput implements HeldOutput {
  readonly type = 'order'
  readonly guard: Guard
  readonly token: Output['token']
  readonly amount: Amount
  /** When the block took what made it: until then it is what a check found out. */
  transaction = -1
  /** Among the outputs of what made it. */
  readonly index: number
  height = 0n
  position = NOWHERE
  slot = -1

  constructor(guard: Guard, token: Output['token'], amount: Amount, index: number) {
    this.guard = guard
    this.token = token
    this.amount = amount
    this.index = index
  }

  place({ height, positionOf }: BlockPlace): void {
    if (this.position !== NOWHERE) return
    this.height = height
    this.position = positionOf(this.transaction, this.index)
  }
}

/** An order while its block is made: it may have moved to another output. */
export interface DraftOrder extends OrderMarks {
  readonly output: OutputId
  /** The order as it stood before the block, or the output of this block that made it. */
  readonly from: OrderPlace
}

/**
 * One guard while its block is made, and then what the block changes about it. Most lose or gain a single output, so nothing is
 * made for what may never come.
 */
export class DraftHolding implements HoldingChange {
  readonly guard: Guard
  readonly base: StateHolding | undefined
  terms: OrderTerms | undefined
  references: number
  /** The output that holds its order. */
  liveOutput: OutputId | undefined
  /** A new order came with the guard in this block, whatever happened to it since. */
  hasEntered = false
  removed: OutputTable<HeldOutput> = NO_OUTPUTS
  added: OutputTable<FreshOutput> = NO_OUTPUTS
  /** The order after the block, once its transactions have their places. */
  live: StandingOrder | undefined = undefined
  /** The order as the block left it, where that is not as it was before. */
  #order: DraftOrder | undefined = undefined

  constructor(guard: Guard, base: StateHolding | undefined) {
    this.guard = guard
    this.base = base
    this.terms = base?.terms
    this.references = base?.references ?? 0
    this.liveOutput = base?.live?.output
  }

  /** The order by now. */
  get order(): DraftOrder | undefined {
    if (this.liveOutput === undefined) return undefined
    this.#order ??= draftOf(this.base!.live!)
    return this.#order
  }

  set order(order: DraftOrder | undefined) {
    this.liveOutput = order?.output
    this.#order = order
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

  /** Puts everything where it stands: the block takes no more transactions. */
  place(block: BlockPlace): void {
    this.added.forEach(placeOutput, block)
    this.live = this.#orderAfter(block) ?? promoted(this, block.markets)
  }

  /** The order after the block, at the place of the output that made it. */
  #orderAfter(block: BlockPlace): StandingOrder | undefined {
    const { guard, base, terms, liveOutput } = this
    if (liveOutput === undefined || terms === undefined) return undefined
    const order = this.#order
    if (order === undefined) return base!.live
    const { from, lots, triggered, acted } = order
    // It may have been spent again.
    if (from instanceof FreshOutput) from.place(block)
    const release = order.release ?? (lots === 0 ? FILLED : undefined)
    return new StandingOrder(guard, terms, liveOutput, { lots, triggered, acted, release }, from)
  }
}

function placeOutput(_: OutputId, output: FreshOutput, block: BlockPlace): void {
  output.place(block)
}

/** Stays empty. */
const NO_OUTPUTS = new OutputTable<never>()

/** Whether no live output and no other terms need the terms of a guard. */
export function isUnreferenced({ terms, size, references }: DraftHolding): boolean {
  return terms !== undefined && size === 0 && references === 0
}

export function draftOf(live: NonNullable<Holding['live']>): DraftOrder {
  const { output, lots, triggered, acted, release } = live
  return { output, lots, from: live, triggered, acted, release }
}

const FILLED: GivenBackReason = 'filled'

/** Proceeds that become an order. */
function promoted(holding: DraftHolding, markets: MarketView): StandingOrder | undefined {
  const { guard, base, terms, removed, added } = holding
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
