import {
  type Address,
  type Amount,
  coinGuard,
  type Guard,
  type Hash,
  MAX_STEP_INPUTS,
  MAX_U128,
  type MarketTerms,
  type Move,
  type MoveInstruction,
  type OrderTerms,
  type Output,
  type OutputId,
  orderGuard,
  type Position,
  type Step,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import type { LedgerErrorCode } from '../errors.ts'
import type { MadeOutput, OrderDraft, SpentOutput } from './draft.ts'
import { longerTier } from './heirs.ts'
import { checkOrder, heldToken, lotsLeft, marketOf, type OrderContext, openPosition } from './rules.ts'

/** How far after the origin an instruction may stay valid, in seconds: so long its hash must be remembered (A30). */
export const MAX_INSTRUCTION_SECONDS = 7_200n

/** What filling in live outputs depends on. */
type FillContext = OrderContext & {
  /** R6, for a transaction that no payment in flight is. */
  readonly isLocked: (id: OutputId) => boolean
}

/** A MOVE that is about to happen: its transaction, and the terms that its steps name, in order. */
export interface MoveRequest {
  /** What was signed. */
  readonly instruction: Hash
  readonly move: Move
  /** Of the outputs that the steps could make. */
  readonly outputIds: readonly OutputId[]
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

/**
 * Fills in the live outputs of an instruction: the order under a guard, or outputs of a trading balance, the largest first, until
 * they make the amount. Which ones of a balance is the producer's choice; how much moves is not.
 * Errors: `order.unknown_terms`, `order.unknown_market`, `move.unknown_guard`, `.stale_guard`, `.locked`, `.amount`, `.seasoning`.
 */
export function fillMove(
  instruction: MoveInstruction,
  terms: readonly OrderTerms[],
  draft: OrderDraft,
  context: FillContext,
): Move | LedgerErrorCode {
  const used: Used = { outputs: new Set(), balances: new Map() }
  const steps: Move['steps'][number][] = []
  let renewed = 0
  for (const step of instruction.steps) {
    const next = step.to === ZERO_HASH ? undefined : terms[renewed++]
    const inputs = chooseInputs(step, next, draft, context, used)
    if (typeof inputs === 'string') return inputs
    for (const id of inputs) used.outputs.add(id)
    const { guard, amount, to } = step
    steps.push({ guard, amount, to, inputs })
  }
  return { kind: 'move', steps, validUntil: instruction.validUntil, nonce: instruction.nonce }
}

type Candidate = readonly [OutputId, { token: Address; amount: Amount; position?: Position }]

/** What earlier steps of an instruction took, and what they found. */
interface Used {
  readonly outputs: Set<OutputId>
  /** Looked up once an instruction (A30). */
  readonly balances: Map<Guard, Balance>
}

/** The outputs under a guard that may move and have not, and whether all that lived before the instruction may. */
interface Balance {
  free: readonly Candidate[]
  readonly isAll: boolean
}

function chooseInputs(
  { guard, amount }: Step,
  next: OrderTerms | undefined,
  draft: OrderDraft,
  context: FillContext,
  used: Used,
): OutputId[] | LedgerErrorCode {
  const order = draft.liveOutput(guard)
  // The usual case first: the order under its guard.
  if (order !== undefined && !used.outputs.has(order) && !context.isLocked(order)) return [order]
  const terms = draft.knownTerms(guard)
  const balance = used.balances.get(guard) ?? lookUp(guard, draft, context)
  if (terms === undefined) return balance === undefined ? 'move.unknown_guard' : 'order.unknown_terms'
  if (balance === undefined) return 'move.stale_guard'
  used.balances.set(guard, balance)
  const free = balance.free.filter(([id]) => !used.outputs.has(id))
  balance.free = free
  if (free.length === 0) return balance.isAll ? 'move.stale_guard' : 'move.locked'
  if (terms.market !== ZERO_HASH) return [free.reduce((a, b) => (a[0] < b[0] ? a : b))[0]]
  const token = neededToken(next, free, context)
  if (token === undefined) return 'order.unknown_market'
  const held = free.filter(([, output]) => output.token === token)
  const tier = gatherTier(next, context)
  const chosen = gather(held, amount)
  if (chosen.length < 2 || chosen.every(isSeasoned)) return idsOf(chosen, amount)
  const seasoned = idsOf(gather(held.filter(isSeasoned), amount), amount)
  return typeof seasoned === 'string' ? 'move.seasoning' : seasoned

  function isSeasoned([, { position }]: Candidate): boolean {
    return context.exchange.isSeasoned(position ?? openPosition(context), tier)
  }
}

/** The outputs under a guard; undefined if there are none. */
function lookUp(guard: Guard, draft: OrderDraft, context: FillContext): Balance | undefined {
  const all = [...draft.outputs(guard)]
  if (all.length === 0) return undefined
  const free = all.filter(([id]) => !context.isLocked(id))
  return { free, isAll: free.length === all.length }
}

/** The token that the new terms need; of a balance that is only merged, the one of which it has most outputs. */
function neededToken(
  next: OrderTerms | undefined,
  free: readonly Candidate[],
  context: OrderContext,
): Address | undefined {
  if (next && next.market !== ZERO_HASH) {
    const market = marketOf(context, next.market)
    return market && heldToken(next, market)
  }
  const counts = new Map<Address, number>()
  for (const [, { token }] of free) counts.set(token, (counts.get(token) ?? 0) + 1)
  const [most] = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  return most![0]
}

function gather(held: readonly Candidate[], amount: bigint): Candidate[] {
  // The usual case first: one that is enough.
  if (amount > 0n && held.length > 0) {
    const most = held.reduce((a, b) => (isLarger(b, a) ? b : a))
    if (most[1].amount >= amount) return [most]
  }
  const chosen: Candidate[] = []
  let total = 0n
  for (const candidate of largest(held)) {
    if (amount > 0n && total >= amount) break
    chosen.push(candidate)
    total += candidate[1].amount
  }
  return chosen
}

function idsOf(chosen: readonly Candidate[], amount: bigint): OutputId[] | LedgerErrorCode {
  const total = chosen.reduce((sum, [, output]) => sum + output.amount, 0n)
  return total === 0n || total < amount ? 'move.amount' : chosen.map(([id]) => id)
}

/** As many as a step takes, in one pass: anybody may pay small change into a balance, and each step looks at all of it (A30). */
function largest(held: readonly Candidate[]): Candidate[] {
  const most: Candidate[] = []
  for (const candidate of held) {
    let at = most.length
    while (at > 0 && isLarger(candidate, most[at - 1]!)) at--
    if (at === MAX_STEP_INPUTS) continue
    most.splice(at, 0, candidate)
    if (most.length > MAX_STEP_INPUTS) most.pop()
  }
  return most
}

/** Of two of one amount that with the lesser id counts as the larger. */
function isLarger([id, { amount }]: Candidate, [other, than]: Candidate): boolean {
  return amount === than.amount ? id < other : amount > than.amount
}

/** R9: gathered outputs are seasoned for the market they go to; within trading balances as for the safest. */
function gatherTier(next: OrderTerms | undefined, context: OrderContext): MarketTerms['tier'] {
  return (next && marketOf(context, next.market)?.terms.tier) ?? 'safe'
}

/** R6: what a step makes inherits locks for as long as the safer of the two markets it is about protects orders. */
function inheritanceTier(
  old: OrderTerms,
  next: OrderTerms | undefined,
  context: OrderContext,
): MarketTerms['tier'] {
  const tierOf = (market: Hash) => marketOf(context, market)?.terms.tier ?? 'bonded'
  return longerTier(tierOf(old.market), next ? tierOf(next.market) : 'bonded')
}

/**
 * Checks a signed MOVE whose inputs are live and not locked: R2, R7, R9, the terms of the new orders, and that nobody but the
 * owner changes where money goes (A38b). `spent` are the inputs of all steps in order.
 * Errors: `transaction.expired`, `transaction.overflow`, `signature.wrong_signer`, `output.dust`, `order.*`, `move.*`.
 */
export function checkMove(
  { outputIds, move, terms }: MoveRequest,
  spent: readonly SpentOutput[],
  signer: Address,
  draft: OrderDraft,
  context: OrderContext,
): MoveEffect | LedgerErrorCode {
  if (context.originTime > move.validUntil) return 'transaction.expired'
  if (move.validUntil > context.originTime + MAX_INSTRUCTION_SECONDS) return 'move.lifetime'
  const made: MadeOutput[] = []
  const entering = new Set<Guard>()
  let [owner, at, renewed, cancels] = [undefined as Address | undefined, 0, 0, 0]
  for (const [i, step] of move.steps.entries()) {
    const inputs = spent.slice(at, at + step.inputs.length)
    at += step.inputs.length
    const next = step.to === ZERO_HASH ? undefined : terms[renewed++]
    const first = at - inputs.length
    const request: StepRequest = { outputIds, i, step, first, inputs, next, terms }
    const result = checkStep(request, draft, context)
    if (typeof result === 'string') return result
    const { old } = result
    if (owner !== undefined && owner !== old.owner) return 'move.owner'
    owner = old.owner
    const isAgent = old.agent !== ZERO_ADDRESS && signer === old.agent
    if (signer !== old.owner && !isAgent) return 'signature.wrong_signer'
    for (const output of result.made) {
      if (output.enters === undefined) continue
      if (!draft.isFree(output.output.guard) || entering.has(output.output.guard)) return 'order.duplicate'
      entering.add(output.output.guard)
    }
    if (next === undefined || next.market === ZERO_HASH) cancels++
    made.push(...result.made)
  }
  return { owner: owner!, made, steps: move.steps.length - cancels, cancels, entering: entering.size }
}

interface StepRequest {
  readonly outputIds: readonly OutputId[]
  readonly i: number
  readonly step: Step
  /** The first input of the step among those of all. */
  readonly first: number
  readonly inputs: readonly SpentOutput[]
  readonly next: OrderTerms | undefined
  readonly terms: readonly OrderTerms[]
}

function checkStep(
  request: StepRequest,
  draft: OrderDraft,
  context: OrderContext,
): { old: OrderTerms; made: MadeOutput[] } | LedgerErrorCode {
  const { step, inputs, next } = request
  const [first] = inputs
  const { token } = first!.output
  let old: OrderTerms | undefined
  let total = 0n
  for (const { output, fresh } of inputs) {
    if (output.type !== 'order' || output.guard !== step.guard || output.token !== token) return 'move.input'
    old ??= draft.termsOf(step.guard, fresh)
    total += output.amount
  }
  if (old === undefined) return 'order.unknown_terms'
  const isTrading = old.market === ZERO_HASH
  if (inputs.length > 1 && !isTrading) return 'move.gather'
  const problem = changesOwner(old, next, request.terms)
  if (problem) return problem
  if (next === undefined && isTrading) return 'move.withdrawal'
  if (total > MAX_U128) return 'transaction.overflow'
  if (step.amount > total) return 'move.amount'
  if (inputs.length > 1 && !isGatherable(inputs, next, draft, context)) return 'move.seasoning'
  return checkParts(request, old, total, draft, context)
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

function isGatherable(
  inputs: readonly SpentOutput[],
  next: OrderTerms | undefined,
  draft: OrderDraft,
  context: OrderContext,
): boolean {
  const tier = gatherTier(next, context)
  return inputs.every(({ id, output }) => {
    const position = draft.positionOf(output.guard, id) ?? openPosition(context)
    return context.exchange.isSeasoned(position, tier)
  })
}

/** The moved part under its new terms, and what stays. */
function checkParts(
  { outputIds, i, step, first, inputs, next, terms }: StepRequest,
  old: OrderTerms,
  total: bigint,
  draft: OrderDraft,
  context: OrderContext,
): { old: OrderTerms; made: MadeOutput[] } | LedgerErrorCode {
  const { token } = inputs[0]!.output
  const moved = (step.amount === 0n ? total : step.amount) as Amount
  const left = (total - moved) as Amount
  const target: Output =
    next === undefined
      ? { type: 'coin', guard: coinGuard(old.owner), token, amount: moved }
      : { type: 'order', guard: step.to, token, amount: moved }
  if (left > 0n && [moved, left].some(part => isDust(token, part, context))) return 'output.dust'
  const made: MadeOutput[] = []
  const heir = { first, count: inputs.length, tier: inheritanceTier(old, next, context) }
  const id = outputIds[2 * i]!
  if (next === undefined) made.push({ index: 2 * i, id, output: target, heir })
  else {
    const lots = checkOrder(next, target, terms, context)
    if (typeof lots === 'string') return lots
    const enters = lots === 0 ? {} : { enters: lots }
    made.push({ index: 2 * i, id, output: target, terms: next, heir, ...enters })
  }
  if (left === 0n) return { old, made }
  const rest = restOf(old, inputs[0]!, left, draft, context)
  if (typeof rest === 'string') return rest
  const output: Output = { type: 'order', guard: step.guard, token, amount: left }
  made.push({ index: 2 * i + 1, id: outputIds[2 * i + 1]!, output, terms: old, heir, ...rest })
  return { old, made }
}

function isDust(token: Address, amount: bigint, { feeTokens }: OrderContext): boolean {
  return amount < (feeTokens.find(fee => fee.token === token)?.dust ?? 0n)
}

/** An order that lost a part keeps its place, and at least the minimum size of its market. */
function restOf(
  old: OrderTerms,
  input: SpentOutput,
  left: bigint,
  draft: OrderDraft,
  context: OrderContext,
): Pick<MadeOutput, 'rest'> | LedgerErrorCode {
  const order = draft.live(orderGuard(old))
  if (old.market === ZERO_HASH || order?.output !== input.id) return {}
  const market = marketOf(context, old.market)
  if (market === undefined) return 'order.unknown_market'
  const lots = lotsLeft(old, market, left, order.lots)
  return lots < Math.max(1, market.minimumLots) ? 'order.remainder' : { rest: { of: input.id, lots } }
}
