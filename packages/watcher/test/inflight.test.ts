import {
  challengeCanonicity,
  getInFlight,
  getVerdict,
  piggybackInput,
  piggybackOutput,
  startInFlightExit,
  startStandardExit,
} from '@omg/rootchain'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ALICE, BOB, CAROL, COIN, type TestWatcher, useScene, WATCHER } from './fixture.ts'
import { FEE, ownerOf, type Payment, shownOf } from './operator.ts'

const scene = useScene()
const { as } = scene
let watcher: TestWatcher

beforeEach(async () => {
  watcher = await scene.watch()
})
afterEach(() => watcher[Symbol.asyncDispose]())

const to = (owner: number, value = COIN - FEE, validUntil?: bigint) =>
  scene.operator.pay({
    ...{ from: [ALICE], inputs: [scene.coin], outputs: [scene.operator.coin(owner, value)] },
    ...(validUntil === undefined ? {} : { validUntil }),
  })

async function fly(payment: Payment): Promise<void> {
  const { creator } = scene.operator.depositOrigin(0)
  await startInFlightExit(as(ALICE), { ...shownOf(payment), origins: [{ creator }] })
}

const lostOf = async (payment: Payment) => (await getInFlight(as(WATCHER), { txHash: payment.hash }))?.lost
it('shows an included rival of an in-flight exit', async () => {
  const { operator } = scene
  await operator.checkpoint([to(BOB)])
  await scene.agreement(watcher)
  const rival = to(CAROL)
  await fly(rival)
  await watcher.until('answer', () => watcher.won().includes('inFlight.rival'))
  expect(await lostOf(rival)).toBe(1)
  await watcher.until('resolution', () => watcher.standing().length === 0)
})

it('shows a rival that was only signed', async () => {
  const evidence = to(BOB)
  expect(await watcher.view.addEvidence(evidence.signed)).toMatchObject({ ok: true })
  const flying = to(CAROL)
  await fly(flying)
  await watcher.until('answer', () => watcher.won().includes('inFlight.rival'))
  expect(await lostOf(flying)).toBe(1)
})

it('says so when it sees an included rival in the second half, in which Ethereum takes none (A15)', async () => {
  const { ethereum, operator } = scene
  operator.withheldFrom = 2
  await operator.checkpoint([to(BOB)])
  const flying = to(CAROL)
  await fly(flying)
  const { startedAt, exitableAt } = (await getInFlight(as(WATCHER), { txHash: flying.hash }))!
  await ethereum.passTime(Number(exitableAt - startedAt) / 2 + 1)
  operator.withheldFrom = Number.POSITIVE_INFINITY
  const key = `inFlight.rival:${flying.hash}`
  await watcher.until('alarm', () => watcher.standing().includes(`challenge.failed ${key}`))
  expect([...watcher.view.disputes()]).toMatchObject([{ key, state: 'lost', transactions: [] }])
  expect(await lostOf(flying)).toBe(0)
})

it('answers a rival by the earlier inclusion of the in-flight transaction', async () => {
  const { operator } = scene
  const honest = to(BOB)
  await operator.checkpoint([honest])
  await scene.agreement(watcher)
  await fly(honest)
  const rival = to(CAROL)
  const { creator } = operator.depositOrigin(0)
  await challengeCanonicity(as(CAROL), {
    txHash: honest.hash,
    rival: { ...shownOf(rival), creators: [creator], inputIndex: 0 },
  })
  await watcher.until('answer', () => watcher.won().includes('inFlight.included'))
  expect(await lostOf(honest)).toBe(0)
})

it('leaves a canonical in-flight exit and its honest piggyback alone', async () => {
  const honest = to(BOB)
  await fly(honest)
  await piggybackOutput(as(BOB), { transaction: shownOf(honest).transaction, outputIndex: 0 })
  await watcher.until('sight', () => watcher.view.status().openExits === 1)
  // The round that answers what is wrong has looked at what is right, too.
  await startStandardExit(as(ALICE), scene.operator.depositOrigin(0))
  await watcher.until('answer', () => watcher.won().length > 0)
  expect([...watcher.view.disputes()].map(({ kind }) => kind)).toEqual(['exit.spent'])
})

it('challenges a piggyback on an output that was spent', async () => {
  const { operator } = scene
  const honest = to(BOB)
  const onwards = operator.pay({
    from: [BOB],
    inputs: [honest.ids[0]!],
    outputs: [operator.coin(CAROL, COIN - 2n * FEE)],
  })
  await operator.checkpoint([honest, onwards])
  await scene.agreement(watcher)
  await fly(honest)
  await piggybackOutput(as(BOB), { transaction: shownOf(honest).transaction, outputIndex: 0 })
  await watcher.until('answer', () => watcher.won().includes('piggyback.spent'))
  await watcher.until('resolution', () => watcher.standing().length === 0)
  expect([...watcher.view.disputes()]).toMatchObject([{ answeredBy: ownerOf(WATCHER) }])
})

it('challenges a piggyback on an input that another transaction spent', async () => {
  const { operator } = scene
  await operator.checkpoint([to(BOB)])
  await scene.agreement(watcher)
  const losing = to(CAROL)
  await fly(losing)
  const { creator } = operator.depositOrigin(0)
  await piggybackInput(as(ALICE), { transaction: shownOf(losing).transaction, inputIndex: 0, creator })
  await watcher.until('answers', () => watcher.won().includes('piggyback.spent'))
  await watcher.until('resolution', () => watcher.standing().length === 0)
})

it('A13b: proves that an expired payment was included, whose exit a stranger starts', async () => {
  const { ethereum, operator } = scene
  const { timestamp } = await ethereum.client.getBlock()
  const old = to(BOB, COIN - FEE, timestamp + 5n)
  await operator.checkpoint([old])
  await ethereum.passTime(10)
  await operator.checkpoint()
  await scene.agreement(watcher)
  await fly(old)
  await watcher.until('answer', () => watcher.won().includes('inFlight.included'))
  expect(await lostOf(old)).toBe(0)
  await watcher.until('resolution', () => watcher.standing().length === 0)
})

it('declares an in-flight transaction void whose input is final by another', async () => {
  const { ethereum } = scene
  const first = to(BOB)
  await fly(first)
  await piggybackOutput(as(BOB), { transaction: shownOf(first).transaction, outputIndex: 0 })
  const { exitableAt } = (await getInFlight(as(WATCHER), { txHash: first.hash }))!
  await ethereum.passTime(Number(exitableAt - (await ethereum.client.getBlock()).timestamp) + 1)
  await watcher.until('decision', () =>
    [...watcher.view.claims()].some(({ id, state }) => id === first.hash && state === 'decided'),
  )
  const second = to(CAROL)
  await fly(second)
  await watcher.until('answer', () => watcher.won().includes('inFlight.void'))
  expect(await getVerdict(as(WATCHER), { txHash: second.hash })).toBe('void')
  await watcher.until('resolution', () => watcher.standing().length === 0)
})
