import {
  type Guard,
  type Hash,
  isDepositPosition,
  type OrderTerms,
  type Output,
  type OutputId,
  orderGuard,
  type Position,
  ZERO_HASH,
} from '@omg/protocol'
import type { Descent } from './heirs.ts'
import type { StateHolding } from './holding.ts'
import type { OrderState } from './state.ts'
import {
  DraftHolding,
  type DraftOrder,
  draftOf,
  FreshOutput,
  isUnreferenced,
  type Placement,
} from './touched.ts'
import type { ActedOrder, HeldOutput, MarketView, OrderChanges } from './types.ts'

/** An output that a transaction of the block spends. */
export interface SpentOutput {
  readonly id: OutputId
  readonly output: Output & Pick<HeldOutput, 'slot'>
  /** Made by a transaction of this block. */
  readonly fresh: boolean
  /** Where its guard stands in the state, if that was looked up on this tip. */
  readonly holding?: StateHolding | undefined
}

/** An output that a transaction makes. */
export interface MadeOutput {
  readonly index: number
  readonly id: OutputId
  readonly output: Output
  /** What an ORDER commits to; unknown of a deposit. */
  readonly terms?: OrderTerms | undefined
  /** A new order with this many lots. */
  readonly enters?: number | undefined
  /** What a step or fill made it of, and the tier that decides how long it inherits their locks (R6). */
  readonly heir?: Descent | undefined
  /** What stays of an order: the output that held it, and its lots. */
  readonly rest?: { readonly of: OutputId; readonly lots: number } | undefined
}

/** What a block changes about guards, on top of an {@link OrderState} that it does not touch. */
export class OrderDraft {
  readonly #state: OrderState
  readonly #holdings = new Map<Guard, DraftHolding>()
  /** New orders; proceeds that become one among them. */
  #entered = 0
  /** Orders that were in their first batch. */
  #acted: readonly Guard[] = []
  #transactions = 0

  constructor(state: OrderState) {
    this.#state = state
  }

  /** What a guard commits to, as far as the chain knows before the block or, for a fresh output, by now. */
  termsOf(guard: Guard, fresh: boolean): OrderTerms | undefined {
    return fresh ? this.#holdings.get(guard)?.terms : this.#state.holding(guard)?.terms
  }

  /** Terms known by now. */
  knownTerms(guard: Guard): OrderTerms | undefined {
    return (this.#holdings.get(guard) ?? this.#state.holding(guard))?.terms
  }

  /**
   * Whether a new order may have this guard: no output but deposits has it before the block, and no order came with it in the block. Both are the same in
   * whatever order the transactions of the block are looked at.
   */
  isFree(guard: Guard): boolean {
    // None is made twice in a block, whatever happened to the first (R3).
    if (this.#holdings.get(guard)?.hasEntered) return false
    const holding = this.#state.holding(guard)
    // The usual case: nobody has used it.
    if (holding === undefined) return true
    for (const [, { position }] of holding.held) {
      // Anybody can deposit under any guard, and such an output never is an order.
      if (!isDepositPosition(position)) return false
    }
    return true
  }

  /** New orders of the block; proceeds that became one may be among them. */
  get entered(): number {
    return this.#entered
  }

  /** The order under a guard by now. */
  live(guard: Guard): DraftOrder | undefined {
    const holding = this.#holdings.get(guard)
    if (holding) return holding.order
    const live = this.#state.holding(guard)?.live
    return live && draftOf(live)
  }

  /** The output that holds it. */
  liveOutput(guard: Guard): SpentOutput | undefined {
    const draft = this.#holdings.get(guard)
    const holding = draft ? draft.base : this.#state.holding(guard)
    const id = draft ? draft.liveOutput : holding?.live?.output
    if (id === undefined) return undefined
    const held = holding?.held.get(id)
    return { id, output: held ?? draft!.added.get(id)!, fresh: held === undefined, holding }
  }

  /** Orders that stood in the book of a market before the block, and that it has spent or moved. */
  displaced(market: Hash): StateHolding[] {
    const displaced: StateHolding[] = []
    // For so many an iterator would be what the collector notices.
    this.#holdings.forEach(({ base, liveOutput }) => {
      const live = base?.live
      if (live === undefined || live.output === liveOutput || live.release !== undefined) return
      if (base!.terms!.market === market) displaced.push(base!)
    })
    return displaced
  }

  /** Whether the block has changed something about a guard. */
  touches(guard: Guard): boolean {
    return this.#holdings.has(guard)
  }

  get isTouched(): boolean {
    return this.#holdings.size > 0
  }

  /** Live outputs under a guard by now; those of this block have no position yet. */
  outputs(guard: Guard): SpentOutput[] {
    const draft = this.#holdings.get(guard)
    const holding = draft ? draft.base : this.#state.holding(guard)
    const outputs: SpentOutput[] = []
    holding?.held.forEach((id, output) => {
      if (!draft?.removed.get(id)) outputs.push({ id, output, fresh: false, holding })
    }, undefined)
    draft?.added.forEach((id, output) => void outputs.push({ id, output, fresh: true, holding }), undefined)
    return outputs
  }

  /** Where a live output stands; undefined where it has no place yet. */
  positionOf(guard: Guard, id: OutputId): Position | undefined {
    const base = this.#holdings.get(guard)?.base ?? this.#state.holding(guard)
    return base?.held.get(id)?.position
  }

  /** Carries out a transaction. `terms` are those of its witness, chained ones too. */
  accept(spent: readonly SpentOutput[], made: readonly MadeOutput[], terms: readonly OrderTerms[]): void {
    const transaction = this.#transactions++
    const moved: DraftOrder[] = []
    const hasRest = made.some(({ rest }) => rest !== undefined)
    for (const { id, output, holding: base } of spent) {
      if (output.type !== 'order') continue
      const holding = this.#open(output.guard, base)
      holding.remove(id)
      if (holding.liveOutput !== id) continue
      if (hasRest) moved.push(holding.order!)
      holding.order = undefined
    }
    // Most terms of a witness are those of its outputs, in their order: what is left are chained ones.
    let listed = 0
    for (const { index, id, output, terms: own, enters, rest } of made) {
      if (output.type !== 'order') continue
      if (own !== undefined && own === terms[listed]) listed++
      const holding = own ? this.#learn(output.guard, own, terms) : this.#open(output.guard)
      const from = freshOf(output, index)
      from.transaction = transaction
      holding.add(id, from)
      const before = rest && moved.find(each => each.output === rest.of)
      if (before) holding.order = { ...before, output: id, lots: rest.lots }
      if (enters === undefined) {
        if (own && own.market !== ZERO_HASH && !rest) this.#entered++
        continue
      }
      holding.order = { output: id, lots: enters, from, triggered: false, acted: false, release: undefined }
      if (!holding.hasEntered) this.#entered++
      holding.hasEntered = true
    }
    for (; listed < terms.length; listed++) this.#learn(orderGuard(terms[listed]!), terms[listed]!, terms)
  }

  /** Changes what a batch decides about an order without moving it. */
  mark(guard: Guard, change: Partial<Pick<DraftOrder, 'triggered' | 'release'>>): void {
    const holding = this.#open(guard)
    if (holding.order) holding.order = { ...holding.order, ...change }
  }

  /** Notes the orders that were in their first batch. */
  act(guards: readonly Guard[]): void {
    this.#acted = this.#acted.length === 0 ? guards : [...this.#acted, ...guards]
  }

  /**
   * What the block changes, once its transactions have their places. A guard without an order takes the oldest of the outputs
   * that settlements made under it while an earlier one was live: proceeds of a chained order that came in parts.
   */
  changes(
    positionOf: Placement,
    height: bigint,
    markets: MarketView,
  ): Pick<OrderChanges, 'holdings' | 'acted'> {
    this.#forgetUnreferenced()
    const acted = this.#actedOnly()
    const holdings: DraftHolding[] = []
    const block = { height, positionOf, markets }
    this.#holdings.forEach(holding => {
      holding.place(block)
      holdings.push(holding)
    })
    return { holdings, acted }
  }

  /** Marks orders that the block has touched otherwise too, and returns the others. */
  #actedOnly(): ActedOrder[] {
    const others: ActedOrder[] = []
    for (const guard of this.#acted) {
      const holding = this.#holdings.get(guard)
      if (holding) {
        if (holding.order) holding.order = { ...holding.order, acted: true }
        continue
      }
      const { terms, references, live } = this.#state.holding(guard)!
      others.push({ guard, terms: terms!, references, live: live!.inFirstBatch() })
    }
    return others
  }

  #open(guard: Guard, base?: StateHolding): DraftHolding {
    let holding = this.#holdings.get(guard)
    if (holding === undefined) {
      holding = new DraftHolding(guard, base ?? this.#state.holding(guard))
      this.#holdings.set(guard, holding)
    }
    return holding
  }

  /** Terms that are new to the chain, and those their proceeds flow into. */
  #learn(guard: Guard, terms: OrderTerms, known: readonly OrderTerms[]): DraftHolding {
    const holding = this.#open(guard)
    if (holding.terms) return holding
    holding.terms = terms
    if (terms.proceedsKind !== 'chained') return holding
    const next =
      known.find(each => orderGuard(each) === terms.proceedsGuard) ?? this.knownTerms(terms.proceedsGuard)
    this.#learn(terms.proceedsGuard, next!, known).references++
    return holding
  }

  /** Drops terms that no live output and no other terms need. */
  #forgetUnreferenced(): void {
    const queue: DraftHolding[] = []
    for (const holding of this.#holdings.values()) if (isUnreferenced(holding)) queue.push(holding)
    for (let holding = queue.pop(); holding; holding = queue.pop()) {
      const { terms } = holding
      if (terms === undefined || !isUnreferenced(holding)) continue
      holding.terms = undefined
      if (terms.proceedsKind !== 'chained') continue
      const next = this.#open(terms.proceedsGuard)
      next.references--
      queue.push(next)
    }
  }
}

/** An output as it joins the state. What a MOVE makes is made as that: a check is taken by one block, or by none. */
function freshOf(output: Output, index: number): FreshOutput {
  if (output instanceof FreshOutput && output.transaction < 0) return output
  return new FreshOutput(output.guard, output.token, output.amount, index)
}
