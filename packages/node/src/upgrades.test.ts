import { expect, test } from 'vitest'
import { limitProblem } from './application/upgrade-rules.ts'
import { effectiveConfig } from './configuration/configuration.ts'
import { FIRST_PARAMETERS, Upgrades } from './upgrades.ts'

const TWO = [
  { height: 10n, parameters: { bytes: 70_000 } },
  { height: 20n, parameters: { transactions: 2, deposits: 3 } },
]

test('what is left out stays as it was, and holds from its height on', () => {
  const upgrades = new Upgrades(TWO)
  expect(upgrades.at(9n)).toEqual(FIRST_PARAMETERS)
  expect(upgrades.at(10n)).toEqual({ ...FIRST_PARAMETERS, bytes: 70_000 })
  expect(upgrades.at(19n)).toEqual(upgrades.at(10n))
  expect(upgrades.at(2n ** 63n)).toEqual({ transactions: 2, bytes: 70_000, deposits: 3 })
  expect([9n, 10n, 11n, 20n].map(height => upgrades.startingAt(height)?.bytes)).toEqual([
    ...[undefined, 70_000, undefined, 70_000],
  ])
  expect(upgrades.next(10n)).toEqual({ height: 20n, parameters: upgrades.at(20n) })
  expect(upgrades.next(20n)).toBeUndefined()
})

test('the hash names every upgrade of the past, and none that lies ahead', () => {
  const upgrades = new Upgrades(TWO)
  expect(upgrades.hashAt(9n)).toBeUndefined()
  expect(new Upgrades().hashAt(10n ** 9n)).toBeUndefined()
  expect(upgrades.hashAt(19n)).toBe(new Upgrades(TWO.slice(0, 1)).hashAt(19n))
  expect(upgrades.hashAt(20n)).not.toBe(upgrades.hashAt(19n))
  const others = [
    [{ ...TWO[0]!, height: 11n }, TWO[1]!],
    [{ ...TWO[0]!, parameters: { bytes: 70_001 } }, TWO[1]!],
    [TWO[1]!],
    [{ height: 20n, parameters: { transactions: 2, deposits: 3, bytes: 70_000 } }],
  ]
  for (const other of others) expect(new Upgrades(other).hashAt(20n)).not.toBe(upgrades.hashAt(20n))
})

test.each<[string, unknown]>([
  ['before the second block', [{ height: 1, parameters: {} }]],
  ['not ascending', [TWO[1], TWO[0]]],
  ['twice at one height', [TWO[0], TWO[0]]],
  ['no bytes', [{ height: 9, parameters: { bytes: 0 } }]],
  ['more than the engine takes', [{ height: 9, parameters: { bytes: FIRST_PARAMETERS.bytes + 1 } }]],
  ['no deposits', [{ height: 9, parameters: { deposits: 0 } }]],
  ['what no upgrade may change', [{ height: 9, parameters: { fees: 1 } }]],
])('an upgrade is refused: %s', (_, upgrades) => {
  const configure = () => effectiveConfig({ flags: { 'consensus.upgrades': upgrades } })
  expect(configure).toThrowError(/consensus\.upgrades/)
})

test('at the edge: so many transactions, so many bytes, and one more of each', () => {
  const upgrades = new Upgrades([{ height: 2n, parameters: { transactions: 2, bytes: 65_536 } }])
  const block = (sizes: readonly number[], kind = 1) => {
    const bounds = sizes.flatMap((size, i) => {
      const at = sizes.slice(0, i).reduce((sum, each) => sum + each, 0)
      return [at, at + size]
    })
    const body = new Uint8Array(bounds.at(-1) ?? 0).fill(kind)
    return { height: 2n, body, bounds: Uint32Array.from(bounds) }
  }
  expect(limitProblem(upgrades, block([65_535, 1]))).toBeUndefined()
  expect(limitProblem(upgrades, block([65_536, 1]))?.code).toBe('proposal.limits')
  expect(limitProblem(upgrades, block([1, 1, 1]))?.code).toBe('proposal.limits')
  // Settlements and the fees that are paid out come on top.
  for (const kind of [3, 6]) expect(limitProblem(upgrades, block([1, 1, 65_536], kind))).toBeUndefined()
  expect(limitProblem(upgrades, { ...block([1, 1, 1]), height: 1n })).toBeUndefined()
})
