import type { Address, Hex, TxHash } from '@omg/protocol'
import type { AlarmBook } from '../alarm/book.ts'
import type { AlarmCode } from '../alarm/catalogue.ts'
import type { Records } from '../ethereum/records.ts'
import type { DisputeEffect } from '../machine/dispute.ts'
import type { Store } from '../store/store.ts'
import type { Answer, Challenger } from './challenger.ts'
import { type Claim, deadlineOf, type InFlightClaim, type Sightings, type Violation } from './claim.ts'
import { advance, type Dispute, type DisputeMove, reconcile } from './dispute.ts'
import { judge } from './judge.ts'
import type { Makers } from './makers.ts'

const ALARM_OF: Readonly<Record<Violation['kind'], AlarmCode>> = {
  'exit.spent': 'exit.invalid',
  'exit.void': 'exit.invalid',
  'exit.losing': 'exit.invalid',
  'piggyback.spent': 'piggyback.invalid',
  'inFlight.rival': 'inflight.non_canonical',
  'inFlight.included': 'inflight.non_canonical',
  'inFlight.void': 'inflight.non_canonical',
}

export interface GuardOptions {
  readonly store: Pick<Store, 'disputes' | 'keepDispute'>
  readonly records: Pick<Records, 'docket' | 'head' | 'time'>
  readonly sightings: Sightings
  readonly makers: Pick<Makers, 'find'>
  readonly alarms: AlarmBook
  /** Undefined: this watcher has no key, and only alarms. */
  readonly challenger: Challenger | undefined
  readonly watcher: Address | null
  readonly turnSeconds: bigint
  /** What Ethereum would decide now about an in-flight transaction. */
  readonly verdictOf: (txHash: TxHash) => Promise<{ verdict: InFlightClaim['verdict']; decided: boolean }>
  readonly onDispute?: (dispute: Dispute) => void
  /** Ethereum has paid this watcher an amount in wei. */
  readonly onEarned?: (amount: bigint) => void
}

/** Looks at all exits again and again, and answers the wrong ones. */
export class Guard {
  readonly #options: GuardOptions
  readonly #disputes = new Map<string, Dispute>()
  readonly #sending = new Set<Promise<void>>()

  constructor(options: GuardOptions) {
    this.#options = options
    const { watcher, records } = options
    for (const dispute of options.store.disputes<Dispute>()) {
      // Whether an answer that was on its way has arrived is Ethereum's to say; the next round asks.
      const moved = advance(dispute, 'restarted', { watcher, now: records.time() })
      this.#disputes.set(dispute.key, moved?.dispute ?? dispute)
    }
  }

  disputes(): Iterable<Dispute> {
    return this.#disputes.values()
  }

  /** One look at everything. */
  async round(): Promise<void> {
    const { records, sightings, watcher, turnSeconds } = this.#options
    await this.#refreshVerdicts()
    await this.#findMakers()
    const claims = records.docket.claims()
    const declaredVoid = records.docket.declaredVoid()
    const shownSpent = records.docket.shownSpent()
    const now = records.time()
    const violations = judge({ claims: claims.values(), sightings, declaredVoid, shownSpent, now })
    const head = records.head()
    const moves = reconcile({ disputes: this.#disputes, violations, claims, watcher, head, now, turnSeconds })
    for (const move of moves) await this.#carryOut(move)
    await this.#takePayouts()
    await this.#collectRewards(now)
  }

  /** Resolves when no answer is on its way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#sending)
  }

  async #refreshVerdicts(): Promise<void> {
    const { records, verdictOf } = this.#options
    const now = records.time()
    for (const { id } of records.docket.openInFlight())
      records.docket.setVerdict(id, await verdictOf(id), now)
  }

  async #findMakers(): Promise<void> {
    const { records, makers } = this.#options
    for (const claim of [...records.docket.openWithoutMaker()]) {
      const shown = await makers.find(claim)
      if (shown !== undefined) records.docket.setMaker(claim.id, shown)
    }
  }

  async #carryOut({ dispute, effects, violation }: DisputeMove): Promise<void> {
    await this.#keep(dispute)
    for (const effect of effects) {
      if (effect === 'send') this.#send(dispute, violation!)
      else this.#announce(effect, dispute, violation)
    }
  }

  #announce(
    effect: Exclude<DisputeEffect, 'send'>,
    dispute: Dispute,
    violation: Violation | undefined,
  ): void {
    const { alarms } = this.#options
    switch (effect) {
      case 'raise claim':
        if (violation !== undefined) alarms.see(ALARM_OF[dispute.kind], dispute.claimId, detailsOf(violation))
        break
      case 'resolve claim':
        alarms.clear(ALARM_OF[dispute.kind], dispute.claimId)
        break
      case 'raise failure': {
        const reason = dispute.failure ?? 'the time in which it could be answered is over'
        alarms.see('challenge.failed', dispute.key, { reason, deadline: describeDeadline(dispute.deadline) })
        break
      }
      case 'resolve failure':
        alarms.clear('challenge.failed', dispute.key)
        break
      case 'record':
        this.#options.onDispute?.(dispute)
    }
  }

  #send(dispute: Dispute, violation: Violation): void {
    const { challenger } = this.#options
    const answer: Promise<Answer> =
      challenger?.answer(violation) ?? Promise.resolve({ kind: 'failed', reason: 'this watcher has no key' })
    const sending = answer
      .catch((error: unknown): Answer => ({ kind: 'failed', reason: String(error) }))
      .then(outcome => this.#sent(dispute.key, outcome))
      .finally(() => this.#sending.delete(sending))
    this.#sending.add(sending)
  }

  async #sent(key: string, answer: Answer): Promise<void> {
    const { watcher, records, turnSeconds } = this.#options
    const now = records.time()
    const dispute = this.#disputes.get(key)!
    const later = { turnAt: now + turnSeconds }
    const told: Dispute =
      answer.kind === 'mined'
        ? withTransaction({ ...dispute, answeredBy: watcher, minedAt: answer.block }, answer.transactionHash)
        : answer.kind === 'refused'
          ? { ...dispute, ...later, failure: answer.reason, refusals: dispute.refusals + 1 }
          : { ...dispute, ...later, failure: answer.reason }
    const move = advance(told, answer.kind, { watcher, now })
    // Ethereum may have shown the outcome already; then only the record of our transaction is new.
    await this.#carryOut(move ?? { dispute: told, effects: [] })
  }

  /**
   * What Ethereum has paid out: the only measure of what was earned, because a part of each lost bond is burnt and whoever
   * announced first takes the rest. After a reorganisation (A19) it may be unpaid again.
   */
  async #takePayouts(): Promise<void> {
    const { records, watcher, onEarned } = this.#options
    const counted = new Set<Hex>()
    for (const { claimId, earned } of this.#disputes.values()) if (earned !== null) counted.add(claimId)
    for (const dispute of this.#disputes.values()) {
      if (dispute.state !== 'won') continue
      const payout = records.docket.payoutOf(dispute.claimId)
      if (dispute.paidOut === (payout !== undefined)) continue
      // One bond, however many answers its exit needed.
      const ours = payout?.recipient === watcher && !counted.has(dispute.claimId)
      const earned = payout === undefined ? null : ours ? payout.amount : 0n
      await this.#keep({ ...dispute, paidOut: payout !== undefined, earned })
      if (ours) onEarned?.(payout!.amount)
      counted.add(dispute.claimId)
    }
  }

  /** Has the rewards paid out that are due. */
  async #collectRewards(now: bigint): Promise<void> {
    const { challenger, records, watcher, turnSeconds } = this.#options
    if (challenger === undefined) return
    for (const dispute of this.#disputes.values()) {
      const { state, paidOut, claimId, minedAt } = dispute
      if (state !== 'won' || paidOut || dispute.turnAt > now || minedAt > records.head()) continue
      const reward = records.docket.rewardOf(claimId)
      if (reward === undefined || reward.challenger !== watcher || now < reward.payableAt) continue
      if (!isBondLost(records.docket.claims().get(claimId))) continue
      const game = dispute.kind.startsWith('exit.') ? 'standardExits' : 'inFlightExits'
      const collected = await challenger.collect(game, [claimId]).catch(() => undefined)
      const record = this.#disputes.get(dispute.key)!
      // A reward that cannot be collected now is tried again a turn later; nobody else can take it.
      if (collected === undefined) await this.#keep({ ...record, turnAt: now + turnSeconds })
      else
        await this.#keep(withTransaction({ ...record, minedAt: collected.block }, collected.transactionHash))
    }
  }

  async #keep(dispute: Dispute): Promise<void> {
    this.#disputes.set(dispute.key, dispute)
    await this.#options.store.keepDispute(dispute.key, dispute)
  }
}

/** A wrong exit loses its bond with the challenge; an in-flight exit with its verdict, and never if it was right. */
function isBondLost(claim: Claim | undefined): boolean {
  if (claim?.kind !== 'inFlight') return true
  return claim.state !== 'open' && (claim.verdict === 'void' || claim.expired)
}

function withTransaction(dispute: Dispute, hash: Hex): Dispute {
  return { ...dispute, transactions: [...dispute.transactions, hash] }
}

/** What a person needs to answer by hand. */
function detailsOf(violation: Violation): Record<string, string> {
  const { claim } = violation
  const details: Record<string, string> = { violation: violation.kind, claim: claim.id }
  if (claim.kind === 'exit') {
    details.owner = claim.owner
    details.token = claim.token
    details.amount = claim.amount.toString()
    details.outputId = claim.outputId
  }
  if ('spend' in violation) {
    details.spentBy = violation.spend.txHash
    details.signedTransaction = violation.spend.signed as Hex
  }
  if (violation.kind === 'exit.void') details.maker = violation.maker.txHash
  const lost =
    violation.kind === 'exit.losing' ? violation : violation.kind === 'exit.void' ? violation.lost : null
  if (lost !== null) {
    details.madeBy = lost.shown.creator.transaction
    details.inputIndex = lost.inputIndex.toString()
  }
  details.deadline = describeDeadline(deadlineOf(violation))
  return details
}

/** Seconds, or in words. */
function describeDeadline(deadline: bigint | null): string {
  return deadline?.toString() ?? 'until the claim is paid'
}
