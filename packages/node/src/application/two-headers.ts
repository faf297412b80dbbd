import {
  checkpointDigest,
  type Domain,
  decodeHeader,
  encodeHeader,
  fromHex,
  type Header,
  type Hex,
  headerHash,
  isRenewal,
  recoverSigner,
  renewableOf,
  toHex,
  unwrap,
} from '@omg/protocol'
import type { SignedHeader } from '@omg/rootchain'
import type { CheckTxResponse } from '../engines/engine.ts'
import type { ValidatorSets } from '../rootchain/validator-sets.ts'
import { type Checkpoints, KEPT_CHECKPOINTS } from './checkpoints.ts'
import { decodeHeaderMessage, encodeHeaderMessage } from './header-message.ts'
import type { Seal } from './record.ts'

/** Headers that are kept of one key: two pairs, so that it can be punished in two validator sets. */
export const MAX_HEADERS_PER_KEY = 4
/** Keys of which headers are kept, twice as many as a set has validators at most. Only a validator's own signature takes a place. */
export const MAX_KEYS = 256
/** Name of what is kept in the store: JSON, `{key: [{header, signature}]}`. */
const KEY = 'twoHeaders'

export interface TwoHeadersOptions {
  checkpoints: Checkpoints
  domain: Domain
  sets: () => ValidatorSets
  /** Number of the newest closed checkpoint. */
  newestClosed: () => bigint
  /** `M`. */
  maxOriginAgeBlocks: bigint
  /** Where facts outlive a restart. */
  facts: { get(name: string): Buffer | undefined; put(name: string, bytes: Buffer): unknown }
}

/** Two headers of one number under one key, neither of which renews the other: what Ethereum takes the whole stake for (F1). */
export interface TwoHeaders {
  readonly signer: Hex
  readonly checkpoint: bigint
  readonly headers: readonly [Header, Header]
  readonly signatures: readonly [Hex, Hex]
}

/**
 * Headers that validators have signed beside those of the chain. Whoever has one tells it, everybody checks it and passes it on, and any keeper
 * can ask any node for what they prove (A25). A signature alone proves nothing without its header: so whoever is told one that is none for her header answers with that
 * header, and the signature of the same key for it.
 *
 * Nothing is kept, nor passed on, that no validator has signed: strangers cannot fill it. A validator fills no more than her own place (A30).
 */
export class TwoHeadersWatch {
  readonly #options: TwoHeadersOptions
  readonly #kept: Map<Hex, SignedHeader[]>
  /** What peers were not told. */
  #fresh: Uint8Array[] = []
  /** The newest checkpoint for which a wrong signature in the name of a validator was answered. */
  readonly #answered = new Map<Hex, bigint>()

  constructor(options: TwoHeadersOptions) {
    this.#options = options
    this.#kept = decodeKept(options.facts.get(KEY))
  }

  /** What is proven, by key in the order in which it came. */
  get proven(): TwoHeaders[] {
    return [...this.#kept].flatMap(([signer, list]) => this.#pairsOf(signer, list))
  }

  /** A message of a peer. Whatever its bytes are, it does not throw. */
  insert(bytes: Uint8Array): CheckTxResponse {
    const signed = decodeHeaderMessage(bytes)
    if (!signed.ok) return { code: 1, reason: signed.error.code }
    return this.add(signed.value) ? { code: 0 } : { code: 1, reason: 'proposal.seal' }
  }

  /** Keeps a header that the chain does not have, if a validator has signed it. False where it proves nothing whatever else comes. */
  add(signed: SignedHeader): boolean {
    const { header } = signed
    const signer = this.#isForeign(header) ? this.#signerOf(signed) : undefined
    if (signer === undefined) return false
    const list = this.#kept.get(signer) ?? []
    if (list.some(known => hashOf(known) === hashOf(signed))) return true
    const own = this.#ownOf(header.checkpoint, signer)
    const isProof = own !== undefined || list.some(known => this.#conflict(known.header, header))
    const room = isProof || this.#isNewest(header, list) ? this.#roomFor(signer, list, signed) : undefined
    if (room === undefined) return true
    // A renewal takes the chain's own signature away: what is proven stays.
    const isKept = own === undefined || room.some(known => hashOf(known) === hashOf(own))
    this.#kept.set(signer, isKept ? [...room, signed] : [...room, own, signed])
    this.#options.facts.put(KEY, encodeKept(this.#kept))
    this.#fresh.push(encodeHeaderMessage(signed))
    return true
  }

  /** Somebody told a signature for a checkpoint that is none for our header: there may be another header. Once for a key and a number. */
  answer({ checkpoint, validator }: Pick<Seal, 'checkpoint' | 'validator'>): void {
    if (checkpoint <= (this.#answered.get(validator) ?? 0n)) return
    const own = this.#ownOf(checkpoint, validator)
    if (!own) return
    this.#answered.set(validator, checkpoint)
    this.#fresh.push(encodeHeaderMessage(own))
  }

  /** What peers should hear now: nothing, nearly always. */
  take(): Uint8Array[] {
    return this.#fresh.splice(0)
  }

  /** A header of this chain for a number that is closed, other than ours, and neither of the two renews the other. */
  #isForeign(header: Header): boolean {
    const { domain, checkpoints, newestClosed } = this.#options
    const isOurs = header.chainId === domain.chainId && header.contract === domain.verifyingContract
    if (!isOurs || header.checkpoint > newestClosed()) return false
    const own = checkpoints.get(header.checkpoint)
    return own !== undefined && this.#conflict(checkpoints.header(own), header)
  }

  /** Who signed it; undefined where that is no validator of the set that it names. */
  #signerOf({ header, signature }: SignedHeader): Hex | undefined {
    const signer = recoverSigner(checkpointDigest(headerHash(header), this.#options.domain), signature)
    const key = signer.ok ? (signer.value.toLowerCase() as Hex) : undefined
    return key !== undefined && this.#isMember(header, key) ? key : undefined
  }

  #isMember({ validatorSetId }: Header, key: Hex): boolean {
    const set = this.#options.sets().get(validatorSetId)
    return set?.validators.some(({ address }) => address === key) === true
  }

  /** The chain's own header with the signature of a key, if it has one. */
  #ownOf(number: bigint, key: Hex): SignedHeader | undefined {
    const { checkpoints } = this.#options
    const own = checkpoints.get(number)
    const found = own && checkpoints.signatures(own).find(({ validator }) => validator === key)
    return found && { header: checkpoints.header(own), signature: found.signature }
  }

  #conflict(a: Header, b: Header): boolean {
    if (a.checkpoint !== b.checkpoint || headerHash(a) === headerHash(b)) return false
    const { maxOriginAgeBlocks } = this.#options
    const [older, newer] = a.origin < b.origin ? [a, b] : [b, a]
    return !isRenewal(renewableOf(older), renewableOf(newer), maxOriginAgeBlocks)
  }

  /** One that proves nothing yet takes a place only while its other half may still come, and only of an older one: so floods end (A30). */
  #isNewest({ checkpoint }: Header, list: readonly SignedHeader[]): boolean {
    const isRecent = checkpoint + KEPT_CHECKPOINTS > this.#options.newestClosed()
    return isRecent && list.every(({ header }) => header.checkpoint < checkpoint)
  }

  /** What stays of a list if a pair more comes: what proves something always does. Undefined: nothing is won by it, or there is no room. */
  #roomFor(signer: Hex, list: readonly SignedHeader[], { header }: SignedHeader): SignedHeader[] | undefined {
    if (list.length === 0) return this.#kept.size < MAX_KEYS ? [] : undefined
    const proofs = this.#pairsOf(signer, list).flatMap(({ headers }) => headers)
    // A set is charged once (docs/slashing.md, "Once").
    if (proofs.some(({ validatorSetId }) => validatorSetId === header.validatorSetId)) return undefined
    const left = list.filter(known => proofs.includes(known.header) || this.#conflict(known.header, header))
    return left.length + 2 <= MAX_HEADERS_PER_KEY ? left : undefined
  }

  /** Each header stands in one pair at most; one alone is paired with the chain's, if the key has signed that. */
  #pairsOf(signer: Hex, list: readonly SignedHeader[]): TwoHeaders[] {
    const pairs: TwoHeaders[] = []
    const open = [...list]
    for (let first = open.shift(); first; first = open.shift()) {
      const { header } = first
      const others = [...open, this.#ownOf(header.checkpoint, signer)]
      const other = others.find(
        candidate =>
          candidate && this.#conflict(header, candidate.header) && this.#isMember(candidate.header, signer),
      )
      if (!other) continue
      if (open.includes(other)) open.splice(open.indexOf(other), 1)
      const headers = [header, other.header] as const
      const signatures = [first.signature, other.signature] as const
      pairs.push({ signer, checkpoint: header.checkpoint, headers, signatures })
    }
    return pairs
  }
}

const hashOf = ({ header }: SignedHeader) => headerHash(header)

function encodeKept(kept: ReadonlyMap<Hex, readonly SignedHeader[]>): Buffer {
  const lists = [...kept].map(([key, list]) => {
    return [key, list.map(({ header, signature }) => ({ header: toHex(encodeHeader(header)), signature }))]
  })
  return Buffer.from(JSON.stringify(Object.fromEntries(lists)))
}

function decodeKept(bytes: Buffer | undefined): Map<Hex, SignedHeader[]> {
  const lists = JSON.parse(bytes?.toString() ?? '{}') as Record<Hex, { header: Hex; signature: Hex }[]>
  const read = ({ header, signature }: { header: Hex; signature: Hex }) => {
    return { header: unwrap(decodeHeader(fromHex(header))), signature }
  }
  return new Map(Object.entries(lists).map(([key, list]) => [key as Hex, list.map(read)]))
}
