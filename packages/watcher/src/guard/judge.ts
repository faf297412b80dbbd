import type { OutputId, TxHash } from '@omg/protocol'
import type { Claim, ExitClaim, InFlightClaim, Leaf, Sightings, Spend, Violation } from './claim.ts'
import { type Finality, finalityOf } from './finality.ts'

/** What there is to judge. */
export interface Case {
  readonly claims: Iterable<Claim>
  readonly sightings: Sightings
  /** Transactions that Ethereum declared void. */
  readonly declaredVoid?: Iterable<TxHash>
  /** Outputs of which Ethereum was shown a spend. */
  readonly shownSpent?: ReadonlySet<OutputId>
  /** Chain time in seconds. */
  readonly now: bigint
}

/** Everything that is wrong with the open claims, given what was seen. Pure: same claims and sightings, same answer. */
export function judge({
  claims: given,
  sightings,
  declaredVoid = [],
  shownSpent = new Set(),
  now,
}: Case): Violation[] {
  const claims = [...given]
  const finality = finalityOf({ claims, declaredVoid, shownSpent, now })
  const violations: Violation[] = []
  for (const claim of claims) {
    if (claim.state !== 'open') continue
    const violation =
      claim.kind === 'exit'
        ? judgeExit(claim, sightings, finality, now)
        : (judgeInputs(claim, finality) ?? judgeCanonicity(claim, sightings))
    if (violation !== undefined) violations.push(violation)
  }
  return violations
}

/** A spend is the simplest answer while Ethereum takes it; that the output was never made is one until the claim is paid. */
function judgeExit(
  claim: ExitClaim,
  sightings: Sightings,
  finality: Finality,
  now: bigint,
): Violation | undefined {
  const inTime = now < claim.exitableAt
  const spent = () => judgeSpend(claim, sightings)
  const unmade = () => judgeOrigin(claim, sightings, finality)
  return inTime ? (spent() ?? unmade()) : (unmade() ?? spent())
}

/** A20: an output that was spent exits. Included or not, the owner's signature over the spend is enough. */
function judgeSpend(claim: ExitClaim, sightings: Sightings): Violation | undefined {
  const { piggyback } = claim
  const spends = sightings.spendsOf(claim.outputId)
  if (piggyback === null) {
    const spend = earliest(spends)
    return spend && { kind: 'exit.spent', claim, spend }
  }
  // The in-flight transaction spends its own inputs; whether that counts is the question of its canonicity.
  const spend = earliest(spends.filter(other => other.txHash !== piggyback.transaction))
  return spend && { kind: 'piggyback.spent', claim, spend }
}

/** A claim on an output that was never made, or an exit of one by a transaction that came too late (I2, A1, A5). */
function judgeOrigin(claim: ExitClaim, sightings: Sightings, finality: Finality): Violation | undefined {
  // An output of the in-flight transaction stands and falls with its verdict.
  if (claim.piggyback?.side === 'output') return undefined
  const maker = finality.voidMakerOf(claim.outputId)
  if (maker !== undefined) return { kind: 'exit.void', claim, maker, lost: null }
  const { shown } = claim
  if (shown === undefined) return undefined
  for (const [inputIndex, input] of shown.inputs.entries()) {
    const { txHash, creator } = shown
    if (finality.isFinalWithout(input, txHash)) {
      const lost = { shown, inputIndex }
      return { kind: 'exit.void', claim, maker: { txHash, outputIndex: creator.outputIndex }, lost }
    }
    const spend = earliest(sightings.spendsOf(input).filter(other => other.txHash !== txHash))
    if (spend !== undefined && standsBefore(spend.leaf, shown.leaf))
      return { kind: 'exit.losing', claim, shown, inputIndex, spend }
  }
  return undefined
}

/** What is final by another, or was never made, cannot be spent (I2). */
function judgeInputs(claim: InFlightClaim, finality: Finality): Violation | undefined {
  for (const [inputIndex, input] of claim.pay.inputs.entries()) {
    const parent = finality.voidMakerOf(input)
    if (parent !== undefined) return { kind: 'inFlight.void', claim, inputIndex, parent }
    if (finality.isFinalWithout(input, claim.id))
      return { kind: 'inFlight.void', claim, inputIndex, parent: null }
  }
  return undefined
}

/**
 * A transaction is canonical if of each of its inputs it is the only spender seen, or stands included before every other
 * one. What is not included stands behind everything that is (R12).
 */
function judgeCanonicity(claim: InFlightClaim, sightings: Sightings): Violation | undefined {
  const leaf = sightings.leafOf(claim.id, claim.pay.inputs)
  const rival = winningRival(claim, leaf, sightings)
  if (rival === undefined) {
    const proven = claim.verdict === 'void' && leaf !== null
    return proven ? { kind: 'inFlight.included', claim, leaf } : undefined
  }
  return claim.verdict === 'canonical' ? { kind: 'inFlight.rival', claim, ...rival } : undefined
}

/** The spend of one of the inputs that keeps the transaction from being canonical; the earliest, if there are several. */
function winningRival(
  claim: InFlightClaim,
  own: Leaf | null,
  sightings: Sightings,
): { input: OutputId; spend: Spend } | undefined {
  let best: { input: OutputId; spend: Spend } | undefined
  for (const input of claim.pay.inputs) {
    const spend = earliest(sightings.spendsOf(input).filter(other => other.txHash !== claim.id))
    if (spend === undefined || (own !== null && !standsBefore(spend.leaf, own))) continue
    if (best === undefined || standsBefore(spend.leaf, best.spend.leaf)) best = { input, spend }
  }
  return best
}

/** The earliest included spend, or the first of those that are not. */
function earliest(spends: readonly Spend[]): Spend | undefined {
  let best: Spend | undefined
  for (const spend of spends) if (best === undefined || standsBefore(spend.leaf, best.leaf)) best = spend
  return best
}

function standsBefore(a: Leaf | null, b: Leaf | null): boolean {
  return a !== null && (b === null || a < b)
}
