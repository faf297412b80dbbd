import { createHash } from 'node:crypto'
import { type Block, encodeBlob, encodeBlobs, shardBodies } from '@omg/ledger'
import { type Hash, type Hex, unwrap } from '@omg/protocol'
import { type BlobSidecar, versionedHash } from '@omg/rootchain'
import type { BlobArchive } from '@omg/rootchain/blobs'
import type { Kzg } from '@omg/rootchain/kzg'
import { nodeError } from '../errors.ts'
import type { StoredCheckpoint } from '../store/checkpoints.ts'
import type { ChainStore } from '../store/store.ts'
import { decodeRecord } from './record.ts'

/** The blocks of checkpoints as blobs: one for each shard, read back from the log. */
export class Publication {
  readonly #store: ChainStore
  readonly #kzg: Kzg
  readonly #archive: Pick<BlobArchive, 'keep'> | undefined
  /** Commitments to the full shards of the open checkpoint, by the hash of the blob. */
  readonly #ahead = new Map<string, Promise<Hex>>()

  /** With an archive, what goes to Ethereum is kept in it: Ethereum forgets blobs after weeks. */
  constructor(store: ChainStore, kzg: Kzg, archive?: Pick<BlobArchive, 'keep'>) {
    this.#store = store
    this.#kzg = kzg
    this.#archive = archive
  }

  /** What the header of the checkpoint that `closing` ends commits to; its other blocks, from a height on, are in the log. */
  async commitments(closing: Block, firstHeight: bigint): Promise<Hash[]> {
    const blobs = encodeBlobs([...(await this.#blocks(firstHeight, closing.height - 1n)), closing])
    const commitments = await Promise.all(blobs.map(blob => this.#commitment(blob)))
    this.#ahead.clear()
    return commitments.map(commitment => versionedHash({ commitment }))
  }

  /** Begins with the full shards of the open checkpoint: when it closes, the chain waits for the last one alone. */
  async prepare(firstHeight: bigint, lastHeight: bigint): Promise<void> {
    // The last one changes with every block: it has the table of them all.
    const full = shardBodies(await this.#blocks(firstHeight, lastHeight)).slice(0, -1)
    for (const blob of full.map(body => encodeBlob(body))) {
      const hash = hashOf(blob)
      if (this.#ahead.has(hash)) continue
      const commitment = this.#commit(blob)
      commitment.catch(() => this.#ahead.delete(hash))
      this.#ahead.set(hash, commitment)
    }
    await Promise.all(this.#ahead.values())
  }

  #commitment(blob: Uint8Array): Promise<Hex> {
    return this.#ahead.get(hashOf(blob)) ?? this.#commit(blob)
  }

  async #commit(blob: Uint8Array): Promise<Hex> {
    return (await this.#kzg.commitments([blob]))[0]!
  }

  /** What goes to Ethereum with a closed checkpoint. */
  async sidecars({ firstHeight, lastHeight }: StoredCheckpoint): Promise<BlobSidecar[]> {
    const sidecars = await this.#kzg.sidecars(encodeBlobs(await this.#blocks(firstHeight, lastHeight)))
    await this.#archive?.keep(sidecars)
    return sidecars
  }

  async #blocks(first: bigint, last: bigint): Promise<Block[]> {
    const blocks: Block[] = []
    for (let height = first; height <= last; height++) {
      const place = this.#store.block(height)
      if (!place || !this.#store.holds(place)) {
        throw nodeError(
          'store.corrupt',
          `Block ${height} of a checkpoint that is not published yet is missing.`,
        )
      }
      blocks.push(unwrap(decodeRecord(await this.#store.read(place))).block)
    }
    return blocks
  }
}

function hashOf(blob: Uint8Array): string {
  return createHash('sha256').update(blob).digest('hex')
}
