import { expect, it } from 'vitest'
import { EXIT_GAS, estimateExit } from './estimate.ts'

const BASE = { exitableAt: 1_604_800n, ahead: 3, bond: 5n, baseFee: 10n, now: 1_000_000n }

it('tells how long an exit takes and what it costs', () => {
  const gas = EXIT_GAS.start + EXIT_GAS.process + EXIT_GAS.withdraw
  expect(estimateExit(BASE)).toEqual({
    exitableAt: 1_604_800n,
    waitSeconds: 604_800n,
    ahead: 3,
    cost: 10n * gas,
    bond: 5n,
  })
})

it('never waits for the past', () => {
  expect(estimateExit({ ...BASE, now: 2_000_000n }).waitSeconds).toBe(0n)
})
