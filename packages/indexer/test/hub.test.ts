import { createMapPool, Ledger, type MapPool } from '@omg/ledger'
import { account } from '@omg/ledger/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Replica } from '../src/chain/replica.ts'
import { openStore, type Store } from '../src/store/database.ts'
import { type ExecutedBlock, Pending } from '../src/store/pending.ts'
import { loadMarkets } from '../src/store/state.ts'
import { writePending } from '../src/store/writer.ts'
import { Hub } from '../src/stream/hub.ts'
import {
  EXCHANGE_PARAMETERS,
  exchangeAt,
  fastExchange,
  MARKET,
  SEASONING_PARAMETERS,
  tellTradingStory,
} from './market.ts'

const chain = fastExchange()
tellTradingStory(chain, 10)
let pool: MapPool
let store: Store
beforeAll(async () => {
  pool = createMapPool({ domain: EXCHANGE_PARAMETERS.domain, workers: 0 })
  store = await openStore('memory:')
})
afterAll(async () => {
  await store.close()
  await pool.close()
})

test('a block is told before its rows are written, and who comes in between misses nothing', async () => {
  const replica = new Replica(new Ledger(EXCHANGE_PARAMETERS), pool)
  const hub = await Hub.open(store, replica.ledger)
  const execute = async (i: number): Promise<ExecutedBlock> => {
    const prepared = replica.prepare(chain.blocks[i]!, BigInt(i + 1))
    if (!prepared.ok) throw prepared.error
    const { origin, originTime } = prepared.value.block
    const view = { exchange: exchangeAt(origin, originTime), locked: { size: 0, blocks: () => false } }
    const executed = await replica.execute(prepared.value, view)
    if (!executed.ok) throw executed.error
    return executed.value
  }
  const write = async (block: ExecutedBlock) => {
    const pending = new Pending(EXCHANGE_PARAMETERS.feeTokens, await loadMarkets(store.reader))
    pending.add(block)
    const state = replica.ledger.save()
    const parameters = { ledger: EXCHANGE_PARAMETERS, seasoning: SEASONING_PARAMETERS }
    await writePending(store.writer, pending, { height: block.execution.block.height, parameters, state })
  }
  const listen = (...channels: string[]) => {
    const heard: { type: string; channel: string; sequence: string }[] = []
    const subscriber = { send: (text: string) => void heard.push(JSON.parse(text)) }
    const done = Promise.all(channels.map(channel => hub.subscribe(subscriber, channel, undefined)))
    return { done, of: (channel: string) => heard.filter(message => message.channel === channel) }
  }
  const first = await execute(0)
  hub.tell([first])
  await write(first)
  await hub.publish([first])

  const [owner, book] = [`owner:${account(2).address}`, `book:${MARKET.id}`]
  const channels = ['blocks', owner, book]
  const early = listen(...channels)
  await early.done
  for (let i = 1; i < chain.height; i++) {
    const sequence = String(i + 1)
    const block = await execute(i)
    hub.tell([block])
    expect(early.of('blocks').at(-1)).toMatchObject({ type: 'update', sequence })
    const between = listen(...channels)
    await new Promise(resolve => setImmediate(resolve))
    // The book is in memory; what is in the database waits for it.
    expect(between.of(book)).toMatchObject([{ type: 'snapshot', sequence }])
    expect(between.of('blocks')).toEqual([])
    await write(block)
    await hub.publish([block])
    await between.done
    expect(between.of('blocks')).toMatchObject([{ type: 'snapshot', sequence }])
    expect(between.of(owner)).toMatchObject([{ type: 'snapshot', sequence }])
  }
  expect(early.of('blocks').map(({ sequence }) => sequence)).toEqual(
    chain.blocks.map((_, i) => String(i + 1)),
  )
})
