import { type OutputId, unwrap } from '@omg/protocol'
import { type Deployment, depositEth, startStandardExit } from '@omg/rootchain'
import { deployTestNetwork, type Ethereum, rootChainOf, startAnvil } from '@omg/rootchain/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TransactionExitData } from '../src/customer/exit-data.ts'
import { originOf } from '../src/customer/exit-data.ts'
import { PATIENCE, SLOW, startTestWatcher, type TestWatcher, WATCHER } from './fixture.ts'
import { FEE, hexOf, Operator, ownerOf } from './operator.ts'

const [ALICE, BOB] = [1, 2]
const COIN = 10n ** 18n

vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE })

let ethereum: Ethereum
let deployment: Deployment
let operator: Operator

beforeAll(async () => {
  ethereum = await startAnvil()
})
afterAll(() => ethereum.stop())

beforeEach(async () => {
  deployment = await deployTestNetwork(ethereum, { parameters: SLOW })
  operator = await Operator.start(ethereum, deployment)
})
afterEach(() => operator[Symbol.asyncDispose]())

const watch = (change: Partial<Parameters<typeof startTestWatcher>[0]> = {}): Promise<TestWatcher> =>
  startTestWatcher({
    deploymentRecord: deployment,
    ethereum: [ethereum.url],
    node: [operator.url],
    ...change,
  })

const as = (index: number) => rootChainOf(ethereum, deployment, index)

/** Alice's deposit, taken by the chain and committed. */
async function fund(): Promise<{ id: OutputId }> {
  const { id } = await depositEth(as(ALICE), { amount: COIN })
  await ethereum.mine(1)
  await operator.checkpoint()
  return { id }
}

describe('an honest chain', () => {
  it('is followed, agreed with, and exit data is kept that Ethereum takes', async () => {
    const { id } = await fund()
    const pay = operator.pay({ from: [ALICE], inputs: [id], outputs: [operator.coin(BOB, COIN - FEE)] })
    await operator.checkpoint([pay])
    await using watcher = await watch({ customers: [ownerOf(BOB)] })
    await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 2n)
    expect(watcher.standing()).toEqual([])
    expect(watcher.view.status().chain).toMatchObject({ height: 2n, appHash: operator.ledger.tip.appHash })

    const response = await fetch(`${watcher.url}/customers/${ownerOf(BOB)}/exit-data`)
    const { outputs } = (await response.json()) as { outputs: TransactionExitData[] }
    expect(outputs).toMatchObject([{ kind: 'transaction', outputId: pay.ids[0], checkpoint: '2' }])
    const [data] = unwrap(watcher.view.exitData(ownerOf(BOB)))
    const exit = await startStandardExit(as(BOB), originOf(data as TransactionExitData))
    expect(exit.exitId).toBe(pay.ids[0])
    await watcher.until('exit seen', () => watcher.view.status().openExits === 1)
    expect(watcher.standing()).toEqual([])
  })
})

describe('A20: an exit of a spent coin', () => {
  it('is challenged by the included spend, and the bond is earned', async () => {
    const { id } = await fund()
    const pay = operator.pay({ from: [ALICE], inputs: [id], outputs: [operator.coin(BOB, COIN - FEE)] })
    await operator.checkpoint([pay])
    await using watcher = await watch({ customers: [ownerOf(ALICE)] })
    await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 2n)
    const deposit = watcher.view.status()
    expect(deposit.standingAlarms).toBe(0)
    await startStandardExit(as(ALICE), operator.depositOrigin(0))
    await watcher.until('challenge', () => [...watcher.view.disputes()].some(({ state }) => state === 'won'))
    const [dispute] = [...watcher.view.disputes()]
    expect(dispute).toMatchObject({ kind: 'exit.spent', claimId: id, answeredBy: ownerOf(WATCHER) })
    await watcher.until('resolution', () => watcher.standing().length === 0)
  })

  it('is challenged by a payment that was never included', async () => {
    const { id } = await fund()
    const pay = operator.pay({ from: [ALICE], inputs: [id], outputs: [operator.coin(BOB, COIN - FEE)] })
    await using watcher = await watch()
    await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 1n)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ transaction: hexOf(pay) })
    expect((await fetch(`${watcher.url}/evidence`, { method: 'POST', body, headers })).status).toBe(201)
    await startStandardExit(as(ALICE), operator.depositOrigin(0))
    await watcher.until('challenge', () => [...watcher.view.disputes()].some(({ state }) => state === 'won'))
  })
})
