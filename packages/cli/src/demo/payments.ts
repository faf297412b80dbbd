import { ETHER, formatAmount, type Token } from '../terminal/amount.ts'
import type { Cast, Person } from './cast.ts'
import type { Narrator } from './narrator.ts'

const ether = (milli: bigint) => milli * 10n ** 15n
const dollars = (whole: bigint) => whole * 10n ** 6n

/** Alice brings ether, Bob test dollars from Ethereum to the network. */
export async function deposits({ alice, bob, dollar }: Cast, narrator: Narrator): Promise<void> {
  narrator.chapter(
    'Deposit',
    'Money enters from Ethereum: the vault locks it there, the network gives a coin for it.',
  )
  const deposit = async ({ name, client }: Person, amount: bigint, token: Token) => {
    const { id, blockNumber } = await client.deposit({ token: token.address, amount })
    narrator.say(`${name} locks ${formatAmount(amount, token)} in the vault, Ethereum block ${blockNumber}`)
    const coin = await client.waitForOutput({ id, until: 'committed' })
    narrator.check(`${name} has a coin of ${formatAmount(amount, token)} on the network`, coin.amount, amount)
  }
  await narrator.wait('waiting until Ethereum is final and the chain has the coins', () =>
    Promise.all([deposit(alice, ether(3_000n), ETHER), deposit(bob, dollars(1_000n), dollar)]),
  )
  narrator.done('3 ETH and 1,000 TUSD are coins on the network')
}

/** Three payments, one of which spends a coin that is only moments old. */
export async function payments({ alice, bob, carol, dollar }: Cast, narrator: Narrator): Promise<void> {
  narrator.chapter('Pay', 'A payment is one signature; no gas, and the fee is known before.')
  const pay = async (
    from: Person,
    to: Person,
    amount: bigint,
    token: Token,
    finality: 'committed' | 'fast',
  ) => {
    const started = performance.now()
    const payment = await from.client.pay({
      to: to.address,
      amount,
      token: token.address,
      finality,
      memo: 'demo',
    })
    const { height } = await from.client.waitForReceipt({ hash: payment.hash, interval: 20 })
    const milliseconds = Math.round(performance.now() - started)
    const fee = formatAmount(payment.fee.amount, payment.fee.token === token.address ? token : ETHER)
    narrator.say(
      `${from.name} pays ${to.name} ${formatAmount(amount, token)}, fee ${fee}: in block ${height} after ${milliseconds} ms`,
    )
    return payment
  }
  const first = await pay(alice, bob, ether(500n), ETHER, 'committed')
  await pay(bob, carol, dollars(250n), dollar, 'committed')
  // Alice's change is seconds old and in no checkpoint yet: she chooses speed, and relies on the validators until it is (R5).
  const last = await pay(alice, bob, ether(250n), ETHER, 'fast')

  narrator.check('Bob has 0.75 ETH in two coins', await holding(bob, ETHER), `${ether(750n)} in 2`)
  narrator.check('Carol has 250 TUSD', await holding(carol, dollar), `${dollars(250n)} in 1`)
  const left = ether(3_000n - 750n) - first.fee.amount - last.fee.amount
  narrator.check('Alice has the rest, less exactly the two fees', await holding(alice, ETHER), `${left} in 1`)

  const receipt = await narrator.wait('waiting until a checkpoint on Ethereum has the payments', () =>
    alice.client.waitForReceipt({ hash: last.hash, until: 'committed' }),
  )
  narrator.say(
    `Ethereum has checkpoint ${receipt.checkpoint}: from now on these coins are safe whatever the validators do`,
  )
  narrator.done('3 payments, committed to Ethereum')
}

/** Bob makes one coin of two. */
export async function merge({ bob }: Cast, narrator: Narrator): Promise<void> {
  narrator.chapter('Merge', "Small coins add up; making one of one's own is free.")
  const merged = await bob.client.merge({ finality: 'committed' })
  narrator.check('the fee is zero', merged.fee.amount, 0n)
  await narrator.wait('waiting for the next checkpoint', () =>
    bob.client.waitForReceipt({ hash: merged.hash, until: 'committed' }),
  )
  narrator.check('Bob has 0.75 ETH in one coin', await holding(bob, ETHER), `${ether(750n)} in 1`)
  narrator.done('2 coins became 1')
}

async function holding({ client }: Person, { address }: Token): Promise<string> {
  const held = (await client.getBalances()).find(({ token }) => token === address)
  return `${held?.amount ?? 0n} in ${held?.outputs ?? 0}`
}
