import { type Guard, keccak256, keccak256To, type Position, TAG, writeHex } from '@omg/protocol'
import { type Book, type BookListener, isAsleep } from './book.ts'
import {
  bitOf,
  encodePlace,
  firstDifference,
  PLACE_BITS,
  PLACE_BYTES,
  prefixOf,
  writePlace,
} from './place.ts'
import type { MarketBook } from './roots.ts'
import { FLAG } from './row.ts'
import { EMPTY_SUM, type SumNode, type SumPath, SumTree, sumNodeHash, writeLots } from './sum-tree.ts'
import type { OrderRef, Side } from './types.ts'

/** What the tree of a side says about an order. */
export interface OrderLeaf {
  /** `encodePlace(tick, position)`. */
  readonly place: Uint8Array
  readonly guard: Guard
  readonly height: bigint
  readonly triggered: boolean
  readonly acted: boolean
  /** An order that waits for its trigger counts nothing in the sums. */
  readonly asleep: boolean
  readonly lots: number
}

/** The path to a place: what stands there, or that nothing does, and the sum of everything before it. */
export type BookProof = SumPath<OrderLeaf>

/** What a proof shows. */
export interface BookFinding {
  /** The order at the place; undefined where the proof shows that there is none. */
  readonly order: OrderLeaf | undefined
  /** Lots at lower ticks, and of older orders at the same tick. */
  readonly before: number
}

const LEAF_BYTES = 66
const GUARD_AT = 17
const leafBytes = new Uint8Array(LEAF_BYTES)
const leafView = new DataView(leafBytes.buffer)
const STATE = { triggered: 1, acted: 2, asleep: 4 } as const

/** `keccak(0x0d ‖ place (16) ‖ guard ‖ height u64 ‖ state u8 ‖ lots u64)`; state bits: 1 triggered, 2 acted, 4 asleep. */
export function orderLeafHash(leaf: OrderLeaf): Uint8Array {
  leafBytes.set(leaf.place, 1)
  const state =
    (leaf.triggered ? STATE.triggered : 0) | (leaf.acted ? STATE.acted : 0) | (leaf.asleep ? STATE.asleep : 0)
  writeHex(leaf.guard, leafBytes, GUARD_AT)
  writeLeaf(Number(leaf.height), state, leaf.lots)
  return keccak256(leafBytes)
}

/** Place and guard are written already. */
function writeLeaf(height: number, state: number, lots: number): void {
  leafBytes[0] = TAG.bookOrder
  writeLots(leafView, 49, height)
  leafBytes[57] = state
  writeLots(leafView, 58, lots)
}

/** Commits to a book, and follows it from then on. */
export class BookCommitment implements BookListener {
  readonly #book: Book
  readonly #trees: Record<Side, SumTree>

  constructor(book: Book) {
    this.#book = book
    const leaves = {
      place: (ref: number, target: Uint8Array) => {
        const { tick, checkpoint, path } = book.columns
        writePlace(target, 0, tick[ref]!, checkpoint[ref]!, path[ref]!)
      },
      hash: (ref: number, target: Uint8Array, at: number) => this.#hashLeaf(ref as OrderRef, target, at),
      lots: (ref: number) => (book.isAsleep(ref as OrderRef) ? 0 : book.lotsOf(ref as OrderRef)),
    }
    this.#trees = { buy: new SumTree(leaves), sell: new SumTree(leaves) }
    for (const ref of book.refs()) this.stands(ref)
    book.watch(this)
  }

  stands(ref: OrderRef): void {
    this.#tree(ref).put(ref)
  }

  leaves(ref: OrderRef): void {
    this.#tree(ref).remove(ref)
  }

  /** Both sides as they are now. */
  root(): MarketBook {
    return { market: this.#book.market.id, buys: this.#trees.buy.root(), sells: this.#trees.sell.root() }
  }

  /** What stands at a place of a side, and how many lots before it. With position 0: what stands below a tick. */
  prove(side: Side, tick: number, position: Position): BookProof {
    const { steps, end } = this.#trees[side].path(encodePlace(tick, position))
    return { steps, end: end.kind === 'leaf' ? { kind: 'leaf', leaf: this.#leaf(end.leaf) } : end }
  }

  #tree(ref: OrderRef): SumTree {
    return this.#trees[this.#book.columns.flags[ref]! & FLAG.sell ? 'sell' : 'buy']
  }

  /** As {@link orderLeafHash}, without an object. */
  #hashLeaf(ref: OrderRef, target: Uint8Array, at: number): void {
    const { tick, checkpoint, path, height, flags, lots } = this.#book.columns
    const flag = flags[ref]!
    writePlace(leafBytes, 1, tick[ref]!, checkpoint[ref]!, path[ref]!)
    const state =
      (flag & FLAG.triggered ? STATE.triggered : 0) |
      (flag & FLAG.acted ? STATE.acted : 0) |
      (isAsleep(flag) ? STATE.asleep : 0)
    this.#book.copyGuard(ref, leafBytes, GUARD_AT)
    writeLeaf(height[ref]!, state, lots[ref]!)
    keccak256To(leafBytes, target, at)
  }

  #leaf(ref: number): OrderLeaf {
    const { tick, checkpoint, path, height, flags, lots } = this.#book.columns
    const place = new Uint8Array(PLACE_BYTES)
    writePlace(place, 0, tick[ref]!, checkpoint[ref]!, path[ref]!)
    return {
      place,
      guard: this.#book.guardOf(ref as OrderRef),
      height: BigInt(height[ref]!),
      triggered: (flags[ref]! & FLAG.triggered) !== 0,
      acted: (flags[ref]! & FLAG.acted) !== 0,
      asleep: isAsleep(flags[ref]!),
      lots: lots[ref]!,
    }
  }
}

/**
 * What a proof shows about a place of a side; undefined where it does not lead to the root. One proof answers three
 * questions: which order stands there, that none does, and how many lots come before it.
 */
export function verifyBookProof(
  root: SumNode,
  tick: number,
  position: Position,
  { steps, end }: BookProof,
): BookFinding | undefined {
  const place = encodePlace(tick, position)
  const known = steps.at(-1)
  const found = readEnd(place, known ? known.bits + 1 : 0, end)
  if (!found) return undefined
  let { node, before } = found
  let above = PLACE_BITS
  for (const { bits, sibling } of [...steps].reverse()) {
    if (!isSum(sibling.lots) || bits < 0 || bits >= above) return undefined
    above = bits
    const isRight = bitOf(place, bits) === 1
    const [left, right] = isRight ? [sibling, node] : [node, sibling]
    if (isRight) before += left.lots
    node = { hash: sumNodeHash(bits, prefixOf(place, bits), left, right), lots: left.lots + right.lots }
  }
  if (node.lots !== root.lots || !isSame(node.hash, root.hash)) return undefined
  return { order: found.order, before }
}

/** The end of a path: it must lie below the bits that the steps have decided. */
function readEnd(place: Uint8Array, decided: number, end: BookProof['end']) {
  if (end.kind === 'empty')
    return decided === 0 ? { node: EMPTY_SUM, before: 0, order: undefined } : undefined
  if (end.kind === 'leaf') {
    const { leaf } = end
    const difference = firstDifference(place, leaf.place)
    if (difference < decided) return undefined
    const node = { hash: orderLeafHash(leaf), lots: sumOf(leaf) }
    if (difference === PLACE_BITS) return { node, before: 0, order: leaf }
    return { node, before: bitOf(place, difference) === 1 ? node.lots : 0, order: undefined }
  }
  const difference = firstDifference(place, end.prefix)
  if (difference < decided || difference >= end.bits || end.bits >= PLACE_BITS) return undefined
  if (!isSum(end.left.lots) || !isSum(end.right.lots)) return undefined
  const lots = end.left.lots + end.right.lots
  const node = { hash: sumNodeHash(end.bits, end.prefix, end.left, end.right), lots }
  return { node, before: bitOf(place, difference) === 1 ? lots : 0, order: undefined }
}

function sumOf({ asleep, lots }: OrderLeaf): number {
  return asleep ? 0 : lots
}

/** A sum of lots that is exact. */
function isSum(lots: number): boolean {
  return Number.isSafeInteger(lots) && lots >= 0
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
