import type { Address } from '@omg/protocol'
import { expect, test } from 'vitest'
import { signingsOf } from './signing.ts'

const key = (n: number) => `0x${n.toString(16).padStart(40, '0')}` as Address
const member = (n: number) => ({ signer: key(n), bond: 1n })

test('a key is counted where its set could sign, by its place in it', () => {
  const sets = new Map([
    [1n, { validators: [member(1)] }],
    [2n, { validators: [member(1), member(2)] }],
  ])
  const checkpoints = [
    { number: 7n, validatorSetId: 1n, signers: 1n },
    { number: 8n, validatorSetId: 2n, signers: 0b10n },
    { number: 9n, validatorSetId: 2n, signers: 0b11n },
    // A set that could not be read: of its checkpoints nothing is said.
    { number: 10n, validatorSetId: 3n, signers: 1n },
  ]
  const signings = signingsOf(checkpoints, sets)
  expect(signings.get(key(1))).toEqual([
    { checkpoint: 7n, signed: true },
    { checkpoint: 8n, signed: false },
    { checkpoint: 9n, signed: true },
  ])
  expect(signings.get(key(2))).toEqual([
    { checkpoint: 8n, signed: true },
    { checkpoint: 9n, signed: true },
  ])
})
