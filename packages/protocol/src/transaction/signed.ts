import { protocolError, type Result } from '../error.ts'
import { MAX_SIGNED_TRANSACTION_BYTES } from '../limits.ts'
import { Reader } from '../reader.ts'
import { readWitness, type Witness, witnessProblem, writeWitness } from '../witness.ts'
import { Writer } from '../writer.ts'
import { readTransaction, writeTransaction } from './encoding.ts'
import type { Transaction } from './transaction.ts'

/** What travels on the wire and into blobs. */
export interface SignedTransaction {
  readonly transaction: Transaction
  readonly witness: Witness
}

/** `transaction ‖ witness`. Throws where either is not valid or they do not fit together. */
export function encodeSignedTransaction(signed: SignedTransaction): Uint8Array {
  const problem = witnessProblem(signed.transaction, signed.witness)
  if (problem) throw problem
  const writer = new Writer(512)
  writeTransaction(writer, signed.transaction)
  writeWitness(writer, signed.witness)
  return writer.finish()
}

/** Bytes to a transaction and its witness. Errors: `encoding.*`, `output.type`, `signature.invalid`. */
export function decodeSignedTransaction(bytes: Uint8Array): Result<SignedTransaction> {
  const reader = new Reader(bytes)
  if (bytes.length > MAX_SIGNED_TRANSACTION_BYTES) {
    reader.refuse(protocolError('encoding.too_long', `${bytes.length} bytes`))
  }
  const transaction = readTransaction(reader)
  const witness = readWitness(reader)
  if (!reader.failed) reader.refuse(witnessProblem(transaction, witness))
  return reader.finish({ transaction, witness })
}
