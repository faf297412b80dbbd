import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import {
  type Hash,
  type Header,
  type Hex,
  isRenewal,
  OmgError,
  signDigest,
  toHex,
  unwrap,
  ZERO_HASH,
} from '@omg/protocol'
import { nodeError } from '../errors.ts'
import {
  decodeSigned,
  encodeSigned,
  SIGNED_BYTES,
  type SignedCheckpoint,
  signedOf,
} from './signed-checkpoint.ts'

/**
 * Signs checkpoints. A seam: a signer in another process, or on another machine, fits behind it. One request at a time; what it
 * refuses it throws.
 */
export interface CheckpointSigner {
  /** Lower case. */
  address: Hex
  /** Signs the digest of the checkpoint with this header. Errors (thrown): signer.*. */
  sign(header: Header, digest: Hash): Hex | Promise<Hex>
  /** Why it cannot be asked at the moment. */
  readonly problem?: OmgError | undefined
}

/** Name of the file in the data directory that says what was signed. A backup must not bring it back: see {@link SigningRecord}. */
export const SIGNING_FILE = 'signed-checkpoints'
/** Newest checkpoints whose header hashes are remembered; what is older is never signed again. */
export const REMEMBERED_SIGNATURES = 256
/** How the file begins. One of an older version begins with the number of a checkpoint. */
const MAGIC = Buffer.from('omg-sig2')
/** `checkpoint 80 ‖ crc32 u32`, big-endian. */
const ENTRY_BYTES = SIGNED_BYTES + 4
/** Of an older version: `number u64 ‖ header hash 32 ‖ crc32 u32`. Nothing renews what stands there. */
const OLD_ENTRY_BYTES = 44
/** At a start, a file with more entries than this is written anew without the old ones. */
const MAX_ENTRIES = 16 * REMEMBERED_SIGNATURES

/**
 * What this key has signed, on disk before a signature leaves (F1: two headers of one number cost the whole stake). It lets one header
 * of a number be signed as often as asked, another one never unless it renews the newest that was, and nothing below what it remembers.
 *
 * A restored backup has forgotten the newest signatures. Which headers Ethereum has accepted is told by {@link note}.
 */
export class SigningRecord {
  readonly #path: string
  readonly #file: number
  readonly #maxOriginAgeBlocks: bigint
  #length: number
  readonly #signed = new Map<bigint, SignedCheckpoint>()
  /** Nothing up to here is signed, unless it is remembered. */
  #floor = 0n

  /** `maxOriginAgeBlocks` is `M` of the contracts. Errors (thrown): signer.record (the file is damaged, or cannot be opened). */
  constructor(directory: string, maxOriginAgeBlocks: bigint) {
    this.#path = join(directory, SIGNING_FILE)
    this.#maxOriginAgeBlocks = maxOriginAgeBlocks
    try {
      const { entries, isCurrent } = readEntries(this.#path)
      for (const entry of entries) this.#keep(entry)
      const isKept = isCurrent && entries.length <= MAX_ENTRIES
      const count = isKept ? entries.length : this.#rewrite()
      this.#file = openSync(this.#path, 'a', 0o600)
      this.#length = MAGIC.length + count * ENTRY_BYTES
      // What is behind was never finished, so no signature has left for it.
      ftruncateSync(this.#file, this.#length)
      syncDirectory(directory)
    } catch (cause) {
      throw cause instanceof OmgError
        ? cause
        : nodeError('signer.record', `${this.#path} cannot be used.`, cause)
    }
  }

  /** The newest checkpoint that was signed; 0 if none was. */
  get newest(): bigint {
    let newest = 0n
    for (const number of this.#signed.keys()) if (number > newest) newest = number
    return newest
  }

  /** To be called before each signature. It is on disk when this returns. Errors (thrown): signer.equivocation, signer.regression, signer.record. */
  allow(checkpoint: SignedCheckpoint): void {
    const { number, headerHash } = checkpoint
    const known = this.#signed.get(number)
    if (known?.headerHash === headerHash) return
    if (known && !this.#isRenewal(known, checkpoint)) {
      throw nodeError(
        'signer.equivocation',
        `Checkpoint ${number} was signed as ${known.headerHash}; ${headerHash} is another header of it.`,
      )
    }
    if (!known && number <= this.#floor) {
      throw nodeError(
        'signer.regression',
        `Checkpoint ${number} is older than what this key is known to have signed.`,
      )
    }
    this.#write([checkpoint])
  }

  /**
   * What is known from elsewhere: a header that Ethereum has accepted under a number, or one that carries a signature of this key. No other
   * one is to be signed then, whatever the file says; what Ethereum has accepted is not renewed either. Errors (thrown): signer.record.
   */
  note(checkpoints: readonly SignedCheckpoint[]): void {
    const fresh = checkpoints.filter(checkpoint => {
      const { number, renewable } = checkpoint
      const known = this.#signed.get(number)
      if (!known) return number > this.#floor
      // The hash stays: whoever tells of another one must not make this key sign it.
      if (!renewable) this.#signed.set(number, { number, headerHash: known.headerHash })
      return this.#isRenewal(known, checkpoint)
    })
    if (fresh.length > 0) this.#write(fresh.slice(-REMEMBERED_SIGNATURES))
  }

  close(): void {
    closeSync(this.#file)
  }

  /** F1. Of several renewals the newest is remembered: what renews it renews those before it. */
  #isRenewal(known: SignedCheckpoint, next: SignedCheckpoint): boolean {
    if (!known.renewable || !next.renewable) return false
    return isRenewal(known.renewable, next.renewable, this.#maxOriginAgeBlocks)
  }

  #write(checkpoints: readonly SignedCheckpoint[]): void {
    const bytes = Buffer.concat(checkpoints.map(encodeEntry))
    try {
      writeSync(this.#file, bytes)
      fdatasyncSync(this.#file)
      this.#length += bytes.length
    } catch (cause) {
      // Half an entry would make what follows unreadable.
      ftruncateSync(this.#file, this.#length)
      throw nodeError('signer.record', `${this.#path} cannot be written, so nothing is signed.`, cause)
    }
    for (const checkpoint of checkpoints) this.#keep(checkpoint)
  }

  #keep(checkpoint: SignedCheckpoint): void {
    const { number } = checkpoint
    this.#signed.set(number, checkpoint)
    if (this.#signed.size <= REMEMBERED_SIGNATURES) return
    let lowest = number
    for (const known of this.#signed.keys()) if (known < lowest) lowest = known
    this.#signed.delete(lowest)
    if (lowest > this.#floor) this.#floor = lowest
  }

  /**
   * A new file takes the place of the old one, whole. Its first entry stands for all that are left out: it becomes the floor again. Returns
   * how many entries it has.
   */
  #rewrite(): number {
    const next = `${this.#path}.next`
    const floor: SignedCheckpoint = { number: this.#floor, headerHash: ZERO_HASH }
    const kept = [floor, ...this.#signed.values()]
    const file = openSync(next, 'w', 0o600)
    try {
      writeSync(file, Buffer.concat([MAGIC, ...kept.map(encodeEntry)]))
      fdatasyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(next, this.#path)
    return kept.length
  }
}

function encodeEntry(checkpoint: SignedCheckpoint): Buffer {
  const bytes = encodeSigned(checkpoint)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(bytes))
  return Buffer.concat([bytes, sum])
}

/** All whole entries; an unfinished last one is left out. Errors (thrown): signer.record. */
function readEntries(path: string): { entries: SignedCheckpoint[]; isCurrent: boolean } {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  const isCurrent = bytes.subarray(0, MAGIC.length).equals(MAGIC)
  const isOld = !isCurrent && bytes.length >= MAGIC.length
  const size = isOld ? OLD_ENTRY_BYTES : ENTRY_BYTES
  const entries: SignedCheckpoint[] = []
  for (let at = isOld ? 0 : MAGIC.length; at + size <= bytes.length; at += size) {
    const entry = bytes.subarray(at, at + size)
    if (crc32(entry.subarray(0, size - 4)) !== entry.readUInt32BE(size - 4)) {
      if (at + 2 * size > bytes.length) break
      throw nodeError('signer.record', `${path} is damaged at byte ${at}.`)
    }
    entries.push(isOld ? oldEntry(entry) : unwrap(decodeSigned(entry)))
  }
  return { entries, isCurrent }
}

function oldEntry(entry: Buffer): SignedCheckpoint {
  return { number: entry.readBigUInt64BE(), headerHash: toHex(entry.subarray(8, 40)) as Hash }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

/** A signer with a key in memory, which signs nothing that the record forbids. */
export function localSigner(address: Hex, privateKey: Hex, record: SigningRecord): CheckpointSigner {
  return {
    address: address.toLowerCase() as Hex,
    sign(header, digest) {
      record.allow(signedOf(header))
      return signDigest(digest, privateKey)
    },
  }
}
