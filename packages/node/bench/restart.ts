import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type BenchOptions, type BenchResult, main, missesOf } from '@omg/ledger/bench'
import { FakeEthereum } from '../test/fake.ts'
import { ownerOf, temporaryDirectory, testNode, until } from '../test/harness.ts'
import { OWNERS, START } from './payments.ts'

const OUTPUTS = 1_000_000
const QUICK_OUTPUTS = 100_000
const BATCH = 100_000
const MEASURE = '--measure'
/** Blocks that a restart may look at again: none after a clean stop. */
const REPLAYED = '<= 0'

/** Starts a node on a large state: how long, and that no block of the chain is read again. */
export async function run({ quick }: BenchOptions = {}): Promise<BenchResult> {
  const count = quick ? QUICK_OUTPUTS : OUTPUTS
  const directory = temporaryDirectory()
  try {
    const ethereum = new FakeEthereum(1_700_000_000n)
    const owners = Array.from({ length: OWNERS }, (_, i) => ownerOf(i + 1))
    const node = await testNode({ directory: directory.path, ethereum })
    for (let made = 0; made < count; made += BATCH) {
      ethereum.depositMany(
        Array.from({ length: BATCH }, (_, i) => ({ owner: owners[i % OWNERS]!, amount: START })),
      )
      await until(
        () => node.services.ledger.tip.inboxCursor === BigInt(made + BATCH),
        'the deposits are in',
        600_000,
      )
    }
    const built = node.services.ledger.tip
    await node.close()
    const child = fork(fileURLToPath(import.meta.url), [MEASURE, directory.path])
    const [measured] = (await once(child, 'message')) as [Measured]
    if (measured.appHash !== built.appHash || measured.outputs !== count)
      throw new Error('the restarted node differs')
    const rows = [
      { label: 'from start to answering requests', ours: measured.seconds, unit: 's' },
      { label: 'blocks of the chain read again', ours: measured.replayed, unit: '', budget: REPLAYED },
      { label: 'blocks of the chain', ours: Number(built.height), unit: '' },
      { label: 'resident memory', ours: measured.residentMiB, unit: 'MiB' },
    ]
    const name = `restart at ${count.toLocaleString('en')} unspent outputs`
    return { name, rows, misses: missesOf(rows) }
  } finally {
    directory.remove()
  }
}

interface Measured {
  seconds: number
  replayed: number
  outputs: number
  appHash: string
  residentMiB: number
}

async function measure(directory: string): Promise<Measured> {
  const ethereum = new FakeEthereum(1_700_000_000n)
  ethereum.down = true
  const start = performance.now()
  const node = await testNode({ directory, ethereum })
  await node.call('omg_status')
  const seconds = (performance.now() - start) / 1000
  const { ledger } = node.services
  const measured = {
    seconds,
    replayed: node.recovery.blocks,
    outputs: ledger.unspent.size,
    appHash: ledger.tip.appHash,
    residentMiB: process.memoryUsage().rss / 2 ** 20,
  }
  await node.close()
  return measured
}

if (process.argv[2] === MEASURE) {
  process.send!(await measure(process.argv[3]!))
  process.disconnect()
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
