import { OmgError } from '@omg/protocol'

/** Every error code of this package, with what to do about it. */
export const EXCHANGE_ERRORS = {
  'order.market': 'Name the market by its id; this order is for another one, or for none.',
  'order.limit': 'Set the limit to a price of 1 to 2^32 - 1 ticks.',
  'order.size':
    'Choose an amount that makes at least the minimum size of the market, and at most 2^32 - 1 lots.',
  'order.trigger': 'Set the trigger price, and the limit after it, to 1 to 2^32 - 1 ticks.',
  'order.duplicate': 'Change the nonce of the terms; a live order has this guard already.',
  'book.full': 'Wait until orders leave the book; it holds 2^20 of them at most.',
  'book.snapshot': 'Use another snapshot; this one is damaged, of another market, or of another version.',
  'candle.interval': 'Use one of the intervals that docs/auction.md lists.',
} as const

export type ExchangeErrorCode = keyof typeof EXCHANGE_ERRORS

/** An error of this package, with the action that belongs to its code. */
export function exchangeError(code: ExchangeErrorCode, message: string): OmgError {
  return new OmgError(code, message, EXCHANGE_ERRORS[code])
}
