import { type BookOrder, candles as candlesOf, isAsleep, tickOf } from '@omg/exchange'
import {
  createMapPool,
  ENTRY_BYTES,
  Ledger,
  type MapPool,
  NO_LOCKED_OUTPUTS,
  readEntry,
  saveUnspent,
} from '@omg/ledger'
import { type OutputId, toHex } from '@omg/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Replica } from '../src/chain/replica.ts'
import { openStore, type Store } from '../src/store/database.ts'
import { type ExecutedBlock, Pending } from '../src/store/pending.ts'
import { loadLedger, loadMarkets, readState } from '../src/store/state.ts'
import { writePending } from '../src/store/writer.ts'
import {
  EXCHANGE_PARAMETERS,
  exchangeAt,
  fastExchange,
  MARKET,
  SEASONING_PARAMETERS,
  tellTradingStory,
} from './market.ts'

const BLOCKS = 60

describe('trading', () => {
  const chain = fastExchange()
  let pool: MapPool
  let store: Store
  const executed: ExecutedBlock[] = []

  beforeAll(async () => {
    tellTradingStory(chain, BLOCKS)
    pool = createMapPool({ domain: EXCHANGE_PARAMETERS.domain, workers: 0 })
    store = await openStore('memory:')
    const replica = new Replica(new Ledger(EXCHANGE_PARAMETERS), pool)
    for (const block of chain.blocks) executed.push(await run(replica, block))
    await write(executed.slice(0, 20), replica.ledger as Ledger)
    await write(executed.slice(20, 41), replica.ledger as Ledger)
    await write(executed.slice(41), replica.ledger as Ledger)
  })
  afterAll(async () => {
    await store.close()
    await pool.close()
  })

  async function run(replica: Replica, bytes: Uint8Array): Promise<ExecutedBlock> {
    const prepared = replica.prepare(bytes, replica.ledger.tip.height + 1n)
    if (!prepared.ok) throw prepared.error
    const { origin, originTime } = prepared.value.block
    const result = await replica.execute(prepared.value, {
      exchange: exchangeAt(origin, originTime),
      locked: NO_LOCKED_OUTPUTS,
    })
    if (!result.ok) throw result.error
    return result.value
  }

  async function write(blocks: readonly ExecutedBlock[], ledger: Ledger): Promise<void> {
    const pending = new Pending(EXCHANGE_PARAMETERS.feeTokens, await loadMarkets(store.reader))
    for (const block of blocks) pending.add(block)
    const height = blocks.at(-1)!.execution.block.height
    await writePending(store.writer, pending, {
      height,
      parameters: { ledger: EXCHANGE_PARAMETERS, seasoning: SEASONING_PARAMETERS },
      state: ledger.save(),
    })
  }

  test('the story has everything that can happen to an order', async () => {
    const statuses = await store.reader
      .selectFrom('orders')
      .select(['status', 'release'])
      .distinct()
      .execute()
    const seen = new Set(statuses.map(({ status, release }) => `${status} ${release ?? ''}`.trim()))
    const usual = ['open', 'filled', 'cancelled', 'amended']
    const released = ['immediateOrCancel', 'minimumFill', 'postOnly', 'expired', 'selfTrade']
    for (const status of [...usual, ...released.map(reason => `released ${reason}`)])
      expect(seen).toContain(status)
    const cut = executed.some(({ effect }) =>
      effect.transactions.some(({ made }) => made.some(({ id }) => spentIn(effect).has(id))),
    )
    expect(cut).toBe(true)
  })

  test('what MOVE and SETTLE make is what the ledger made', () => {
    for (const { effect, execution } of executed) {
      const spent = spentIn(effect)
      const made = [...effect.deposits, ...effect.transactions.flatMap(each => each.made)]
      const left = made
        .filter(({ id }) => !spent.has(id))
        .map(({ id, output, position }) => ({ id, output, position }))
      const created = Array.from({ length: execution.created.length / ENTRY_BYTES }, (_, i) => {
        const { id, output, position } = readEntry(execution.created, i * ENTRY_BYTES)
        return { id, output, position }
      })
      expect(sorted(left)).toEqual(sorted(created))
      const own = new Set<OutputId>(made.map(({ id }) => id))
      const old = [...spent].filter(id => !own.has(id as OutputId)).sort()
      const removed = Array.from({ length: execution.spent.length / 32 }, (_, i) =>
        toHex(execution.spent.subarray(32 * i, 32 * i + 32)),
      )
      expect(old).toEqual(removed.sort())
    }
  })

  test('the live outputs, orders and book are those of the ledger', async () => {
    const live = await store.reader
      .selectFrom('outputs')
      .select('id')
      .where('spentHeight', 'is', null)
      .execute()
    const [, ...chunks] = saveUnspent(chain.ledger.unspent)
    expect(live).toHaveLength(chunks.reduce((sum, { length }) => sum + length / ENTRY_BYTES, 0))
    const orders = await store.reader
      .selectFrom('orders')
      .select(['guard', 'remaining', 'position'])
      .where('closedHeight', 'is', null)
      .execute()
    const expected = [...chain.ledger.orders.live(MARKET.id)].map(({ order }) => ({
      ...{ guard: order.guard, remaining: BigInt(order.lots), position: order.position },
    }))
    const byGuard = <T extends { guard: string }>(list: T[]) =>
      list.sort((a, b) => (a.guard < b.guard ? -1 : 1))
    expect(byGuard(orders)).toEqual(byGuard(expected))
    expect(expected.length).toBeGreaterThan(5)
    const book = await store.reader.selectFrom('book').selectAll().orderBy('side').orderBy('tick').execute()
    expect(book).toEqual(levelsOf(standing(chain.ledger)))
  })

  test('every order accounts for its lots, and fills add up to trades, both sides alike', async () => {
    const orders = await store.reader.selectFrom('orders').selectAll().execute()
    const fills = await store.reader.selectFrom('fills').selectAll().execute()
    const trades = await store.reader.selectFrom('trades').selectAll().orderBy('height').execute()
    expect(trades.length).toBeGreaterThan(10)
    for (const order of orders) {
      const own = fills.filter(fill => fill.guard === order.guard && fill.orderHeight === order.height)
      expect(order.filled).toBe(own.reduce((sum, { lots }) => sum + lots, 0n))
      expect(order.value).toBe(own.reduce((sum, { value }) => sum + value, 0n))
      expect(order.filled + order.remaining).toBeLessThanOrEqual(order.lots)
      if (order.status === 'filled') expect(order.remaining).toBe(0n)
    }
    for (const trade of trades) {
      for (const side of ['buy', 'sell']) {
        const own = fills.filter(fill => fill.height === trade.height && fill.side === side)
        expect(own.reduce((sum, { lots }) => sum + lots, 0n)).toBe(trade.lots)
        expect(own.reduce((sum, { value }) => sum + value, 0n)).toBe(trade.value)
      }
    }
    expect(fills.some(({ fee }) => fee > 0n)).toBe(true)
  })

  test('candles of all lengths are those of the trades', async () => {
    const trades = await store.reader.selectFrom('trades').selectAll().orderBy('height').execute()
    const plain = trades.map(({ time, price, lots }) => ({ time, price: Number(price), lots: Number(lots) }))
    for (const interval of ['1s', '5s', '1m', '1d'] as const) {
      const rows = await store.reader
        .selectFrom('candles')
        .selectAll()
        .where('interval', '=', interval)
        .orderBy('start')
        .execute()
      const shown = rows.map(({ market: _, interval: __, ...row }) => ({
        ...{ start: row.start, lots: row.lots, value: row.value, trades: Number(row.trades) },
        ...{ open: Number(row.open), high: Number(row.high), low: Number(row.low), close: Number(row.close) },
      }))
      expect(shown).toEqual(candlesOf(interval, plain))
    }
  })

  test('the changes of levels add up to the book after each block', () => {
    const levels = new Map<string, number>()
    for (const { orders } of executed) {
      for (const { side, tick, lots } of orders.levels) {
        const key = `${side} ${tick}`
        levels.set(key, (levels.get(key) ?? 0) + lots)
      }
    }
    const left = [...levels].filter(([, lots]) => lots !== 0).sort()
    const expected = levelsOf(standing(chain.ledger)).map(
      ({ side, tick, lots }) => [`${side} ${tick}`, Number(lots)] as const,
    )
    expect(left).toEqual([...expected].sort())
  })

  test('a ledger loaded from the rows stands where the chain stands', async () => {
    const saved = (await readState(store.reader))!
    const ledger = await loadLedger(store.reader, saved)
    expect(toHex(ledger.save())).toBe(toHex(chain.ledger.save()))
    expect(ledger.orders.hash).toBe(chain.ledger.orders.hash)
  })
})

function standing({ orders }: Ledger): BookOrder[] {
  return [...orders.live(MARKET.id)].flatMap(({ order, release }) => (release === undefined ? [order] : []))
}

function spentIn({ transactions }: ExecutedBlock['effect']): Set<string> {
  return new Set<string>(transactions.flatMap(({ spent }) => spent.map(({ id }) => id)))
}

function sorted<T extends { id: string }>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function levelsOf(orders: Iterable<BookOrder>) {
  const levels = new Map<
    string,
    { market: string; side: string; tick: bigint; lots: bigint; orders: bigint }
  >()
  for (const order of orders) {
    if (isAsleep(order)) continue
    const key = `${order.side} ${tickOf(order)}`
    const { lots = 0n, orders: count = 0n } = levels.get(key) ?? {}
    const level = { market: MARKET.id, side: order.side, tick: BigInt(tickOf(order)) }
    levels.set(key, { ...level, lots: lots + BigInt(order.lots), orders: count + 1n })
  }
  return [...levels.values()].sort((a, b) =>
    a.side === b.side ? Number(a.tick - b.tick) : a.side < b.side ? -1 : 1,
  )
}
