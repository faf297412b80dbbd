import { ZERO_ADDRESS } from '@omg/protocol'
import { devnetParameters } from '@omg/rootchain'
import { startAnvil } from '@omg/rootchain/testing'
import { ownerOf, PATIENCE, startTestWatcher, WATCHER } from '@omg/watcher/testing'
import { parseEther } from 'viem'
import { expect, it, vi } from 'vitest'
import { startNetwork } from './network.ts'

vi.setConfig({ testTimeout: PATIENCE })

const [MALLORY, BOB] = [1, 2]
const HOUR = 3600

it('a thief withdraws a coin that she has spent: the watcher takes her bond, and the payee is paid', async () => {
  await using network = await startNetwork(() => startAnvil({ blockTime: 1 }), {
    parameters: devnetParameters({ minFinalizationPeriod: HOUR }),
  })
  const { ethereum, deployment } = network
  await using watcher = await startTestWatcher({
    ...{ deploymentRecord: deployment, ethereum: [ethereum.url], node: [network.node.url] },
  })
  const [mallory, bob] = [network.wallet(MALLORY), network.wallet(BOB)]

  const { id } = await mallory.deposit({ amount: parseEther('2') })
  await mallory.waitForOutput({ id, until: 'committed' })
  const kept = await mallory.getExitProof({ id })
  const { hash } = await mallory.pay({ payments: [{ to: bob.address(), amount: parseEther('1') }] })
  await mallory.waitForReceipt({ hash, until: 'committed' })

  const theft = await mallory.startExit({ proof: kept })
  await watcher.until('the challenge', () =>
    [...watcher.view.disputes()].some(({ state }) => state === 'won'),
  )
  expect(await mallory.getExit({ id })).toMatchObject({ status: 'challenged' })

  const [coin] = (await bob.getOutputs()).outputs
  const { exitId } = await bob.startExit({ id: coin!.id })
  const { duration } = await bob.quoteExit({ id: coin!.id })
  await ethereum.passTime(Number(duration) + 2 * HOUR)
  expect((await bob.processExits({ token: ZERO_ADDRESS })).paid).toEqual([exitId])
  expect(await bob.getExit({ id: coin!.id })).toMatchObject({ status: 'claimable' })
  expect(await mallory.getExit({ id })).toMatchObject({ status: 'dropped' })

  // What it did stays on record: its transactions, and what it was paid of the bond. The other half is burnt (A28).
  await watcher.until('the reward', () => [...watcher.view.disputes()].some(({ paidOut }) => paidOut))
  const [dispute] = [...watcher.view.disputes()]
  expect(dispute).toMatchObject({
    kind: 'exit.spent',
    claimId: id,
    answeredBy: ownerOf(WATCHER),
    earned: theft.bond - theft.bond / 2n,
  })
  expect(dispute?.transactions).toHaveLength(2)
  await watcher.until('calm', () => watcher.standing().length === 0)
})
