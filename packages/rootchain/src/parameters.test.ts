import { describe, expect, it } from 'vitest'
import { checkParameters, devnetParameters, mainnetParameters } from './parameters.ts'

describe('the parameters', () => {
  it('of mainnet hold every inequality', () => checkParameters(mainnetParameters))

  it.each([16, 20, 21, 60, 600, 604_800])(
    'of a devnet with an MFP of %i s hold every inequality',
    seconds => {
      const parameters = devnetParameters({ minFinalizationPeriod: seconds })
      checkParameters(parameters)
      expect(parameters.minFinalizationPeriod).toBe(seconds)
    },
  )

  it('keep the proportions of mainnet', () => {
    expect(devnetParameters({ minFinalizationPeriod: 168 })).toMatchObject({
      maxSeasoning: 24,
      conversionWindow: 36,
      responseWindow: 48,
      fraudWindow: 144,
      unbondingDelay: 504,
      quarantine: 504,
      maxOriginAgeBlocks: 60,
    })
  })

  it('are refused with the name of the rule', () => {
    expect(() => devnetParameters({ minFinalizationPeriod: 15 })).toThrow('minFinalizationPeriod >= 16 s')
    expect(() => checkParameters({ ...mainnetParameters, quarantine: 1 })).toThrow(
      'quarantine >= 3 * minFinalizationPeriod',
    )
    expect(() => checkParameters({ ...mainnetParameters, conversionWindow: 604_800 })).toThrow(
      'maxSeasoning + conversionWindow',
    )
  })
})
