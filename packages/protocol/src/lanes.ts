import { fail, ok, protocolError, type Result } from './error.ts'
import { LANE_COUNT, MAX_U64 } from './limits.ts'

/** Fees of four tokens, each in the lane unit of its token. */
export type LaneAmounts = readonly [bigint, bigint, bigint, bigint]

/** Four u64 in one word, lane 0 most significant. Throws `encoding.range`. */
export function packLanes(lanes: LaneAmounts): bigint {
  let packed = 0n
  for (const lane of lanes) {
    if (lane < 0n || lane > MAX_U64) throw protocolError('encoding.range', `${lane} does not fit a fee lane`)
    packed = (packed << 64n) | lane
  }
  return packed
}

/** The four lanes of a word. */
export function unpackLanes(packed: bigint): LaneAmounts {
  return [packed >> 192n, (packed >> 128n) & MAX_U64, (packed >> 64n) & MAX_U64, packed & MAX_U64]
}

/** Adds lane by lane. Errors: `lanes.overflow`; an overflowing sum is malformed, never wrapped (A21). */
export function addLanes(a: bigint, b: bigint): Result<bigint> {
  if (a === 0n) return ok(b)
  if (b === 0n) return ok(a)
  for (let lane = 0; lane < LANE_COUNT; lane++) {
    const shift = BigInt(64 * lane)
    if (((a >> shift) & MAX_U64) + ((b >> shift) & MAX_U64) > MAX_U64) {
      return fail(protocolError('lanes.overflow', `lane ${LANE_COUNT - 1 - lane} overflows`))
    }
  }
  return ok(a + b)
}
