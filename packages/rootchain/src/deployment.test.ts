import { address } from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import { CONTRACT_NAMES, type Deployment, decodeDeployment, encodeDeployment } from './deployment.ts'
import { mainnetParameters } from './parameters.ts'

const at = (n: number) => address(`0x${n.toString(16).padStart(40, '0')}`)
const contracts = Object.fromEntries(CONTRACT_NAMES.map((name, index) => [name, at(index + 1)])) as Pick<
  Deployment,
  (typeof CONTRACT_NAMES)[number]
>
const deployment: Deployment = {
  chainId: 31_337n,
  ...contracts,
  deployedAtBlock: 7n,
  parameters: mainnetParameters,
  feeTokens: [{ lane: 0, token: at(0), unit: 1_000_000_000n, symbol: 'ETH', decimals: 18 }],
  testTokens: { usd: at(20), item: at(21), assets: [{ token: at(22), symbol: 'TBTC', decimals: 8 }] },
}

describe('the deployment record', () => {
  it('is the same after writing and reading', () => {
    expect(decodeDeployment(encodeDeployment(deployment))).toEqual(deployment)
    expect(decodeDeployment(JSON.parse(encodeDeployment(deployment)))).toEqual(deployment)
  })

  it('is refused with the name of the field', () => {
    const broken = (change: object) => () =>
      decodeDeployment(JSON.parse(encodeDeployment({ ...deployment, ...change })))
    expect(() => decodeDeployment('{')).toThrow('not JSON')
    expect(() => decodeDeployment('[]')).toThrow('the record is not an object')
    expect(broken({ rootChain: '0x12' })).toThrow('rootChain is not an address')
    expect(broken({ insuranceVault: undefined })).toThrow('insuranceVault is not an address')
    expect(broken({ chainId: -1 })).toThrow('chainId is not a whole number')
    expect(broken({ chainId: '01' })).toThrow('chainId is not a whole number')
    expect(broken({ parameters: {} })).toThrow('minFinalizationPeriod is not a whole number')
    expect(broken({ feeTokens: Array(5).fill(deployment.feeTokens[0]) })).toThrow('feeTokens')
    expect(broken({ feeTokens: [{ ...deployment.feeTokens[0], lane: 1 }] })).toThrow('feeTokens[0].lane')
    const assets = [{ ...deployment.testTokens!.assets![0], symbol: 1 }]
    expect(broken({ testTokens: { ...deployment.testTokens, assets } })).toThrow('assets[0].symbol')
    expect(broken({ testTokens: { ...deployment.testTokens, assets: {} } })).toThrow('testTokens.assets')
  })
})
