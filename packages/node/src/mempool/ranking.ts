import { type FeeTokenInForce, inputCount, recordInput, recordSigners } from '@omg/ledger'
import { type Hash, toHex } from '@omg/protocol'
import type { Pending } from './pending.ts'

/** Classes of fees, by which transactions are selected and evicted. */
export const RANKS = 256
/** A replacement pays at least 9/8 of the fee in every lane: replacing is not a free way to fill the network. */
export const REPLACEMENT_NUMERATOR = 9n
export const REPLACEMENT_DENOMINATOR = 8n
const LANE_MASK = (1n << 64n) - 1n

/** Which class a fee belongs to, by the fees in force. */
export class Ranking {
  readonly #inForce: () => readonly FeeTokenInForce[]
  #feeTokens: readonly FeeTokenInForce[]
  #last = { lanes: 0n, signatures: 1, rank: 0 }

  /** `inForce`: the fees by which the ledger admits now. */
  constructor(inForce: () => readonly FeeTokenInForce[]) {
    this.#inForce = inForce
    this.#feeTokens = inForce()
  }

  /** Goes on with the fees that are in force now. Whether they have moved: then what waits is to be ranked again. */
  follow(): boolean {
    const next = this.#inForce()
    const hasMoved = next.some((token, i) => {
      const before = this.#feeTokens[i]
      return token.fees.payment !== before?.fees.payment || token.accepted !== before.accepted
    })
    this.#feeTokens = next
    if (hasMoved) this.#last = { lanes: 0n, signatures: 1, rank: 0 }
    return hasMoved
  }

  /**
   * Fee over all lanes in eighths of the least fee of a payment with as many signatures, capped: more signatures buy no
   * better place, and a token that pays for no payment buys none. Most fees are the same, so the last is kept.
   */
  rank(lanes: bigint, signatures: number): number {
    if (lanes === this.#last.lanes && signatures === this.#last.signatures) return this.#last.rank
    let eighths = 0n
    for (const token of this.#feeTokens) {
      if (!token.accepted) continue
      const units = (lanes >> BigInt(64 * (3 - token.lane))) & LANE_MASK
      const least = token.fees.payment * BigInt(signatures)
      if (units > 0n) eighths += least === 0n ? 8n : (units * 8n) / least
    }
    const rank = eighths < BigInt(RANKS) ? Number(eighths) : RANKS - 1
    this.#last = { lanes, signatures, rank }
    return rank
  }
}

/** Same inputs, same signers, and 9/8 of the fee in every lane. */
export function replaces(next: Pending, old: Pending): boolean {
  if (!sameMembers(inputsOf(next), inputsOf(old))) return false
  if (!sameMembers(recordSigners(next.record), recordSigners(old.record))) return false
  for (let shift = 0n; shift < 256n; shift += 64n) {
    const was = (old.lanes >> shift) & LANE_MASK
    const is = (next.lanes >> shift) & LANE_MASK
    if (is * REPLACEMENT_DENOMINATOR < was * REPLACEMENT_NUMERATOR) return false
  }
  return next.lanes > old.lanes
}

function inputsOf({ record }: Pending): Hash[] {
  return Array.from({ length: inputCount(record) }, (_, i) => toHex(recordInput(record, i)) as Hash)
}

/** Two lists without repetitions that hold the same in any order. */
function sameMembers<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every(member => b.includes(member))
}
