import type { Execution, HeldOutput, Holding, Ledger, LiveOrder } from '@omg/ledger'
import { type Address, type Guard, type Hash, type OutputId, ZERO_HASH } from '@omg/protocol'

/** A live order with what holds it. */
export interface OwnedOrder {
  readonly guard: Guard
  readonly holding: Holding
  readonly live: LiveOrder
  readonly held: HeldOutput
}

/** What a trading balance holds of a token. */
export interface TradingBalance {
  readonly guard: Guard
  readonly holding: Holding
  readonly token: Address
  readonly amount: bigint
  /** The largest first. */
  readonly outputs: readonly (readonly [OutputId, HeldOutput])[]
}

/** Finds orders and trading balances by their owner. The ledger knows them by guard; this index follows its blocks. */
export class OrderReader {
  readonly #ledger: Ledger
  readonly #guards = new Map<Address, Set<Guard>>()

  constructor(ledger: Ledger) {
    this.#ledger = ledger
    this.reload()
  }

  /** The ledger has taken over another state. */
  reload(): void {
    const { orders } = this.#ledger
    this.#guards.clear()
    for (const [guard, { terms }] of orders.holdings()) if (terms) this.#add(terms.owner, guard)
  }

  /** Follows a block that the ledger is about to apply. */
  apply({ orders }: Execution): void {
    for (const { guard, base, terms } of orders.holdings) {
      const known = base?.terms
      if (known === undefined && terms) this.#add(terms.owner, guard)
      else if (known && terms === undefined) this.#remove(known.owner, guard)
    }
  }

  order(guard: Guard): OwnedOrder | undefined {
    const holding = this.#ledger.orders.holding(guard)
    const live = holding?.live
    const held = live && holding.outputs.get(live.output)
    return held && { guard, holding, live, held }
  }

  /** Live orders of an owner by guard, those after a guard. */
  orders(owner: Address, market: Hash | undefined, after: Guard | undefined, limit: number): OwnedOrder[] {
    const isWanted = (guard: Guard) => {
      const holding = this.#ledger.orders.holding(guard)
      if (holding?.live === undefined) return false
      return market === undefined || holding.terms!.market === market
    }
    return this.#page(owner, isWanted, after, limit).map(guard => this.order(guard)!)
  }

  /** Trading balances of an owner by guard, those after a guard. */
  balances(owner: Address, after: Guard | undefined, limit: number): TradingBalance[] {
    const isWanted = (guard: Guard) => {
      const { terms, outputs } = this.#ledger.orders.holding(guard)!
      return terms?.market === ZERO_HASH && outputs.size > 0
    }
    return this.#page(owner, isWanted, after, limit).flatMap(guard => this.#balancesOf(guard))
  }

  #balancesOf(guard: Guard): TradingBalance[] {
    const holding = this.#ledger.orders.holding(guard)!
    const tokens = Map.groupBy(holding.outputs, ([, { token }]) => token)
    return [...tokens].map(([token, outputs]) => {
      const amount = outputs.reduce((sum, [, held]) => sum + held.amount, 0n)
      outputs.sort(([, a], [, b]) => (a.amount > b.amount ? -1 : a.amount < b.amount ? 1 : 0))
      return { guard, holding, token, amount, outputs }
    })
  }

  #page(
    owner: Address,
    isWanted: (guard: Guard) => boolean,
    after: Guard | undefined,
    limit: number,
  ): Guard[] {
    const guards = [...(this.#guards.get(owner) ?? [])]
    const left = after === undefined ? guards : guards.filter(guard => guard > after)
    return left.filter(isWanted).sort().slice(0, limit)
  }

  #add(owner: Address, guard: Guard): void {
    const guards = this.#guards.get(owner)
    if (guards) guards.add(guard)
    else this.#guards.set(owner, new Set([guard]))
  }

  #remove(owner: Address, guard: Guard): void {
    const guards = this.#guards.get(owner)
    guards?.delete(guard)
    if (guards?.size === 0) this.#guards.delete(owner)
  }
}
