/** The multiple of a block whose predecessors were not full: fees are what is voted. Parts per million. */
export const CONGESTION_ONE = 1_000_000n
/** At most an eighth, 12.5 %, up or down in one block (EIP-1559). */
const STEP = 8n

/**
 * The multiple of the next block, in parts per million: unchanged after a block of exactly `target` bytes, an eighth more after one
 * of twice that and above, an eighth less after an empty one. Never below one, so never below what is voted, and never above `maximum`.
 */
export function multipleAfter(
  multiple: bigint,
  used: bigint,
  { target, maximum }: { readonly target: bigint; readonly maximum: bigint },
): bigint {
  const counted = used > 2n * target ? 2n * target : used
  const change = (multiple * (counted > target ? counted - target : target - counted)) / (target * STEP)
  // As in EIP-1559, what is above target raises the fee by one part at least.
  const next = counted > target ? multiple + (change > 0n ? change : 1n) : multiple - change
  return next < CONGESTION_ONE ? CONGESTION_ONE : next > maximum ? maximum : next
}

/** What is due of a voted fee, rounded up. */
export function congested(voted: bigint, multiple: bigint): bigint {
  return (voted * multiple + CONGESTION_ONE - 1n) / CONGESTION_ONE
}
