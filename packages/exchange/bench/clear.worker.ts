// A worker of the batch benchmark: holds the books of its markets, clears them when asked, answers with the results.
import { parentPort, workerData } from 'node:worker_threads'
import { clearBatch, type OrderRef } from '@omg/exchange'
import { CONTEXT, ordinaryBook } from './orders.ts'

const { seeds, orders } = workerData as { seeds: number[]; orders: number }
const books = seeds.map(seed => ({ seed, book: ordinaryBook(orders, seed) }))
const context = { ...CONTEXT, unspendable: new Set<OrderRef>() }

const clear = () =>
  books.map(({ seed, book }) => {
    const { price, volume, rationing, buys, sells, settlements } = clearBatch(book, context)
    return [seed, [price, volume, rationing, buys.length, sells.length, settlements.length]]
  })

parentPort!.on('message', (times: number) => {
  for (let i = 1; i < times; i++) clear()
  parentPort!.postMessage(clear())
})
parentPort!.postMessage('ready')
