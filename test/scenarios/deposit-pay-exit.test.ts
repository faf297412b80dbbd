import { address, ZERO_ADDRESS } from '@omg/protocol'
import { ethereumNodes, itemOwner, mintItem, mintUsd, testAccount } from '@omg/rootchain/testing'
import type { OmgClient } from '@omg/sdk'
import { erc20Abi, parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNetwork, type TestNetwork } from './network.ts'

const ALICE = 1
const BOB = 2
const ITEM = 7n
const NOTHING = { amount: 0n, outputs: 0 }

describe.each(ethereumNodes())('deposit, pay, exit on $name', ({ start }) => {
  let network: TestNetwork
  let alice: OmgClient
  let bob: OmgClient

  beforeAll(async () => {
    network = await startNetwork(start)
    alice = network.wallet(ALICE)
    bob = network.wallet(BOB)
  })
  afterAll(() => network?.stop())

  const tokens = () => network.deployment.testTokens!

  it('brings ETH, an ERC-20 and an ERC-721 token in', { timeout: 240_000 }, async () => {
    await mintUsd(network.rootChain(ALICE), 1_000_000_000n)
    await mintItem(network.rootChain(ALICE), ITEM)
    const deposits = [
      await alice.deposit({ amount: parseEther('2') }),
      await alice.deposit({ amount: parseEther('1') }),
      await alice.deposit({ token: tokens().usd, amount: 1_000_000_000n }),
      await alice.deposit({ token: tokens().item, tokenId: ITEM }),
    ]
    for (const { id, position } of deposits) {
      const output = await alice.waitForOutput({ id, until: 'committed' })
      expect(output.position).toBe(position)
    }
    expect(await alice.getBalances()).toContainEqual({
      token: ZERO_ADDRESS,
      amount: parseEther('3'),
      outputs: 2,
      locked: NOTHING,
    })
    expect(await alice.getBalances()).toContainEqual({
      token: tokens().usd,
      amount: 1_000_000_000n,
      outputs: 1,
      locked: NOTHING,
    })
  })

  it('merges coins for nothing', { timeout: 240_000 }, async () => {
    const { hash, fee } = await alice.merge()
    expect(fee.amount).toBe(0n)
    await alice.waitForReceipt({ hash, until: 'committed' })
    expect(await alice.getBalances()).toContainEqual({
      token: ZERO_ADDRESS,
      amount: parseEther('3'),
      outputs: 1,
      locked: NOTHING,
    })
  })

  it('pays coins of two tokens and an item in one payment', { timeout: 240_000 }, async () => {
    const seen: string[] = []
    const payment = await alice.pay({
      payments: [
        { to: bob.address(), amount: parseEther('1') },
        { to: bob.address(), amount: 400_000_000n, token: tokens().usd },
        { to: bob.address(), token: tokens().item, tokenId: ITEM },
      ],
      memo: 'rent',
    })
    const receipt = await alice.waitForReceipt({
      hash: payment.hash,
      until: 'committed',
      onStatus: ({ status }) => seen.push(status),
    })
    expect(receipt.status).toBe('committed')
    expect(seen.at(-1)).toBe('committed')
    expect(await bob.getBalances()).toEqual(
      expect.arrayContaining([
        { token: ZERO_ADDRESS, amount: parseEther('1'), outputs: 1, locked: NOTHING },
        { token: tokens().usd, amount: 400_000_000n, outputs: 1, locked: NOTHING },
      ]),
    )
    expect(await alice.resubmit({ payment })).toBe('committed')
  })

  it('takes a coin of each kind back to Ethereum', { timeout: 240_000 }, async () => {
    const { ethereum } = network
    const { outputs } = await bob.getOutputs()
    expect(outputs).toHaveLength(3)
    const quote = await bob.quoteExit({ id: outputs[0]!.id })
    expect(quote.bond).toBeGreaterThan(0n)
    for (const { id } of outputs) {
      const started = await bob.startExit({ id })
      expect(started.exitId).toBe(id)
      expect(await bob.getExit({ id })).toMatchObject({ status: 'waiting', owner: bob.address() })
    }
    await expect(bob.startExit({ id: outputs[0]!.id })).rejects.toMatchObject({ code: 'ethereum.reverted' })

    await ethereum.passTime(Number(quote.duration) + 10)
    const exits = await bob.getExits()
    expect(exits.map(({ status }) => status)).toEqual(['ready', 'ready', 'ready'])

    const paid = [
      ...(await alice.processExits()).paid,
      ...(await alice.processExits({ token: tokens().usd })).paid,
      ...(await alice.processExits({ token: tokens().item, items: true })).paid,
    ]
    expect(new Set(paid)).toEqual(new Set(outputs.map(({ id }) => id)))

    const usd = {
      address: tokens().usd,
      abi: erc20Abi,
      functionName: 'balanceOf',
      args: [bob.address()],
    } as const
    for (const { id, token, type } of outputs) {
      expect(await bob.getExit({ id })).toMatchObject({ status: 'claimable' })
      const before = await ethereum.client.getBalance({ address: bob.address() })
      // Somebody else claims for Bob, so that his balance tells exactly what came.
      await alice.claim({ id })
      const gained = (await ethereum.client.getBalance({ address: bob.address() })) - before
      if (token === ZERO_ADDRESS) expect(gained).toBe(parseEther('1') + quote.bond)
      else expect(gained).toBe(quote.bond)
      if (type === 'item') expect(address(await itemOwner(network.rootChain(BOB), ITEM))).toBe(bob.address())
      expect(await bob.getExit({ id })).toMatchObject({ status: 'done' })
    }
    expect(await ethereum.client.readContract(usd)).toBe(400_000_000n)
    await expect(alice.claim({ id: outputs[0]!.id })).rejects.toMatchObject({ code: 'exit.nothing_to_claim' })
  })

  it('R6: refuses to spend what has left the chain', { timeout: 240_000 }, async () => {
    const spend = (wallet: OmgClient) => wallet.pay({ to: alice.address(), amount: parseEther('0.5') })
    // A deposit that the chain has taken shows that it has read Ethereum up to there.
    const { id } = await bob.deposit({ amount: parseEther('0.1') })
    await bob.waitForOutput({ id, until: 'committed' })
    const { outputs } = await bob.getOutputs({ token: ZERO_ADDRESS })
    expect(outputs.filter(({ locked }) => !locked).map(output => output.id)).toEqual([id])
    expect(await bob.getBalances()).toContainEqual({
      token: ZERO_ADDRESS,
      ...{ amount: parseEther('0.1'), outputs: 1 },
      locked: { amount: parseEther('1'), outputs: 1 },
    })
    // His wallet knows, and takes another coin where that suffices.
    await expect(spend(bob)).rejects.toMatchObject({ code: 'coins.locked' })
    const small = await bob.pay({ to: alice.address(), amount: parseEther('0.05') })
    expect(small.inputs).toEqual([id])
    await bob.waitForReceipt({ hash: small.hash, until: 'committed' })
    // A wallet that does not care is told by the chain.
    const { node } = bob
    const careless = network.wallet(BOB, {
      ...node,
      async request(method, params) {
        const answer = await node.request(method, params)
        if (method !== 'omg_getOutputs') return answer
        const page = answer as { outputs: object[] }
        return { ...page, outputs: page.outputs.map(output => ({ ...output, locked: false })) }
      },
    })
    await expect(spend(careless)).rejects.toMatchObject({ code: 'input.locked' })
  })

  it('lets a payment leave that nobody includes', { timeout: 240_000 }, async () => {
    const { ethereum } = network
    const carol = address(testAccount(3).address)
    const { node } = alice
    // The operator swallows the payment: it answers and does nothing.
    const swallowing = network.wallet(ALICE, {
      ...node,
      request: async (method, params) =>
        method === 'omg_submit' ? { txHash: '0x' } : node.request(method, params),
    })
    const payment = await swallowing.pay({ to: carol, amount: parseEther('0.5') })

    const exit = await alice.startInFlightExit({ payment })
    expect(exit.txHash).toBe(payment.hash)
    const carolsClient = network.wallet(3)
    const hers = await carolsClient.piggyback({ payment, side: 'output', index: 0 })
    const change = await alice.piggyback({ payment, side: 'output', index: 1 })
    await ethereum.passTime(Number(exit.exitableAt - (await ethereum.client.getBlock()).timestamp) + 2)
    const { paid } = await alice.processExits()
    expect(new Set(paid)).toEqual(new Set([hers.exitId, change.exitId]))
    const before = await ethereum.client.getBalance({ address: carol })
    await alice.claim({ id: hers.exitId })
    expect((await ethereum.client.getBalance({ address: carol })) - before).toBe(
      parseEther('0.5') + hers.bond,
    )

    // The bond of the start goes back to Alice, who started; Bob sends the transaction, so her balance tells.
    const alices = () => ethereum.client.getBalance({ address: alice.address() })
    const beforeBond = await alices()
    await bob.claim({ id: payment.hash })
    expect((await alices()) - beforeBond).toBe(exit.bond)
  })
})
