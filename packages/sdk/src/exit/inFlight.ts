import {
  decodeSignedTransaction,
  encodeTransaction,
  encodeWitness,
  fromHex,
  type Hex,
  type Pay,
  type TxHash,
  toHex,
  unwrap,
} from '@omg/protocol'
import { getTransaction } from '../actions/getTransaction.ts'
import type { Client } from '../client.ts'
import { sdkError } from '../error.ts'
import type { Payment } from '../payment/payment.ts'

/** A payment that this client made, or one that the node has in a block. */
export type PaymentReference = { readonly payment: Payment } | { readonly hash: TxHash }

export interface InFlightPayment {
  readonly pay: Pay
  /** The encoded payment. */
  readonly transaction: Hex
  /** Its encoded witness. */
  readonly witness: Hex
}

export async function readPayment(client: Client, reference: PaymentReference): Promise<InFlightPayment> {
  const signed = 'payment' in reference ? reference.payment.signed : await signedBytes(client, reference.hash)
  const { transaction, witness } = unwrap(decodeSignedTransaction(fromHex(signed)))
  if (transaction.kind !== 'pay')
    throw sdkError('payment.invalid', `a ${transaction.kind} has no in-flight exit`)
  return {
    pay: transaction,
    transaction: toHex(encodeTransaction(transaction)),
    witness: toHex(encodeWitness(witness)),
  }
}

async function signedBytes(client: Client, hash: TxHash): Promise<Hex> {
  const info = await getTransaction(client, { hash })
  if (!info?.signed)
    throw sdkError('payment.invalid', `the node does not have the bytes of ${hash}: pass the payment`)
  return info.signed
}
