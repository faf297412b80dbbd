import { encodeTransaction, MAX_INPUTS, type OmgError, type Pay, toHex, transactionHash } from '@omg/protocol'
import { signPay } from '../account/account.ts'
import type { Client } from '../client.ts'
import { getSpendable } from '../coins/spendable.ts'
import { type SdkError, sdkError } from '../error.ts'
import { type PaymentOptions, planPayment } from '../payment/plan.ts'
import { chainTime } from '../payment/validity.ts'
import {
  assetOutput,
  draftOf,
  type SwapAcceptance,
  type SwapAsset,
  type SwapProposal,
  sameOutput,
} from '../swap/swap.ts'
import { networkNow } from './getFees.ts'

export interface AcceptSwapParameters extends Pick<PaymentOptions, 'finality'> {
  readonly proposal: SwapProposal
  /** What was agreed on: the proposal must say the same. */
  readonly get: SwapAsset
  readonly give: SwapAsset
}

export type AcceptSwapReturnType = SwapAcceptance

export type AcceptSwapErrorType = SdkError | OmgError

/**
 * The second step of a swap: checks the proposal, adds the coins of this side, signs the whole payment, and hands it back. Nothing is
 * sent. What this side can lose is exactly what it gives, and only together with getting its own; until the swap is completed or dead the
 * proposer may choose, and the coins stay reserved.
 *
 * @throws SdkError `swap.mismatch`, `swap.expired`, `coins.*`
 */
export async function acceptSwap(
  client: Client,
  parameters: AcceptSwapParameters,
): Promise<AcceptSwapReturnType> {
  const { proposal, get, give, ...options } = parameters
  const owner = client.address()
  const { pay: draft, counterpartyGets, proposerGets } = draftOf(proposal)
  if (!sameOutput(counterpartyGets, assetOutput(owner, get))) throw mismatch('what this side gets')
  const given = assetOutput(proposal.proposer, give)
  if (!sameOutput(proposerGets, given)) throw mismatch('what this side gives')
  if ((await chainTime(client)) >= draft.validUntil) throw sdkError('swap.expired', 'the proposal is too old')
  return client.inTurn(async () => {
    const network = await networkNow(client)
    const owned = await getSpendable(client)
    // A proposal that names coins of this side would have them pay for the proposer's.
    if (draft.inputs.some(input => owned.some(({ id }) => id === input))) throw mismatch('who spends what')
    const plan = planPayment({
      client,
      network,
      outputs: [given],
      owned,
      options,
      signatures: 0,
      maxInputs: MAX_INPUTS - draft.inputs.length,
    })
    const pay: Pay = {
      ...draft,
      inputs: [...draft.inputs, ...plan.inputs],
      outputs: [...draft.outputs, ...plan.change],
    }
    const transaction = toHex(encodeTransaction(pay))
    const signature = await signPay(client.account!, pay, network.domain)
    for (const input of plan.inputs) client.reserved.set(input, transactionHash(pay, network.domain))
    return { transaction, signature }
  })
}

const mismatch = (what: string) => sdkError('swap.mismatch', `the proposal differs in ${what}`)
