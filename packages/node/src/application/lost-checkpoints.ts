import type { Tip } from '@omg/ledger'
import type { OmgError } from '@omg/protocol'
import { nodeError } from '../errors.ts'
import type { EthereumView } from '../rootchain/view.ts'
import type { Checkpoints } from './checkpoints.ts'

export interface LostCheckpointsParts {
  checkpoints: Checkpoints
  view: EthereumView
  tip: () => Tip
  /** `M`: Ethereum takes no checkpoint with an origin that is older (R4). */
  maxOriginAgeBlocks: bigint
}

/**
 * Closed checkpoints that Ethereum will not take any more, because `M` blocks went by before somebody brought it the oldest of them. A block
 * can renew them: each gets the origin of that block, and is signed anew (F1). All answers follow from the chain and from what Ethereum
 * has at an origin, so every node gives the same, whenever it executes the block.
 */
export class LostCheckpoints {
  readonly #parts: LostCheckpointsParts

  constructor(parts: LostCheckpointsParts) {
    this.#parts = parts
  }

  /**
   * Whether the oldest closed checkpoint that Ethereum does not have is lost as of one of its blocks. Nothing is closed behind it until it
   * is renewed: each would put that off.
   */
  isLost(origin: bigint | undefined = this.#parts.view.newest?.number): boolean {
    const oldest = origin === undefined ? undefined : this.#oldest(origin)
    return oldest !== undefined && this.#isLate(oldest, origin!)
  }

  /**
   * The oldest checkpoint that a block with this origin may renew, with all behind it; undefined where it may renew none. It has to be late
   * for the newest closed one, too: a second header of that with a nearer origin would be F1.
   */
  renewableFrom(origin: bigint | undefined = this.#parts.view.newest?.number): bigint | undefined {
    const oldest = origin === undefined ? undefined : this.#oldest(origin)
    const isDue = oldest !== undefined && this.#isLate(this.#newestClosed, origin!)
    return isDue ? oldest : undefined
  }

  /** What is wrong with a block that says it renews all from one number on, or none. Error: proposal.origin. */
  problem(renews: bigint | undefined, origin: bigint): OmgError | undefined {
    if (renews === undefined) return undefined
    const from = this.renewableFrom(origin)
    if (from === renews) return undefined
    const due = from === undefined ? 'none is to be renewed' : `all from ${from} on are`
    return nodeError(
      'proposal.origin',
      `The block renews checkpoints from ${renews} on, and ${due} as of its origin.`,
    )
  }

  /** The oldest closed checkpoint that Ethereum did not have at a block of it. */
  #oldest(origin: bigint): bigint | undefined {
    const next = this.#parts.view.lastAccepted(origin) + 1n
    return next <= this.#newestClosed ? next : undefined
  }

  #isLate(number: bigint, origin: bigint): boolean {
    const { checkpoints, maxOriginAgeBlocks } = this.#parts
    const checkpoint = checkpoints.get(number)
    return checkpoint !== undefined && checkpoints.header(checkpoint).origin + maxOriginAgeBlocks < origin
  }

  get #newestClosed(): bigint {
    return this.#parts.tip().checkpoint - 1n
  }
}
