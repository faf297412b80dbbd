import {
  type Address,
  address,
  encodeTransaction,
  MAX_INPUTS,
  type OmgError,
  type Pay,
  toHex,
} from '@omg/protocol'
import type { Client } from '../client.ts'
import { getSpendable } from '../coins/spendable.ts'
import { type SdkError, sdkError } from '../error.ts'
import { type Memo, memoHash } from '../payment/payment.ts'
import { type PaymentOptions, planPayment } from '../payment/plan.ts'
import { validUntil } from '../payment/validity.ts'
import { assetOutput, type SwapAsset, type SwapProposal } from '../swap/swap.ts'
import { networkNow } from './getFees.ts'

export interface ProposeSwapParameters extends PaymentOptions {
  readonly counterparty: Address
  readonly give: SwapAsset
  readonly get: SwapAsset
  readonly memo?: Memo
  /** Seconds until the swap is dead if it was not included, default 30 min and two greatest ages of an origin (R7). */
  readonly validFor?: bigint
}

export type ProposeSwapReturnType = SwapProposal

export type ProposeSwapErrorType = SdkError | OmgError

/** Half of a payment's inputs for each side. */
const MAX_SIDE_INPUTS = MAX_INPUTS / 2

/**
 * The first of three steps of a swap between two parties in one payment: either both get theirs, or nobody does. Signs nothing and sends
 * nothing; hand the proposal to the counterparty, who calls `acceptSwap`. Do not spend the same coins until it is completed or dead.
 */
export async function proposeSwap(
  client: Client,
  parameters: ProposeSwapParameters,
): Promise<ProposeSwapReturnType> {
  const { counterparty, give, get, memo, validFor } = parameters
  const proposer = client.address()
  if (address(counterparty) === proposer) throw sdkError('payment.invalid', 'a swap with oneself')
  const network = await networkNow(client)
  const given = assetOutput(counterparty, give)
  const plan = planPayment({
    client,
    network,
    outputs: [given],
    owned: await getSpendable(client),
    options: parameters,
    signatures: 2,
    maxInputs: MAX_SIDE_INPUTS,
  })
  const draft: Pay = {
    kind: 'pay',
    inputs: plan.inputs,
    outputs: [given, assetOutput(proposer, get), ...plan.change],
    validUntil: await validUntil(client, validFor),
    memo: memoHash(memo),
  }
  const fee = { token: plan.fee.token, amount: plan.fee.amount.toString() }
  return { proposer, counterparty: address(counterparty), draft: toHex(encodeTransaction(draft)), fee }
}
