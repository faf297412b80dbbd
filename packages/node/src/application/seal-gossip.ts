import type { CheckTxResponse } from '../engines/engine.ts'
import type { Checkpoints } from './checkpoints.ts'
import { MAX_SEALS, type Seal } from './record.ts'
import { decodeSealMessage, encodeSealMessage } from './seal-message.ts'

/** Everything known about checkpoints that Ethereum does not have is told again after this time, in milliseconds; it doubles each time. */
export const RESEND_MILLISECONDS = { first: 1_000, longest: 60_000 } as const
/** Messages about checkpoints that have not closed here yet, which are kept until they do. */
const MAX_EARLY = 16

export interface SealGossipOptions {
  checkpoints: Checkpoints
  /** Number of the newest closed checkpoint. */
  newestClosed: () => bigint
  /** A checkpoint has a quorum, or all its signatures. */
  onSealed: () => void
  /** A validator's signature for a closed checkpoint is none for our header of it. */
  onWrong: (seal: Seal) => void
  /** Why we do not sign at the moment. */
  onRefused: (error: unknown) => undefined
  /** Milliseconds; only for pauses. */
  now?: () => number
}

/**
 * Brings the signatures of closed checkpoints to all nodes as soon as the block that closes one is committed, without a block: over the
 * channel of the mempool. A message that is lost is made up for: every node tells all it knows again, at growing intervals, as long
 * as Ethereum does not have the checkpoint. So whoever was away, or comes back from a crash, needs nobody's help.
 */
export class SealGossip {
  readonly #options: SealGossipOptions
  readonly #now: () => number
  /** Signatures that peers were not told of. */
  #fresh: Seal[] = []
  #early: Uint8Array[] = []
  #newest = -1n
  #renewals = 0
  #resend: { at: number; pause: number } = { at: 0, pause: RESEND_MILLISECONDS.first }

  constructor(options: SealGossipOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** What peers should hear now: nothing, most of the time. */
  async take(): Promise<Uint8Array[]> {
    const newest = this.#options.newestClosed()
    const now = this.#now()
    const { renewals } = this.#options.checkpoints
    if (newest !== this.#newest || renewals !== this.#renewals) {
      this.#newest = newest
      this.#renewals = renewals
      this.#resend = { at: now, pause: RESEND_MILLISECONDS.first }
      for (const message of this.#early.splice(0)) this.insert(message)
    }
    const seals = now >= this.#resend.at ? await this.#all(newest, now) : this.#fresh
    this.#fresh = []
    const messages: Uint8Array[] = []
    for (let at = 0; at < seals.length; at += MAX_SEALS) {
      messages.push(encodeSealMessage(seals.slice(at, at + MAX_SEALS)))
    }
    return messages
  }

  /** A message of a peer. Whatever its bytes are, it does not throw. */
  insert(bytes: Uint8Array): CheckTxResponse {
    const message = decodeSealMessage(bytes)
    if (!message.ok) return { code: 1, reason: message.error.code }
    const newest = this.#options.newestClosed()
    // Whoever executes faster is a block ahead; whoever is further ahead tells it again.
    if (message.value.some(({ checkpoint }) => checkpoint === newest + 1n)) this.#keep(bytes)
    const recent = message.value.filter(({ checkpoint }) => {
      return this.#options.checkpoints.isRecent(checkpoint, newest)
    })
    for (const seal of recent) if (this.#gather(seal)) this.#fresh.push(seal)
    const wrong = recent.filter(seal => !this.#options.checkpoints.isValid(seal))
    for (const seal of wrong) this.#options.onWrong(seal)
    return wrong.length > 0 ? { code: 1, reason: 'proposal.seal' } : { code: 0 }
  }

  /** Own signatures that are missing are made now, and everything that Ethereum does not have is told. */
  async #all(newest: bigint, now: number): Promise<Seal[]> {
    const { checkpoints, onRefused } = this.#options
    const { pause } = this.#resend
    this.#resend = { at: now + pause, pause: Math.min(2 * pause, RESEND_MILLISECONDS.longest) }
    const own = await checkpoints.sign(newest).catch(onRefused)
    if (own?.some(({ checkpoint }) => this.#stage(checkpoint) > 0)) this.#options.onSealed()
    return checkpoints
      .recent(newest)
      .filter(({ accepted }) => accepted === undefined)
      .flatMap(checkpoint => {
        const signatures = checkpoints.signatures(checkpoint)
        return signatures.map(signature => ({ checkpoint: checkpoint.number, ...signature }))
      })
  }

  #gather(seal: Seal): boolean {
    const before = this.#stage(seal.checkpoint)
    if (!this.#options.checkpoints.gather(seal)) return false
    if (this.#stage(seal.checkpoint) > before) this.#options.onSealed()
    return true
  }

  /** How far a checkpoint is: 1 = a quorum has signed it, 2 = everybody. */
  #stage(number: bigint): number {
    const { checkpoints } = this.#options
    const checkpoint = checkpoints.get(number)
    if (!checkpoint || !checkpoints.hasQuorum(checkpoint)) return 0
    return checkpoints.isComplete(checkpoint) ? 2 : 1
  }

  #keep(bytes: Uint8Array): void {
    if (this.#early.length === MAX_EARLY) this.#early.shift()
    this.#early.push(bytes)
  }
}
