import type { Address, OmgError, OutputId } from '@omg/protocol'
import { RevertedError, type RootChain, startStandardExit } from '@omg/rootchain'
import type { Logger } from 'pino'
import type { AlarmBook } from '../alarm/book.ts'
import { ALARMS, type AlarmKind } from '../alarm/catalogue.ts'
import type { Records } from '../ethereum/records.ts'
import type { Customers } from './customers.ts'
import { originOf } from './exit-data.ts'

/** Exits that are started in one round at most, so that a mass exit does not starve the challenges. */
export const EXITS_PER_ROUND = 20

/** Reverts that say that the exit is there already, or that there is nothing to exit. */
const POINTLESS: ReadonlySet<string> = new Set(['ExitExists', 'OutputExited', 'InputExited', 'CreatorVoid'])

export interface ProtectionOptions {
  readonly customers: Customers
  readonly records: Pick<Records, 'docket'>
  readonly alarms: AlarmBook
  /** Undefined: this watcher has no key. */
  readonly rootChain: RootChain | undefined
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Starts the exits that customers delegated, while an alarm stands that endangers them (I4, A31, A36). */
export class Protection {
  readonly #options: ProtectionOptions
  readonly #pointless = new Set<OutputId>()
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
    const { customers, rootChain } = this.#options
    if (rootChain === undefined || !this.isCalledFor()) return
    let left = EXITS_PER_ROUND
    for (const delegation of customers.delegations()) {
      const data = customers.exitData(delegation.owner)
      if (!data.ok) continue
      for (const output of data.value) {
        if (left === 0) return
        if (output.kind === 'uncommitted' || !this.#isNeeded(output.outputId)) continue
        left--
        const { validUntil, signature } = delegation
        const origin = originOf(output)
        await this.#start(
          rootChain,
          { ...origin, delegation: { validUntil, signature } },
          output.outputId,
          delegation.owner,
        )
      }
    }
  }

  #isNeeded(outputId: OutputId): boolean {
    return !this.#options.records.docket.isExiting(outputId) && !this.#pointless.has(outputId)
  }

  async #start(
    rootChain: RootChain,
    parameters: Parameters<typeof startStandardExit>[1],
    outputId: OutputId,
    owner: Address,
  ): Promise<void> {
    const { alarms, log, signal } = this.#options
    try {
      const { transactionHash, exitableAt } = await startStandardExit(rootChain, { ...parameters, signal })
      this.#started++
      // Until the reader has seen the exit, it must not be started again.
      this.#pointless.add(outputId)
      alarms.clear('challenge.failed', `exit of ${outputId}`)
      log.info(
        { outputId, owner, transactionHash, exitableAt: exitableAt.toString() },
        'started an exit for a customer',
      )
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof RevertedError && POINTLESS.has(error.reason)) {
        this.#pointless.add(outputId)
        return
      }
      const { message } = error as OmgError
      alarms.see('challenge.failed', `exit of ${outputId}`, { reason: message, owner })
      log.error({ outputId, owner, reason: message }, 'an exit for a customer failed')
    }
  }
}
