import { describe, expect, it } from 'vitest'
import { durationText } from './exitView.ts'

describe('durationText', () => {
  it.each([
    [0n, '0 seconds'],
    [1n, '1 second'],
    [59n, '59 seconds'],
    [60n, '1 minute'],
    [61n, '1 minute 1 second'],
    [7_200n, '2 hours'],
    [604_799n, '6 days 23 hours'],
    [604_800n, '7 days'],
    [86_401n, '1 day 1 second'],
  ])('%s seconds: %s', (seconds, text) => expect(durationText(seconds)).toBe(text))
})
