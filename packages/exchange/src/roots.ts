import { type Hash, keccak256, TAG, toHex, Writer, ZERO_HASH } from '@omg/protocol'
import type { SumNode } from './sum-tree.ts'

/** Both sides of a market, committed to. */
export interface MarketBook {
  readonly market: Hash
  readonly buys: SumNode
  readonly sells: SumNode
}

/** `keccak(0x0f ‖ market ‖ buy root ‖ buy lots u64 ‖ sell root ‖ sell lots u64)`: the leaf of `bookRoot`. */
export function marketBookHash({ market, buys, sells }: MarketBook): Hash {
  const writer = new Writer(113).u8(TAG.marketBook).hash(market)
  writer.raw(buys.hash).u64(BigInt(buys.lots)).raw(sells.hash).u64(BigInt(sells.lots))
  return toHex(keccak256(writer.finish())) as Hash
}

/** The root over the books of all markets, sorted by market id; zero without a market. */
export function bookRoot(books: readonly MarketBook[]): Hash {
  return listRoot([...books].sort((a, b) => (a.market < b.market ? -1 : 1)).map(marketBookHash))
}

/** What a checkpoint commits to about a batch. */
export interface BatchLeaf {
  readonly market: Hash
  readonly height: bigint
  /** 0 where nothing traded. */
  readonly price: number
  readonly volume: number
  /** `marketBookHash` of the market's books before the batch. */
  readonly bookBefore: Hash
}

/** `keccak(0x10 ‖ market ‖ height u64 ‖ price u64 ‖ volume u64 ‖ book before)`: the leaf of `batchRoot`. */
export function batchHash({ market, height, price, volume, bookBefore }: BatchLeaf): Hash {
  const writer = new Writer(89).u8(TAG.batch).hash(market).u64(height)
  return toHex(keccak256(writer.u64(BigInt(price)).u64(BigInt(volume)).hash(bookBefore).finish())) as Hash
}

/** The root over the batches of a checkpoint, sorted by height, then by market id; zero without a batch. */
export function batchRoot(batches: readonly BatchLeaf[]): Hash {
  const sorted = [...batches].sort((a, b) => {
    if (a.height !== b.height) return a.height < b.height ? -1 : 1
    return a.market < b.market ? -1 : 1
  })
  return listRoot(sorted.map(batchHash))
}

/** The root of a list: neighbours are joined by `keccak(0x11 ‖ left ‖ right)`, level by level; an odd last one moves up. */
export function listRoot(leaves: readonly Hash[]): Hash {
  let level = [...leaves]
  while (level.length > 1) level = parents(level)
  return level[0] ?? ZERO_HASH
}

/** The neighbours on the way from a leaf to the root; undefined where it moves up alone. */
export function listProof(leaves: readonly Hash[], index: number): (Hash | undefined)[] {
  const siblings: (Hash | undefined)[] = []
  let level = [...leaves]
  for (let at = index; level.length > 1; at >>= 1) {
    siblings.push(level[at ^ 1])
    level = parents(level)
  }
  return siblings
}

/** Whether a list with this root has this leaf at this index. */
export function verifyListProof(
  root: Hash,
  leaf: Hash,
  index: number,
  siblings: readonly (Hash | undefined)[],
): boolean {
  let node = leaf
  let at = index
  for (const sibling of siblings) {
    if (sibling) node = at & 1 ? joined(sibling, node) : joined(node, sibling)
    at >>= 1
  }
  return at === 0 && node === root
}

function parents(level: readonly Hash[]): Hash[] {
  const above: Hash[] = []
  for (let i = 0; i < level.length; i += 2) {
    above.push(i + 1 < level.length ? joined(level[i]!, level[i + 1]!) : level[i]!)
  }
  return above
}

function joined(left: Hash, right: Hash): Hash {
  return toHex(keccak256(new Writer(65).u8(TAG.listNode).hash(left).hash(right).finish())) as Hash
}
