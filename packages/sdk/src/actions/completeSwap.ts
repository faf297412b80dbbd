import {
  coinGuard,
  decodeSignedTransaction,
  depositId,
  fromHex,
  type Guard,
  OmgError,
  type Output,
  type OutputId,
  outputId,
  type Pay,
  recoverSigner,
  transactionHash,
} from '@omg/protocol'
import { signPay } from '../account/account.ts'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { type Payment, paymentOf } from '../payment/payment.ts'
import { type PaymentUnknownError, submitReserved } from '../payment/send.ts'
import { completes, draftOf, feeOf, payIn, type SwapAcceptance, type SwapProposal } from '../swap/swap.ts'
import { outputFrom } from './getOutputs.ts'
import { getTransaction } from './getTransaction.ts'

export interface CompleteSwapParameters {
  /** As `proposeSwap` gave it. */
  readonly proposal: SwapProposal
  /** As the counterparty answered. */
  readonly acceptance: SwapAcceptance
}

export type CompleteSwapReturnType = Payment

export type CompleteSwapErrorType = SdkError | PaymentUnknownError | OmgError

/**
 * The last step of a swap: checks that the other side added only its own, signs, and sends.
 *
 * @throws SdkError `swap.mismatch`
 */
export async function completeSwap(
  client: Client,
  { proposal, acceptance }: CompleteSwapParameters,
): Promise<CompleteSwapReturnType> {
  const { domain } = await client.network()
  const pay = payIn(acceptance.transaction)
  const { pay: draft } = draftOf(proposal)
  if (!completes(pay, draft)) throw sdkError('swap.mismatch', 'the answer changes the proposal')
  const signer = recoverSigner(transactionHash(pay, domain), acceptance.signature)
  if (!signer.ok || signer.value !== proposal.counterparty) {
    throw sdkError('swap.mismatch', 'the counterparty did not sign this payment')
  }
  const theirs = coinGuard(proposal.counterparty)
  for (const input of pay.inputs.slice(draft.inputs.length)) {
    const guard = await provenGuard(client, input)
    // A coin of this side among them would be spent by the signature that follows, and the other side would take its worth as change.
    if (guard === theirs) continue
    const what =
      guard === undefined
        ? 'nobody can prove whose it is: let them pay it to themselves first'
        : "not the counterparty's"
    throw sdkError('swap.mismatch', `input ${input}: ${what}`)
  }
  if (pay.outputs.slice(draft.outputs.length).some(({ guard }: Output) => guard !== theirs)) {
    throw sdkError('swap.mismatch', 'the answer pays somebody else')
  }
  const signatures = [await signPay(client.account!, pay satisfies Pay, domain), acceptance.signature]
  const payment = paymentOf(pay, { signatures, orderTerms: [], swapTerms: [] }, feeOf(proposal), domain)
  return submitReserved(client, payment)
}

/**
 * The guard of an output, from bytes that hash to its id: no node can lie about it. Undefined where a trade made it, whose bytes do not
 * say who its owner is, or where it does not exist.
 */
async function provenGuard(client: Client, id: OutputId): Promise<Guard | undefined> {
  const output = await outputOf(client, id)
  if (output === undefined) return undefined
  if (output.txHash === undefined) return depositId(output, output.position) === id ? output.guard : undefined
  const signed = (await getTransaction(client, { hash: output.txHash }))?.signed
  const decoded = signed && decodeSignedTransaction(fromHex(signed))
  if (!decoded?.ok) return undefined
  const { transaction } = decoded.value
  if (transaction.kind !== 'pay' && transaction.kind !== 'fee') return undefined
  const hash = transactionHash(transaction, (await client.network()).domain)
  return transaction.outputs.find((_, i) => outputId(hash, i) === id)?.guard
}

async function outputOf(client: Client, id: OutputId) {
  try {
    return outputFrom(await client.node.request('omg_getOutput', { outputId: id }))
  } catch (error) {
    if (error instanceof OmgError && error.code === 'request.not_found') return undefined
    throw error
  }
}
