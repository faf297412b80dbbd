import { type OutputId, outputId, type Position } from '@omg/protocol'
import type { Claim, InFlightClaim, Sightings, Spend, StandardClaim, Violation } from './claim.ts'

/** Everything that is wrong with the open claims, given what was seen. Pure: same claims and sightings, same answer. */
export function judge(claims: Iterable<Claim>, sightings: Sightings): Violation[] {
  const violations: Violation[] = []
  for (const claim of claims) {
    if (claim.state !== 'open') continue
    if (claim.kind === 'standard') violations.push(...judgeStandard(claim, sightings))
    else violations.push(...judgeCanonicity(claim, sightings), ...judgePiggybacks(claim, sightings))
  }
  return violations
}

/** A20: an output that was spent exits. Included or not, the owner's signature over the spend is enough. */
function judgeStandard(claim: StandardClaim, sightings: Sightings): Violation[] {
  const spend = earliest(sightings.spendsOf(claim.outputId))
  return spend === undefined ? [] : [{ kind: 'exit.spent', claim, spend }]
}

/**
 * A transaction is canonical if no other spend of any of its inputs stands earlier. What is not included stands
 * behind everything that is, and a transaction that is in flight itself gives way to any other spend.
 */
function judgeCanonicity(claim: InFlightClaim, sightings: Sightings): Violation[] {
  const own = sightings.positionOf(claim.txHash)
  const rival = earliestRival(claim, sightings)
  const standing = claim.competitor

  if (standing === null) {
    const shown = claim.inclusion?.position ?? null
    if (rival === undefined || !standsBefore(rival.spend.position, shown ?? own)) return []
    return [{ kind: 'inFlight.competitor', claim, inputIndex: rival.inputIndex, spend: rival.spend }]
  }
  if (own !== null && standsBefore(own, standing.position)) {
    return [{ kind: 'inFlight.included', claim, position: own }]
  }
  // A competitor without a place could be beaten by a late inclusion; one with an earlier place cannot.
  if (
    rival !== undefined &&
    rival.spend.position !== null &&
    standsBefore(rival.spend.position, standing.position)
  ) {
    return [{ kind: 'inFlight.competitor', claim, inputIndex: rival.inputIndex, spend: rival.spend }]
  }
  return []
}

/** An input that was spent by another transaction, or an output that was spent at all, is not paid. */
function judgePiggybacks(claim: InFlightClaim, sightings: Sightings): Violation[] {
  const violations: Violation[] = []
  for (const { side, index, blockedBy } of claim.piggybacks) {
    if (blockedBy !== null) continue
    if (side === 'input') {
      const input = claim.pay.inputs[index]!
      const spend = earliest(sightings.spendsOf(input).filter(other => other.txHash !== claim.txHash))
      if (spend !== undefined) violations.push({ kind: 'piggyback.input', claim, index, spend })
    } else {
      const spend = earliest(sightings.spendsOf(outputId(claim.txHash, index)))
      if (spend !== undefined) violations.push({ kind: 'piggyback.output', claim, index, spend })
    }
  }
  return violations
}

function earliestRival(
  claim: InFlightClaim,
  sightings: Sightings,
): { inputIndex: number; spend: Spend } | undefined {
  let best: { inputIndex: number; spend: Spend } | undefined
  for (const [inputIndex, input] of claim.pay.inputs.entries()) {
    const spend = earliest(rivalsOf(input, claim, sightings))
    if (spend === undefined) continue
    if (best === undefined || standsBefore(spend.position, best.spend.position)) best = { inputIndex, spend }
  }
  return best
}

function rivalsOf(input: OutputId, claim: InFlightClaim, sightings: Sightings): Spend[] {
  return sightings.spendsOf(input).filter(other => other.txHash !== claim.txHash)
}

/** The spend that wins: the earliest included one, else any. */
function earliest(spends: readonly Spend[]): Spend | undefined {
  let best: Spend | undefined
  for (const spend of spends) {
    if (best === undefined || (spend.position !== null && standsBefore(spend.position, best.position)))
      best = spend
  }
  return best
}

/** Whether `a` is the earlier place. Against a transaction without a place, any spend stands first. */
function standsBefore(a: Position | null, b: Position | null): boolean {
  if (b === null) return true
  return a !== null && a < b
}
