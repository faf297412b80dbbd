import { type BookOrder, lotsOf } from '@omg/exchange'
import {
  type Amount,
  type Guard,
  type Hash,
  isDepositPosition,
  MAX_U32,
  type OrderTerms,
  type Output,
  type OutputId,
  orderGuard,
  type Position,
  ZERO_HASH,
} from '@omg/protocol'
import type { Heir } from './heirs.ts'
import { takes } from './rules.ts'
import type { OrderState } from './state.ts'
import { orderOf } from './store.ts'
import type {
  GivenBackReason,
  HeldOutput,
  Holding,
  HoldingChange,
  MarketView,
  OrderChanges,
} from './types.ts'

/** An output that a transaction of the block spends. */
export interface SpentOutput {
  readonly id: OutputId
  readonly output: Output
  /** Made by a transaction of this block. */
  readonly fresh: boolean
}

/** An output that a transaction makes. */
export interface MadeOutput {
  readonly index: number
  readonly id: OutputId
  readonly output: Output
  /** What an ORDER commits to; unknown of a deposit. */
  readonly terms?: OrderTerms
  /** A new order with this many lots. */
  readonly enters?: number
  /** What a step or fill made it of, and the tier that decides how long it inherits their locks (R6). */
  readonly heir?: Pick<Heir, 'from' | 'tier'>
  /** What stays of an order: the output that held it, and its lots. */
  readonly rest?: { readonly of: OutputId; readonly lots: number }
}

/** An order while its block is made: it may have moved to another output, whose position is not known yet. */
export interface DraftOrder {
  readonly output: OutputId
  readonly lots: number
  /** The order as it stood before the block, or the output of this block that made it. */
  readonly from: BookOrder | OutputId
  readonly triggered: boolean
  readonly acted: boolean
  readonly release: GivenBackReason | undefined
}

/** An output of the block, whose place is known at its end. */
type FreshOutput = { -readonly [Field in keyof HeldOutput]: HeldOutput[Field] }

const NOWHERE = 0n as Position

/** One guard while its block is made. Most lose or gain a single output, so nothing is made for what may never come. */
class DraftHolding {
  readonly guard: Guard
  readonly base: Holding | undefined
  terms: OrderTerms | undefined
  references: number
  live: DraftOrder | undefined
  removed: Set<OutputId> | undefined
  added: Map<OutputId, FreshOutput> | undefined

  constructor(guard: Guard, base: Holding | undefined) {
    this.guard = guard
    this.base = base
    this.terms = base?.terms
    this.references = base?.references ?? 0
    this.live = draftOf(base?.live)
    this.removed = undefined
    this.added = undefined
  }

  /** Live outputs by now. */
  get size(): number {
    return (this.base?.outputs.size ?? 0) - (this.removed?.size ?? 0) + (this.added?.size ?? 0)
  }

  add(id: OutputId, token: Output['token'], amount: Amount): void {
    this.added ??= new Map()
    this.added.set(id, { token, amount, height: 0n, position: NOWHERE })
  }

  remove(id: OutputId): void {
    if (this.added?.delete(id)) return
    this.removed ??= new Set()
    this.removed.add(id)
  }
}

const NO_IDS: readonly OutputId[] = []
const NO_OUTPUTS: ReadonlyMap<OutputId, HeldOutput> = new Map()

/** What a block changes about guards, on top of an {@link OrderState} that it does not touch. */
export class OrderDraft {
  readonly #state: OrderState
  readonly #holdings = new Map<Guard, DraftHolding>()
  /** Guards of orders that were made in this block: none is made twice, whatever happened to the first (R3). */
  readonly #entered = new Set<Guard>()
  #chained = 0
  /** Outputs, and what each inherits from. */
  readonly #heirs: [OutputId, Pick<Heir, 'from' | 'tier'>][] = []

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
    if (this.#entered.has(guard)) return false
    for (const [, { position }] of this.#state.holding(guard)?.outputs ?? []) {
      // Anybody can deposit under any guard, and such an output never is an order.
      if (!isDepositPosition(position)) return false
    }
    return true
  }

  /** New orders of the block; proceeds that became one may be among them. */
  get entered(): number {
    return this.#entered.size + this.#chained
  }

  /** The order under a guard by now. */
  live(guard: Guard): DraftOrder | undefined {
    const holding = this.#holdings.get(guard)
    return holding ? holding.live : draftOf(this.#state.holding(guard)?.live)
  }

  /** The output that holds it. */
  liveOutput(guard: Guard): OutputId | undefined {
    const holding = this.#holdings.get(guard)
    return (holding ?? this.#state.holding(guard))?.live?.output
  }

  /** Guards of which the block has changed something. */
  touched(): Iterable<Guard> {
    return this.#holdings.keys()
  }

  /** Whether the block has changed something about a guard. */
  touches(guard: Guard): boolean {
    return this.#holdings.has(guard)
  }

  get isTouched(): boolean {
    return this.#holdings.size > 0
  }

  /** Live outputs under a guard by now; those of this block have no position yet. */
  *outputs(
    guard: Guard,
  ): Generator<readonly [OutputId, { token: Output['token']; amount: Amount; position?: Position }]> {
    const holding = this.#holdings.get(guard)
    const base = holding ? holding.base : this.#state.holding(guard)
    for (const entry of base?.outputs ?? []) if (!holding?.removed?.has(entry[0])) yield entry
    for (const [id, { token, amount }] of holding?.added ?? []) yield [id, { token, amount }]
  }

  /** Where a live output stands; undefined where it has no place yet. */
  positionOf(guard: Guard, id: OutputId): Position | undefined {
    const base = this.#holdings.get(guard)?.base ?? this.#state.holding(guard)
    return base?.outputs.get(id)?.position
  }

  /** Carries out a transaction. `terms` are those of its witness, chained ones too. */
  accept(spent: readonly SpentOutput[], made: readonly MadeOutput[], terms: readonly OrderTerms[]): void {
    const moved: DraftOrder[] = []
    for (const { id, output } of spent) {
      if (output.type !== 'order') continue
      const holding = this.#open(output.guard)
      holding.remove(id)
      if (holding.live?.output !== id) continue
      moved.push(holding.live)
      holding.live = undefined
    }
    for (const each of terms) this.#learn(orderGuard(each), each, terms)
    for (const { id, output, terms: own, enters, rest, heir } of made) {
      if (heir) this.#heirs.push([id, heir])
      if (output.type !== 'order') continue
      const holding = own ? this.#learn(output.guard, own, terms) : this.#open(output.guard)
      holding.add(id, output.token, output.amount)
      const before = rest && moved.find(each => each.output === rest.of)
      if (before) holding.live = { ...before, output: id, lots: rest.lots }
      if (enters === undefined) {
        if (own && own.market !== ZERO_HASH && !rest) this.#chained++
        continue
      }
      holding.live = {
        output: id,
        lots: enters,
        from: id,
        triggered: false,
        acted: false,
        release: undefined,
      }
      this.#entered.add(output.guard)
    }
  }

  /** What the block's MOVEs and SETTLEs made of what. */
  heirs(checkpoint: bigint): Heir[] {
    return this.#heirs.map(([output, { from, tier }]) => ({ output, from, checkpoint, tier }))
  }

  /** Changes what a batch decides about an order without moving it. */
  mark(guard: Guard, change: Partial<Pick<DraftOrder, 'triggered' | 'acted' | 'release'>>): void {
    const holding = this.#open(guard)
    if (holding.live) holding.live = { ...holding.live, ...change }
  }

  /**
   * What the block changes, once its transactions have their places. A guard without an order takes the oldest of the outputs
   * that settlements made under it while an earlier one was live: proceeds of a chained order that came in parts.
   */
  changes(
    positionOf: (id: OutputId) => Position,
    height: bigint,
    markets: MarketView,
  ): Pick<OrderChanges, 'holdings'> {
    this.#forgetUnreferenced()
    const holdings: HoldingChange[] = []
    for (const holding of this.#holdings.values()) {
      const { guard, terms, references } = holding
      const added = placed(holding, positionOf, height)
      const live = liveAfter(holding, added, positionOf, height) ?? promoted(holding, added, markets)
      const removed = holding.removed ? [...holding.removed] : NO_IDS
      holdings.push({ guard, terms, references, live, removed, added })
    }
    return { holdings }
  }

  #open(guard: Guard): DraftHolding {
    let holding = this.#holdings.get(guard)
    if (holding === undefined) {
      holding = new DraftHolding(guard, this.#state.holding(guard))
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
    const queue = [...this.#holdings.values()]
    for (let holding = queue.pop(); holding; holding = queue.pop()) {
      const { terms, references } = holding
      if (terms === undefined || holding.size > 0 || references > 0) continue
      holding.terms = undefined
      if (terms.proceedsKind !== 'chained') continue
      const next = this.#open(terms.proceedsGuard)
      next.references--
      queue.push(next)
    }
  }
}

/** Puts the outputs that a guard gained where they stand. */
function placed(
  { added }: DraftHolding,
  positionOf: (id: OutputId) => Position,
  height: bigint,
): ReadonlyMap<OutputId, HeldOutput> {
  if (added === undefined) return NO_OUTPUTS
  for (const [id, output] of added) {
    output.height = height
    output.position = positionOf(id)
  }
  return added
}

function draftOf(live: Holding['live']): DraftOrder | undefined {
  if (live === undefined) return undefined
  const { output, order, release } = live
  const { lots, triggered, acted } = order
  return { output, lots, from: order, triggered, acted, release }
}

/** The order under a guard after the block, at the place of the output that made it. */
function liveAfter(
  { guard, terms, live }: DraftHolding,
  added: ReadonlyMap<OutputId, HeldOutput>,
  positionOf: (id: OutputId) => Position,
  height: bigint,
): Holding['live'] {
  if (live === undefined || terms === undefined) return undefined
  const { output, lots, from, triggered, acted } = live
  const order =
    typeof from === 'string'
      ? orderOf(guard, terms, lots, height, added.get(from)?.position ?? positionOf(from))
      : { ...from, lots, triggered, acted }
  const release = live.release ?? (lots === 0 ? 'filled' : undefined)
  return release ? { output, order, release } : { output, order }
}

/** Proceeds that become an order. */
function promoted(
  holding: DraftHolding,
  added: ReadonlyMap<OutputId, HeldOutput>,
  markets: MarketView,
): Holding['live'] {
  const { guard, base, terms, removed } = holding
  if (terms === undefined || terms.market === (ZERO_HASH as Hash) || holding.size === 0) return undefined
  const all = [...(base?.outputs ?? []), ...added].filter(([id]) => !removed?.has(id))
  const waiting = all.filter(([, { position }]) => !isDepositPosition(position))
  const [first] = waiting.sort(([, a], [, b]) => (a.position < b.position ? -1 : 1))
  const market = markets.get(terms.market)
  if (first === undefined || market === undefined) return undefined
  const [output, { amount, height, position }] = first
  const lots = lotsOf(market.terms, terms, amount)
  const order = orderOf(guard, terms, lots > BigInt(MAX_U32) ? MAX_U32 : Number(lots), height, position)
  if (lots === 0n) return { output, order, release: 'filled' }
  // It is a new order, which the market may take none of now.
  return takes(market, terms) ? { output, order } : { output, order, release: 'closed' }
}
