import type { CandleInterval } from '@omg/exchange'
import type { Market } from '@omg/sdk'
import { useCallback, useEffect, useRef, useState } from 'react'
import { follow } from '../data/channel.ts'
import { useNetwork } from '../data/network.ts'
import type { Candle } from '../data/read.ts'
import { CANDLES, MAX_CANDLES, withNewer, withOlder } from './candles.ts'

/** Candles of one page of history. */
const PAGE_ROWS = 500

export interface CandleHistory {
  /** The oldest first; undefined until the first are here. */
  readonly rows: readonly Candle[] | undefined
  /** Asks for older ones; does nothing while some are on their way, or where there are none. */
  readonly loadOlder: () => void
}

/** The candles of a market, as they come, and as far back as one scrolls. */
export function useCandles(market: Market, interval: CandleInterval): CandleHistory {
  const { indexer } = useNetwork()
  const key = `candles:${market.id}:${interval}`
  const [held, setHeld] = useState<{ key: string; rows: readonly Candle[] }>()
  const history = useRef({ rows: [] as readonly Candle[], complete: true, busy: false })

  useEffect(() => {
    if (!indexer) return
    history.current = { rows: [], complete: true, busy: false }
    const { current } = history
    return follow(indexer, key, CANDLES, ({ rows, complete }) => {
      // After a long absence there may be candles between the old ones and the snapshot: then it begins anew.
      const joins =
        current.rows.length > 0 && rows[0] !== undefined && rows[0].start <= current.rows.at(-1)!.start
      if (!joins) current.complete = complete
      current.rows = joins ? withNewer(current.rows, rows) : rows
      setHeld({ key, rows: current.rows })
    })
  }, [indexer, key])

  const loadOlder = useCallback(() => {
    const { current } = history
    const oldest = current.rows[0]
    if (!indexer || !oldest || current.busy || current.complete || current.rows.length >= MAX_CANDLES) return
    current.busy = true
    indexer.candles(market.id, { interval, to: oldest.start - 1n, limit: PAGE_ROWS }).then(
      ({ items, next }) => {
        current.busy = false
        current.complete = next === undefined
        current.rows = withOlder(current.rows, items)
        if (history.current === current) setHeld({ key, rows: current.rows })
      },
      (error: Error) => {
        current.busy = false
        console.warn(error.message)
      },
    )
  }, [indexer, market.id, interval, key])

  return { rows: held?.key === key ? held?.rows : undefined, loadOlder }
}
