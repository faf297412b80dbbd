import { fromHex, type TxHash } from '../hex.ts'
import { keccak256 } from '../keccak.ts'
import { taggedHash } from '../tag.ts'
import { type Domain, domainSeparator, instructionHash, payDigest } from '../typed-data.ts'
import { Writer } from '../writer.ts'
import { encodeMoveInputs, encodeTransaction } from './encoding.ts'
import type { Move, Transaction } from './transaction.ts'

/**
 * The name of a transaction, different on every chain. A PAY's is the digest its owners sign; a MOVE's covers the
 * signed instruction and the live outputs; the others hash `domainSeparator ‖ encoding`.
 */
export function transactionHash(transaction: Transaction, domain: Domain): TxHash {
  if (transaction.kind === 'pay') return payDigest(transaction, domain) as TxHash
  if (transaction.kind === 'move') return moveHash(transaction, domain)
  const separator = fromHex(domainSeparator(domain))
  const body = new Writer().raw(separator).raw(encodeTransaction(transaction)).finish()
  return taggedHash('transaction', body) as TxHash
}

function moveHash(move: Move, domain: Domain): TxHash {
  const body = new Writer(64)
    .hash(instructionHash(move, domain))
    .raw(keccak256(encodeMoveInputs(move)))
    .finish()
  return taggedHash('move', body) as TxHash
}
