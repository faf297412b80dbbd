import { market } from '@omg/exchange'
import { type Amount, type OutputId, orderGuard, type Position, toHex } from '@omg/protocol'
import { type Account, account } from '../src/chain.fixture.ts'
import { writeEntry } from '../src/entry.ts'
import { fastKeccak256 } from '../src/keccak.ts'
import { exchangeOf, MARKET_TERMS, order } from '../src/order/market.fixture.ts'
import { StandingOrder } from '../src/order/standing.ts'
import { holdingRecord } from '../src/order/store.ts'
import type { ExchangeView, ListedMarket, OrderRecord } from '../src/types.ts'
import { UnspentSet } from '../src/unspent.ts'

const MIDDLE = 50_000
const OWNERS = 500

/** Markets whose books stand already: what a ledger starts from, without a signature for any order. */
export interface StandingLoad {
  readonly exchange: ExchangeView
  readonly unspent: UnspentSet
  readonly orders: readonly OrderRecord[]
}

/**
 * Books of so many orders each. Most do not cross; one in eight stands at any price around the middle, as what came with the last block
 * does. Owners stand on one side, as most do.
 */
export function standingLoad(markets: number, ordersOfEach: number): StandingLoad {
  const listed: ListedMarket[] = Array.from({ length: markets }, (_, i) => ({
    ...market({ ...MARKET_TERMS, minimumSize: 1n + BigInt(i) }),
    state: 'active',
  }))
  const owners = Array.from({ length: OWNERS }, (_, i) => account(i + 1))
  const unspent = new UnspentSet()
  const orders: OrderRecord[] = []
  const random = randomNumbers(ordersOfEach)
  for (let i = 0; i < ordersOfEach; i++) {
    for (const where of listed) {
      const number = orders.length
      const side = random(2) === 0 ? 'buy' : 'sell'
      const owner = owners[2 * random(OWNERS / 2) + (side === 'buy' ? 0 : 1)]!
      const { record, entry } = standing(number, where, owner, side, random)
      orders.push(record)
      unspent.addAt(entry, 0)
    }
  }
  return { exchange: exchangeOf(listed, () => true), unspent, orders }
}

function standing(
  number: number,
  where: ListedMarket,
  owner: Account,
  side: 'buy' | 'sell',
  random: (below: number) => number,
) {
  const distance = random(8) === 0 ? random(500) - 250 : 1 + Math.floor((random(1000) * random(1000)) / 500)
  const lots = 10 + random(1000)
  const { terms, output } = order(
    owner,
    side,
    MIDDLE + (side === 'sell' ? distance : -distance),
    { lots },
    where,
  )
  const id = toHex(
    fastKeccak256(Uint8Array.from([7, number & 255, (number >> 8) & 255, number >> 16])),
  ) as OutputId
  const position = ((1n << 64n) | BigInt(number << 8)) as Position
  const guard = orderGuard(terms)
  const marks = { lots, triggered: false, acted: false, release: undefined }
  const live = new StandingOrder(guard, terms, id, marks, { height: 0n, position })
  const amount = output.amount as Amount
  return {
    record: holdingRecord(guard, { terms, references: 0, live }),
    entry: writeEntry({ id, output: { ...output, token: output.token, amount }, position, height: 0n }),
  }
}

/** A generator of numbers that are the same in every run (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b_79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor(((t ^ (t >>> 14)) >>> 0) * 2 ** -32 * below)
  }
}
