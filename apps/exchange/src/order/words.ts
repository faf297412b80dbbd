import type { Order } from '@omg/sdk'
import { priceText } from '../market/format.ts'
import type { Entry } from './journal.ts'

/** Why an order came back, in words. */
export const RELEASES: Readonly<Record<string, string>> = {
  expired: 'its time was over',
  postOnly: 'it would have traded at once, and was post-only',
  selfTrade: 'it met another order of yours',
  minimumFill: 'there was less than its smallest fill',
  immediateOrCancel: 'nobody met its price',
  filled: 'it was filled',
  closed: 'the market closed',
  cancelled: 'you took it back',
}

/** Where something that was just done is, in a sentence. */
export function wordsFor(entry: Entry): { text: string; look: 'good' | 'wait' | 'bad' | 'quiet' } {
  const { deed, state, market, height, filled, lots, back, once, side } = entry
  const size = (count: bigint) => `${market.sizeText(count)} ${market.base.symbol}`
  const block = height === undefined ? '' : ` in block ${height}`
  if (state === 'failed') return { text: entry.problem?.title ?? 'It failed', look: 'bad' }
  if (state === 'signing') return { text: 'Signing…', look: 'wait' }
  if (state === 'sent') return { text: 'Sent. It is in the next block.', look: 'wait' }
  if (deed === 'cancel') return { text: `Cancelled${block}`, look: 'quiet' }
  if (deed === 'amend') return { text: `Changed${block}`, look: 'good' }
  const did = side === 'buy' ? 'Bought' : 'Sold'
  if (filled > 0n) {
    const at = `${did} ${size(filled)} at ${averagePrice(entry)} ${market.quote.symbol}`
    if (filled >= lots) return { text: at, look: 'good' }
    const rest = back === undefined ? 'the rest waits' : `the rest came back: ${RELEASES[back] ?? back}`
    return { text: `${at}; ${rest}`, look: 'good' }
  }
  if (back !== undefined)
    return { text: `Came back: ${RELEASES[back] ?? back}`, look: back === 'cancelled' ? 'quiet' : 'wait' }
  if (once) return { text: `In the book${block}. The next batch decides.`, look: 'wait' }
  return { text: `In the book${block}`, look: 'good' }
}

/** What was paid for one base on average: exact where it is on the grid, else to the tick below. */
function averagePrice({ market, value, filled }: Entry): string {
  const text = priceText(market, value / filled)
  return value % filled === 0n ? text : `about ${text}`
}

/** The type of an order, in a word or two. */
export function kindOf({ terms }: Pick<Order, 'terms'>): string {
  const { triggerKind, postOnly, timeInForce, side } = terms
  if (triggerKind === 'turnAbove' || triggerKind === 'turnBelow') return 'Take profit and stop'
  const isAbove = triggerKind === 'wakeAbove'
  if (triggerKind !== 'none') return isAbove === (side === 'sell') ? 'Take profit' : 'Stop'
  if (postOnly) return 'Post-only'
  return timeInForce === 'goodTillCancel'
    ? 'Limit'
    : timeInForce === 'fillOrKill'
      ? 'All or nothing'
      : 'One batch'
}
