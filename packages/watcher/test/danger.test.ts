import { exitDelegateDigest, type OutputId, signDigest } from '@omg/protocol'
import { type Deployment, depositEth, domainOf, getExit } from '@omg/rootchain'
import {
  deployTestNetwork,
  type Ethereum,
  rootChainOf,
  startAnvil,
  testPrivateKey,
} from '@omg/rootchain/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { PATIENCE, SLOW, startTestWatcher, type TestWatcher, WATCHER } from './fixture.ts'
import { FEE, Operator, ownerOf } from './operator.ts'

const [ALICE, BOB, MALLORY] = [1, 2, 3]
const COIN = 10n ** 18n

vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE })

let ethereum: Ethereum
let deployment: Deployment
let operator: Operator
let id: OutputId
let watcher: TestWatcher

beforeAll(async () => {
  ethereum = await startAnvil()
})
afterAll(() => ethereum.stop())

/** Alice has a committed coin; she delegated to the watcher, Bob is a customer and did not. */
beforeEach(async () => {
  deployment = await deployTestNetwork(ethereum, { parameters: SLOW })
  operator = await Operator.start(ethereum, deployment)
  id = (await depositEth(rootChainOf(ethereum, deployment, ALICE), { amount: COIN })).id
  await ethereum.mine(1)
  await operator.checkpoint()
  watcher = await startTestWatcher({
    ...{ deploymentRecord: deployment, ethereum: [ethereum.url], node: [operator.url] },
    customers: [ownerOf(ALICE), ownerOf(BOB)],
  })
  await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 1n)
  await delegate()
})
afterEach(async () => {
  await watcher[Symbol.asyncDispose]()
  await operator[Symbol.asyncDispose]()
})

async function delegate(): Promise<void> {
  const delegation = { owner: ownerOf(ALICE), delegate: ownerOf(WATCHER), validUntil: 10n ** 11n }
  const signature = signDigest(exitDelegateDigest(delegation, domainOf(deployment)), testPrivateKey(ALICE))
  const body = JSON.stringify({ ...delegation, validUntil: String(delegation.validUntil), signature })
  const headers = { 'content-type': 'application/json' }
  expect((await fetch(`${watcher.url}/delegations`, { method: 'POST', body, headers })).status).toBe(201)
}

/** Alice's coin leaves, in her name, although only the watcher acted. */
async function expectAliceToExit(): Promise<void> {
  await watcher.until('exit', () => watcher.view.status().openExits === 1)
  expect(await getExit(rootChainOf(ethereum, deployment, WATCHER), { id })).toMatchObject({
    state: 'open',
    owner: ownerOf(ALICE),
    amount: COIN,
  })
}

const pay = (inputs: OutputId[], from: number) =>
  operator.pay({ from: [from], inputs, outputs: [operator.coin(MALLORY, COIN / 2n)] })

it('A23: a block that mints is refused, and the coin that was delegated leaves', async () => {
  const minted = operator.conjure(operator.coin(MALLORY, COIN))
  await operator.block([
    operator.pay({ from: [MALLORY], inputs: [minted], outputs: [operator.coin(MALLORY, COIN - FEE)] }),
  ])
  await watcher.until('alarm', () => watcher.standing().includes('block.invalid 2'))
  const [alarm] = watcher.view.alarms.standing()
  expect(alarm).toMatchObject({ severity: 'critical', details: { height: '2', code: 'input.missing' } })
  await expectAliceToExit()
})

it('A23: a block that takes a coin under the wrong signature is refused', async () => {
  operator.conjure(operator.coin(MALLORY, COIN), id)
  await operator.block([
    operator.pay({ from: [MALLORY], inputs: [id], outputs: [operator.coin(MALLORY, COIN - FEE)] }),
  ])
  await watcher.until('alarm', () => watcher.standing().includes('block.invalid 2'))
  expect(watcher.view.alarms.standing()[0]?.details.code).toBe('signature.wrong_signer')
  await expectAliceToExit()
})

it('A31: a checkpoint whose blocks nobody serves makes the delegated coin leave; data served late is taken', async () => {
  operator.withheldFrom = 2
  await operator.checkpoint()
  await watcher.until('alarm', () => watcher.standing().includes('data.withheld 2'))
  await expectAliceToExit()
  operator.withheldFrom = Number.POSITIVE_INFINITY
  await watcher.until('resolution', () => watcher.standing().length === 0)
  expect(watcher.view.status().ethereum.lastAgreedCheckpoint).toBe(2n)
})

it('A31: a node that is silent while checkpoints go on withholds data', async () => {
  operator.down = true
  await operator.checkpoint()
  await watcher.until('alarms', () => watcher.standing().includes('data.withheld 2'))
  expect(watcher.standing()).toContain('node.unreachable nodes')
  await expectAliceToExit()
})

it('a checkpoint that is not the one of the blocks is an alarm, and the delegated coin leaves', async () => {
  await operator.block([], { closes: true })
  await operator.submit({ txRoot: `0x${'66'.repeat(32)}` as never })
  await watcher.until('alarm', () => watcher.standing().includes('checkpoint.mismatch 2'))
  await expectAliceToExit()
})

it('starts no exit for a customer who did not delegate, nor while nothing is wrong', async () => {
  const toBob = operator.pay({ from: [ALICE], inputs: [id], outputs: [operator.coin(BOB, COIN - FEE)] })
  await operator.checkpoint([toBob])
  await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 2n)
  expect(watcher.view.status().openExits).toBe(0)
  operator.withheldFrom = 3
  await operator.checkpoint([pay([toBob.ids[0]!], BOB)].slice(1))
  await watcher.until('alarm', () => watcher.standing().includes('data.withheld 3'))
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(watcher.view.status().openExits).toBe(0)
})
