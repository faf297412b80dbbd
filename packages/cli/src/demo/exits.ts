import { type Hash, outputId } from '@omg/protocol'
import { createClient, type Payment, PaymentUnknownError } from '@omg/sdk'
import { cliError } from '../error.ts'
import { ETHER, formatAmount } from '../terminal/amount.ts'
import { formatSeconds } from '../terminal/duration.ts'
import { type Cast, type Person, silentNode } from './cast.ts'
import type { Narrator } from './narrator.ts'

/** An exit that waits for its time, and what its owner must have on Ethereum at the end. */
export interface Waiting {
  owner: Person
  id: Hash
  amount: bigint
}

/** Bob takes his coin back to Ethereum, with the chain's help. */
export async function honestExit({ bob }: Cast, narrator: Narrator): Promise<Waiting> {
  narrator.chapter(
    'Exit',
    'Bob wants his ether back on Ethereum. Anybody may object for a while, if the coin is spent.',
  )
  const [coin] = (await bob.client.getOutputs({ token: ETHER.address })).outputs
  if (coin === undefined) throw cliError('demo.step', 'Bob has no coin to exit')
  const quote = await bob.client.quoteExit({ id: coin.id })
  const bond = formatAmount(quote.bond, ETHER)
  narrator.say(
    `the exit of ${formatAmount(coin.amount, ETHER)} will take ${formatSeconds(quote.duration)}, with a bond of ${bond} that comes back`,
  )
  const { exitId } = await bob.client.startExit({ id: coin.id })
  const exit = await bob.client.getExit({ id: exitId })
  narrator.check('the exit stands in the queue on Ethereum', exit?.status, 'waiting')
  narrator.done(`${formatAmount(coin.amount, ETHER)} in the queue`)
  return { owner: bob, id: exitId, amount: coin.amount }
}

/** Alice pays Carol, the node says nothing, and the payment leaves through Ethereum all the same. */
export async function inFlightExit({ stage, alice, carol }: Cast, narrator: Narrator): Promise<Waiting[]> {
  narrator.chapter(
    'In-flight exit',
    'A payment that the chain swallows: nobody knows whether it was included. Ethereum settles it.',
  )
  const amount = 10n ** 18n
  const account = alice.client.account
  if (account === undefined) throw new Error('Alice has no key')
  const { deployment, ethereumUrl, nodeUrl } = stage
  const throughSilence = createClient({
    node: silentNode(nodeUrl),
    ethereum: ethereumUrl,
    account,
    deployment,
  })
  const payment = await unknownPayment(() =>
    throughSilence.pay({ to: carol.address, amount, finality: 'committed' }),
  )
  narrator.say(
    `Alice signs ${formatAmount(amount, ETHER)} for Carol; the node does not answer, so she hands Carol the signed payment`,
  )

  const started = await carol.client.startInFlightExit({ payment })
  narrator.say(`Carol starts the in-flight exit of payment ${started.txHash.slice(0, 10)}... on Ethereum`)
  const paid = await carol.client.piggyback({ payment, side: 'output', index: 0 })
  const change = await alice.client.piggyback({ payment, side: 'output', index: 1 })
  const [first, second] = await Promise.all([
    carol.client.getExit({ id: paid.exitId }),
    carol.client.getExit({ id: change.exitId }),
  ])
  narrator.check(`Carol claims her ${formatAmount(amount, ETHER)}`, first?.status, 'waiting')
  narrator.check('Alice claims her change', second?.status, 'waiting')
  narrator.check('the output is the one Alice signed', payment.outputs[0]?.id, outputId(payment.hash, 0))
  narrator.done('a payment that was never included is on its way to Ethereum')
  return [
    { owner: carol, id: paid.exitId, amount },
    { owner: alice, id: change.exitId, amount: payment.outputs[1]?.amount ?? 0n },
  ]
}

async function unknownPayment(pay: () => Promise<Payment>): Promise<Payment> {
  try {
    await pay()
  } catch (error) {
    if (error instanceof PaymentUnknownError) return error.payment
    throw error
  }
  throw cliError('demo.step', 'a node that does not answer took a payment')
}

/** Everybody waits for the exits' time, somebody processes the queue, and Ethereum pays. */
export async function payOut(cast: Cast, waiting: readonly Waiting[], narrator: Narrator): Promise<void> {
  const { passerBy, onEthereum } = cast
  narrator.chapter(
    'Paid out',
    'When their time has come, anybody may process the queue; the money waits for its owner to take it.',
  )
  await narrator.wait('waiting for the exits to come of age', async say => {
    for (;;) {
      const exits = await Promise.all(waiting.map(({ id }) => passerBy.getExit({ id })))
      const remaining = exits.reduce(
        (most, exit) => (exit && exit.remaining > most ? exit.remaining : most),
        0n,
      )
      if (remaining === 0n) return
      say(`   waiting for the exits to come of age, ${formatSeconds(remaining)} to go on Ethereum's clock`)
      await new Promise(resolve => setTimeout(resolve, 500))
    }
  })
  const { paid } = await passerBy.processExits({ token: ETHER.address })
  narrator.say(`a passer-by processes the queue of ETH: ${paid.length} exits paid`)
  for (const { owner, id, amount } of waiting) {
    const exit = await passerBy.getExit({ id })
    narrator.check(`the exit of ${owner.name} is paid`, exit?.status, 'claimable')
    const before = await onEthereum(owner.address, ETHER)
    await passerBy.claim({ id })
    const received = (await onEthereum(owner.address, ETHER)) - before
    const bond = exit?.bond ?? 0n
    narrator.check(
      `${owner.name} has ${formatAmount(amount, ETHER)} more on Ethereum, and the bond of ${formatAmount(bond, ETHER)}`,
      received,
      amount + bond,
    )
  }
  const total = waiting.reduce((sum, { amount }) => sum + amount, 0n)
  narrator.done(`${formatAmount(total, ETHER)} back on Ethereum, to the last wei`)
}
