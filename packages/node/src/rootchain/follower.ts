import type { OmgError } from '@omg/protocol'
import { nodeError } from '../errors.ts'
import type { RootChainSource, SeenCheckpoint } from './seam.ts'
import type { EthereumView } from './view.ts'

/** Pause between polls when nothing is new, in milliseconds. */
export const POLL_MILLISECONDS = 500
const MAX_BACKOFF_MILLISECONDS = 30_000

export interface FollowerOptions {
  source: RootChainSource
  view: EthereumView
  pollMilliseconds?: number
  /** The newest origin that the chain has used. */
  usedOrigin: () => bigint
  onAdvance: (checkpoints: readonly SeenCheckpoint[]) => void
  /** Beyond repair: the chain must stop. */
  onHalt: (error: OmgError) => void
  /** A block number that was accepted before is gone; its checkpoints are not accepted any more. */
  onRollBack: (ancestor: bigint) => void
}

export interface FollowerStatus {
  /** Newest block that the endpoint has. */
  head: bigint | undefined
  /** Why Ethereum is not read at the moment. */
  error: OmgError | undefined
  /** Milliseconds since 1970 of the last step that worked. */
  lastSuccess: number | undefined
}

/** Reads final Ethereum blocks into the view, for as long as the node runs. */
export class EthereumFollower {
  readonly #options: FollowerOptions
  #running = false
  #loop: Promise<void> = Promise.resolve()
  #wake: (() => void) | undefined
  #failures = 0
  #status: FollowerStatus = { head: undefined, error: undefined, lastSuccess: undefined }

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = true
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#wake?.()
    await this.#loop
  }

  status(): FollowerStatus {
    return this.#status
  }

  async #run(): Promise<void> {
    while (this.#running) {
      const pause = await this.#step().catch(error => this.#failed(error, POLL_MILLISECONDS))
      if (pause > 0 && this.#running) await this.#sleep(pause)
    }
  }

  /** One poll. Returns how long to wait, in milliseconds. */
  async #step(): Promise<number> {
    const { source, view, onAdvance, onRollBack, usedOrigin } = this.#options
    const pause = this.#options.pollMilliseconds ?? POLL_MILLISECONDS
    const step = await source.poll()
    if (step.kind === 'failed') {
      // The fork is older than the reader's memory, so it is older than our origin too (A19).
      if (step.error.code === 'ethereum.deep_reorg') return this.#halt(step.error)
      return this.#failed(step.error, step.retryInMs)
    }
    this.#succeeded(step.head)
    if (step.kind === 'idle') return pause
    if (step.kind === 'advanced') {
      await view.advance(step)
      onAdvance(step.checkpoints)
      return 0
    }
    if (step.ancestor.number < usedOrigin()) {
      // A19: what the chain built on never happened. Going on would mint.
      const message = `Ethereum replaced block ${step.ancestor.number + 1n}; the chain has used block ${usedOrigin()}.`
      return this.#halt(nodeError('ethereum.reorg', message))
    }
    await view.rollBack(step.ancestor, step.cursor)
    onRollBack(step.ancestor.number)
    return 0
  }

  #halt(error: OmgError): number {
    this.#running = false
    this.#options.onHalt(error)
    return 0
  }

  #succeeded(head: bigint): void {
    this.#failures = 0
    this.#status = { head, error: undefined, lastSuccess: Date.now() }
  }

  #failed(error: unknown, retryInMs: number): number {
    const known = error as OmgError
    const shown =
      typeof known?.code === 'string'
        ? known
        : nodeError('ethereum.unavailable', 'Ethereum cannot be read.', error)
    this.#status = { ...this.#status, error: shown }
    const backoff = POLL_MILLISECONDS * 2 ** Math.min(this.#failures++, 6)
    return Math.min(MAX_BACKOFF_MILLISECONDS, Math.max(retryInMs, backoff))
  }

  async #sleep(milliseconds: number): Promise<void> {
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
