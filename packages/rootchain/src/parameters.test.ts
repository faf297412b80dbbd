import { describe, expect, it } from 'vitest'
import { checkParameters, devnetParameters, lateOriginsOf, mainnetParameters } from './parameters.ts'

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

  it('R6: leave half of the time to answer an exit that began before a late origin, or allow none', () => {
    expect(lateOriginsOf(mainnetParameters)).toEqual({
      maxOriginAgeSeconds: 7_200n,
      // (84 h - 2 h) / 2, in blocks of 24 seconds.
      answerableBlocks: 6_150n,
    })
    for (const seconds of [16, 20, 21, 60, 600, 604_800]) {
      const parameters = devnetParameters({ minFinalizationPeriod: seconds })
      const { answerableBlocks, maxOriginAgeSeconds } = lateOriginsOf(parameters)
      const used = answerableBlocks * BigInt(parameters.secondsPerBlock) + maxOriginAgeSeconds
      expect(2n * used).toBeLessThan(BigInt(seconds))
    }
  })
})
