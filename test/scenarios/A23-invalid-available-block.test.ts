import { exitDelegateDigest, signDigest } from '@omg/protocol'
import { depositEth, domainOf, getExit, processExits, startStandardExit } from '@omg/rootchain'
import { deployTestNetwork, rootChainOf, startAnvil, testPrivateKey } from '@omg/rootchain/testing'
import { FEE, Operator, ownerOf, PATIENCE, SLOW, startTestWatcher, WATCHER } from '@omg/watcher/testing'
import { parseEther } from 'viem'
import { expect, it, vi } from 'vitest'

vi.setConfig({ testTimeout: PATIENCE })

const [ALICE, MALLORY] = [1, 3]
const COIN = parseEther('1')
const ETH = `0x${'00'.repeat(20)}` as never

it('A23: every validator signs a mint and shows it; an owner who is asleep is withdrawn in time and paid first', async () => {
  await using ethereum = await startAnvil()
  const deployment = await deployTestNetwork(ethereum, { parameters: SLOW })
  await using operator = await Operator.start(ethereum, deployment)
  const as = (index: number) => rootChainOf(ethereum, deployment, index)
  const { id } = await depositEth(as(ALICE), { amount: COIN })
  await ethereum.mine(1)
  await operator.checkpoint()

  await using watcher = await startTestWatcher({
    ...{ deploymentRecord: deployment, ethereum: [ethereum.url], node: [operator.url] },
    customers: [ownerOf(ALICE)],
  })
  const delegation = { owner: ownerOf(ALICE), delegate: ownerOf(WATCHER), validUntil: 10n ** 11n }
  const signature = signDigest(exitDelegateDigest(delegation, domainOf(deployment)), testPrivateKey(ALICE))
  expect(await watcher.view.delegate({ ...delegation, signature })).toMatchObject({ ok: true })
  await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 1n)

  // The vault holds one coin. The validators make another one out of nothing, and Mallory runs for it.
  const minted = operator.conjure(operator.coin(MALLORY, COIN))
  const theft = operator.pay({
    from: [MALLORY],
    inputs: [minted],
    outputs: [operator.coin(MALLORY, COIN - FEE)],
  })
  await operator.checkpoint([theft])
  const thief = await startStandardExit(as(MALLORY), operator.origin(theft, 0))

  await watcher.until('the alarm', () => watcher.standing().includes('block.invalid 2'))
  await watcher.until('the exit', () => [...watcher.view.claims()].some(claim => claim.id === id))
  const honest = await getExit(as(ALICE), { id })
  expect(honest).toMatchObject({ owner: ownerOf(ALICE), amount: COIN })
  expect(honest!.exitableAt).toBeLessThan(thief.exitableAt)

  await ethereum.passTime(3 * 3600)
  await processExits(as(ALICE), { token: ETH })
  expect(await getExit(as(ALICE), { id })).toMatchObject({ state: 'paid' })
  expect((await getExit(as(MALLORY), { id: thief.exitId }))?.state).not.toBe('paid')
})
