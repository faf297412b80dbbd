import { createHash } from 'node:crypto'
import { type Address, type Hash, type OutputId, toHex, ZERO_ADDRESS } from '@omg/protocol'
import { FakeEthereum } from './fake.ts'
import { FEE, ownerOf, pay, testNode, until } from './harness.ts'
import { instruct, MARKET_TERMS, order, place, TOKEN } from './orders.ts'

/*
 * A node that pays and trades without end, to be killed: prints `height appHash orders` of every block after it is durable, the last
 * being the hash of all that is kept of orders. Started again on the same directory it goes on with the coins that are left.
 */

const COINS = 40
const SELLS = 10
const directory = process.argv[2]!
// The same Ethereum in every life.
const ethereum = new FakeEthereum(1_700_000_000n)
ethereum.list(MARKET_TERMS)
const coins = ethereum.depositMany([
  ...Array.from({ length: COINS }, () => ({ owner: ownerOf(1), amount: 10n ** 18n })),
  ...Array.from({ length: SELLS }, () => ({ owner: ownerOf(2), amount: 10n ** 9n, token: TOKEN })),
  ...Array.from({ length: SELLS }, () => ({ owner: ownerOf(2), amount: 10n ** 18n })),
])

const node = await testNode({
  directory,
  ethereum,
  flushOperations: 7,
  settings: { 'block.intervalMilliseconds': 0 },
})
const { ledger, outputs } = node.services
const print = (word: string) => {
  const { height, appHash } = ledger.tip
  process.stdout.write(`${word} ${height} ${appHash} ${ledger.orders.hash}\n`)
}
print('up')
node.services.events.on('block', () => print('block'))
await until(() => ledger.tip.inboxCursor === BigInt(coins.length), 'deposits')
const submit = (hex: string) => node.call('omg_submit', [hex]).catch(() => {})

const coinsOf = (owner: number, token: Address) =>
  outputs.list(ownerOf(owner), token, undefined, 200).outputs.map(({ id, output }) => {
    return { id: id as OutputId, amount: output.amount as bigint }
  })

for (let round = 0; ; round++) {
  for (const [i, { id, amount }] of coinsOf(1, ZERO_ADDRESS).entries()) {
    const rest = amount - FEE
    // Every fourth coin buys; the book deepens, and some of what stands in it is taken back.
    const bid = order(1, 'buy', 10 + ((round + i) % 20), 12, { nonce: nonceOf(`${id} bid`) })
    const { hex } =
      i % 4 === 0 && rest > bid.output.amount
        ? place({ from: 1, inputs: [id], orders: [bid], change: [{ amount: rest - bid.output.amount }] })
        : pay({ from: 1, inputs: [id], outputs: [{ to: 1, amount: rest }] })
    await submit(hex)
  }
  const [token] = coinsOf(2, TOKEN)
  const [fees] = coinsOf(2, ZERO_ADDRESS)
  if (token && fees) {
    const ask = order(2, 'sell', 10 + (round % 20), 20, { nonce: nonceOf(`${token.id} ask`) })
    const change = [{ amount: fees.amount - FEE }, { token: TOKEN, amount: token.amount - ask.output.amount }]
    await submit(place({ from: 2, inputs: [fees.id, token.id], orders: [ask], change }).hex)
  }
  for (const { guard } of node.services.orders.orders(ownerOf(1), undefined, undefined, 1)) {
    await submit(instruct(1, [{ from: guard }]).hex)
  }
}

/** Distinct over all lives, as the nonce of an order has to be. */
function nonceOf(text: string): Hash {
  return toHex(createHash('sha256').update(text).digest()) as Hash
}
