import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type BenchOptions, type BenchResult, median, missesOf, ratioRow } from '@omg/ledger/bench'
import { STEPS } from '@omg/ledger/bench/orders'
import { MEASURE } from '@omg/ledger/bench/process'
import { FakeEthereum } from '../test/fake.ts'
import { ON_COMETBFT, type TestNode, temporaryDirectory } from '../test/harness.ts'
import { KVSTORE_BYTES, KvStore, mainOnCometBft, runOnCometBft } from './kvstore.ts'
import { Commits, fullRound, PREPARING_PHASES, prepare, tradingNode } from './order-rounds.ts'

const TRADERS = 4_000
/** Rounds, the first of which warm the machine code up. */
const [WARM_UP, ROUNDS] = [3, 5] as const
const PEER_SECONDS = 3
/** Pause between blocks, of both sides. */
const TIMEOUT_COMMIT_MILLISECONDS = 200
/** Of CometBFT's own application, which checks no signature. */
const BUDGET = 3

/** Order operations, sixteen to a signature, over the wire to durable blocks, one validator on CometBFT; peer: CometBFT's own `kvstore`. */
export function run(options: BenchOptions = {}): Promise<BenchResult[]> {
  return runOnCometBft(import.meta.url, options)
}

async function measure(traders: number): Promise<BenchResult> {
  const directory = temporaryDirectory()
  const ethereum = new FakeEthereum()
  const peer = await KvStore.start({ validators: 1, timeoutCommit: TIMEOUT_COMMIT_MILLISECONDS })
  const client = fork(fileURLToPath(new URL('./latency.client.ts', import.meta.url)), { execArgv: [] })
  let node: TestNode | undefined
  try {
    node = await tradingNode(directory.path, ethereum, {
      ...ON_COMETBFT,
      'consensus.timeoutCommitMilliseconds': TIMEOUT_COMMIT_MILLISECONDS,
    })
    const commits = new Commits(node)
    await prepare(node, ethereum, client, traders, WARM_UP + ROUNDS)
    for (let round = 0; round < WARM_UP; round++) await fullRound(client, commits, PREPARING_PHASES + round)
    const [ours, peers, ratios]: [number[], number[], number[]] = [[], [await peer.round(PEER_SECONDS)], []]
    for (let round = 0; round < ROUNDS; round++) {
      const steps = STEPS * (await fullRound(client, commits, PREPARING_PHASES + WARM_UP + round))
      peers.push(await peer.round(PEER_SECONDS))
      ours.push(steps)
      // Its turns before and after ours: other work on the machine falls on both.
      ratios.push((2 * steps) / (peers.at(-1)! + peers.at(-2)!))
    }
    const label = 'order operations committed; peer: kvstore, unsigned'
    const row = ratioRow(label, median(ours), median(peers), '/s', BUDGET)
    const rows = [{ ...row, ratio: median(ratios) }]
    const { appHash } = node.services.ledger.tip
    const name =
      `rounds of ${(STEPS * traders).toLocaleString('en')} order operations, ${STEPS} to a signature, over the wire, one validator on CometBFT; ` +
      `peer: CometBFT's kvstore, ${KVSTORE_BYTES} B from its load generator; state ${appHash.slice(0, 18)}`
    return { name, rows, misses: missesOf(rows) }
  } finally {
    client.kill()
    await node?.close()
    await peer.stop()
    directory.remove()
  }
}

if (process.argv.includes(MEASURE)) {
  process.send!(await measure(process.argv.includes('--quick') ? TRADERS / 10 : TRADERS))
  process.disconnect()
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await mainOnCometBft(run)
