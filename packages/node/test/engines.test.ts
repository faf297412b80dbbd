import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { decodeBlock } from '@omg/ledger'
import {
  consensusChainId,
  type Hash,
  type Hex,
  type OutputId,
  toHex,
  unwrap,
  ZERO_ADDRESS,
} from '@omg/protocol'
import type { FeeSchedule } from '@omg/stake'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { blockBytes } from '../src/application/record.ts'
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
  UNIT,
  until,
  VALIDATOR,
} from './harness.ts'
import { balance, instruct, MARKET, MARKET_TERMS, order, place, TOKEN } from './orders.ts'

vi.setConfig({ testTimeout: 300_000 })

const ETH = 10n ** 18n
const TOKENS = 1_000_000n
const START = BigInt(Math.floor(Date.now() / 1000)) - 1_000n
/** From the second block on it may hold less. */
const UPGRADE = { height: '2', parameters: { transactions: 2, bytes: 1_048_576 } }
/** One checkpoint, so that what Ethereum does beside it changes nothing. The chain is upgraded on its way. */
const QUIET = {
  'checkpoint.intervalSeconds': 3_600,
  'checkpoint.minimumSeconds': 3_600,
  'consensus.upgrades': [UPGRADE],
}

/** Each block with anything in it closes its checkpoint, and takes what is new on Ethereum: nothing but the story decides when. */
const EAGER = {
  'checkpoint.intervalSeconds': 0,
  'checkpoint.minimumSeconds': 0,
  'consensus.upgrades': [UPGRADE],
}
/** Of an epoch that ended long ago, so that none ends by itself meanwhile, and the next has begun. */
const EPOCH = BigInt(DEPLOYMENT.parameters.epoch)
const EPOCH_START = START - (START % EPOCH) - 2n * EPOCH

let directory: ReturnType<typeof temporaryDirectory>
beforeEach(() => {
  directory = temporaryDirectory()
})
afterEach(() => directory.remove())

interface Story {
  /** Of each block, in order. */
  appHashes: string[]
  times: bigint[]
  /** The blocks themselves, without the signatures that came with votes. */
  blocks: Hex[]
  /** Of each checkpoint, in order. */
  headers: Hex[]
}

/** Tells a story on an Ethereum of its own, one thing after the other. Its clock tells the time that a block shall have. */
async function story(settings: object, clock?: (height: bigint) => bigint): Promise<Story> {
  const ethereum = new FakeEthereum(EPOCH_START)
  let node: TestNode | undefined
  const validatorSet = { id: 1n, validators: [{ address: ownerOf(VALIDATOR), power: 1n }] }
  const now = clock && (() => clock((node?.services.ledger.tip.height ?? 0n) + 1n))
  const place = temporaryDirectory()
  try {
    const rootChain = { source: (cursor: string | undefined) => ethereum.sourceFrom(cursor), validatorSet }
    const options = { directory: place.path, ethereum, settings: { ...EAGER, ...settings }, rootChain }
    node = await testNode({ ...options, ...(now ? { clock: now } : {}) })
    const { ledger, store, checkpoints } = node.services
    await tell(node)
    const told: Story = { appHashes: [], times: [], blocks: [], headers: [] }
    for (let height = 1n; height <= ledger.tip.height; height++) {
      const bytes = blockBytes(await store.read(store.block(height)!))
      const block = unwrap(decodeBlock(bytes))
      told.appHashes.push(block.appHash)
      told.times.push(block.time)
      told.blocks.push(toHex(bytes))
    }
    for (let number = 1n; number < ledger.tip.checkpoint; number++) {
      told.headers.push(checkpoints.get(number)!.header)
    }
    return told
  } finally {
    await node?.close()
    place.remove()
  }
}

/** Deposits, payments, orders that trade, instructions, a vote that moves the fees, another validator set. */
async function tell(node: TestNode): Promise<void> {
  const { ethereum, services, application } = node
  const { ledger } = services
  const until = (condition: () => boolean, what: string) =>
    node.until(() => condition() && !application.hasWork(), what)
  const include = async (hex: Hex) => {
    const { height } = ledger.tip
    await node.call('omg_submit', [hex])
    await until(() => ledger.tip.height > height && services.mempool.size === 0, 'it is in a block')
  }
  /** Ethereum has this, and the chain takes a deposit behind it. */
  const deposited = async (events: () => void) => {
    const { inboxCursor } = ledger.tip
    events()
    const coin = ethereum.deposit(ownerOf(1), ETH)
    await until(() => ledger.tip.inboxCursor > inboxCursor, 'a deposit is in a block')
    return coin
  }
  const spend = (coin: OutputId, fee = FEE) =>
    include(pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: ETH - fee }] }).hex)

  let sold: OutputId[] = []
  const coin = await deposited(() => {
    ethereum.list(MARKET_TERMS)
    const token = { owner: ownerOf(2), amount: TOKENS, token: TOKEN }
    sold = ethereum.depositMany([{ owner: ownerOf(2), amount: ETH }, token])
  })
  await trade(coin, sold, include)
  expect(ledger.orders.lastPrice(MARKET.id)).toBe(25)

  const more = await deposited(() => vote(ethereum))
  expect(ledger.tip.fees.schedule).toMatchObject({ payment: [1_250n, 1n, 1n, 1n] })
  await spend(more, 1_250n * UNIT)

  const last = await deposited(() => changeSet(ethereum))
  await spend(last, 1_250n * UNIT)
  expect(services.checkpoints.header(services.checkpoints.get(ledger.tip.checkpoint - 1n)!)).toMatchObject({
    validatorSetId: 2n,
  })
}

/** A PAY makes a bid and a trading balance, another an ask that meets the bid; instructions make an order and take it back. */
async function trade(
  coin: OutputId,
  sold: readonly OutputId[],
  include: (hex: Hex) => Promise<void>,
): Promise<void> {
  // The same bytes in each telling.
  const named = (i: number) => ({ nonce: `0x${i.toString(16).padStart(64, '0')}` as Hash })
  const signed = (nonce: bigint) => ({ nonce, validUntil: EPOCH_START + 3_600n })
  const bid = order(1, 'buy', 30, 10, named(1))
  const funds = balance(1, ZERO_ADDRESS, ETH / 2n)
  const left = ETH / 2n - bid.output.amount - FEE
  await include(place({ from: 1, inputs: [coin], orders: [bid, funds], change: [{ amount: left }] }).hex)
  const ask = order(2, 'sell', 20, 4, named(2))
  const change = [{ amount: ETH - FEE }, { token: TOKEN, amount: TOKENS - ask.output.amount }]
  await include(place({ from: 2, inputs: sold, orders: [ask], change }).hex)
  const second = order(1, 'buy', 10, 100, named(3))
  const step = { from: funds.guard, amount: second.output.amount, to: second }
  await include(instruct(1, [step], signed(1n)).hex)
  await include(instruct(1, [{ from: second.guard }], signed(2n)).hex)
}

/** The one staker there is wants dearer payments from the next epoch on, which begins at once. */
function vote(ethereum: FakeEthereum): void {
  const block = BigInt(ethereum.blocks.length)
  const staker = ownerOf(5)
  const preference = {
    ...{ payment: [5_000n, 1n, 1n, 1n], item: [2_000n, 1n, 1n, 1n], accepted: [true, false, false, false] },
    ...{ makerBps: [0, 0, 0], takerBps: [100, 0, 0], steps: 32, unitsPerStep: 1_000_000_000n, cancels: 256 },
  } satisfies FeeSchedule
  const staked = { kind: 'staked', block, validator: staker, holder: staker, amount: 7n, shares: 7n } as const
  ethereum.mine({ stakes: [staked, { kind: 'preferred', block, account: staker, preference }] })
  ethereum.pass(BigInt(DEPLOYMENT.parameters.epoch))
}

/** A second validator, with so little stake that its absence delays nothing. */
function changeSet(ethereum: FakeEthereum): void {
  const block = BigInt(ethereum.blocks.length)
  const validators = [VALIDATOR, 7].map(i => {
    return { kind: 'key', block, signer: ownerOf(i), publicKey: toHex(publicKeyOf(keyOf(i))) } as const
  })
  ethereum.mine({ validators })
  const members = [
    { address: ownerOf(VALIDATOR), power: 1_000n * 10n ** 18n },
    { address: ownerOf(7), power: 10n ** 18n },
  ]
  ethereum.publishSet(
    2n,
    members.sort((a, b) => (a.address < b.address ? -1 : 1)),
  )
}

describe.skipIf(!(await findCometBft()))('on CometBFT (needs Go, once: node tools/setup.mjs --go)', () => {
  test('payments, trades, instructions, a vote on fees and another validator set give the same bytes as on the solo engine', async () => {
    const there = await story(ON_COMETBFT)
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
