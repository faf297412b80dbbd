import {
  isDerivingRecord,
  type MapPool,
  type MappedRecord,
  outputCount,
  recordAt,
  recordHash,
  recordOutput,
  recordOutputId,
  recordSigners,
} from '@omg/ledger'
import {
  type Address,
  decodeOutput,
  depositId,
  type Hash,
  type Output,
  type OutputId,
  ownerOfGuard,
  type TxHash,
  toHex,
  unwrap,
} from '@omg/protocol'
import type { BlockReader } from './blocks.ts'

/** Blocks whose activity is kept. */
const CACHED_BLOCKS = 32

/** What a block did to one owner. */
export interface OwnerActivity {
  received: { id: OutputId; output: Output; txHash: TxHash | null }[]
  sent: TxHash[]
}

export type BlockActivity = ReadonlyMap<Address, OwnerActivity>

/** Who is touched by a block: worked out once per block, for all subscribers. */
export class ActivityReader {
  readonly #blocks: BlockReader
  readonly #pool: MapPool
  readonly #cache = new Map<bigint, Promise<BlockActivity>>()

  constructor(blocks: BlockReader, pool: MapPool) {
    this.#blocks = blocks
    this.#pool = pool
  }

  of(height: bigint): Promise<BlockActivity> {
    const cached = this.#cache.get(height)
    if (cached) return cached
    const activity = this.#read(height)
    this.#cache.set(height, activity)
    activity.catch(() => this.#cache.delete(height))
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= CACHED_BLOCKS) break
      this.#cache.delete(oldest)
    }
    return activity
  }

  async #read(height: bigint): Promise<BlockActivity> {
    const activity = new Map<Address, OwnerActivity>()
    const read = await this.#blocks.block(height)
    if (!read) return activity
    const { block } = read
    for (const { output, position } of block.deposits) {
      receive(activity, { id: depositId(output, position), output, txHash: null })
    }
    const batch = await this.#pool.map(block.body, block.bounds)
    for (let i = 0; i < batch.count; i++) {
      const record = recordAt(batch, i)
      if (record) addRecord(activity, record)
    }
    const hashes = this.#blocks.hashes(height)
    for (const { id, output, index } of this.#blocks.derivedCoins(height)) {
      receive(activity, { id, output, txHash: (hashes[index] as TxHash | undefined) ?? null })
    }
    return activity
  }
}

function addRecord(activity: Map<Address, OwnerActivity>, record: MappedRecord): void {
  const txHash = recordHash(record)
  for (const signer of recordSigners(record)) entryOf(activity, signer).sent.push(txHash)
  if (isDerivingRecord(record)) return
  for (let i = 0; i < outputCount(record); i++) {
    const output = unwrap(decodeOutput(recordOutput(record, i)))
    receive(activity, { id: toHex(recordOutputId(record, i)) as Hash as OutputId, output, txHash })
  }
}

function receive(activity: Map<Address, OwnerActivity>, received: OwnerActivity['received'][number]): void {
  const { type, guard } = received.output
  if (type !== 'coin' && type !== 'item') return
  entryOf(activity, ownerOfGuard(guard)).received.push(received)
}

function entryOf(activity: Map<Address, OwnerActivity>, owner: Address): OwnerActivity {
  const known = activity.get(owner)
  if (known) return known
  const entry: OwnerActivity = { received: [], sent: [] }
  activity.set(owner, entry)
  return entry
}
