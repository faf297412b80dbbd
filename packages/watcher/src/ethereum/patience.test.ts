import { expect, it } from 'vitest'
import { Patience } from './patience.ts'

it('lasts while Ethereum is still being read, and not when that stops or everything was read', () => {
  const patience = new Patience()
  const asked = [
    [false, 0n],
    [false, 200n],
    [false, 200n],
    [false, 400n],
    [true, 500n],
    [true, 501n],
    [false, 501n],
  ] as const
  const answers = asked.map(([caughtUp, head]) => patience.lasts({ caughtUp, head }))
  expect(answers).toEqual([true, true, false, true, false, false, false])
})
