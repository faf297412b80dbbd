import { describe, expect, it } from 'vitest'
import { type EstimateParameters, estimateExit } from './estimate.ts'

const BASE: EstimateParameters = {
  kind: 'transaction',
  checkpointAcceptedAt: 1_000_000n,
  now: 1_000_100n,
  minFinalizationPeriod: 604_800n,
  bucketSeconds: 3600n,
  ahead: 3,
  gas: { start: 130_000n, process: 50_000n, withdraw: 40_000n },
  bondGas: 200_000n,
  baseFee: 10_000_000_000n,
  baseFeeFloor: 1_000_000_000n,
}

describe('estimateExit', () => {
  it('makes a young output wait two periods from its checkpoint', () => {
    expect(estimateExit(BASE)).toEqual({
      exitableAt: 2_209_600n,
      payableAt: 2_210_400n,
      waitSeconds: 1_210_300n,
      ahead: 3,
      cost: 2_200_000_000_000_000n,
      bond: 2_000_000_000_000_000n,
    })
  })

  it('makes an old output wait one period from the start', () => {
    const estimate = estimateExit({ ...BASE, now: 9_000_000n })
    expect(estimate.exitableAt).toBe(9_604_800n)
  })

  it('makes a deposit wait one period from the start, however young', () => {
    expect(estimateExit({ ...BASE, kind: 'deposit' }).exitableAt).toBe(1_604_900n)
  })

  it('never lets the bond fall below the floor', () => {
    expect(estimateExit({ ...BASE, baseFee: 1n }).bond).toBe(200_000n * 1_000_000_000n)
  })

  it('rounds to the bucket only where there is one', () => {
    const estimate = estimateExit({ ...BASE, bucketSeconds: 0n })
    expect(estimate.payableAt).toBe(estimate.exitableAt)
    expect(estimateExit({ ...BASE, bucketSeconds: estimate.exitableAt }).payableAt).toBe(estimate.exitableAt)
  })
})
