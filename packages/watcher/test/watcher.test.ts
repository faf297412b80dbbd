import { unwrap } from '@omg/protocol'
import { standardExitsAbi, startStandardExit } from '@omg/rootchain'
import { testAccount } from '@omg/rootchain/testing'
import { describe, expect, it } from 'vitest'
import type { TransactionExitData } from '../src/customer/exit-data.ts'
import { originOf } from '../src/customer/exit-data.ts'
import { ALICE, BOB, COIN, SLOW, useScene, WATCHER } from './fixture.ts'
import { FEE, hexOf, ownerOf, type Payment } from './operator.ts'

const scene = useScene()
const { as, watch } = scene

/** Alice's coin to Bob. */
function payBob(): Payment {
  const { operator, coin } = scene
  return operator.pay({ from: [ALICE], inputs: [coin], outputs: [operator.coin(BOB, COIN - FEE)] })
}

describe('an honest chain', () => {
  it('is followed, agreed with, and exit data is kept that Ethereum takes', async () => {
    const { operator } = scene
    const pay = payBob()
    await operator.checkpoint([pay])
    await using watcher = await watch({ customers: [ownerOf(BOB)] })
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
  it('is challenged by the included spend, and what is not burnt of the bond is earned', async () => {
    const { ethereum, operator, coin } = scene
    await operator.checkpoint([payBob()])
    await using watcher = await watch({ customers: [ownerOf(ALICE)] })
    expect(watcher.view.status().standingAlarms).toBe(0)
    const { bond } = await startStandardExit(as(ALICE), operator.depositOrigin(0))
    await watcher.until('challenge', () => watcher.won().length > 0)
    const answered = async () => {
      const response = await fetch(`${watcher.url}/exits?state=all`)
      return ((await response.json()) as { disputes: unknown[] }).disputes
    }
    const facts = { kind: 'exit.spent', claimId: coin, answeredBy: ownerOf(WATCHER) }
    expect(await answered()).toMatchObject([{ ...facts, paidOut: false, earned: null }])
    await watcher.until('resolution', () => watcher.standing().length === 0)

    const paid = { args: { exitId: coin, recipient: testAccount(WATCHER).address } } as const
    await ethereum.passTime(SLOW.responseWindow)
    await watcher.until('reward', () => [...watcher.view.disputes()].some(({ paidOut }) => paidOut))
    const [log] = await ethereum.client.getContractEvents({
      ...{ address: scene.deployment.standardExits, abi: standardExitsAbi, eventName: 'BondPaid', ...paid },
      ...{ fromBlock: 0n, strict: true },
    })
    expect(log!.args.amount).toBe(bond - bond / 2n)
    expect(await answered()).toMatchObject([{ ...facts, paidOut: true, earned: String(log!.args.amount) }])
    expect(await watcher.view.metrics()).toContain(
      `omg_watcher_bonds_earned_ether_total ${Number(log!.args.amount) / 1e18}`,
    )
  })

  it('is challenged by a payment that was never included', async () => {
    const { operator } = scene
    const pay = payBob()
    await using watcher = await watch()
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ transaction: hexOf(pay) })
    expect((await fetch(`${watcher.url}/evidence`, { method: 'POST', body, headers })).status).toBe(201)
    await startStandardExit(as(ALICE), operator.depositOrigin(0))
    await watcher.until('challenge', () => watcher.won().length > 0)
  })
})
