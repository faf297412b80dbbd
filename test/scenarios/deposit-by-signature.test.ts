import { type Address, address, type Hex } from '@omg/protocol'
import { devnetParameters, erc20VaultAbi, getPermit2, testUsdAbi, writeContract } from '@omg/rootchain'
import { mintUsd, startAnvil, testAccount } from '@omg/rootchain/testing'
import { createClient, type DepositApproval, type OmgClient } from '@omg/sdk'
import { decodeFunctionData, type EIP1193Provider, erc20Abi, maxUint256 } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNetwork, type TestNetwork } from './network.ts'

const [ALICE, BOB, CAROL, DAVE] = [1, 2, 3, 4]

describe('ERC-20 deposits that a signature allows', () => {
  let network: TestNetwork
  let usd: Address

  beforeAll(async () => {
    network = await startNetwork(() => startAnvil({ blockTime: 1 }), {
      parameters: devnetParameters(),
      permit2: true,
    })
    usd = network.deployment.testTokens!.usd
    for (const index of [ALICE, BOB, CAROL]) await mintUsd(network.rootChain(index), 1_000n)
  }, 120_000)
  afterAll(() => network?.stop())

  const allowance = (index: number, spender: Address) =>
    network.ethereum.client.readContract({
      ...{ address: usd, abi: erc20Abi, functionName: 'allowance' },
      args: [testAccount(index).address, spender],
    })
  const transactions = (index: number) =>
    network.ethereum.client.getTransactionCount({ address: testAccount(index).address })

  async function depositTwice(
    client: OmgClient,
    index: number,
    approval: DepositApproval,
  ): Promise<number[]> {
    const counts: number[] = []
    for (const amount of [300n, 200n]) {
      const before = await transactions(index)
      const { id } = await client.deposit({ token: usd, amount, approval })
      counts.push((await transactions(index)) - before)
      expect(await client.waitForOutput({ id })).toMatchObject({ token: usd, amount })
    }
    return counts
  }

  /** anvil holds the keys of the test accounts, so it is an EIP-1193 wallet. */
  function browserWallet(index: number, beforeSending?: (transaction: { data: Hex }) => Promise<void>) {
    const provider = {
      async request(call: { method: string; params?: readonly { data: Hex }[] }) {
        if (call.method === 'eth_sendTransaction') await beforeSending?.(call.params![0]!)
        return network.ethereum.client.request(call as never)
      },
    } as Pick<EIP1193Provider, 'request'>
    const account = { address: address(testAccount(index).address), provider }
    return createClient({ node: network.node.url, ethereum: provider, account })
  }

  it('EIP-2612: one transaction each, and no allowance stays', { timeout: 240_000 }, async () => {
    expect(await depositTwice(network.wallet(ALICE), ALICE, 'permit')).toEqual([1, 1])
    expect(await depositTwice(browserWallet(ALICE), ALICE, 'permit')).toEqual([1, 1])
    expect(await allowance(ALICE, network.deployment.erc20Vault)).toBe(0n)
  })

  it('Permit2: approved once, one transaction from then on', { timeout: 240_000 }, async () => {
    const permit2 = await getPermit2(network.rootChain(BOB))
    expect(await depositTwice(network.wallet(BOB), BOB, 'permit2')).toEqual([2, 1])
    expect(await depositTwice(browserWallet(BOB), BOB, 'permit2')).toEqual([1, 1])
    expect(await allowance(BOB, network.deployment.erc20Vault)).toBe(0n)
    expect(await allowance(BOB, permit2!)).toBe(maxUint256)
  })

  it('A39: whoever uses the permit first keeps nobody from depositing', { timeout: 240_000 }, async () => {
    const thief = network.rootChain(DAVE)
    const copied: unknown[] = []
    const carol = browserWallet(CAROL, async ({ data }) => {
      const { functionName, args } = decodeFunctionData({ abi: erc20VaultAbi, data })
      if (functionName !== 'depositWithPermit') throw new Error(`not expected: ${functionName}`)
      const [, amount, owner, deadline, v, r, s] = args
      const permit = [owner, network.deployment.erc20Vault, amount, deadline, v, r, s] as const
      await writeContract(thief, { address: usd, abi: testUsdAbi, functionName: 'permit', args: permit })
      copied.push(data)
    })
    expect(await depositTwice(carol, CAROL, 'permit')).toEqual([1, 1])
    expect(copied).toHaveLength(2)
  })

  it('says what takes no such signature, before anything is sent', { timeout: 240_000 }, async () => {
    const dave = network.wallet(DAVE)
    const item = network.deployment.testTokens!.item
    const before = await transactions(DAVE)
    await expect(dave.deposit({ token: item, amount: 1n, approval: 'permit' })).rejects.toMatchObject({
      code: 'deposit.no_permit',
    })
    // He has no dollars.
    await expect(dave.deposit({ token: usd, amount: 1n, approval: 'permit' })).rejects.toMatchObject({
      code: 'ethereum.reverted',
    })
    expect(await transactions(DAVE)).toBe(before)
  })
})
