import { exitDelegateDigest, signDigest } from '@omg/protocol'
import { depositEth, domainOf, getExit, startStandardExit } from '@omg/rootchain'
import { deployTestNetwork, rootChainOf, startAnvil, testPrivateKey } from '@omg/rootchain/testing'
import type { TransactionExitData } from '@omg/watcher'
import { FEE, Operator, ownerOf, PATIENCE, SLOW, startTestWatcher, WATCHER } from '@omg/watcher/testing'
import { parseEther } from 'viem'
import { expect, it, vi } from 'vitest'

vi.setConfig({ testTimeout: PATIENCE })

const [ALICE, BOB] = [1, 2]
const COIN = parseEther('1')

it('A31: a checkpoint without its blocks; what the watcher kept is enough to leave without any node', async () => {
  await using ethereum = await startAnvil()
  const deployment = await deployTestNetwork(ethereum, { parameters: SLOW })
  await using operator = await Operator.start(ethereum, deployment)
  const as = (index: number) => rootChainOf(ethereum, deployment, index)
  const deposits = [
    await depositEth(as(ALICE), { amount: COIN }),
    await depositEth(as(ALICE), { amount: COIN }),
  ]
  await ethereum.mine(1)
  await operator.checkpoint()
  const toBob = operator.pay({
    from: [ALICE],
    inputs: [deposits[0]!.id],
    outputs: [operator.coin(BOB, COIN - FEE)],
  })
  await operator.checkpoint([toBob])

  await using watcher = await startTestWatcher({
    ...{ deploymentRecord: deployment, ethereum: [ethereum.url], node: [operator.url] },
    customers: [ownerOf(ALICE), ownerOf(BOB)],
  })
  await watcher.until('agreement', () => watcher.view.status().ethereum.lastAgreedCheckpoint === 2n)
  const delegation = { owner: ownerOf(ALICE), delegate: ownerOf(WATCHER), validUntil: 10n ** 11n }
  const signature = signDigest(exitDelegateDigest(delegation, domainOf(deployment)), testPrivateKey(ALICE))
  await watcher.view.delegate({ ...delegation, signature })

  // From now on nobody serves anything, and checkpoints go on.
  operator.down = true
  await operator.checkpoint()
  await watcher.until('the alarm', () => watcher.standing().includes('data.withheld 3'))

  // Alice delegated: her coin leaves by itself. Bob did not: he takes his data from the watcher, and leaves.
  await watcher.until('the exit of Alice', () => watcher.view.status().openExits === 1)
  expect(await getExit(as(ALICE), { id: deposits[1]!.id })).toMatchObject({
    state: 'open',
    owner: ownerOf(ALICE),
  })
  const response = await fetch(`${watcher.url}/customers/${ownerOf(BOB)}/exit-data`)
  const { outputs } = (await response.json()) as { outputs: (TransactionExitData & { lanes: string })[] }
  const { transaction, outputIndex, header, path, witnessHash, inputPositions, lanes, proof } = outputs[0]!
  const inclusion = { header, path, witnessHash, inputPositions, lanes: BigInt(lanes), proof }
  const { exitId } = await startStandardExit(as(BOB), { creator: { transaction, outputIndex }, inclusion })
  expect(exitId).toBe(toBob.ids[0])
  await watcher.until('both exits', () => watcher.view.status().openExits === 2)
})
