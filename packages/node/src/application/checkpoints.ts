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
  signDigest,
  toHex,
  unwrap,
  ZERO_HASH,
} from '@omg/protocol'
import type { EngineValidator } from '../engines/engine.ts'
import type { StoredCheckpoint } from '../store/checkpoints.ts'
import type { ChainStore } from '../store/store.ts'
import type { Seal } from './record.ts'

/** Signs checkpoints. A seam: a remote signer with double-sign protection fits behind it. */
export interface CheckpointSigner {
  address: Hex
  sign(digest: Hash): Hex
}

/** A signer with a key in memory. */
export function localSigner(address: Hex, privateKey: Hex): CheckpointSigner {
  return { address: address.toLowerCase() as Hex, sign: digest => signDigest(digest, privateKey) }
}

export interface CheckpointsOptions {
  store: ChainStore
  domain: Domain
  signer: CheckpointSigner | undefined
  validatorSetId: bigint
}

/** Closed checkpoints: their headers, and the signatures of the validators. */
export class Checkpoints {
  readonly #options: CheckpointsOptions
  #validators: readonly EngineValidator[] = []

  constructor(options: CheckpointsOptions) {
    this.#options = options
  }

  setValidators(validators: readonly EngineValidator[]): void {
    this.#validators = validators
  }

  /**
   * Turns what the ledger closed into a header, with our own signature if we are a validator. `commitments` are those to its blobs,
   * in blob mode.
   */
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
    const own = this.seal(closed.checkpoint)
    return own ? this.addSeal(own) : checkpoint
  }

  get(number: bigint): StoredCheckpoint | undefined {
    return number < 1n ? undefined : this.#options.store.checkpoint(number)
  }

  /** Our signature over a closed checkpoint: the same every time. */
  seal(number: bigint): Seal | undefined {
    const { signer } = this.#options
    const checkpoint = this.get(number)
    if (!signer || !checkpoint || !this.#isValidator(signer.address)) return undefined
    return { checkpoint: number, validator: signer.address, signature: signer.sign(this.#digest(checkpoint)) }
  }

  /** Is this a validator's signature over the header of that checkpoint? */
  isValid(seal: Seal): boolean {
    const checkpoint = this.get(seal.checkpoint)
    if (!checkpoint || !this.#isValidator(seal.validator)) return false
    const signer = recoverSigner(this.#digest(checkpoint), seal.signature)
    return signer.ok && signer.value.toLowerCase() === seal.validator.toLowerCase()
  }

  /** Adds a valid seal; a second one of the same validator changes nothing. */
  addSeal(seal: Seal): StoredCheckpoint {
    const checkpoint = this.get(seal.checkpoint)!
    if (checkpoint.signatures.some(({ validator }) => validator === seal.validator)) return checkpoint
    const signatures = [...checkpoint.signatures, { validator: seal.validator, signature: seal.signature }]
    // Ethereum wants them in ascending order of signer.
    signatures.sort((a, b) => (a.validator < b.validator ? -1 : 1))
    const next = { ...checkpoint, signatures }
    this.#options.store.putCheckpoint(next)
    return next
  }

  /** More than 2/3 of the power has signed (R4). */
  hasQuorum(checkpoint: StoredCheckpoint): boolean {
    const signers = new Set<string>(checkpoint.signatures.map(({ validator }) => validator))
    let signed = 0n
    let total = 0n
    for (const { address, power } of this.#validators) {
      total += power
      if (signers.has(toHex(address))) signed += power
    }
    return total > 0n && signed * 3n > total * 2n
  }

  header(checkpoint: StoredCheckpoint): Header {
    return unwrap(decodeHeader(fromHex(checkpoint.header)))
  }

  #header(closed: ClosedCheckpoint, daCommitments: readonly Hash[]): Header {
    const { domain, validatorSetId } = this.#options
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
      validatorSetId,
      daMode: closed.daMode,
      daCommitments,
      firstHeight: closed.firstHeight,
      lastHeight: closed.lastHeight,
    }
  }

  #digest(checkpoint: StoredCheckpoint): Hash {
    return checkpointDigest(checkpoint.headerHash, this.#options.domain)
  }

  #isValidator(address: Hex): boolean {
    return this.#validators.some(validator => toHex(validator.address) === address.toLowerCase())
  }
}
