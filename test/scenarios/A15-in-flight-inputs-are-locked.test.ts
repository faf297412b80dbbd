import {
  decodeSignedTransaction,
  encodeTransaction,
  encodeWitness,
  fromHex,
  toHex,
  unwrap,
  ZERO_ADDRESS,
} from '@omg/protocol'
import { challengeCanonicity, devnetParameters, getVerdict } from '@omg/rootchain'
import { startAnvil } from '@omg/rootchain/testing'
import type { ExitProof, OmgClient, Payment } from '@omg/sdk'
import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNetwork, type TestNetwork } from './network.ts'

const BOB = 1
const HIS_OTHER_ACCOUNT = 2
const MERCHANT = 3
const STRANGER = 4
const MFP_SECONDS = 600

describe('A15: the inputs of a payment in flight are locked on the chain', () => {
  let network: TestNetwork
  let bob: OmgClient
  let merchant: OmgClient
  /** A payment of Bob to himself, which he keeps from the chain. */
  let hidden: Payment
  /** Another one of the same coin, to the merchant. */
  let rival: Payment
  /** Where the coin of both comes from. */
  let proof: ExitProof
  let exitableAt: bigint

  beforeAll(async () => {
    const parameters = devnetParameters({ minFinalizationPeriod: MFP_SECONDS })
    network = await startNetwork(() => startAnvil({ blockTime: 1 }), { parameters })
    bob = network.wallet(BOB)
    merchant = network.wallet(MERCHANT)
    const { id } = await bob.deposit({ amount: parseEther('1') })
    await bob.waitForOutput({ id, until: 'committed' })
    proof = await bob.getExitProof({ id })
    const value = parseEther('0.9')
    hidden = await signedOnly({ to: network.wallet(HIS_OTHER_ACCOUNT).address(), amount: value })
    rival = await signedOnly({ to: merchant.address(), amount: value })
  }, 120_000)
  afterAll(() => network?.stop())

  /** A payment by a wallet that does not send it, and forgets what it has signed. */
  async function signedOnly(parameters: Parameters<OmgClient['pay']>[0]): Promise<Payment> {
    const { node } = bob
    const silent = network.wallet(BOB, {
      ...node,
      request: (method, params) =>
        method === 'omg_submit' ? Promise.resolve({ txHash: '0x' }) : node.request(method, params),
    })
    return silent.pay(parameters)
  }

  /** The chain has seen everything that is on Ethereum now. */
  async function catchUp(): Promise<void> {
    const { id } = await merchant.deposit({ amount: parseEther('0.01') })
    await merchant.waitForOutput({ id, until: 'committed' })
  }

  async function passUntil(time: bigint): Promise<void> {
    const { timestamp } = await network.ethereum.client.getBlock()
    await network.ethereum.passTime(Number(time - timestamp))
  }

  it('Bob takes his hidden payment to Ethereum', { timeout: 240_000 }, async () => {
    const exit = await bob.startInFlightExit({ payment: hidden })
    exitableAt = exit.exitableAt
    await network.wallet(HIS_OTHER_ACCOUNT).piggyback({ payment: hidden, side: 'output', index: 0 })
    await catchUp()
  })

  it('when no rival counts there any more, the chain refuses one', { timeout: 240_000 }, async () => {
    await passUntil(exitableAt - BigInt(MFP_SECONDS) / 2n + 1n)
    const { transaction, witness } = unwrap(decodeSignedTransaction(fromHex(rival.signed)))
    const shown = {
      transaction: toHex(encodeTransaction(transaction)),
      witness: toHex(encodeWitness(witness)),
      creators: [proof.origin.creator],
      inputIndex: 0,
    }
    const challenge = challengeCanonicity(network.rootChain(STRANGER), { txHash: hidden.hash, rival: shown })
    await expect(challenge).rejects.toMatchObject({ reason: 'TooLate' })
    // So Ethereum will pay Bob. Had the chain included the rival, the merchant would own a coin without cover.
    await expect(bob.resubmit({ payment: rival })).rejects.toMatchObject({ code: 'input.locked' })
  })

  it('a stranger who starts an exit stops nobody: the payment itself passes', {
    timeout: 240_000,
  }, async () => {
    const id = (await bob.deposit({ amount: parseEther('2') })).id
    await bob.waitForOutput({ id, until: 'committed' })
    const public_ = await signedOnly({ to: merchant.address(), amount: parseEther('1.5') })
    expect(public_.inputs).toEqual([id])
    await network.wallet(STRANGER).startInFlightExit({ payment: public_ })
    await catchUp()
    expect(await bob.resubmit({ payment: public_ })).toBe('pending')
    await merchant.waitForReceipt({ hash: public_.hash, until: 'committed' })
  })

  it('and the vault covers every coin of the chain', { timeout: 240_000 }, async () => {
    await passUntil(exitableAt + 1n)
    const { paid } = await bob.processExits()
    expect(paid).toHaveLength(1)
    expect(await getVerdict(network.rootChain(BOB), { txHash: hidden.hash })).toBe('canonical')
    await catchUp()
    await expect(bob.resubmit({ payment: rival })).rejects.toMatchObject({ code: 'input.locked' })
    expect(await merchant.getTransaction(rival)).toBeUndefined()
    const eth = (await merchant.getBalances()).find(({ token }) => token === ZERO_ADDRESS)
    expect(eth?.amount).toBe(parseEther('1.5') + 3n * parseEther('0.01'))
  })
})
