import { Worker } from 'node:worker_threads'
import { type Batch, Book, type BookOrder, type Case, clearBatch, market, type OrderRef } from '@omg/exchange'
import { type Guard, type Hash, type Position, toHex } from '@omg/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { account, PARAMETERS } from './chain.fixture.ts'
import { ClearingHouse, type Helper } from './clearing.house.ts'
import { ClearingRound, helpClear } from './clearing.round.ts'
import { fastKeccak256 } from './keccak.ts'
import { createMapPool } from './map.pool.ts'
import { MARKET_TERMS } from './order/market.fixture.ts'

const HEIGHT = 9n
/** Long enough for any thread of a busy machine; where a wait is meant to end without an answer, a moment. */
const [ANY, MOMENT] = [120_000, 5] as const
/** Of tests that wait for threads to start. */
const PATIENCE = 180_000

/** Books of different sizes, in which about half of the orders cross. */
function cases(markets: number, height = HEIGHT): Case[] {
  return Array.from({ length: markets }, (_, m) => {
    const book = new Book(market({ ...MARKET_TERMS, minimumSize: BigInt(m + 2) }))
    for (let i = 0; i < 20 + 7 * m; i++) expect(book.add(orderOf(100 * m + i)).ok).toBe(true)
    const unspendable = new Set(m === 1 ? [book.refs()[3]!] : [])
    const previousAppHash = `0x${'5a'.repeat(32)}` as Hash
    const context = { height, originTime: 1000n, previousAppHash, lastPrice: m ? 100 : undefined }
    return { book, context: { ...context, makerBps: 1, takerBps: 2, unspendable } }
  })
}

function orderOf(i: number): BookOrder {
  const hash = fastKeccak256(Uint8Array.of(i >> 8, i & 255))
  return {
    guard: toHex(hash) as Guard,
    owner: account(i % 5).address,
    side: hash[0]! & 1 ? 'sell' : 'buy',
    limit: 95 + (hash[1]! % 10),
    lots: 1 + hash[2]!,
    height: HEIGHT - 1n - BigInt(hash[3]! & 1),
    position: ((1n << 64n) | BigInt(256 * i)) as Position,
    ...{
      maxFeeBps: 100,
      expiryKind: 'never',
      expiry: 0n,
      minFill: i % 11 === 0 ? 9 : 0,
      triggerKind: 'none',
    },
    timeInForce: i % 7 === 0 ? 'immediateOrCancel' : 'goodTillCancel',
    selfTradePrevention: (['expireMaker', 'expireTaker', 'expireBoth', 'decrement'] as const)[i % 4]!,
    ...{ postOnly: i % 13 === 0, triggerPrice: 0, triggerLimit: 0, triggered: false, acted: false },
  }
}

const alone = (all: readonly Case[]): Batch[] => all.map(({ book, context }) => clearBatch(book, context))
const houseOf = (helpers: readonly Helper[], patience: number = ANY) =>
  new ClearingHouse({ helpers, patience: () => patience, sharedOrders: 1 })

/** A thread that takes the first market before anybody else can, and does something to it. */
const taking =
  (act: (round: ClearingRound) => void): Helper =>
  memory => {
    const round = new ClearingRound(memory)
    expect(round.take(0)).toBe(true)
    act(round)
  }

test('without helpers, with helpers who clear everything, and with one who comes late: the same batches', () => {
  const all = cases(5)
  const expected = alone(all)
  expect(new ClearingHouse().clear(all)).toEqual(expected)
  const eager = houseOf([helpClear])
  for (let round = 1; round <= 3; round++) {
    expect(eager.clear(all)).toEqual(expected)
    expect(eager.helped).toBe(5 * round)
  }
  expect(eager.clear(cases(9))).toEqual(alone(cases(9)))
  const memories: SharedArrayBuffer[] = []
  const late = houseOf([memory => void memories.push(memory)])
  expect(late.clear(all)).toEqual(expected)
  for (const memory of memories) helpClear(memory)
  expect(late.clear(all)).toEqual(expected)
  expect([late.helped, memories[1]]).toEqual([0, memories[0]])
})

test('small books, and a book alone, are not shared; nor is any once the house is closed', () => {
  const told: SharedArrayBuffer[] = []
  const tell: Helper = memory => void told.push(memory)
  const all = cases(3)
  new ClearingHouse({ helpers: [tell], sharedOrders: 35 }).clear(all.slice(0, 2))
  houseOf([tell]).clear(all.slice(0, 1))
  houseOf([tell]).clear([])
  const closed = houseOf([tell])
  closed.close()
  closed.clear(all)
  expect(told).toEqual([])
  new ClearingHouse({ helpers: [tell, tell], sharedOrders: 34 }).clear(all)
  expect(new ClearingRound(told[0]!).count).toBe(1)
  expect(told.length).toBe(1)
})

test('a helper who takes a market and says nothing costs a moment; what he says later reaches nobody', () => {
  const all = cases(4)
  const expected = alone(all)
  const rounds: ClearingRound[] = []
  const house = houseOf([taking(round => void rounds.push(round))], MOMENT)
  expect(house.clear(all)).toEqual(expected)
  const next = cases(4, HEIGHT + 1n)
  expect(house.clear(next)).toEqual(alone(next))
  // Both rounds are still his; no other has their memory.
  expect(rounds[1]!.memory).not.toBe(rounds[0]!.memory)
  for (const round of rounds) round.clear(0)
  expect(house.clear(all)).toEqual(expected)
  expect(house.helped).toBe(0)
})

test('a helper who fails leaves the market to the main thread at once', () => {
  const all = cases(3)
  const house = houseOf([
    taking(round => {
      // The parcel says that an order comes from the future: the engine refuses it.
      const words = new Int32Array(round.memory)
      new Float64Array(round.memory, 4 * words[3]!)[0] = 1
      round.clear(0)
    }),
  ])
  expect(house.clear(all)).toEqual(alone(all))
  expect(house.helped).toBe(0)
})

test('garbage in an outcome is found out, wherever it is, and the market is cleared again', () => {
  const all = cases(2)
  const expected = alone(all)
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 0xffff_ffff }), (at, xor) => {
      let changed = false
      const house = houseOf([
        taking(round => {
          round.clear(0)
          const words = new Int32Array(round.memory)
          const outcome = words[4]!
          const length = words[outcome + 1]!
          words[outcome + (at % length)]! ^= xor
          changed = true
        }),
      ])
      expect(house.clear(all)).toEqual(expected)
      expect([changed, house.helped]).toEqual([true, 0])
    }),
    { numRuns: 200 },
  )
})

test('an error of the auction itself is thrown as without helpers', () => {
  const all = cases(3, HEIGHT - 1n)
  for (const helpers of [[], [helpClear]]) {
    expect(() => houseOf(helpers).clear(all)).toThrow(/an order of block/)
  }
})

test(
  'a thread that is killed with a market in its hands costs nothing but a moment',
  async () => {
    const source = new URL('./clearing.round.ts', import.meta.url).href
    const program = `
    import { parentPort, workerData } from 'node:worker_threads'
    const { ClearingRound } = await import(${JSON.stringify(source)})
    parentPort.on('message', memory => {
      if (!new ClearingRound(memory).take(0)) throw new Error('somebody was faster')
      Atomics.store(workerData, 0, 1)
      Atomics.notify(workerData, 0)
      for (;;);
    })
    parentPort.postMessage('ready')`
    const taken = new Int32Array(new SharedArrayBuffer(4))
    const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`)
    const worker = new Worker(url, { workerData: taken })
    try {
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
      const house = houseOf(
        [
          memory => {
            worker.postMessage(memory)
            expect(Atomics.wait(taken, 0, 0, ANY)).not.toBe('timed-out')
            void worker.terminate()
          },
        ],
        MOMENT,
      )
      const all = cases(6)
      expect(house.clear(all)).toEqual(alone(all))
      expect(house.helped).toBe(0)
    } finally {
      await worker.terminate()
    }
  },
  PATIENCE,
)

test(
  'workers of a pool clear what they can, and a pool that closes in between goes on clearing',
  async () => {
    const pool = createMapPool({
      ...{ domain: PARAMETERS.domain, workers: 2 },
      clearing: { sharedOrders: 1, patience: () => ANY },
    })
    const all = cases(8)
    const expected = alone(all)
    try {
      // Until both threads are up this one clears everything.
      while (pool.clearedByWorkers === 0) {
        expect(pool.clear(all)).toEqual(expected)
        await new Promise(resolve => setImmediate(resolve))
      }
      const closing = pool.close()
      expect(pool.clear(all)).toEqual(expected)
      await closing
      expect(pool.clear(all)).toEqual(expected)
    } finally {
      await pool.close()
    }
  },
  PATIENCE,
)

test('what is cleared from a parcel names the orders of the book', () => {
  const [one] = cases(1)
  const guards = (refs: readonly { order: OrderRef }[]) => refs.map(({ order }) => one!.book.guardOf(order))
  const [batch] = houseOf([helpClear]).clear([one!, one!])
  expect(guards(batch!.buys)).toEqual(guards(alone([one!])[0]!.buys))
})
