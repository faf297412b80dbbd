import {
  type BatchLeaf,
  Book,
  BookCommitment,
  type BookOrder,
  batchHash,
  decodeBookProof,
  encodeBookProof,
  listProof,
  type Market,
  marketBookHash,
  type SumNode,
  tickOf,
  verifyBookProof,
  verifyListProof,
} from '@omg/exchange'
import { fromHex, type Guard, type Hash, type Hex, type Position, toHex } from '@omg/protocol'

/** The root of one side, with the lots below it. */
export interface ProvenRoot {
  readonly hash: Hash
  readonly lots: number
}

/**
 * That an order stood in an auction, from the `batchRoot` of a checkpoint header down to the order: the header has the batch, the batch
 * has the book before it, and the book has the order. Whoever has it needs nobody's word.
 */
export interface FillProof {
  readonly leaf: BatchLeaf
  /** Where the batch stands in the checkpoint's list, and its neighbours on the way to the root. */
  readonly index: number
  readonly siblings: readonly (Hash | undefined)[]
  /** The roots of both sides of the book. */
  readonly book: { readonly buys: ProvenRoot; readonly sells: ProvenRoot }
  readonly order: Guard
  readonly side: BookOrder['side']
  readonly tick: number
  readonly position: Position
  /** `encodeBookProof`. */
  readonly path: Hex
}

export interface Proving {
  readonly market: Hash
  readonly height: bigint
  readonly order: Guard
  /** Before the batch. */
  readonly book: readonly BookOrder[]
  /** Of all batches of the checkpoint. */
  readonly leaves: readonly BatchLeaf[]
}

/** Throws where the book is not that of the batch. */
export function proveFill({ market, height, order: guard, book: orders, leaves }: Proving): FillProof {
  const book = new Book({ id: market } as Market)
  for (const order of orders) book.add(order)
  const commitment = new BookCommitment(book)
  const roots = commitment.root()
  const sorted = [...leaves].sort((a, b) => {
    if (a.height !== b.height) return a.height < b.height ? -1 : 1
    return a.market < b.market ? -1 : 1
  })
  const index = sorted.findIndex(leaf => leaf.market === market && leaf.height === height)
  const leaf = sorted[index]!
  if (marketBookHash(roots) !== leaf.bookBefore) throw new Error('the book is not that of the batch')
  const order = orders.find(each => each.guard === guard)!
  const [{ side, position }, tick] = [order, tickOf(order)]
  return {
    ...{ leaf, index, siblings: listProof(sorted.map(batchHash), index) },
    book: { buys: provenRoot(roots.buys), sells: provenRoot(roots.sells) },
    ...{ order: guard, side, tick, position },
    path: toHex(encodeBookProof(commitment.prove(side, tick, position))),
  }
}

/** Whether a proof leads from this `batchRoot` to its order. */
export function verifyFillProof(batchRoot: Hash, proof: FillProof): boolean {
  const { leaf, index, siblings, order, side, tick, position, path } = proof
  if (!verifyListProof(batchRoot, batchHash(leaf), index, siblings)) return false
  const [buys, sells] = [sumNode(proof.book.buys), sumNode(proof.book.sells)]
  if (marketBookHash({ market: leaf.market, buys, sells }) !== leaf.bookBefore) return false
  const decoded = decodeBookProof(fromHex(path))
  if (!decoded.ok) return false
  const found = verifyBookProof(side === 'buy' ? buys : sells, tick, position, decoded.value)
  return found?.order?.guard === order
}

function provenRoot({ hash, lots }: SumNode): ProvenRoot {
  return { hash: toHex(hash) as Hash, lots }
}

function sumNode({ hash, lots }: ProvenRoot): SumNode {
  return { hash: fromHex(hash), lots }
}
