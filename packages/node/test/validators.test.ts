import { headerHash } from '@omg/protocol'
import { afterEach, expect, test } from 'vitest'
import { FEE, ownerOf, pay, type TestNode, until } from './harness.ts'
import { startValidators, type ValidatorNetwork } from './validators.ts'

let network: ValidatorNetwork
afterEach(() => network.close())

const ETH = 10n ** 18n

/** Every node has the coin, pays from it through node `i`, and every node sees the payment. */
async function payThrough(i: number, amount = ETH): Promise<void> {
  const coin = network.ethereum.deposit(ownerOf(1), amount)
  await everywhere(node => node.services.outputs.get(coin) !== undefined, 'the deposit')
  const { hex, outputs } = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: amount - FEE }] })
  await network.node(i).call('omg_submit', [hex])
  await everywhere(node => node.services.outputs.get(outputs[0]!) !== undefined, 'the payment')
}

async function everywhere(condition: (node: TestNode) => boolean, what: string): Promise<void> {
  await until(() => {
    if (network.bft.failure) throw network.bft.failure
    return network.nodes.every(condition)
  }, what)
}

const acceptedBy = (node: TestNode) => node.ethereum.submitted.length

test('four validators: a payment through any of them is in one chain, and a checkpoint with a quorum of signatures on Ethereum', async () => {
  network = await startValidators(4)
  for (const i of [0, 3]) await payThrough(i)
  await until(() => acceptedBy(network.node(0)) >= 2, 'checkpoints on Ethereum')
  await everywhere(
    ({ services }) => services.ledger.tip.height >= network.node(0).services.ledger.tip.height,
    'one height',
  )
  for (const header of network.ethereum.submitted) {
    for (const { services } of network.nodes) {
      const checkpoint = services.checkpoints.get(header.checkpoint)!
      expect(checkpoint.headerHash).toBe(headerHash(header))
      expect(services.checkpoints.hasQuorum(checkpoint)).toBe(true)
    }
  }
  const proposers = new Set(
    network.bft.verdicts.filter(({ decided }) => decided).map(({ proposer }) => proposer),
  )
  expect(proposers.size).toBe(4)
})
