import { expect, it } from 'vitest'
import { staleAbis } from './abi.ts'

it('the committed ABIs are those of the contracts', () => {
  expect(staleAbis()).toEqual([])
})
