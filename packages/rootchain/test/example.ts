// node packages/rootchain/test/example.ts
import { createEventReader, createRootChain, depositEth, devnetParameters } from '@omg/rootchain'
import { deployContracts } from '@omg/rootchain/deploy'
import { startAnvil, testAccount } from '@omg/rootchain/testing'
import { parseEther } from 'viem'

await using ethereum = await startAnvil()
const deployment = await deployContracts({
  rpcUrl: ethereum.url,
  account: testAccount(0),
  parameters: devnetParameters({ minFinalizationPeriod: 20 }),
  validators: [],
})

const alice = createRootChain({ deployment, urls: [ethereum.url], account: testAccount(1) })
const { id } = await depositEth(alice, { amount: parseEther('1') })

const reader = await createEventReader({ deployment, urls: [ethereum.url], confirmations: 0 })
const step = await reader.poll()
if (step.kind === 'advanced') {
  const deposits = step.events.filter(event => event.kind === 'deposit')
  console.log(deposits[0]?.id === id, deposits[0]?.output.amount)
}
