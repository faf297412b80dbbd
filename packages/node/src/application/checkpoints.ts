import type { ClosedCheckpoint } from '@omg/ledger'
import {
  checkpointDigest,
  type Domain,
  decodeHeader,
  encodeHeader,
  fromHex,
  type Hash,
  HEADER_VERSION,
  type Header,
  type Hex,
  headerHash,
  recoverSigner,
  toHex,
  unwrap,
  ZERO_HASH,
} from '@omg/protocol'
import { isQuorum, type ValidatorSet, type ValidatorSets } from '../rootchain/validator-sets.ts'
import type { StoredCheckpoint } from '../store/checkpoints.ts'
import type { ChainStore } from '../store/store.ts'
import { MAX_VOTE_SEALS, type Seal } from './record.ts'
import type { CheckpointSigner } from './signing.ts'

/** Closed checkpoints, the newest first, that votes still bring signatures of. */
export const SEALED_CHECKPOINTS = 8n
/** Signatures that were found valid and are remembered, so that a vote, a proposal and a block cost one recovery together. */
const REMEMBERED_SEALS = 8_192

export interface CheckpointsOptions {
  store: ChainStore
  domain: Domain
  signer: CheckpointSigner | undefined
  /** Who validates, as Ethereum says. */
  sets: () => ValidatorSets
}

/** Closed checkpoints: their headers, and the signatures of the validators. */
export class Checkpoints {
  readonly #options: CheckpointsOptions
  #valid = new Set<string>()

  constructor(options: CheckpointsOptions) {
    this.#options = options
  }

  /** Turns what the ledger closed into a header. `commitments` are those to its blobs, in blob mode. */
  close(closed: ClosedCheckpoint, commitments: readonly Hash[]): StoredCheckpoint {
    const header = this.#header(closed, commitments)
    const checkpoint: StoredCheckpoint = {
      number: closed.checkpoint,
      header: toHex(encodeHeader(header)),
      headerHash: headerHash(header),
      txCount: closed.txCount,
      firstHeight: closed.firstHeight,
      lastHeight: closed.lastHeight,
      signatures: [],
    }
    this.#options.store.putCheckpoint(checkpoint)
    return checkpoint
  }

  get(number: bigint): StoredCheckpoint | undefined {
    return number < 1n ? undefined : this.#options.store.checkpoint(number)
  }

  /** The set whose keys sign a checkpoint: the one that its header names. */
  setOf(checkpoint: StoredCheckpoint): ValidatorSet | undefined {
    return this.#options.sets().get(this.header(checkpoint).validatorSetId)
  }

  /**
   * Our signatures for a vote, which no block carries yet: of checkpoints that lack a quorum, the oldest first, then of others, the newest
   * first, because taking part counts. In ascending order. Errors (thrown): signer.*.
   */
  async ownSeals(newestClosed: bigint): Promise<Seal[]> {
    const { signer } = this.#options
    if (!signer) return []
    const missing = this.recent(newestClosed).filter(
      ({ number: checkpoint }) => !this.has({ checkpoint, validator: signer.address }),
    )
    const urgent = missing.filter(checkpoint => !this.hasQuorum(checkpoint))
    const others = missing.filter(checkpoint => !urgent.includes(checkpoint)).reverse()
    const seals: Seal[] = []
    for (const checkpoint of [...urgent, ...others].slice(0, MAX_VOTE_SEALS)) {
      const seal = await this.#seal(checkpoint)
      if (seal) seals.push(seal)
    }
    return seals.sort((a, b) => Number(a.checkpoint - b.checkpoint))
  }

  /** The closed checkpoints that votes still bring signatures of, oldest first. */
  recent(newestClosed: bigint): StoredCheckpoint[] {
    const found: StoredCheckpoint[] = []
    const oldest = newestClosed >= SEALED_CHECKPOINTS ? newestClosed - SEALED_CHECKPOINTS + 1n : 1n
    for (let number = oldest; number <= newestClosed; number++) {
      const checkpoint = this.get(number)
      if (checkpoint) found.push(checkpoint)
    }
    return found
  }

  /**
   * Signs a checkpoint that was just closed, where our signature alone is enough. Otherwise votes collect them, and blocks carry them to
   * everybody. Errors (thrown): signer.*.
   */
  async signAlone(checkpoint: StoredCheckpoint): Promise<StoredCheckpoint> {
    const { signer } = this.#options
    const set = this.setOf(checkpoint)
    if (!signer || !set || !isQuorum(set, [signer.address])) return checkpoint
    const own = await this.#seal(checkpoint)
    return own ? this.addSeal(own) : checkpoint
  }

  /** Is this the signature over the header of that checkpoint by a validator of its set? */
  isValid(seal: Seal): boolean {
    const checkpoint = this.get(seal.checkpoint)
    if (!checkpoint || !isMember(this.setOf(checkpoint), seal.validator)) return false
    const key = `${checkpoint.headerHash}${seal.validator}${seal.signature}`
    if (this.#valid.has(key)) return true
    const signer = recoverSigner(this.#digest(checkpoint), seal.signature)
    if (!signer.ok || signer.value.toLowerCase() !== seal.validator.toLowerCase()) return false
    if (this.#valid.size >= REMEMBERED_SEALS) this.#valid = new Set()
    this.#valid.add(key)
    return true
  }

  /** Adds a valid seal; a second one of the same validator changes nothing. */
  addSeal(seal: Seal): StoredCheckpoint {
    const checkpoint = this.get(seal.checkpoint)!
    if (this.has(seal)) return checkpoint
    const signatures = [...checkpoint.signatures, { validator: seal.validator, signature: seal.signature }]
    // Ethereum wants them in ascending order of signer.
    signatures.sort((a, b) => (a.validator < b.validator ? -1 : 1))
    const next = { ...checkpoint, signatures }
    this.#options.store.putCheckpoint(next)
    return next
  }

  /** Has a block brought the signature of this validator? */
  has({ checkpoint, validator }: Pick<Seal, 'checkpoint' | 'validator'>): boolean {
    return this.get(checkpoint)?.signatures.some(known => known.validator === validator) === true
  }

  /** More than 2/3 of the power of its set has signed (R4). */
  hasQuorum(checkpoint: StoredCheckpoint): boolean {
    const set = this.setOf(checkpoint)
    return (
      set !== undefined &&
      isQuorum(
        set,
        checkpoint.signatures.map(({ validator }) => validator),
      )
    )
  }

  /** Every validator of its set has signed. */
  isComplete(checkpoint: StoredCheckpoint): boolean {
    return this.setOf(checkpoint)?.validators.length === checkpoint.signatures.length
  }

  header(checkpoint: StoredCheckpoint): Header {
    return unwrap(decodeHeader(fromHex(checkpoint.header)))
  }

  async #seal(checkpoint: StoredCheckpoint): Promise<Seal | undefined> {
    const { signer } = this.#options
    if (!signer || !isMember(this.setOf(checkpoint), signer.address)) return undefined
    const { number } = checkpoint
    const signature = await signer.sign(checkpoint, this.#digest(checkpoint))
    return { checkpoint: number, validator: signer.address, signature }
  }

  #header(closed: ClosedCheckpoint, daCommitments: readonly Hash[]): Header {
    const { domain, sets } = this.#options
    return {
      version: HEADER_VERSION,
      chainId: domain.chainId,
      contract: domain.verifyingContract,
      checkpoint: closed.checkpoint,
      parentHash: this.get(closed.checkpoint - 1n)?.headerHash ?? ZERO_HASH,
      txRoot: closed.txRoot,
      feeLanes: closed.feeLanes,
      txCount: closed.txCount,
      bookRoot: closed.bookRoot,
      batchRoot: closed.batchRoot,
      origin: closed.origin,
      originHash: closed.originHash,
      inboxCursor: closed.inboxCursor,
      validatorSetId: sets().at(closed.origin).id,
      daMode: closed.daMode,
      daCommitments,
      firstHeight: closed.firstHeight,
      lastHeight: closed.lastHeight,
    }
  }

  #digest(checkpoint: StoredCheckpoint): Hash {
    return checkpointDigest(checkpoint.headerHash, this.#options.domain)
  }
}

function isMember(set: ValidatorSet | undefined, address: Hex): boolean {
  return set?.validators.some(validator => validator.address === address) === true
}
