import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  decodeHeader,
  encodeHeader,
  fromHex,
  type Hash,
  type Hex,
  headerHash,
  isRenewal,
  type OutputId,
  renewableOf,
  toHex,
  unwrap,
  ZERO_ADDRESS,
} from '@omg/protocol'
import {
  createRootChain,
  type Deployment,
  depositEth,
  devnetParameters,
  domainOf,
  encodeDeployment,
  getCheckpoint,
  startStandardExit,
} from '@omg/rootchain'
import {
  deployTestNetwork,
  type Ethereum,
  rootChainOf,
  startAnvil,
  testPrivateKey,
  VALIDATOR,
} from '@omg/rootchain/testing'
import { pino } from 'pino'
import { numberToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { effectiveConfig, type Settings } from '../src/configuration/configuration.ts'
import { type RunningNode, startNode } from '../src/node.ts'
import { FEE, keyOf, ownerOf, pay, rpc, temporaryDirectory, until } from './harness.ts'

let ethereum: Ethereum
let deployment: Deployment
let directory: ReturnType<typeof temporaryDirectory>
let node: RunningNode
interface ExitProof {
  transaction: Hex
  outputIndex: number
  header: Hex
  path: number
  witnessHash: Hash
  inputPositions: Hex
  lanes: string
  proof: Hex
}

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
    acceptedBlock: string
    acceptedTransaction: Hex
  }
  const onChain = await getCheckpoint(rootChainOf(ethereum, deployment, 0), {
    number: BigInt(checkpoint.number),
  })
  expect(onChain?.headerHash).toBe(checkpoint.headerHash)
  const brought = await ethereum.client.getTransactionReceipt({ hash: checkpoint.acceptedTransaction })
  expect(brought).toMatchObject({ status: 'success', blockNumber: BigInt(checkpoint.acceptedBlock) })

  // Ethereum itself judges the proof: the owner starts an exit with it.
  const proof = (await rpc(node.url, 'omg_getExitProof', [payment.outputs[0]])) as ExitProof
  const owner = createRootChain({ deployment, urls: [ethereum.url], account: privateKeyToAccount(keyOf(2)) })
  await ethereum.client.request({
    method: 'anvil_setBalance' as never,
    params: [ownerOf(2), numberToHex(ETH)] as never,
  })
  const exit = await startStandardExit(owner, {
    creator: proof,
    inclusion: { ...proof, lanes: BigInt(proof.lanes) },
  })
  expect(exit.exitId).toBe(payment.outputs[0])
  // R6: and from then on the chain does not let it be spent.
  const spend = pay({
    from: 2,
    inputs: [payment.outputs[0]!],
    outputs: [{ to: 1, amount: ETH / 4n - FEE }],
    domain: domainOf(deployment),
  })
  await mineUntil(() => node.services.view.hasLockAfter(0n), 'the exit is read')
  await until(
    () =>
      !node.services.view.hasLockAfter(node.services.ledger.tip.origin) ||
      node.services.schedule.isFresh(node.services.ledger.tip),
    'the origin moves',
  )
  await rpc(node.url, 'omg_submit', [spend.hex]).catch(error => expect(error.code).toBe('input.locked'))
  await until(() => node.services.mempool.size === 0, 'the spend is gone')
  expect(await rpc(node.url, 'omg_getSpend', [payment.outputs[0]])).toBeNull()
})

test('F1: Ethereum takes a renewal of a signed checkpoint that nobody brought to it in time, and not the checkpoint itself', async () => {
  const { maxOriginAgeBlocks } = deployment.parameters
  await node.close()
  node = await start({ 'checkpoint.submit': false })
  const coin = await deposit(1, ETH)
  await mineUntil(() => node.services.ledger.tip.inboxCursor === 1n, 'the deposit is in a block')
  const outputs = [{ to: 2, amount: ETH - FEE }]
  // R7: it lives until the block is made, and no longer.
  const { timestamp: validUntil } = await ethereum.client.getBlock()
  const payment = pay({ from: 1, inputs: [coin], outputs, validUntil, domain: domainOf(deployment) })
  await rpc(node.url, 'omg_submit', [payment.hex])
  const closed = () => node.services.checkpoints.get(node.services.ledger.tip.checkpoint - 1n)
  await until(() => (closed()?.txCount ?? 0) > 0, 'the checkpoint is closed')
  const { header: old, number, signatures } = closed()!
  expect(signatures).toHaveLength(1)
  await node.close()
  await ethereum.mine(maxOriginAgeBlocks + 20)
  node = await start()
  await mineUntil(async () => (await statusOf(payment.hash)) === 'committed', 'the payment is committed')
  const [before, renewed] = [old, node.services.checkpoints.get(number)!.header].map(bytes => {
    return unwrap(decodeHeader(fromHex(bytes)))
  })
  expect(isRenewal(renewableOf(before!), renewableOf(renewed!), BigInt(maxOriginAgeBlocks))).toBe(true)
  const rootChain = rootChainOf(ethereum, deployment, 0)
  expect((await getCheckpoint(rootChain, { number }))?.headerHash).toBe(headerHash(renewed!))
  // The proof is for the header that Ethereum has.
  const proof = (await rpc(node.url, 'omg_getExitProof', [payment.outputs[0]])) as ExitProof
  expect(proof.header).toBe(toHex(encodeHeader(renewed!)))
  // And the payment counts, though it was over long before Ethereum took it.
  const owner = createRootChain({ deployment, urls: [ethereum.url], account: privateKeyToAccount(keyOf(2)) })
  const wealth = [ownerOf(2), numberToHex(ETH)] as never
  await ethereum.client.request({ method: 'anvil_setBalance' as never, params: wealth })
  const inclusion = { ...proof, lanes: BigInt(proof.lanes) }
  const exit = await startStandardExit(owner, { creator: proof, inclusion })
  expect(exit.exitId).toBe(payment.outputs[0])
})

test('as a process: says where it is, stops cleanly on SIGTERM, and starts again', async () => {
  await node.close()
  const file = join(directory.path, 'deployment.json')
  writeFileSync(file, encodeDeployment(deployment))
  for (let life = 0; life < 2; life++) {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../src/main.ts', import.meta.url)), '--logLevel', 'silent'],
      {
        env: {
          ...process.env,
          OMG_DATA_DIRECTORY: join(directory.path, 'process'),
          OMG_DEPLOYMENT: file,
          OMG_PORT: '0',
          OMG_ETHEREUM_URLS: ethereum.url,
          OMG_ETHEREUM_FINALITY_DEPTH: '0',
          OMG_VALIDATOR_KEY: testPrivateKey(VALIDATOR),
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const { url } = JSON.parse(line) as { url: string }
    expect(await rpc(url, 'omg_status', [])).toMatchObject({ engine: { running: true } })
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  }
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
