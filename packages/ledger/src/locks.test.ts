import {
  address,
  amount,
  coinGuard,
  depositPosition,
  encodeTransaction,
  fromHex,
  type Hash,
  type OutputId,
  type Pay,
  type TxHash,
  toHex,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import { Locks, lockFactOf } from './locks.ts'

const outputOf = (index: number) => `0x${`a${index}`.repeat(32)}` as Hash & OutputId
const paymentOf = (index: number) => `0x${`b${index}`.repeat(32)}` as Hash & TxHash
const upper = (hex: string) => `0x${hex.slice(2).toUpperCase()}`

const coin = {
  ...({ type: 'coin', guard: coinGuard(address(`0x${'11'.repeat(20)}`)), token: ZERO_ADDRESS } as const),
  amount: amount(5n),
}
const pay: Pay = {
  kind: 'pay',
  ...{ inputs: [outputOf(1), outputOf(2)], outputs: [coin], validUntil: 9n, memo: ZERO_HASH },
}
const flightOf = (transaction: string, expired: boolean) =>
  lockFactOf('InFlightExitStarted', { transactionHash: upper(paymentOf(1)), transaction, expired }, 7n)

describe('what an event means for R6', () => {
  it.each([
    ['ExitStarted', { exitId: upper(outputOf(1)) }, { kind: 'exit', outputId: outputOf(1) }],
    ['Piggybacked', { exitId: '0x', outputId: upper(outputOf(1)) }, { kind: 'exit', outputId: outputOf(1) }],
    ['SpendContested', { outputId: upper(outputOf(1)) }, { kind: 'contest', outputId: outputOf(1) }],
    ['TransactionVoid', { transactionHash: upper(paymentOf(1)) }, { kind: 'void', txHash: paymentOf(1) }],
  ])('%s', (eventName, args, fact) => {
    expect(lockFactOf(eventName, args, 7n)).toEqual({ ...fact, block: 7n })
  })

  it('InFlightExitStarted: the inputs, unless the payment was dead (A13b, A17)', () => {
    const transaction = toHex(encodeTransaction(pay))
    const flight = { kind: 'flight', txHash: paymentOf(1), inputs: pay.inputs, block: 7n }
    expect(flightOf(transaction, false)).toEqual(flight)
    expect(flightOf(transaction, true)).toBeUndefined()
  })

  it('and nothing else', () => {
    for (const name of ['ExitPaid', 'CanonicityChallenged', 'SpendShown', 'toString'])
      expect(lockFactOf(name, { exitId: outputOf(1) }, 7n)).toBeUndefined()
    const position = depositPosition(0n, 1)
    const deposit = { kind: 'deposit', inboxIndex: 0n, output: coin, position } as const
    expect(() => flightOf(toHex(encodeTransaction(deposit)), false)).toThrow(/no PAY/)
  })
})

it('an answer as of an origin stays when newer facts come', () => {
  const [a, spender] = [fromHex(outputOf(0)), fromHex(paymentOf(0))]
  const locks = new Locks()
  const before = locks.at(4n)
  locks.add({ kind: 'exit', outputId: outputOf(0), block: 5n })
  expect(before.blocks(a, spender)).toBe(false)
  expect(locks.at(5n).blocks(a, spender)).toBe(true)
  expect(locks.newest).toBe(5n)
})

it('ids are read where they stand, whatever lies around them', () => {
  const locks = new Locks([{ kind: 'exit', outputId: outputOf(1), block: 1n }])
  const around = fromHex(`0x00${outputOf(1).slice(2)}00${paymentOf(0).slice(2)}`)
  expect(toHex(around.subarray(1, 33))).toBe(outputOf(1))
  expect(locks.at(1n).blocks(around.subarray(1, 33), around.subarray(34))).toBe(true)
  expect(locks.at(1n).blocks(around.subarray(0, 32), around.subarray(34))).toBe(false)
})
