import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { consensusChainId } from '@omg/protocol'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ENGINE_BLOCK_BYTES, engineBlockBytes, genesisFile } from '../src/engines/cometbft/genesis.ts'
import { publicKeyOf, validatorOf } from '../src/engines/cometbft/keys.ts'
import { findCometBft } from '../src/engines/cometbft/program.ts'
import { SignerService } from '../src/signer/service.ts'
import { FakeEthereum } from './fake.ts'
import {
  DEPLOYMENT,
  DOMAIN,
  FEE,
  keyOf,
  ON_COMETBFT,
  ownerOf,
  pay,
  type TestNode,
  temporaryDirectory,
  testNode,
  until,
  VALIDATOR,
} from './harness.ts'

vi.setConfig({ testTimeout: 300_000 })

const START = BigInt(Math.floor(Date.now() / 1000)) - 1_000n
/** From the second block on it may hold less. */
const UPGRADE = { height: '2', parameters: { transactions: 2, bytes: 1_048_576 } }
/** One checkpoint, so that what Ethereum does beside it changes nothing. The chain is upgraded on its way. */
const QUIET = {
  'checkpoint.intervalSeconds': 3_600,
  'checkpoint.minimumSeconds': 3_600,
  'consensus.upgrades': [UPGRADE],
}

let directory: ReturnType<typeof temporaryDirectory>
beforeEach(() => {
  directory = temporaryDirectory()
})
afterEach(() => directory.remove())

interface Story {
  /** Of each block, in order. */
  appHashes: string[]
  times: bigint[]
}

/** A deposit and five payments, one a block, on an Ethereum of its own. Its clock tells the time that a block shall have. */
async function story(settings: object, clock?: (height: bigint) => bigint): Promise<Story> {
  const ethereum = new FakeEthereum(START)
  let node: TestNode | undefined
  const validatorSet = { id: 1n, validators: [{ address: ownerOf(VALIDATOR), power: 1n }] }
  const now = clock && (() => clock((node?.services.ledger.tip.height ?? 0n) + 1n))
  const place = temporaryDirectory()
  try {
    const coin = ethereum.deposit(ownerOf(1), 10n ** 18n)
    const rootChain = { source: (cursor: string | undefined) => ethereum.sourceFrom(cursor), validatorSet }
    const options = { directory: place.path, ethereum, settings: { ...QUIET, ...settings }, rootChain }
    node = await testNode({ ...options, ...(now ? { clock: now } : {}) })
    const { events, ledger } = node.services
    const told: Story = { appHashes: [], times: [] }
    const note = () => {
      told.appHashes[Number(ledger.tip.height) - 1] = ledger.tip.appHash
      told.times[Number(ledger.tip.height) - 1] = ledger.tip.time
    }
    events.on('block', note)
    await until(() => ledger.tip.inboxCursor === 1n, 'the deposit is in a block')
    note()
    let [spent, amount] = [coin, 10n ** 18n]
    for (let i = 1; i <= 5; i++) {
      const payment = pay({ from: i, inputs: [spent], outputs: [{ to: i + 1, amount: amount - FEE }] })
      await node.call('omg_submit', [payment.hex])
      await until(() => node!.services.outputs.get(payment.outputs[0]!) !== undefined, 'it is in a block')
      spent = payment.outputs[0]!
      amount -= FEE
    }
    return told
  } finally {
    await node?.close()
    place.remove()
  }
}

describe.skipIf(!(await findCometBft()))('on CometBFT (needs Go, once: node tools/setup.mjs --go)', () => {
  test('the same transactions at the same times give the same app hashes as on the solo engine', async () => {
    const there = await story(ON_COMETBFT)
    // The last one closes the checkpoint when the node stops.
    expect(there.appHashes).toHaveLength(7)
    const here = await story({}, height => there.times[Number(height) - 1] ?? there.times.at(-1)!)
    expect(here).toEqual(there)
  })

  test('CometBFT is killed between our commit and its own; it is started again, and the chain goes on', async () => {
    const node = await testNode({ directory: directory.path, settings: { ...ON_COMETBFT, ...QUIET } })
    try {
      const { ledger, outputs } = node.services
      const coin = node.ethereum.deposit(ownerOf(1), 10n ** 18n)
      await node.until(() => outputs.get(coin) !== undefined, 'the deposit is in a block')
      const { height, appHash } = ledger.tip
      // While there is no work its state stands before the block that we have committed.
      process.kill(cometBftOf(directory.path), 'SIGKILL')
      await node.until(() => node.services.engine().stalled?.code === 'engine.ended', 'it has ended')
      expect(ledger.tip).toMatchObject({ height, appHash })
      const payment = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: 10n ** 18n - FEE }] })
      await node.call('omg_submit', [payment.hex])
      await node.until(() => outputs.get(payment.outputs[0]!) !== undefined, 'the payment is in a block')
      await node.until(() => node.services.engine().stalled === undefined, 'all is well again')
      expect(ledger.tip.height).toBeGreaterThanOrEqual(2n)
      const rpc = `http://${node.services.engine().network!.rpc}`
      const blockBytes = async (at: number) => {
        const answer = await fetch(`${rpc}/consensus_params?height=${at}`)
        const { result } = (await answer.json()) as {
          result?: { consensus_params: { block: { max_bytes: string } } }
        }
        return Number(result?.consensus_params.block.max_bytes)
      }
      const [own] = payment.outputs
      const back = pay({ from: 2, inputs: [own!], outputs: [{ to: 1, amount: 10n ** 18n - 2n * FEE }] })
      await node.call('omg_submit', [back.hex])
      // The engine has it from the next block on; what it had before stands.
      await node.until(async () => (await blockBytes(3)) > 0, 'the engine has decided what comes next')
      expect([await blockBytes(2), await blockBytes(3)]).toEqual([
        ...[ENGINE_BLOCK_BYTES, engineBlockBytes(UPGRADE.parameters.bytes)],
      ])
    } finally {
      await node.close()
    }
    expect(() => cometBftOf(directory.path)).toThrow()
    const forgotten = { ...ON_COMETBFT, ...QUIET, 'consensus.upgrades': [] }
    await expect(testNode({ directory: directory.path, settings: forgotten })).rejects.toMatchObject({
      code: 'engine.parameters',
    })
  })

  test('its key is with a signer: while that is away nothing is decided, nothing ends, and the node says why', async () => {
    const key = keyOf(VALIDATOR)
    const socket = join(directory.path, 'signer')
    const serve = async () => {
      const signer = new SignerService({
        ...{ directory: join(directory.path, 'signed'), key, domain: DOMAIN, socket, onRefused: () => {} },
        maxOriginAgeBlocks: BigInt(DEPLOYMENT.parameters.maxOriginAgeBlocks),
      })
      await signer.start()
      return signer
    }
    const genesis = genesisFile({
      ...{ chainId: consensusChainId(DOMAIN), time: START, validators: [validatorOf(publicKeyOf(key), 1n)] },
    })
    const settings = {
      ...{ ...ON_COMETBFT, 'consensus.genesis': genesis, 'checkpoint.submit': false },
      ...{ 'validator.key': undefined, 'validator.signer': socket, 'validator.address': ownerOf(VALIDATOR) },
    }
    // CometBFT does not come up without it, and is started until it does.
    const node = await testNode({ directory: join(directory.path, 'node'), settings })
    let signer: SignerService | undefined
    try {
      const { outputs, ledger, checkpoints } = node.services
      const alarms = async () =>
        ((await node.call('omg_status')) as { alarms: { code: string; message: string }[] }).alarms
      const wait = (condition: () => boolean | Promise<boolean>, what: string) =>
        until(condition, what, 120_000)
      const isToldOf = async (what: RegExp) => (await alarms()).some(({ message }) => what.test(message))
      const coin = node.ethereum.deposit(ownerOf(1), 10n ** 18n)
      await wait(() => isToldOf(/engine\.ended/), 'CometBFT has ended')
      signer = await serve()
      await wait(() => outputs.get(coin) !== undefined, 'the deposit is in a block')
      const isSigned = (number: bigint) => {
        const closed = checkpoints.get(number)
        return closed !== undefined && checkpoints.hasQuorum(closed)
      }
      await wait(() => isSigned(1n), 'a checkpoint is signed')
      await signer.close()
      const { height } = ledger.tip
      const payment = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: 10n ** 18n - FEE }] })
      await node.call('omg_submit', [payment.hex])
      await wait(() => isToldOf(/engine\.quorum|signs nothing/), 'the node says that it is away')
      // What was being decided when the signer went may still have come.
      expect(ledger.tip.height - height).toBeLessThanOrEqual(1n)
      signer = await serve()
      await wait(() => outputs.get(payment.outputs[0]!) !== undefined, 'the payment is in a block')
      await wait(async () => (await alarms()).length === 0, 'all is well again')
    } finally {
      await node.close()
      await signer?.close()
    }
  })
})

/** The process of CometBFT on a data folder. */
function cometBftOf(data: string): number {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
  const line = stdout.split('\n').find(each => each.includes(data) && !each.includes('lifeline'))
  if (line === undefined) throw new Error('CometBFT does not run')
  return Number(line.trim().split(' ')[0])
}
