import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ethereum, ethereumNodes, startAnvil, testPrivateKey } from './ethereum.ts'

describe.each(ethereumNodes())('an Ethereum test node: $name', ({ start }) => {
  let ethereum: Ethereum

  beforeAll(async () => {
    ethereum = await start()
  })
  afterAll(() => ethereum?.stop())

  it('answers, with funded accounts', async () => {
    for (const { address } of ethereum.accounts) {
      expect(await ethereum.client.getBalance({ address })).toBeGreaterThan(10n ** 21n)
    }
  })

  it('mines', async () => {
    const before = await ethereum.client.getBlockNumber({ cacheTime: 0 })
    await ethereum.mine(2)
    expect(await ethereum.client.getBlockNumber({ cacheTime: 0 })).toBeGreaterThanOrEqual(before + 2n)
  })

  it('lets time pass', async () => {
    const before = (await ethereum.client.getBlock()).timestamp
    await ethereum.passTime(3)
    expect((await ethereum.client.getBlock()).timestamp).toBeGreaterThanOrEqual(before + 3n)
  })

  it('has the block-hash history of EIP-2935', async () => {
    await ethereum.mine(2)
    const head = await ethereum.client.getBlockNumber({ cacheTime: 0 })
    const block = await ethereum.client.getBlock({ blockNumber: head - 1n })
    const { data } = await ethereum.client.call({
      to: '0x0000F90827F1C53a10cb7A02335B175320002935',
      data: `0x${(head - 1n).toString(16).padStart(64, '0')}`,
      blockNumber: head,
    })
    expect(data).toBe(block.hash)
  })
})

describe('anvil', () => {
  it('reorganises', async () => {
    await using ethereum = await startAnvil()
    await ethereum.mine(5)
    const before = await ethereum.client.getBlock({ blockNumber: 4n })
    await ethereum.reorg(3)
    const after = await ethereum.client.getBlock({ blockNumber: 4n })
    expect(after.hash).not.toBe(before.hash)
    expect(await ethereum.client.getBlockNumber({ cacheTime: 0 })).toBe(5n)
  })

  it('has the accounts of the public test mnemonic', () => {
    expect(testPrivateKey(0)).toBe('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
  })
})
