import type { Hash } from '@omg/protocol'
import { ByteWriter, type ColumnSource, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer'
import { indexerError } from '../errors.ts'
import { tapeOf } from '../query/markets.ts'
import type { TradeRow } from '../store/tables.ts'
import type { IndexerView } from './view.ts'

/** Exports that run at once. */
export const MAX_EXPORTS = 8
/** Trades of one row group of a Parquet file: they are in memory together. */
export const ROW_GROUP_ROWS = 10_000

const COLUMNS = ['height', 'time', 'price', 'lots', 'value', 'takerBuyLots', 'takerSellLots'] as const
const running = new WeakMap<IndexerView, number>()

/** How trades become a file, part by part; a part may be empty. */
interface Encoder {
  page(rows: readonly TradeRow[]): Uint8Array
  end(): Uint8Array
}

const FORMATS = {
  csv: { media: 'text/csv; charset=utf-8', encoder: csv },
  parquet: { media: 'application/vnd.apache.parquet', encoder: parquet },
} as const

/**
 * The tape as a file, written as fast as the client reads: one page of rows, or one row group, is in memory at a time.
 * Errors (thrown): `request.limit` where too many exports run.
 */
export function exportTape(
  view: IndexerView,
  market: Hash,
  { format, ...range }: { format: keyof typeof FORMATS; from: bigint; to?: bigint | undefined },
): Response {
  const count = running.get(view) ?? 0
  if (count >= MAX_EXPORTS) throw indexerError('request.limit', `${MAX_EXPORTS} exports are running`)
  running.set(view, count + 1)
  const { media, encoder } = FORMATS[format]
  const parts = partsOf(tapeOf(view.reader, market, range), encoder(market))
  let open = true
  const end = () => {
    if (open) running.set(view, running.get(view)! - 1)
    open = false
  }
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const part = await parts.next()
        if (!part.done) return controller.enqueue(part.value)
        end()
        controller.close()
      } catch (error) {
        end()
        controller.error(error)
      }
    },
    async cancel() {
      end()
      await parts.return(undefined)
    },
  })
  const disposition = `attachment; filename="trades-${market.slice(2, 10)}.${format}"`
  return new Response(body, { headers: { 'content-type': media, 'content-disposition': disposition } })
}

async function* partsOf(
  pages: AsyncIterable<readonly TradeRow[]>,
  encoder: Encoder,
): AsyncGenerator<Uint8Array> {
  for await (const rows of pages) {
    const part = encoder.page(rows)
    if (part.length > 0) yield part
  }
  yield encoder.end()
}

/** All columns are integers: nothing needs quotes. */
function csv(): Encoder {
  const encoder = new TextEncoder()
  let header = `${COLUMNS.join(',')}\n`
  const lines = (rows: readonly TradeRow[]) => {
    const text = rows.map(row => `${COLUMNS.map(column => row[column]).join(',')}\n`).join('')
    const part = encoder.encode(header + text)
    header = ''
    return part
  }
  return { page: lines, end: () => lines([]) }
}

/** Sums of the chain that are not bounded by 63 bits; as decimal strings, because a Parquet reader knows no longer integer. */
const LONG_COLUMNS: ReadonlySet<string> = new Set(['value'])

function parquet(market: Hash): Encoder {
  const writer = new ByteWriter()
  const file = new ParquetWriter({
    writer,
    schema: schemaFromColumnData({ columnData: columnsOf([]) }),
    kvMetadata: [{ key: 'market', value: market }],
    createdBy: 'omg-indexer',
  })
  let rows: TradeRow[] = []
  /** What was written since; offsets in the file go on. */
  const taken = () => {
    const part = writer.getBytes().slice()
    writer.index = 0
    return part
  }
  const writeGroup = () => {
    if (rows.length > 0) file.write({ columnData: columnsOf(rows), rowGroupSize: rows.length })
    rows = []
  }
  return {
    page(page) {
      rows.push(...page)
      if (rows.length >= ROW_GROUP_ROWS) writeGroup()
      return taken()
    },
    end() {
      writeGroup()
      file.finish()
      return taken()
    },
  }
}

function columnsOf(rows: readonly TradeRow[]): ColumnSource[] {
  return COLUMNS.map(name =>
    LONG_COLUMNS.has(name)
      ? { name, type: 'STRING', nullable: false, data: rows.map(row => String(row[name])) }
      : { name, type: 'INT64', nullable: false, data: rows.map(row => row[name]) },
  )
}
