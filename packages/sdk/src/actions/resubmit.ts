import { OmgError } from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { type Instruction, type InstructionUnknownError, sendInstruction } from '../order/instruction.ts'
import type { Payment } from '../payment/payment.ts'
import { type PaymentUnknownError, sendPayment } from '../payment/send.ts'
import { countsInFlight, isDead } from '../payment/validity.ts'
import { getInstruction } from './getInstruction.ts'
import { getTransaction, type TransactionStatus } from './getTransaction.ts'

export type ResubmitParameters = { readonly payment: Payment } | { readonly instruction: Instruction }

export type ResubmitReturnType = Exclude<TransactionStatus, 'rejected'>

export type ResubmitErrorType = SdkError | PaymentUnknownError | InstructionUnknownError | OmgError

/**
 * Finds out what became of a payment or an instruction, and sends the same bytes again if the node does not know it. Call it as often
 * as you like: it never pays twice, and no order is placed twice.
 *
 * @throws SdkError `payment.expired` while it has expired and Ethereum does not prove it yet; `payment.in_flight` if somebody took it to
 * Ethereum before it expired, where it still counts; `payment.dead` once it can never count. Only then is it safe to pay anew (R7). `instruction.expired` once the chain includes an instruction no more.
 */
export async function resubmit(client: Client, parameters: ResubmitParameters): Promise<ResubmitReturnType> {
  if ('instruction' in parameters) return resubmitInstruction(client, parameters.instruction)
  const { payment } = parameters
  const known = await getTransaction(client, payment)
  if (known && known.status !== 'rejected') return known.status
  try {
    await sendPayment(client, payment)
    return 'pending'
  } catch (error) {
    if (!(error instanceof OmgError)) throw error
    // It may have been included between our two questions.
    const now = await getTransaction(client, payment)
    if (now && now.status !== 'rejected') return now.status
    if (error.code !== 'transaction.expired') throw error
    if (!(await isDead(client, payment.validUntil))) {
      throw sdkError(
        'payment.expired',
        `payment ${payment.hash} was not included by ${payment.validUntil}`,
        error,
      )
    }
    // Asked once it is dead for certain: an exit that starts later shows no spend, so the answer does not change for the worse.
    if (await countsInFlight(client, payment)) {
      throw sdkError('payment.in_flight', `payment ${payment.hash} is in flight on Ethereum`, error)
    }
    for (const input of payment.inputs) client.reserved.delete(input)
    throw sdkError('payment.dead', `payment ${payment.hash} was valid until ${payment.validUntil}`, error)
  }
}

async function resubmitInstruction(client: Client, instruction: Instruction): Promise<ResubmitReturnType> {
  const known = await statusOf(client, instruction)
  if (known) return known
  try {
    await sendInstruction(client, instruction)
    return (await statusOf(client, instruction)) ?? 'pending'
  } catch (error) {
    if (!(error instanceof OmgError)) throw error
    // It may have been included between our two questions.
    const now = await statusOf(client, instruction)
    if (now) return now
    if (error.code !== 'transaction.expired') throw error
    const text = `instruction ${instruction.hash} was not included by ${instruction.validUntil}`
    throw sdkError('instruction.expired', text, error)
  }
}

/** Undefined where sending it again is the next thing to try. */
async function statusOf(client: Client, { hash }: Instruction): Promise<ResubmitReturnType | undefined> {
  const { status } = await getInstruction(client, { hash })
  return status === 'unknown' || status === 'rejected' ? undefined : status
}
