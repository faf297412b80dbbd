import {
  type Address,
  type Domain,
  decodeSignedTransaction,
  fail,
  type Hash,
  type Output,
  type OutputId,
  ok,
  outputId,
  type Result,
  recoverSigner,
  type SignedTransaction,
  type TxHash,
  transactionHash,
  witnessHash,
} from '@omg/protocol'
import { type LedgerErrorCode, ledgerError } from './errors.ts'

/** What the map stage finds out about a signed transaction. */
export interface MappedTransaction extends SignedTransaction {
  readonly hash: TxHash
  readonly witnessHash: Hash
  readonly signers: readonly Address[]
  readonly outputIds: readonly OutputId[]
}

/**
 * The map stage in plain words: the model that {@link createMapper} is tested against.
 * Errors: `encoding.*`, `signature.invalid`, `transaction.kind_inactive`, `transaction.protocol_only`, `output.*`.
 */
export function mapTransactionReference(signed: Uint8Array, domain: Domain): Result<MappedTransaction> {
  const decoded = decodeSignedTransaction(signed)
  if (!decoded.ok) return decoded
  const { transaction, witness } = decoded.value
  if (transaction.kind === 'deposit')
    return refuse('transaction.protocol_only', 'a DEPOSIT is made from Ethereum')
  if (transaction.kind !== 'pay' && transaction.kind !== 'fee') {
    return refuse('transaction.kind_inactive', `a ${transaction.kind} is not active`)
  }
  const inactive = transaction.outputs.find(output => !isActive(transaction.kind, output))
  if (inactive) return refuse('output.type_inactive', `the output type ${inactive.type} is not active`)
  const hash = transactionHash(transaction, domain)
  const signers: Address[] = []
  for (const signature of witness.signatures) {
    const signer = recoverSigner(hash, signature)
    if (!signer.ok) return signer
    signers.push(signer.value)
  }
  const outputIds = transaction.outputs.map((_, index) => outputId(hash, index))
  return ok({ transaction, witness, hash, witnessHash: witnessHash(witness), signers, outputIds })
}

/** Ledger rules version 1: payments make COIN and ITEM, fee distributions COIN. */
function isActive(kind: 'pay' | 'fee', output: Output): boolean {
  return output.type === 'coin' || (kind === 'pay' && output.type === 'item')
}

function refuse(code: LedgerErrorCode, message: string) {
  return fail(ledgerError(code, message))
}
