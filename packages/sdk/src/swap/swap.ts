import {
  type Address,
  amount,
  decodeTransaction,
  fromHex,
  type Hex,
  type Output,
  type OutputId,
  type Pay,
  ZERO_ADDRESS,
} from '@omg/protocol'
import { sdkError } from '../error.ts'
import { outputFor, type Recipient } from '../payment/payment.ts'

/** What one side of a swap gives: an amount of a token (default ETH), or an item. */
export type SwapAsset =
  | { readonly token?: Address; readonly amount: bigint }
  | { readonly token: Address; readonly tokenId: bigint }

/**
 * What a proposer sends to the other side. JSON-safe. Her inputs, what she gives, what she gets and her change are in `draft`: a PAY that
 * is not complete, and that nobody has signed.
 */
export interface SwapProposal {
  readonly proposer: Address
  readonly counterparty: Address
  /** The encoded part of the PAY: output 0 is what the counterparty gets, output 1 what the proposer gets, the others are her change. */
  readonly draft: Hex
  /** The fee of both signatures, which the proposer pays. */
  readonly fee: { readonly token: Address; readonly amount: string }
}

/** What the counterparty answers: the whole PAY, with his signature. Whoever has it can complete the swap only with the proposer's. */
export interface SwapAcceptance {
  readonly transaction: Hex
  readonly signature: Hex
}

/** Outputs of a draft: what each side gets. */
export interface SwapDraft {
  readonly pay: Pay
  readonly counterpartyGets: Output
  readonly proposerGets: Output
}

/** @throws SdkError `swap.mismatch` */
export function draftOf(proposal: SwapProposal): SwapDraft {
  const pay = payIn(proposal.draft)
  const [counterpartyGets, proposerGets] = pay.outputs
  if (!counterpartyGets || !proposerGets)
    throw sdkError('swap.mismatch', 'the proposal does not say who gets what')
  return { pay, counterpartyGets, proposerGets }
}

/** @throws SdkError `swap.mismatch` */
export function payIn(encoded: Hex): Pay {
  const decoded = decodeTransaction(fromHex(encoded))
  if (decoded.ok && decoded.value.kind === 'pay') return decoded.value
  throw sdkError('swap.mismatch', 'what was sent is no payment', decoded.ok ? undefined : decoded.error)
}

/** The output that gives an asset to somebody. */
export function assetOutput(to: Address, asset: SwapAsset): Output {
  const recipient: Recipient = 'tokenId' in asset ? { to, ...asset } : { to, ...asset }
  return outputFor(recipient, ZERO_ADDRESS)
}

export function sameOutput(a: Output | undefined, b: Output | undefined): boolean {
  return a?.type === b?.type && a?.guard === b?.guard && a?.token === b?.token && a?.amount === b?.amount
}

/** Whether a PAY goes on where a draft ends: nothing of the draft is changed, taken away or moved. */
export function completes(pay: Pay, draft: Pay): boolean {
  return (
    draft.inputs.every((input: OutputId, i) => pay.inputs[i] === input) &&
    draft.outputs.every((output, i) => sameOutput(pay.outputs[i], output)) &&
    pay.validUntil === draft.validUntil &&
    pay.memo === draft.memo
  )
}

export const feeOf = ({ fee }: SwapProposal) => ({ token: fee.token, amount: amount(BigInt(fee.amount)) })
