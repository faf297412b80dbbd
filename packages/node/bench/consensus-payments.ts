import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import {
  type BenchOptions,
  type BenchResult,
  type BenchRow,
  median,
  missesOf,
  ratioRow,
} from '@omg/ledger/bench'
import { MEASURE } from '@omg/ledger/bench/process'
import { descendants, processorMicros, runningProgram } from '@omg/ledger/bench/processor'
import { FakeEthereum } from '../test/fake.ts'
import { ON_COMETBFT, temporaryDirectory, testNode, until } from '../test/harness.ts'
import { KVSTORE_BYTES, KvStore, mainOnCometBft, runOnCometBft, type Turns } from './kvstore.ts'
import { depositAll, ROUND, type Round, runRound } from './payment-rounds.ts'
import { OWNERS } from './payments.ts'

const WORKERS = 2
const ROUNDS = 3
const QUICK_ROUND = 24_000
/** The machine code of a node settles over its first 50,000 payments. */
const WARM_UP = 1
/** Of the peer's turn: about as long as ours. */
const PEER_SECONDS = 5
/** Pause between blocks, of both sides. */
const TIMEOUT_COMMIT_MILLISECONDS = 200
const DEPOSIT_MILLISECONDS = 300_000
/** Of CometBFT's own application, which checks no signature. */
const BUDGET = 1

/** Signed payments over the wire to durable blocks, one validator on CometBFT; peer: CometBFT's own `kvstore` under its own load generator. */
export function run(options: BenchOptions = {}): Promise<BenchResult[]> {
  return runOnCometBft(import.meta.url, options)
}

async function measure(rounds: number, size: number): Promise<BenchResult> {
  const count = size * (WARM_UP + rounds)
  const directory = temporaryDirectory()
  const ethereum = new FakeEthereum()
  const ids = depositAll(ethereum, count)
  const peer = await KvStore.start({
    validators: 1,
    timeoutCommit: TIMEOUT_COMMIT_MILLISECONDS,
  })
  const client = fork(fileURLToPath(new URL('./client.ts', import.meta.url)), { execArgv: [] })
  let node: Awaited<ReturnType<typeof testNode>> | undefined
  try {
    node = await testNode({
      directory: directory.path,
      ethereum,
      settings: {
        ...ON_COMETBFT,
        workers: WORKERS,
        'consensus.timeoutCommitMilliseconds': TIMEOUT_COMMIT_MILLISECONDS,
        'checkpoint.intervalSeconds': 3600,
        'checkpoint.minimumSeconds': 3600,
        'ethereum.pollMilliseconds': 1_000,
        'mempool.perOwner': count,
      },
    })
    const { ledger } = node.services
    client.send({ ids: ids.toString('base64'), url: node.url })
    await once(client, 'message')
    await until(() => ledger.tip.inboxCursor === BigInt(count), 'the deposits are in', DEPOSIT_MILLISECONDS)
    // A node does not hold Ethereum in its memory: the collector would walk it at every turn.
    for (const { deposits } of ethereum.blocks) deposits.length = 0
    for (let round = 0; round < WARM_UP; round++) await runRound(node, client, round, size)
    const running = node
    let round = WARM_UP
    const children = descendants(process.pid)
    const checkers = runningProgram(children, 'signatures')
    const others = new Set([...peer.pids, ...checkers, client.pid])
    const engine = children.filter(pid => !others.has(pid))
    const turns = await peer.turns(rounds, PEER_SECONDS, async () => {
      const before = processorMicros(engine)
      const measured = await runRound(running, client, round++, size)
      return { ...measured, engineCpu: (processorMicros(engine) - before) / size }
    })
    const rows = rowsOf(turns)
    const name =
      `${(size * turns.ours.length).toLocaleString('en')} signed payments of ${OWNERS.toLocaleString('en')} signers, all known to the node, ` +
      `over the wire, one validator on CometBFT; peer: ` +
      `CometBFT's kvstore, ${KVSTORE_BYTES} B from its load generator; state ${ledger.tip.appHash.slice(0, 18)}`
    return { name, rows, misses: missesOf(rows) }
  } finally {
    client.kill()
    await node?.close()
    await peer.stop()
    directory.remove()
  }
}

type Turn = Round & { readonly engineCpu: number }

function rowsOf({ ours, peer, peerCpu, ratio }: Turns<Turn>): BenchRow[] {
  const middle = (pick: (round: Turn) => number) => median(ours.map(pick))
  const label = 'signed payments committed; peer: kvstore, unsigned'
  const row = ratioRow(
    label,
    middle(round => round.perSecond),
    peer,
    '/s',
    BUDGET,
  )
  return [
    { ...row, ratio },
    {
      label: 'processor time, node, client and CometBFT; peer: with its generator',
      ours: middle(round => round.nodeCpu + round.clientCpu + round.engineCpu + round.checkersCpu),
      peer: peerCpu,
      unit: 'us',
    },
    {
      label: 'of it in the programs that check signatures',
      ours: middle(round => round.checkersCpu),
      unit: 'us',
    },
    { label: 'of it in CometBFT', ours: middle(round => round.engineCpu), unit: 'us' },
    { label: 'of it on the main thread of the node', ours: middle(round => round.mainCpu), unit: 'us' },
  ]
}

if (process.argv.includes(MEASURE)) {
  const quick = process.argv.includes('--quick')
  process.send!(await (quick ? measure(1, QUICK_ROUND) : measure(ROUNDS, ROUND)))
  process.disconnect()
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await mainOnCometBft(run)
