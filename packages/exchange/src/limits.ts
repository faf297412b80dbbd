/** The highest price in ticks, and the largest size in lots. */
export const MAX_TICK = 0xffff_ffff
export const MAX_LOTS = 0xffff_ffff
/** Live orders of one market: any sum of their lots stays below 2^53 and so is exact in a double. */
export const MAX_BOOK_ORDERS = 2 ** 20
/** Inputs of one SETTLE. */
export const MAX_SETTLEMENT_FILLS = 16
/** Rounds in which orders with an unmet minimum leave, half of them each: so the largest block comes down to the one that can be met. */
export const MINIMUM_ROUNDS = 20
/** A whole, in hundredths of a percent. */
export const WHOLE_BPS = 10_000n
