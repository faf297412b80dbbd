import { type Address, type OutputId, ZERO_ADDRESS } from '@omg/protocol'
import { expect, test } from 'vitest'
import { type FeeCoin, LeftCoins, MAX_LEFT_COINS } from './coins.ts'

const DOLLAR = `0x${'d0'.repeat(20)}` as Address

const coin = (name: number, amount: bigint, token: Address = ZERO_ADDRESS): FeeCoin => {
  const id = `0x${name.toString(16).padStart(64, '0')}` as OutputId
  return { id, checkpoint: BigInt(name), token, amount }
}

const worthOf = (ether: bigint, dollars: bigint) => (token: Address) =>
  token === ZERO_ADDRESS ? ether : dollars
const NONE: ReadonlySet<OutputId> = new Set()
const numbers = (coins: readonly FeeCoin[]) => coins.map(({ checkpoint }) => Number(checkpoint))

test('coins are collected by what they bring for what they cost, and what costs more is left until gas is cheaper', () => {
  const left = new LeftCoins()
  const found = [coin(1, 100n), coin(2, 5_000n, DOLLAR), coin(3, 300n), coin(4, 90n, DOLLAR), coin(5, 20n)]
  const first = left.choose(found, { worth: worthOf(100n, 1_000n), collected: NONE })
  expect(numbers(first.wanted)).toEqual([2, 3, 1])
  expect(numbers(first.left)).toEqual([5, 4])

  // 2 and 3 are on their way, as Ethereum tells; 1 was refused. What was left is told once.
  left.forget(found[0]!.id)
  const collected = new Set([found[1]!.id, found[2]!.id])
  const second = left.choose([], { worth: worthOf(100n, 1_000n), collected })
  expect([second.wanted, second.left]).toEqual([[], []])

  // A search that is done again finds the same, and gas costs a tenth.
  const third = left.choose(found.slice(3), { worth: worthOf(10n, 100n), collected })
  expect(numbers(third.wanted)).toEqual([5])
  expect(third.left).toEqual([])
  // It could not be sent: it is wanted again.
  expect(numbers(left.choose([], { worth: worthOf(10n, 100n), collected }).wanted)).toEqual([5])
  left.forget(found[4]!.id)
  expect(left.choose([], { worth: worthOf(10n, 100n), collected }).wanted).toEqual([])
})

test('a least worth of nothing takes all, the largest first', () => {
  const found = [coin(1, 1n), coin(2, 3n), coin(3, 2n)]
  expect(numbers(new LeftCoins().choose(found, { worth: worthOf(0n, 0n), collected: NONE }).wanted)).toEqual([
    2, 3, 1,
  ])
})

test('only so many are kept in mind, the most valuable ones', () => {
  const left = new LeftCoins()
  const found = Array.from({ length: MAX_LEFT_COINS + 1 }, (_, i) => coin(i + 1, BigInt(i + 1)))
  const { left: told } = left.choose(found, { worth: worthOf(10_000n, 1n), collected: NONE })
  expect(told).toHaveLength(MAX_LEFT_COINS + 1)
  const { wanted } = left.choose([], { worth: worthOf(1n, 1n), collected: NONE })
  expect(wanted).toHaveLength(MAX_LEFT_COINS)
  expect(numbers(wanted)[0]).toBe(MAX_LEFT_COINS + 1)
  expect(numbers(wanted)).not.toContain(1)
})
