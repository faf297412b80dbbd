import { ZERO_ADDRESS } from '@omg/protocol'
import { getCheckpoint, getLastCheckpoint } from '@omg/rootchain'
import { ethereumNodes } from '@omg/rootchain/testing'
import { http, type OmgClient, type Payment } from '@omg/sdk'
import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNetwork, type TestNetwork } from './network.ts'

const ALICE = 1
const BOB = 2
const VALID_SECONDS = 8n

describe.each(ethereumNodes())('A17: retry after a time-out on $name', ({ start }) => {
  let network: TestNetwork
  let alice: OmgClient
  let bob: OmgClient
  /** Alice's wallet behind a connection that loses what she sends, and tells her so or not. */
  let losing: OmgClient

  beforeAll(async () => {
    network = await startNetwork(start)
    alice = network.wallet(ALICE)
    bob = network.wallet(BOB)
    const real = http(network.node.url)
    losing = network.wallet(ALICE, {
      ...real,
      request: (method, params) =>
        method === 'omg_submit' ? Promise.resolve({ txHash: '0x' }) : real.request(method, params),
    })
    const deposits = [
      await alice.deposit({ amount: parseEther('1') }),
      await alice.deposit({ amount: parseEther('2') }),
    ]
    for (const { id } of deposits) await alice.waitForOutput({ id, until: 'committed' })
  }, 120_000)
  afterAll(() => network?.stop())

  const balance = async (client: OmgClient) =>
    (await client.getBalances()).find(({ token }) => token === ZERO_ADDRESS)?.amount ?? 0n

  const answerTo = (payment: Payment): Promise<string> =>
    alice.resubmit({ payment }).catch(({ code }) => code)

  /** Has the chain commit something, so that Ethereum accepts a checkpoint. */
  async function checkpoint(): Promise<void> {
    const { id } = await bob.deposit({ amount: parseEther('0.01') })
    await bob.waitForOutput({ id, until: 'committed' })
  }

  /** What it comes to. A checkpoint behind a pause does not end it alone: another one with the same origin could still hold the payment. */
  async function lastAnswerTo(payment: Payment): Promise<string> {
    for (;;) {
      const answer = await answerTo(payment)
      if (answer !== 'payment.expired') return answer
      await checkpoint()
    }
  }

  async function acceptedAt(): Promise<bigint> {
    const rootChain = network.rootChain(BOB)
    return (await getCheckpoint(rootChain, { number: await getLastCheckpoint(rootChain) }))!.acceptedAt
  }

  it('sends the same bytes again, however often, and pays once', { timeout: 240_000 }, async () => {
    const payment = await losing.pay({ to: bob.address(), amount: parseEther('0.5') })
    expect(await alice.getTransaction(payment)).toBeUndefined()
    expect(await alice.resubmit({ payment })).toBe('pending')
    await alice.resubmit({ payment })
    await alice.waitForReceipt({ hash: payment.hash, until: 'committed' })
    expect(await alice.resubmit({ payment })).toBe('committed')
    expect(await balance(bob)).toBe(parseEther('0.5'))
  })

  it('R7: says so once the payment is dead, and only then pays anew', { timeout: 240_000 }, async () => {
    const lost = await losing.pay({ to: bob.address(), amount: parseEther('0.1'), validFor: VALID_SECONDS })
    const { maxOriginAgeBlocks, secondsPerBlock } = network.deployment.parameters
    const margin = BigInt(maxOriginAgeBlocks * secondsPerBlock)
    // Once the chain has seen a later Ethereum block it includes the payment no more.
    await network.ethereum.passTime(Number(VALID_SECONDS) + 2)
    await checkpoint()
    const early = await answerTo(lost)
    // But Ethereum would still believe validators who did: it cannot tell how old their origin was.
    if ((await acceptedAt()) <= lost.validUntil + margin) expect(early).toBe('payment.expired')
    await network.ethereum.passTime(Number(margin) + 2)
    await checkpoint()
    expect(await lastAnswerTo(lost)).toBe('payment.dead')
    expect(await acceptedAt()).toBeGreaterThan(lost.validUntil + margin)

    const before = await balance(bob)
    const again = await alice.pay({ to: bob.address(), amount: parseEther('0.1') })
    await alice.waitForReceipt({ hash: again.hash })
    expect((await balance(bob)) - before).toBe(parseEther('0.1'))
  })

  it('A16: does not call a payment dead that is in flight on Ethereum', { timeout: 240_000 }, async () => {
    const lost = await losing.pay({ to: bob.address(), amount: parseEther('0.1'), validFor: VALID_SECONDS })
    await bob.startInFlightExit({ payment: lost })
    await bob.piggyback({ payment: lost, side: 'output', index: 0 })
    const { maxOriginAgeBlocks, secondsPerBlock } = network.deployment.parameters
    await network.ethereum.passTime(
      Number(VALID_SECONDS + 2n) + Number(maxOriginAgeBlocks) * Number(secondsPerBlock),
    )
    await checkpoint()
    const answer = await lastAnswerTo(lost)
    // Anything that Alice signed over the same coins now would be its rival, and nobody would be paid.
    expect(answer).toBe('payment.in_flight')
  })
})
