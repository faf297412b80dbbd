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
import { type Hash, type Hex, OmgError, signDigest, toHex, ZERO_HASH } from '@omg/protocol'
import { nodeError } from '../errors.ts'

/**
 * Signs checkpoints. A seam: a signer in another process, or on another machine, fits behind it. One request at a time; what it
 * refuses it throws.
 */
export interface CheckpointSigner {
  /** Lower case. */
  address: Hex
  /** Signs the digest of the checkpoint with this number and header hash. Errors (thrown): signer.*. */
  sign(checkpoint: SignedCheckpoint, digest: Hash): Hex | Promise<Hex>
  /** Why it cannot be asked at the moment. */
  readonly problem?: OmgError | undefined
}

/** What a signature stands for. */
export interface SignedCheckpoint {
  readonly number: bigint
  readonly headerHash: Hash
}

/** Name of the file in the data directory that says what was signed. A backup must not bring it back: see {@link SigningRecord}. */
export const SIGNING_FILE = 'signed-checkpoints'
/** Newest checkpoints whose header hashes are remembered; what is older is never signed again. */
export const REMEMBERED_SIGNATURES = 256
/** `number u64 ‖ header hash 32 ‖ crc32 u32`, big-endian. */
const ENTRY_BYTES = 44
/** At a start, a file with more entries than this is written anew without the old ones. */
const MAX_ENTRIES = 16 * REMEMBERED_SIGNATURES

/**
 * What this key has signed, on disk before a signature leaves (F1: two headers of one number cost the whole stake). It lets one header
 * of a number be signed as often as asked, another one never, and nothing below what it remembers.
 *
 * A restored backup has forgotten the newest signatures. Which headers Ethereum has accepted is told by {@link note}.
 */
export class SigningRecord {
  readonly #path: string
  readonly #file: number
  #length: number
  readonly #signed = new Map<bigint, Hash>()
  /** Nothing up to here is signed, unless it is remembered. */
  #floor = 0n

  /** Errors (thrown): signer.record (the file is damaged, or cannot be opened). */
  constructor(directory: string) {
    this.#path = join(directory, SIGNING_FILE)
    try {
      const entries = readEntries(this.#path)
      for (const entry of entries) this.#keep(entry)
      const isLong = entries.length > MAX_ENTRIES
      if (isLong) this.#rewrite()
      this.#file = openSync(this.#path, 'a', 0o600)
      this.#length = (isLong ? this.#signed.size + 1 : entries.length) * ENTRY_BYTES
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
  allow({ number, headerHash }: SignedCheckpoint): void {
    const known = this.#signed.get(number)
    if (known === headerHash) return
    if (known !== undefined) {
      throw nodeError(
        'signer.equivocation',
        `Checkpoint ${number} was signed as ${known}; ${headerHash} is another header of it.`,
      )
    }
    if (number <= this.#floor) {
      throw nodeError(
        'signer.regression',
        `Checkpoint ${number} is older than what this key is known to have signed.`,
      )
    }
    this.#write([{ number, headerHash }])
  }

  /**
   * What is known from elsewhere: Ethereum has accepted a header under a number, so no other one is ever to be signed, whatever the
   * file says. Errors (thrown): signer.record.
   */
  note(checkpoints: readonly SignedCheckpoint[]): void {
    const fresh = checkpoints.filter(({ number }) => !this.#signed.has(number) && number > this.#floor)
    if (fresh.length > 0) this.#write(fresh.slice(-REMEMBERED_SIGNATURES))
  }

  close(): void {
    closeSync(this.#file)
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

  #keep({ number, headerHash }: SignedCheckpoint): void {
    this.#signed.set(number, headerHash)
    if (this.#signed.size <= REMEMBERED_SIGNATURES) return
    let lowest = number
    for (const known of this.#signed.keys()) if (known < lowest) lowest = known
    this.#signed.delete(lowest)
    if (lowest > this.#floor) this.#floor = lowest
  }

  /** A new file takes the place of the old one, whole. Its first entry stands for all that are left out: it becomes the floor again. */
  #rewrite(): void {
    const next = `${this.#path}.next`
    const floor: SignedCheckpoint = { number: this.#floor, headerHash: ZERO_HASH }
    const kept = [floor, ...[...this.#signed].map(([number, headerHash]) => ({ number, headerHash }))]
    const file = openSync(next, 'w', 0o600)
    try {
      writeSync(file, Buffer.concat(kept.map(encodeEntry)))
      fdatasyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(next, this.#path)
  }
}

function encodeEntry({ number, headerHash }: SignedCheckpoint): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES)
  bytes.writeBigUInt64BE(number)
  bytes.write(headerHash.slice(2), 8, 'hex')
  bytes.writeUInt32BE(crc32(bytes.subarray(0, ENTRY_BYTES - 4)), ENTRY_BYTES - 4)
  return bytes
}

/** All whole entries; an unfinished last one is left out. Errors (thrown): signer.record. */
function readEntries(path: string): SignedCheckpoint[] {
  if (!existsSync(path)) return []
  const bytes = readFileSync(path)
  const entries: SignedCheckpoint[] = []
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const entry = bytes.subarray(at, at + ENTRY_BYTES)
    if (crc32(entry.subarray(0, ENTRY_BYTES - 4)) !== entry.readUInt32BE(ENTRY_BYTES - 4)) {
      if (at + 2 * ENTRY_BYTES > bytes.length) break
      throw nodeError('signer.record', `${path} is damaged at byte ${at}.`)
    }
    entries.push({ number: entry.readBigUInt64BE(), headerHash: toHex(entry.subarray(8, 40)) as Hash })
  }
  return entries
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
    sign(checkpoint, digest) {
      record.allow(checkpoint)
      return signDigest(digest, privateKey)
    },
  }
}
