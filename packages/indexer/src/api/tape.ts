import type { Hash } from '@omg/protocol'
import { indexerError } from '../errors.ts'
import { tapeOf } from '../query/markets.ts'
import type { TradeRow } from '../store/tables.ts'
import type { IndexerView } from './view.ts'

/** Exports that run at once. */
export const MAX_EXPORTS = 8

const COLUMNS = ['height', 'time', 'price', 'lots', 'value', 'takerBuyLots', 'takerSellLots'] as const
const running = new WeakMap<IndexerView, number>()

/**
 * The tape as CSV, written as fast as the client reads: one page of rows is in memory at a time.
 * Errors (thrown): `request.limit` where too many exports run.
 */
export function exportTape(
  view: IndexerView,
  market: Hash,
  range: { readonly from: bigint; readonly to?: bigint | undefined },
): Response {
  const count = running.get(view) ?? 0
  if (count >= MAX_EXPORTS) throw indexerError('request.limit', `${MAX_EXPORTS} exports are running`)
  running.set(view, count + 1)
  const pages = tapeOf(view.reader, market, range)
  const encoder = new TextEncoder()
  let open = true
  const end = () => {
    if (open) running.set(view, running.get(view)! - 1)
    open = false
  }
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(`${COLUMNS.join(',')}\n`))
    },
    async pull(controller) {
      try {
        const page = await pages.next()
        if (!page.done) return controller.enqueue(encoder.encode(page.value.map(lineOf).join('')))
        end()
        controller.close()
      } catch (error) {
        end()
        controller.error(error)
      }
    },
    async cancel() {
      end()
      await pages.return(undefined)
    },
  })
  const disposition = `attachment; filename="trades-${market.slice(2, 10)}.csv"`
  return new Response(body, {
    headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': disposition },
  })
}

/** All columns are integers: nothing needs quotes. */
function lineOf(row: TradeRow): string {
  return `${COLUMNS.map(column => row[column]).join(',')}\n`
}
