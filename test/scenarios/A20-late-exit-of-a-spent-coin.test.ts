import { devnetParameters } from '@omg/rootchain'
import { startAnvil } from '@omg/rootchain/testing'
import { PATIENCE, startTestWatcher, type TestWatcherOptions } from '@omg/watcher/testing'
import { parseEther } from 'viem'
import { expect, it, vi } from 'vitest'
import { startNetwork } from './network.ts'

vi.setConfig({ testTimeout: PATIENCE })

const [ALICE, BOB] = [1, 2]
const YEAR = 365 * 24 * 3600

it('A20: a coin spent long ago is withdrawn; a watcher that was restarted meanwhile still knows the spend', async () => {
  await using network = await startNetwork(() => startAnvil({ blockTime: 1 }), {
    parameters: devnetParameters({ minFinalizationPeriod: 3600 }),
  })
  const { ethereum, deployment } = network
  const options: TestWatcherOptions = {
    ...{ deploymentRecord: deployment, ethereum: [ethereum.url], node: [network.node.url] },
  }
  const [alice, bob] = [network.wallet(ALICE), network.wallet(BOB)]
  const { id } = await alice.deposit({ amount: parseEther('1') })
  await alice.waitForOutput({ id, until: 'committed' })
  const kept = await alice.getExitProof({ id })

  const first = await startTestWatcher(options)
  const { hash } = await alice.pay({ payments: [{ to: bob.address(), amount: parseEther('0.5') }] })
  const { height } = await alice.waitForReceipt({ hash, until: 'committed' })
  await first.until('the payment', () => first.view.status().chain.height >= BigInt(height ?? 0))
  await first.stop()
  await ethereum.passTime(YEAR)

  await using second = await startTestWatcher({ ...options, dataDirectory: first.directory })
  await alice.startExit({ proof: kept })
  await second.until('the challenge', () => [...second.view.disputes()].some(({ state }) => state === 'won'))
  expect(await alice.getExit({ id })).toMatchObject({ status: 'challenged' })
  // It had nothing to execute again: the spend came from its own index.
  expect(second.view.status().chain.blocksExecuted).toBeLessThan(Number(second.view.status().chain.height))
})
