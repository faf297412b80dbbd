import { expect, it } from 'vitest'
import { judge } from './operations.ts'

it('a budget is kept up to its last unit of gas', () => {
  expect(judge('deposit ETH', 65_000)).toMatchObject({ ok: true, ratio: 0.5 })
  expect(judge('deposit ETH', 65_001)).toMatchObject({ ok: false, budget: 65_000 })
})

it('a figure without a budget is only reported', () => {
  expect(judge('deposit ERC-721', 1_000_000)).toEqual({
    operation: 'deposit ERC-721',
    gas: 1_000_000,
    ok: true,
  })
})
