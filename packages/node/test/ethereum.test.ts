import { type Hash, type Hex, type OutputId, ZERO_ADDRESS } from '@omg/protocol'
import { type Deployment, depositEth, devnetParameters, domainOf, getCheckpoint } from '@omg/rootchain'
import {
  deployTestNetwork,
  type Ethereum,
  rootChainOf,
  startAnvil,
  testPrivateKey,
  VALIDATOR,
} from '@omg/rootchain/testing'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { effectiveConfig, type Settings } from '../src/configuration/configuration.ts'
import { type RunningNode, startNode } from '../src/node.ts'
import { FEE, ownerOf, pay, rpc, temporaryDirectory, until } from './harness.ts'

let ethereum: Ethereum
let deployment: Deployment
let directory: ReturnType<typeof temporaryDirectory>
let node: RunningNode
const ETH = 10n ** 18n
const DEPOSITOR = 3

beforeEach(async () => {
  ethereum = await startAnvil()
  deployment = await deployTestNetwork(ethereum, {
    parameters: devnetParameters({ minFinalizationPeriod: 600 }),
  })
  directory = temporaryDirectory()
  node = await start()
})

afterEach(async () => {
  await node.close()
  await ethereum.stop()
  directory.remove()
})

function start(settings: Settings = {}): Promise<RunningNode> {
  const configuration = effectiveConfig({
    flags: {
      dataDirectory: directory.path,
      port: 0,
      workers: 0,
      'validator.key': testPrivateKey(VALIDATOR),
      'ethereum.urls': ethereum.url,
      'ethereum.finalityDepth': 2,
      'ethereum.pollMilliseconds': 50,
      'block.intervalMilliseconds': 10,
      'checkpoint.intervalSeconds': 1,
      'checkpoint.minimumSeconds': 0,
      ...settings,
    },
  })
  return startNode({
    configuration,
    deployment,
    logger: pino({ level: process.env.OMG_TEST_LOG ?? 'silent' }),
  })
}

async function deposit(owner: number, amount: bigint): Promise<OutputId> {
  const { id } = await depositEth(rootChainOf(ethereum, deployment, DEPOSITOR), {
    amount,
    owner: ownerOf(owner),
  })
  return id
}

/** Blocks until the chain sees what it waits for: anvil makes none by itself. */
async function mineUntil(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  await until(async () => {
    if (await condition()) return true
    await ethereum.mine(1)
    await new Promise(resolve => setTimeout(resolve, 100))
    return false
  }, what)
}

const statusOf = async (hash: Hash) =>
  ((await rpc(node.url, 'omg_getTransaction', [hash])) as { status: string }).status

test('deposit, payment, checkpoint and exit against the real contracts', async () => {
  const coin = await deposit(1, ETH)
  await mineUntil(() => node.services.ledger.tip.inboxCursor === 1n, 'the deposit is in a block')
  const outputs = [
    { to: 2, amount: ETH / 4n },
    { to: 1, amount: (ETH * 3n) / 4n - FEE },
  ]
  const payment = pay({ from: 1, inputs: [coin], outputs, domain: domainOf(deployment) })
  await rpc(node.url, 'omg_submit', [payment.hex])
  await mineUntil(async () => (await statusOf(payment.hash)) === 'committed', 'the payment is committed')

  const checkpoint = (await rpc(node.url, 'omg_getCheckpoint', ['latest'])) as {
    number: string
    headerHash: Hex
  }
  const onChain = await getCheckpoint(rootChainOf(ethereum, deployment, 0), {
    number: BigInt(checkpoint.number),
  })
  expect(onChain?.headerHash).toBe(checkpoint.headerHash)

  const proof = (await rpc(node.url, 'omg_getExitProof', [payment.outputs[0]])) as Record<string, never>
  expect(proof).toMatchObject({ kind: 'transaction', committed: true, outputIndex: 0 })
})

test('a restarted node goes on with the same deposits and checkpoints', async () => {
  await deposit(1, ETH)
  await mineUntil(() => node.services.ledger.tip.inboxCursor === 1n, 'the deposit is in a block')
  const { appHash, height } = node.services.ledger.tip
  await node.close()
  node = await start()
  expect(node.services.store.block(height)).toBeDefined()
  await deposit(1, ETH)
  await mineUntil(() => node.services.ledger.tip.inboxCursor === 2n, 'the second deposit is in a block')
  expect((await node.services.blocks.block(height))?.block.appHash).toBe(appHash)
})

test('a reorganisation above the finality depth drops a deposit that the chain never saw', async () => {
  await mineUntil(() => node.services.view.newest !== undefined, 'Ethereum is read')
  await deposit(1, ETH)
  await ethereum.reorg(1)
  await deposit(2, 2n * ETH)
  await mineUntil(() => node.services.ledger.tip.inboxCursor === 1n, 'a deposit is in a block')
  expect(await rpc(node.url, 'omg_getBalances', [ownerOf(1)])).toMatchObject({ balances: [] })
  expect(await rpc(node.url, 'omg_getBalances', [ownerOf(2)])).toMatchObject({
    balances: [{ token: ZERO_ADDRESS, amount: String(2n * ETH) }],
  })
})

test('while Ethereum is frozen the chain goes on, with an alarm', async () => {
  const coin = await deposit(1, ETH)
  await mineUntil(() => node.services.ledger.tip.inboxCursor === 1n, 'the deposit is in a block')
  ethereum.pause()
  const payment = pay({
    from: 1,
    inputs: [coin],
    outputs: [{ to: 2, amount: ETH - FEE }],
    domain: domainOf(deployment),
  })
  await rpc(node.url, 'omg_submit', [payment.hex])
  await until(async () => (await statusOf(payment.hash)) !== 'pending', 'the payment is in a block')
  await until(() => node.services.follower().error !== undefined, 'the follower notices')
  ethereum.resume()
  await mineUntil(async () => (await statusOf(payment.hash)) === 'committed', 'the payment is committed')
})
