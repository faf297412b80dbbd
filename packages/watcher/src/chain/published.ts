import { type Block, decodeBlobs, type PublishedBlock, type Tip } from '@omg/ledger'
import {
  type Deposit,
  decodeHeader,
  fail,
  type Hash,
  type Header,
  headerHash,
  type OmgError,
  ok,
  type Result,
} from '@omg/protocol'
import { versionedHash } from '@omg/rootchain'
import type { BlobSource } from '@omg/rootchain/blobs'
import type { Kzg } from '@omg/rootchain/kzg'
import { watcherError } from '../error.ts'
import type { StoredCheckpoint } from '../store/facts.ts'
import type { RootChainView } from './replica.ts'

/** A block as blobs tell of it: its app hash follows from executing it. */
export type RebuiltBlock = Omit<Block, 'appHash'>

export interface PublishedBlocksOptions {
  readonly sources: readonly BlobSource[]
  readonly kzg: Pick<Kzg, 'commitments'>
  readonly records: RootChainView & {
    checkpoint(number: bigint): StoredCheckpoint | undefined
  }
  /** What was submitted for a checkpoint; undefined if nobody can say. */
  readonly submitted: (checkpoint: StoredCheckpoint) => Promise<Uint8Array | undefined>
  /** A source that fails, or serves something else. */
  readonly onFailure: (source: string, error: unknown) => void
}

interface Checkpoint {
  readonly header: Header
  readonly blocks: readonly PublishedBlock[]
}

/**
 * The blocks of checkpoints whose data came as blobs: with every node silent, Ethereum's own nodes have them (A31). Nobody who serves
 * them is believed: the header is the one that Ethereum accepted, and each blob is the one that the header names.
 */
export class PublishedBlocks {
  readonly #options: PublishedBlocksOptions
  #open: Checkpoint | undefined

  constructor(options: PublishedBlocksOptions) {
    this.#options = options
  }

  /** The checkpoint behind a tip is in hand: its blocks need no more asking. */
  has({ checkpoint }: Tip): boolean {
    return this.#open?.header.checkpoint === checkpoint
  }

  /**
   * The block after a tip; undefined while Ethereum has not accepted its checkpoint, or its data was not published, or nobody serves
   * it. Errors: `encoding.*`, `block.deposits`: what was published is no checkpoint.
   */
  async next(tip: Tip): Promise<Result<RebuiltBlock, OmgError> | undefined> {
    const accepted = this.#options.records.checkpoint(tip.checkpoint)
    if (accepted === undefined || accepted.lastNonDA === accepted.number) return undefined
    if (this.#open?.header.checkpoint !== accepted.number) {
      const read = await this.#read(accepted)
      if (!read?.ok) return read
      this.#open = read.value
    }
    return this.#block(this.#open, tip)
  }

  #block({ header, blocks }: Checkpoint, tip: Tip): Result<RebuiltBlock, OmgError> | undefined {
    const { records } = this.#options
    const height = tip.height + 1n
    const published = blocks[Number(height - header.firstHeight)]
    const origin = records.origin(header.origin)
    if (published === undefined || origin === undefined) return undefined
    const deposits: Deposit[] = []
    for (let index = tip.inboxCursor; deposits.length < published.deposits; index++) {
      const deposit = records.deposit(index)
      if (deposit === undefined) {
        return fail(watcherError('block.deposits', `deposit ${index} is not on Ethereum`))
      }
      const { output, position } = deposit
      deposits.push({ kind: 'deposit', inboxIndex: index, output, position })
    }
    const { body, bounds, time } = published
    return ok({
      ...{ height, time, body, bounds, deposits },
      checkpoint: header.checkpoint,
      origin: header.origin,
      originHash: header.originHash,
      originTime: origin.timestamp,
      inboxCursor: tip.inboxCursor + BigInt(deposits.length),
      closes: height === header.lastHeight,
      daMode: 'blob',
      previousAppHash: tip.appHash,
    })
  }

  async #read(accepted: StoredCheckpoint): Promise<Result<Checkpoint, OmgError> | undefined> {
    const header = await this.#header(accepted)
    if (header === undefined) return undefined
    const place = { number: accepted.block, timestamp: accepted.acceptedAt }
    const found = new Map<Hash, Uint8Array>()
    for (const source of this.#options.sources) {
      const missing = header.daCommitments.filter(hash => !found.has(hash))
      if (missing.length === 0) break
      await this.#ask(source, missing, place, found)
    }
    const blobs = header.daCommitments.map(hash => found.get(hash))
    if (!blobs.every(blob => blob !== undefined)) return undefined
    const blocks = decodeBlobs(blobs, Number(header.lastHeight - header.firstHeight) + 1)
    return blocks.ok ? ok({ header, blocks: blocks.value }) : blocks
  }

  /** Adds the blobs that a source has, each under what it really is. */
  async #ask(
    source: BlobSource,
    hashes: readonly Hash[],
    place: { number: bigint; timestamp: bigint },
    found: Map<Hash, Uint8Array>,
  ): Promise<void> {
    const { kzg, onFailure } = this.#options
    try {
      const blobs = await source.blobs(hashes, place)
      const commitments = await kzg.commitments(blobs)
      for (const [i, commitment] of commitments.entries()) found.set(versionedHash({ commitment }), blobs[i]!)
    } catch (error) {
      onFailure(source.name, error)
    }
  }

  async #header(accepted: StoredCheckpoint): Promise<Header | undefined> {
    const bytes = await this.#options.submitted(accepted).catch(error => {
      this.#options.onFailure('ethereum', error)
      return undefined
    })
    const header = bytes && decodeHeader(bytes)
    return header?.ok && headerHash(header.value) === accepted.headerHash ? header.value : undefined
  }
}
