import {
  decodePosition,
  HASH_BYTES,
  OUTPUT_BYTES,
  OutputType,
  POSITION_BYTES,
  type Position,
  unwrap,
} from '@omg/protocol'
import { copyRow, ENTRY, writeHeight, writePlace } from './entry.ts'
import type { Layout } from './layout.ts'
import type { MadeOutput } from './order/draft.ts'
import { FreshOutput, type Placement } from './order/touched.ts'
import { writeOutputTo, writeTokenAndAmount } from './output.ts'
import { KIND_MOVE, madeGuardAt, outputAt, outputCount, outputIdAt, recordKind } from './record.ts'
import { ENTRY_BYTES, type MappedRecord } from './types.ts'
import { UnspentSet } from './unspent.ts'

/**
 * The outputs that a block makes, while it is made. They have numbers in turn: first those of the deposits, then those of the
 * records.
 */
export class MadeOutputs {
  readonly #records: readonly MappedRecord[]
  readonly #deposits: Uint8Array[] = []
  /** For each number from a record on: the record. */
  readonly #makers: number[] = []
  /** For each record: the number of its first output. */
  readonly #firsts: number[] = []
  /** What records derived from live inputs; the others list their outputs. */
  readonly #derived: (readonly MadeOutput[] | undefined)[] = []
  /** What made outputs under guards of orders, as it came: the number of a record, or `-1 - number` of a deposit. */
  readonly #ordering: number[] = []
  /** Outputs by id, slab index = number: see `find`. */
  readonly #index = new UnspentSet({ partitions: 1 })
  readonly #entry = Buffer.alloc(ENTRY_BYTES)
  /** Numbers of outputs that the block has spent again. */
  readonly spent = new Set<number>()

  /** @param records Those of the block, as they come. */
  constructor(records: readonly MappedRecord[]) {
    this.#records = records
  }

  get size(): number {
    return this.#deposits.length + this.#makers.length
  }

  /** The entry of a deposit. */
  addDeposit(entry: Uint8Array, isOrder: boolean): void {
    if (isOrder) this.#ordering.push(-1 - this.#deposits.length)
    this.#deposits.push(entry)
  }

  /** The outputs of the record that came last: those it derived, or else those that it lists. */
  addRecord(derived: readonly MadeOutput[] | undefined): void {
    const owner = this.#records.length - 1
    const first = this.size
    this.#firsts.push(first)
    this.#derived.push(derived)
    if (derived) this.#ordering.push(owner)
    const outputs = derived ? derived.length : outputCount(this.#records[owner]!)
    for (let index = 0; index < outputs; index++) this.#makers.push(owner)
  }

  /** The record that made an output; undefined for a deposit. */
  makerOf(made: number): number | undefined {
    return this.#makers[made - this.#deposits.length]
  }

  /**
   * The number of the output whose id stands at `bytes[at]`, or -1. Outputs are indexed when the first one is asked for: most payments
   * spend outputs of earlier blocks.
   */
  find(bytes: Uint8Array, at: number): number {
    for (let made = this.#index.size; made < this.size; made++) {
      this.write(made, this.#entry, 0)
      this.#index.addAt(this.#entry, 0)
    }
    return this.#index.find(bytes, at)
  }

  /** Copies the 69 bytes of an output that was found. */
  copyOutput(made: number, target: Uint8Array, at: number): void {
    this.#index.copyPart(made, ENTRY.output, OUTPUT_BYTES, target, at)
  }

  /** Writes an output as an entry; one of a record has no position and no height yet. */
  write(made: number, target: Buffer, at: number): void {
    const maker = this.makerOf(made)
    if (maker === undefined) {
      copyRow(this.#deposits[made]!, 0, target, at, ENTRY_BYTES)
      return
    }
    const record = this.#records[maker]!
    const index = made - this.#firsts[maker]!
    const derived = this.#derived[maker]?.[index]
    if (derived) {
      copyRow(record, outputIdAt(record, derived.index), target, at + ENTRY.id, HASH_BYTES)
      writeDerived(record, derived, target, at + ENTRY.output)
      return
    }
    copyRow(record, outputIdAt(record, index), target, at + ENTRY.id, HASH_BYTES)
    copyRow(record, outputAt(record, index), target, at + ENTRY.output, OUTPUT_BYTES)
  }

  /** An output of a MOVE as the order state will hold it. */
  #freshOf(made: number, maker: number): FreshOutput | undefined {
    const output = this.#derived[maker]?.[made - this.#firsts[maker]!]?.output
    return output instanceof FreshOutput ? output : undefined
  }

  /** The index of an output in the transaction that made it. */
  indexOf(made: number, maker: number): number {
    const index = made - this.#firsts[maker]!
    return this.#derived[maker]?.[index]?.index ?? index
  }

  /**
   * What of them joins the set, in the order of the block: those that it has not spent again. `order` are its records, `pathOf` says where
   * each stands.
   */
  created(
    order: Uint32Array,
    pathOf: Uint32Array,
    checkpoint: number,
    height: number,
  ): Pick<Layout, 'created' | 'fresh'> {
    const created = new Uint8Array((this.size - this.spent.size) * ENTRY_BYTES)
    const target = Buffer.from(created.buffer)
    const fresh: (FreshOutput | undefined)[] = []
    let at = 0
    for (let number = 0; number < this.#deposits.length; number++) {
      if (this.spent.has(number)) continue
      this.write(number, target, at)
      fresh.push(undefined)
      at += ENTRY_BYTES
    }
    for (const t of order) {
      const end = this.#firsts[t + 1] ?? this.size
      for (let number = this.#firsts[t]!; number < end; number++) {
        if (this.spent.has(number)) continue
        this.write(number, target, at)
        writePlace(created, at + ENTRY.position, checkpoint, pathOf[t]!, this.indexOf(number, t))
        writeHeight(created, at, height)
        fresh.push(this.#freshOf(number, t))
        at += ENTRY_BYTES
      }
    }
    return { created, fresh }
  }

  /** Where outputs under guards of orders stand, once each record has a path. */
  placement(pathOf: Uint32Array, checkpoint: bigint): Placement {
    const start = checkpoint << 64n
    return (transaction, index) => {
      const maker = this.#ordering[transaction]!
      if (maker < 0) return positionIn(this.#deposits[-1 - maker]!)
      return (start + BigInt(256 * pathOf[maker]! + index)) as Position
    }
  }

  /** Writes where an output stands, once each record has a path. */
  writePosition(made: number, target: Uint8Array, at: number, pathOf: Uint32Array, checkpoint: number): void {
    const maker = this.makerOf(made)
    if (maker === undefined) copyRow(this.#deposits[made]!, ENTRY.position, target, at, POSITION_BYTES)
    else writePlace(target, at, checkpoint, pathOf[maker]!, this.indexOf(made, maker))
  }
}

/** An output of an order operation; a step names the guards of what it makes. */
function writeDerived(record: MappedRecord, { index, output }: MadeOutput, target: Buffer, at: number): void {
  if (recordKind(record) !== KIND_MOVE || output.type !== 'order') {
    writeOutputTo(output, target, at)
    return
  }
  target[at] = OutputType.order
  copyRow(record, madeGuardAt(record, index), target, at + 1, HASH_BYTES)
  writeTokenAndAmount(output.token, output.amount, target, at)
}

function positionIn(entry: Uint8Array): Position {
  return unwrap(decodePosition(entry.subarray(ENTRY.position, ENTRY.position + POSITION_BYTES)))
}
