import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BenchOptions, type BenchResult, median, missesOf } from '@omg/ledger/bench'
import { MEASURE } from '@omg/ledger/bench/process'
import { consensusChainId, fromHex } from '@omg/protocol'
import { genesisFile } from '../src/engines/cometbft/genesis.ts'
import { nodeId, nodeSeed, publicKeyOf } from '../src/engines/cometbft/keys.ts'
import { NODE_FLAGS } from '../src/flags.ts'
import { enginePower } from '../src/rootchain/validator-sets.ts'
import { FakeEthereum } from '../test/fake.ts'
import { DOMAIN, keyOf, ON_COMETBFT, ownerOf, temporaryDirectory } from '../test/harness.ts'
import { members, validatorAddress, validatorKey } from '../test/validators.ts'
import type { FourAnswer, FourWork } from './consensus-four.node.ts'
import { freeAddresses, KVSTORE_BYTES, KvStore, mainOnCometBft, runOnCometBft } from './kvstore.ts'
import { depositAll } from './payment-rounds.ts'

const VALIDATORS = 4
/** Every validator checks every signature, all of them on the same cores. */
const WORKERS = 1
const ROUND = 24_000
const QUICK_ROUND = 4_000
const [WARM_UP, ROUNDS] = [1, 3] as const
const PEER_SECONDS = 5
/** Pause between blocks, of both sides. */
const TIMEOUT_COMMIT_MILLISECONDS = 200

/** Signed payments over the wire to blocks of all four validators of a network on this machine; peer: `kvstore` with four. */
export function run(options: BenchOptions = {}): Promise<BenchResult[]> {
  return runOnCometBft(import.meta.url, options)
}

async function measure(size: number): Promise<BenchResult> {
  const count = size * (WARM_UP + ROUNDS)
  const time = BigInt(Math.floor(Date.now() / 1000)) - 1_000n
  const ids = depositAll(new FakeEthereum(time), count)
  const directory = temporaryDirectory()
  const nodes: ChildProcess[] = []
  const client = fork(fileURLToPath(new URL('./client.ts', import.meta.url)), { execArgv: [] })
  let peer: KvStore | undefined
  try {
    peer = await KvStore.start({ validators: VALIDATORS, timeoutCommit: TIMEOUT_COMMIT_MILLISECONDS })
    const url = await startNodes(nodes, await networkOf(directory.path, time, count))
    client.send({ ids: ids.toString('base64'), url })
    await once(client, 'message')
    await all(nodes, 0)
    let made = 0
    const round = async () => {
      const start = performance.now()
      client.send({ from: made, to: made + size })
      const [{ refused }] = (await once(client, 'message')) as [{ refused: number }]
      if (refused > 0) throw new Error(`${refused} payments were refused`)
      made += size
      const answers = await all(nodes, made)
      return { perSecond: (size * 1000) / (performance.now() - start), appHash: agreed(answers) }
    }
    for (let i = 0; i < WARM_UP; i++) await round()
    const { ours, peer: peerRate, ratio } = await peer.turns(ROUNDS, PEER_SECONDS, round)
    const rate = median(ours.map(({ perSecond }) => perSecond))
    const state = ours.at(-1)!.appHash
    const label = 'signed payments in the blocks of all four; peer: kvstore with four, unsigned'
    const rows = [{ label, ours: rate, peer: peerRate, ratio, unit: '/s' }]
    const name =
      `${(size * ours.length).toLocaleString('en')} signed payments over the wire, four validators on one machine; peer: CometBFT's kvstore, ` +
      `${KVSTORE_BYTES} B from its load generator; state ${state.slice(0, 18)}`
    return { name, rows, misses: missesOf(rows) }
  } finally {
    client.kill()
    await Promise.all(nodes.map(node => stopped(node)))
    await peer?.stop()
    directory.remove()
  }
}

/** What each of the validators is told. */
async function networkOf(directory: string, time: bigint, deposits: number): Promise<FourWork[]> {
  const numbers = Array.from({ length: VALIDATORS }, (_, i) => i)
  const set = members(numbers)
  const validators = set.map(member => {
    const number = numbers.find(each => validatorAddress(each) === member.address)!
    const publicKey = publicKeyOf(keyOf(validatorKey(number)))
    return { address: fromHex(member.address), publicKey, power: enginePower(member) }
  })
  const genesis = genesisFile({ chainId: consensusChainId(DOMAIN), time, validators })
  const p2p = await freeAddresses(VALIDATORS)
  const peers = numbers.map(i => `${nodeId(nodeSeed(keyOf(validatorKey(i))))}@${p2p[i]}`)
  return numbers.map(i => ({
    directory: join(directory, `validator-${i}`),
    settings: {
      ...ON_COMETBFT,
      workers: WORKERS,
      'validator.key': keyOf(validatorKey(i)),
      'consensus.genesis': genesis,
      'consensus.p2pListen': p2p[i]!,
      'consensus.peers': peers.filter((_, other) => other !== i),
      'consensus.timeoutCommitMilliseconds': TIMEOUT_COMMIT_MILLISECONDS,
      'fees.recipients': [{ owner: ownerOf(98), weight: 1n }],
      'checkpoint.intervalSeconds': 3600,
      'checkpoint.minimumSeconds': 3600,
      'checkpoint.submit': false,
      'ethereum.pollMilliseconds': 1_000,
      'mempool.perOwner': deposits,
    },
    ...{ validators: set, time, deposits },
  }))
}

/** Starts them, and tells where the first of them listens. */
async function startNodes(nodes: ChildProcess[], works: readonly FourWork[]): Promise<string> {
  for (const work of works) {
    const program = fileURLToPath(new URL('./consensus-four.node.ts', import.meta.url))
    const node = fork(program, { execArgv: [...NODE_FLAGS], serialization: 'advanced' })
    node.send(work)
    nodes.push(node)
  }
  const answers = await Promise.all(nodes.map(answerOf))
  return answers[0]!.url
}

/** Settles when all of them have so many transactions in blocks. */
function all(nodes: readonly ChildProcess[], transactions: number): Promise<FourAnswer[]> {
  return Promise.all(
    nodes.map(node => {
      node.send(transactions)
      return answerOf(node)
    }),
  )
}

async function answerOf(node: ChildProcess): Promise<FourAnswer> {
  const gone = new AbortController()
  const ended = once(node, 'exit', { signal: gone.signal }).then(([code]) => {
    throw new Error(`a validator ended with ${code}`)
  })
  ended.catch(() => {})
  try {
    const [answer] = await Promise.race([once(node, 'message'), ended])
    return answer as FourAnswer
  } finally {
    gone.abort()
  }
}

/** The state of all; throws where they differ. */
function agreed(answers: readonly FourAnswer[]): string {
  const states = new Set(answers.map(({ appHash }) => appHash))
  if (states.size > 1) throw new Error(`the validators differ: ${[...states].join(', ')}`)
  return answers[0]!.appHash
}

async function stopped(node: ChildProcess): Promise<void> {
  if (node.exitCode !== null || node.signalCode !== null) return
  const exited = once(node, 'exit')
  // It closes its node, and CometBFT with it.
  if (node.connected) node.disconnect()
  await exited
}

if (process.argv.includes(MEASURE)) {
  process.send!(await measure(process.argv.includes('--quick') ? QUICK_ROUND : ROUND))
  process.disconnect()
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await mainOnCometBft(run)
