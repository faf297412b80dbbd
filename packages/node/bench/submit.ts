import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type BenchOptions, type BenchResult, main, median, missesOf, ratioRow } from '@omg/ledger/bench'
import { MEASURE, measureApart } from '@omg/ledger/bench/process'
import { NODE_FLAGS } from '../src/flags.ts'
import { FakeEthereum } from '../test/fake.ts'
import { temporaryDirectory, testNode, until } from '../test/harness.ts'
import { depositAll, ROUND, type Round, runRound } from './payment-rounds.ts'
import { OWNERS } from './payments.ts'
import { bareRecoverRate } from './recover.ts'

const CORES = 2
/** Rounds before the first that counts: the machine code of a node settles over its first 50,000 payments. */
const WARM_UP = 1
const ROUNDS = 3
const QUICK_ROUNDS = 1
/** The peer's turn before and after each round: other work on the machine falls on both. */
const PEER_SECONDS = 1.5
/** Of the bare libsecp256k1 recover rate on the same cores. */
const BUDGET = 0.6

/** Signed payments over the wire, from another process, to durable blocks: beside the bare recover rate of the same cores. */
export function run(options: BenchOptions = {}): Promise<BenchResult> {
  return measureApart(import.meta.url, NODE_FLAGS, options)
}

/** The node's process, with the flags of a node's process. */
async function measure(rounds: number): Promise<BenchResult> {
  const count = ROUND * (WARM_UP + rounds)
  const directory = temporaryDirectory()
  const ethereum = new FakeEthereum()
  const ids = depositAll(ethereum, count)
  const node = await testNode({
    directory: directory.path,
    ethereum,
    settings: {
      workers: CORES,
      'block.intervalMilliseconds': 200,
      'checkpoint.intervalSeconds': 3600,
      'checkpoint.minimumSeconds': 3600,
      'ethereum.pollMilliseconds': 1_000,
      'mempool.perOwner': count,
    },
  })
  const client = fork(fileURLToPath(new URL('./client.ts', import.meta.url)), { execArgv: [] })
  try {
    client.send({ ids: ids.toString('base64'), url: node.url })
    await once(client, 'message')
    await until(() => node.services.ledger.tip.inboxCursor === BigInt(count), 'the deposits are in')
    // A node does not hold Ethereum in its memory: the collector would walk it at every turn.
    for (const { deposits } of ethereum.blocks) deposits.length = 0
    for (let round = 0; round < WARM_UP; round++) await runRound(node, client, round)
    const peers = [await bareRecoverRate(CORES, PEER_SECONDS)]
    const measured: Round[] = []
    for (let round = 0; round < rounds; round++) {
      measured.push(await runRound(node, client, WARM_UP + round))
      peers.push(await bareRecoverRate(CORES, PEER_SECONDS))
    }
    return resultOf(measured, peers)
  } finally {
    client.kill()
    await node.close()
    directory.remove()
  }
}

const totalCpu = ({ nodeCpu, clientCpu, checkersCpu }: Round) => nodeCpu + clientCpu + checkersCpu

function resultOf(
  rounds: readonly Round[],
  peers: Awaited<ReturnType<typeof bareRecoverRate>>[],
): BenchResult {
  const beside = (i: number, pick: (peer: (typeof peers)[number]) => number) =>
    (pick(peers[i]!) + pick(peers[i + 1]!)) / 2
  const rates = rounds.map(({ perSecond }, i) => perSecond / beside(i, peer => peer.perSecond))
  const cpus = rounds.map((round, i) => beside(i, peer => peer.cpuMicros) / totalCpu(round))
  const middle = (pick: (round: Round) => number) => median(rounds.map(pick))
  const peer = median(peers.map(({ perSecond }) => perSecond))
  const peerCpu = median(peers.map(({ cpuMicros }) => cpuMicros))
  const rows = [
    {
      ...ratioRow(
        'payments over the wire to durable blocks',
        middle(round => round.perSecond),
        peer,
        '/s',
        BUDGET,
      ),
      ratio: median(rates),
    },
    {
      label: 'processor time per payment, node and client',
      ours: middle(totalCpu),
      peer: peerCpu,
      ratio: median(cpus),
      unit: 'us',
    },
    { label: 'of it on the main thread of the node', ours: middle(round => round.mainCpu), unit: 'us' },
    {
      label: 'of it in the programs that check signatures',
      ours: middle(round => round.checkersCpu),
      unit: 'us',
    },
    { label: 'of it in the client', ours: middle(round => round.clientCpu), unit: 'us' },
  ]
  const count = (ROUND * rounds.length).toLocaleString('en')
  const signers = OWNERS.toLocaleString('en')
  const name = `${count} signed payments (1 input, 2 outputs) of ${signers} signers, all known to the node, in bundles of 1,000; peer: bare ecdsaRecover on ${CORES} threads`
  return { name, rows, misses: missesOf(rows) }
}

if (process.argv.includes(MEASURE)) {
  process.send!(await measure(process.argv.includes('--quick') ? QUICK_ROUNDS : ROUNDS))
  process.disconnect()
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await main(run)
