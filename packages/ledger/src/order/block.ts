import { type Batch, crosses, type Newcomer, tradersAtMost } from '@omg/exchange'
import {
  type Address,
  coinGuard,
  type Guard,
  type Hash,
  type OrderTerms,
  type Output,
  type OutputId,
  type Pay,
  ZERO_HASH,
} from '@omg/protocol'
import type { LedgerErrorCode } from '../errors.ts'
import { exchangeParameters } from '../parameters.ts'
import { opensCheckpoint } from '../tip.ts'
import type { LedgerParameters, LockedOutputs, Tip } from '../types.ts'
import type { BookAuctions } from './auction.ts'
import { type BatchPlan, BatchPlanner, MAX_LIVE_ORDERS } from './batch.ts'
import { type MadeOutput, OrderDraft, type SpentOutput } from './draft.ts'
import { fillMove, type OpenMove } from './gather.ts'
import { type CheckedMove, checkMove, type MoveEffect, type MoveRequest } from './move.ts'
import { checkOrder, type OrderContext } from './rules.ts'
import type { Sealer } from './seal.ts'
import type { OrderState } from './state.ts'
import type { Placement } from './touched.ts'
import type { ExchangeParameters, ExchangeView, OrderChanges } from './types.ts'

/** No market is listed: nothing trades. */
export const NO_EXCHANGE: ExchangeView = {
  markets: { get: () => undefined, list: () => [] },
  isSeasoned: (_, tier) => tier === 'bonded',
  mayInherit: () => false,
}

/** What the orders of a block depend on. */
export interface OrderBlockOptions {
  readonly parameters: LedgerParameters
  readonly tip: Tip
  readonly height: bigint
  readonly originTime: bigint
  readonly locked: LockedOutputs
  readonly exchange: ExchangeView
  readonly auctions: BookAuctions
  readonly seal: Sealer
}

/** A PAY with orders, as the rules of payments see it: every ORDER stands as a COIN of its owner. */
export interface OrderPayment {
  readonly inputs: readonly Output[]
  readonly outputs: readonly Output[]
  readonly made: readonly MadeOutput[]
}

/** How large the batches of a block may be. */
export interface BatchSize {
  /** Orders that they settle at most. */
  readonly settled: number
  /** Orders that live: at most {@link MAX_RELEASES} of them go back. */
  readonly live: number
}

/** The orders of a block in the making: rules, budgets and changes, on top of an {@link OrderState} that it does not touch. */
export class OrderBlock {
  readonly #state: OrderState
  readonly #draft: OrderDraft
  readonly #options: OrderBlockOptions
  readonly #context: OrderContext
  readonly #fees: ExchangeParameters
  /** R6, for a transaction that no payment in flight is. */
  readonly #isLockedForAll: (id: OutputId) => boolean
  /** What instructions of each owner have done in the block. */
  readonly #used = new Map<Address, { steps: number; cancels: number }>()
  /** Whether anything but instructions has changed guards: a deposit may be under the guard of anybody. */
  #isShared = false
  readonly #instructions = new Map<Hash, bigint>()
  /** Orders of each market that the block makes, and that the next batch may settle. */
  readonly #newcomers = new Map<Hash, Newcomer[]>()
  #plan: BatchPlan = { batches: [], transactions: [], prices: new Map(), leaves: [], waiting: new Map() }

  constructor(state: OrderState, options: OrderBlockOptions) {
    this.#state = state
    this.#draft = new OrderDraft(state)
    this.#options = options
    this.#fees = exchangeParameters(options.parameters)
    this.#isLockedForAll = state.heirs.lockedForAll(options.locked)
    const { tip, height, originTime, exchange, parameters } = options
    const { feeTokens } = parameters
    this.#context = { height, originTime, checkpoint: tip.checkpoint, exchange, feeTokens }
  }

  get batches(): readonly Batch<Guard>[] {
    return this.#plan.batches
  }

  /**
   * A PAY that spends or makes ORDER, with the terms of its witness, in the words of the rules of payments, which check
   * signatures, balance, dust and fee. Errors: `order.*`.
   */
  payment(
    hashIds: readonly OutputId[],
    { outputs }: Pay,
    terms: readonly OrderTerms[],
    spent: readonly SpentOutput[],
  ): OrderPayment | LedgerErrorCode {
    const inputs: Output[] = []
    for (const { output, fresh } of spent) {
      if (output.type !== 'order') inputs.push(output)
      else {
        const known = this.#draft.termsOf(output.guard, fresh)
        if (known === undefined) return 'order.unknown_terms'
        inputs.push({ ...output, type: 'coin', guard: coinGuard(known.owner) })
      }
    }
    const made: MadeOutput[] = []
    const entering = new Set<Guard>()
    let next = 0
    for (const [index, output] of outputs.entries()) {
      const base = { index, id: hashIds[index]!, output }
      if (output.type !== 'order') {
        made.push(base)
        continue
      }
      const own = terms[next++]!
      const lots = checkOrder(own, output, terms, this.#context)
      if (typeof lots === 'string') return lots
      // Else a stranger could take a guard that its owner has signed for, with dust (A30).
      if (lots > 0 && !inputs.some(({ guard }) => guard === coinGuard(own.owner))) return 'order.payer'
      const isDuplicate = !this.#draft.isFree(output.guard) || entering.has(output.guard)
      if (lots > 0 && isDuplicate) return 'order.duplicate'
      if (lots > 0) entering.add(output.guard)
      made.push({ ...base, terms: own, ...(lots > 0 && { enters: lots }) })
    }
    if (this.#isCrowded(entering.size)) return 'order.crowded'
    return { inputs, outputs: outputs.map(asCoin), made }
  }

  /** Fills in the live outputs of an instruction, and returns them. Errors: see `fillMove`. */
  fill(instruction: OpenMove, terms: readonly OrderTerms[]): readonly SpentOutput[] | LedgerErrorCode {
    const context = { ...this.#context, isLocked: this.#isLockedForAll }
    return fillMove(instruction, terms, this.#draft, context)
  }

  /** Checks a signed MOVE, its budget and that it is not replayed. Errors: see `checkMove` and {@link refusal}. */
  move(request: MoveRequest, spent: readonly SpentOutput[], signer: Address): MoveEffect | LedgerErrorCode {
    if (this.#isReplayed(request)) return 'move.replayed'
    const effect = checkMove(request, spent, signer, this.#draft, this.#context)
    return typeof effect === 'string' ? effect : (this.refusal({ request, effect }) ?? effect)
  }

  /** Why a MOVE that is valid by itself has no place in the block. Errors: `move.replayed`, `.budget`, `order.crowded`. */
  refusal({ request, effect }: CheckedMove): LedgerErrorCode | undefined {
    if (this.#isReplayed(request)) return 'move.replayed'
    if (this.#isCrowded(effect.entering)) return 'order.crowded'
    const { moveBudget } = this.#fees
    const used = this.#used.get(effect.owner) ?? { steps: 0, cancels: 0 }
    const most = moveBudget.steps + this.#state.stepsOf(effect.owner, moveBudget.unitsPerStep)
    const fits = used.steps + effect.steps <= most && used.cancels + effect.cancels <= moveBudget.cancels
    return fits ? undefined : 'move.budget'
  }

  #isReplayed({ instruction }: MoveRequest): boolean {
    return this.#state.isIncluded(instruction) || this.#instructions.has(instruction)
  }

  /** Whether the block has changed anything about orders. */
  get isTouched(): boolean {
    return this.#draft.isTouched
  }

  /** Whether a MOVE would be found to do in this block what it was found to do in an empty one on the same tip. */
  isUntouchedBy({ request, effect }: CheckedMove): boolean {
    // The usual case: instructions change guards of their own owner only.
    if (!this.#isShared && !this.#used.has(effect.owner)) return true
    return (
      request.move.steps.every(({ guard }) => !this.#draft.touches(guard)) &&
      effect.made.every(({ output, enters }) => enters === undefined || !this.#draft.touches(output.guard))
    )
  }

  /** Orders that live, as far as the block has come, if none had left. */
  get ordersAtMost(): number {
    return this.#state.liveOrders + this.#draft.entered
  }

  /** What the batches of this block may come to, whatever else it holds. */
  get batchAtMost(): BatchSize {
    return { settled: this.#settledAtMost(new Map()), live: this.#state.liveOrders }
  }

  /** What those of the next block may come to, as far as this one has come. Orders that it wakes do not count. */
  get nextBatchAtMost(): BatchSize {
    const chained = this.#plan.transactions.flatMap(({ made }) => made.filter(isChained)).length
    return { settled: this.#settledAtMost(this.#newcomers) + chained, live: this.ordersAtMost }
  }

  #settledAtMost(newcomers: ReadonlyMap<Hash, readonly Newcomer[]>): number {
    const markets = this.#context.exchange.markets.list()
    return markets.reduce((sum, { id }) => sum + tradersAtMost(this.#state.book(id), newcomers.get(id)), 0)
  }

  #isCrowded(entering: number): boolean {
    return entering > 0 && this.ordersAtMost + entering > MAX_LIVE_ORDERS
  }

  /** R6: whether a transaction may not spend an output, because an exit locks it or what it was made from. */
  isLocked(id: OutputId, spender: Uint8Array): boolean {
    return this.#state.heirs.isLocked(id, this.#options.locked, spender)
  }

  /** Whether outputs may have inherited a lock. */
  get hasHeirs(): boolean {
    return this.#state.heirs.size > 0
  }

  /** Carries out a transaction that was found valid. */
  accept(spent: readonly SpentOutput[], made: readonly MadeOutput[], terms: readonly OrderTerms[]): void {
    this.#isShared = true
    this.#draft.accept(spent, made, terms)
    this.#enter(made)
  }

  /** Carries out a signed MOVE. */
  acceptMove(
    { instruction, move, terms }: MoveRequest,
    spent: readonly SpentOutput[],
    effect: MoveEffect,
  ): void {
    const used = this.#used.get(effect.owner) ?? { steps: 0, cancels: 0 }
    const { steps, cancels } = effect
    this.#used.set(effect.owner, { steps: used.steps + steps, cancels: used.cancels + cancels })
    this.#instructions.set(instruction, move.validUntil)
    this.#draft.accept(spent, effect.made, terms)
    this.#enter(effect.made)
  }

  #enter(made: readonly MadeOutput[]): void {
    for (const { terms, enters } of made) {
      if (terms === undefined || enters === undefined) continue
      const { market, side, limit, triggerKind } = terms
      if (triggerKind === 'wakeAbove' || triggerKind === 'wakeBelow') continue
      const others = this.#newcomers.get(market)
      const newcomer = { side, lots: enters, tick: Number(limit) }
      if (others) others.push(newcomer)
      else this.#newcomers.set(market, [newcomer])
    }
  }

  /** The batches of the block, after its other transactions. Changes nothing. */
  plan(): BatchPlan {
    const { tip, locked, auctions, seal } = this.#options
    const isLocked = this.#isLockedForAll
    const hasLocks = locked.size > 0
    const context = { ...this.#context, isLocked, hasLocks, auctions, seal, fees: this.#fees }
    return new BatchPlanner(this.#state, this.#draft, { ...context, previousAppHash: tip.appHash }).plan()
  }

  /** Carries out a plan. */
  acceptPlan(plan: BatchPlan): void {
    this.#plan = plan
    for (const { spent, made, signed } of plan.transactions) {
      this.#draft.accept(spent, made, signed.witness.orderTerms)
    }
    for (const [guard, release] of plan.waiting) this.#draft.mark(guard, { release })
    for (const { market, price, debuts } of plan.batches) {
      this.#draft.act(debuts)
      if (price === undefined) continue
      for (const { guard, triggerKind, triggerPrice } of this.#state.untriggered(market)) {
        if (crosses(triggerKind, triggerPrice, price)) this.#draft.mark(guard, { triggered: true })
      }
    }
  }

  /** What the block changes, once its transactions have their places. `heirs` are those of its MOVEs and SETTLEs. */
  changes(positionOf: Placement, closes: boolean, heirs: Uint8Array): OrderChanges {
    const { tip, height, originTime, exchange, locked } = this.#options
    const { holdings, acted } = this.#draft.changes(positionOf, height, exchange.markets)
    const forgotten = this.#state.dead(originTime)
    const { prices, leaves: batches } = this.#plan
    // The origin moves between checkpoints only, and with it what shows on Ethereum.
    const settled = opensCheckpoint(tip) ? this.#state.heirs.settled(locked, exchange) : NOTHING
    const orders = { holdings, acted, prices, instructions: this.#instructions, forgotten }
    const changes = { ...orders, batches, heirs, settled }
    return closes ? { ...changes, closed: this.#state.openBatches } : changes
  }
}

const NOTHING = new Uint8Array(0)

/** Proceeds that become an order after the block. */
function isChained({ terms, rest }: MadeOutput): boolean {
  return terms !== undefined && terms.market !== ZERO_HASH && rest === undefined
}

/** An ORDER stands as a COIN of nobody in particular: only its token and amount count, and it is no part of a merge. */
function asCoin(output: Output): Output {
  return output.type === 'order' ? { ...output, type: 'coin', guard: coinGuard(NO_OWNER) } : output
}

const NO_OWNER = `0x${'ff'.repeat(20)}` as Address
