import type { Address, Hex, OutputId, TxHash } from '@omg/protocol'
import { RevertedError } from '@omg/rootchain'
import type { Logger } from 'pino'
import type { Records } from '../ethereum/records.ts'
import type { InFlightClaim } from './claim.ts'
import { turnOf } from './turn.ts'

/** Turns after which a note is sent again that Ethereum does not show: a reorganisation has dropped it. */
export const TURNS_UNTIL_RETRY = 8n

export interface VoidNotesOptions {
  readonly records: Pick<Records, 'docket' | 'time'>
  /** Whether an output is one of a customer, and unspent on the chain. */
  readonly isCustomers: (outputId: OutputId) => boolean
  /** Has Ethereum say that a payment is void by time. Returns the transaction. */
  readonly note: (txHash: TxHash) => Promise<Hex>
  readonly watcher: Address
  readonly turnSeconds: bigint
  readonly log: Logger
}

/**
 * Payments in flight that became void in silence: Ethereum does not say so by itself, and until somebody has it said, the
 * chain keeps all their inputs locked (R6, A14). This watcher does where that frees an output of a customer.
 */
export class VoidNotes {
  readonly #options: VoidNotesOptions
  /** When each is sent again at the earliest, in seconds of chain time. */
  readonly #next = new Map<TxHash, bigint>()

  constructor(options: VoidNotesOptions) {
    this.#options = options
  }

  async round(): Promise<void> {
    const { records, watcher, turnSeconds } = this.#options
    const now = records.time()
    for (const claim of records.docket.claims().values()) {
      if (claim.kind !== 'inFlight' || !this.#isWanted(claim)) continue
      // Watchers do not know each other: each has its turn, so that one of them pays.
      const turn = claim.exitableAt + turnOf(watcher, claim.id) * turnSeconds
      const next = this.#next.get(claim.id) ?? turn
      if (now < next) continue
      this.#next.set(claim.id, now + TURNS_UNTIL_RETRY * turnSeconds)
      await this.#note(claim.id)
    }
  }

  #isWanted({ id, pay, expired, state, verdict }: InFlightClaim): boolean {
    const { records, isCustomers } = this.#options
    const { docket } = records
    // One that was dead at its start has locked nothing.
    if (expired || state !== 'decided' || verdict !== 'void' || docket.isDeclaredVoid(id)) return false
    return pay.inputs.some(
      input => !docket.isContested(input) && !docket.isExiting(input) && isCustomers(input),
    )
  }

  async #note(txHash: TxHash): Promise<void> {
    const { note, log } = this.#options
    try {
      const transactionHash = await note(txHash)
      log.info({ txHash, transactionHash }, 'noted that a payment in flight is void')
    } catch (error) {
      // Somebody was faster: its event will be read soon.
      if (error instanceof RevertedError && error.reason === 'AlreadyDecided') return
      log.warn({ txHash, err: error }, 'a void payment could not be noted')
    }
  }
}
