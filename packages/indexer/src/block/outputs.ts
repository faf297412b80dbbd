import { readEntry, type StateTransition } from '@omg/ledger'
import {
  fromHex,
  type Guard,
  type OrderTerms,
  type Output,
  type OutputId,
  orderGuard,
  ownerOfGuard,
  ZERO_HASH,
} from '@omg/protocol'
import type { Learned, OwnedOutput } from './effects.ts'

/** The outputs that a block sees, and whose they are: those that were live before it, its own, and the terms it brings. */
export class Outputs {
  readonly #ledger: StateTransition
  readonly #fresh = new Map<OutputId, OwnedOutput>()
  readonly #terms = new Map<Guard, OrderTerms>()

  /** `ledger` stands before the block. */
  constructor(ledger: StateTransition) {
    this.#ledger = ledger
  }

  /** Takes the terms of a witness. */
  learn(terms: readonly OrderTerms[]): void {
    for (const each of terms) this.#terms.set(orderGuard(each), each)
  }

  /** What a guard commits to, as far as it is known by now. */
  terms(guard: Guard): OrderTerms | undefined {
    return this.#terms.get(guard) ?? this.#ledger.orders.holding(guard)?.terms
  }

  add(id: OutputId, output: Output): OwnedOutput {
    const owned = this.owned(id, output)
    this.#fresh.set(id, owned)
    return owned
  }

  /** An output that a valid block spends. */
  get(id: OutputId): OwnedOutput {
    const fresh = this.#fresh.get(id)
    if (fresh) return fresh
    const entry = this.#ledger.unspent.get(fromHex(id))
    if (entry === undefined) throw new Error(`${id} is spent by a valid block and was not live`)
    return this.owned(id, readEntry(entry).output)
  }

  owned(id: OutputId, output: Output): OwnedOutput {
    const { type, guard } = output
    if (type === 'coin' || type === 'item') return { id, output, owner: ownerOfGuard(guard), heldAs: type }
    const terms = type === 'order' ? this.terms(guard) : undefined
    if (terms)
      return { id, output, owner: terms.owner, heldAs: terms.market === ZERO_HASH ? 'trading' : 'order' }
    return { id, output, owner: null, heldAs: type === 'order' ? 'unknown' : 'other' }
  }

  /** Guards of older outputs whose terms came with this block. */
  learned(): Learned[] {
    const learned: Learned[] = []
    for (const guard of this.#terms.keys()) {
      const holding = this.#ledger.orders.holding(guard)
      if (holding === undefined || holding.terms !== undefined) continue
      const outputs = [...holding.outputs].map(([id, { token, amount }]) =>
        this.owned(id, { type: 'order', guard, token, amount }),
      )
      learned.push({ guard, outputs })
    }
    return learned
  }
}
