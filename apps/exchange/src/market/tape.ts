import type { Reading } from '../data/channel.ts'
import { rowsFrom, type Trade, tradeFrom } from '../data/read.ts'

/** Trades that the tape keeps. */
const KEPT = 200

/** Follows a `trades:` channel: the newest first. */
export const TAPE: Reading<readonly Trade[]> = {
  snapshot: data => rowsFrom(data, tradeFrom).slice(0, KEPT),
  update: (trades, data) => [tradeFrom(data), ...trades].slice(0, KEPT),
}

/** Which side came to a batch for it: more lots of takers' buys than of their sells, or the other way; none if orders that stood met. */
export function takersSide({ takerBuyLots, takerSellLots }: Trade): 'buy' | 'sell' | undefined {
  if (takerBuyLots === takerSellLots) return undefined
  return takerBuyLots > takerSellLots ? 'buy' : 'sell'
}
