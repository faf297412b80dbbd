import {
  type Address,
  type Amount,
  type Guard,
  MAX_STEP_INPUTS,
  type Move,
  type OrderTerms,
  type OutputId,
  type Step,
  ZERO_HASH,
} from '@omg/protocol'
import type { LedgerErrorCode } from '../errors.ts'
import type { OrderDraft, SpentOutput } from './draft.ts'
import { gatherTier } from './move.ts'
import { heldToken, marketOf, type OrderContext, openPosition } from './rules.ts'

/** What filling in live outputs depends on. */
type FillContext = OrderContext & {
  /** R6, for a transaction that no payment in flight is. */
  readonly isLocked: (id: OutputId) => boolean
}

/** An instruction as a MOVE of which the producer has yet to say what it spends. */
export interface OpenMove extends Move {
  readonly steps: readonly OpenStep[]
}

interface OpenStep extends Step {
  inputs: readonly OutputId[]
}

/**
 * Fills in the live outputs of an instruction, and returns them, those of all steps in order: the order under a guard, or outputs of a
 * trading balance, the largest first, until they make the amount. Which ones of a balance is the producer's choice; how much moves is
 * not.
 * Errors: `order.unknown_terms`, `order.unknown_market`, `move.unknown_guard`, `.stale_guard`, `.locked`, `.amount`, `.seasoning`.
 */
export function fillMove(
  instruction: OpenMove,
  terms: readonly OrderTerms[],
  draft: OrderDraft,
  context: FillContext,
): readonly SpentOutput[] | LedgerErrorCode {
  const spent: SpentOutput[] = []
  const used: Used = { spent, balances: new Map() }
  let renewed = 0
  for (const step of instruction.steps) {
    const next = step.to === ZERO_HASH ? undefined : terms[renewed++]
    const chosen = chooseInputs(step, next, draft, context, used)
    if (typeof chosen === 'string') return chosen
    for (const output of chosen) spent.push(output)
    step.inputs = chosen.length === 1 ? [chosen[0]!.id] : chosen.map(({ id }) => id)
  }
  return spent
}

/** What earlier steps of an instruction took, and what they found. */
interface Used {
  readonly spent: readonly SpentOutput[]
  /** Looked up once an instruction (A30). */
  readonly balances: Map<Guard, Balance>
}

/** The outputs under a guard that may move and have not, in no order, and whether all that lived before the instruction may. */
interface Balance {
  readonly free: SpentOutput[]
  readonly isAll: boolean
}

function chooseInputs(
  { guard, amount }: Step,
  next: OrderTerms | undefined,
  draft: OrderDraft,
  context: FillContext,
  used: Used,
): readonly SpentOutput[] | LedgerErrorCode {
  const known = used.balances.get(guard)
  const order = known ? undefined : draft.liveOutput(guard)
  // The usual case first: the order under its guard.
  if (order !== undefined && !isUsed(order, used) && !context.isLocked(order.id)) return [order]
  const terms = draft.knownTerms(guard)
  const balance = known ?? lookUp(guard, draft, context, used)
  if (terms === undefined) return balance === undefined ? 'move.unknown_guard' : 'order.unknown_terms'
  if (balance === undefined) return 'move.stale_guard'
  used.balances.set(guard, balance)
  const { free } = balance
  if (free.length === 0) return balance.isAll ? 'move.stale_guard' : 'move.locked'
  const chosen =
    terms.market === ZERO_HASH
      ? chooseOfBalance(amount, next, free, draft, context)
      : [free.reduce((a, b) => (a.id < b.id ? a : b))]
  if (typeof chosen !== 'string') for (const output of chosen) take(output, free)
  return chosen
}

/** Takes an output out of a list without an order. */
function take(output: SpentOutput, free: SpentOutput[]): void {
  const last = free.pop()!
  if (last !== output) free[free.indexOf(output)] = last
}

/** A list is short, and nearly always asked about another guard: a set of ids would cost more. */
function isUsed({ id }: SpentOutput, { spent }: Used): boolean {
  for (const other of spent) if (other.id === id) return true
  return false
}

/** Outputs of a trading balance. */
function chooseOfBalance(
  amount: Amount,
  next: OrderTerms | undefined,
  free: readonly SpentOutput[],
  draft: OrderDraft,
  context: FillContext,
): readonly SpentOutput[] | LedgerErrorCode {
  const token = neededToken(next, free, context)
  if (token === undefined) return 'order.unknown_market'
  // The usual case first: one that is enough.
  const most = amount > 0n ? largestOf(free, token) : undefined
  if (most && most.output.amount >= amount) return [most]
  const held = free.filter(({ output }) => output.token === token)
  const tier = gatherTier(next, context)
  const isSeasoned = ({ id, output, fresh }: SpentOutput) => {
    const position = fresh ? undefined : draft.positionOf(output.guard, id)
    return context.exchange.isSeasoned(position ?? openPosition(context), tier)
  }
  const chosen = gather(held, amount)
  if (chosen.length < 2 || chosen.every(isSeasoned)) return enough(chosen, amount)
  const seasoned = enough(gather(held.filter(isSeasoned), amount), amount)
  return typeof seasoned === 'string' ? 'move.seasoning' : seasoned
}

function largestOf(free: readonly SpentOutput[], token: Address): SpentOutput | undefined {
  let most: SpentOutput | undefined
  for (const each of free) {
    if (each.output.token === token && (most === undefined || isLarger(each, most))) most = each
  }
  return most
}

/** The outputs under a guard; undefined if there are none. */
function lookUp(guard: Guard, draft: OrderDraft, context: FillContext, used: Used): Balance | undefined {
  const free = draft.outputs(guard)
  if (free.length === 0) return undefined
  const lived = free.length
  let open = 0
  for (const output of free) if (!context.isLocked(output.id)) free[open++] = output
  free.length = open
  // At most the order under the guard: A30, a balance may have any number of outputs.
  for (const spent of used.spent) {
    const at = spent.output.guard === guard ? free.findIndex(({ id }) => id === spent.id) : -1
    if (at >= 0) take(free[at]!, free)
  }
  return { free, isAll: open === lived }
}

/** The token that the new terms need; of a balance that is only merged, the one of which it has most outputs. */
function neededToken(
  next: OrderTerms | undefined,
  free: readonly SpentOutput[],
  context: OrderContext,
): Address | undefined {
  if (next && next.market !== ZERO_HASH) {
    const market = marketOf(context, next.market)
    return market && heldToken(next, market)
  }
  const counts = new Map<Address, number>()
  for (const { output } of free) counts.set(output.token, (counts.get(output.token) ?? 0) + 1)
  const [most] = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  return most![0]
}

function gather(held: readonly SpentOutput[], amount: bigint): SpentOutput[] {
  const chosen: SpentOutput[] = []
  let total = 0n
  for (const candidate of largest(held)) {
    if (amount > 0n && total >= amount) break
    chosen.push(candidate)
    total += candidate.output.amount
  }
  return chosen
}

function enough(chosen: SpentOutput[], amount: bigint): SpentOutput[] | LedgerErrorCode {
  const total = chosen.reduce((sum, { output }) => sum + output.amount, 0n)
  return total === 0n || total < amount ? 'move.amount' : chosen
}

/** As many as a step takes, in one pass: anybody may pay small change into a balance, and each step looks at all of it (A30). */
function largest(held: readonly SpentOutput[]): SpentOutput[] {
  const most: SpentOutput[] = []
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
function isLarger(a: SpentOutput, b: SpentOutput): boolean {
  const one = a.output.amount
  const other = b.output.amount
  return one === other ? a.id < b.id : one > other
}
