import type { DataMode, OmgError } from '@omg/protocol'
import { nodeError } from '../errors.ts'

export interface DataModePolicy {
  /** What checkpoints should be. */
  readonly wanted: DataMode
  /** Above this fee, in wei per blob gas, they are plasma. */
  readonly maximumFeePerBlobGas: bigint
  /** How old the origin of a checkpoint may be when Ethereum sees it, in blocks (R4). */
  readonly maxOriginAgeBlocks: bigint
}

/**
 * Which mode the next checkpoint gets: the wanted one, unless blobs could not be submitted now. Nobody can change the mode of a
 * checkpoint that has begun, so this looks before each of them, and goes back to blobs by itself (R9 takes care of the rest).
 */
export class DataModes {
  readonly #policy: DataModePolicy
  #feePerBlobGas: bigint | undefined
  #failure: OmgError | undefined
  /** Origin of the checkpoint with blobs that is on its way to Ethereum. */
  #waiting: bigint | undefined

  constructor(policy: DataModePolicy) {
    this.#policy = policy
  }

  get wanted(): DataMode {
    return this.#policy.wanted
  }

  /** The mode of a checkpoint that begins now, while `newest` is the newest final block of Ethereum. */
  next(newest: bigint | undefined): DataMode {
    return this.wanted === 'blob' && this.problem(newest) === undefined ? 'blob' : 'plasma'
  }

  /** Why checkpoints that should be published are not, if so. Code `checkpoint.unpublished`. */
  problem(newest: bigint | undefined): OmgError | undefined {
    if (this.wanted === 'plasma') return undefined
    const { maximumFeePerBlobGas: limit, maxOriginAgeBlocks } = this.#policy
    if (this.#failure) return unpublished(`${this.#failure.code}: ${this.#failure.message}`, this.#failure)
    if (this.#feePerBlobGas === undefined) return unpublished('Ethereum does not say what they cost.')
    if (this.#feePerBlobGas > limit) {
      return unpublished(`Blobs cost ${this.#feePerBlobGas} wei per blob gas, and the limit is ${limit}.`)
    }
    const age = this.#waiting === undefined || newest === undefined ? 0n : newest - this.#waiting
    if (2n * age < maxOriginAgeBlocks) return undefined
    return unpublished(`A checkpoint with blobs has waited for ${age} Ethereum blocks.`)
  }

  /** Undefined: Ethereum does not say. */
  sawFee(feePerBlobGas: bigint | undefined): void {
    this.#feePerBlobGas = feePerBlobGas
  }

  /** A checkpoint with blobs, and this origin, is on its way. */
  submitting(origin: bigint): void {
    this.#waiting = origin
  }

  /** The one on its way could not be submitted. */
  failed(error: OmgError): void {
    this.#failure = error
  }

  /** Nothing with blobs is on its way: it has arrived, or somebody else has brought it. */
  succeeded(): void {
    this.#failure = undefined
    this.#waiting = undefined
  }
}

function unpublished(why: string, cause?: unknown): OmgError {
  return nodeError('checkpoint.unpublished', `Checkpoints come without blobs: ${why}`, cause)
}
