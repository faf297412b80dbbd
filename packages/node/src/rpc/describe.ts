import {
  type Hash,
  inputsOf,
  type Output,
  outputId,
  outputsOf,
  type Transaction,
  type TxHash,
} from '@omg/protocol'
import { z } from 'zod'
import type { ListedOutput } from '../reader/outputs.ts'
import { address, decimal, hash, hex } from './method.ts'

const outputFields = {
  type: z.enum(['coin', 'order', 'fee', 'swap', 'chain', 'item']),
  guard: hash,
  token: address,
  amount: decimal,
}

export const outputShape = z.object(outputFields)

export const transactionShape = z.object({
  kind: z.enum(['pay', 'move', 'settle', 'claim', 'refund', 'fee', 'deposit']),
  inputs: z.array(hash),
  outputs: z.array(z.object({ id: hash, ...outputFields })),
  validUntil: decimal.optional(),
  memo: hash.optional(),
})

/** A transaction in JSON. MOVE and SETTLE list no outputs: what their inputs are decides what they make. */
export function describeTransaction(
  transaction: Transaction,
  txHash: Hash,
): z.input<typeof transactionShape> {
  const lists = transaction.kind === 'pay' || transaction.kind === 'fee'
  const outputs = lists
    ? outputsOf(transaction).map(({ index, output }) => {
        return { id: outputId(txHash as TxHash, index), ...describeOutput(output) }
      })
    : []
  const inputs = [...inputsOf(transaction)]
  if (transaction.kind !== 'pay') return { kind: transaction.kind, inputs, outputs }
  return {
    kind: transaction.kind,
    inputs,
    outputs,
    validUntil: String(transaction.validUntil),
    memo: transaction.memo,
  }
}

export function describeOutput({ type, guard, token, amount }: Output) {
  return { type, guard, token, amount: String(amount) }
}

export const listedOutputShape = z.object({
  id: hash,
  ...outputFields,
  position: decimal,
  height: decimal,
  txHash: hash.nullable(),
  status: z.enum(['included', 'checkpointed', 'committed']),
  locked: z.boolean().describe('A started exit or a payment in flight forbids to spend it (R6)'),
})

export function describeListed(listed: ListedOutput, txHash: Hash | null): z.input<typeof listedOutputShape> {
  return {
    id: listed.id,
    ...describeOutput(listed.output),
    position: String(listed.position),
    height: String(listed.height),
    txHash,
    status: listed.status,
    locked: listed.locked,
  }
}

export const checkpointShape = z.object({
  number: decimal,
  headerHash: hash,
  header: hex,
  txCount: z.int(),
  firstHeight: decimal,
  lastHeight: decimal,
  signatures: z.array(z.object({ validator: address, signature: hex })),
  status: z.enum(['closed', 'committed']),
  acceptedBlock: decimal.nullable(),
  acceptedTime: decimal.nullable(),
  acceptedTransaction: hash.nullable().describe('The Ethereum transaction that brought it'),
})
