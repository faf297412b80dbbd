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
import { nodeError } from '../errors.ts'
import type { SeenCheckpoint } from '../rootchain/seam.ts'
import { isQuorum, type ValidatorSet, type ValidatorSets } from '../rootchain/validator-sets.ts'
import type { StoredCheckpoint } from '../store/checkpoints.ts'
import type { ChainStore } from '../store/store.ts'
import { MAX_VOTE_SEALS, type Seal } from './record.ts'
import type { CheckpointSigner } from './signing.ts'

/** Closed checkpoints, the newest first, that votes still bring signatures of. */
export const SEALED_CHECKPOINTS = 8n
/** And so many of those that Ethereum does not have, the oldest first: after a renewal many may wait for signatures. */
export const WAITING_CHECKPOINTS = 64n
/** Closed checkpoints that a snapshot holds at most, the newest: with all blobs and signatures they have 43 kB each. */
export const KEPT_CHECKPOINTS = 64n
/** Signatures that were found valid and are remembered, so that a vote, a proposal and a block cost one recovery together. */
const REMEMBERED_SEALS = 8_192

export interface CheckpointsOptions {
  store: ChainStore
  domain: Domain
  signer: CheckpointSigner | undefined
  /** Who validates, as Ethereum says. */
  sets: () => ValidatorSets
  /** The newest checkpoint that Ethereum had accepted as of an origin; without one, as far as this node has read it. */
  lastAccepted: (origin?: bigint) => bigint
  /** A signature of ours came back, in a block or from a peer: whoever signs must know of it, whatever it remembers itself. */
  onOwnSeal?: (header: Header) => void
}

/**
 * Closed checkpoints: their headers, and the signatures of the validators. Those that blocks carried are part of the chain; those that
 * were gathered from peers and votes are known here only, and do for Ethereum just as well.
 */
export class Checkpoints {
  readonly #options: CheckpointsOptions
  #valid = new Set<string>()
  /** What no block has carried yet, by checkpoint and validator. */
  readonly #gathered = new Map<bigint, Map<Hex, Seal>>()
  /** A signer takes one request at a time. */
  #signing: Promise<unknown> = Promise.resolve()
  #renewals = 0

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
    for (const number of this.#gathered.keys()) {
      if (!this.isRecent(number, checkpoint.number)) this.#gathered.delete(number)
    }
    return checkpoint
  }

  /**
   * Gives all closed checkpoints from `first` to `last` this origin (F1). Whatever was signed of them is void; what is in them stays. Returns
   * them as they are now.
   */
  renew(
    first: bigint,
    last: bigint,
    { origin, originHash }: Pick<Header, 'origin' | 'originHash'>,
  ): StoredCheckpoint[] {
    const renewed: StoredCheckpoint[] = []
    const validatorSetId = this.#options.sets().at(origin).id
    for (let number = first; number <= last; number++) {
      const checkpoint = this.get(number)
      if (!checkpoint)
        throw nodeError('store.corrupt', `Checkpoint ${number}, which is to be renewed, is missing.`)
      const parentHash = this.get(number - 1n)?.headerHash ?? ZERO_HASH
      const header = { ...this.header(checkpoint), parentHash, origin, originHash, validatorSetId }
      const hashes = { header: toHex(encodeHeader(header)), headerHash: headerHash(header) }
      const next = { ...checkpoint, ...hashes, signatures: [] }
      this.#options.store.putCheckpoint(next)
      this.#gathered.delete(number)
      renewed.push(next)
    }
    if (renewed.length > 0) this.#renewals++
    return renewed
  }

  /** How often checkpoints were renewed since the start: what peers were told of them before is void. */
  get renewals(): number {
    return this.#renewals
  }

  /** What Ethereum has accepted, finally. `unknown`: it is not closed here yet. `another`: under a header that is not ours. */
  standing({
    number,
    headerHash,
  }: Pick<SeenCheckpoint, 'number' | 'headerHash'>): 'accepted' | 'unknown' | 'another' {
    const checkpoint = this.get(number)
    if (!checkpoint) return 'unknown'
    return checkpoint.headerHash === headerHash ? 'accepted' : 'another'
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

  /**
   * Signs what is closed and lacks our signature here. Returns what is new. Errors (thrown): signer.*.
   */
  async sign(newestClosed: bigint): Promise<Seal[]> {
    const { signer } = this.#options
    if (!signer) return []
    const seals: Seal[] = []
    for (const checkpoint of this.recent(newestClosed)) {
      if (this.signatures(checkpoint).some(({ validator }) => validator === signer.address)) continue
      const seal = await this.#seal(checkpoint)
      if (seal && this.gather(seal)) seals.push(seal)
    }
    return seals
  }

  /** Keeps a signature that no block has carried yet. Says whether it is valid and was not known. */
  gather(seal: Seal): boolean {
    const known = this.#gathered.get(seal.checkpoint)
    if (known?.has(seal.validator) || this.has(seal) || !this.isValid(seal)) return false
    if (known) known.set(seal.validator, seal)
    else this.#gathered.set(seal.checkpoint, new Map([[seal.validator, seal]]))
    this.#noteOwn(seal)
    return true
  }

  /** What was gathered and no block has carried, the oldest checkpoint first. */
  uncarried(): Seal[] {
    const numbers = [...this.#gathered.keys()].sort((a, b) => Number(a - b))
    return numbers.flatMap(number => [...this.#gathered.get(number)!.values()])
  }

  /**
   * What a snapshot keeps: the newest closed ones, and those that Ethereum did not have as of an origin, for a later block may renew them. No
   * node keeps others: the app hash commits to them.
   */
  kept(newestClosed: bigint, origin: bigint): StoredCheckpoint[] {
    const waiting = this.#options.lastAccepted(origin) + 1n
    const newest = newestClosed - SEALED_CHECKPOINTS + 1n
    const most = newestClosed - KEPT_CHECKPOINTS + 1n
    const first = waiting < newest ? waiting : newest
    return this.#between(first < most ? most : first, newestClosed)
  }

  /** All signatures that are known here, carried by blocks or not, as Ethereum wants them: in ascending order of signer. */
  signatures({ number, signatures }: StoredCheckpoint): StoredCheckpoint['signatures'] {
    const gathered = [...(this.#gathered.get(number)?.values() ?? [])]
    if (gathered.length === 0) return signatures
    return sorted([...signatures, ...gathered.map(({ validator, signature }) => ({ validator, signature }))])
  }

  /** Whether signatures of a closed checkpoint are still made and told. */
  isRecent(number: bigint, newestClosed: bigint): boolean {
    if (number > newestClosed) return false
    const accepted = this.#options.lastAccepted()
    const isWaiting = number > accepted && number <= accepted + WAITING_CHECKPOINTS
    return isWaiting || number + SEALED_CHECKPOINTS > newestClosed
  }

  /** The closed checkpoints whose signatures are still made and told, oldest first. */
  recent(newestClosed: bigint): StoredCheckpoint[] {
    const accepted = this.#options.lastAccepted()
    const newest = newestClosed - SEALED_CHECKPOINTS + 1n
    const oldest = accepted + WAITING_CHECKPOINTS
    const waiting = this.#between(accepted + 1n, oldest < newest ? oldest : newest - 1n)
    return [...waiting, ...this.#between(newest, newestClosed)]
  }

  /** The closed checkpoints with these numbers that are here. */
  #between(first: bigint, last: bigint): StoredCheckpoint[] {
    const found: StoredCheckpoint[] = []
    for (let number = first; number <= last; number++) {
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

  /** Adds a valid seal that a block carries; a second one of the same validator changes nothing. */
  addSeal(seal: Seal): StoredCheckpoint {
    const checkpoint = this.get(seal.checkpoint)!
    if (this.has(seal)) return checkpoint
    const { validator, signature } = seal
    const next = { ...checkpoint, signatures: sorted([...checkpoint.signatures, { validator, signature }]) }
    this.#options.store.putCheckpoint(next)
    this.#gathered.get(seal.checkpoint)?.delete(validator)
    this.#noteOwn(seal)
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
        this.signatures(checkpoint).map(({ validator }) => validator),
      )
    )
  }

  /** Every validator of its set has signed. */
  isComplete(checkpoint: StoredCheckpoint): boolean {
    return this.setOf(checkpoint)?.validators.length === this.signatures(checkpoint).length
  }

  header(checkpoint: StoredCheckpoint): Header {
    return unwrap(decodeHeader(fromHex(checkpoint.header)))
  }

  async #seal(checkpoint: StoredCheckpoint): Promise<Seal | undefined> {
    const { signer } = this.#options
    if (!signer || !isMember(this.setOf(checkpoint), signer.address)) return undefined
    const { number } = checkpoint
    const signature = await this.#inTurn(() => signer.sign(this.header(checkpoint), this.#digest(checkpoint)))
    return { checkpoint: number, validator: signer.address, signature }
  }

  #inTurn<T>(sign: () => T | Promise<T>): Promise<T> {
    const signed = this.#signing.then(sign)
    this.#signing = signed.catch(() => {})
    return signed
  }

  #noteOwn({ checkpoint: number, validator }: Seal): void {
    const { signer, onOwnSeal } = this.#options
    const checkpoint = validator === signer?.address ? this.get(number) : undefined
    if (checkpoint) onOwnSeal?.(this.header(checkpoint))
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

function sorted(signatures: StoredCheckpoint['signatures']): StoredCheckpoint['signatures'] {
  return signatures.sort((a, b) => (a.validator < b.validator ? -1 : 1))
}
