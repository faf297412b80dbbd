import {
  type Address,
  amount,
  coinGuard,
  MAX_INPUTS,
  type OmgError,
  type Output,
  type Pay,
  ZERO_ADDRESS,
} from '@omg/protocol'
import type { Client, FeeToken, Network } from '../client.ts'
import { type Coin, type Finality, type Need, selectCoins } from '../coins/selectCoins.ts'
import { getSpendable } from '../coins/spendable.ts'
import { type SdkError, sdkError } from '../error.ts'
import {
  type Memo,
  memoHash,
  outputFor,
  type Payment,
  type Recipient,
  signPayment,
} from '../payment/payment.ts'
import { type PaymentUnknownError, submitReserved } from '../payment/send.ts'
import { chainTime, VALID_FOR_SECONDS } from '../payment/validity.ts'
import type { OwnedOutput } from './getOutputs.ts'

export type PayParameters = (Recipient | { readonly payments: readonly Recipient[] }) & {
  readonly memo?: Memo
  /** Default `committed`: the payment can always leave through an in-flight exit (R5). */
  readonly finality?: Finality
  /** Default: a token of the payment in which fees are accepted, else the first fee token that suffices. */
  readonly feeToken?: Address
  /** Seconds until it is dead if it was not included, default 30 min (R7). */
  readonly validFor?: bigint
}

export type PayReturnType = Payment

export type PayErrorType = SdkError | PaymentUnknownError | OmgError

/**
 * Pays coins and items to one or many, and returns when the node has taken the payment.
 *
 * Chooses the coins, makes the change, pays the fee. If no answer comes it throws a {@link PaymentUnknownError} with the
 * payment in it: pass that to `resubmit`, and it is never paid twice.
 *
 * @example
 * ```ts
 * const { hash } = await client.pay({ to: bob, amount: parseEther('0.1'), memo: 'lunch' })
 * await client.waitForReceipt({ hash, until: 'committed' })
 * ```
 */
export async function pay(client: Client, parameters: PayParameters): Promise<PayReturnType> {
  return client.inTurn(async () => {
    const network = await client.network()
    const validUntil = (await chainTime(client)) + (parameters.validFor ?? VALID_FOR_SECONDS)
    const recipients = 'payments' in parameters ? parameters.payments : [parameters]
    if (recipients.length === 0) throw sdkError('payment.invalid', 'a payment to nobody')
    const outputs = recipients.map(recipient => outputFor(recipient, ZERO_ADDRESS))
    const owned = await getSpendable(client)
    const plan = planPayment({ client, network, outputs, owned, parameters })
    const transaction: Pay = {
      kind: 'pay',
      inputs: plan.inputs,
      outputs: [...outputs, ...plan.change],
      validUntil,
      memo: memoHash(parameters.memo),
    }
    return submitReserved(client, await signPayment(client, transaction, plan.fee))
  })
}

interface Plan {
  readonly inputs: Pay['inputs']
  readonly change: readonly Output[]
  readonly fee: Payment['fee']
}

interface PlanParameters {
  readonly client: Client
  readonly network: Network
  readonly outputs: readonly Output[]
  readonly owned: readonly OwnedOutput[]
  readonly parameters: PayParameters
}

/** Inputs, change and fee; with the first fee token that leads to a payment. */
function planPayment({ client, network, outputs, owned, parameters }: PlanParameters): Plan {
  const finality = parameters.finality ?? 'committed'
  const items = chooseItems(outputs, owned, finality)
  const coins = owned.filter(({ type }) => type === 'coin').map(coinFrom)
  let first: SdkError | undefined
  for (const feeToken of feeTokensFor(network, outputs, parameters.feeToken)) {
    // All inputs are the account's, so it is the fee of one signature.
    const fee = items.length > 0 ? feeToken.fees.item : feeToken.fees.payment
    const needs = needsOf(outputs, feeToken, fee, network)
    const selection = selectCoins({ coins, needs, finality, maxInputs: MAX_INPUTS - items.length })
    if (!selection.ok) {
      first ??= selection.error
      continue
    }
    const guard = coinGuard(client.address())
    return {
      inputs: [...items, ...selection.value.inputs].map(({ id }) => id),
      change: selection.value.change.map(left => ({ type: 'coin', guard, ...left })),
      fee: { token: feeToken.token, amount: amount(fee) },
    }
  }
  throw first ?? sdkError('payment.invalid', `fees are not accepted in ${parameters.feeToken}`)
}

function chooseItems(
  outputs: readonly Output[],
  owned: readonly OwnedOutput[],
  finality: Finality,
): OwnedOutput[] {
  return outputs
    .filter(({ type }) => type === 'item')
    .map(({ token, amount: tokenId }) => {
      const item = owned.find(held => held.type === 'item' && held.token === token && held.amount === tokenId)
      if (!item) throw sdkError('coins.insufficient', `the account does not have item ${tokenId} of ${token}`)
      if (item.locked) {
        throw sdkError('coins.locked', `an exit or a payment in flight locks item ${tokenId} of ${token}`)
      }
      if (finality === 'committed' && item.status !== 'committed') {
        throw sdkError('coins.uncommitted', `item ${tokenId} of ${token} is not committed yet`)
      }
      return item
    })
}

const coinFrom = ({ id, token, amount: value, status, locked }: OwnedOutput): Coin => {
  return { id, token, amount: value, committed: status === 'committed', locked }
}

/** Fee tokens worth trying: the wanted one, else those of the payment before the others. */
function feeTokensFor(
  { feeTokens }: Network,
  outputs: readonly Output[],
  wanted: Address | undefined,
): FeeToken[] {
  if (wanted !== undefined) return feeTokens.filter(({ token }) => token === wanted.toLowerCase())
  const paid = new Set(outputs.filter(({ type }) => type === 'coin').map(({ token }) => token))
  return [
    ...feeTokens.filter(({ token }) => paid.has(token)),
    ...feeTokens.filter(({ token }) => !paid.has(token)),
  ]
}

function needsOf(
  outputs: readonly Output[],
  feeToken: FeeToken,
  fee: bigint,
  { feeTokens }: Network,
): Need[] {
  const amounts = new Map<Address, bigint>()
  for (const { type, token, amount: value } of outputs) {
    if (type === 'coin') amounts.set(token, (amounts.get(token) ?? 0n) + value)
  }
  amounts.set(feeToken.token, (amounts.get(feeToken.token) ?? 0n) + fee)
  return [...amounts].map(([token, needed]) => {
    return { token, amount: needed, dust: feeTokens.find(known => known.token === token)?.dust ?? 0n }
  })
}
