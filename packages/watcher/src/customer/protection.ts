import type { OutputId } from '@omg/protocol'
import { RevertedError } from '@omg/rootchain'
import type { Logger } from 'pino'
import type { AlarmBook } from '../alarm/book.ts'
import { ALARMS, type AlarmKind } from '../alarm/catalogue.ts'
import type { Records } from '../ethereum/records.ts'
import { reasonOf } from '../guard/challenger.ts'
import type { Customers } from './customers.ts'
import { originOf } from './exit-data.ts'
import { type DelegatedExit, type ExitCalls, POINTLESS, startDelegatedExit } from './exits.ts'

/** Exits that are started in one round at most, so that a mass exit does not starve the challenges. */
export const EXITS_PER_ROUND = 20
/** Chain time in seconds after which an output is tried again that Ethereum does not show as exiting: 16 blocks of mainnet. */
export const SECONDS_UNTIL_RETRY = 192n

/** Subjects of the alarms of this file. */
const SUBJECT = 'exit of '

export interface ProtectionOptions {
  readonly customers: Pick<Customers, 'delegations' | 'exitData'>
  readonly records: Pick<Records, 'docket' | 'time'>
  readonly alarms: AlarmBook
  /** Undefined: this watcher has no key. */
  readonly calls: ExitCalls | undefined
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Starts the exits that customers delegated, while an alarm stands that endangers them (I4, A31, A36). */
export class Protection {
  readonly #options: ProtectionOptions
  /** When each output that needs nothing for now is tried again, in seconds of chain time. */
  readonly #notBefore = new Map<OutputId, bigint>()
  /** Outputs whose exits failed, the one that was tried last at the end. */
  readonly #failed = new Set<OutputId>()
  #started = 0

  constructor(options: ProtectionOptions) {
    this.#options = options
  }

  /** Exits started since the start of the process. */
  get started(): number {
    return this.#started
  }

  /** Whether an alarm stands that calls for exits. */
  isCalledFor(): boolean {
    return this.#options.alarms.standing().some(({ code }) => (ALARMS[code] as AlarmKind).protectsCustomers)
  }

  async round(): Promise<void> {
    const { calls, signal } = this.#options
    if (calls === undefined) return
    const wanted = this.isCalledFor() ? this.#wanted() : new Map<OutputId, DelegatedExit>()
    for (const outputId of [...this.#failed]) if (!wanted.has(outputId)) this.#failed.delete(outputId)
    // What failed comes last, the longest ago first: one that always fails must not keep anybody else in.
    const fresh = [...wanted.keys()].filter(outputId => !this.#failed.has(outputId))
    for (const outputId of [...fresh, ...this.#failed].slice(0, EXITS_PER_ROUND)) {
      if (signal.aborted) return
      await this.#start(calls, wanted.get(outputId)!)
    }
    this.#clearOthers()
  }

  /** Every output of an owner who delegated that is committed, does not exit yet, and is not known to need nothing. */
  #wanted(): Map<OutputId, DelegatedExit> {
    const { customers, records } = this.#options
    const wanted = new Map<OutputId, DelegatedExit>()
    const now = records.time()
    for (const { owner, validUntil, signature } of customers.delegations()) {
      const data = customers.exitData(owner)
      if (!data.ok) continue
      for (const output of data.value) {
        const { outputId } = output
        if (output.kind === 'uncommitted' || records.docket.isExiting(outputId)) continue
        if (now < (this.#notBefore.get(outputId) ?? 0n)) continue
        wanted.set(outputId, { outputId, ...originOf(output), delegation: { validUntil, signature } })
      }
    }
    return wanted
  }

  async #start(calls: ExitCalls, exit: DelegatedExit): Promise<void> {
    const { alarms, log, signal, records } = this.#options
    const { outputId } = exit
    const later = records.time() + SECONDS_UNTIL_RETRY
    this.#failed.delete(outputId)
    try {
      const { transactionHash, exitableAt } = await startDelegatedExit(calls, exit)
      this.#started++
      // The reader will see it soon, unless a reorganisation drops it (A19).
      this.#notBefore.set(outputId, later)
      log.info(
        { outputId, transactionHash, exitableAt: exitableAt.toString() },
        'started an exit for a customer',
      )
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof RevertedError && POINTLESS.has(error.reason)) {
        this.#notBefore.set(outputId, later)
        log.info({ outputId, reason: error.reason }, 'an exit for a customer is there already, or cannot be')
        return
      }
      this.#failed.add(outputId)
      const reason = reasonOf(error)
      alarms.see('challenge.failed', `${SUBJECT}${outputId}`, { reason })
      log.error({ outputId, reason }, 'an exit for a customer failed')
    }
  }

  /** An alarm stands for as long as its exit fails. */
  #clearOthers(): void {
    const { alarms } = this.#options
    for (const { code, subject } of alarms.standing()) {
      if (code !== 'challenge.failed' || !subject.startsWith(SUBJECT)) continue
      if (!this.#failed.has(subject.slice(SUBJECT.length) as OutputId)) alarms.clear(code, subject)
    }
  }
}
