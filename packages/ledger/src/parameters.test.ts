import { packLanes, ZERO_ADDRESS } from '@omg/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { account, PARAMETERS } from './chain.fixture.ts'
import { Ledger } from './ledger.ts'
import { feeTransaction, genesisAppHash } from './parameters.ts'
import type { FeeToken, LedgerParameters } from './types.ts'

const POLICY = { epoch: 60n, targetBytes: 1_000, maxMultiple: 8 }
const [eth, usd] = PARAMETERS.feeTokens as [FeeToken, FeeToken]

test.each<[string, Partial<LedgerParameters>]>([
  ['no fee token', { feeTokens: [] }],
  ['an epoch of nothing', { feePolicy: { ...POLICY, epoch: 0n } }],
  ['a target of nothing', { feePolicy: { ...POLICY, targetBytes: 0 } }],
  ['a target beyond 32 bits', { feePolicy: { ...POLICY, targetBytes: 2 ** 32 } }],
  ['a multiple below one', { feePolicy: { ...POLICY, maxMultiple: 0 } }],
  ['a multiple beyond its maximum', { feePolicy: { ...POLICY, maxMultiple: 1_001 } }],
  ['a lane twice', { feeTokens: [eth, { ...usd, lane: 0 }] }],
  ['a token twice', { feeTokens: [eth, { ...eth, lane: 1 }] }],
  ['a fifth lane', { feeTokens: [{ ...eth, lane: 4 }] }],
  ['a unit of nothing', { feeTokens: [{ ...eth, unit: 0n }] }],
  ['a unit beyond 64 bits', { feeTokens: [{ ...eth, unit: 2n ** 64n }] }],
  ['a fee beyond a lane', { feeTokens: [{ ...eth, fees: { payment: 2n ** 60n, item: 0n } }] }],
  ['a fee of items beyond a lane', { feeTokens: [{ ...eth, fees: { payment: 0n, item: 2n ** 60n } }] }],
  ['a fee below nothing', { feeTokens: [{ ...eth, fees: { payment: -1n, item: 0n } }] }],
  ['a negative dust limit', { feeTokens: [{ ...eth, dust: -1n }] }],
  ['no recipient', { feeRecipients: [] }],
  [
    'five recipients',
    { feeRecipients: Array.from({ length: 5 }, (_, i) => ({ owner: account(i).address, weight: 1n })) },
  ],
  ['a recipient without weight', { feeRecipients: [{ owner: account(1).address, weight: 0n }] }],
  ['nobody as recipient', { feeRecipients: [{ owner: ZERO_ADDRESS, weight: 1n }] }],
])('a ledger with %s does not start', (_, change) => {
  expect(() => new Ledger({ ...PARAMETERS, ...change })).toThrow(
    expect.objectContaining({ code: 'ledger.parameters' }),
  )
})

test('every parameter is in the first app hash', () => {
  const variants: LedgerParameters[] = [
    PARAMETERS,
    { ...PARAMETERS, domain: { ...PARAMETERS.domain, chainId: 1n } },
    { ...PARAMETERS, feeTokens: [eth] },
    { ...PARAMETERS, feeTokens: [eth, { ...usd, dust: 11n }] },
    { ...PARAMETERS, feeRecipients: PARAMETERS.feeRecipients.slice(1) },
    { ...PARAMETERS, feePolicy: POLICY },
    { ...PARAMETERS, feePolicy: { ...POLICY, epoch: 61n } },
    { ...PARAMETERS, feePolicy: { ...POLICY, targetBytes: 1_001 } },
    { ...PARAMETERS, feePolicy: { ...POLICY, maxMultiple: 9 } },
  ]
  expect(new Set(variants.map(genesisAppHash)).size).toBe(variants.length)
})

describe('the fee distribution', () => {
  const lane = fc.bigInt(0n, 2n ** 64n - 1n)

  test('pays out every lane exactly, whatever the weights (A21)', () => {
    const weights = fc.array(fc.bigInt(1n, 2n ** 64n - 1n), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(lane, lane, weights, (a, b, list) => {
        const feeRecipients = list.map((weight, i) => ({ owner: account(i).address, weight }))
        const fee = feeTransaction({ ...PARAMETERS, feeRecipients }, 1n, packLanes([a, b, 0n, 0n]))
        const paid = (token: string) =>
          (fee?.outputs ?? []).reduce(
            (sum, output) => sum + (output.token === token ? output.amount : 0n),
            0n,
          )
        for (const { lane: number, token, unit } of PARAMETERS.feeTokens)
          expect(paid(token)).toBe([a, b][number]! * unit)
      }),
    )
  })

  test('of nothing is no transaction', () => {
    expect(feeTransaction(PARAMETERS, 1n, 0n)).toBeUndefined()
  })
})
