import { createPublicClient, createWalletClient, http, parseEther, zeroAddress } from 'viem'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Ethereum, startAnvil, testAccount } from '../../test/ethereum.ts'
import { bumpFees, defaultFeeStrategy } from './fees.ts'
import { createTransactionSender } from './transactionSender.ts'

const account = testAccount(1)
const gift = { to: testAccount(2).address, data: '0x', value: 1n } as const

describe('bumpFees', () => {
  const fees = { maxFeePerGas: 1000n, maxPriorityFeePerGas: 10n }

  it('raises both fees by the bump', () => {
    expect(bumpFees(fees, fees, defaultFeeStrategy)).toEqual({
      maxFeePerGas: 1250n,
      maxPriorityFeePerGas: 13n,
    })
  })
  it('is not below the market', () => {
    const market = { maxFeePerGas: 9000n, maxPriorityFeePerGas: 12n }
    expect(bumpFees(fees, market, defaultFeeStrategy)).toEqual({
      maxFeePerGas: 9000n,
      maxPriorityFeePerGas: 13n,
    })
  })
  it('waits at the cap instead of overpaying', () => {
    expect(bumpFees(fees, fees, { ...defaultFeeStrategy, maximumFeePerGas: 1249n })).toBeUndefined()
    expect(bumpFees(fees, fees, { ...defaultFeeStrategy, maximumFeePerGas: 1250n })).toBeDefined()
  })
})

describe('the transaction sender', () => {
  let ethereum: Ethereum
  const client = () =>
    createPublicClient({
      transport: http(ethereum.url, { retryCount: 0, timeout: 2_000 }),
      pollingInterval: 100,
    })

  beforeEach(async () => {
    ethereum = await startAnvil()
  })
  afterEach(() => ethereum.stop())

  it('sends overlapping transactions in consecutive nonces', async () => {
    const sender = createTransactionSender({ client: client(), account })
    const receipts = await Promise.all(Array.from({ length: 8 }, () => sender.send(gift)))
    expect(receipts.every(receipt => receipt.status === 'success')).toBe(true)
    expect(await ethereum.client.getTransactionCount({ address: account.address })).toBe(8)
  })

  it('replaces a transaction that the base fee left behind', async () => {
    const rpc = (method: string, params: unknown[]) => ethereum.client.request({ method, params } as never)
    await rpc('evm_setAutomine', [false])
    const sender = createTransactionSender({ client: client(), account })
    const sent = sender.send(gift)
    await waitForPending(ethereum)
    const [stuck] = await pendingHashes(ethereum)
    await rpc('anvil_setNextBlockBaseFeePerGas', ['0x4a817c800']) // 20 gwei, above what was offered
    for (let receipt: unknown; !receipt; ) {
      await ethereum.mine(1)
      receipt = await Promise.race([sent, new Promise(resolve => setTimeout(resolve, 300))])
    }
    const receipt = await sent
    expect(receipt.status).toBe('success')
    expect(receipt.transactionHash).not.toBe(stuck)
    expect(await ethereum.client.getTransactionCount({ address: account.address })).toBe(1)
  })

  it('survives an endpoint that hangs while it waits', async () => {
    const rpc = (method: string, params: unknown[]) => ethereum.client.request({ method, params } as never)
    await rpc('evm_setAutomine', [false])
    const sent = createTransactionSender({ client: client(), account }).send(gift)
    await waitForPending(ethereum)
    ethereum.pause()
    await new Promise(resolve => setTimeout(resolve, 3_000))
    ethereum.resume()
    await ethereum.mine(1)
    expect((await sent).status).toBe('success')
  })

  it('names a nonce that somebody else used', async () => {
    const rpc = (method: string, params: unknown[]) => ethereum.client.request({ method, params } as never)
    await rpc('evm_setAutomine', [false])
    const outcome = createTransactionSender({ client: client(), account })
      .send(gift)
      .catch(error => error)
    await waitForPending(ethereum)
    const [pending] = await pendingHashes(ethereum)
    await rpc('anvil_dropTransaction', [pending])
    const wallet = createWalletClient({ account, transport: http(ethereum.url) })
    await wallet.sendTransaction({ to: zeroAddress, value: 2n, nonce: 0, chain: null })
    for (let error: unknown; !error; ) {
      await ethereum.mine(1)
      error = await Promise.race([outcome, new Promise(resolve => setTimeout(resolve, 300))])
    }
    expect(await outcome).toMatchObject({ code: 'ethereum.nonce_taken' })
  })

  it('stops waiting when told to', async () => {
    await ethereum.client.request({ method: 'evm_setAutomine', params: [false] } as never)
    const controller = new AbortController()
    const outcome = createTransactionSender({ client: client(), account }).send(gift, {
      signal: controller.signal,
    })
    await waitForPending(ethereum)
    controller.abort()
    await expect(outcome).rejects.toMatchObject({ code: 'ethereum.aborted' })
  })

  it('refuses to send more than there is', async () => {
    const sender = createTransactionSender({ client: client(), account })
    await expect(sender.send({ ...gift, value: parseEther('10000') })).rejects.toThrow()
  })
})

async function pendingHashes({ client }: Ethereum): Promise<string[]> {
  const block = await client.getBlock({ blockTag: 'pending' })
  return [...block.transactions]
}

async function waitForPending(ethereum: Ethereum): Promise<void> {
  while ((await pendingHashes(ethereum)).length === 0) await new Promise(resolve => setTimeout(resolve, 50))
}
