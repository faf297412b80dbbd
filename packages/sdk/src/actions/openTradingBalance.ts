import {
  type Address,
  amount,
  type Guard,
  MAX_OUTPUTS,
  type OmgError,
  type OrderTerms,
  orderGuard,
  tradingTerms,
  ZERO_ADDRESS,
} from '@omg/protocol'
import type { Client } from '../client.ts'
import { type SdkError, sdkError } from '../error.ts'
import { isAgent } from '../order/request.ts'
import { payOutputs } from '../payment/outputs.ts'
import type { Payment } from '../payment/payment.ts'
import type { PaymentOptions } from '../payment/plan.ts'
import type { PaymentUnknownError } from '../payment/send.ts'

/** Of which token how much goes into a trading balance. */
export interface TradingAmount {
  /** Default ETH. */
  readonly token?: Address
  /** Token units. */
  readonly amount: bigint
  /** Outputs that it is made of, default 1: one step of an instruction takes whole outputs, so 8 parts allow 8 orders at once. */
  readonly parts?: number
}

export type OpenTradingBalanceParameters = OpenTradingBalanceOptions &
  /** Several tokens under one signature. */
  (TradingAmount | { readonly amounts: readonly TradingAmount[] })

export interface OpenTradingBalanceOptions extends PaymentOptions {
  /** A key that may trade with it and never withdraw: see `createAgent`. */
  readonly agent?: Address
  /** Who gets the proceeds of orders that pay in coins. Default: the account. */
  readonly receiver?: Address
  /** Seconds until the payment is dead if it was not included, default 30 min and two greatest ages of an origin (R7). */
  readonly validFor?: bigint
}

export interface OpenTradingBalanceReturnType {
  readonly guard: Guard
  readonly terms: OrderTerms
  readonly payment: Payment
}

export type OpenTradingBalanceErrorType = SdkError | PaymentUnknownError | OmgError

/** Change and fee have their place, too. */
const MAX_PARTS = MAX_OUTPUTS - 2

/** Moves coins of the account into a trading balance, from which orders are placed by instructions: at once, without fee. */
export async function openTradingBalance(
  client: Client,
  parameters: OpenTradingBalanceParameters,
): Promise<OpenTradingBalanceReturnType> {
  const { agent = ZERO_ADDRESS } = parameters
  const amounts = 'amounts' in parameters ? parameters.amounts : [parameters]
  if (isAgent(client)) throw sdkError('agent.owner_only', 'only the owner opens a trading balance')
  const owner = client.address()
  const terms = tradingTerms(owner, lower(agent), lower(parameters.receiver ?? owner))
  const guard = orderGuard(terms)
  const parts = amounts.reduce((sum, each) => sum + (each.parts ?? 1), 0)
  if (!Number.isInteger(parts) || parts < 1 || parts > MAX_PARTS) {
    throw sdkError('payment.invalid', `${parts} parts, where 1 to ${MAX_PARTS} are possible`)
  }
  const outputs = amounts.flatMap(({ token = ZERO_ADDRESS, amount: whole, parts: count = 1 }) =>
    partsOf(whole, count).map(part => {
      return { type: 'order' as const, guard, token: lower(token), amount: amount(part) }
    }),
  )
  const orderTerms = outputs.map(() => terms)
  return { guard, terms, payment: await payOutputs(client, { outputs, orderTerms, options: parameters }) }
}

const lower = (address: Address) => address.toLowerCase() as Address

/** Equal parts, the first ones by one unit larger where it does not divide. */
function partsOf(whole: bigint, parts: number): bigint[] {
  if (!Number.isInteger(parts) || parts < 1) throw sdkError('payment.invalid', `an amount in ${parts} parts`)
  const count = BigInt(parts)
  if (whole < count) throw sdkError('payment.invalid', `an amount of ${whole} in ${parts} parts`)
  return Array.from({ length: parts }, (_, i) => whole / count + (BigInt(i) < whole % count ? 1n : 0n))
}
