import { randomBytes } from 'node:crypto'
import { type Hash, type OmgError, toHex } from '@omg/protocol'
import { type DoubleVote, RevertedError, readDoubleVote } from '@omg/rootchain'
import { nodeError } from '../errors.ts'
import type { Tables } from '../store/tables.ts'

const KEY = 'offences'
/** Pause before what failed is tried again, in milliseconds. */
const RETRY_MILLISECONDS = 30_000
/** Blocks with evidence that are remembered once it is on Ethereum. */
export const REMEMBERED_OFFENCES = 64

/** A block that holds evidence. */
export interface KnownOffence {
  readonly height: bigint
  /** It is on Ethereum, as far as this node can tell. */
  readonly relayed: boolean
}

/** Height, salt, and whether it is done. */
type Entry = [height: string, salt: Hash, isDone?: true]

export interface OffencesOptions {
  tables: Tables
  /** The evidence that stands in the block of a height, as the engine shows it. Errors: thrown, to be tried again. */
  evidenceAt: (height: bigint) => Promise<readonly unknown[]>
  /** Takes two votes to Ethereum; the same salt goes on with what was begun before a restart. Undefined: others do. Errors: thrown. */
  relay: ((votes: DoubleVote, salt: Hash, signal: AbortSignal) => Promise<void>) | undefined
  retryMilliseconds?: number
  onRelayed: (height: bigint) => void
  onError: (error: OmgError) => void
}

/**
 * Validators that voted twice: the engine names the blocks that hold the evidence, and this brings it to Ethereum, where it costs stake
 * (A25). What is to be done survives a restart. Any number of nodes may do it; one is paid, and Ethereum refuses the others.
 */
export class Offences {
  readonly #options: OffencesOptions
  readonly #abort = new AbortController()
  #loop: Promise<void> = Promise.resolve()
  #wake: (() => void) | undefined

  constructor(options: OffencesOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#options.relay) this.#loop = this.#run(this.#options.relay)
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    this.#wake?.()
    await this.#loop
  }

  /** A block holds evidence. It is remembered when this returns. */
  async note(height: bigint): Promise<void> {
    const { tables } = this.#options
    const known = this.#entries()
    if (known.some(([other]) => other === String(height))) return
    await this.#write([...known, [String(height), toHex(randomBytes(32)) as Hash]])
    await tables.root.flushed
    this.#wake?.()
  }

  /** Heights whose evidence is not on Ethereum yet. */
  get open(): bigint[] {
    return this.#open().map(([height]) => BigInt(height))
  }

  /** All that are remembered, the oldest first. */
  get known(): KnownOffence[] {
    return this.#entries().map(([height, , isDone]) => ({ height: BigInt(height), relayed: isDone === true }))
  }

  /** The evidence in the block of a height, as the engine shows it. Errors: thrown. */
  evidenceAt(height: bigint): Promise<readonly unknown[]> {
    return this.#options.evidenceAt(height)
  }

  async #run(relay: NonNullable<OffencesOptions['relay']>): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      let failed = false
      for (const [height, salt] of this.#open()) {
        failed = !(await this.#relay(BigInt(height), salt, relay)) || failed
        if (signal.aborted) return
      }
      if (!failed && this.#open().length > 0) continue
      await this.#sleep(failed ? (this.#options.retryMilliseconds ?? RETRY_MILLISECONDS) : undefined)
    }
  }

  async #relay(height: bigint, salt: Hash, relay: NonNullable<OffencesOptions['relay']>): Promise<boolean> {
    const { evidenceAt, onRelayed, onError } = this.#options
    try {
      for (const item of await evidenceAt(height)) {
        const votes = readDoubleVote(item)
        // Of evidence against light clients Ethereum knows nothing.
        if (votes.ok && votes.value) await relay(votes.value, salt, this.#abort.signal).catch(isPunished)
      }
      await this.#write(
        this.#entries().map(entry => (entry[0] === String(height) ? [entry[0], entry[1], true] : entry)),
      )
      onRelayed(height)
      return true
    } catch (error) {
      if (!this.#abort.signal.aborted) {
        onError(
          nodeError('engine.evidence', `The evidence in block ${height} is not on Ethereum yet.`, error),
        )
      }
      return false
    }
  }

  #open(): Entry[] {
    return this.#entries().filter(([, , isDone]) => !isDone)
  }

  #entries(): Entry[] {
    const bytes = this.#options.tables.meta.get(KEY)
    return bytes ? (JSON.parse(bytes.toString()) as Entry[]) : []
  }

  async #write(entries: readonly Entry[]): Promise<void> {
    const done = entries.filter(([, , isDone]) => isDone).slice(0, -REMEMBERED_OFFENCES)
    const kept = entries.filter(entry => !done.includes(entry))
    await this.#options.tables.meta.put(KEY, Buffer.from(JSON.stringify(kept)))
  }

  async #sleep(milliseconds: number | undefined): Promise<void> {
    if (this.#abort.signal.aborted) return
    await new Promise<void>(resolve => {
      const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
      if (milliseconds === undefined && this.#open().length > 0) this.#wake()
    })
    this.#wake = undefined
  }
}

/** Somebody else was first, or Ethereum knows better: that is the end of it. */
function isPunished(error: unknown): void {
  if (!(error instanceof RevertedError)) throw error
}
