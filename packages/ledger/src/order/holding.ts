import type { OrderRef } from '@omg/exchange'
import type { Guard, OrderTerms, OutputId } from '@omg/protocol'
import type { HoldingDigest } from './digest.ts'
import type { HeldOutput, Holding, LiveOrder } from './types.ts'

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

  *[Symbol.iterator](): Generator<[OutputId, T]> {
    if (this.#id !== undefined) yield [this.#id, this.#value!]
    if (this.#more) yield* this.#more
  }
}

/** Everything the chain knows under one guard, in the state. */
export class StateHolding implements Holding {
  readonly guard: Guard
  readonly held = new OutputTable<HeldOutput>()
  terms: OrderTerms | undefined = undefined
  references = 0
  live: LiveOrder | undefined = undefined
  /** Where its order stands in the book of its market. */
  ref: OrderRef | undefined = undefined
  /** What it adds to the sum over the state; of a holding with terms. */
  digest: HoldingDigest | undefined = undefined

  constructor(guard: Guard) {
    this.guard = guard
  }

  get outputs(): ReadonlyMap<OutputId, HeldOutput> {
    return new Map(this.held)
  }
}
