import type { OrderRef } from '@omg/exchange'
import type { Guard, OrderTerms, OutputId } from '@omg/protocol'
import type { HoldingDigest } from './digest.ts'
import type { StandingOrder } from './standing.ts'
import type { HeldOutput, Holding } from './types.ts'
import type { OwnerValues } from './values.ts'

/** What is known of some outputs, by id. Nearly all guards have one, for which no table is made. */
export class OutputTable<T> {
  #id: OutputId | undefined
  #value: T | undefined
  #more: Map<OutputId, T> | undefined

  get size(): number {
    return (this.#id === undefined ? 0 : 1) + (this.#more?.size ?? 0)
  }

  get(id: OutputId): T | undefined {
    return this.#id === id ? this.#value : this.#more?.get(id)
  }

  set(id: OutputId, value: T): void {
    if (this.#id === undefined && !this.#more?.has(id)) this.#id = id
    if (this.#id === id) {
      this.#value = value
      return
    }
    this.#more ??= new Map()
    this.#more.set(id, value)
  }

  /** Whether the output was here. */
  delete(id: OutputId): boolean {
    if (this.#id !== id) return this.#more?.delete(id) ?? false
    this.#id = undefined
    this.#value = undefined
    return true
  }

  /** Calls back for each: what hot paths use, where an iterator would cost more than the rest, and so would a closure. */
  forEach<Context>(take: (id: OutputId, value: T, context: Context) => void, context: Context): void {
    if (this.#id !== undefined) take(this.#id, this.#value!, context)
    if (this.#more) for (const [id, value] of this.#more) take(id, value, context)
  }

  *[Symbol.iterator](): Generator<[OutputId, T]> {
    if (this.#id !== undefined) yield [this.#id, this.#value!]
    if (this.#more) yield* this.#more
  }
}

/** Everything the chain knows under one guard, in the state. */
export class StateHolding implements Holding, HoldingDigest {
  readonly guard: Guard
  readonly held = new OutputTable<HeldOutput>()
  terms: OrderTerms | undefined = undefined
  references = 0
  live: StandingOrder | undefined = undefined
  /** Where its order stands in the book of its market. */
  ref: OrderRef | undefined = undefined
  /** Live ORDER value of its owner; of a holding with terms, once it has any. */
  values: OwnerValues | undefined = undefined
  /** Whether it is part of the sum over the state, to which it adds these words. */
  isSummed = false
  a = 0
  b = 0
  c = 0
  d = 0

  constructor(guard: Guard) {
    this.guard = guard
  }

  get outputs(): ReadonlyMap<OutputId, HeldOutput> {
    return new Map(this.held)
  }
}
