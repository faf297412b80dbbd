import { afterEach, expect, test, vi } from 'vitest'
import { headOrNothing, rateInTenths } from './blocks.ts'

const block = { height: '7', time: '100', checkpoint: '2', transactions: 3, deposits: 0, closes: false }

afterEach(() => vi.restoreAllMocks())

test('an event is a block', () => {
  expect(headOrNothing(block)).toEqual({ ...block, height: 7n, time: 100n, checkpoint: 2n })
  expect(headOrNothing({ height: '7', pruned: true })).toBeUndefined()
})

test.each([
  [null],
  ['block'],
  [[]],
  [{}],
  [{ ...block, height: 7 }],
  [{ ...block, height: '-1' }],
  [{ ...block, time: '0x1' }],
  [{ ...block, transactions: 1.5 }],
  [{ ...block, closes: 'no' }],
])('what cannot be read is said and left out: %j', event => {
  const said = vi.spyOn(console, 'warn').mockImplementation(() => {})
  expect(headOrNothing(event)).toBeUndefined()
  expect(said).toHaveBeenCalledOnce()
})

test('the rate is that of the last minute of the chain', () => {
  const at = (time: bigint, transactions: number) => ({ ...headOrNothing(block)!, time, transactions })
  expect(rateInTenths([])).toBe(0n)
  expect(rateInTenths([at(109n, 5), at(100n, 5), at(40n, 1000)])).toBe(10n)
})
