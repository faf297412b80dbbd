import { toHex } from '@omg/protocol'
import type { Draft } from './draft.ts'
import { type LedgerErrorCode, ledgerError } from './errors.ts'
import { inputCount, outputCount, recordInput, recordOutputId } from './record.ts'
import { blobBytesAtMost } from './room.ts'
import type { Dropped, MappedRecord } from './types.ts'

/** What a later block may take: it has more room, or less congestion. */
export const RETRIED: ReadonlySet<LedgerErrorCode> = new Set(['block.full', 'move.budget', 'fee.congested'])

/** What fits a block. */
export interface Room {
  readonly transactions: number
  readonly bytes: number
  /** Blob bytes that surely fit the rest of the checkpoint. */
  readonly checkpointBytes: number
}

/**
 * Chooses candidates for a block: an earlier candidate wins a conflict, and one whose input is missing waits for a candidate that
 * makes it, so a child may stand before its parent. Deterministic: the same candidates in the same order give the same block.
 */
export class Selection {
  /** The checkpoint has no room for the next candidate. */
  full = false
  readonly #draft: Draft
  readonly #candidates: readonly MappedRecord[]
  readonly #room: Room
  readonly #firstRecord: number
  readonly #codes = new Map<number, LedgerErrorCode>()
  /** Candidates by the missing output that they wait for. */
  readonly #waiting = new Map<string, number[]>()

  constructor(draft: Draft, candidates: readonly MappedRecord[], room: Room) {
    this.#draft = draft
    this.#candidates = candidates
    this.#room = room
    this.#firstRecord = draft.records.length
  }

  run(): void {
    for (let i = 0; i < this.#candidates.length; i++) this.#try(i)
  }

  /** Who was left out and why, by index. */
  dropped(): Dropped[] {
    for (const [i, code] of this.#codes) {
      // Another input of a candidate that waited may be gone by now.
      if (code === 'input.missing') this.#codes.set(i, this.#refusal(this.#candidates[i]!)!)
    }
    const blockFull = [...this.#codes.values()].includes('block.full')
    // One error for all: tens of thousands may wait for the next block, and a stack trace each would cost more than the block.
    const full = ledgerError('block.full', 'the block has no room left')
    return [...this.#codes]
      .sort(([a], [b]) => a - b)
      .map(([index, code]) => ({
        index,
        error:
          code === 'block.full'
            ? full
            : ledgerError(code, this.#draft.explain(code, this.#candidates[index]!)),
        // A child of a candidate that did not fit is missing its input only for now.
        retry: RETRIED.has(code) || (code === 'input.missing' && blockFull),
      }))
  }

  /** Tries a candidate, then those that waited for its outputs, and so on. */
  #try(candidate: number): void {
    let queue = [candidate]
    for (let i = queue.shift(); i !== undefined; i = queue.shift()) {
      const record = this.#candidates[i]!
      const code = this.#refusal(record)
      if (code === undefined) {
        this.#codes.delete(i)
        const released = this.#released(record)
        if (released.length > 0) queue = [...queue, ...released].sort((a, b) => a - b)
      } else {
        this.#codes.set(i, code)
        if (code === 'input.missing') this.#wait(record, i)
      }
    }
  }

  #refusal(record: MappedRecord): LedgerErrorCode | undefined {
    const bytes = this.#draft.bytes + blobBytesAtMost(record)
    if (bytes > this.#room.checkpointBytes) {
      this.full = true
      return 'block.full'
    }
    const count = this.#draft.records.length - this.#firstRecord
    if (count >= this.#room.transactions || bytes > this.#room.bytes) return 'block.full'
    return this.#draft.add(record)
  }

  #wait(record: MappedRecord, i: number): void {
    for (let j = 0; j < inputCount(record); j++) {
      const id = recordInput(record, j)
      if (this.#draft.knows(id)) continue
      const key = toHex(id)
      const others = this.#waiting.get(key)
      if (others) others.push(i)
      else this.#waiting.set(key, [i])
      return
    }
  }

  #released(record: MappedRecord): number[] {
    if (this.#waiting.size === 0) return []
    const released: number[] = []
    for (let index = 0; index < outputCount(record); index++) {
      const key = toHex(recordOutputId(record, index))
      released.push(...(this.#waiting.get(key) ?? []))
      this.#waiting.delete(key)
    }
    return released
  }
}
