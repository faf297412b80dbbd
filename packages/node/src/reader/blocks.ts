import { type Block, ENTRY_BYTES, inputPositionsOf, readEntry, type UnspentOutput } from '@omg/ledger'
import {
  type Domain,
  decodeSignedTransaction,
  type Hash,
  inputsOf,
  parsePosition,
  type SignedTransaction,
  toHex,
  transactionHash,
  treePath,
  unwrap,
} from '@omg/protocol'
import { blockBytes, decodeRecord } from '../application/record.ts'
import type { TransactionPlace } from '../store/history.ts'
import type { ChainStore } from '../store/store.ts'

/** Decoded blocks that are kept, by bytes of their records. */
export const CACHE_BYTES = 64 * 1024 * 1024

export interface ReadBlock {
  block: Block
  /** The encoded block as the log has it. */
  bytes: Buffer
}

/** A transaction as it stands in a block. */
export interface IncludedTransaction {
  signed: SignedTransaction
  /** `transaction ‖ witness`. */
  bytes: Uint8Array
  hash: Hash
  height: bigint
  index: number
  block: Block
  /** Positions of its inputs, 12 bytes each. */
  positions: Uint8Array
}

/** Reads blocks back from the log, and finds transactions in them. */
export class BlockReader {
  readonly #store: ChainStore
  readonly domain: Domain
  readonly #cache = new Map<bigint, ReadBlock>()
  #cachedBytes = 0

  constructor(store: ChainStore, domain: Domain) {
    this.#store = store
    this.domain = domain
  }

  /** Undefined if the block does not exist or has been pruned. */
  async block(height: bigint): Promise<ReadBlock | undefined> {
    const place = this.#store.block(height)
    if (!place || !this.#store.holds(place)) return undefined
    const cached = this.#cache.get(height)
    if (cached) return cached
    const record = await this.#store.read(place)
    const read = { block: unwrap(decodeRecord(record)).block, bytes: blockBytes(record) }
    this.#remember(height, read)
    return read
  }

  /** Hashes of the transactions of a block, in its order. */
  hashes(height: bigint): Hash[] {
    const leaves = this.#store.leaves(height)
    if (!leaves) return []
    return Array.from(
      { length: leaves.count },
      (_, i) => toHex(leaves.txHashes.subarray(32 * i, 32 * i + 32)) as Hash,
    )
  }

  /** The COINs that settlements and instructions of a block made, each with the index of its transaction there. */
  derivedCoins(height: bigint): (UnspentOutput & { index: number })[] {
    const entries = this.#store.derivedCoins(height)
    if (entries.length === 0) return []
    const paths = this.#store.leaves(height)!.paths
    return Array.from({ length: entries.length / ENTRY_BYTES }, (_, i) => {
      const entry = readEntry(entries, ENTRY_BYTES * i)
      const { shard, index } = parsePosition(entry.position)
      return { ...entry, index: paths.indexOf(treePath(shard, index)) }
    })
  }

  async transaction(hash: Hash): Promise<IncludedTransaction | undefined> {
    for (const place of this.#store.findTransaction(Buffer.from(hash.slice(2), 'hex'))) {
      const found = await this.at(place)
      if (found?.hash === hash) return found
    }
    return undefined
  }

  /** The transaction in a block that spends an output. */
  async spend(id: Hash): Promise<IncludedTransaction | undefined> {
    for (const place of this.#store.findSpend(Buffer.from(id.slice(2), 'hex'))) {
      const found = await this.at(place)
      if (found && inputsOf(found.signed.transaction).includes(id as never)) return found
    }
    return undefined
  }

  async at({ height, index }: TransactionPlace): Promise<IncludedTransaction | undefined> {
    const read = await this.block(BigInt(height))
    if (!read || 2 * index >= read.block.bounds.length) return undefined
    const { block } = read
    const bytes = block.body.subarray(block.bounds[2 * index]!, block.bounds[2 * index + 1]!)
    const signed = unwrap(decodeSignedTransaction(bytes))
    return {
      signed,
      bytes,
      hash: transactionHash(signed.transaction, this.domain),
      height: BigInt(height),
      index,
      block,
      positions: inputPositionsOf(block, index),
    }
  }

  /** The block that holds the leaf at a path of a checkpoint, and the index there. */
  place(
    checkpoint: bigint,
    path: number,
    /** Heights of the checkpoint, if it is still open. */
    open?: { firstHeight: bigint; lastHeight: bigint },
  ): TransactionPlace | undefined {
    const heights = open ?? this.#store.checkpoint(checkpoint)
    if (!heights) return undefined
    let low = Number(heights.firstHeight)
    let high = Number(heights.lastHeight)
    while (low <= high) {
      const height = (low + high) >>> 1
      const leaves = this.#store.leaves(BigInt(height))
      if (!leaves || leaves.count === 0) {
        // A block without transactions gives no direction: look at its neighbours one by one.
        return this.#scan(low, high, path)
      }
      if (path < leaves.paths[0]!) high = height - 1
      else if (path > leaves.paths[leaves.count - 1]!) low = height + 1
      else return { height, index: leaves.paths.indexOf(path) }
    }
    return undefined
  }

  #scan(low: number, high: number, path: number): TransactionPlace | undefined {
    for (let height = low; height <= high; height++) {
      const index = this.#store.leaves(BigInt(height))?.paths.indexOf(path) ?? -1
      if (index >= 0) return { height, index }
    }
    return undefined
  }

  #remember(height: bigint, read: ReadBlock): void {
    this.#cache.set(height, read)
    this.#cachedBytes += read.bytes.length
    for (const [oldest, { bytes }] of this.#cache) {
      if (this.#cachedBytes <= CACHE_BYTES || oldest === height) break
      this.#cache.delete(oldest)
      this.#cachedBytes -= bytes.length
    }
  }
}
