import {
  decodeSignedTransaction,
  encodeTransaction,
  encodeWitness,
  type OutputId,
  toHex,
  unwrap,
} from '@omg/protocol'
import {
  challengeCanonicity,
  type Deployment,
  depositEth,
  getInFlight,
  getVerdict,
  piggybackInput,
  piggybackOutput,
  startInFlightExit,
} from '@omg/rootchain'
import { deployTestNetwork, type Ethereum, rootChainOf, startAnvil } from '@omg/rootchain/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { PATIENCE, SLOW, startTestWatcher, type TestWatcher, WATCHER } from './fixture.ts'
import { FEE, Operator, ownerOf, type Payment } from './operator.ts'

const [ALICE, BOB, CAROL] = [1, 2, 3]
const COIN = 10n ** 18n

vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE })

let ethereum: Ethereum
let deployment: Deployment
let operator: Operator
let coin: OutputId
let watcher: TestWatcher

beforeAll(async () => {
  ethereum = await startAnvil()
})
afterAll(() => ethereum.stop())

beforeEach(async () => {
  deployment = await deployTestNetwork(ethereum, { parameters: SLOW })
  operator = await Operator.start(ethereum, deployment)
  coin = (await depositEth(as(ALICE), { amount: COIN })).id
  await ethereum.mine(1)
  await operator.checkpoint()
  watcher = await startTestWatcher({
    deploymentRecord: deployment,
    ethereum: [ethereum.url],
    node: [operator.url],
  })
  await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 1n)
})
afterEach(async () => {
  await watcher[Symbol.asyncDispose]()
  await operator[Symbol.asyncDispose]()
})

const as = (index: number) => rootChainOf(ethereum, deployment, index)
const to = (owner: number, value = COIN - FEE, validUntil?: bigint) =>
  operator.pay({
    ...{ from: [ALICE], inputs: [coin], outputs: [operator.coin(owner, value)] },
    ...(validUntil === undefined ? {} : { validUntil }),
  })
const transactionOf = (payment: Payment) => toHex(encodeTransaction(payment.pay))
const witnessOf = (payment: Payment) =>
  toHex(encodeWitness(unwrap(decodeSignedTransaction(payment.signed)).witness))

async function fly(payment: Payment): Promise<void> {
  const origin = operator.depositOrigin(0)
  const { creator } = origin
  await startInFlightExit(as(ALICE), {
    transaction: transactionOf(payment),
    witness: witnessOf(payment),
    origins: [{ creator }],
  })
}

const lostOf = async (payment: Payment) => (await getInFlight(as(WATCHER), { txHash: payment.hash }))?.lost
const wonKinds = () =>
  [...watcher.view.disputes()].filter(({ state }) => state === 'won').map(({ kind }) => kind)

it('shows an included rival of an in-flight exit', async () => {
  await operator.checkpoint([to(BOB)])
  await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 2n)
  const rival = to(CAROL)
  await fly(rival)
  await watcher.until('answer', () => wonKinds().includes('inFlight.rival'))
  expect(await lostOf(rival)).toBe(1)
  await watcher.until('resolution', () => watcher.standing().length === 0)
})

it('shows a rival that was only signed', async () => {
  const evidence = to(BOB)
  expect(await watcher.view.addEvidence(evidence.signed)).toMatchObject({ ok: true })
  const flying = to(CAROL)
  await fly(flying)
  await watcher.until('answer', () => wonKinds().includes('inFlight.rival'))
  expect(await lostOf(flying)).toBe(1)
})

it('answers a rival by the earlier inclusion of the in-flight transaction', async () => {
  const honest = to(BOB)
  await operator.checkpoint([honest])
  await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 2n)
  await fly(honest)
  const rival = to(CAROL)
  const { creator } = operator.depositOrigin(0)
  await challengeCanonicity(as(CAROL), {
    txHash: honest.hash,
    rival: {
      transaction: transactionOf(rival),
      witness: witnessOf(rival),
      creators: [creator],
      inputIndex: 0,
    },
  })
  await watcher.until('answer', () => wonKinds().includes('inFlight.included'))
  expect(await lostOf(honest)).toBe(0)
})

it('leaves a canonical in-flight exit and its honest piggyback alone', async () => {
  const honest = to(BOB)
  await fly(honest)
  await piggybackOutput(as(BOB), { transaction: transactionOf(honest), outputIndex: 0 })
  await watcher.until('sight', () => watcher.view.status().openExits === 1)
  await new Promise(resolve => setTimeout(resolve, 300))
  expect([...watcher.view.disputes()]).toEqual([])
})

it('challenges a piggyback on an output that was spent', async () => {
  const honest = to(BOB)
  const onwards = operator.pay({
    from: [BOB],
    inputs: [honest.ids[0]!],
    outputs: [operator.coin(CAROL, COIN - 2n * FEE)],
  })
  await operator.checkpoint([honest, onwards])
  await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 2n)
  await fly(honest)
  await piggybackOutput(as(BOB), { transaction: transactionOf(honest), outputIndex: 0 })
  await watcher.until('answer', () => wonKinds().includes('piggyback.spent'))
  await watcher.until('resolution', () => watcher.standing().length === 0)
  expect([...watcher.view.disputes()]).toMatchObject([{ answeredBy: ownerOf(WATCHER) }])
})

it('challenges a piggyback on an input that another transaction spent', async () => {
  await operator.checkpoint([to(BOB)])
  await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 2n)
  const losing = to(CAROL)
  await fly(losing)
  const { creator } = operator.depositOrigin(0)
  await piggybackInput(as(ALICE), { transaction: transactionOf(losing), inputIndex: 0, creator })
  await watcher.until('answers', () => wonKinds().includes('piggyback.spent'))
  await watcher.until('resolution', () => watcher.standing().length === 0)
})

it('A13b: proves that an expired payment was included, whose exit a stranger starts', async () => {
  const { timestamp } = await ethereum.client.getBlock()
  const old = to(BOB, COIN - FEE, timestamp + 5n)
  await operator.checkpoint([old])
  await ethereum.passTime(10)
  await operator.checkpoint()
  await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 3n)
  await fly(old)
  await watcher.until('answer', () => wonKinds().includes('inFlight.included'))
  expect(await lostOf(old)).toBe(0)
  await watcher.until('resolution', () => watcher.standing().length === 0)
})

it('declares an in-flight transaction void whose input is final by another', async () => {
  const first = to(BOB)
  await fly(first)
  await piggybackOutput(as(BOB), { transaction: transactionOf(first), outputIndex: 0 })
  const { exitableAt } = (await getInFlight(as(WATCHER), { txHash: first.hash }))!
  await ethereum.passTime(Number(exitableAt - (await ethereum.client.getBlock()).timestamp) + 1)
  await watcher.until('decision', () =>
    [...watcher.view.claims()].some(({ id, state }) => id === first.hash && state === 'decided'),
  )
  const second = to(CAROL)
  await fly(second)
  await watcher.until('answer', () => wonKinds().includes('inFlight.void'))
  expect(await getVerdict(as(WATCHER), { txHash: second.hash })).toBe('void')
  await watcher.until('resolution', () => watcher.standing().length === 0)
})
