import { unwrap } from '@omg/protocol'
import { startStandardExit } from '@omg/rootchain'
import { describe, expect, it } from 'vitest'
import type { TransactionExitData } from '../src/customer/exit-data.ts'
import { originOf } from '../src/customer/exit-data.ts'
import { ALICE, BOB, COIN, useScene, WATCHER } from './fixture.ts'
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
  it('is challenged by the included spend, and the bond is earned', async () => {
    const { operator } = scene
    const pay = payBob()
    await operator.checkpoint([pay])
    await using watcher = await watch({ customers: [ownerOf(ALICE)] })
    expect(watcher.view.status().standingAlarms).toBe(0)
    await startStandardExit(as(ALICE), operator.depositOrigin(0))
    await watcher.until('challenge', () => watcher.won().length > 0)
    const [dispute] = [...watcher.view.disputes()]
    expect(dispute).toMatchObject({ kind: 'exit.spent', claimId: scene.coin, answeredBy: ownerOf(WATCHER) })
    await watcher.until('resolution', () => watcher.standing().length === 0)
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
