import { address, ZERO_ADDRESS } from '@omg/protocol'
import { startAnvil, testAccount } from '@omg/rootchain/testing'
import { createClient, type OmgClient, webSocket } from '@omg/sdk'
import { type EIP1193Provider, parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNetwork, type TestNetwork } from './network.ts'

const ALICE = 1
const BOB = 2

/** anvil holds the keys of the test accounts, so it is an EIP-1193 wallet: it signs, sends, and answers everything else. */
describe('a browser wallet', () => {
  let network: TestNetwork
  let alice: OmgClient
  let refusing: OmgClient
  const asked: string[] = []

  beforeAll(async () => {
    network = await startNetwork(() => startAnvil({ blockTime: 1 }))
    const provider = {
      request: (call: { method: string }) => {
        asked.push(call.method)
        return network.ethereum.client.request(call as never)
      },
    } as Pick<EIP1193Provider, 'request'>
    const refusal = Object.assign(new Error('User rejected the request.'), { code: 4001 })
    const refuser = {
      request: (call: { method: string }) =>
        /^eth_(send|sign)/.test(call.method) ? Promise.reject(refusal) : provider.request(call as never),
    } as Pick<EIP1193Provider, 'request'>
    const owner = address(testAccount(ALICE).address)
    const node = network.node.url.replace('http', 'ws')
    alice = createClient({ node: webSocket(node), ethereum: provider, account: { address: owner, provider } })
    refusing = createClient({ node, ethereum: provider, account: { address: owner, provider: refuser } })
  })
  afterAll(async () => {
    alice?.close()
    refusing?.close()
    await network?.stop()
  })

  it('deposits, hears of it, pays and exits', { timeout: 240_000 }, async () => {
    const bob = network.wallet(BOB)
    const received: unknown[] = []
    alice.subscribe({ channel: { owner: bob.address() }, onEvent: event => received.push(event) })
    const { id } = await alice.deposit({ amount: parseEther('1') })
    await alice.waitForOutput({ id, until: 'committed' })
    const { hash } = await alice.pay({ to: bob.address(), amount: parseEther('0.4') })
    await alice.waitForReceipt({ hash, until: 'committed' })
    const locked = { amount: 0n, outputs: 0 }
    expect(await bob.getBalances()).toEqual([
      { token: ZERO_ADDRESS, amount: parseEther('0.4'), outputs: 1, locked },
    ])
    while (received.length === 0) await new Promise(resolve => setTimeout(resolve, 20))
    expect(received[0]).toMatchObject({ received: [{ amount: String(parseEther('0.4')), txHash: hash }] })

    const [change] = (await alice.getOutputs()).outputs
    const exit = await alice.startExit({ id: change!.id })
    expect(await alice.getExit({ id: exit.exitId })).toMatchObject({
      status: 'waiting',
      owner: alice.address(),
    })
    expect(asked).toContain('eth_signTypedData_v4')
    expect(asked).toContain('eth_sendTransaction')
  })

  it('may refuse, and nothing happens', { timeout: 240_000 }, async () => {
    await expect(refusing.deposit({ amount: 1n })).rejects.toMatchObject({ code: 'wallet.refused' })
    const { id } = await alice.deposit({ amount: parseEther('1') })
    await alice.waitForOutput({ id, until: 'committed' })
    const payment = { to: network.wallet(BOB).address(), amount: parseEther('0.1') }
    await expect(refusing.pay(payment)).rejects.toMatchObject({ code: 'wallet.refused' })
  })
})
