import {
  type Address,
  type Amount,
  encodeTransaction,
  type Guard,
  type Hash,
  type Output,
  type OutputId,
  type Position,
  type Transaction,
  toHex,
} from '@omg/protocol'
import { describe, expect, it } from 'vitest'
import { checkExitable, type ExitProof } from './exitProof.ts'

const id = (digit: string) => `0x${digit.repeat(64)}` as OutputId
const coin: Output = {
  type: 'coin',
  guard: `0x${'1'.repeat(40).padStart(64, '0')}` as Guard,
  token: `0x${'0'.repeat(40)}` as Address,
  amount: 5n as Amount,
}
const pay: Transaction = {
  kind: 'pay',
  inputs: [id('2')],
  outputs: [coin],
  validUntil: 10n,
  memo: id('0') as string as Hash,
}
const settle: Transaction = {
  kind: 'settle',
  market: id('3') as string as Hash,
  batchHeight: 7n,
  price: 1n,
  fills: [
    { input: id('4'), lots: 1n },
    { input: id('5'), lots: 1n },
  ],
}

function proofOf(transaction: Transaction, change: Partial<ExitProof> = {}): ExitProof {
  const creator = { transaction: toHex(encodeTransaction(transaction)), outputIndex: 0 }
  return {
    id: id('6'),
    output: coin,
    position: 0n as Position,
    origin: { creator },
    committed: true,
    ...change,
  }
}

const codeOf = (proof: ExitProof) => {
  try {
    checkExitable(proof)
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('checkExitable', () => {
  it('lets a coin exit that a payment made and that a checkpoint holds', () =>
    expect(codeOf(proofOf(pay))).toBeUndefined())

  it('refuses before anything is sent what no exit game takes', () => {
    expect(codeOf(proofOf(pay, { committed: false }))).toBe('exit.uncommitted')
    expect(codeOf(proofOf(pay, { output: { ...coin, type: 'order' } }))).toBe('exit.impossible')
    expect(codeOf(proofOf(settle))).toBe('exit.impossible')
  })
})
