import {
  type Address,
  type Amount,
  coinGuard,
  type Guard,
  type Hash,
  MAX_U128,
  type MarketTerms,
  type Move,
  type OrderTerms,
  type Output,
  type OutputId,
  orderGuard,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import type { LedgerErrorCode } from '../errors.ts'
import type { MadeOutput, OrderDraft, SpentOutput } from './draft.ts'
import { longerTier } from './heirs.ts'
import { checkOrder, lotsLeft, marketOf, type OrderContext, openPosition } from './rules.ts'
import { FreshOutput } from './touched.ts'

/** How far after the origin an instruction may stay valid, in seconds: so long its hash must be remembered (A30). */
export const MAX_INSTRUCTION_SECONDS = 7_200n

/** A MOVE that is about to happen: its transaction, and the terms that its steps name, in order. */
export interface MoveRequest {
  /** What was signed. */
  readonly instruction: Hash
  readonly move: Move
  /** The id of an output that the steps could make. */
  readonly outputId: (index: number) => OutputId
  /** Of the witness. */
  readonly terms: readonly OrderTerms[]
}

/** What a MOVE does, by class of step. */
export interface MoveEffect {
  readonly owner: Address
  readonly made: readonly MadeOutput[]
  readonly steps: number
  readonly cancels: number
  /** Orders that enter a book. */
  readonly entering: number
}

/** A MOVE that was found valid. */
export interface CheckedMove {
  readonly request: MoveRequest
  readonly effect: MoveEffect
}

/** R9: gathered outputs are seasoned for the market they go to; within trading balances as for the safest. */
export function gatherTier(next: OrderTerms | undefined, context: OrderContext): MarketTerms['tier'] {
  return (next && marketOf(context, next.market)?.terms.tier) ?? 'safe'
}

/** R6: what a step makes inherits locks for as long as the safer of the two markets it is about protects orders. */
function inheritanceTier(
  old: OrderTerms,
  next: OrderTerms | undefined,
  context: OrderContext,
): MarketTerms['tier'] {
  return longerTier(tierOf(old.market, context), next ? tierOf(next.market, context) : 'bonded')
}

function tierOf(market: Hash, context: OrderContext): MarketTerms['tier'] {
  return market === ZERO_HASH ? 'bonded' : (marketOf(context, market)?.terms.tier ?? 'bonded')
}

/**
 * Checks a signed MOVE whose inputs are live and not locked: R2, R7, R9, the terms of the new orders, and that nobody but the
 * owner changes where money goes (A38b). `spent` are the inputs of all steps in order.
 * Errors: `transaction.expired`, `transaction.overflow`, `signature.wrong_signer`, `output.dust`, `order.*`, `move.*`.
 */
export function checkMove(
  request: MoveRequest,
  spent: readonly SpentOutput[],
  signer: Address,
  draft: OrderDraft,
  context: OrderContext,
): MoveEffect | LedgerErrorCode {
  const { steps, validUntil } = request.move
  if (context.originTime > validUntil) return 'transaction.expired'
  if (validUntil > context.originTime + MAX_INSTRUCTION_SECONDS) return 'move.lifetime'
  return new MoveCheck(request, spent, draft, context).run(steps, signer)
}

/** One MOVE while it is checked, step by step. */
class MoveCheck {
  readonly #request: MoveRequest
  readonly #spent: readonly SpentOutput[]
  readonly #draft: OrderDraft
  readonly #context: OrderContext
  readonly #made: MadeOutput[] = []
  readonly #entering: Guard[] = []
  #owner: Address | undefined

  constructor(request: MoveRequest, spent: readonly SpentOutput[], draft: OrderDraft, context: OrderContext) {
    this.#request = request
    this.#spent = spent
    this.#draft = draft
    this.#context = context
  }

  run(steps: Move['steps'], signer: Address): MoveEffect | LedgerErrorCode {
    let [at, renewed, cancels] = [0, 0, 0]
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!
      const next = step.to === ZERO_HASH ? undefined : this.#request.terms[renewed++]
      const problem = this.#step(i, step, at, next, signer)
      if (problem !== undefined) return problem
      at += step.inputs.length
      if (next === undefined || next.market === ZERO_HASH) cancels++
    }
    const [made, entering] = [this.#made, this.#entering.length]
    return { owner: this.#owner!, made, steps: steps.length - cancels, cancels, entering }
  }

  /** `first` is the first input of the step among those of all. */
  #step(
    i: number,
    step: Move['steps'][number],
    first: number,
    next: OrderTerms | undefined,
    signer: Address,
  ): LedgerErrorCode | undefined {
    const end = first + step.inputs.length
    const { token, amount } = this.#spent[first]!.output
    let old: OrderTerms | undefined
    let total: bigint = amount
    for (let input = first; input < end; input++) {
      const { output, fresh, holding } = this.#spent[input]!
      if (output.type !== 'order' || output.guard !== step.guard || output.token !== token)
        return 'move.input'
      old ??= holding && !fresh ? holding.terms : this.#draft.termsOf(step.guard, fresh)
      if (input > first) total += output.amount
    }
    if (old === undefined) return 'order.unknown_terms'
    const isTrading = old.market === ZERO_HASH
    if (end - first > 1 && !isTrading) return 'move.gather'
    const problem = changesOwner(old, next, this.#request.terms)
    if (problem) return problem
    if (next === undefined && isTrading) return 'move.withdrawal'
    if (total > MAX_U128) return 'transaction.overflow'
    if (step.amount > total) return 'move.amount'
    if (end - first > 1 && !this.#isGatherable(first, end, next)) return 'move.seasoning'
    const made = this.#made.length
    return (
      this.#parts(i, step, first, old, next, total) ??
      this.#mayBe(old, signer) ??
      this.#enter(this.#made[made]!)
    )
  }

  /** The moved part under its new terms, and what stays. */
  #parts(
    i: number,
    { guard, amount, to, inputs }: Move['steps'][number],
    first: number,
    old: OrderTerms,
    next: OrderTerms | undefined,
    total: bigint,
  ): LedgerErrorCode | undefined {
    const context = this.#context
    const input = this.#spent[first]!
    const { token } = input.output
    const moved = (amount === 0n ? total : amount) as Amount
    const left = (amount === 0n ? 0n : total - moved) as Amount
    const target: Output =
      next === undefined
        ? { type: 'coin', guard: coinGuard(old.owner), token, amount: moved }
        : new FreshOutput(to, token, moved, 2 * i)
    if (left > 0n && (isDust(token, moved, context) || isDust(token, left, context))) return 'output.dust'
    const lots = next === undefined ? 0 : checkOrder(next, target, this.#request.terms, context)
    if (typeof lots === 'string') return lots
    const request = this.#request
    const heir = { first, count: inputs.length, tier: inheritanceTier(old, next, context) }
    const enters = lots === 0 ? undefined : lots
    const id = request.outputId(2 * i)
    this.#made.push({ index: 2 * i, id, output: target, terms: next, enters, heir, rest: undefined })
    if (left === 0n) return undefined
    const rest = restOf(old, input, left, this.#draft, context)
    if (typeof rest === 'string') return rest
    const index = 2 * i + 1
    const output = new FreshOutput(guard, token, left, index)
    this.#made.push({ index, id: request.outputId(index), output, terms: old, enters: undefined, heir, rest })
    return undefined
  }

  /** All steps are of one owner, and she or the agent of each signed them. */
  #mayBe(old: OrderTerms, signer: Address): LedgerErrorCode | undefined {
    if (this.#owner !== undefined && this.#owner !== old.owner) return 'move.owner'
    this.#owner = old.owner
    const isAgent = old.agent !== ZERO_ADDRESS && signer === old.agent
    return signer === old.owner || isAgent ? undefined : 'signature.wrong_signer'
  }

  #enter({ output: { guard }, enters }: MadeOutput): LedgerErrorCode | undefined {
    if (enters === undefined) return undefined
    if (!this.#draft.isFree(guard) || this.#entering.includes(guard)) return 'order.duplicate'
    this.#entering.push(guard)
    return undefined
  }

  #isGatherable(first: number, end: number, next: OrderTerms | undefined): boolean {
    const context = this.#context
    const tier = gatherTier(next, context)
    for (let input = first; input < end; input++) {
      const { id, output } = this.#spent[input]!
      const position = this.#draft.positionOf(output.guard, id) ?? openPosition(context)
      if (!context.exchange.isSeasoned(position, tier)) return false
    }
    return true
  }
}

/** An agent may trade and never withdraw, so no instruction changes who owns, who receives and who trades (A38b). */
function changesOwner(
  old: OrderTerms,
  next: OrderTerms | undefined,
  known: readonly OrderTerms[],
): LedgerErrorCode | undefined {
  if (next === undefined) return undefined
  if (next.owner !== old.owner) return 'move.owner'
  if (next.receiver !== old.receiver) return 'move.receiver'
  if (next.agent !== old.agent) return 'move.agent'
  // Whoever gets what a route ends in is a receiver too. A route that the terms had before may stay: their owner signed it.
  if (next.proceedsKind !== 'chained' || next.proceedsGuard === old.proceedsGuard) return undefined
  const link = known.find(each => orderGuard(each) === next.proceedsGuard)
  return changesOwner(old, link, known)
}

function isDust(token: Address, amount: bigint, { feeTokens }: OrderContext): boolean {
  for (const fee of feeTokens) if (fee.token === token) return amount < fee.dust
  return false
}

/** An order that lost a part keeps its place, and at least the minimum size of its market. */
function restOf(
  old: OrderTerms,
  input: SpentOutput,
  left: bigint,
  draft: OrderDraft,
  context: OrderContext,
): MadeOutput['rest'] | LedgerErrorCode {
  if (old.market === ZERO_HASH) return undefined
  const order = draft.live(orderGuard(old))
  if (order?.output !== input.id) return undefined
  const market = marketOf(context, old.market)
  if (market === undefined) return 'order.unknown_market'
  const lots = lotsLeft(old, market, left, order.lots)
  return lots < Math.max(1, market.minimumLots) ? 'order.remainder' : { of: input.id, lots }
}
