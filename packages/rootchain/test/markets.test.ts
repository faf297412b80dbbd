import { type MarketTerms, marketId, ZERO_ADDRESS } from '@omg/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createRootChain,
  type Deployment,
  getListingFee,
  getMarketState,
  listMarket,
  setMarketState,
} from '../src/index.ts'
import { type Ethereum, ethereumNodes } from './ethereum.ts'
import { DEPLOYER, deployTestNetwork, rootChainOf } from './network.ts'

describe.each(ethereumNodes())('markets on $name', ({ start }) => {
  let ethereum: Ethereum
  let deployment: Deployment
  let terms: MarketTerms

  beforeAll(async () => {
    ethereum = await start()
    deployment = await deployTestNetwork(ethereum)
    const quote = deployment.testTokens!.usd
    terms = { base: ZERO_ADDRESS, quote, tick: 100n, lot: 10n ** 16n, tier: 'bonded', minimumSize: 1n }
  })
  afterAll(() => ethereum?.stop())

  it('lists a market for a fee, under the id that the chain knows it by', async () => {
    const governor = rootChainOf(ethereum, deployment, DEPLOYER)
    expect(await getListingFee(governor)).toBe(1_000n * 10n ** 18n)
    expect(await getMarketState(governor, { market: marketId(terms) })).toBeUndefined()
    expect(await listMarket(governor, { terms })).toBe(marketId(terms))
    expect(await getMarketState(governor, { market: marketId(terms) })).toBe('active')
    await expect(listMarket(governor, { terms })).rejects.toMatchObject({ reason: 'AlreadyListed' })
  })

  it('does not list what the chain could not trade', async () => {
    const governor = rootChainOf(ethereum, deployment, DEPLOYER)
    const absurd = { ...terms, lot: 1n << 100n }
    await expect(listMarket(governor, { terms: absurd })).rejects.toMatchObject({ reason: 'SizeOutOfRange' })
    const unpaid = { ...terms, quote: deployment.omgToken }
    await expect(listMarket(governor, { terms: unpaid })).rejects.toMatchObject({
      reason: 'QuoteNotAccepted',
    })
  })

  it('is halted by the governor alone', async () => {
    const market = marketId(terms)
    const stranger = rootChainOf(ethereum, deployment, 3)
    await expect(setMarketState(stranger, { market, state: 'closed' })).rejects.toMatchObject({
      reason: 'NotGovernor',
    })
    const governor = rootChainOf(ethereum, deployment, DEPLOYER)
    for (const state of ['cancelOnly', 'postOnly', 'active'] as const) {
      await setMarketState(governor, { market, state })
      const reader = createRootChain({ urls: [ethereum.url], deployment })
      expect(await getMarketState(reader, { market })).toBe(state)
    }
  })
})
