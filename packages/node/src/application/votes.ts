import { toHex } from '@omg/protocol'
import type { VerifyVoteExtensionRequest, VoteExtension } from '../engines/engine.ts'
import type { Checkpoints } from './checkpoints.ts'
import { decodeExtension, encodeExtension, MAX_SEALS, type Seal } from './record.ts'

export interface VotesOptions {
  checkpoints: Checkpoints
  /** Number of the newest closed checkpoint. */
  newestClosed: () => bigint
  /** A validator's signature for a closed checkpoint is none for our header of it. */
  onWrong: (seal: Seal) => void
  /** Why we do not sign at the moment. */
  onRefused: (error: unknown) => undefined
}

/** Checkpoint signatures in votes, and from there in blocks: so every node ends with the same ones. */
export class Votes {
  readonly #options: VotesOptions

  constructor(options: VotesOptions) {
    this.#options = options
  }

  /** Signs what is closed and carries no signature of ours yet: a vote that was missed is made up for by the next. */
  async extension(): Promise<Uint8Array> {
    const { checkpoints, newestClosed, onRefused } = this.#options
    try {
      return encodeExtension(await checkpoints.ownSeals(newestClosed()))
    } catch (error) {
      // Blocks go on without our signature; whoever may not sign a checkpoint may still vote.
      onRefused(error)
      return new Uint8Array(0)
    }
  }

  /** Only whole, valid signatures of the voter over checkpoints that are closed here too: all that an honest one ever sends. */
  accepts(request: VerifyVoteExtensionRequest): boolean {
    const { checkpoints, onWrong } = this.#options
    const seals = decodeExtension(request.extension)
    if (!seals.ok) return false
    const validator = toHex(request.validator)
    const wrong = seals.value.find(seal => seal.validator !== validator || !checkpoints.isValid(seal))
    const isHonest = wrong === undefined
    if (wrong?.validator === validator) onWrong(wrong)
    if (isHonest) for (const seal of seals.value) checkpoints.gather(seal)
    return isHonest
  }

  /** What a block carries: what votes brought, and what peers did, that no block has carried before. */
  seals(votes: readonly VoteExtension[]): Seal[] {
    const { checkpoints } = this.#options
    const brought: Seal[] = []
    for (const { extension } of votes) {
      // A vote that came late has not been checked, and one validator cannot speak for another.
      const seals = decodeExtension(extension)
      if (seals.ok) brought.push(...seals.value)
    }
    const known = new Set<string>()
    const isNew = (seal: Seal) => {
      const key = `${seal.checkpoint}/${seal.validator}`
      if (known.has(key) || checkpoints.has(seal) || !checkpoints.isValid(seal)) return false
      return known.add(key)
    }
    return [...brought, ...checkpoints.uncarried()].filter(isNew).slice(0, MAX_SEALS)
  }
}
