import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Book, clearBatch, FLAG, type OrderRef } from '@omg/exchange'
import { fastKeccak256 } from '@omg/ledger'
import {
  type BenchOptions,
  type BenchResult,
  main,
  median,
  missesOf,
  ratioRow,
  threadSeconds,
} from '@omg/ledger/bench'
import { installKeccak256 } from '@omg/protocol'
import { OrderBook as HftBook } from 'hft-limit-order-book'
import { OrderBook as NodejsBook } from 'nodejs-order-book'
import { CONTEXT, MARKET, OWNER_BYTES, OWNERS, randomNumbers, spreadBytes, stateHash } from './orders.ts'

installKeccak256(fastKeccak256)

const OPERATIONS = 400_000
/** Operations of one block, a second of the design load: then a batch matches what the peers match one by one. */
const BLOCK_OPERATIONS = 50_000
const RATE_BUDGET = 10
const RESTING_ORDERS = 100_000
const MEMORY_BUDGET = '<= 0.2'
const MIDDLE = 50_000

type Kind = 'add' | 'cancel' | 'reduce'

/** One line of the operation file, in the form that each book takes. */
interface Operation {
  readonly kind: Kind
  readonly number: number
  readonly id: string
  readonly side: 'buy' | 'sell'
  readonly price: number
  readonly size: number
}

/** A book that runs operations, and says how many matched lots it has seen. */
interface Contender {
  run(operations: readonly Operation[]): void
  state(): unknown
}

/** Placing, cancelling, reducing and matching, beside two order books from npm on the same operations; and memory. */
export async function run({ quick }: BenchOptions = {}): Promise<BenchResult> {
  const operations = mixedOperations(quick ? OPERATIONS / 8 : OPERATIONS)
  const guards = guardsOf(operations)
  const rate = (start: () => Contender) => {
    const states: unknown[] = []
    // The first run warms up.
    const runs = Array.from({ length: quick ? 2 : 4 }, () => {
      const contender = start()
      const time = threadSeconds(() => contender.run(operations))
      states.push(contender.state())
      return time
    })
    return { rate: operations.length / median(runs.slice(1)), state: states[0] }
  }
  const ours = rate(() => batchBook(guards))
  const nodejs = rate(() => peerBook(new NodejsBook() as unknown as PeerBook))
  const hft = rate(() => peerBook(new HftBook() as unknown as PeerBook))
  const resting = restingOperations(RESTING_ORDERS)
  const restingGuards = guardsOf(resting)
  const memory = {
    ours: bytesEach(() => batchBook(restingGuards), resting),
    nodejs: bytesEach(() => peerBook(new NodejsBook() as unknown as PeerBook), resting),
    hft: bytesEach(() => peerBook(new HftBook() as unknown as PeerBook), resting),
  }
  const unit = 'operations/s'
  const bytes = (peer: number, name: string) => ({
    label: `memory of a live order; peer: ${name}`,
    ours: memory.ours,
    peer,
    ratio: memory.ours / peer,
    unit: 'bytes',
    budget: MEMORY_BUDGET,
  })
  const rows = [
    ratioRow('mixed operations; peer: nodejs-order-book', ours.rate, nodejs.rate, unit, RATE_BUDGET),
    ratioRow('mixed operations; peer: hft-limit-order-book', ours.rate, hft.rate, unit, RATE_BUDGET),
    bytes(memory.nodejs, 'nodejs-order-book'),
    bytes(memory.hft, 'hft-limit-order-book'),
  ]
  return {
    name:
      `${operations.length.toLocaleString('en')} book operations, a batch every ${BLOCK_OPERATIONS.toLocaleString('en')}, ` +
      `state ${stateHash(ours.state)}, operations ${stateHash([operations.length, operations.at(-1)])}`,
    rows,
    misses: missesOf(rows),
  }
}

/** Six in ten place an order, three cancel one, one reduces one; one in six orders would trade at once. */
function mixedOperations(count: number): Operation[] {
  const random = randomNumbers(7)
  const kinds: Kind[] = ['add', 'add', 'add', 'add', 'add', 'add', 'cancel', 'cancel', 'cancel', 'reduce']
  let added = 0
  return Array.from({ length: count }, () => {
    const kind = added < 100 ? 'add' : kinds[random(10)]!
    const number = kind === 'add' ? added++ : Math.max(0, added - 1 - random(20_000))
    const side = random(2) === 1 ? 'sell' : 'buy'
    const distance = random(300) - 50
    const price = MIDDLE + (side === 'sell' ? distance : -distance)
    return { kind, number, id: `order-${number}`, side, price, size: 1 + random(1000) }
  })
}

/** Orders that do not cross, so that all of them stay. */
function restingOperations(count: number): Operation[] {
  const random = randomNumbers(9)
  return Array.from({ length: count }, (_, number) => {
    const side = random(2) === 1 ? 'sell' : 'buy'
    const distance = 1 + random(2000)
    const price = MIDDLE + (side === 'sell' ? distance : -distance)
    return { kind: 'add', number, id: `order-${number}`, side, price, size: 1 + random(1000) }
  })
}

/** The guards of all orders of the file, one after the other. */
function guardsOf(operations: readonly Operation[]): Uint8Array {
  const last = operations.reduce((most, { number }) => Math.max(most, number), 0)
  return spreadBytes(operations.length, 32 * (last + 1))
}

/** Ours: operations change the book, a batch at the end of each block matches. */
function batchBook(guards: Uint8Array): Contender {
  const book = new Book(MARKET)
  let height = 2
  let index = 0
  let lots = 0
  const apply = ({ kind, number, side, price, size }: Operation) => {
    if (kind === 'add') {
      book.insert({
        guard: guards,
        guardAt: 32 * number,
        owner: OWNER_BYTES,
        ownerAt: 20 * (number % OWNERS),
        flags: side === 'sell' ? FLAG.sell : 0,
        limit: price,
        lots: size,
        height,
        checkpoint: height,
        path: index++,
        maxFeeBps: 100,
        minFill: 0,
        expiry: 0,
        triggerPrice: 0,
        triggerLimit: 0,
      })
      return
    }
    const ref = book.findBytes(guards, 32 * number)
    if (ref === undefined) return
    if (kind === 'cancel') book.remove(ref)
    else book.reduce(ref, book.lotsOf(ref) >> 1)
  }
  return {
    run(operations) {
      for (let from = 0; from < operations.length; from += BLOCK_OPERATIONS) {
        const end = Math.min(from + BLOCK_OPERATIONS, operations.length)
        for (let i = from; i < end; i++) apply(operations[i]!)
        height++
        index = 0
        const batch = clearBatch(book, {
          ...CONTEXT,
          height: BigInt(height),
          unspendable: new Set<OrderRef>(),
        })
        book.apply(batch)
        lots += batch.volume
      }
    },
    state: () => ({ live: book.size, lots, best: [book.best('buy'), book.best('sell')] }),
  }
}

/** What both packages from npm have in common. */
interface PeerBook {
  limit(options: { id: string; side: 'buy' | 'sell'; size: number; price: number }): unknown
  cancel(id: string): unknown
  modify(id: string, update: { size: number }): unknown
  order(id: string): { size: number } | undefined
}

/** Theirs: an order matches as it comes. */
function peerBook(book: PeerBook): Contender {
  const apply = ({ kind, id, side, price, size }: Operation) => {
    if (kind === 'add') book.limit({ id, side, size, price })
    else if (kind === 'cancel') book.cancel(id)
    else {
      const order = book.order(id)
      if (order) book.modify(id, { size: order.size - (order.size >> 1) })
    }
  }
  return {
    run(operations) {
      for (const operation of operations) apply(operation)
    },
    state: () => undefined,
  }
}

/** Bytes that a resting order takes, all in. The operations themselves are counted on neither side. */
function bytesEach(start: () => Contender, operations: readonly Operation[]): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = () => {
    for (let i = 0; i < 4; i++) collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = used()
  const contender = start()
  contender.run(operations)
  const bytes = used() - before
  // Keeps the book alive until it was measured.
  contender.state()
  return bytes / operations.length
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
