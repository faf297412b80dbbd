import { concat, type DataMode, type TreeLeaf, Writer } from '@omg/protocol'
import type { MappedTransaction } from './map.reference.ts'
import { encodeHeir } from './order/heirs.ts'
import { blobBytes, checkpointRoom } from './room.ts'
import type { Leaves, Tip } from './types.ts'
import type { Accepted, View } from './view.reference.ts'

/** What the chain makes by itself: SETTLEs, and MOVEs that nobody signed. */
export function isOfBatch({ transaction, signers }: MappedTransaction): boolean {
  return transaction.kind === 'settle' || (transaction.kind === 'move' && signers.length === 0)
}

/** The batches of a block whose other transactions the view has taken. */
export function planned(
  view: View,
  accepted: readonly Accepted[],
  { nextPath }: Tip,
  daMode: DataMode,
): Accepted[] {
  const taken = sum(accepted.map(({ record }) => blobBytes(record)))
  return view.addPlan(view.orders.plan(), checkpointRoom(nextPath, daMode) - taken)
}

/** The FEE transaction, then by level, then by hash. */
export function inCanonicalOrder(accepted: readonly Accepted[]): Accepted[] {
  const isFee = ({ transaction }: Accepted) => transaction.transaction.kind === 'fee'
  const others = accepted.filter(item => !isFee(item))
  others.sort((a, b) => a.level - b.level || (a.transaction.hash < b.transaction.hash ? -1 : 1))
  return [...accepted.filter(isFee), ...others]
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** What MOVEs and SETTLEs made of what. */
export function heirsOf(accepted: readonly Accepted[], checkpoint: bigint): Uint8Array {
  return concat(
    ...accepted.flatMap(({ makes, spends }) =>
      makes.flatMap(({ id: output, heir }) => {
        if (!heir) return []
        const { first, count, tier } = heir
        return [encodeHeir({ output, from: spends.slice(first, first + count), checkpoint, tier })]
      }),
    ),
  )
}

/** Leaves side by side in bytes. */
export function packLeaves(leaves: readonly TreeLeaf[]): Leaves {
  const nodes = leaves.map(({ hash, lanes }) => new Writer(64).hash(hash).u256(lanes).finish())
  return {
    count: leaves.length,
    nodes: concat(...nodes),
    paths: Uint32Array.from(leaves, ({ path }) => path),
  }
}
