import type { OutputId } from '@omg/protocol'
import { FakeEthereum } from './fake.ts'
import { FEE, ownerOf, pay, testNode, until } from './harness.ts'

/*
 * A node that pays without end, to be killed: prints `height appHash` of every block after it is durable. Started again
 * on the same directory it goes on with the coins that are left.
 */

const COINS = 40
const directory = process.argv[2]!
// The same Ethereum in every life.
const ethereum = new FakeEthereum(1_700_000_000n)
const coins = ethereum.depositMany(
  Array.from({ length: COINS }, () => ({ owner: ownerOf(1), amount: 10n ** 18n })),
)

const node = await testNode({
  directory,
  ethereum,
  flushOperations: 7,
  settings: { 'block.intervalMilliseconds': 0 },
})
const { tip } = node.services.ledger
process.stdout.write(`up ${tip.height} ${tip.appHash}\n`)
node.services.events.on('block', ({ execution }) => {
  process.stdout.write(`block ${execution.block.height} ${execution.block.appHash}\n`)
})
await until(() => node.services.ledger.tip.inboxCursor === BigInt(COINS), 'deposits')

for (;;) {
  const page = node.services.outputs.list(ownerOf(1), undefined, undefined, 200)
  const inputs = page.outputs.map(({ id, output }) => ({ id: id as OutputId, amount: output.amount }))
  for (const { id, amount } of inputs) {
    const { hex } = pay({ from: 1, inputs: [id], outputs: [{ to: 1, amount: amount - FEE }] })
    await node.call('omg_submit', [hex]).catch(() => {})
  }
  if (coins.length === 0) break
}
