import type { Hash } from '@omg/protocol'
import { openArchive } from './archive.ts'
import { beaconSource } from './beacon.ts'

/** Where a blob was carried: its block on Ethereum. */
export interface BlobPlace {
  readonly number: bigint
  /** Seconds. */
  readonly timestamp: bigint
}

/** Somebody who keeps blobs. What it answers is believed only once it fits the versioned hash. */
export interface BlobSource {
  readonly name: string
  /**
   * Blobs of 131,072 bytes each that may be those asked for, in any order; none where it has none. Errors: thrown, when it does not
   * answer.
   */
  blobs(hashes: readonly Hash[], place: BlobPlace): Promise<readonly Uint8Array[]>
}

/** A beacon node by its URL (Ethereum's own keep blobs for 18 days), or the folder of an archive. */
export function blobSource(address: string): BlobSource {
  return /^https?:/.test(address) ? beaconSource(address) : openArchive(address)
}
