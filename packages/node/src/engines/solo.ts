import type { OmgError } from '@omg/protocol'
import { nodeError } from '../errors.ts'
import type {
  Application,
  ConsensusEngine,
  EngineStatus,
  EngineValidator,
  ProposalRequest,
  VoteExtension,
} from './engine.ts'

/** Longest pause between attempts while the disk is full, in milliseconds. */
export const RETRY_MILLISECONDS = 5_000

export interface SoloOptions {
  chainId: string
  validator: EngineValidator
  /** Pause between blocks, in milliseconds. */
  intervalMilliseconds: number
  /** Blocks without any transaction: never, or when this many milliseconds have passed since the last block. */
  emptyBlockMilliseconds?: number
  /** Is anything waiting to be put into a block? */
  hasWork: () => boolean
  maxTxBytes?: number
  /** Seconds since 1970. */
  clock?: () => bigint
  onError?: (error: OmgError) => void
}

/**
 * One validator in process. It drives the application through exactly the calls that a BFT engine makes, in the same
 * order: prepareProposal, processProposal, extendVote, verifyVoteExtension, finalizeBlock, commit.
 */
export class SoloEngine implements ConsensusEngine {
  readonly #options: SoloOptions
  #height = 0n
  #lastCommit: VoteExtension[] = []
  #running = false
  #loop: Promise<void> = Promise.resolve()
  #wakeUp: (() => void) | undefined
  #stalled: OmgError | undefined
  #failures = 0

  constructor(options: SoloOptions) {
    this.#options = options
  }

  async start(application: Application): Promise<void> {
    const info = await application.info()
    this.#height = info.lastBlockHeight
    if (this.#height === 0n) {
      const { chainId, validator } = this.#options
      await application.initChain({ chainId, time: this.#now(), initialHeight: 1n, validators: [validator] })
    } else {
      // The extension of the last vote was lost with the process: vote again, the same signature comes out.
      this.#lastCommit = [await this.#vote(application, { height: this.#height, time: this.#now(), txs: [] })]
    }
    this.#running = true
    this.#loop = this.#run(application)
  }

  wake(): void {
    this.#wakeUp?.()
  }

  async stop(): Promise<void> {
    this.#running = false
    this.wake()
    await this.#loop
  }

  status(): EngineStatus {
    const status: EngineStatus = { name: 'solo', running: this.#running, height: this.#height }
    if (this.#stalled) status.stalled = this.#stalled.toJSON()
    return status
  }

  async #run(application: Application): Promise<void> {
    let last = Date.now()
    while (this.#running) {
      const started = Date.now()
      try {
        if (!this.#options.hasWork() && !this.#emptyDue(last)) {
          await this.#sleep(this.#emptyWait(last))
          continue
        }
        await this.#decide(application)
        this.#stalled = undefined
        this.#failures = 0
      } catch (error) {
        this.#stall(error)
        if (!this.#running) break
        await this.#pause(Math.min(RETRY_MILLISECONDS, 100 * 2 ** this.#failures++))
        continue
      }
      last = Date.now()
      await this.#pause(this.#options.intervalMilliseconds - (last - started))
    }
  }

  /** One height, start to end. */
  async #decide(application: Application): Promise<void> {
    const height = this.#height + 1n
    const time = this.#now()
    const maxTxBytes = this.#options.maxTxBytes ?? 64 * 1024 * 1024
    const { txs } = await application.prepareProposal({
      height,
      time,
      maxTxBytes,
      localLastCommit: this.#lastCommit,
    })
    const proposal: ProposalRequest = { height, time, txs }
    const processed = await application.processProposal(proposal)
    if (!processed.accept) {
      throw nodeError(
        'node.internal',
        `The node refused its own proposal for block ${height}: ${processed.reason}.`,
      )
    }
    const vote = await this.#vote(application, proposal)
    const lastCommit = height > 1n ? [{ validator: this.#options.validator.address, voted: true }] : []
    await application.finalizeBlock({ ...proposal, lastCommit, misbehavior: [] })
    await application.commit()
    this.#height = height
    this.#lastCommit = [vote]
  }

  async #vote(application: Application, proposal: ProposalRequest): Promise<VoteExtension> {
    const validator = this.#options.validator.address
    const { extension } = await application.extendVote({ ...proposal, validator })
    const { accept } = await application.verifyVoteExtension({
      height: proposal.height,
      validator,
      extension,
    })
    if (!accept)
      throw nodeError('node.internal', `The node refused its own vote for block ${proposal.height}.`)
    return { validator, extension }
  }

  #stall(error: unknown): void {
    const known = error as OmgError
    this.#stalled =
      typeof known?.code === 'string' && typeof known.toJSON === 'function'
        ? known
        : nodeError('node.internal', `Block ${this.#height + 1n} could not be made.`, error)
    this.#options.onError?.(this.#stalled)
  }

  #emptyDue(last: number): boolean {
    const every = this.#options.emptyBlockMilliseconds
    return every !== undefined && Date.now() - last >= every
  }

  #emptyWait(last: number): number | undefined {
    const every = this.#options.emptyBlockMilliseconds
    return every === undefined ? undefined : Math.max(1, last + every - Date.now())
  }

  /** Sleeps until work arrives, the time is over, or the engine stops. */
  async #sleep(milliseconds: number | undefined): Promise<void> {
    if (!this.#running) return
    await new Promise<void>(resolve => {
      const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds)
      this.#wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
      // Work that came between the check and this line must not wait for the next wake.
      if (this.#options.hasWork()) this.#wakeUp()
    })
    this.#wakeUp = undefined
  }

  /** Keeps the block interval; only stopping cuts it short. */
  async #pause(milliseconds: number): Promise<void> {
    if (milliseconds <= 0) return new Promise(resolve => setImmediate(resolve))
    const end = Date.now() + milliseconds
    while (this.#running && Date.now() < end) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, end - Date.now())
        this.#wakeUp = () => {
          if (this.#running) return
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#wakeUp = undefined
  }

  #now(): bigint {
    return this.#options.clock?.() ?? BigInt(Math.floor(Date.now() / 1000))
  }
}
