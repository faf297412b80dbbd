import { decodeSignedTransaction, type Hash, instructionHash, TransactionKind, unwrap } from '@omg/protocol'
import type { ChainStore } from '../store/store.ts'
import type { BlockReader } from './blocks.ts'

/** Blocks whose instructions are kept. */
const CACHED_BLOCKS = 32

/** Where an instruction became a transaction. */
export interface IncludedInstruction {
  readonly height: bigint
  readonly index: number
}

/** Finds the transaction that carried an instruction out: in a block it has another hash, which depends on what it moved. */
export class InstructionReader {
  readonly #store: ChainStore
  readonly #blocks: BlockReader
  readonly #cache = new Map<bigint, Promise<ReadonlyMap<Hash, number>>>()

  constructor(store: ChainStore, blocks: BlockReader) {
    this.#store = store
    this.#blocks = blocks
  }

  async find(hash: Hash): Promise<IncludedInstruction | undefined> {
    for (const height of this.#store.findInstruction(Buffer.from(hash.slice(2), 'hex'))) {
      const index = (await this.#of(height)).get(hash)
      if (index !== undefined) return { height, index }
    }
    return undefined
  }

  /** The instructions of a block, worked out when the first of them is asked for. */
  #of(height: bigint): Promise<ReadonlyMap<Hash, number>> {
    const cached = this.#cache.get(height)
    if (cached) return cached
    const found = this.#read(height)
    this.#cache.set(height, found)
    found.catch(() => this.#cache.delete(height))
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= CACHED_BLOCKS) break
      this.#cache.delete(oldest)
    }
    return found
  }

  async #read(height: bigint): Promise<ReadonlyMap<Hash, number>> {
    const found = new Map<Hash, number>()
    const read = await this.#blocks.block(height)
    if (!read) return found
    const { domain } = this.#blocks
    const { body, bounds } = read.block
    for (let index = 0; 2 * index < bounds.length; index++) {
      if (body[bounds[2 * index]!] !== TransactionKind.move) continue
      const bytes = body.subarray(bounds[2 * index]!, bounds[2 * index + 1]!)
      const { transaction, witness } = unwrap(decodeSignedTransaction(bytes))
      const isSigned = transaction.kind === 'move' && witness.signatures.length > 0
      if (isSigned) found.set(instructionHash(transaction, domain), index)
    }
    return found
  }
}
