import type { Dict } from 'ccxt'

/** How long an order stands, in CCXT's words. */
export function timeInForceOf({ postOnly, timeInForce }: Dict): string {
  if (postOnly === true) return 'PO'
  if (timeInForce === 'immediateOrCancel') return 'IOC'
  return timeInForce === 'fillOrKill' ? 'FOK' : 'GTC'
}

/** Ends of an order that is not filled. */
export const CANCELED = ['canceled', 'expired', 'rejected']

/** What the chain gives an order back for, in CCXT's words. */
const RELEASED: Readonly<Record<string, string>> = {
  expired: 'expired',
  postOnly: 'rejected',
  filled: 'closed',
}

/** An order that waits to go back trades no more: it is what it will be. */
export function statusOf({ status, release }: Dict): string {
  if (status === 'filled') return 'closed'
  if (status === 'open' && release === null) return 'open'
  if (status === 'open' || status === 'released') return RELEASED[release] ?? 'canceled'
  return 'canceled'
}
