import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { descendants, processorMicros, runningProgram } from '@omg/ledger/bench/processor'
import type { FakeEthereum } from '../test/fake.ts'
import { ownerOf, type TestNode } from '../test/harness.ts'
import { OWNERS, START } from './payments.ts'

/** Payments of one round: half a dozen seconds, so that the last block and flush, for which all cores wait, are a small part. */
export const ROUND = 96_000

/** A coin for each payment. Returns their ids, 32 bytes each. */
export function depositAll(ethereum: FakeEthereum, count: number): Buffer {
  const coins = Array.from({ length: count }, (_, i) => ({ owner: ownerOf((i % OWNERS) + 1), amount: START }))
  return Buffer.concat(ethereum.depositMany(coins).map(id => Buffer.from(id.slice(2), 'hex')))
}

export interface Round {
  perSecond: number
  /** Microseconds per payment. */
  nodeCpu: number
  mainCpu: number
  clientCpu: number
  /** Of the programs that check signatures. */
  checkersCpu: number
}

/** From the first byte posted until all payments of the round are in synced blocks and the tables have followed. */
export async function runRound(
  node: TestNode,
  client: ChildProcess,
  round: number,
  size = ROUND,
): Promise<Round> {
  const { store, events } = node.services
  const target = store.totalTransactions + size
  const durable = new Promise<void>(resolve => {
    const onBlock = () => {
      if (store.totalTransactions < target) return
      events.off('block', onBlock)
      resolve()
    }
    events.on('block', onBlock)
  })
  const checkers = runningProgram(descendants(process.pid), 'signatures')
  const checkersBefore = processorMicros(checkers)
  const cpu = process.cpuUsage()
  const mainCpu = process.threadCpuUsage()
  const start = performance.now()
  client.send({ from: size * round, to: size * (round + 1) })
  const [answer] = (await once(client, 'message')) as [{ refused: number; cpuMicros: number }]
  if (answer.refused > 0) throw new Error(`${answer.refused} payments were refused`)
  await durable
  await store.flush()
  const elapsed = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  const main = process.threadCpuUsage(mainCpu)
  return {
    perSecond: (size / elapsed) * 1000,
    nodeCpu: (user + system) / size,
    mainCpu: (main.user + main.system) / size,
    clientCpu: answer.cpuMicros / size,
    checkersCpu: (processorMicros(checkers) - checkersBefore) / size,
  }
}
