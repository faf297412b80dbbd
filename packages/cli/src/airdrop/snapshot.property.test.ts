import { address } from '@omg/protocol'
import fc from 'fast-check'
import { getAddress } from 'viem'
import { describe, expect, test } from 'vitest'
import { type Balance, divide, readSnapshot } from './snapshot.ts'

const ALICE = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const BOB = '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc'

const balances: fc.Arbitrary<Balance[]> = fc.uniqueArray(
  fc.record({
    account: fc
      .bigInt({ min: 1n, max: 2n ** 160n - 1n })
      .map(number => address(`0x${number.toString(16).padStart(40, '0')}`)),
    amount: fc.bigInt({ min: 1n, max: 2n ** 80n }),
  }),
  { minLength: 1, maxLength: 50, selector: ({ account }) => account },
)

const textOf = (amount: bigint) => {
  const digits = amount.toString().padStart(19, '0')
  return `${digits.slice(0, -18)}.${digits.slice(-18)}`
}

test('a snapshot is read to the last wei, whatever its line ends and however its addresses are written', () => {
  fc.assert(
    fc.property(balances, fc.boolean(), fc.constantFrom('\n', '\r\n'), (list, titled, end) => {
      const lines = list.map(
        ({ account, amount }, i) => `${i % 2 ? account : getAddress(account)},${textOf(amount)}`,
      )
      const text = [...(titled ? ['address,amount'] : []), ...lines].join(end)
      expect(readSnapshot(text)).toEqual(list)
      expect(readSnapshot(text + end)).toEqual(list)
    }),
  )
})

test('a division gives away the total, to everybody within a wei of her part, and nobody nothing', () => {
  fc.assert(
    fc.property(balances, fc.bigInt({ min: 1n, max: 2n ** 90n }), (list, total) => {
      const shares = divide(list, total)
      const sum = list.reduce((all, { amount }) => all + amount, 0n)
      expect(shares.reduce((all, { amount }) => all + amount, 0n)).toBe(total)
      for (const { account, amount } of list) {
        const share = shares.find(found => found.account === account)?.amount ?? 0n
        expect(share * sum).toBeGreaterThan(total * amount - sum)
        expect(share * sum).toBeLessThan(total * amount + sum)
      }
      expect(shares.every(({ amount }) => amount > 0n)).toBe(true)
    }),
  )
})

describe('a snapshot is refused with', () => {
  test.each([
    ['nothing', '', /line 1: not an address/],
    ['only titles', 'address,amount', /no line/],
    ['an empty line between', `${BOB},1\n\n${ALICE},1`, /line 2: not an address and an amount/],
    ['two empty lines at the end', `${BOB},1\n\n\n`, /line 2/],
    ['titles further down', `${BOB},1\naddress,amount`, /line 2: "address" is not an address/],
    ['a third column', `${BOB},1,1`, /line 1: not an address and an amount/],
    ['no amount', `${BOB},`, /line 1/],
    ['a wrong checksum', `${ALICE.replace('C5', 'c5')},1`, /line 1: 0x7\w+ has a wrong checksum/],
    ['a short address', `${BOB.slice(0, -1)},1`, /is not an address/],
    ['a space', `${BOB}, 1`, /" 1" is not an amount/],
    ['a sign', `${BOB},-1`, /"-1" is not an amount/],
    ['an exponent', `${BOB},1e3`, /"1e3" is not an amount/],
    ['thousands', `${BOB},"1`, /is not an amount/],
    ['a leading zero', `${BOB},01`, /"01" is not an amount/],
    ['nineteen digits behind the point', `${BOB},0.${'1'.repeat(19)}`, /is not an amount/],
    ['zero', `${BOB},0.000`, /line 1: an amount of nothing/],
    ['an account twice', `${BOB},1\n${ALICE},1\n${getAddress(BOB)},2`, /line 3: the account of line 1 again/],
  ])('%s', (_, text, problem) => {
    expect(() => readSnapshot(text)).toThrow(problem)
  })

  test('at most ten problems at once', () => {
    const text = Array.from({ length: 50 }, () => 'x').join('\n')
    expect(() => readSnapshot(text)).toThrow(/line 10: [^;]*$/)
  })
})
