import type { Hex, OmgError } from '@omg/protocol'
import type { Checkpoints } from '../application/checkpoints.ts'
import type { DataModes } from '../application/data-modes.ts'
import type { Publication } from '../application/publication.ts'
import { nodeError } from '../errors.ts'
import type { StoredCheckpoint } from '../store/checkpoints.ts'
import type { CheckpointSink } from './seam.ts'
import type { ValidatorSet } from './validator-sets.ts'

/** Pause before a failed submission is tried again, in milliseconds; doubles up to the maximum. */
export const RETRY_MILLISECONDS = 1_000
const MAX_RETRY_MILLISECONDS = 60_000
/** Pause between looks at what Ethereum has, when nothing is to be done. */
const LOOK_MILLISECONDS = 5_000
/** How long a checkpoint with a quorum waits for the signatures of the others, which count for their participation, in milliseconds. */
export const COMPLETION_MILLISECONDS = 1_500

export interface SubmitterOptions {
  sink: CheckpointSink
  checkpoints: Checkpoints
  publication: Publication
  dataModes: DataModes
  /** Number of the newest closed checkpoint. */
  newestClosed: () => bigint
  /** Our address among the validators; undefined where the node is none and submits all the same. */
  validator?: Hex | undefined
  /** How long each validator in the order of a checkpoint waits for those before it, in milliseconds. */
  takeoverMilliseconds?: number
  completionMilliseconds?: number
  retryMilliseconds?: number
  lookMilliseconds?: number
  onSubmitted: (checkpoint: bigint) => void
  onError: (error: OmgError) => void
}

export interface SubmitterStatus {
  /** Last checkpoint that Ethereum had at its head. */
  accepted: bigint | undefined
  /** Being submitted right now. */
  submitting: bigint | undefined
  error: OmgError | undefined
}

/**
 * Brings checkpoints to Ethereum, one after the other. It asks Ethereum what is next instead of remembering, so a
 * restart in the middle, a reorganisation that drops a submission (A19), and a second submitter are all one case.
 */
export class CheckpointSubmitter {
  readonly #options: SubmitterOptions
  readonly #abort = new AbortController()
  #loop: Promise<void> = Promise.resolve()
  #wake: (() => void) | undefined
  #woken = false
  #status: SubmitterStatus = { accepted: undefined, submitting: undefined, error: undefined }
  #failures = 0
  /** The checkpoint that is next, and since when it could be submitted: milliseconds of a clock that never goes back. */
  #ready: { number: bigint; since: number } | undefined

  constructor(options: SubmitterOptions) {
    this.#options = options
  }

  start(): void {
    this.#loop = this.#run()
  }

  /** A checkpoint was closed or signed. */
  wake(): void {
    this.#woken = true
    this.#wake?.()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    this.wake()
    await this.#loop
  }

  status(): SubmitterStatus {
    return this.#status
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      this.#woken = false
      const pause = await this.#step().catch(error => this.#failed(error))
      if (pause > 0) await this.#sleep(pause)
    }
  }

  /** Submits the next checkpoint, if there is one. Returns how long to wait, in milliseconds. */
  async #step(): Promise<number> {
    const { sink, checkpoints, newestClosed, onSubmitted } = this.#options
    const look = this.#options.lookMilliseconds ?? LOOK_MILLISECONDS
    const accepted = await sink.lastCheckpoint()
    this.#status = { ...this.#status, accepted }
    await this.#lookAtBlobs()
    const next = checkpoints.get(accepted + 1n)
    if (!next || next.number > newestClosed() || !checkpoints.hasQuorum(next)) {
      this.#succeeded()
      this.#options.dataModes.succeeded()
      return look
    }
    const wait = this.#waitFor(next)
    if (wait > 0) return Math.min(look, wait)
    this.#status = { ...this.#status, submitting: next.number }
    const outcome = await this.#submit(next)
    if (outcome === 'refused') {
      throw nodeError('ethereum.inconsistent', `Ethereum refused checkpoint ${next.number}.`)
    }
    this.#succeeded()
    onSubmitted(next.number)
    return 0
  }

  /**
   * How long a checkpoint is left to others, in milliseconds. All validators could submit it: they stand in an order that its number
   * decides, and each waits for those before it, so that one who sleeps is stood in for and only a race costs gas twice.
   */
  #waitFor(next: StoredCheckpoint): number {
    const { checkpoints, validator, takeoverMilliseconds = 0 } = this.#options
    const now = performance.now()
    if (this.#ready?.number !== next.number) this.#ready = { number: next.number, since: now }
    const set = checkpoints.setOf(next)
    const turn = set ? turnOf(next.number, set, validator) : 0
    const completion = checkpoints.isComplete(next)
      ? 0
      : (this.#options.completionMilliseconds ?? COMPLETION_MILLISECONDS)
    return this.#ready.since + completion + turn * takeoverMilliseconds - now
  }

  async #submit(next: StoredCheckpoint): Promise<'accepted' | 'refused'> {
    const { sink, checkpoints, publication, dataModes } = this.#options
    const header = checkpoints.header(next)
    const { signal } = this.#abort
    if (header.daMode === 'plasma') {
      dataModes.succeeded()
      return sink.submit(header, checkpoints.signatures(next), { signal })
    }
    dataModes.submitting(header.origin)
    try {
      const sidecars = await publication.sidecars(next)
      const outcome = await sink.submit(header, checkpoints.signatures(next), { signal, sidecars })
      if (outcome === 'accepted') dataModes.succeeded()
      return outcome
    } catch (error) {
      dataModes.failed(known(error))
      throw error
    }
  }

  /** Whether checkpoints that begin from now on may have blobs. That Ethereum does not say is no reason to submit nothing. */
  async #lookAtBlobs(): Promise<void> {
    const { sink, dataModes } = this.#options
    if (dataModes.wanted === 'plasma') return
    await sink.feePerBlobGas().then(
      fee => dataModes.sawFee(fee),
      () => dataModes.sawFee(undefined),
    )
  }

  #succeeded(): void {
    this.#failures = 0
    this.#status = { ...this.#status, submitting: undefined, error: undefined }
  }

  #failed(error: unknown): number {
    if (this.#abort.signal.aborted) return 0
    const shown = known(error)
    this.#status = { ...this.#status, submitting: undefined, error: shown }
    this.#options.onError(shown)
    const base = this.#options.retryMilliseconds ?? RETRY_MILLISECONDS
    return Math.min(MAX_RETRY_MILLISECONDS, base * 2 ** Math.min(this.#failures++, 6))
  }

  async #sleep(milliseconds: number): Promise<void> {
    if (this.#woken) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }
}

/** The place of a validator in the order in which a set submits a checkpoint, from 0; whoever is none comes last. */
export function turnOf(checkpoint: bigint, { validators }: ValidatorSet, validator: Hex | undefined): number {
  const index = validators.findIndex(({ address }) => address === validator)
  if (index < 0) return validators.length
  const first = Number(checkpoint % BigInt(validators.length))
  return (index - first + validators.length) % validators.length
}

function known(error: unknown): OmgError {
  if (typeof (error as OmgError)?.code === 'string') return error as OmgError
  return nodeError('ethereum.unavailable', 'The checkpoint could not be submitted.', error)
}
