import { hash } from '@omg/protocol'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { insertRows, openStore } from '../store/database.ts'
import type { TradeRow } from '../store/tables.ts'
import { exportTape, MAX_EXPORTS, ROW_GROUP_ROWS } from './tape.ts'
import type { IndexerView } from './view.ts'

const MARKET = hash(`0x${'5e'.repeat(32)}`)
const LARGEST = 2n ** 63n - 1n

test('a tape of several row groups is read back as it was, up to the largest integers', async () => {
  const store = await openStore('memory:')
  const trades = Array.from({ length: ROW_GROUP_ROWS + 500 }, (_, i): TradeRow => {
    const height = BigInt(i + 1)
    const sizes = { price: 2n ** 32n - 1n, lots: LARGEST - height, takerBuyLots: height, takerSellLots: 0n }
    return { market: MARKET, height, time: LARGEST - height, value: 10n ** 59n + height, ...sizes }
  })
  await insertRows(store.writer, 'trades', trades)
  const view = { reader: store.reader } as IndexerView
  const file = await exportTape(view, MARKET, { format: 'parquet', from: 0n }).arrayBuffer()
  expect(parquetMetadata(file).row_groups.map(({ num_rows }) => num_rows)).toEqual(
    [ROW_GROUP_ROWS, 500].map(BigInt),
  )
  const rows = await parquetReadObjects({ file })
  expect(rows).toEqual(trades.map(({ market: _, value, ...row }) => ({ ...row, value: String(value) })))
  await store.close()
})

test('so many exports run at once, and one that is given up makes room', async () => {
  const store = await openStore('memory:')
  const view = { reader: store.reader } as IndexerView
  const start = (format: 'csv' | 'parquet') => exportTape(view, MARKET, { format, from: 0n })
  const running = Array.from({ length: MAX_EXPORTS }, (_, i) => start(i % 2 === 0 ? 'csv' : 'parquet'))
  expect(() => start('parquet')).toThrow(expect.objectContaining({ code: 'request.limit' }))
  await running[0]!.body!.cancel()
  expect(await running[1]!.arrayBuffer()).toBeInstanceOf(ArrayBuffer)
  const [again, last] = [start('parquet'), start('csv')]
  expect(await last.text()).toBe('height,time,price,lots,value,takerBuyLots,takerSellLots\n')
  await Promise.all([again, ...running.slice(2)].map(({ body }) => body!.cancel()))
  await store.close()
})
