import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { NODE_FLAGS } from '../src/flags.ts'
import { FakeEthereum } from '../test/fake.ts'
import { ownerOf, temporaryDirectory, testNode, until } from '../test/harness.ts'
import { OWNERS, START } from './payments.ts'
import { bareRecoverRate } from './recover.ts'
import { type BenchOptions, type BenchResult, main, missesOf, ratioRow } from './result.ts'

const MEASURE = '--measure'
const PAYMENTS = 120_000
const QUICK_PAYMENTS = 40_000
/** Payments before the clock starts: the machine code of a node that has run for a second. */
const WARM_UP = 300 * OWNERS
const CORES = 2
/** Of the bare libsecp256k1 recover rate on the same cores. */
const BUDGET = 0.6

/** Signed payments over the wire, from another process, to durable blocks: beside the bare recover rate of the same cores. */
export async function run({ quick }: BenchOptions = {}): Promise<BenchResult> {
  const args = [MEASURE, ...(quick ? ['--quick'] : [])]
  const child = fork(fileURLToPath(import.meta.url), args, { execArgv: [...NODE_FLAGS] })
  const exited = once(child, 'exit')
  const [result] = (await Promise.race([once(child, 'message'), exited])) as [BenchResult | number]
  if (typeof result !== 'object' || result === null) throw new Error(`the measurement ended with ${result}`)
  await exited
  return result
}

/** The node's process, with the flags of a node's process. */
async function measure(quick: boolean): Promise<BenchResult> {
  const count = quick ? QUICK_PAYMENTS : PAYMENTS
  const directory = temporaryDirectory()
  const ethereum = new FakeEthereum()
  const coins = Array.from({ length: WARM_UP + count }, (_, i) => ({
    owner: ownerOf((i % OWNERS) + 1),
    amount: START,
  }))
  const ids = ethereum.depositMany(coins)
  const node = await testNode({
    directory: directory.path,
    ethereum,
    settings: {
      workers: CORES,
      'block.intervalMilliseconds': 250,
      'checkpoint.intervalSeconds': 3600,
      'checkpoint.minimumSeconds': 3600,
      'mempool.perOwner': WARM_UP + count,
    },
  })
  try {
    await until(() => node.services.ledger.tip.inboxCursor === BigInt(WARM_UP + count), 'the deposits are in')
    await node.services.store.flush()
    await submitAll(node, ids.slice(0, WARM_UP), WARM_UP)
    const before = await bareRecoverRate(CORES, quick ? 1 : 2)
    const measured = await submitAll(node, ids.slice(WARM_UP), count)
    const after = await bareRecoverRate(CORES, quick ? 1 : 2)
    const peer = (before.perSecond + after.perSecond) / 2
    const peerCpu = (before.cpuMicros + after.cpuMicros) / 2
    const rows = [
      ratioRow('payments submitted over the wire to durable block', measured.perSecond, peer, '/s', BUDGET),
      { label: 'processor time per payment, node', ours: measured.nodeCpu, peer: peerCpu, unit: 'us' },
      { label: 'of it on the main thread', ours: measured.mainCpu, unit: 'us' },
      { label: 'processor time per payment, submitting client', ours: measured.clientCpu, unit: 'us' },
      { label: 'blocks', ours: measured.blocks, unit: '' },
    ]
    const name = `${count.toLocaleString('en')} signed payments, 1 input, 2 outputs, bundles of 1,000`
    return { name, rows, misses: missesOf(rows) }
  } finally {
    await node.close()
    directory.remove()
  }
}

async function submitAll(node: Awaited<ReturnType<typeof testNode>>, ids: readonly string[], count: number) {
  const client = fork(fileURLToPath(new URL('./client.ts', import.meta.url)))
  const bytes = Buffer.concat(ids.map(id => Buffer.from(id.slice(2), 'hex')))
  client.send({ ids: bytes.toString('base64'), url: node.url })
  await once(client, 'message')
  const { store, ledger } = node.services
  const first = store.totalTransactions
  const firstHeight = ledger.tip.height
  const durable = new Promise<void>(resolve => {
    node.services.events.on('block', () => {
      if (store.totalTransactions - first >= count) resolve()
    })
  })
  const cpu = process.cpuUsage()
  const mainCpu = process.threadCpuUsage()
  const start = performance.now()
  client.send('go')
  const [result] = (await once(client, 'message')) as [{ refused: number; cpuMicros: number }]
  if (result.refused > 0) throw new Error(`${result.refused} payments were refused`)
  await durable
  const elapsed = performance.now() - start
  // The tables' share of the work belongs to the payments too.
  await store.flush()
  const { user, system } = process.cpuUsage(cpu)
  const main = process.threadCpuUsage(mainCpu)
  return {
    mainCpu: (main.user + main.system) / count,
    perSecond: (count / elapsed) * 1000,
    nodeCpu: (user + system) / count,
    clientCpu: result.cpuMicros / count,
    blocks: Number(ledger.tip.height - firstHeight),
  }
}

if (process.argv.includes(MEASURE)) {
  process.send!(await measure(process.argv.includes('--quick')))
  process.disconnect()
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
