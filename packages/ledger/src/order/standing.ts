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
 * calls an order is made when somebody asks.
 */
export class StandingOrder implements LiveOrder {
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

  get order(): BookOrder {
    const { guard, terms, lots, height, position, triggered, acted } = this
    const { owner, side, maxFeeBps, expiryKind, expiry } = terms
    const { timeInForce, postOnly, selfTradePrevention, triggerKind, minFill } = terms
    return {
      guard,
      owner,
      side,
      lots,
      height,
      position,
      maxFeeBps,
      expiryKind,
      expiry,
      timeInForce,
      postOnly,
      selfTradePrevention,
      triggerKind,
      triggered,
      acted,
      limit: Number(terms.limit),
      minFill: minFill > 0xffff_ffffn ? 0xffff_ffff : Number(minFill),
      triggerPrice: Number(terms.triggerPrice),
      triggerLimit: Number(terms.triggerLimit),
    }
  }

  /** The same order, in its first batch. */
  inFirstBatch(): StandingOrder {
    return new StandingOrder(this.guard, this.terms, this.output, { ...this.#marks, acted: true }, this)
  }

  get #marks(): OrderMarks {
    const { lots, triggered, acted, release } = this
    return { lots, triggered, acted, release }
  }
}
