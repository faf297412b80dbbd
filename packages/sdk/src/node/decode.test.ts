import { MAX_U128 } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outputFrom } from '../actions/getOutputs.ts'
import { SdkError } from '../error.ts'

const output = {
  id: `0x${'ab'.repeat(32)}`,
  type: 'coin',
  guard: `0x${'00'.repeat(12)}${'cd'.repeat(20)}`,
  token: `0x${'00'.repeat(20)}`,
  amount: '5',
  position: '1',
  height: '1',
  txHash: null,
  status: 'committed',
  locked: false,
}

describe('an output from a node', () => {
  it('is read field by field', () => {
    expect(outputFrom(output)).toEqual({ ...output, amount: 5n, position: 1n, height: 1n, txHash: undefined })
  })

  it.each([
    ['amount', '-1'],
    ['amount', '1e3'],
    ['amount', '01'],
    ['amount', 5],
    ['amount', String(MAX_U128 + 1n)],
    ['id', '0x12'],
    ['token', `0x${'00'.repeat(21)}`],
    ['type', 'gold'],
    ['status', 'pending'],
    ['height', undefined],
    ['locked', 'no'],
    ['locked', undefined],
    ['txHash', 'none'],
  ])('with %s %s is refused', (name, value) => {
    expect(() => outputFrom({ ...output, [name]: value })).toThrow(`no valid ${name}`)
  })

  it('never breaks the wallet, whatever the node answers', () => {
    const mutated = fc.dictionary(fc.constantFrom(...Object.keys(output)), fc.jsonValue())
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          mutated.map(change => ({ ...output, ...change })),
        ),
        answer => {
          try {
            outputFrom(answer)
          } catch (error) {
            expect(error).toBeInstanceOf(SdkError)
          }
        },
      ),
    )
  })
})
