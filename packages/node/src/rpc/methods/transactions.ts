import { describeRecord, isInstructionRecord, type MappedRecord, recordHash, recordSigned } from '@omg/ledger'
import { fromHex, type Hash, inputsOf, type OmgError, type TxHash, toHex } from '@omg/protocol'
import { z } from 'zod'
import { nodeError } from '../../errors.ts'
import type { Submitted } from '../../mempool/admission.ts'
import type { NodeServices } from '../../services.ts'
import { describeTransaction, transactionShape } from '../describe.ts'
import { decimal, hash, hashParam, hex, hexParam, method } from '../method.ts'

/** Most transactions of one omg_submitMany; POST /bundle takes more. */
export const MAX_SUBMIT_MANY = 1_000

export const errorShape = z.object({ code: z.string(), message: z.string(), action: z.string() })

const submittedShapes = [
  z.object({ txHash: hash }),
  z.object({ txHash: z.null(), instruction: hash }),
] as const

export const submit = method({
  name: 'omg_submit',
  summary:
    'Takes a signed transaction or instruction into the mempool; an instruction is known by its own hash until it is in a block. An error means it was not taken.',
  params: z.strictObject({ transaction: hexParam }),
  result: z.union(submittedShapes),
  async handler({ admission }, { transaction }) {
    const submitted = await admission.submit(fromHex(transaction))
    if (!submitted.ok) throw submitted.error
    return describeTaken(submitted.value)
  },
})

export const submitMany = method({
  name: 'omg_submitMany',
  summary:
    'Takes many signed transactions and instructions; each is taken or refused by itself, in the order given.',
  params: z.strictObject({ transactions: z.array(hexParam).max(MAX_SUBMIT_MANY) }),
  result: z.array(z.union([...submittedShapes, z.object({ error: errorShape })])),
  async handler({ admission }, { transactions }) {
    const results = await Promise.all(transactions.map(transaction => admission.submit(fromHex(transaction))))
    return results.map(describeSubmitted)
  },
})

export function describeSubmitted(result: Submitted) {
  return result.ok ? describeTaken(result.value) : { error: result.error.toJSON() }
}

/** What was taken, by its hash. */
function describeTaken(record: MappedRecord): { txHash: TxHash } | { txHash: null; instruction: Hash } {
  const known = recordHash(record)
  return isInstructionRecord(record) ? { txHash: null, instruction: known } : { txHash: known }
}

/** States of a transaction, in the order in which they come. */
export const TRANSACTION_STATES = ['pending', 'included', 'checkpointed', 'committed', 'rejected'] as const

export interface TransactionState {
  hash: Hash
  status: (typeof TRANSACTION_STATES)[number]
  height?: string
  index?: number
  time?: string
  checkpoint?: string
  error?: ReturnType<OmgError['toJSON']>
}

const stateShape = {
  hash,
  status: z.enum(TRANSACTION_STATES),
  height: decimal.optional(),
  index: z.int().optional(),
  time: decimal.optional(),
  checkpoint: decimal.optional(),
  error: errorShape.optional(),
}

export const getTransaction = method({
  name: 'omg_getTransaction',
  summary: 'Where a transaction stands: pending, included, checkpointed, committed on Ethereum, or rejected.',
  params: z.strictObject({ txHash: hashParam }),
  result: z.object({ ...stateShape, bytes: hex.optional(), transaction: transactionShape.optional() }),
  async handler(services, { txHash }) {
    const record = services.mempool.get(txHash as Hash)
    if (record) {
      const described = describeRecord(record)
      return {
        hash: txHash as Hash,
        status: 'pending' as const,
        transaction: describeTransaction(described.transaction, described.hash),
      }
    }
    const state = await transactionState(services, txHash as Hash)
    if (!state) {
      const { firstHeight } = services.store
      const since = firstHeight > 1n ? `, where blocks begin with ${firstHeight}` : ''
      throw notFound(`No transaction ${txHash} is known here${since}.`)
    }
    const included = await services.blocks.transaction(txHash as Hash)
    if (!included) return state
    const transaction = describeTransaction(included.signed.transaction, included.hash)
    return { ...state, bytes: toHex(included.bytes), transaction }
  },
})

/** Undefined if the node has never seen it. Also what `transaction:` subscriptions tell. */
export async function transactionState(
  { mempool, blocks, store, ledger }: NodeServices,
  hash: Hash,
): Promise<TransactionState | undefined> {
  if (mempool.has(hash)) return { hash, status: 'pending' }
  const included = await blocks.transaction(hash)
  if (included) {
    const { checkpoint, time } = included.block
    const committed = store.checkpoint(checkpoint)?.accepted !== undefined
    const status = committed ? 'committed' : checkpoint < ledger.tip.checkpoint ? 'checkpointed' : 'included'
    const { height, index } = included
    return {
      ...{ hash, status, index },
      height: String(height),
      time: String(time),
      checkpoint: String(checkpoint),
    }
  }
  const error = mempool.rejections.get(hash)
  return error && { hash, status: 'rejected', error: error.toJSON() }
}

export const getSpend = method({
  name: 'omg_getSpend',
  summary:
    'The transaction that spends an output, with its witness: in a block, or still pending; null if there is none.',
  params: z.strictObject({ outputId: hashParam }),
  result: z
    .object({
      txHash: hash,
      status: z.enum(['pending', 'included']),
      bytes: hex,
      height: decimal.nullable(),
      checkpoint: decimal.nullable(),
      inputIndex: z.int(),
    })
    .nullable(),
  async handler({ mempool, blocks }, { outputId }) {
    const pending = mempool.spender(outputId as Hash)
    if (pending) {
      const { hash: txHash, transaction } = describeRecord(pending)
      const inputIndex = inputsOf(transaction).indexOf(outputId as never)
      const bytes = toHex(recordSigned(pending))
      return { txHash, status: 'pending' as const, bytes, height: null, checkpoint: null, inputIndex }
    }
    const included = await blocks.spend(outputId as Hash)
    if (!included) return null
    const { transaction } = included.signed
    return {
      txHash: included.hash,
      status: 'included' as const,
      bytes: toHex(included.bytes),
      height: String(included.height),
      checkpoint: String(included.block.checkpoint),
      inputIndex: inputsOf(transaction).indexOf(outputId as never),
    }
  },
})

function notFound(message: string): OmgError {
  return nodeError('request.not_found', message)
}
