import {
  type Address,
  type Amount,
  amount,
  coinGuard,
  type Domain,
  encodeSignedTransaction,
  type Hash,
  type Hex,
  hash,
  MAX_OUTPUTS,
  type OrderTerms,
  type Output,
  type OutputId,
  outputId,
  type Pay,
  parseHash,
  type TxHash,
  toHex,
  transactionHash,
  type Witness,
  ZERO_HASH,
} from '@omg/protocol'
import { signPay } from '../account/account.ts'
import type { Client } from '../client.ts'
import { sdkError } from '../error.ts'

/** A signed payment. Keep it until it is included: sending the same bytes again never pays twice. */
export interface Payment {
  /** Names the payment everywhere. */
  readonly hash: TxHash
  /** The signed bytes. */
  readonly signed: Hex
  readonly inputs: readonly OutputId[]
  readonly outputs: readonly PaymentOutput[]
  /** Zero in a merge. */
  readonly fee: { readonly token: Address; readonly amount: Amount }
  /** Seconds of Ethereum time after which it is dead if it was not included (R7). */
  readonly validUntil: bigint
}

export interface PaymentOutput extends Output {
  readonly id: OutputId
}

/** A coin of `token`, or an item, for `to`. */
export type Recipient =
  | {
      readonly to: Address
      /** Token units. */
      readonly amount: bigint
      /** Default ETH. */
      readonly token?: Address
    }
  | { readonly to: Address; readonly token: Address; readonly tokenId: bigint }

/** Text of at most 32 bytes, or 32 bytes as hex. */
export type Memo = string

export function memoHash(memo: Memo | undefined): Hash {
  if (memo === undefined) return ZERO_HASH
  const parsed = parseHash(memo)
  if (parsed.ok) return parsed.value
  const bytes = new TextEncoder().encode(memo)
  if (bytes.length > 32)
    throw sdkError('payment.invalid', `the memo has ${bytes.length} bytes, there is room for 32`)
  const padded = new Uint8Array(32)
  padded.set(bytes)
  return hash(toHex(padded))
}

/** The output that a recipient gets. */
export function outputFor(recipient: Recipient, defaultToken: Address): Output {
  const { to } = recipient
  if ('tokenId' in recipient) {
    return { type: 'item', guard: coinGuard(to), token: recipient.token, amount: amount(recipient.tokenId) }
  }
  if (recipient.amount <= 0n) throw sdkError('payment.invalid', `an amount of ${recipient.amount}`)
  return {
    type: 'coin',
    guard: coinGuard(to),
    token: recipient.token ?? defaultToken,
    amount: amount(recipient.amount),
  }
}

/** Signs a payment whose inputs all belong to the client's account. `orderTerms` are those of the orders that it makes. */
export async function signPayment(
  client: Client,
  pay: Pay,
  fee: Payment['fee'],
  orderTerms: readonly OrderTerms[] = [],
): Promise<Payment> {
  if (pay.outputs.length > MAX_OUTPUTS) {
    throw sdkError(
      'payment.invalid',
      `${pay.outputs.length} outputs with the change, there is room for ${MAX_OUTPUTS}`,
    )
  }
  client.address()
  const { domain } = await client.network()
  const signature = await signPay(client.account!, pay, domain)
  return paymentOf(pay, { signatures: [signature], orderTerms, swapTerms: [] }, fee, domain)
}

/** A payment and the signatures of all its owners. */
export function paymentOf(pay: Pay, witness: Witness, fee: Payment['fee'], domain: Domain): Payment {
  const txHash = transactionHash(pay, domain)
  return {
    hash: txHash,
    signed: toHex(encodeSignedTransaction({ transaction: pay, witness })),
    inputs: pay.inputs,
    outputs: pay.outputs.map((output, index) => ({ ...output, id: outputId(txHash, index) })),
    fee,
    validUntil: pay.validUntil,
  }
}
