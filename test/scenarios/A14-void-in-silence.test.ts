import { ENTRY_BYTES, readEntry } from '@omg/ledger'
import {
  amount,
  coinGuard,
  decodeSignedTransaction,
  encodeSignedTransaction,
  encodeTransaction,
  encodeWitness,
  fromHex,
  type Output,
  type OutputId,
  outputId,
  type Pay,
  payDigest,
  signDigest,
  type TxHash,
  toHex,
  unpackLanes,
  unwrap,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { challengeCanonicity, devnetParameters, domainOf, getVerdict, type SignedPay } from '@omg/rootchain'
import { startAnvil, testPrivateKey } from '@omg/rootchain/testing'
import type { ExitProof, OmgClient, Payment } from '@omg/sdk'
import { startTestWatcher, type TestWatcher } from '@omg/watcher/testing'
import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startNetwork, type TestNetwork } from './network.ts'

const MINUTES = 60_000
vi.setConfig({ testTimeout: 3 * MINUTES })

const [MALLORY, HER_OTHER_ACCOUNT, ALICE, CAROL, MERCHANT] = [1, 2, 3, 4, 5]
const MFP_SECONDS = 600n
const FAR = 10n ** 12n
const FEE = parseEther('0.001')
const [HERS, ALICES, CAROLS] = [parseEther('1'), parseEther('2'), parseEther('3')]

describe('A14: a payment in flight becomes void in silence', () => {
  let network: TestNetwork
  let watcher: TestWatcher
  let [mallory, alice, carol, merchant]: OmgClient[] = []
  /** What Mallory, Alice and Carol pay together, and Mallory keeps from the chain. */
  let shared: Payment
  /** Mallory's coin once more, to herself. */
  let rival: Payment
  /** Carol's coin, to the merchant. */
  let again: Payment
  let ids: OutputId[]
  let exitableAt: bigint

  beforeAll(async () => {
    const parameters = devnetParameters({ minFinalizationPeriod: Number(MFP_SECONDS) })
    network = await startNetwork(() => startAnvil({ blockTime: 1 }), { parameters })
    ;[mallory, alice, carol, merchant] = [MALLORY, ALICE, CAROL, MERCHANT].map(i => network.wallet(i))
    watcher = await watch()
    ids = []
    for (const [wallet, value] of [
      [mallory, HERS],
      [alice, ALICES],
      [carol, CAROLS],
    ] as const) {
      const { id } = await wallet!.deposit({ amount: value })
      await wallet!.waitForOutput({ id, until: 'committed' })
      ids.push(id)
    }
    shared = signed([MALLORY, ALICE, CAROL], ids, [coin(MALLORY, HERS + ALICES + CAROLS - 3n * FEE)])
    rival = signed([MALLORY], [ids[0]!], [coin(HER_OTHER_ACCOUNT, HERS - FEE)])
    again = signed([CAROL], [ids[2]!], [coin(MERCHANT, CAROLS - FEE)])
  }, 3 * MINUTES)

  /** A watcher that has Carol as a customer. */
  function watch(dataDirectory?: string): Promise<TestWatcher> {
    const { deployment, ethereum, node } = network
    return startTestWatcher({
      ...{ deploymentRecord: deployment, ethereum: [ethereum.url], node: [node.url] },
      ...{ customers: [carol!.address()], ...(dataDirectory && { dataDirectory }) },
    })
  }
  afterAll(async () => {
    await watcher?.[Symbol.asyncDispose]()
    await network?.stop()
  })

  const coin = (owner: number, value: bigint): Output => {
    const guard = coinGuard(network.wallet(owner).address())
    return { type: 'coin', guard, token: ZERO_ADDRESS, amount: amount(value) }
  }

  /** A payment that its owners have signed, and nobody has sent. */
  function signed(owners: number[], inputs: OutputId[], outputs: Output[]): Payment {
    const pay: Pay = { kind: 'pay', inputs, outputs, validUntil: FAR, memo: ZERO_HASH }
    const hash = payDigest(pay, domainOf(network.deployment)) as TxHash
    const signatures = owners.map(owner => signDigest(hash, testPrivateKey(owner)))
    const witness = { signatures, orderTerms: [], swapTerms: [] }
    return {
      ...{ hash, inputs, validUntil: FAR },
      signed: toHex(encodeSignedTransaction({ transaction: pay, witness })),
      outputs: outputs.map((output, index) => ({ ...output, id: outputId(hash, index) })),
      fee: { token: ZERO_ADDRESS, amount: amount(BigInt(owners.length) * FEE) },
    }
  }

  /** A payment as the contracts take it, with the makers of its inputs. */
  async function evidence(payment: Payment): Promise<SignedPay> {
    const { transaction, witness } = unwrap(decodeSignedTransaction(fromHex(payment.signed)))
    const proofs: ExitProof[] = []
    for (const id of payment.inputs) proofs.push(await alice!.getExitProof({ id }))
    return {
      transaction: toHex(encodeTransaction(transaction)),
      witness: toHex(encodeWitness(witness)),
      creators: proofs.map(({ origin }) => origin.creator),
    }
  }

  /** The chain has seen everything that is on Ethereum now. */
  async function catchUp(): Promise<void> {
    const { id } = await merchant!.deposit({ amount: parseEther('0.01') })
    await merchant!.waitForOutput({ id, until: 'committed' })
  }

  async function passUntil(time: bigint): Promise<void> {
    const { timestamp } = await network.ethereum.client.getBlock()
    if (time > timestamp) await network.ethereum.passTime(Number(time - timestamp))
  }

  const expectLocked = (payment: Payment) =>
    expect(mallory!.resubmit({ payment })).rejects.toMatchObject({ code: 'input.locked' })

  const inVault = () => network.ethereum.client.getBalance({ address: network.deployment.ethVault })

  /** ETH that the chain owes: every coin that is neither spent nor paid out, and fees not distributed yet. */
  function owed(paidOut: readonly OutputId[]): bigint {
    const { tip, unspent } = network.node.services.ledger
    let sum = 0n
    for (const chunk of unspent.entries()) {
      for (let at = 0; at < chunk.length; at += ENTRY_BYTES) {
        const { id, output } = readEntry(chunk, at)
        if (output.token === ZERO_ADDRESS && !paidOut.includes(id)) sum += output.amount
      }
    }
    const gwei = unpackLanes(tip.feeLanes)[0]! + unpackLanes(tip.feesToDistribute)[0]!
    return sum + gwei * 10n ** 9n
  }

  it('Mallory takes the payment to Ethereum, and shows a rival of it herself', async () => {
    const exit = await mallory!.startInFlightExit({ payment: shared })
    exitableAt = exit.exitableAt
    await mallory!.piggyback({ payment: shared, side: 'output', index: 0 })
    // Alice wants her coin back if the payment does not count. Carol does nothing.
    await alice!.piggyback({ payment: shared, side: 'input', index: 1 })
    const shown = { ...(await evidence(rival)), inputIndex: 0 }
    await challengeCanonicity(network.rootChain(HER_OTHER_ACCOUNT), { txHash: shared.hash, rival: shown })
    await catchUp()
    for (const payment of [shared, rival, again]) await expectLocked(payment)
  })

  it('time makes it void, nobody says so, and the chain does not include it', async () => {
    await watcher.stop()
    await expect(carol!.noteVoid({ hash: shared.hash })).rejects.toMatchObject({ reason: 'NotVoid' })
    await passUntil(exitableAt + 1n)
    expect(await getVerdict(network.rootChain(ALICE), { txHash: shared.hash })).toBe('void')
    await catchUp()
    // Had the chain included it, Ethereum would pay Alice's coin to her, and the chain to Mallory.
    for (const payment of [shared, rival, again]) await expectLocked(payment)
  })

  it('Alice is paid exactly once, Mallory nothing', async () => {
    const before = await inVault()
    const { paid, dropped } = await alice!.processExits()
    expect([paid.length, dropped.length]).toEqual([1, 1])
    await alice!.claim({ id: paid[0]! })
    expect(before - (await inVault())).toBe(ALICES)
    await expect(alice!.startExit({ id: ids[1]! })).rejects.toMatchObject({ reason: 'ExitExists' })
    await expect(alice!.claim({ id: paid[0]! })).rejects.toMatchObject({ code: 'exit.nothing_to_claim' })
    expect(await mallory!.processExits()).toMatchObject({ paid: [], dropped: [] })
    await catchUp()
    expect(owed([ids[1]!])).toBe(await inVault())
  })

  it('the watcher of Carol has Ethereum say so, and only her coin is free', async () => {
    watcher = await watch(watcher.directory)
    await vi.waitFor(async () => expect(await carol!.resubmit({ payment: again })).toBe('pending'), {
      timeout: 2 * MINUTES,
      interval: 200,
    })
    const { hash } = shared
    await expect(carol!.noteVoid({ hash })).rejects.toMatchObject({ reason: 'AlreadyDecided' })
    for (const payment of [shared, rival]) await expectLocked(payment)
    const stolen = signed([ALICE], [ids[1]!], [coin(MERCHANT, ALICES - FEE)])
    await expectLocked(stolen)
    await merchant!.waitForReceipt({ hash: again.hash, until: 'committed' })
    // The watcher executes the same blocks, and finds nothing wrong with them.
    const { height } = network.node.services.ledger.tip
    await watcher.until('the blocks', () => watcher.view.status().chain.height >= height)
    expect(watcher.standing()).toEqual([])
  })

  it('and what she paid with it leaves for Ethereum', async () => {
    const { id } = again.outputs[0]!
    // Ethereum knows another payment of that input, a void one: the wallet shows that this one was included.
    const exit = await merchant!.startExit({ id })
    await passUntil(exit.exitableAt + 1n)
    const before = await inVault()
    expect((await merchant!.processExits()).paid).toEqual([exit.exitId])
    await merchant!.claim({ id: exit.exitId })
    expect(before - (await inVault())).toBe(CAROLS - FEE)
    await catchUp()
    expect(owed([ids[1]!, id])).toBe(await inVault())
  })
})
