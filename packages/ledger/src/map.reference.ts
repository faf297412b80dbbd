import {
  type Address,
  type Domain,
  decodeInstruction,
  decodeSignedTransaction,
  fail,
  type Hash,
  instructionHash,
  isInstruction,
  type Output,
  type OutputId,
  ok,
  orderTermsProblem,
  outputId,
  type Result,
  recoverSigner,
  type SignedTransaction,
  type Transaction,
  type TxHash,
  transactionHash,
  type Witness,
  witnessHash,
  ZERO_HASH,
} from '@omg/protocol'
import { type LedgerErrorCode, ledgerError } from './errors.ts'
import { couldMakeOutput, listedOutputs, orderGuards, outputsAtMost } from './order/listed.ts'
import { moveOf } from './record.ts'

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
  if (isInstruction(signed)) return mapInstructionReference(signed, domain)
  const decoded = decodeSignedTransaction(signed)
  if (!decoded.ok) return decoded
  const { transaction, witness } = decoded.value
  if (transaction.kind === 'deposit')
    return refuse('transaction.protocol_only', 'a DEPOSIT is made from Ethereum')
  if (transaction.kind === 'claim' || transaction.kind === 'refund') {
    return refuse('transaction.kind_inactive', `a ${transaction.kind} is not active`)
  }
  const inactive = listedOutputs(transaction).find(output => !isActive(transaction.kind, output))
  if (inactive) return refuse('output.type_inactive', `the output type ${inactive.type} is not active`)
  const terms = orderTermsProblem(orderGuards(transaction), witness.orderTerms)
  if (terms) return fail(terms)
  const hash = transactionHash(transaction, domain)
  const signers = recoverAll(
    transaction.kind === 'move' ? instructionHash(transaction, domain) : hash,
    witness,
  )
  if (!signers.ok) return signers
  const outputIds = Array.from({ length: outputsAtMost(transaction) }, (_, index) =>
    couldMakeOutput(transaction, index) ? outputId(hash, index) : (ZERO_HASH as OutputId),
  )
  return ok({
    ...{ transaction, witness, hash, outputIds },
    ...{ witnessHash: witnessHash(witness), signers: signers.value },
  })
}

/** A signed instruction as a MOVE whose steps have no inputs yet, named by the hash that was signed. */
function mapInstructionReference(signed: Uint8Array, domain: Domain): Result<MappedTransaction> {
  const decoded = decodeInstruction(signed)
  if (!decoded.ok) return decoded
  const { instruction, witness } = decoded.value
  const transaction = moveOf(instruction)
  const terms = orderTermsProblem(orderGuards(transaction), witness.orderTerms)
  if (terms) return fail(terms)
  const hash = instructionHash(instruction, domain) as TxHash
  const signers = recoverAll(hash, witness)
  if (!signers.ok) return signers
  return ok({
    ...{ transaction, witness, hash, outputIds: [] },
    ...{ witnessHash: witnessHash(witness), signers: signers.value },
  })
}

function recoverAll(digest: Hash, { signatures }: Witness): Result<Address[]> {
  const signers: Address[] = []
  for (const signature of signatures) {
    const signer = recoverSigner(digest, signature)
    if (!signer.ok) return signer
    signers.push(signer.value)
  }
  return ok(signers)
}

/** Ledger rules version 2: payments make COIN, ITEM and ORDER, fee distributions COIN. */
function isActive(kind: Transaction['kind'], output: Output): boolean {
  return output.type === 'coin' || (kind === 'pay' && (output.type === 'item' || output.type === 'order'))
}

function refuse(code: LedgerErrorCode, message: string) {
  return fail(ledgerError(code, message))
}
