/** The highest price in ticks, and the largest size in lots. */
export const MAX_TICK = 0xffff_ffff
export const MAX_LOTS = 0xffff_ffff
/** Live orders of one market: any sum of their lots stays below 2^53 and so is exact in a double. */
export const MAX_BOOK_ORDERS = 2 ** 20
/** Inputs of one SETTLE. */
export const MAX_SETTLEMENT_FILLS = 16
/** Rounds in which one order with an unmet minimum is dropped; then all orders with a minimum are. */
export const MAX_MINIMUM_FILL_ROUNDS = 8
/** A whole, in hundredths of a percent. */
export const WHOLE_BPS = 10_000n
