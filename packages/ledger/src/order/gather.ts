import {
  type Address,
  type Amount,
  type Guard,
  MAX_STEP_INPUTS,
  type Move,
  type MoveInstruction,
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
): FilledMove | LedgerErrorCode {
  const used: Used = { outputs: new Set(), balances: new Map() }
  const steps: Move['steps'][number][] = []
  const spent: SpentOutput[] = []
  let renewed = 0
  for (const step of instruction.steps) {
    const next = step.to === ZERO_HASH ? undefined : terms[renewed++]
    const chosen = chooseInputs(step, next, draft, context, used)
    if (typeof chosen === 'string') return chosen
    for (const output of chosen) {
      used.outputs.add(output.id)
      spent.push(output)
    }
    const { guard, amount, to } = step
    const inputs = chosen.length === 1 ? [chosen[0]!.id] : chosen.map(({ id }) => id)
    steps.push({ guard, amount, to, inputs })
  }
  const { validUntil, nonce } = instruction
  return { move: { kind: 'move', steps, validUntil, nonce }, spent }
}

/** An instruction with its live outputs. */
export interface FilledMove {
  readonly move: Move
  /** The inputs of all steps in order. */
  readonly spent: readonly SpentOutput[]
}

type Candidate = ReturnType<OrderDraft['outputs']>[number]

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
): readonly SpentOutput[] | LedgerErrorCode {
  const known = used.balances.get(guard)
  const order = known ? undefined : draft.liveOutput(guard)
  // The usual case first: the order under its guard.
  if (order !== undefined && !used.outputs.has(order.id) && !context.isLocked(order.id)) return [order]
  const terms = draft.knownTerms(guard)
  const balance = known ?? lookUp(guard, draft, context, used.outputs)
  if (terms === undefined) return balance === undefined ? 'move.unknown_guard' : 'order.unknown_terms'
  if (balance === undefined) return 'move.stale_guard'
  used.balances.set(guard, balance)
  const { free } = balance
  if (free.length === 0) return balance.isAll ? 'move.stale_guard' : 'move.locked'
  const chosen =
    terms.market === ZERO_HASH
      ? chooseOfBalance(amount, next, free, context)
      : [free.reduce((a, b) => (a.spent.id < b.spent.id ? a : b)).spent]
  if (typeof chosen !== 'string') balance.free = free.filter(({ spent }) => !chosen.includes(spent))
  return chosen
}

/** Outputs of a trading balance. */
function chooseOfBalance(
  amount: Amount,
  next: OrderTerms | undefined,
  free: readonly Candidate[],
  context: FillContext,
): readonly SpentOutput[] | LedgerErrorCode {
  const token = neededToken(next, free, context)
  if (token === undefined) return 'order.unknown_market'
  // The usual case first: one that is enough.
  const most = amount > 0n ? largestOf(free, token) : undefined
  if (most && most.output.amount >= amount) return [most]
  const held = free.filter(({ spent }) => spent.output.token === token)
  const tier = gatherTier(next, context)
  const isSeasoned = ({ position }: Candidate) =>
    context.exchange.isSeasoned(position ?? openPosition(context), tier)
  const chosen = gather(held, amount)
  if (chosen.length < 2 || chosen.every(isSeasoned)) return enough(chosen, amount)
  const seasoned = enough(gather(held.filter(isSeasoned), amount), amount)
  return typeof seasoned === 'string' ? 'move.seasoning' : seasoned
}

function largestOf(free: readonly Candidate[], token: Address): SpentOutput | undefined {
  let most: SpentOutput | undefined
  for (const { spent } of free) {
    if (spent.output.token === token && (most === undefined || isLarger(spent, most))) most = spent
  }
  return most
}

/** The outputs under a guard; undefined if there are none. */
function lookUp(
  guard: Guard,
  draft: OrderDraft,
  context: FillContext,
  used: ReadonlySet<OutputId>,
): Balance | undefined {
  const all = draft.outputs(guard)
  if (all.length === 0) return undefined
  const open = all.filter(({ spent }) => !context.isLocked(spent.id))
  return { free: open.filter(({ spent }) => !used.has(spent.id)), isAll: open.length === all.length }
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
  for (const { spent } of free) counts.set(spent.output.token, (counts.get(spent.output.token) ?? 0) + 1)
  const [most] = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  return most![0]
}

function gather(held: readonly Candidate[], amount: bigint): Candidate[] {
  const chosen: Candidate[] = []
  let total = 0n
  for (const candidate of largest(held)) {
    if (amount > 0n && total >= amount) break
    chosen.push(candidate)
    total += candidate.spent.output.amount
  }
  return chosen
}

function enough(chosen: readonly Candidate[], amount: bigint): SpentOutput[] | LedgerErrorCode {
  const total = chosen.reduce((sum, { spent }) => sum + spent.output.amount, 0n)
  return total === 0n || total < amount ? 'move.amount' : chosen.map(({ spent }) => spent)
}

/** As many as a step takes, in one pass: anybody may pay small change into a balance, and each step looks at all of it (A30). */
function largest(held: readonly Candidate[]): Candidate[] {
  const most: Candidate[] = []
  for (const candidate of held) {
    let at = most.length
    while (at > 0 && isLarger(candidate.spent, most[at - 1]!.spent)) at--
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
