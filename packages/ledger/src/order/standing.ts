import type { BookOrder } from '@omg/exchange'
import type { Guard, OrderTerms, OutputId, Position } from '@omg/protocol'
import type { GivenBackReason, LiveOrder } from './types.ts'

/** Where an order stands in time: at the output that made it. */
export type OrderPlace = Pick<LiveOrder, 'height' | 'position'>

/** What changes about an order while it lives. */
export interface OrderMarks {
  readonly lots: number
  readonly triggered: boolean
  readonly acted: boolean
  readonly release: GivenBackReason | undefined
}

/**
 * A live order as the state keeps it: what its terms do not say. Orders outlive many collections of memory, so what the exchange
 * calls an order is read from them when somebody asks.
 */
export class StandingOrder implements LiveOrder, BookOrder {
  readonly guard: Guard
  readonly terms: OrderTerms
  readonly output: OutputId
  readonly lots: number
  readonly height: bigint
  readonly position: Position
  readonly triggered: boolean
  readonly acted: boolean
  readonly release: GivenBackReason | undefined

  constructor(
    guard: Guard,
    terms: OrderTerms,
    output: OutputId,
    { lots, triggered, acted, release }: OrderMarks,
    { height, position }: OrderPlace,
  ) {
    this.guard = guard
    this.terms = terms
    this.output = output
    this.lots = lots
    this.height = height
    this.position = position
    this.triggered = triggered
    this.acted = acted
    this.release = release
  }

  get owner(): BookOrder['owner'] {
    return this.terms.owner
  }

  get side(): BookOrder['side'] {
    return this.terms.side
  }

  get limit(): number {
    return Number(this.terms.limit)
  }

  get maxFeeBps(): number {
    return this.terms.maxFeeBps
  }

  get expiryKind(): BookOrder['expiryKind'] {
    return this.terms.expiryKind
  }

  get expiry(): bigint {
    return this.terms.expiry
  }

  get minFill(): number {
    const { minFill } = this.terms
    return minFill > 0xffff_ffffn ? 0xffff_ffff : Number(minFill)
  }

  get timeInForce(): BookOrder['timeInForce'] {
    return this.terms.timeInForce
  }

  get postOnly(): boolean {
    return this.terms.postOnly
  }

  get selfTradePrevention(): BookOrder['selfTradePrevention'] {
    return this.terms.selfTradePrevention
  }

  get triggerKind(): BookOrder['triggerKind'] {
    return this.terms.triggerKind
  }

  get triggerPrice(): number {
    return Number(this.terms.triggerPrice)
  }

  get triggerLimit(): number {
    return Number(this.terms.triggerLimit)
  }

  /** The order as an object of its own. */
  get order(): BookOrder {
    const { guard, owner, side, limit, lots, height, position, maxFeeBps, expiryKind, expiry, minFill } = this
    const { timeInForce, postOnly, selfTradePrevention, triggerKind, triggerPrice, triggerLimit } = this
    return {
      ...{ guard, owner, side, limit, lots, height, position, maxFeeBps, expiryKind, expiry, minFill },
      ...{ timeInForce, postOnly, selfTradePrevention, triggerKind, triggerPrice, triggerLimit },
      ...{ triggered: this.triggered, acted: this.acted },
    }
  }

  /** The same order, in its first batch. */
  inFirstBatch(): StandingOrder {
    const { guard, terms, output, lots, triggered, release } = this
    return new StandingOrder(guard, terms, output, { lots, triggered, acted: true, release }, this)
  }
}
