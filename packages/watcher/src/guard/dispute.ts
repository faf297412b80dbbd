import type { Address, Hex } from '@omg/protocol'
import {
  type DisputeEffect,
  type DisputeEvent,
  type DisputeState,
  disputeMachine,
} from '../machine/dispute.ts'
import { step } from '../machine/table.ts'
import { type Claim, deadlineOf, keyOfViolation, safeUntil, type Violation } from './claim.ts'
import { turnAt } from './turn.ts'

/** What this watcher did about one wrong claim: kept for ever, as proof. Times in seconds of chain time. */
export interface Dispute {
  readonly key: string
  readonly kind: Violation['kind']
  readonly claimId: Hex
  readonly state: DisputeState
  readonly openedAt: bigint
  readonly turnAt: bigint
  /** From here on Ethereum takes no answer; null: it takes one for as long as the claim is open. */
  readonly deadline: bigint | null
  /** How many times Ethereum has refused our answer. */
  readonly refusals: number
  /** Our transactions about it, oldest first. */
  readonly transactions: readonly Hex[]
  /** Ethereum block of the last of them; what was read up to before it does not know the answer yet. */
  readonly minedAt: bigint
  /** What Ethereum has paid this watcher for it, in wei; null until the bond is paid out. */
  readonly earned: bigint | null
  /** Who answered it, once somebody did. */
  readonly answeredBy: Address | null
  readonly failure: string | null
  /** Whether the bond was paid out, to whomever. */
  readonly paidOut: boolean
}

/** A step of one dispute, with what is to be done about it. */
export interface DisputeMove {
  readonly dispute: Dispute
  readonly effects: readonly DisputeEffect[]
  /** The violation as it is now; absent where the claim is no longer wrong. */
  readonly violation?: Violation
}

export interface ReconcileParameters {
  readonly disputes: ReadonlyMap<string, Dispute>
  readonly violations: readonly Violation[]
  readonly claims: ReadonlyMap<Hex, Claim>
  readonly watcher: Address | null
  /** Number of the newest Ethereum block read. */
  readonly head: bigint
  /** Chain time in seconds. */
  readonly now: bigint
  readonly turnSeconds: bigint
}

/**
 * Compares what is wrong now with what is known, and moves every dispute by one event. Pure and level-triggered:
 * calling it twice with the same facts does nothing twice, and a missed call loses nothing.
 */
export function reconcile(parameters: ReconcileParameters): DisputeMove[] {
  const moves: DisputeMove[] = []
  const wrong = new Map(parameters.violations.map(violation => [keyOfViolation(violation), violation]))
  // First what is over: where one answer takes the place of another, the alarm about the claim goes on.
  for (const [key, dispute] of parameters.disputes) {
    if (wrong.has(key)) continue
    const answer = answerTo(dispute, parameters.claims.get(dispute.claimId))
    const move = advance(
      answer.event === 'answered' ? { ...dispute, answeredBy: answer.by } : dispute,
      answer.event,
      parameters,
    )
    if (move !== undefined) moves.push(move)
  }
  for (const [key, violation] of wrong) {
    const known = parameters.disputes.get(key)
    const dispute = inTime(known ?? open(key, violation, parameters), violation, parameters.now)
    const settled = disputeMachine.terminal.includes(dispute.state)
    const over = dispute.deadline !== null && parameters.now >= dispute.deadline
    if (settled && dispute.state === 'lost' && over) continue
    if (settled && dispute.minedAt > parameters.head) continue
    const event: DisputeEvent = settled ? 'reopened' : over ? 'expired' : 'tick'
    const base = settled ? { ...open(key, violation, parameters), ...past(dispute) } : dispute
    const move = advance(base, event, parameters)
    if (move !== undefined || known === undefined)
      moves.push({ ...(move ?? { dispute, effects: [] }), violation })
  }
  return moves
}

/** Moves a dispute by an event of its own transaction or of the process. Undefined where nothing changes. */
export function advance(
  dispute: Dispute,
  event: DisputeEvent,
  context: { readonly watcher: Address | null; readonly now: bigint },
): DisputeMove | undefined {
  const next = step(disputeMachine, dispute.state, event, {
    now: context.now,
    turnAt: dispute.turnAt,
    ours: context.watcher !== null && dispute.answeredBy === context.watcher,
    refusals: dispute.refusals,
  })
  if (!next.moved) return undefined
  return { dispute: { ...dispute, state: next.state }, effects: next.effects }
}

function open(key: string, violation: Violation, parameters: ReconcileParameters): Dispute {
  const { watcher, now, turnSeconds } = parameters
  const deadline = safeUntil(violation)
  // The first sight counts, not the start of the exit: after a long sleep the turns begin anew, bounded by the deadline.
  return {
    key,
    kind: violation.kind,
    claimId: violation.claim.id,
    state: disputeMachine.initial,
    openedAt: now,
    turnAt:
      watcher === null
        ? now
        : turnAt({ watcher, subject: violation.claim.id, openedAt: now, deadline, turnSeconds }),
    deadline: deadlineOf(violation),
    refusals: 0,
    transactions: [],
    minedAt: 0n,
    earned: null,
    answeredBy: null,
    failure: null,
    paidOut: false,
  }
}

/** A dispute with the times of what is wrong now: a spend may have been included meanwhile, or its inclusion dropped (A19). */
function inTime(dispute: Dispute, violation: Violation, now: bigint): Dispute {
  const safe = safeUntil(violation)
  const tooLate = dispute.turnAt >= safe && now < safe
  return { ...dispute, deadline: deadlineOf(violation), turnAt: tooLate ? now : dispute.turnAt }
}

/** What a reopened dispute keeps: its record, and the state it is reopened from. */
function past(dispute: Dispute): Pick<Dispute, 'state' | 'transactions'> {
  return { state: dispute.state, transactions: dispute.transactions }
}

type Answer = { event: 'answered'; by: Address } | { event: 'gone' | 'expired' }

/** Why a claim that was wrong no longer is. */
function answerTo(dispute: Dispute, claim: Claim | undefined): Answer {
  const by = claim === undefined ? null : answererOf(dispute, claim)
  if (by !== null) return { event: 'answered', by }
  return { event: claim !== undefined && hasPrevailed(claim, dispute) ? 'expired' : 'gone' }
}

/** Whether Ethereum has decided as the wrong claim wanted it. */
function hasPrevailed(claim: Claim, { kind }: Dispute): boolean {
  if (claim.kind === 'exit') return claim.state === 'paid'
  return claim.state !== 'open' && claim.verdict === (kind === 'inFlight.included' ? 'void' : 'canonical')
}

function answererOf(dispute: Dispute, claim: Claim): Address | null {
  if (claim.kind === 'exit') return claim.answeredBy
  if (dispute.kind === 'inFlight.void') return claim.voidedBy
  return dispute.kind === 'inFlight.rival' ? claim.challengedBy : claim.provenBy
}
