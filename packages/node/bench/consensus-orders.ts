import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type BenchOptions, type BenchResult, median, missesOf, ratioRow } from '@omg/ledger/bench'
import { STEPS } from '@omg/ledger/bench/orders'
import { MEASURE } from '@omg/ledger/bench/process'
import { FakeEthereum } from '../test/fake.ts'
import { ON_COMETBFT, type TestNode, temporaryDirectory } from '../test/harness.ts'
import { KVSTORE_BYTES, KvStore, mainOnCometBft, runOnCometBft } from './kvstore.ts'
import { Commits, fullRound, PREPARING_PHASES, prepare, tradingNode } from './order-rounds.ts'

/** A round lasts about as long as a turn of the peer. More than 5,000 would fill the book. */
const TRADERS = 4_000
/** Rounds, the first of which warm the machine code up. */
const [WARM_UP, ROUNDS] = [2, 5] as const
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
    let phase = PREPARING_PHASES
    const turn = () => fullRound(client, commits, phase++)
    for (let round = 0; round < WARM_UP; round++) await turn()
    const { ours, peer: peerRate, ratio } = await peer.turns(ROUNDS, PEER_SECONDS, turn)
    const middle = (pick: (each: (typeof ours)[number]) => number) => median(ours.map(pick))
    const label = 'order operations committed; peer: kvstore, unsigned'
    const row = ratioRow(
      label,
      middle(({ perSecond }) => perSecond),
      peerRate,
      '/s',
      BUDGET,
    )
    const rows = [
      { ...row, ratio },
      {
        label: 'processor time per operation, node, without CometBFT',
        ours: middle(({ nodeCpu }) => nodeCpu),
        unit: 'us',
      },
      { label: 'of it on the main thread', ours: middle(({ mainCpu }) => mainCpu), unit: 'us' },
    ]
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
